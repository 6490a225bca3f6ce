"""Whole observations of two marketplaces, small enough that links, marks and twins meet each other often."""

from datetime import timedelta
from uuid import UUID

import attrs
from hypothesis import strategies as st
from tests.strategies import builders

from federation_core.domain.catalogue import TargetOffering
from federation_core.domain.ids import AOfferingId
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.orders.scene import Marker, Scene
from federation_core.domain.orders.states import A_ORDER_PHASES, B_ORDER_PHASES
from federation_core.domain.records import AResource, BResource

SKEWS = (-3600, -61, -60, -59, -1, 0, 1, 59, 3600)
times = st.sampled_from(SKEWS).map(lambda seconds: builders.PLACED + timedelta(seconds=seconds))
recent = st.sampled_from([0, 1, 34, 35, 36, 3600]).map(lambda seconds: builders.NOW - timedelta(seconds=seconds))

a_resource_ids = st.sampled_from([builders.a_resource_id(n) for n in (1, 2)])
b_resource_ids = st.sampled_from([builders.b_resource_id(n) for n in (1, 2)])
a_order_ids = st.sampled_from([builders.a_order_id(n) for n in (1, 2)])
b_order_ids = st.sampled_from([builders.b_order_id(n) for n in (1, 2, 3)])
PLANS = (builders.a_plan(1, "Standard"), builders.a_plan(2, "Large"), builders.a_plan(3, "Old", active=False))
plans = st.sampled_from(PLANS)

names = st.sampled_from(["", "snow-1", "  ", "a" * 150, "ünïcode/../x", "name"])
A_AMOUNTS: tuple[dict[str, int], ...] = (
    {"node": 3}, {"node": 3, "hours": 7}, {"node": 0}, {"hours": 7}, {"unmapped": 1}, {},
)  # fmt: skip
B_AMOUNTS: tuple[dict[str, int], ...] = ({"gpu": 15}, {"gpu": 15, "tape": 2}, {"gpu": 0}, {"gpu": 7}, {})
limits_on_a = st.sampled_from([builders.a_limits(**amounts) for amounts in A_AMOUNTS])
limits_on_b = st.sampled_from([builders.b_limits(**amounts) for amounts in B_AMOUNTS])
PLAN_NAMES = ("", "Standard", "Large", "Unknown here")
SUBTYPES = ("update_limits", "plan_switch", "", "update_options", "renew")
MARKED_OFFERINGS = (*[builders.a_offering_id()] * 4, AOfferingId(UUID(int=9)), None)


def links(ids):
    """No link, a link in either spelling, or (rarely) a text that is none."""
    return st.sampled_from(["", "", "", "dashed", "hex", "dashed", "hex", "not-a-uuid"]).flatmap(
        lambda how: {"dashed": ids.map(str), "hex": ids.map(lambda value: value.hex)}.get(how, st.just(how))
    )


TYPES = ("Create", "Update", "Terminate", "Restore")
OPEN_ORDER_STATES = ("pending-provider", "executing")
A_STATES = ("Creating", "OK", "Updating", "Terminating", "Terminated", "Erred")
B_STATES = ("Creating", "OK", "Erred", "Updating", "Terminating", "Terminated")


@st.composite
def a_orders(draw, number=1):
    """Mostly one that is open; subtype, limits and plan only where its type has them."""
    kind = draw(st.sampled_from(TYPES))
    state = draw(st.sampled_from([*OPEN_ORDER_STATES * 4, *sorted(A_ORDER_PHASES)]))
    order = builders.an_order(
        id=builders.a_order_id(number),
        type=kind,
        state=state,
        resource=draw(a_resource_ids),
        backend_id=draw(links(b_order_ids)),
        attributes={"name": "as ordered", "end_date": "2024-01-01", "image": "cs9"},
    )
    if state == "executing":
        order = attrs.evolve(order, reviewed_at=draw(st.none() | recent))
    if kind == "Update":
        order = attrs.evolve(order, subtype=draw(st.sampled_from(SUBTYPES)))
    if kind in {"Create", "Update"}:
        order = attrs.evolve(order, limits=draw(limits_on_a), plan_name=draw(st.sampled_from(PLAN_NAMES)))
    return order


@st.composite
def a_resources(draw, number=1):
    return AResource(
        id=builders.a_resource_id(number),
        name=draw(names),
        state=draw(st.sampled_from(A_STATES)),
        backend_id=draw(links(b_resource_ids)),
        end_date=draw(st.sampled_from([None, builders.NOW.date(), builders.NOW.date() - timedelta(days=1)])),
        last_sync=draw(st.none() | recent),
    )


@st.composite
def b_orders(draw, number=1):
    kind = draw(st.sampled_from(TYPES))
    order = builders.a_b_order(
        id=builders.b_order_id(number),
        type=kind,
        state=draw(st.sampled_from(sorted(B_ORDER_PHASES))),
        created=draw(times),
        resource=draw(b_resource_ids),
    )
    if kind == "Update":
        plan = draw(st.none() | plans.map(lambda plan: plan.id))
        subtype = draw(st.sampled_from(["", "update_limits", "plan_switch"]))
        return attrs.evolve(order, limits=draw(limits_on_b), plan=plan, subtype=subtype)
    return attrs.evolve(order, for_order=draw(st.none() | a_order_ids)) if kind == "Terminate" else order


@st.composite
def b_resources(draw, number=1):
    return BResource(
        id=builders.b_resource_id(number),
        state=draw(st.sampled_from(B_STATES)),
        created=draw(times),
        limits=draw(limits_on_b),
        plan=draw(st.none() | plans.map(lambda plan: plan.id)),
        for_resource=draw(st.none() | a_resource_ids),
        for_offering=draw(st.sampled_from(MARKED_OFFERINGS)),
        error_message=draw(st.sampled_from(["", "disk full"])),
    )


offerings = st.builds(
    TargetOffering,
    id=st.just(builders.b_offering_id()),
    name=names,
    state=st.sampled_from(["Active"] * 5 + ["Paused", "Archived", "Draft", "Unavailable"]),
    components=st.sampled_from([builders.an_offering().components] * 4 + [{}]),
    plans=st.sampled_from([(builders.a_plan(),), (), PLANS[1:], PLANS[2:], PLANS]),
)

markers = st.sampled_from(Marker)


def some_of(rows, most):
    """A listing: up to *most* rows with ids of their own."""
    return st.integers(0, most).flatmap(lambda count: st.tuples(*(rows(number) for number in range(1, count + 1))))


def observed(values):
    """*values* seen completely, in part, or not at all."""

    def seen(how):
        match how:
            case "incomplete":
                return values.map(lambda value: Incomplete(value, "page 2 failed"))
            case "unreadable":
                return st.just(Unreadable("timed out"))
            case _:
                return values.map(Complete)

    return st.sampled_from(["complete"] * 8 + ["incomplete", "unreadable"]).flatmap(seen)


open_orders = st.integers(1, 2).flatmap(lambda count: st.tuples(*(a_orders(number) for number in range(1, count + 1))))

scenes = st.builds(
    Scene,
    now=st.just(builders.NOW),
    rules=st.sampled_from(
        [
            builders.some_rules(passthrough=("image", "end_date", "absent")),
            builders.some_rules(target_plan="Large", accept_terms=True),
            builders.some_rules(target_plan="Nowhere"),
        ]
    ),
    offering=observed(offerings),
    a_resources=observed(some_of(a_resources, 2)),
    b_resources=observed(some_of(b_resources, 2)),
    b_orders=observed(some_of(b_orders, 3)),
    b_blind=st.sampled_from(["", "", "", "no role on the customer"]),
    gone_orders=st.sampled_from([frozenset(), frozenset(), frozenset({builders.b_order_id(3)})]),
    marker=markers,
    links_orders=st.booleans(),
)


def shuffled(scene: Scene, random) -> Scene:
    """The same observation with every listing in another order."""

    def mix(listing):
        if isinstance(listing, Unreadable):
            return listing
        rows = list(listing.value)
        random.shuffle(rows)
        return attrs.evolve(listing, value=tuple(rows))

    return attrs.evolve(
        scene, a_resources=mix(scene.a_resources), b_resources=mix(scene.b_resources), b_orders=mix(scene.b_orders)
    )
