"""The converter: whatever JSON a server sends becomes a wire type or a `Misshapen` that repeats none of it."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation_adapters.waldur import wire
from federation_adapters.waldur.converter import Misshapen, structure

HEX = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89ab-cdef-0123-456789abcdef"
MOMENT = "2025-03-31T23:30:00Z"
KINDS = [kind for kind in vars(wire).values() if isinstance(kind, type) and attrs.has(kind)]
REQUIRED = {
    "uuid": HEX,
    "type": "Create",
    "state": "OK",
    "created": MOMENT,
    "offering_uuid": HEX,
    "marketplace_resource_uuid": HEX,
    "project_uuid": HEX,
    "customer_uuid": HEX,
    "order_uuid": HEX,
    "code": "1.5",
    "name": "PROJECT.MEMBER",
    "version": "8.1.2",
    "usage": "12.50",
    "billing_period": "2025-03-01",
    "date": MOMENT,
    "modified": MOMENT,
    "resource_uuid": HEX,
    "username": "heidi",
    "component_type": "cpu",
    "user_uuid": HEX,
    "role_name": "PROJECT.MEMBER",
    "allowed_fields": [],
    "projects": [],
    "offering": HEX,
    "rmq_username": HEX,
    "queue_name": "consumer_1",
    "vhost": HEX,
}
PERSON = "Heidi Hidden <heidi@example.org>"

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([HEX, MOMENT, "", "1e99"])
)
any_json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def required(kind):
    return {field.name: REQUIRED[field.name] for field in attrs.fields(kind) if field.default is attrs.NOTHING}


def optional(kind):
    """The keys that may be absent; what may be anything is judged by whoever translates the row."""
    return [field for field in attrs.fields(kind) if field.default is not attrs.NOTHING and field.type is not Any]


EACH_OPTIONAL = [(kind, field) for kind in KINDS for field in optional(kind)]
EACH_REQUIRED = [(kind, name) for kind in KINDS for name in required(kind)]


def test_all_wire_types_are_looked_at():
    assert {kind.__name__ for kind in KINDS} >= {"AOrderRow", "BOrderRow", "AResourceRow", "BResourceRow", "MeRow"}
    assert len(KINDS) >= 13


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_json_either_fits_or_is_misshapen(kind, data):
    names = st.sampled_from([field.name for field in attrs.fields(kind)])
    rows = st.dictionaries(names | st.text(), any_json).map(lambda row: required(kind) | row)
    value = data.draw(any_json | rows)
    try:
        read = structure(value, kind)
    except Misshapen:
        return
    assert isinstance(read, kind)


@pytest.mark.parametrize("kind", KINDS)
@given(value=any_json)
def test_only_an_object_is_read_as_a_row(kind, value):
    if not isinstance(value, dict):
        with pytest.raises(Misshapen):
            structure(value, kind)


def shapes(value):
    return [value, [value], {value: value}, [[value]], [{value: value}], {"uuid": value}]


def error_of(value, kind):
    try:
        structure(value, kind)
    except Misshapen as error:
        return error
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_repeats_a_value(kind):
    told = 0
    for field in attrs.fields(kind):
        for shape in shapes(PERSON):
            error = error_of(required(kind) | {field.name: shape, PERSON: PERSON}, kind)
            if error is not None:
                told += 1
                assert field.name in str(error)
                assert "Heidi" not in str(error)
                assert (error.__cause__, error.__suppress_context__) == (None, True)
    assert told


@pytest.mark.parametrize(("kind", "name"), EACH_REQUIRED)
def test_a_key_that_has_to_be_there_is_named_where_it_is_missing(kind, name):
    row = required(kind)
    del row[name]
    with pytest.raises(Misshapen, match=f"{name} is missing"):
        structure(row, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_that_nobody_reads_change_nothing(kind):
    assert structure(required(kind) | {"grown_later": [1]}, kind) == structure(required(kind), kind)


@pytest.mark.parametrize(("kind", "field"), EACH_OPTIONAL)
def test_an_absent_key_takes_its_default(kind, field):
    assert getattr(structure(required(kind), kind), field.name) == field.default


@pytest.mark.parametrize(("kind", "field"), EACH_OPTIONAL)
def test_null_is_none_where_the_server_may_say_so_and_misshapen_elsewhere(kind, field):
    row = required(kind) | {field.name: None}
    if "None" in str(field.type):
        assert getattr(structure(row, kind), field.name) is None
    else:
        with pytest.raises(Misshapen, match=field.name):
            structure(row, kind)


@pytest.mark.parametrize(("kind", "field"), EACH_OPTIONAL)
def test_the_empty_text_is_kept_as_text_and_never_taken_for_nothing(kind, field):
    row = required(kind) | {field.name: ""}
    if field.type in {str, str | None, wire.Personal}:
        assert getattr(structure(row, kind), field.name) == ""
    else:
        with pytest.raises(Misshapen, match=f"str where .* is expected @ \\$.{field.name}"):
            structure(row, kind)


@pytest.mark.parametrize(("kind", "field"), EACH_OPTIONAL)
def test_an_empty_object_is_only_read_where_an_object_belongs(kind, field):
    row = required(kind) | {field.name: {}}
    if "Mapping" in str(field.type):
        assert getattr(structure(row, kind), field.name) == {}
    else:
        with pytest.raises(Misshapen, match=f"dict where .* is expected @ \\$.{field.name}"):
            structure(row, kind)


@pytest.mark.parametrize("spelling", [HEX, DASHED, HEX.upper(), DASHED.upper()])
def test_a_uuid_is_read_in_every_spelling(spelling):
    assert structure({"order_uuid": spelling}, wire.OrderRef).order_uuid == UUID(HEX)


@pytest.mark.parametrize("text", ["", HEX[:-1], "{" + DASHED + "}", f" {HEX}", f"urn:uuid:{DASHED}", 5, None, [HEX]])
def test_what_is_no_uuid_is_refused(text):
    with pytest.raises(Misshapen, match=r"a UUID is expected @ \$\.order_uuid"):
        structure({"order_uuid": text}, wire.OrderRef)


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        (
            {"node": 3, "gpu": "12.50", "tape": 0.29},
            {"node": Fraction(3), "gpu": Fraction(25, 2), "tape": Fraction(29, 100)},
        ),
        ({"node": None, "gpu": 0}, {"gpu": Fraction(0)}),
        ({}, {}),
    ],
)
def test_amounts_are_exact_and_null_amounts_are_left_out(given_, read):
    assert structure(required(wire.AResourceRow) | {"limits": given_}, wire.AResourceRow).limits == read


@pytest.mark.parametrize("amount", [True, "many", "", [], "NaN", float("inf"), "1e999999999", "1_000", "٣"])
def test_what_is_no_number_is_no_amount(amount):
    with pytest.raises(Misshapen, match=r"a number is expected @ \$\.limits"):
        structure(required(wire.AResourceRow) | {"limits": {"node": amount}}, wire.AResourceRow)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (MOMENT, datetime(2025, 3, 31, 23, 30, tzinfo=UTC)),
        ("2025-03-31T23:30:00.123456Z", datetime(2025, 3, 31, 23, 30, 0, 123456, tzinfo=UTC)),
        ("2025-04-01T01:30:00+02:00", datetime(2025, 4, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))),
        ("2025-03-31T23:30:00", datetime(2025, 3, 31, 23, 30, tzinfo=UTC)),
    ],
)
def test_times_carry_a_zone_and_are_utc_without_one(text, moment):
    read = structure(required(wire.ProjectRow) | {"created": text}, wire.ProjectRow).created
    assert read == moment
    assert read.tzinfo is not None


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday", "2025-02-30T00:00:00Z", 0]
)
def test_times_that_leave_no_room_to_count_from_are_refused(text):
    with pytest.raises(Misshapen, match=r"@ \$\.created"):
        structure(required(wire.ProjectRow) | {"created": text}, wire.ProjectRow)


def test_dates_are_read_and_nothing_else_is_a_date():
    row = required(wire.AResourceRow)
    assert structure(row | {"end_date": "2024-02-29"}, wire.AResourceRow).end_date == date(2024, 2, 29)
    with pytest.raises(Misshapen, match="a date as YYYY-MM-DD"):
        structure(row | {"end_date": "2025-02-29"}, wire.AResourceRow)


@pytest.mark.parametrize("value", [0, 1, "true", "", []])
def test_nothing_but_true_and_false_is_a_truth_value(value):
    with pytest.raises(Misshapen, match="true or false is expected"):
        structure(required(wire.MeRow) | {"is_staff": value}, wire.MeRow)


@pytest.mark.parametrize("value", ["abc", {"a": {}}, 3, None])
def test_only_a_list_is_read_as_a_list(value):
    with pytest.raises(Misshapen, match="a list is expected"):
        structure(required(wire.MeRow) | {"permissions": value}, wire.MeRow)


def test_a_row_inside_a_list_is_named_by_its_place():
    permissions = [{"scope_uuid": HEX}, {"scope_uuid": PERSON}, PERSON]
    with pytest.raises(Misshapen) as caught:
        structure(required(wire.MeRow) | {"permissions": permissions}, wire.MeRow)
    assert "$.permissions[1].scope_uuid" in str(caught.value)
    assert "$.permissions[2]" in str(caught.value)


def test_many_mistakes_are_cut_to_a_few():
    with pytest.raises(Misshapen) as caught:
        structure({}, wire.AOrderRow)
    assert str(caught.value).count("is missing") == 3
    assert str(caught.value).endswith("; …")


def test_attributes_are_handed_on_as_they_are():
    free = json.loads('{"name": "x", "nested": {"list": [1, null, {"a": "b"}]}}')
    assert structure(required(wire.BOrderRow) | {"attributes": free}, wire.BOrderRow).attributes == free
