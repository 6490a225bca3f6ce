"""What no decision about an order may do, whatever A and B show.

The conditions are written from the outside: from the observation to what it can justify, not from the code's way of finding it.
"""

import json
import re

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.strategies import scenes as s

from federation_core.domain.catalogue import Demand
from federation_core.domain.errors import Disposition
from federation_core.domain.ids import parse_uuid
from federation_core.domain.observed import Complete, Incomplete, rows
from federation_core.domain.orders.attributes import OFFERING_MARK, ORDER_MARK, RESOURCE_MARK, attributes_for_terminate
from federation_core.domain.orders.counterpart import subtype_of
from federation_core.domain.orders.decide import Decision, decide, decide_all
from federation_core.domain.orders.forwarding import Step
from federation_core.domain.orders.orphans import find_orphans
from federation_core.domain.orders.scene import Marker, seniority
from federation_core.domain.orders.states import APhase, a_phase
from federation_core.domain.plan.actions import describe
from federation_core.domain.plan.actions.orders import (
    ApproveOrder,
    FailOrder,
    FinishOrder,
    LinkOrder,
    LinkResource,
    Stage,
    StampRetry,
    SubmitCreate,
    SubmitLimits,
    SubmitPlanSwitch,
    SubmitRestore,
    SubmitTerminate,
)
from federation_core.domain.plan.policy import OrphanPolicy
from federation_core.domain.projects.backend_id import format_key
from federation_core.domain.records import AOrder

many = settings(max_examples=settings().max_examples * 2)
worlds = st.tuples(s.open_orders, s.scenes)


def decided(world) -> list[tuple[AOrder, Decision]]:
    orders, scene = world
    return [(decision.order, decision) for decision in decide_all(orders, scene)]


def writes(world, *kinds):
    return [
        (order, action)
        for order, decision in decided(world)
        for action in decision.actions
        if isinstance(action, kinds)
    ]


def resource_of(order, scene):
    (found,) = [resource for resource in rows(scene.a_resources) if resource.id == order.resource]
    return found


def on_b(order, scene):
    """B's resources that may be the order's: the linked one, or all that carry its marks."""
    resource = resource_of(order, scene)
    if resource.backend_id:
        return [r for r in rows(scene.b_resources) if r.id == parse_uuid(resource.backend_id)]
    return [
        r for r in rows(scene.b_resources) if r.for_resource == resource.id and r.for_offering == scene.rules.offering
    ]


def b_orders_of(order, scene, *states):
    """B's orders of the same type on the order's resources, in one of *states*."""
    ids = {resource.id for resource in on_b(order, scene)}
    return [o for o in rows(scene.b_orders) if o.resource in ids and o.type == order.type and o.state in states]


@many
@given(worlds)
def test_deciding_is_total_and_in_the_order_of_placing(world):
    orders, scene = world
    decisions = decide_all(orders, scene)
    assert [d.order for d in decisions] == sorted(orders, key=lambda order: (order.created, order.id))
    for decision in decisions:
        assert decision.reason
        assert decision.actions or decision.holds is not None or decision.step is Step.SETTLED


@given(worlds, st.text(), st.text(), st.text())
def test_words_that_nobody_knows_are_held_and_never_acted_on(world, a_word, type_word, b_word):
    (order, *_), scene = world
    for strange in (attrs.evolve(order, state=f"?{a_word}"), attrs.evolve(order, type=f"?{type_word}")):
        decision = decide(strange, scene)
        assert (decision.actions, decision.holds) == ((), Disposition.BROKEN)
    mixed = attrs.evolve(
        scene, b_resources=Complete(tuple(attrs.evolve(r, state=f"?{b_word}") for r in rows(scene.b_resources)))
    )
    for action in decide(order, mixed).actions:  # what is told by B's order alone may go on
        assert not isinstance(action, SubmitLimits | SubmitPlanSwitch | SubmitRestore | SubmitTerminate)


@many
@given(worlds)
def test_nothing_is_created_unless_absence_is_proven(world):
    _, scene = world
    for order, action in writes(world, SubmitCreate):
        assert not scene.b_blind
        assert isinstance(scene.b_resources, Complete)
        assert not resource_of(order, scene).backend_id
        assert on_b(order, scene) == []
        assert scene.marker is not Marker.LOST
        assert action.order == order.id
        assert action.resource == order.resource


@many
@given(worlds)
def test_nothing_is_approved_or_submitted_unless_b_s_offering_was_read_and_takes_it(world):
    _, scene = world
    demands = {"Create": Demand.CREATE, "Terminate": Demand.TERMINATE}
    kinds = (ApproveOrder, SubmitCreate, SubmitLimits, SubmitPlanSwitch, SubmitTerminate, SubmitRestore)
    for order, _ in writes(world, *kinds):
        assert isinstance(scene.offering, Complete)
        assert scene.offering.value.takes(demands.get(order.type, Demand.CHANGE))


@many
@given(worlds)
def test_an_order_that_is_not_ours_yet_is_claimed_before_anything_else_is_written(world):
    for order, decision in decided(world):
        phase = a_phase(order.state)
        if phase is APhase.OFFERED and decision.actions:
            assert decision.actions[0] == ApproveOrder(order.id)
        if phase is not APhase.OFFERED:
            assert not any(isinstance(action, ApproveOrder) for action in decision.actions)
        if phase in {APhase.FOREIGN, APhase.DONE, APhase.ENDED}:
            assert decision.actions == ()


@many
@given(worlds)
def test_an_order_is_done_only_because_b_s_is_or_b_shows_what_was_ordered(world):
    _, scene = world
    for order, _ in writes(world, FinishOrder):
        shown = {resource.state for resource in on_b(order, scene)}
        if b_orders_of(order, scene, "done"):
            continue
        match order.type:
            case "Create":
                assert shown & {"OK", "Updating"}
            case "Terminate":
                assert "Terminated" in shown or (not shown and scene.absence_is_proof)
            case "Restore":
                assert "OK" in shown
            case _:
                assert "OK" in shown


@many
@given(worlds)
def test_an_order_is_failed_only_because_b_s_was_or_b_can_never_do_it(world):
    _, scene = world
    for order, action in writes(world, FailOrder):
        shown = {resource.state for resource in on_b(order, scene)}
        assert action.message
        if b_orders_of(order, scene, "erred", "canceled", "rejected"):
            continue
        match order.type:
            case "Create":
                assert shown & {"Erred", "Terminated"}
                assert isinstance(scene.b_orders, Complete)
            case "Update":
                plans = scene.offering.value.plans if isinstance(scene.offering, Complete) else ()
                never = subtype_of(order) not in {"update_limits", "plan_switch"}
                assert "Terminated" in shown or never or not any(plan.active for plan in plans)
            case "Restore":
                assert not shown
                assert scene.absence_is_proof
            case _:
                raise AssertionError("a termination fails only with B's order")


@many
@given(worlds)
def test_absence_that_is_not_proven_causes_no_write(world):
    """With B's resources unseen, in part or altogether, what is not listed is neither created, nor done, nor failed."""
    _, scene = world
    assume(not scene.absence_is_proof)
    for order, decision in decided(world):
        resource = scene.a_by_id.get(order.resource)
        if resource is not None and not on_b(order, scene):
            assert decision.actions == ()


@many
@given(worlds)
def test_b_s_resources_are_changed_only_when_they_were_seen_in_a_state_that_allows_it(world):
    _, scene = world
    allowed = {
        SubmitLimits: {"OK"},
        SubmitPlanSwitch: {"OK"},
        SubmitTerminate: {"OK", "Erred"},
        SubmitRestore: {"Terminated"},
    }
    for order, action in writes(world, *allowed):
        (found,) = [r for r in on_b(order, scene) if r.id == action.b_resource]
        assert found.state in allowed[type(action)]


@many
@given(worlds)
def test_a_resource_of_b_that_several_resources_of_a_are_linked_to_is_left_to_people(world):
    _, scene = world
    for order, decision in decided(world):
        resource = scene.a_by_id.get(order.resource)
        if resource is not None and len(scene.claims.get(parse_uuid(resource.backend_id), ())) > 1:
            assert decision.actions == ()


@many
@given(worlds)
def test_no_decision_makes_two_resources_of_a_share_one_of_b(world):
    _, scene = world
    for order, action in writes(world, LinkResource):
        others = [r for r in rows(scene.a_resources) if r.id != order.resource and r.state != "Terminated"]
        assert action.b_resource not in {parse_uuid(other.backend_id) for other in others}


@many
@given(worlds)
def test_links_are_only_written_where_a_shows_none(world):
    _, scene = world
    for order, action in writes(world, LinkOrder, LinkResource):
        if isinstance(action, LinkOrder):
            assert order.backend_id == ""
            assert scene.links_orders
            assert action.b_order in scene.b_orders_by_id
        else:
            assert resource_of(order, scene).backend_id == ""
            assert action.b_resource in {resource.id for resource in on_b(order, scene)}


@many
@given(worlds)
def test_the_writes_of_one_order_are_in_stages_and_submit_at_most_once(world):
    for order, decision in decided(world):
        stages = [action.stage for action in decision.actions]
        assert stages == sorted(stages)
        assert stages.count(Stage.SUBMIT) <= 1
        assert stages.count(Stage.END) <= 1
        assert not (Stage.SUBMIT in stages and Stage.END in stages)
        assert all(action.order == order.id for action in decision.actions)


@many
@given(worlds)
def test_a_create_that_is_tried_again_is_stamped_and_has_settled(world):
    _, scene = world
    for order, decision in decided(world):
        kinds = [type(action) for action in decision.actions]
        if SubmitCreate in kinds:
            assert kinds in ([ApproveOrder, SubmitCreate], [StampRetry, SubmitCreate])
        if kinds == [StampRetry, SubmitCreate]:
            since = [when for when in (order.reviewed_at, resource_of(order, scene).last_sync) if when is not None]
            assert all(scene.now - when >= scene.rules.settle for when in since)
        elif StampRetry in kinds:
            raise AssertionError("a stamp without another attempt")


@many
@given(worlds)
def test_uuids_are_dashed_in_backend_ids_and_hex_in_marks(world):
    for order, action in writes(world, SubmitCreate, LinkOrder, LinkResource, SubmitTerminate):
        match action:
            case SubmitCreate():
                assert action.attributes[RESOURCE_MARK] == order.resource.hex
                assert re.fullmatch("[0-9a-f]{32}", action.attributes[OFFERING_MARK])
                assert re.fullmatch("[0-9a-f-]{36}_[0-9a-f-]{36}", format_key(action.key))
                assert action.key.project == order.project.id
            case SubmitTerminate():
                assert attributes_for_terminate(order.id) == {ORDER_MARK: order.id.hex}
            case LinkOrder():
                assert describe(action)["b_order"] == str(action.b_order)
            case _:
                assert describe(action)["b_resource"] == str(action.b_resource)


@many
@given(worlds)
def test_what_is_submitted_fits_b_s_offering(world):
    _, scene = world
    for _, action in writes(world, SubmitCreate, SubmitLimits, SubmitPlanSwitch):
        offering = scene.offering.value
        if not isinstance(action, SubmitPlanSwitch):
            assert action.limits.keys() <= offering.limit_components()
            assert all(type(value) is int and value >= 0 for value in action.limits.values())
        if not isinstance(action, SubmitLimits):
            assert action.plan is None or action.plan in {plan.id for plan in offering.plans if plan.active}


@many
@given(worlds, st.randoms(use_true_random=False))
def test_deciding_is_deterministic_and_independent_of_the_order_of_the_listings(world, random):
    orders, scene = world
    mixed = list(orders)
    random.shuffle(mixed)
    assert decide_all(mixed, s.shuffled(scene, random)) == decide_all(orders, scene)


@many
@given(worlds)
def test_every_decision_can_be_printed_as_json(world):
    for order, decision in decided(world):
        for action in decision.actions:
            assert json.loads(json.dumps(describe(action)))["order"] == str(order.id)


orphan_worlds = st.tuples(
    s.scenes, st.frozensets(s.a_resource_ids, max_size=2), st.frozensets(s.a_resource_ids, max_size=1)
)


@many
@given(orphan_worlds)
def test_only_marked_unclaimed_unwanted_resources_are_taken_away(world):
    scene, ended, busy = world
    orphans = find_orphans(scene, ended, busy)
    for removal in orphans.wanted_gone(OrphanPolicy.TERMINATE):
        found = scene.b_by_id[removal.b_resource]
        wanted = scene.a_by_id[removal.resource]
        assert (found.for_resource, found.for_offering) == (wanted.id, scene.rules.offering)
        assert found.state in {"OK", "Erred"}
        assert wanted.id not in busy
        assert wanted.state == "Terminated" or wanted.id in ended or parse_uuid(wanted.backend_id) != found.id
        others = [r for r in rows(scene.a_resources) if r.id != wanted.id and r.state != "Terminated"]
        assert found.id not in {parse_uuid(other.backend_id) for other in others}


@many
@given(orphan_worlds)
def test_removals_are_distinct_and_counted_among_what_is_owned(world):
    orphans = find_orphans(*world)
    ids = [removal.b_resource for removal in orphans.wanted_gone(OrphanPolicy.TERMINATE)]
    assert len(set(ids)) == len(ids) <= orphans.owned
    assert orphans.wanted_gone(OrphanPolicy.REPORT) == orphans.twins


@many
@given(orphan_worlds, st.data())
def test_seeing_less_of_a_or_b_never_makes_more_orphans(world, data):
    """A row that is missing from a listing must not cause a removal that the row would have prevented."""
    scene, ended, busy = world
    a_rows, b_rows = rows(scene.a_resources), rows(scene.b_resources)
    less = attrs.evolve(
        scene,
        a_resources=Incomplete(tuple(r for r in a_rows if data.draw(st.booleans())), "page 2 failed"),
        b_resources=Incomplete(tuple(r for r in b_rows if data.draw(st.booleans())), "page 2 failed"),
    )
    whole = attrs.evolve(scene, a_resources=Complete(a_rows), b_resources=Complete(b_rows))
    fewer = {removal.b_resource for removal in find_orphans(less, ended, busy).wanted_gone(OrphanPolicy.TERMINATE)}
    assert fewer <= {
        removal.b_resource for removal in find_orphans(whole, ended, busy).wanted_gone(OrphanPolicy.TERMINATE)
    }


@given(s.scenes)
def test_the_scene_s_indexes_hold_every_row(scene):
    assert list(scene.b_orders_by_id.values()) == list(rows(scene.b_orders))
    assert sum(map(len, scene.b_orders_by_resource.values())) == len(rows(scene.b_orders))
    for orders in scene.b_orders_by_resource.values():
        assert list(orders) == sorted(orders, key=lambda order: (order.created, order.id), reverse=True)
    for marked in scene.b_by_mark.values():
        assert list(marked) == sorted(marked, key=seniority)
