from datetime import timedelta

import attrs
import pytest
from tests.fakes.federation import FakeFederation
from tests.strategies.builders import (
    NOW,
    PLACED,
    a_b_order,
    a_b_resource,
    a_limits,
    a_order_id,
    a_plan,
    a_resource,
    a_resource_id,
    an_offering,
    an_order,
    b_order_id,
    b_plan_id,
    b_resource_id,
    linked,
    running,
)

from federation_core.application.apply_orders import UNTOLD_REASON, OrderApplier
from federation_core.application.outcome import Kind
from federation_core.domain.errors import Conflict, Forbidden, Invalid, TimedOut, Unsupported
from federation_core.domain.ids import Side
from federation_core.domain.plan.actions.orders import ApproveOrder, TerminateOrphan

LATE = TimedOut(Side.B, "x.y")


def only(report):
    (outcome,) = report.outcomes
    return outcome


def living(**order):
    """A living resource on both sides, and one more order on A for it."""
    made = running(**order)
    return FakeFederation(orders=[made], resources=[linked()], b_resources=[a_b_resource()])


def failed_on_b(**settings):
    return FakeFederation(
        orders=[running(backend_id=str(b_order_id()))],
        resources=[linked(state="Creating")],
        b_orders=[a_b_order(state="rejected", reason="Dr Hidden left")],
        b_resources=[a_b_resource(state="Terminated")],
        **settings,
    )


def state(f):
    return f.a_orders.orders[a_order_id()].state


def test_an_order_that_another_agent_approved_first_is_left_to_it():
    f = FakeFederation()
    f.a_orders.before["approve"] = [lambda: f.a_orders.move(a_order_id(), state="executing")]
    outcome = only(f.cycle())
    assert (outcome.kind, outcome.error, outcome.done) == (Kind.AGAIN_AFTER, "", ())
    assert "another agent or a person has it" in outcome.reason
    assert f.b_orders.orders == {}


@pytest.mark.parametrize(
    ("error", "kind"), [(LATE, Kind.AGAIN_AFTER), (Forbidden(Side.A, "order.approve"), Kind.PARKED)]
)
def test_nothing_is_placed_on_b_where_the_approval_failed(error, kind):
    f = FakeFederation()
    f.a_orders.before["approve"] = [error]
    outcome = only(f.cycle())
    assert (outcome.kind, outcome.error) == (kind, str(error))
    assert f.b_orders.orders == {}
    assert [(entry.action, entry.error) for entry in f.journal.entries()] == [(ApproveOrder(a_order_id()), str(error))]


def test_an_order_that_somebody_ended_meanwhile_is_left_as_it_is():
    f = FakeFederation(
        orders=[running()], resources=[linked()], b_orders=[a_b_order(state="done")], b_resources=[a_b_resource()]
    )
    f.a_orders.before["finish"] = [lambda: f.a_orders.move(a_order_id(), state="erred")]
    assert only(f.cycle()).kind is Kind.AGAIN_AFTER
    assert state(f) == "erred"


def test_a_failure_on_b_ends_the_order_with_bs_words():
    f = failed_on_b()
    assert only(f.cycle()).kind is Kind.SETTLED
    assert state(f) == "erred"
    assert "Dr Hidden left" in f.a_orders.messages[a_order_id()]


def test_where_reasons_are_not_told_the_user_reads_a_fixed_text():
    f = failed_on_b(tell_reasons=False)
    f.cycle()
    assert f.a_orders.messages == {a_order_id(): UNTOLD_REASON}


def test_where_reasons_are_not_told_a_refusal_is_not_told_either():
    f = FakeFederation(tell_reasons=False)
    f.b_orders.before["create"] = [Invalid(Side.B, "order.create", "quota of Dr Hidden", fields=["limits"])]
    f.cycle()
    assert f.a_orders.messages == {a_order_id(): UNTOLD_REASON}


@pytest.mark.parametrize("moved", ["done", "erred", "canceled"])
def test_an_order_that_moved_is_not_set_erred(moved):
    f = failed_on_b()
    f.a_orders.before["read"] = [lambda: f.a_orders.move(a_order_id(), state=moved)]
    outcome = only(f.cycle())
    assert (state(f), f.a_orders.messages) == (moved, {})
    assert (outcome.kind, outcome.error) == (Kind.AGAIN_AFTER, "")


def test_an_order_that_cannot_be_read_again_is_not_set_erred():
    f = failed_on_b()
    f.a_orders.before["read"] = [LATE]
    assert only(f.cycle()).error == str(LATE)
    assert (state(f), f.a_orders.messages) == ("executing", {})


def test_a_server_that_cannot_link_orders_is_asked_once():
    f = FakeFederation()
    f.a_orders.before["link"] = [Unsupported(Side.A, "order.link")]
    outcome = only(f.cycle())
    assert (outcome.kind, outcome.error) == (Kind.AGAIN_AFTER, "")
    assert f.learned.links_orders is False
    assert f.a_resources.resources[a_resource_id()].backend_id == str(b_resource_id(100))
    f.cycle()
    assert f.a_orders.orders[a_order_id()].backend_id == ""


def test_the_links_wanted_by_later_orders_are_skipped_on_such_a_server():
    f = FakeFederation()
    f.learned.links_orders = False
    f.cycle()
    assert f.a_orders.orders[a_order_id()].backend_id == ""
    assert f.a_resources.resources[a_resource_id()].backend_id == str(b_resource_id(100))


def test_a_link_that_fails_for_now_is_made_by_the_next_cycle():
    f = FakeFederation()
    f.a_resources.before["link"] = [LATE]
    assert only(f.cycle()).error == str(LATE)
    assert f.a_resources.resources[a_resource_id()].backend_id == ""
    f.cycle()
    assert f.a_resources.resources[a_resource_id()].backend_id == str(b_resource_id(100))
    assert len(f.b_orders.orders) == 1


def test_after_a_link_that_failed_the_other_waits_too():
    f = living(type="Terminate", limits={})
    f.a_resources.resources[a_resource_id()] = a_resource(state="OK")
    f.b_orders.orders[b_order_id()] = a_b_order(type="Terminate", for_order=a_order_id())
    f.a_orders.before["link"] = [LATE]
    assert only(f.cycle()).error == str(LATE)
    assert f.a_resources.resources[a_resource_id()].backend_id == ""
    f.cycle()
    assert f.a_orders.orders[a_order_id()].backend_id == str(b_order_id())
    assert f.a_resources.resources[a_resource_id()].backend_id == str(b_resource_id())


def test_each_write_of_a_new_order_is_told_once():
    f = FakeFederation()
    names = [type(action).__name__ for action in only(f.cycle()).done]
    assert names == ["ApproveOrder", "SubmitCreate", "LinkOrder", "LinkResource"]
    assert [(type(entry.action).__name__, entry.error) for entry in f.journal.entries()] == [(n, "") for n in names]


def test_the_resource_is_stamped_before_a_create_is_posted_again():
    f = FakeFederation(orders=[running()])
    f.cycle()
    assert f.a_resources.resources[a_resource_id()].last_sync == NOW
    assert len(f.b_orders.orders) == 1


def test_a_server_that_cannot_stamp_is_asked_once_and_served_all_the_same():
    orders = [running(id=a_order_id(n), resource=a_resource_id(n)) for n in (1, 2)]
    f = FakeFederation(orders=orders, resources=[a_resource(id=order.resource) for order in orders])
    f.a_resources.before["stamp"] = [Unsupported(Side.A, "resource.stamp")]
    f.cycle()
    assert f.learned.stamps_resources is False
    assert [found.last_sync for found in f.a_resources.resources.values()] == [None, None]
    assert len(f.b_orders.orders) == 2


def test_nothing_is_posted_again_where_the_stamp_failed():
    f = FakeFederation(orders=[running()])
    f.a_resources.before["stamp"] = [LATE]
    assert only(f.cycle()).kind is Kind.AGAIN_AFTER
    assert f.b_orders.orders == {}


SUBMISSIONS = {
    "Update": ({"type": "Update", "subtype": "update_limits", "limits": a_limits(node=7)}, "change_limits"),
    "switch": ({"type": "Update", "subtype": "plan_switch", "limits": {}, "plan_name": "Large"}, "switch_plan"),
    "Terminate": ({"type": "Terminate", "limits": {}}, "terminate"),
    "Restore": ({"type": "Restore", "limits": {}}, "restore"),
}


@pytest.mark.parametrize("kind", SUBMISSIONS)
def test_every_order_is_placed_on_b_and_linked(kind):
    changes, _ = SUBMISSIONS[kind]
    f = living(**changes)
    f.catalogue.offering = an_offering(plans=(a_plan(), a_plan(2, "Large")))
    if kind == "Restore":
        f.b_resources.resources[b_resource_id()] = a_b_resource(state="Terminated")
    outcome = only(f.cycle())
    (placed,) = f.b_orders.orders.values()
    assert (placed.type, placed.resource) == (changes["type"], b_resource_id())
    assert f.a_orders.orders[a_order_id()].backend_id == str(placed.id)
    assert [type(action).__name__ for action in outcome.done][-1] == "LinkOrder"
    assert placed.for_order == (a_order_id() if kind == "Terminate" else None)
    assert placed.plan == (b_plan_id(2) if kind == "switch" else None)


@pytest.mark.parametrize("kind", SUBMISSIONS)
def test_an_order_whose_answer_is_lost_is_not_linked_and_not_ended(kind):
    changes, call = SUBMISSIONS[kind]
    f = living(**changes)
    f.catalogue.offering = an_offering(plans=(a_plan(), a_plan(2, "Large")))
    if kind == "Restore":
        f.b_resources.resources[b_resource_id()] = a_b_resource(state="Terminated")
    f.b_orders.before[call] = [LATE]
    outcome = only(f.cycle())
    assert (outcome.kind, outcome.error, state(f)) == (Kind.AGAIN_AFTER, str(LATE), "executing")
    assert f.a_orders.orders[a_order_id()].backend_id == ""


def test_a_conflict_on_b_means_to_look_again():
    f = living(type="Terminate", limits={})
    f.b_orders.before["terminate"] = [Conflict(Side.B, "resource.terminate", "Valid states: OK.")]
    outcome = only(f.cycle())
    assert (outcome.kind, outcome.error, state(f)) == (Kind.AGAIN_AFTER, "", "executing")


def test_a_restore_that_b_refuses_ends_and_creates_nothing():
    f = living(type="Restore", limits={})
    f.b_resources.resources[b_resource_id()] = a_b_resource(state="Terminated")
    f.b_orders.before["restore"] = [Invalid(Side.B, "resource.restore", "Restoring is not enabled.")]
    assert only(f.cycle()).kind is Kind.SETTLED
    assert (state(f), f.b_orders.orders) == ("erred", {})


REMOVAL = TerminateOrphan(b_resource_id(), a_resource_id(), "nobody wants it")


def applier(f):
    return OrderApplier(f.ports, f.settings, f.learned)


def test_a_removal_orders_the_termination_and_is_told():
    f = FakeFederation(orders=[])
    (outcome,) = applier(f).remove([REMOVAL])
    assert [order.resource for order in f.b_orders.of_type("Terminate")] == [b_resource_id()]
    assert (outcome.kind, outcome.step, outcome.key, outcome.done) == (
        Kind.SETTLED,
        "remove",
        str(b_resource_id()),
        (REMOVAL,),
    )
    assert [entry.error for entry in f.journal.entries()] == [""]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Conflict(Side.B, "order.terminate"), Kind.AGAIN_AFTER),
        (LATE, Kind.AGAIN_AFTER),
        (Forbidden(Side.B, "order.terminate"), Kind.PARKED),
    ],
)
def test_a_removal_that_failed_is_told_with_its_cause(error, kind):
    f = FakeFederation(orders=[])
    f.b_orders.before["terminate"] = [error]
    (outcome,) = applier(f).remove([REMOVAL])
    assert (outcome.kind, outcome.error, outcome.done) == (kind, str(error), ())
    assert [entry.error for entry in f.journal.entries()] == [str(error)]


def test_one_removal_that_fails_stops_no_other():
    f = FakeFederation(orders=[])
    f.b_orders.before["terminate"] = [LATE]
    second = attrs.evolve(REMOVAL, b_resource=b_resource_id(2))
    assert [outcome.kind for outcome in applier(f).remove([REMOVAL, second])] == [Kind.AGAIN_AFTER, Kind.SETTLED]


def test_one_order_that_fails_stops_no_other():
    orders = [
        an_order(id=a_order_id(n), resource=a_resource_id(n), created=PLACED + timedelta(minutes=n)) for n in (1, 2)
    ]
    f = FakeFederation(orders=orders, resources=[a_resource(id=order.resource) for order in orders])
    f.a_orders.before["approve"] = [LATE]
    f.cycle()
    assert [order.state for order in f.a_orders.orders.values()] == ["pending-provider", "executing"]


class TestLastUsage:
    def test_is_told_before_a_termination_is_told_done(self):
        told = []
        f = living(type="Terminate", limits={})
        f.b_resources.resources[b_resource_id()] = a_b_resource(state="Terminated")

        def tell_last(resources):
            told.append((resources, state(f)))
            return {}

        f.tell_last = tell_last
        f.cycle()
        assert told == [((a_resource_id(),), "executing")]
        assert f.a_orders.orders[a_order_id()].state == "done"

    def test_that_is_late_keeps_the_order_for_the_next_cycle(self):
        f = living(type="Terminate", limits={})
        f.b_resources.resources[b_resource_id()] = a_b_resource(state="Terminated")
        f.tell_last = lambda resources: dict.fromkeys(resources, "B timed out")
        (outcome,) = f.cycle().outcomes
        assert (outcome.kind, outcome.reason) == (Kind.AGAIN_AFTER, "its last usage is to be told first: B timed out")
        assert f.a_orders.orders[a_order_id()].state == "executing"

    def test_is_not_asked_for_where_nothing_is_terminated(self):
        f = FakeFederation()
        f.tell_last = lambda resources: pytest.fail(f"asked for {resources}")
        f.cycle()

    def test_is_nobodys_business_where_usage_is_not_reported(self):
        f = living(type="Terminate", limits={})
        f.b_resources.resources[b_resource_id()] = a_b_resource(state="Terminated")
        assert f.tell_last is None
        assert only(f.cycle()).kind is Kind.SETTLED
        assert state(f) == "done"


class TestCreated:
    def test_what_is_there_now_is_told(self):
        told = []
        f = FakeFederation(
            orders=[running()],
            resources=[linked(state="Creating")],
            b_orders=[a_b_order(state="done")],
            b_resources=[a_b_resource()],
        )
        f.on_created = lambda resource: told.append((resource, state(f)))
        f.cycle()
        assert told == [(a_resource_id(), "done")]

    @pytest.mark.parametrize("b_state", ["executing", "rejected"])
    def test_what_is_not_there_is_not(self, b_state):
        f = FakeFederation(
            orders=[running()],
            resources=[linked(state="Creating")],
            b_orders=[a_b_order(state=b_state)],
            b_resources=[a_b_resource(state="Creating")],
        )
        f.on_created = lambda resource: pytest.fail(f"{resource} is not there")
        f.cycle()

    def test_other_orders_make_nothing(self):
        f = living(type="Terminate", limits={})
        f.b_resources.resources[b_resource_id()] = a_b_resource(state="Terminated")
        f.on_created = lambda resource: pytest.fail(f"{resource} is gone")
        f.cycle()
        assert state(f) == "done"
