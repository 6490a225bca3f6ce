"""Laws of UUIDs: two spellings on the wire, one value inside."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.ids import spellings_of, uuids

from federation_core.domain.ids import Side, dashed, hexed, parse_uuid


@given(uuids)
def test_both_spellings_read_back(value):
    assert parse_uuid(dashed(value)) == parse_uuid(hexed(value)) == value


@given(uuids)
def test_the_spellings_are_36_characters_with_dashes_and_32_lower_case_hex_digits(value):
    assert len(dashed(value)) == 36
    assert len(hexed(value)) == 32
    assert dashed(value).replace("-", "") == hexed(value) == hexed(value).lower()


@given(uuids, st.data())
def test_comparison_is_between_values_not_texts(value, data):
    assert parse_uuid(data.draw(spellings_of(value))) == value


@given(st.text() | st.text(alphabet="0123456789abcdefABCDEF-", max_size=40))
def test_reading_any_text_never_raises_and_never_invents(text):
    found = parse_uuid(text)
    assert found is None or text.lower() in {dashed(found), hexed(found)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{{{0}}}",
        "urn:uuid:{0}",
        " {0}",
        "{0}\n",
        "{0}0",
        "0" * 31,
        "-" * 36,
        "/api/projects/{0}/",
        "\u0660" * 32,
    ],
)
def test_only_the_two_spellings_are_read(text):
    assert parse_uuid(text.format(UUID(int=1))) is None


@pytest.mark.parametrize("value", [None, 0, 1.5, True, b"0" * 32, ["0" * 32], UUID(int=1)], ids=repr)
def test_what_is_no_text_is_no_uuid(value):
    assert parse_uuid(value) is None


def test_a_side_reads_as_its_letter():
    assert [str(side) for side in Side] == ["A", "B"]
