"""What happens to an order: one situation each, from what is seen to what is written."""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.strategies.builders import (
    NOW,
    PLACED,
    a_b_order,
    a_b_resource,
    a_customer_id,
    a_limits,
    a_offering_id,
    a_order_id,
    a_plan,
    a_project,
    a_project_id,
    a_resource,
    a_resource_id,
    a_scene,
    an_offering,
    an_order,
    b_limits,
    b_order_id,
    b_plan_id,
    b_resource_id,
    linked,
    ordered,
    running,
    some_rules,
)

from federation_core.domain.errors import Disposition
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.orders.attributes import OFFERING_MARK, RESOURCE_MARK
from federation_core.domain.orders.decide import decide, decide_all
from federation_core.domain.orders.forwarding import Step
from federation_core.domain.orders.scene import MARKS_LOST, Marker
from federation_core.domain.orders.states import BPhase
from federation_core.domain.plan.actions.orders import (
    ApproveOrder,
    FailOrder,
    FinishOrder,
    LinkOrder,
    LinkResource,
    OrderAction,
    StampRetry,
    SubmitCreate,
    SubmitLimits,
    SubmitPlanSwitch,
    SubmitRestore,
    SubmitTerminate,
)
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.units import BillingType

CUT = "page 2 failed"
WAITING, PARKED, BROKEN = Disposition.AGAIN_AFTER, Disposition.PARKED, Disposition.BROKEN

APPROVE = ApproveOrder(a_order_id())
STAMP = StampRetry(a_order_id(), a_resource_id())
LINK_ORDER = LinkOrder(a_order_id(), b_order_id())
LINK_RESOURCE = LinkResource(a_order_id(), a_resource_id(), b_resource_id())
FINISH = FinishOrder(a_order_id())
CREATE = SubmitCreate(
    order=a_order_id(),
    resource=a_resource_id(),
    project=a_project(),
    key=ProjectKey(a_customer_id(), a_project_id()),
    limits=ordered(gpu=15),
    attributes={"name": "snow-1", RESOURCE_MARK: a_resource_id().hex, OFFERING_MARK: a_offering_id().hex},
    plan=b_plan_id(),
)


def told(order, **seen):
    decision = decide(order, a_scene(**seen))
    return decision.step, decision.actions, decision.holds


# --- Create -----------------------------------------------------------------------------------------------------------


def test_a_new_order_is_approved_and_placed_on_b():
    assert told(an_order()) == (Step.APPROVE, (APPROVE, CREATE), None)


def test_an_order_that_was_approved_but_not_placed_is_stamped_and_placed():
    assert told(running()) == (Step.SUBMIT, (STAMP, CREATE), None)


@pytest.mark.parametrize(
    ("since_approval", "since_stamp", "settled"),
    [
        (34, None, False),
        (35, None, True),
        (3600, 34, False),
        (34, 3600, False),
        (3600, 35, True),
        (None, 34, False),
        (None, 35, True),
        (None, None, True),
        (-5, None, False),
    ],
)
def test_an_order_is_not_placed_again_while_an_earlier_request_may_be_committing(since_approval, since_stamp, settled):
    def ago(seconds):
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    order, resource = running(reviewed_at=ago(since_approval)), a_resource(last_sync=ago(since_stamp))
    expected = (Step.SUBMIT, (STAMP, CREATE), None) if settled else (Step.SUBMIT, (), WAITING)
    assert told(order, a_resources=[resource]) == expected


def test_the_time_to_settle_is_the_operator_s():
    order = running(reviewed_at=NOW - timedelta(seconds=40))
    assert told(order, rules=some_rules(settle=timedelta(seconds=41)))[2] is WAITING


def test_a_fresh_claim_need_not_settle():
    """A stamp on a resource whose order nobody has approved is no attempt of ours."""
    assert told(an_order(), a_resources=[a_resource(last_sync=NOW)])[1] == (APPROVE, CREATE)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rules": some_rules(accept_terms=True)}, {"accept_terms": True}),
        ({"offering": an_offering(plans=())}, {"plan": None}),
        ({"offering": an_offering(plans=(a_plan(1), a_plan(2, "Large"))), "rules": some_rules(target_plan="Large")},
         {"plan": b_plan_id(2)}),
        ({"offering": an_offering(components={"gpu": BillingType.USAGE, "hours": BillingType.LIMIT})}, {"limits": {}}),
    ],
)  # fmt: skip
def test_what_is_placed_follows_the_settings_and_b_s_offering(changes, expected):
    (_, action) = decide(an_order(), a_scene(**changes)).actions
    assert {name: getattr(action, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("order", "seen", "words"),
    [
        (an_order(limits=a_limits(quantum=1)), {}, "quantum"),
        (an_order(), {"offering": an_offering(components={"gpu": BillingType.LIMIT})}, "no component hours"),
        (an_order(), {"offering": an_offering(plans=(a_plan(1), a_plan(2, "Large")))}, "target_plan"),
        (an_order(), {"marker": Marker.LOST}, MARKS_LOST),
    ],
)
@pytest.mark.parametrize("state", ["pending-provider", "executing"])
def test_an_order_that_the_settings_cannot_place_is_parked_unapproved(order, seen, words, state):
    decision = decide(attrs.evolve(order, state=state), a_scene(**seen))
    assert (decision.actions, decision.holds) == ((), PARKED)
    assert words in decision.reason


@pytest.mark.parametrize("marker", [Marker.UNPROVEN, Marker.SURVIVES])
def test_marks_that_are_not_known_to_be_lost_let_an_order_be_placed(marker):
    assert told(an_order(), marker=marker)[1] == (APPROVE, CREATE)


@pytest.mark.parametrize("state", ["Paused", "Archived", "Draft", "Unavailable", "Sunset"])
@pytest.mark.parametrize("order", [an_order(), running()], ids=["offered", "running"])
def test_nothing_is_created_in_an_offering_that_takes_no_orders(state, order):
    decision = decide(order, a_scene(offering=an_offering(state=state)))
    assert (decision.actions, decision.holds) == ((), PARKED)
    assert decision.reason == f"B's offering is {state} and takes no create orders"


@pytest.mark.parametrize("offering", [Unreadable(CUT), Incomplete(an_offering(), CUT)])
@pytest.mark.parametrize("order", [an_order(), running()], ids=["offered", "running"])
@pytest.mark.parametrize("b_resources", [(), (a_b_resource(),)], ids=["not on B", "on B"])
def test_nothing_is_accepted_or_placed_while_b_s_offering_is_unread(offering, order, b_resources):
    decision = decide(order, a_scene(offering=offering, b_resources=b_resources))
    if order.state == "executing" and b_resources:
        assert decision.actions == (LINK_RESOURCE, FINISH)  # B shows it, and nothing is asked of the offering
    else:
        assert (decision.actions, decision.holds) == ((), WAITING)
        assert CUT in decision.reason


@pytest.mark.parametrize(
    "seen",
    [{"b_resources": Incomplete((), CUT)}, {"b_resources": Unreadable(CUT)}, {"b_blind": "no role"}],
    ids=["incomplete", "unreadable", "token may not see all"],
)
@pytest.mark.parametrize("kind", ["Create", "Update", "Terminate", "Restore"])
@pytest.mark.parametrize("state", ["pending-provider", "executing"])
@pytest.mark.parametrize("resource", [a_resource(), linked()], ids=["not linked", "linked"])
def test_unknown_is_not_absent(seen, kind, state, resource):
    order = an_order(type=kind, state=state)
    assert told(order, a_resources=[resource], **seen) == (Step.WAIT, (), WAITING)


# --- adoption ---------------------------------------------------------------------------------------------------------


def test_what_is_found_by_its_mark_is_adopted_with_its_order():
    seen = {"b_resources": [a_b_resource(state="Creating")], "b_orders": [a_b_order()]}
    assert told(running(), **seen) == (Step.WAIT, (LINK_ORDER, LINK_RESOURCE), WAITING)
    assert told(an_order(), **seen) == (Step.APPROVE, (APPROVE, LINK_ORDER, LINK_RESOURCE), WAITING)


def test_what_is_linked_already_is_not_linked_again():
    seen = {
        "a_resources": [linked(state="Creating")],
        "b_resources": [a_b_resource(state="Creating")],
        "b_orders": [a_b_order()],
    }
    assert told(running(backend_id=str(b_order_id())), **seen) == (Step.WAIT, (), WAITING)
    assert told(running(), **seen) == (Step.WAIT, (LINK_ORDER,), WAITING)


def test_orders_are_not_linked_on_a_server_that_cannot_store_it():
    seen = {"b_resources": [a_b_resource(state="Creating")], "b_orders": [a_b_order()], "links_orders": False}
    assert told(running(), **seen) == (Step.WAIT, (LINK_RESOURCE,), WAITING)


@pytest.mark.parametrize("order", [an_order(), running()], ids=["offered", "running"])
def test_an_order_that_b_has_done_is_finished(order):
    seen = {"b_resources": [a_b_resource()], "b_orders": [a_b_order(state="done")]}
    step, actions, holds = told(order, **seen)
    assert actions[-3:] == (LINK_ORDER, LINK_RESOURCE, FINISH)
    assert (step, holds) == ((Step.APPROVE if order.state == "pending-provider" else Step.FINISH), None)


@pytest.mark.parametrize("state", ["erred", "rejected", "canceled"])
def test_an_order_that_b_refused_is_failed_with_b_s_reason_after_it_is_linked(state):
    seen = {"b_resources": [a_b_resource(state="Terminated")], "b_orders": [a_b_order(state=state, reason="No stock")]}
    fail = FailOrder(a_order_id(), f"B's order is {state}: No stock. To try again, place a new order.")
    assert told(running(), **seen) == (Step.FAIL, (LINK_ORDER, LINK_RESOURCE, fail), None)
    assert told(an_order(), **seen) == (Step.APPROVE, (APPROVE, LINK_ORDER, LINK_RESOURCE, fail), None)


@pytest.mark.parametrize("reason", ["No stock.", "No stock!", "No stock?", "No stock. "])
def test_a_reason_that_is_a_sentence_stays_one(reason):
    order = running(type="Terminate", backend_id=str(b_order_id()))
    failed = a_b_order(type="Terminate", state="erred", reason=reason)
    decision = decide(order, a_scene(a_resources=[linked()], b_resources=[a_b_resource()], b_orders=[failed]))
    assert decision.actions == (FailOrder(order.id, f"B's order is erred: {reason.strip()}"),)


def test_an_offered_order_gets_no_write_while_its_counterpart_is_unknown():
    """The claim comes first: until then the order may be another agent's."""
    seen = {"b_resources": [a_b_resource(state="Erred")], "b_orders": Unreadable(CUT)}
    assert told(an_order(), **seen) == (Step.WAIT, (), WAITING)
    assert told(running(), **seen) == (Step.WAIT, (LINK_RESOURCE,), WAITING)


@pytest.mark.parametrize("state", ["pending-consumer", "pending-project", "pending-start-date"])
@pytest.mark.parametrize("b_state", ["executing", "done", "erred"])
def test_an_order_that_waits_for_somebody_else_gets_no_write(state, b_state):
    seen = {"b_resources": [a_b_resource()], "b_orders": [a_b_order(state=b_state)]}
    assert told(an_order(state=state), **seen)[1] == ()


# --- other types --------------------------------------------------------------------------------------------------------

TERMINATE = SubmitTerminate(a_order_id(), b_resource_id())
LIMITS = SubmitLimits(a_order_id(), b_resource_id(), ordered(gpu=20, tape=4))
SWITCH = SubmitPlanSwitch(a_order_id(), b_resource_id(), b_plan_id(2))
RESTORE = SubmitRestore(a_order_id(), b_resource_id())
TWO_PLANS = an_offering(plans=(a_plan(1, "Standard"), a_plan(2, "Large")))

SUBMISSIONS: dict[str, tuple[dict[str, Any], dict[str, Any], OrderAction]] = {
    "termination": ({"type": "Terminate"}, {}, TERMINATE),
    "termination of what is erred": ({"type": "Terminate"}, {"state": "Erred"}, TERMINATE),
    "new limits, with those of others kept": (
        {"type": "Update", "subtype": "update_limits", "limits": a_limits(node=4)}, {}, LIMITS),
    "another plan": ({"type": "Update", "subtype": "plan_switch", "plan_name": "Large"}, {}, SWITCH),
    "restoration": ({"type": "Restore"}, {"state": "Terminated"}, RESTORE),
}  # fmt: skip


@pytest.mark.parametrize(("order", "shown", "submission"), SUBMISSIONS.values(), ids=SUBMISSIONS)
def test_a_change_is_approved_and_placed_and_never_stamped(order, shown, submission):
    seen = {"a_resources": [linked()], "b_resources": [a_b_resource(**shown)], "offering": TWO_PLANS}
    assert told(an_order(**order), **seen) == (Step.APPROVE, (APPROVE, submission), None)
    assert told(running(reviewed_at=NOW, **order), **seen) == (Step.SUBMIT, (submission,), None)


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        ("Active", {"termination", "termination of what is erred", "new limits, with those of others kept",
                    "another plan", "restoration"}),
        ("Paused", {"termination", "termination of what is erred", "new limits, with those of others kept",
                    "another plan", "restoration"}),
        ("Archived", {"termination", "termination of what is erred"}),
        ("Unavailable", set()),
    ],
)  # fmt: skip
def test_an_offering_takes_changes_by_its_state(state, kinds):
    placed = set()
    offering = an_offering(state=state, plans=TWO_PLANS.plans)
    for name, (order, shown, _) in SUBMISSIONS.items():
        decision = decide(
            an_order(**order),
            a_scene(a_resources=[linked()], b_resources=[a_b_resource(**shown)], offering=offering),
        )
        assert decision.actions or decision.holds is PARKED
        placed |= {name} if decision.actions else set()
    assert placed == kinds


@pytest.mark.parametrize(("kind", "asked"), [("termination", "terminate"), ("another plan", "change")])
def test_what_an_offering_does_not_take_is_named(kind, asked):
    order, shown, _ = SUBMISSIONS[kind]
    offering = an_offering(state="Draft", plans=TWO_PLANS.plans)
    scene = a_scene(a_resources=[linked()], b_resources=[a_b_resource(**shown)], offering=offering)
    assert decide(an_order(**order), scene).reason == f"B's offering is Draft and takes no {asked} orders"


@pytest.mark.parametrize("order", [an_order(type="Terminate"), running(type="Terminate")], ids=["offered", "running"])
@pytest.mark.parametrize("resource", [a_resource(), linked()], ids=["never made", "gone"])
def test_a_termination_of_what_is_proven_gone_is_done(order, resource):
    _, actions, holds = told(order, a_resources=[resource])
    assert (actions[-1], holds) == (FINISH, None)
    assert len(actions) == (2 if order.state == "pending-provider" else 1)


def test_the_failure_of_a_change_does_not_advise_to_order_anew():
    decision = decide(
        running(type="Update", subtype="renew"), a_scene(a_resources=[linked()], b_resources=[a_b_resource()])
    )
    assert decision.step is Step.FAIL
    (action,) = decision.actions
    assert isinstance(action, FailOrder)
    assert action.message.endswith("nothing was changed there.")


def test_an_update_whose_plan_cannot_be_told_while_the_offering_is_unread_waits():
    order = running(type="Update", subtype="plan_switch", plan_name="Large")
    seen = {"a_resources": [linked()], "b_resources": [a_b_resource()], "offering": Unreadable(CUT)}
    assert told(order, **seen) == (Step.WAIT, (), WAITING)


# --- what cannot be judged ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a_resources", "words"),
    [
        (Complete(()), "does not list"),
        (Incomplete((), CUT), CUT),
        (Unreadable(CUT), CUT),
        (Complete((a_resource(id=a_resource_id(2)),)), "does not list"),
    ],
)
def test_an_order_whose_resource_is_not_seen_on_a_waits(a_resources, words):
    decision = decide(an_order(), a_scene(a_resources=a_resources, b_resources=[a_b_resource()]))
    assert (decision.step, decision.actions, decision.holds) == (Step.WAIT, (), WAITING)
    assert words in decision.reason


@pytest.mark.parametrize(
    ("order", "seen"),
    [
        (an_order(state="pending-quantum"), {}),
        (an_order(type="Clone"), {}),
        (running(), {"b_resources": [a_b_resource()], "b_orders": [a_b_order(state="pending-quantum")]}),
        (running(), {"b_resources": [a_b_resource(state="Quantum")]}),
    ],
)
def test_a_word_that_nobody_knows_breaks_only_its_order(order, seen):
    decision = decide(order, a_scene(**seen))
    assert (decision.step, decision.actions, decision.holds) == (Step.PARK, (), BROKEN)
    assert "not known" in decision.reason


@pytest.mark.parametrize("state", ["done", "erred", "canceled", "rejected"])
def test_a_settled_order_stays_as_it_is(state):
    b_state = "done" if state == "done" else "erred"
    seen = {"b_resources": [a_b_resource()], "b_orders": [a_b_order(state=b_state)]}
    assert told(an_order(state=state), **seen) == (Step.SETTLED, (), None)


@pytest.mark.parametrize(("state", "b_state"), [("done", "executing"), ("done", "erred"), ("erred", "done")])
def test_sides_that_contradict_each_other_alarm_a_person(state, b_state):
    seen = {"b_resources": [a_b_resource()], "b_orders": [a_b_order(state=b_state)]}
    assert told(an_order(state=state), **seen) == (Step.ALARM, (), PARKED)


@pytest.mark.parametrize("kind", ["Create", "Update", "Terminate", "Restore"])
def test_two_resources_of_a_linked_to_one_of_b_are_parked_and_named(kind):
    other = linked(id=a_resource_id(2))
    orders = [an_order(type=kind), an_order(id=a_order_id(2), type=kind, resource=other.id)]
    scene = a_scene(a_resources=[linked(), other], b_resources=[a_b_resource()], b_orders=[a_b_order(state="done")])
    for decision in decide_all(orders, scene):
        assert (decision.step, decision.actions, decision.holds) == (Step.PARK, (), PARKED)
        assert str(other.id) in decision.reason


def test_one_bad_order_stops_no_other():
    bad, good = an_order(id=a_order_id(2), type="Clone"), an_order()
    assert [decision.actions for decision in decide_all([bad, good], a_scene())] == [(APPROVE, CREATE), ()]


def test_orders_are_decided_in_the_order_they_were_placed():
    younger, same = an_order(created=PLACED + timedelta(seconds=1)), an_order(id=a_order_id(2))
    oldest = an_order(id=a_order_id(3), created=PLACED - timedelta(days=1))
    assert [d.order for d in decide_all([younger, same, oldest], a_scene())] == [oldest, same, younger]


def test_a_decision_shows_the_counterpart_that_it_rests_on():
    found = a_b_resource(limits=b_limits(gpu=1))
    decision = decide(running(), a_scene(b_resources=[found]))
    assert decision.counterpart is not None
    assert (decision.counterpart.phase, decision.counterpart.resource) == (BPhase.DONE, found)


SETTLE = some_rules().settle
LONG_AGO = NOW - 10 * SETTLE


def test_a_create_that_this_process_has_just_tried_is_not_posted_again():
    order = running(reviewed_at=LONG_AGO)
    assert told(order, attempts={order.id: NOW - SETTLE / 2})[2] is WAITING
    assert isinstance(told(order, attempts={order.id: NOW - SETTLE})[1][-1], SubmitCreate)


@pytest.mark.parametrize("kind", ["Create", "Update", "Terminate"])
def test_nothing_is_placed_on_b_while_resources_of_a_are_unread(kind):
    """One of those may be linked to the same resource of B."""
    mine = a_resource() if kind == "Create" else linked()
    order = running(type=kind, reviewed_at=LONG_AGO, limits=a_limits(node=4))
    shown = [] if kind == "Create" else [a_b_resource()]
    step, actions, holds = told(order, a_resources=Incomplete((mine,), CUT), b_resources=shown)
    assert (actions, holds) == ((), WAITING)
    assert step in {Step.SUBMIT, Step.WAIT}
