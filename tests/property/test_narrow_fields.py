"""Making one resource alike comes to what making all of them alike comes to, wherever less suffices to tell.

An order of B that waits for its start date is seen only by looking at one resource: older servers refuse to list such orders.
"""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.fields import FakeFields
from tests.strategies import fields, scenes
from tests.strategies.builders import a_resource_id

from federation_core.domain.errors import TimedOut
from federation_core.domain.fields.decide import identity_of
from federation_core.domain.fields.rules import EndDates, LimitsWay
from federation_core.domain.fields.scene import Part
from federation_core.domain.ids import BResourceId, Side, parse_uuid

LATE = TimedOut(Side.B, "x.y")
READS = (
    ("a_resources", "read"),
    ("a_resources", "list_linked"),
    ("b_resources", "read"),
    ("a_orders", "list_open"),
    ("a_orders", "create_of"),
    ("b_orders", "list_of"),
)


@st.composite
def worlds(draw):
    f = FakeFields(
        a=draw(scenes.some_of(fields.a_resources, 2)),
        b=draw(scenes.some_of(fields.b_resources, 2)),
        end_dates=draw(st.sampled_from(EndDates)),
        limits=draw(st.sampled_from(LimitsWay)),
        confirm_after=draw(st.sampled_from([None, timedelta(hours=1)])),
        tell_reasons=draw(st.booleans()),
    )
    orders, b_orders = draw(scenes.some_of(scenes.a_orders, 1)), draw(scenes.some_of(scenes.b_orders, 1))
    f.a_orders.orders = {order.id: order for order in orders}
    f.b_orders.orders = {order.id: order for order in b_orders if order.state != "pending-start-date"}
    return f


def of(plan, resource):
    """What is done about one resource of A, and what is held."""
    return [
        {told for chain, told in found if chain.startswith(str(resource))}
        for found in (
            [(write.chain, identity_of(write.action)) for write in plan.writes],
            [(hold.chain, f"{hold.chain} {hold.why}") for hold in plan.holds],
        )
    ]


def narrow(f, resource):
    return f.use_case.plan(f.use_case.observe_for(resource))


def is_lost(f, resource):
    """Whether A links the resource to one that B does not show."""
    linked = parse_uuid(f.a_resources.resources[resource].backend_id)
    return linked is not None and BResourceId(linked) not in f.b_resources.resources


@given(worlds())
def test_one_resource_alone_is_decided_as_among_all(f):
    whole = f.plan([Part.RESOURCES])
    for resource in f.a_resources.resources:
        plan = narrow(f, resource)
        if is_lost(f, resource):  # that it is gone, only a list of all proves
            writes, holds = of(plan, resource)
            assert writes == set()
            assert holds <= of(whole, resource)[1]
        else:
            assert of(plan, resource) == of(whole, resource)


@given(worlds())
def test_no_other_resource_is_written(f):
    for resource in f.a_resources.resources:
        assert {write.chain.split()[0] for write in narrow(f, resource).writes} <= {str(resource)}


@given(worlds(), st.sampled_from(READS))
def test_what_cannot_be_read_leads_to_nothing_that_would_not_be_done_anyway(f, missing):
    port, call = missing
    for number in (1, 2):
        usual = {identity_of(write.action) for write in narrow(f, a_resource_id(number)).writes}
        getattr(f, port).before[call] = [LATE]
        assert {identity_of(write.action) for write in narrow(f, a_resource_id(number)).writes} <= usual
        getattr(f, port).before[call].clear()
