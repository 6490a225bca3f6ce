"""Whatever stands in a settings file, it is settings or mistakes, told without the values of secrets."""

import copy
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fuzz.json_like import anything, objects, texts
from tests.unit.settings.documents import SECRETS, good

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings.document import read_document
from federation_runner.settings.load import load, parse

SCRAPS = [
    "offerings:\n", "- ", "? ", ": ", "&a ", "*a", "<<: ", "!!int ", "!!python/name:os.system ", "!!binary ", "!!omap ", "!!set ",
    "!!timestamp ", "!!merge ", "!!bool ", "!!float ", "{", "}", "[", "]", "|\n", ">\n", "'", '"', "#", "%YAML 1.1\n", "---\n",
    "...\n", "\t", "1:1", "0x", "0b", ".inf", "=", "~", "\x00", "\ufeff", "2026-99-99", "a", "  ", "\n", "x: 1\n",
]  # fmt: skip
scraps = st.lists(st.sampled_from(SCRAPS) | st.text(max_size=3), max_size=15).map("".join)
values = anything | st.sampled_from(
    ["${HOME}", "env:HUSH", "file:/dev/null", "file:", 0, -1, 1.5, "https://", "https://[::1", "1/0"]
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("settings") / "config.yaml"


def told_of(call):
    """The mistakes that are found, none where it is fine."""
    began = time.thread_time()
    try:
        call()
        told = ""
    except ConfigurationError as error:
        told = str(error)
    assert time.thread_time() - began < 5
    return told


@given(content=scraps.map(str.encode) | st.binary(max_size=50))
@example(content=b"[" * 50_000)
@example(content=b"a: !!bool maybe")
@example(content=b"!!int x: 1")
@example(content=b"!!float ._: 1")
@example(content=b"? !!set {a}\n: 1")
@example(content=b"a: !!timestamp 2001-12-14t21:59:43.10-99:99")
def test_any_text_is_a_document_or_a_mistake(file, content):
    file.write_bytes(content)
    told_of(lambda: read_document(file))
    told_of(lambda: load(file, {}))


@given(document=objects | st.fixed_dictionaries({"offerings": st.lists(anything, max_size=2)}))
def test_any_document_is_settings_or_mistakes(document, tmp_path_factory):
    assert told_of(lambda: parse(document, {}, tmp_path_factory.getbasetemp()))


def places(document, path=()):
    """The way to every value."""
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, part in parts:
        yield (*path, key)
        yield from places(part, (*path, key))


WAYS = sorted(places(good()), key=str)
OTHERS = ["stomp_enabled", "target_proxy", "role_mapping", "grant_owner_uuids", "timezone", "factor", "rounding"]


@given(way=st.sampled_from(WAYS), value=values, extra=st.none() | st.tuples(st.sampled_from(OTHERS) | texts, values))
@example(way=("offerings", 0, "waldur_api_url"), value="https://[", extra=None)
@example(way=("offerings", 0, "backend_settings", "target_api_url"), value="https://x:99999999999/", extra=None)
def test_a_good_document_with_one_odd_value_is_settings_or_mistakes(way, value, extra, tmp_path_factory):
    document = copy.deepcopy(good())
    *steps, last = way
    place = document
    for step in steps:
        place = place[step]
    place[last] = value
    if extra is not None and isinstance(place, dict):
        place[extra[0]] = extra[1]
    told = told_of(lambda: parse(document, {"HUSH": "hushhush"}, tmp_path_factory.getbasetemp()))
    assert not any(secret in told for secret in SECRETS)
