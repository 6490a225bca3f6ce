"""What every `ProviderOrders` promises."""

from datetime import timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from federation_core.domain.errors import Conflict, NotFound, Unsupported
from federation_core.domain.ids import AOrderId, BOrderId, Side
from federation_core.domain.observed import Complete, Incomplete

B_ORDER = BOrderId(UUID("b0b0b0b0-feda-4abc-8def-000000000001"))
NOBODY = AOrderId(UUID("deadbeef-feda-4abc-8def-000000000404"))


def test_an_order_shows_what_its_user_wished(either_market):
    order = either_market.order(name="climate", limits={"node_hours": 12}, attributes={"queue": "long"})
    read = either_market.provider_orders.read(order)
    assert (read.id, read.type, read.state) == (order, "Create", "pending-provider")
    assert read.limits == {"node_hours": Fraction(12)}
    assert read.attributes == {"name": "climate", "queue": "long"}
    assert read.plan_name == "Standard"
    assert read.project.name == "Project 1"
    assert read.project.id == UUID(either_market.pair.a.projects[0].uuid)
    assert read.project.customer == UUID(either_market.pair.a.consumer.uuid)
    assert read.resource == either_market.resource_of(order)
    assert read.created == either_market.clock()
    assert (read.backend_id, read.subtype, read.reviewed_at) == ("", "", None)


def test_open_orders_are_listed_oldest_first_and_ended_ones_are_not(either_market):
    orders = []
    for _ in range(4):
        orders.append(either_market.order())
        either_market.clock.advance(timedelta(minutes=1))
    port = either_market.provider_orders
    port.approve(orders[1])
    port.approve(orders[2])
    port.finish(orders[2])
    seen = port.list_open()
    assert isinstance(seen, Complete)
    assert [(order.id, order.state) for order in seen.value] == [
        (orders[0], "pending-provider"),
        (orders[1], "executing"),
        (orders[3], "pending-provider"),
    ]


def test_orders_of_other_offerings_are_not_listed(market):
    side = market.pair.a
    other = market.a.add_offering(side.provider, "Another", components=["node_hours"])
    market.a.place_create(side.orderer, other, side.projects[0], limits={"node_hours": 1})
    assert market.provider_orders.list_open() == Complete(())


def test_what_a_listing_shows_is_what_a_reading_shows(market):
    order = market.order(name="climate")
    port = market.provider_orders
    assert port.list_open() == Complete((port.read(order),))


def test_approving_is_a_claim_with_a_time(market):
    order = market.order()
    market.provider_orders.approve(order)
    read = market.provider_orders.read(order)
    assert read.state == "executing"
    assert read.reviewed_at == market.clock()


def test_a_second_approval_is_a_conflict_and_changes_nothing(market):
    order = market.order()
    market.provider_orders.approve(order)
    before = market.provider_orders.read(order)
    market.clock.advance(timedelta(hours=1))
    with pytest.raises(Conflict):
        market.provider_orders.approve(order)
    assert market.provider_orders.read(order) == before


def test_a_second_finish_is_a_conflict(market):
    order = market.order()
    port = market.provider_orders
    port.approve(order)
    port.finish(order)
    with pytest.raises(Conflict):
        port.finish(order)
    assert port.read(order).state == "done"


def test_an_order_that_was_not_approved_cannot_be_finished(market):
    order = market.order()
    with pytest.raises(Conflict):
        market.provider_orders.finish(order)
    assert market.provider_orders.read(order).state == "pending-provider"


def test_finishing_brings_the_resource_to_life(market):
    order = market.order()
    market.provider_orders.approve(order)
    market.provider_orders.finish(order)
    assert market.on_a(order).resource.state == "OK"


def test_a_link_is_written_dashed_and_read_back(either_market):
    order = either_market.order()
    either_market.provider_orders.link(order, B_ORDER)
    assert either_market.on_a(order).backend_id == "b0b0b0b0-feda-4abc-8def-000000000001"
    assert either_market.provider_orders.read(order).backend_id == str(B_ORDER)


def test_linking_twice_leaves_one_link(market):
    order = market.order()
    market.provider_orders.link(order, B_ORDER)
    market.provider_orders.link(order, B_ORDER)
    assert market.on_a(order).backend_id == str(B_ORDER)


def test_failing_needs_nothing_but_a_message_and_sets_both_texts(market):
    order = market.order()
    port = market.provider_orders
    port.approve(order)
    port.fail(order, "The disk array is full.")
    assert (market.on_a(order).state, market.on_a(order).error_message) == ("erred", "The disk array is full.")
    assert market.writes(Side.A)[-1].body == {"error_message": "The disk array is full.", "error_traceback": ""}


def test_failing_is_possible_without_any_message(market):
    order = market.order()
    market.provider_orders.approve(order)
    market.provider_orders.fail(order, "")
    assert market.on_a(order).state == "erred"


def test_the_order_that_created_a_resource_is_found_also_after_its_end(market):
    order, _other = market.order(), market.order()
    port = market.provider_orders
    port.approve(order)
    port.fail(order, "No.")
    found = port.create_of(market.resource_of(order))
    assert found is not None
    assert (found.id, found.state) == (order, "erred")


def test_later_orders_of_a_resource_are_not_its_creation(market):
    order = market.order()
    port = market.provider_orders
    port.approve(order)
    port.finish(order)
    side = market.pair.a
    market.a.place_update(side.orderer, market.on_a(order).resource, limits={"node_hours": 7})
    found = port.create_of(market.resource_of(order))
    assert found is not None
    assert found.id == order


def test_a_resource_without_a_visible_creation_has_none(market):
    made = market.a.add_resource(market.pair.a.offering, market.pair.a.projects[0])
    assert market.provider_orders.create_of(UUID(made.uuid)) is None


def test_limits_and_plans_of_updates_are_the_new_ones(market):
    order = market.order()
    port = market.provider_orders
    port.approve(order)
    port.finish(order)
    resource = market.on_a(order).resource
    placed = market.a.place_update(market.pair.a.orderer, resource, limits={"node_hours": 7})
    read = port.read(AOrderId(UUID(placed.uuid)))
    assert (read.type, read.subtype, read.limits) == ("Update", "update_limits", {"node_hours": 7})


@pytest.mark.parametrize("call", ["read", "approve", "finish"])
def test_what_is_not_visible_is_not_found(market, call):
    with pytest.raises(NotFound):
        getattr(market.provider_orders, call)(NOBODY)


def test_an_order_of_somebody_elses_offering_is_not_found(market):
    order = market.order()
    market.a_token = market.a.add_user("stranger").token
    with pytest.raises(NotFound):
        market.provider_orders.read(order)
    assert market.provider_orders.list_open() == Complete(())


def test_an_older_server_cannot_link_orders_and_says_so(old_market):
    order = old_market.order()
    with pytest.raises(Unsupported):
        old_market.provider_orders.link(order, B_ORDER)
    assert old_market.on_a(order).backend_id == ""


def test_an_older_server_approves_with_an_empty_answer(old_market):
    order = old_market.order()
    old_market.provider_orders.approve(order)
    assert old_market.provider_orders.read(order).state == "executing"


def test_more_orders_than_a_page_are_all_listed(market):
    for _ in range(301):
        market.order()
    seen = market.provider_orders.list_open()
    assert isinstance(seen, Complete)
    assert len({order.id for order in seen.value}) == 301


def test_pages_that_shift_once_are_read_again(market):
    for _ in range(301):
        market.order()
    market.trouble(Side.A, kind="page_shift", path="page=2", delta=-1)
    seen = market.provider_orders.list_open()
    assert isinstance(seen, Complete)
    assert len(seen.value) == 301


def test_a_count_that_is_always_wrong_proves_nothing(market):
    order = market.order()
    market.trouble(Side.A, kind="wrong_count", times=None)
    seen = market.provider_orders.list_open()
    assert isinstance(seen, Incomplete)
    assert [found.id for found in seen.value] == [order]


def test_a_count_that_is_wrong_once_is_counted_again(market):
    market.order()
    market.trouble(Side.A, kind="wrong_count")
    assert isinstance(market.provider_orders.list_open(), Complete)
