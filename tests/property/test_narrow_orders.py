"""Looking at one resource comes to what looking at all of them comes to, wherever less suffices to tell.

Orders of B that are older than a day before the oldest open order are not among the worlds: looking at all does not list them.
"""

from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from tests.fakes.federation import FakeFederation
from tests.strategies import scenes
from tests.strategies.builders import PLACED, a_b_resource, a_resource_id, an_order, linked

from federation_core.domain.errors import TimedOut
from federation_core.domain.ids import BResourceId, Side, parse_uuid
from federation_core.domain.orders.scene import Marker
from federation_core.domain.orders.states import BPhase

LATE = TimedOut(Side.B, "x.y")
PROVE_NOTHING = {BPhase.UNKNOWN, BPhase.AMBIGUOUS}
worlds = st.tuples(
    scenes.open_orders,
    scenes.some_of(scenes.a_resources, 2),
    scenes.some_of(scenes.b_orders, 3),
    scenes.some_of(scenes.b_resources, 2),
)
READS = (
    ("a_orders", "list_open"),
    ("a_resources", "read"),
    ("a_resources", "list_linked"),
    ("b_orders", "list_of"),
    ("b_orders", "read"),
    ("b_resources", "read"),
    ("b_resources", "list_for"),
    ("rights", "read"),
)


def federation(world, marker=Marker.SURVIVES):
    orders, resources, b_orders, b_resources = world
    return FakeFederation(orders=orders, resources=resources, b_orders=b_orders, b_resources=b_resources, marker=marker)


def narrow(f, resource):
    return f.use_case.plan(f.use_case.observe_for(resource))


def is_lost(f, resource):
    """Whether A links the resource to one that B does not show."""
    linked = parse_uuid(f.a_resources.resources[resource].backend_id)
    return linked is not None and BResourceId(linked) not in f.b_resources.resources


def essence(decision):
    """What is done, and why it is held."""
    return decision.step, decision.actions, decision.holds


@given(worlds, scenes.markers)
def test_one_resource_alone_is_decided_as_among_all(world, marker):
    f = federation(world, marker)
    whole = {d.order.id: d for d in f.use_case.plan(f.use_case.observe()).decisions}
    for resource in map(a_resource_id, (1, 2)):
        is_shown = resource in f.a_resources.resources
        decisions = narrow(f, resource).decisions
        assert {d.order.id for d in decisions} == {key for key, d in whole.items() if d.order.resource == resource}
        for decision in decisions:
            if not is_shown or is_lost(f, resource):  # that something is gone, only a list of all proves
                assert decision.actions == ()
                assert decision.counterpart is None or decision.counterpart.phase in PROVE_NOTHING
            else:
                assert essence(decision) == essence(whole[decision.order.id])


@given(worlds, st.sampled_from(READS))
@example(
    world=(
        (an_order(type="Restore"),),
        (linked(id=a_resource_id(1)), linked(id=a_resource_id(2))),
        (),
        (a_b_resource(for_resource=None, created=PLACED - timedelta(hours=1)),),
    ),
    missing=("a_resources", "list_linked"),
)
def test_what_cannot_be_read_leads_to_nothing_that_would_not_be_done_anyway(world, missing):
    f = federation(world)
    port, call = missing
    for resource in f.a_resources.resources:
        usual = {d.order.id: d.actions for d in narrow(f, resource).decisions}
        getattr(f, port).before[call] = [LATE]
        plan = narrow(f, resource)
        getattr(f, port).before[call].clear()
        for (
            decision
        ) in plan.decisions:  # it is accepted though how B's ended cannot be read, and linked and ended later
            assert all(action in usual[decision.order.id] for action in decision.actions)


@given(worlds)
def test_it_never_finds_that_nobody_wants_something(world):
    f = federation(world)
    for resource in map(a_resource_id, (1, 2)):
        plan = narrow(f, resource)
        assert (plan.orphans.orphans, plan.orphans.twins, plan.guarded.released) == ((), (), ())
