"""Where B's side of an order stands: each row of the tables, for each type of order."""

from datetime import timedelta

import pytest
from tests.strategies.builders import (
    PLACED,
    a_b_order,
    a_b_resource,
    a_limits,
    a_order_id,
    a_plan,
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
    some_rules,
    uuid_of,
)

from federation_core.domain.ids import AOfferingId
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.orders.counterpart import find_counterpart, subtype_of
from federation_core.domain.orders.scene import Marker
from federation_core.domain.orders.states import BPhase, OrderType, order_type

ABSENT, UNKNOWN, AMBIGUOUS, OPEN, DONE, FAILED = BPhase
KINDS = [kind.value for kind in OrderType]
CUT = "page 2 failed"
LATER = PLACED + timedelta(minutes=5)
EARLIER = PLACED - timedelta(minutes=5)


def find(order, resource, **seen):
    scene = a_scene(**{"a_resources": [resource], **seen})
    return find_counterpart(order_type(order.type), order, resource, scene)


def blind(rows=()):
    """The ways in which B's resources can be seen without proof of absence."""
    return [
        {"b_resources": Incomplete(tuple(rows), CUT)},
        {"b_resources": Unreadable(CUT)},
        {"b_resources": rows, "b_blind": "no role"},
    ]


# --- finding B's resource ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", [str(b_resource_id()), b_resource_id().hex, str(b_resource_id()).upper()])
def test_a_link_is_followed_in_any_spelling(spelling):
    found = a_b_resource(for_resource=None)
    assert find(an_order(), a_resource(backend_id=spelling), b_resources=[found]).resource == found


def test_a_link_goes_before_a_mark():
    marked, target = a_b_resource(created=EARLIER), a_b_resource(id=b_resource_id(2), for_resource=None)
    told = find(an_order(), a_resource(backend_id=str(target.id)), b_resources=[marked, target])
    assert told.resource == target


@pytest.mark.parametrize("seen", blind(), ids=["incomplete", "unreadable", "token may not see all"])
@pytest.mark.parametrize("resource", [a_resource(), linked()], ids=["not linked", "linked"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_listed_without_proof_is_unknown(kind, resource, seen):
    told = find(an_order(type=kind), resource, **seen)
    assert (told.phase, told.resource, told.order) == (UNKNOWN, None, None)
    assert CUT in told.reason or "no role" in told.reason


@pytest.mark.parametrize(
    ("kind", "resource", "phase", "words"),
    [
        ("Create", a_resource(), ABSENT, "mark"),
        ("Update", a_resource(), AMBIGUOUS, "nothing on B"),
        ("Terminate", a_resource(), DONE, "proven"),
        ("Restore", a_resource(), FAILED, "nothing on B to restore"),
        ("Create", linked(), AMBIGUOUS, "even terminated ones stay listed"),
        ("Update", linked(), AMBIGUOUS, "even terminated ones stay listed"),
        ("Terminate", linked(), DONE, "proven"),
        ("Restore", linked(), AMBIGUOUS, "even terminated ones stay listed"),
    ],
)
def test_what_is_proven_absent(kind, resource, phase, words):
    told = find(an_order(type=kind), resource)
    assert (told.phase, told.resource) == (phase, None)
    assert words in told.reason


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_is_no_uuid_is_for_a_person(kind):
    told = find(an_order(type=kind), a_resource(backend_id="vol-7f3c9a"), b_resources=[a_b_resource()])
    assert told.phase is AMBIGUOUS
    assert "no UUID" in told.reason


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_that_two_of_a_are_linked_to_is_for_a_person_who_reads_both_names(kind):
    other = linked(id=a_resource_id(2), backend_id=b_resource_id().hex)
    told = find(an_order(type=kind), linked(), a_resources=[linked(), other], b_resources=[a_b_resource()])
    assert told.phase is AMBIGUOUS
    assert str(a_resource_id(1)) in told.reason
    assert str(a_resource_id(2)) in told.reason


def test_a_terminated_resource_of_a_contests_nothing():
    over = linked(id=a_resource_id(2), state="Terminated")
    assert find(an_order(), linked(), a_resources=[linked(), over], b_resources=[a_b_resource()]).phase is DONE


def test_a_contested_link_names_only_those_who_contest_it():
    second, over = linked(id=a_resource_id(2)), linked(id=a_resource_id(3), state="Terminated")
    told = find(an_order(), linked(), a_resources=[linked(), second, over], b_resources=[a_b_resource()])
    assert str(a_resource_id(2)) in told.reason
    assert str(a_resource_id(3)) not in told.reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("resource", [linked(), a_resource()])
def test_who_else_is_linked_to_it_is_not_known_while_not_all_of_a_is(kind, resource):
    scene = a_scene(a_resources=Incomplete((resource,), CUT), b_resources=Complete((a_b_resource(),)))
    told = find_counterpart(order_type(kind), an_order(type=kind), resource, scene)
    assert (told.phase, told.reason) == (UNKNOWN, f"A's resources could not be listed completely: {CUT}")


@pytest.mark.parametrize("rows", [(1, 2), (2, 1)])
def test_of_several_resources_with_our_marks_the_oldest_is_found(rows):
    marked = {1: a_b_resource(id=b_resource_id(1), created=LATER), 2: a_b_resource(id=b_resource_id(2), created=PLACED)}
    assert find(an_order(), a_resource(), b_resources=[marked[n] for n in rows]).resource == marked[2]


@pytest.mark.parametrize(
    "marks",
    [
        {"for_resource": None},
        {"for_resource": a_resource_id(2)},
        {"for_offering": None},
        {"for_offering": AOfferingId(uuid_of(0xA0, 2))},
    ],
    ids=["no mark", "another resource", "no offering mark", "another offering"],
)
def test_other_marks_are_not_ours(marks):
    assert find(an_order(), a_resource(), b_resources=[a_b_resource(**marks)]).phase is ABSENT


def test_a_marked_resource_that_another_of_a_is_linked_to_is_for_a_person():
    """Adopting it would make two resources of A share one of B, which nothing could undo."""
    owner = linked(id=a_resource_id(2))
    told = find(an_order(), a_resource(), a_resources=[a_resource(), owner], b_resources=[a_b_resource()])
    assert told.phase is AMBIGUOUS
    assert str(a_resource_id(2)) in told.reason


def test_an_incomplete_listing_still_shows_a_presence():
    assert find(an_order(), a_resource(), b_resources=Incomplete((a_b_resource(),), CUT)).phase is DONE


# --- following the link of A's order --------------------------------------------------------------------------------

LINKED_ORDER = str(b_order_id())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("state", "phase"), [("pending-consumer", OPEN), ("executing", OPEN), ("done", DONE), ("rejected", FAILED)]
)
def test_a_linked_order_tells_where_it_stands(kind, state, phase):
    found = a_b_resource(state="Updating" if kind != "Restore" else "Creating")
    b_order = a_b_order(type=kind, state=state, created=EARLIER, reason="as B said")
    told = find(an_order(type=kind, backend_id=LINKED_ORDER), linked(), b_resources=[found], b_orders=[b_order])
    assert (told.phase, told.order, told.resource) == (phase, b_order, found)
    assert told.reason == f"B's order is {state}: as B said"


@pytest.mark.parametrize("kind", ["Update", "Terminate", "Restore"])
@pytest.mark.parametrize(
    ("seen", "phase", "words"),
    [
        ({"b_orders": Complete(())}, UNKNOWN, "could not be read"),
        ({"b_orders": Unreadable(CUT)}, UNKNOWN, "could not be read"),
        ({"gone_orders": frozenset({b_order_id()})}, AMBIGUOUS, "which B does not have"),
        ({"b_orders": [a_b_order(type="Update", resource=b_resource_id(2))]}, AMBIGUOUS, "another resource"),
    ],
)
def test_a_linked_order_that_cannot_be_followed(kind, seen, phase, words):
    told = find(an_order(type=kind, backend_id=LINKED_ORDER), linked(), b_resources=[a_b_resource()], **seen)
    assert (told.phase, told.resource) == (phase, a_b_resource())
    assert words in told.reason


@pytest.mark.parametrize("kind", ["Update", "Terminate", "Restore"])
@pytest.mark.parametrize("state", ["done", "erred", "executing"])
def test_a_linked_order_of_another_type_tells_nothing_and_is_for_a_person(kind, state):
    """A Terminate must not end because a Create is done."""
    order = an_order(type=kind, backend_id=LINKED_ORDER)
    found = a_b_resource(state="Terminated" if kind == "Restore" else "OK")
    told = find(order, linked(), b_resources=[found], b_orders=[a_b_order(type="Create", state=state)])
    assert told.phase is AMBIGUOUS


@pytest.mark.parametrize("kind", ["Update", "Terminate", "Restore"])
@pytest.mark.parametrize("seen", [Incomplete((), CUT), Unreadable(CUT)])
def test_orders_that_are_not_all_read_leave_changes_unknown(kind, seen):
    found = a_b_resource(state="Terminated" if kind == "Restore" else "OK")
    told = find(an_order(type=kind), linked(), b_resources=[found], b_orders=seen)
    assert (told.phase, told.resource) == (UNKNOWN, found)
    assert CUT in told.reason


# --- Create -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend_id", ["", str(b_order_id(9)), "not-a-uuid"])
@pytest.mark.parametrize("state", ["executing", "done", "erred"])
def test_a_create_is_found_by_its_resource_when_the_link_leads_nowhere(backend_id, state):
    b_order = a_b_order(state=state)
    told = find(an_order(backend_id=backend_id), a_resource(), b_resources=[a_b_resource()], b_orders=[b_order])
    assert told.order == b_order


def test_a_create_linked_to_an_order_of_another_resource_is_for_a_person():
    elsewhere = a_b_order(resource=b_resource_id(2), state="done")
    told = find(an_order(backend_id=LINKED_ORDER), linked(), b_resources=[a_b_resource()], b_orders=[elsewhere])
    assert told.phase is AMBIGUOUS


def test_a_create_is_the_first_create_of_its_resource():
    first, second = a_b_order(state="executing"), a_b_order(id=b_order_id(2), state="erred", created=LATER)
    other = a_b_order(id=b_order_id(3), type="Terminate", state="done", created=EARLIER)
    told = find(an_order(), a_resource(), b_resources=[a_b_resource()], b_orders=[second, first, other])
    assert told.order == first


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("Creating", OPEN),
        ("OK", DONE),
        ("Updating", DONE),
        ("Terminating", OPEN),
        ("Erred", FAILED),
        ("Terminated", FAILED),
    ],
)
def test_a_create_whose_order_is_out_of_sight_is_told_by_its_resource(state, phase):
    told = find(an_order(), a_resource(), b_resources=[a_b_resource(state=state, error_message="disk full")])
    assert (told.phase, told.order) == (phase, None)
    assert told.reason == f"B's resource is {state}: disk full"


@pytest.mark.parametrize("state", ["Erred", "Terminated"])
@pytest.mark.parametrize("orders", [Unreadable(CUT), Incomplete((), CUT)])
def test_a_create_is_not_failed_by_its_resource_while_b_s_reason_cannot_be_read(state, orders):
    found = a_b_resource(state=state)
    told = find(an_order(), a_resource(), b_resources=[found], b_orders=orders)
    assert (told.phase, told.resource) == (UNKNOWN, found)
    assert CUT in told.reason


# --- Restore ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("Terminated", ABSENT),
        ("OK", DONE),
        ("Creating", UNKNOWN),
        ("Updating", UNKNOWN),
        ("Terminating", UNKNOWN),
        ("Erred", AMBIGUOUS),
    ],
)
def test_a_restore_that_b_was_not_asked_for(state, phase):
    assert find(an_order(type="Restore"), linked(), b_resources=[a_b_resource(state=state)]).phase is phase


@pytest.mark.parametrize(("state", "phase"), [("executing", OPEN), ("done", DONE), ("erred", FAILED)])
def test_a_restore_that_b_was_asked_for_since(state, phase):
    b_order = a_b_order(type="Restore", state=state)
    found = a_b_resource(state="Creating")
    assert find(an_order(type="Restore"), linked(), b_resources=[found], b_orders=[b_order]).phase is phase


def test_a_restore_of_long_ago_is_not_this_one():
    old = a_b_order(type="Restore", state="done", created=EARLIER)
    found = a_b_resource(state="Terminated")
    assert find(an_order(type="Restore"), linked(), b_resources=[found], b_orders=[old]).phase is ABSENT


# --- Terminate ----------------------------------------------------------------------------------------------------------

TERMINATE = an_order(type="Terminate")


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("OK", ABSENT),
        ("Erred", ABSENT),
        ("Creating", UNKNOWN),
        ("Updating", UNKNOWN),
        ("Terminating", OPEN),
        ("Terminated", DONE),
    ],
)
def test_a_termination_that_b_was_not_asked_for(state, phase):
    told = find(TERMINATE, linked(), b_resources=[a_b_resource(state=state)])
    assert (told.phase, told.order) == (phase, None)


@pytest.mark.parametrize(("state", "phase"), [("executing", OPEN), ("done", DONE), ("erred", FAILED)])
@pytest.mark.parametrize("shown", ["OK", "Terminating"])
def test_a_termination_is_known_by_the_mark_it_carries_however_old(state, phase, shown):
    marked = a_b_order(type="Terminate", state=state, for_order=a_order_id(), created=EARLIER)
    told = find(TERMINATE, linked(), b_resources=[a_b_resource(state=shown)], b_orders=[marked])
    assert (told.phase, told.order) == (phase, marked)


def test_of_several_marked_terminations_the_newest_counts():
    old = a_b_order(type="Terminate", state="erred", for_order=a_order_id(), created=EARLIER)
    new = a_b_order(id=b_order_id(2), type="Terminate", for_order=a_order_id(), created=LATER)
    assert find(TERMINATE, linked(), b_resources=[a_b_resource()], b_orders=[old, new]).order == new


@pytest.mark.parametrize("for_order", [None, a_order_id(2)])
def test_an_open_termination_by_somebody_else_is_adopted(for_order):
    theirs = a_b_order(type="Terminate", for_order=for_order)
    told = find(TERMINATE, linked(), b_resources=[a_b_resource(state="Terminating")], b_orders=[theirs])
    assert (told.phase, told.order) == (OPEN, theirs)


@pytest.mark.parametrize("state", ["done", "erred"])
def test_an_ended_termination_by_somebody_else_is_not(state):
    theirs = a_b_order(type="Terminate", state=state)
    assert find(TERMINATE, linked(), b_resources=[a_b_resource()], b_orders=[theirs]).phase is ABSENT


@pytest.mark.parametrize("kind", ["Create", "Update", "Restore"])
def test_a_termination_waits_while_another_order_is_open_on_b(kind):
    told = find(TERMINATE, linked(), b_resources=[a_b_resource()], b_orders=[a_b_order(type=kind)])
    assert told.phase is UNKNOWN
    assert f"another order ({b_order_id()}, {kind}) is open on B" in told.reason


@pytest.mark.parametrize("orders", [Unreadable(CUT), Incomplete((), CUT), Complete(())])
def test_a_terminated_resource_tells_enough(orders):
    order = an_order(type="Terminate", backend_id=LINKED_ORDER)
    assert find(order, linked(), b_resources=[a_b_resource(state="Terminated")], b_orders=orders).phase is DONE


# --- Update: limits -----------------------------------------------------------------------------------------------------

LIMITS = an_order(type="Update", subtype="update_limits", limits=a_limits(node=4))
WANTED = b_limits(gpu=20)
MORE_WANTED = b_limits(gpu=20, tape=4)


def update(**changes):
    return a_b_order(**{"type": "Update", "subtype": "update_limits", "limits": MORE_WANTED, **changes})


@pytest.mark.parametrize(
    ("state", "limits", "phase"),
    [
        ("OK", b_limits(gpu=15), ABSENT),
        ("OK", WANTED, DONE),
        ("OK", MORE_WANTED, DONE),
        ("Updating", WANTED, UNKNOWN),
        ("Creating", b_limits(gpu=15), UNKNOWN),
        ("Terminating", b_limits(gpu=15), UNKNOWN),
        ("Erred", b_limits(gpu=15), AMBIGUOUS),
        ("Terminated", WANTED, FAILED),
    ],
)
def test_new_limits_that_b_was_not_asked_for(state, limits, phase):
    assert find(LIMITS, linked(), b_resources=[a_b_resource(state=state, limits=limits)]).phase is phase


def test_an_erred_resource_is_told_with_b_s_words():
    found = a_b_resource(state="Erred", error_message="disk full")
    assert find(LIMITS, linked(), b_resources=[found]).reason.endswith("takes no changes: disk full")


@pytest.mark.parametrize(("state", "phase"), [("pending-provider", OPEN), ("done", DONE), ("rejected", FAILED)])
def test_an_update_on_b_with_these_limits_placed_since_is_ours(state, phase):
    ours = update(state=state)
    told = find(LIMITS, linked(), b_resources=[a_b_resource(state="Updating")], b_orders=[ours])
    assert (told.phase, told.order) == (phase, ours)


@pytest.mark.parametrize(
    ("seconds", "state", "phase"),
    [
        (-60, "executing", OPEN),
        (-61, "executing", UNKNOWN),
        (0, "erred", FAILED),
        (-1, "erred", ABSENT),
    ],
)
def test_clocks_may_differ_a_little_but_an_old_failure_is_not_this_order_s(seconds, state, phase):
    older = update(state=state, created=PLACED + timedelta(seconds=seconds))
    assert find(LIMITS, linked(), b_resources=[a_b_resource()], b_orders=[older]).phase is phase


def test_a_finished_update_from_before_the_order_does_not_finish_it_where_b_shows_other_limits():
    """20, then 10, then 20 again within a minute: the first wish for 20 says nothing of the second."""
    first = update(state="done", created=PLACED - timedelta(seconds=40))
    second = update(
        id=b_order_id(2), state="done", created=PLACED - timedelta(seconds=20), limits=b_limits(gpu=10, tape=4)
    )
    found = a_b_resource(limits=b_limits(gpu=10, tape=4))
    assert find(LIMITS, linked(), b_resources=[found], b_orders=[first, second]).phase is ABSENT


def test_a_finished_plan_switch_from_before_the_order_does_not_finish_it_where_b_shows_another_plan():
    old = a_b_order(type="Update", state="done", plan=b_plan_id(2), created=PLACED - timedelta(seconds=40))
    offering = an_offering(plans=(a_plan(1, "Standard"), a_plan(2, "Large")))
    found = a_b_resource(plan=b_plan_id(1))
    assert find(SWITCH, linked(), b_resources=[found], b_orders=[old], offering=offering).phase is ABSENT


def test_an_update_on_b_with_other_limits_is_somebody_else_s():
    theirs = update(limits=b_limits(gpu=30, tape=4))
    assert find(LIMITS, linked(), b_resources=[a_b_resource()], b_orders=[theirs]).phase is UNKNOWN
    done = update(limits=b_limits(gpu=30, tape=4), state="done")
    assert find(LIMITS, linked(), b_resources=[a_b_resource()], b_orders=[done]).phase is ABSENT


def test_limits_that_another_program_truncated_are_these_limits():
    rules = some_rules(mapping=type(some_rules().mapping).of({"node": {"gpu": "0.29"}}))
    found = a_b_resource(limits=b_limits(gpu=1))
    assert find(LIMITS, linked(), b_resources=[found], rules=rules).phase is DONE
    assert find(LIMITS, linked(), b_resources=[a_b_resource(limits=b_limits(gpu=3))], rules=rules).phase is ABSENT


@pytest.mark.parametrize("offering", [Unreadable(CUT), Incomplete(an_offering(), CUT)])
def test_limits_are_not_compared_while_the_offering_is_unread(offering):
    told = find(LIMITS, linked(), b_resources=[a_b_resource()], offering=offering)
    assert told.phase is UNKNOWN
    assert CUT in told.reason


def test_an_unmapped_component_is_for_a_person():
    order = an_order(type="Update", subtype="update_limits", limits=a_limits(node=1, quantum=2))
    told = find(order, linked(), b_resources=[a_b_resource()])
    assert told.phase is AMBIGUOUS
    assert "quantum" in told.reason


def test_limits_that_b_does_not_take_are_met_already():
    order = an_order(type="Update", subtype="update_limits", limits=a_limits(hours=5))
    theirs = update(state="erred", limits=b_limits(gpu=1))
    assert find(order, linked(), b_resources=[a_b_resource()], b_orders=[theirs]).phase is DONE


# --- Update: pricing plan -------------------------------------------------------------------------------------------------

SWITCH = an_order(type="Update", subtype="plan_switch", limits={}, plan_name="Large")
PLANS = an_offering(plans=(a_plan(1, "Standard"), a_plan(2, "Large")))


def switch(**changes):
    return a_b_order(**{"type": "Update", "subtype": "plan_switch", "plan": b_plan_id(2), **changes})


@pytest.mark.parametrize(
    ("state", "plan", "phase"),
    [
        ("OK", b_plan_id(1), ABSENT),
        ("OK", None, ABSENT),
        ("OK", b_plan_id(2), DONE),
        ("Updating", b_plan_id(2), UNKNOWN),
        ("Erred", b_plan_id(1), AMBIGUOUS),
        ("Terminated", b_plan_id(2), FAILED),
    ],
)
def test_a_plan_switch_that_b_was_not_asked_for(state, plan, phase):
    found = a_b_resource(state=state, plan=plan)
    assert find(SWITCH, linked(), b_resources=[found], offering=PLANS).phase is phase


@pytest.mark.parametrize("subtype", ["", "plan_switch"])
@pytest.mark.parametrize(("state", "phase"), [("executing", OPEN), ("done", DONE), ("erred", FAILED)])
def test_a_plan_switch_on_b_to_this_plan_placed_since_is_ours(subtype, state, phase):
    ours = switch(subtype=subtype, state=state)
    found = a_b_resource(state="Updating", plan=b_plan_id(1))
    told = find(SWITCH, linked(), b_resources=[found], b_orders=[ours], offering=PLANS)
    assert (told.phase, told.order) == (phase, ours)


@pytest.mark.parametrize("theirs", [switch(plan=b_plan_id(1)), switch(subtype="update_limits"), switch(plan=None)])
def test_another_update_is_not_this_plan_switch(theirs):
    found = a_b_resource(plan=b_plan_id(1))
    assert find(SWITCH, linked(), b_resources=[found], b_orders=[theirs], offering=PLANS).phase is UNKNOWN


def test_a_plan_that_cannot_be_chosen_is_for_a_person():
    order = an_order(type="Update", subtype="plan_switch", plan_name="Gold")
    told = find(order, linked(), b_resources=[a_b_resource()], offering=PLANS)
    assert told.phase is AMBIGUOUS
    assert "target_plan" in told.reason


@pytest.mark.parametrize("offering", [Unreadable(CUT), Incomplete(PLANS, CUT)])
def test_plans_are_not_compared_while_the_offering_is_unread(offering):
    """A reading that failed passes: the order waits, and nobody has to come."""
    told = find(SWITCH, linked(), b_resources=[a_b_resource()], offering=offering)
    assert told.phase is UNKNOWN
    assert CUT in told.reason


NO_PLANS = an_offering(plans=())


def test_where_b_has_no_plans_there_is_nothing_to_switch():
    assert find(SWITCH, linked(), b_resources=[a_b_resource()], offering=NO_PLANS).phase is DONE


def test_a_plan_that_b_no_longer_offers_cannot_be_left():
    found = a_b_resource(plan=b_plan_id(1))
    told = find(SWITCH, linked(), b_resources=[found], offering=NO_PLANS)
    assert told.phase in {FAILED, AMBIGUOUS}
    assert "plan" in told.reason


@pytest.mark.parametrize("state", ["Updating", "Creating", "Terminating"])
def test_a_state_that_passes_fails_no_plan_switch(state):
    assert find(SWITCH, linked(), b_resources=[a_b_resource(state=state)], offering=NO_PLANS).phase is UNKNOWN


# --- Update: other kinds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subtype", ["update_options", "renew", "something new"])
def test_other_kinds_of_update_are_failed_with_a_clear_text(subtype):
    told = find(an_order(type="Update", subtype=subtype), linked(), b_resources=[a_b_resource()])
    assert told.phase is FAILED
    assert f"{subtype!r} cannot be carried over to B; nothing was changed there" in told.reason


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"subtype": "renew", "limits": a_limits(node=1)}, "renew"),
        ({"limits": a_limits(node=1), "plan_name": "Large"}, "update_limits"),
        ({"limits": {}, "plan_name": "Large"}, "plan_switch"),
        ({"limits": {}, "plan_name": ""}, ""),
    ],
)
def test_the_kind_of_an_update_is_told_where_the_server_does_not_say(changes, kind):
    assert subtype_of(an_order(type="Update", **changes)) == kind


def test_an_update_of_no_kind_is_failed_as_unknown():
    told = find(an_order(type="Update", limits={}), linked(), b_resources=[a_b_resource()])
    assert told.phase is FAILED
    assert "'unknown'" in told.reason


# --- twins, lost marks, and what was tried ------------------------------------------------------------------------------


def test_a_living_resource_with_our_marks_is_preferred_to_an_older_one_that_ended():
    ended = a_b_resource(id=b_resource_id(1), created=PLACED, state="Terminated")
    living = a_b_resource(id=b_resource_id(2), created=LATER)
    assert find(an_order(), a_resource(), b_resources=[ended, living]).resource == living


def test_a_termination_is_not_done_by_absence_where_marks_are_lost():
    told = find(an_order(type="Terminate"), a_resource(), b_resources=[], marker=Marker.LOST)
    assert told.phase is AMBIGUOUS


def test_limits_that_b_shows_are_done_although_an_order_for_them_failed():
    failed = update(state="erred", created=LATER)
    found = a_b_resource(limits=b_limits(gpu=20, tape=4))
    assert find(LIMITS, linked(), b_resources=[found], b_orders=[failed]).phase is DONE
