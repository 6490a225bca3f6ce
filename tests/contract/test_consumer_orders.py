"""What every `ConsumerOrders` promises."""

from datetime import timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from federation_core.domain.errors import Conflict, Invalid, NotFound, Refused, Transient
from federation_core.domain.ids import AOrderId, BOrderId, BPlanId, BResourceId, Side
from federation_core.domain.observed import Complete
from federation_core.domain.orders.attributes import attributes_for_terminate
from federation_core.domain.units import BComponent

NOBODY = UUID("deadbeef-feda-4abc-8def-000000000404")
A_ORDER = AOrderId(UUID("a0a0a0a0-feda-4abc-8def-000000000001"))
GPU = BComponent("gpu_hours")


def test_what_was_placed_is_read_back(either_market):
    placed = either_market.place()
    read = either_market.consumer_orders.read(placed.order)
    assert (read.id, read.resource, read.type, read.state) == (
        placed.order,
        placed.resource,
        "Create",
        "pending-provider",
    )
    assert read.limits == {"gpu_hours": Fraction(500)}
    assert (read.plan, read.reason, read.for_order) == (either_market.b_plans[0], "", None)


def test_a_second_create_with_the_same_content_makes_a_second_resource(market):
    project = market.project().id
    assert market.place(project=project).resource != market.place(project=project).resource


def test_orders_are_listed_from_the_day_on_oldest_first(either_market):
    project = either_market.project().id
    placed = []
    for _ in range(3):
        placed.append(either_market.place(project=project))
        either_market.clock.advance(timedelta(days=1))
    day = either_market.clock().date() - timedelta(days=2)
    seen = either_market.consumer_orders.list_since(day)
    assert isinstance(seen, Complete)
    assert [order.id for order in seen.value] == [one.order for one in placed[1:]]


def test_what_a_listing_shows_is_what_a_reading_shows(market):
    placed = market.place()
    port = market.consumer_orders
    assert port.list_since(market.clock().date()) == Complete((port.read(placed.order),))


def test_orders_for_other_offerings_and_customers_are_not_listed(market):
    side = market.pair.b
    other = market.b.add_offering(side.provider, "Another", components=["gpu_hours"])
    market.b.place_create(side.consumer_user, other, market.b.add_project(side.customer, "x"), limits={"gpu_hours": 1})
    stranger = market.b.add_project(market.b.add_customer("Strangers"), "y")
    market.b.place_create(side.staff, side.offering, stranger, limits={"gpu_hours": 1})
    assert market.consumer_orders.list_since(market.clock().date()) == Complete(())


def test_limits_and_plan_may_be_left_out_where_b_allows_it(old_market):
    placed = old_market.place(limits={}, plan=None)
    assert set(old_market.writes(Side.B)[-1].body) == {"offering", "project", "attributes"}
    assert old_market.consumer_orders.read(placed.order).limits == {}


def test_terms_are_accepted_only_when_told_to(market):
    project = market.project().id
    market.place(project=project)
    assert "accepting_terms_of_service" not in market.writes(Side.B)[-1].body
    market.place(project=project, accept_terms=True)
    assert market.writes(Side.B)[-1].body["accepting_terms_of_service"] is True


def test_a_refused_content_is_invalid_and_names_the_field(market):
    with pytest.raises(Invalid) as caught:
        market.place(limits={BComponent("nonsense"): 1})
    assert caught.value.status == 400
    assert market.consumer_orders.list_since(market.clock().date()) == Complete(())


def test_a_create_whose_answer_is_lost_is_transient_and_happened(either_market):
    project = either_market.project().id
    either_market.trouble(Side.B, kind="lost", method="POST", path="marketplace-orders")
    with pytest.raises(Transient):
        either_market.place(project=project)
    assert len(either_market.consumer_orders.list_since(either_market.clock().date()).value) == 1


def test_new_limits_are_a_complete_new_set(market):
    resource = market.living()
    made = market.consumer_orders.change_limits(resource, {GPU: 7, BComponent("storage_gb_hours"): 3})
    read = market.consumer_orders.read(made)
    assert (read.type, read.resource, read.limits) == ("Update", resource, {"gpu_hours": 7, "storage_gb_hours": 3})


def test_another_plan_is_the_plan_of_the_order(market):
    resource = market.living()
    read = market.consumer_orders.read(market.consumer_orders.switch_plan(resource, market.b_plans[1]))
    assert (read.type, read.plan) == ("Update", market.b_plans[1])


def test_a_plan_that_is_not_there_is_invalid(market):
    resource = market.living()
    with pytest.raises(Invalid):
        market.consumer_orders.switch_plan(resource, BPlanId(NOBODY))


def test_a_termination_carries_the_mark_of_as_order_in_hex(market):
    resource = market.living()
    made = market.consumer_orders.terminate(resource, attributes_for_terminate(A_ORDER))
    read = market.consumer_orders.read(made)
    assert (read.type, read.resource, read.for_order) == ("Terminate", resource, A_ORDER)
    assert market.writes(Side.B)[-1].body == {"attributes": {"waldur_federation_order": A_ORDER.hex}}


def test_a_second_order_while_one_is_open_is_refused_and_makes_none(market):
    resource = market.living()
    market.consumer_orders.terminate(resource, {})
    before = market.consumer_orders.list_since(market.clock().date())
    with pytest.raises((Conflict, Invalid)):
        market.consumer_orders.terminate(resource, {})
    assert market.consumer_orders.list_since(market.clock().date()) == before


def test_a_resource_that_is_not_made_yet_cannot_be_terminated(market):
    with pytest.raises((Conflict, Invalid)):
        market.consumer_orders.terminate(market.place().resource, {})


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_a_restoration_that_b_does_not_offer_is_refused(market, role):
    resource = market.living()
    market.done(market.consumer_orders.terminate(resource, {}))
    market.b_token = market.pair.b.staff.token if role == "staff" else market.b_token
    with pytest.raises(Refused):
        market.consumer_orders.restore(resource)
    assert market.consumer_resources.read(resource).state == "Terminated"


def test_a_restoration_that_b_offers_is_an_order_for_the_same_resource(market):
    market.pair.b.offering.plugin_options["can_restore_resource"] = True
    resource = market.living()
    market.done(market.consumer_orders.terminate(resource, {}))
    market.b_token = market.pair.b.staff.token
    read = market.consumer_orders.read(market.consumer_orders.restore(resource))
    assert (read.type, read.resource) == ("Restore", resource)


@pytest.mark.parametrize("end", ["reject", "fail"])
def test_why_b_ended_an_order_is_told(market, end):
    placed = market.place()
    order = market.b.order(placed.order.hex)
    if end == "fail":
        market.b.approve(order)
    getattr(market.b, end)(order, "No capacity before May.")
    assert market.consumer_orders.read(placed.order).reason == "No capacity before May."


def test_an_order_that_is_not_visible_is_not_found(market):
    with pytest.raises(NotFound):
        market.consumer_orders.read(BOrderId(NOBODY))


@pytest.mark.parametrize(
    "call", [lambda p: p.terminate(BResourceId(NOBODY), {}), lambda p: p.restore(BResourceId(NOBODY))]
)
def test_a_resource_that_is_not_visible_is_not_found(market, call):
    with pytest.raises(NotFound):
        call(market.consumer_orders)
