from datetime import timedelta

import pytest
from tests.strategies.builders import NOW, a_offering_id, a_order_id, a_resource, a_resource_id, an_order

from federation_core.domain.orders.attributes import (
    OFFERING_MARK,
    ORDER_MARK,
    RESOURCE_MARK,
    attributes_for_create,
    attributes_for_terminate,
    offering_mark,
    order_mark,
    resource_mark,
)

TODAY = NOW.date()
MARKS = {RESOURCE_MARK: a_resource_id().hex, OFFERING_MARK: a_offering_id().hex}


def carried(passthrough=(), *, ends=None, **attributes):
    order, resource = an_order(attributes=attributes), a_resource(end_date=ends)
    return attributes_for_create(order, resource, a_offering_id(), passthrough, TODAY)


def test_the_name_and_both_marks_in_hex_always_travel():
    assert carried() == {"name": "snow-1", **MARKS}


def test_only_chosen_attributes_travel_and_only_where_a_has_them():
    sent = carried(("image", "nested", "absent"), image="cs9", nested={"deep": [None]}, other="x")
    assert sent == {"name": "snow-1", **MARKS, "image": "cs9", "nested": {"deep": [None]}}


@pytest.mark.parametrize("key", ["name", RESOURCE_MARK, OFFERING_MARK, "end_date"])
def test_pass_through_replaces_neither_name_nor_marks_nor_date(key):
    assert carried((key,), **{key: "2030-01-01"}) == {"name": "snow-1", **MARKS}


@pytest.mark.parametrize(("days", "travels"), [(-1, False), (0, True), (1, True)])
def test_an_end_date_travels_unless_it_has_passed(days, travels):
    date = TODAY + timedelta(days=days)
    assert carried(ends=date).get("end_date") == (date.isoformat() if travels else None)


def test_a_terminate_order_carries_the_mark_of_the_order():
    assert attributes_for_terminate(a_order_id()) == {ORDER_MARK: a_order_id().hex}


@pytest.mark.parametrize(
    ("read", "key", "value"),
    [
        (resource_mark, RESOURCE_MARK, a_resource_id()),
        (offering_mark, OFFERING_MARK, a_offering_id()),
        (order_mark, ORDER_MARK, a_order_id()),
    ],
)
def test_marks_are_read_in_either_spelling_and_nothing_else_is(read, key, value):
    assert read({key: value.hex}) == read({key: str(value)}) == value
    for other in ({}, {key: ""}, {key: None}, {key: 7}, {key: [value.hex]}, {key: "snow"}, {key.upper(): value.hex}):
        assert read(other) is None
