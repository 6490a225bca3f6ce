"""Laws of the key of a mirror project: written one way, recognised in all, and never confused with anything else."""

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.strategies.ids import keys, spellings_of, uuids

from federation_core.domain.projects.backend_id import ProjectKey, format_key, parse_key, spellings

WALDURS_COLUMN = 255  # characters; a longer text would be an error


@given(keys)
def test_what_is_written_is_read_back(key):
    assert parse_key(format_key(key)) == key


@given(keys, st.data())
def test_any_mix_of_spellings_is_recognised(key, data):
    text = f"{data.draw(spellings_of(key.customer))}_{data.draw(spellings_of(key.project))}"
    assert parse_key(text) == key


@given(keys)
def test_it_is_written_with_dashes_in_73_characters(key):
    text = format_key(key)
    assert len(text) == 73 < WALDURS_COLUMN
    assert text == f"{key.customer}_{key.project}"


@given(keys)
def test_the_spellings_to_ask_for_are_ours_and_the_older_one_in_hex(key):
    ours, older = spellings(key)
    assert ours == format_key(key)
    assert older == f"{key.customer.hex}_{key.project.hex}"
    assert parse_key(ours) == parse_key(older) == key


@given(keys, keys)
def test_equal_texts_are_equal_keys(one, other):
    assert (format_key(one) == format_key(other)) == (one == other)


@given(st.text() | st.text(alphabet="0123456789abcdef-_", max_size=80))
def test_reading_never_raises_and_only_takes_two_uuids(text):
    found = parse_key(text)
    assert found is None or text.lower().replace("-", "") == f"{found.customer.hex}_{found.project.hex}"


@given(keys, st.sampled_from(["", " ", "_", "-", "x", "\n", "0"]))
def test_anything_beside_the_two_uuids_spoils_it(key, extra):
    assume(extra)
    text = format_key(key)
    for spoilt in (extra + text, text + extra, text.replace("_", f"_{extra}"), text.replace("_", "")):
        assert spoilt == text or parse_key(spoilt) is None


@given(uuids)
def test_a_single_uuid_is_no_key(value):
    for text in (str(value), value.hex, f"{value}_", f"_{value}", f"{value}_{value}_{value}"):
        assert parse_key(text) is None


def test_the_empty_text_is_no_key():
    assert parse_key("") is None


@given(keys)
def test_customer_and_project_are_not_interchangeable(key):
    assume(key.customer != key.project)
    swapped = ProjectKey(key.project, key.customer)
    assert parse_key(format_key(swapped)) == swapped != key
