"""Nothing that the storage proxy reads, takes or answers is missing from its reference page."""

import json
import re

import pytest
from tests.docs.generate import DOCS
from tests.docs.storage_page import bodies, description

from federation_adapters.hpc_storage import app, query
from federation_core.domain.storage import freshness
from federation_core.domain.storage.status import STATES, STATUSES
from federation_core.domain.storage.traits import KINDS
from federation_runner.settings.proxy_keys import CONFIG_PATH, DEBUG, PROXY_KEYS, PROXY_VARIABLES

PAGE = (DOCS / "reference/storage-proxy.md").read_text(encoding="utf-8")
SERVED = description()
CALLS = {path: of["get"] for path, of in SERVED["paths"].items()}


def rows_below(heading):
    text = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("| ")]


@pytest.mark.parametrize("keys", PROXY_KEYS.values(), ids=lambda keys: next(iter(keys)))
def test_every_key_is_documented(keys):
    assert all(f"| `{name}` |" in PAGE and key.purpose in PAGE for name, key in keys.items())


def test_every_purpose_is_a_sentence():
    purposes = [key.purpose for keys in PROXY_KEYS.values() for key in keys.values()]
    assert all(text.endswith(".") and "|" not in text for text in purposes)


def test_every_variable_is_documented():
    rows = rows_below("Environment variables")
    every = [name for names in PROXY_VARIABLES.values() for name in names.values()]
    assert [
        name for name in (CONFIG_PATH, DEBUG, *every) if not any(row.startswith(f"| `{name}` |") for row in rows)
    ] == []


def test_every_endpoint_is_documented():
    rows = rows_below("Endpoints")
    assert [path for path in CALLS if not any(row.startswith(f"| `{path}` |") for row in rows)] == []
    assert len(rows) == len(CALLS) + 2


def test_every_parameter_is_documented_with_its_known_values():
    rows = {row.split("`")[1]: row for row in rows_below("Query parameters")[2:]}
    assert set(rows) == {one["name"] for one in CALLS[app.PATH]["parameters"]}
    assert all(f"`{value}`" in rows["data_type"] for value in (*query.DATA_TYPES, *KINDS))
    assert all(f"`{value}`" in rows["status"] for value in (*query.STATUSES, *STATUSES.values()))
    assert all(f"`{value}`" in rows["state"] for value in STATES)


def test_every_header_is_documented():
    text = "\n".join(rows_below("Headers"))
    assert all(f"`{name}`" in text for name in (*app.COUNTS, "Authorization", "WWW-Authenticate"))


def test_every_status_that_is_described_has_its_body():
    told = {code for code, _, _ in bodies()}
    described = {code for call in CALLS.values() for code in call["responses"]} - {"200"}
    assert described <= told
    assert {"404", "405", "500"} <= told


def test_every_body_is_of_the_form_that_is_described():
    for code, when, body in bodies():
        assert f"| {code} | {when} | `{body}` |" in PAGE
        shown = json.loads(body)
        model = (
            CALLS[app.PATH]["responses"].get(code, {}).get("content", {}).get("application/json", {}).get("schema", {})
        )
        if "$ref" in model:
            schema = SERVED["components"]["schemas"][model["$ref"].rpartition("/")[2]]
            assert set(schema["required"]) <= set(shown), when


def test_every_field_of_an_item_is_documented():
    for model in ("StorageItem", "ServiceStatus"):
        assert all(f"| `{name}` |" in PAGE for name in SERVED["components"]["schemas"][model]["properties"])


def test_no_line_of_a_table_is_cut_short():
    columns = None
    for line in PAGE.splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", line)))
        columns = columns or cells
        assert cells == columns, line


def test_the_table_of_freshness_is_the_one_that_decides():
    rows = [line for line in (freshness.__doc__ or "").splitlines() if line.startswith("|")]
    page = (DOCS / "explanation/how-the-storage-proxy-works.md").read_text(encoding="utf-8")
    assert "\n".join(rows) in page
