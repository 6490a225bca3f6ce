"""The reference page says what the reader does."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.settings.documents import good, mistakes

from federation_runner.settings.keys import KEYS, VARIABLES, Level
from federation_runner.settings.page import render

PAGE = Path(__file__).parents[3] / "docs/reference/configuration.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == render()


def test_the_page_can_be_written_by_its_module():
    done = subprocess.run(
        [sys.executable, "-m", "federation_runner.settings.page"], capture_output=True, check=True, encoding="utf-8"
    )
    assert done.stdout == render()


def test_every_key_and_variable_is_on_the_page():
    rows = [line for line in render().splitlines() if line.startswith("| `")]
    names = [key.name for keys in KEYS.values() for key in keys.values()] + [v.name for v in VARIABLES]
    assert [name for name in names if not any(row.startswith(f"| `{name}`") for row in rows)] == []


def test_every_key_has_a_purpose_that_is_a_sentence():
    purposes = [key.purpose for keys in KEYS.values() for key in keys.values()]
    assert all(text.endswith(".") and "|" not in text for text in purposes)


@pytest.mark.parametrize("level", Level)
def test_a_default_is_what_the_key_would_be_read_as(level):
    from pathlib import Path as Folder

    from federation_runner.settings.texts import Surroundings

    around = Surroundings({}, Folder())
    given = {key.name: key for key in KEYS[level].values() if key.default is not None and not key.required}
    assert {n: k.kind.read(k.default, around) for n, k in given.items()} == {n: k.default for n, k in given.items()}


def test_only_what_is_ours_is_unknown_to_the_official_agent():
    ours = {key.name for keys in KEYS.values() for key in keys.values() if key.ours}
    assert {"ca_file", "target_plan", "orphan_policy", "usage_attribution"} <= ours
    outer = set(Level) - {Level.FIELDS}  # which stands inside a key of ours
    assert not any(KEYS[level][name].required for level in outer for name in ours & KEYS[level].keys())


def test_secrets_are_marked_in_the_table():
    secret = {key.name for keys in KEYS.values() for key in keys.values() if key.kind.secret}
    assert secret == {
        "sentry_dsn",
        "waldur_api_token",
        "oidc_client_secret",
        "target_api_token",
        "target_oidc_client_secret",
        "cscs_dwdi_client_secret",
        "socks_proxy",
    }


def test_no_key_of_any_level_crashes_on_any_shape():
    shapes = [
        None,
        True,
        0,
        -1,
        10**40,
        1.5,
        float("nan"),
        "",
        "x",
        "é\n",
        b"x",
        [],
        [[]],
        {},
        {1: 2},
        {"a": None},
        object(),
    ]
    places = {Level.TOP: "", Level.OFFERING: "o.", Level.BACKEND: "s.", Level.COMPONENT: "c."}
    for level, place in places.items():
        for name in KEYS[level]:
            for shape in shapes:
                document = good()
                if place:
                    document = good((f"{place}{name}", shape))
                else:
                    document[name] = shape
                mistakes(document)
