from datetime import timedelta

import pytest
from tests.fakes.federation import FakeFederation
from tests.fakes.peers import OWNER, ROLELESS, Rights
from tests.strategies.builders import (
    PLACED,
    a_b_order,
    a_b_resource,
    a_order_id,
    a_resource,
    a_resource_id,
    an_order,
    b_order_id,
    b_resource_id,
    linked,
    running,
)

from federation_core.application import orders as orders_module
from federation_core.application.drift import Difference, differences
from federation_core.application.outcome import Kind
from federation_core.domain.errors import NotFound, TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.orders.scene import Marker
from federation_core.domain.plan.policy import OrphanPolicy

LATE = TimedOut(Side.B, "x.y")
LONG_AGO = PLACED - timedelta(days=30)


def under_way(**changes):
    return running(backend_id=str(b_order_id()), **changes)


def waiting_on_b(*, b_orders, **changes):
    """A's order is linked and B works on it."""
    return FakeFederation(
        orders=[under_way(**changes)],
        resources=[linked(state="Creating")],
        b_orders=b_orders,
        b_resources=[a_b_resource(state="Creating")],
    )


def only(report):
    (outcome,) = report.outcomes
    return outcome


def plan_of(f, **options):
    return f.use_case.plan(f.use_case.observe(**options))


def test_a_linked_order_older_than_the_listing_is_read_by_itself():
    f = waiting_on_b(b_orders=[a_b_order(created=LONG_AGO, state="done")])
    assert only(f.cycle()).kind is Kind.SETTLED
    assert f.a_orders.orders[a_order_id()].state == "done"
    assert f.b_orders.listed_since == [(PLACED - timedelta(days=1)).date()]


def test_orders_of_b_are_listed_since_the_day_before_the_oldest_open_order():
    f = FakeFederation(orders=[an_order(), an_order(id=a_order_id(2), created=LONG_AGO)])
    f.use_case.observe()
    assert f.b_orders.listed_since == [(LONG_AGO - timedelta(days=1)).date()]


def test_where_b_does_not_have_the_linked_order_its_resource_tells():
    f = waiting_on_b(b_orders=[])
    assert f.use_case.observe().scene.gone_orders == {b_order_id()}
    outcome = only(f.cycle())
    assert (outcome.kind, outcome.reason) == (Kind.AGAIN_AFTER, "B's resource is Creating")
    assert f.a_orders.orders[a_order_id()].state == "executing"


def test_a_linked_order_that_could_not_be_read_is_not_gone():
    f = waiting_on_b(b_orders=[])
    f.b_orders.before["read"] = [LATE]
    assert f.use_case.observe().scene.gone_orders == frozenset()


def test_no_order_is_read_by_itself_where_the_listing_is_incomplete():
    f = waiting_on_b(b_orders=[])
    f.b_orders.flaw = "1 of 2"
    f.b_orders.before["read"] = [AssertionError("read in vain")]
    report = f.cycle()
    assert report.problems == ("1 of 2",)
    assert f.a_orders.orders[a_order_id()].state == "executing"


def test_the_late_readings_of_one_cycle_are_bounded():
    numbers = range(1, 102)
    orders = [running(id=a_order_id(n), resource=a_resource_id(n), backend_id=str(b_order_id(n))) for n in numbers]
    f = FakeFederation(orders=orders, resources=[a_resource(id=order.resource) for order in orders])
    assert f.use_case.observe().scene.gone_orders == {b_order_id(n) for n in numbers[:100]}


def test_the_standing_is_read_once_where_no_absence_matters():
    f = waiting_on_b(b_orders=[a_b_order()])
    assert not f.use_case.observe().scene.b_blind
    assert f.rights.reads == 1


def test_the_standing_is_read_again_where_an_absence_matters():
    f = FakeFederation()
    assert not f.use_case.observe().scene.b_blind
    assert f.rights.reads == 2


@pytest.mark.parametrize("shown", [(ROLELESS,), (OWNER, ROLELESS), (ROLELESS, OWNER)])
def test_without_a_role_before_and_after_an_absence_proves_nothing(shown):
    f = FakeFederation()
    f.rights = Rights(*shown)
    report = f.cycle()
    assert only(report).kind is Kind.AGAIN_AFTER
    assert "target_customer_uuid" in report.problems[0]
    assert report.is_trouble
    assert f.b_orders.orders == {}
    assert f.a_orders.orders[a_order_id()].state == "pending-provider"


@pytest.mark.parametrize("script", [[LATE], [None, LATE]])
def test_a_standing_that_cannot_be_read_proves_nothing(script):
    f = FakeFederation()
    f.rights.before["read"] = list(script)
    f.cycle()
    assert f.b_orders.orders == {}


def test_nothing_happens_where_the_open_orders_cannot_be_listed():
    f = FakeFederation()
    f.a_orders.before["list_open"] = [LATE]
    report = f.cycle()
    assert (report.outcomes, report.problems, report.is_trouble) == ((), (str(LATE),), True)
    assert f.rights.reads == 0


def test_a_quiet_offering_reads_nothing_else_without_a_sweep():
    f = FakeFederation(orders=[])
    assert f.cycle(sweep=False).outcomes == ()
    assert f.rights.reads == 0


@pytest.mark.parametrize("port", ["catalogue", "a_resources", "b_resources", "b_orders"])
def test_what_cannot_be_listed_is_a_problem_and_creates_nothing(port):
    f = FakeFederation()
    f.catalogue.before["read"] = [LATE] if port == "catalogue" else []
    if port != "catalogue":
        getattr(f, port).before["list_since" if port == "b_orders" else "list_all"] = [LATE]
    report = f.cycle()
    assert report.problems == (str(LATE),)
    assert report.is_trouble
    if port != "b_orders":
        assert f.b_orders.orders == {}


def orphaned(**settings):
    """A's resource is terminated, B's lives on."""
    return FakeFederation(orders=[], resources=[linked(state="Terminated")], b_resources=[a_b_resource()], **settings)


def test_orphans_are_told_and_left_under_the_policy_report():
    f = orphaned()
    report = f.cycle()
    assert [note.split(":")[0] for note in report.notes] == ["orphan"]
    assert (report.is_trouble, f.b_orders.orders) == (False, {})


def test_orphans_are_terminated_under_the_policy_terminate():
    f = orphaned(orphan_policy=OrphanPolicy.TERMINATE)
    assert only(f.cycle()).kind is Kind.SETTLED
    assert [order.resource for order in f.b_orders.of_type("Terminate")] == [b_resource_id()]


def test_from_incomplete_open_orders_there_are_no_orphans():
    f = orphaned(orphan_policy=OrphanPolicy.TERMINATE)
    f.a_orders.flaw = "1 of 2"
    report = f.cycle()
    assert (report.outcomes, report.problems, f.b_orders.orders) == ((), ("1 of 2",), {})


@pytest.mark.parametrize(
    ("state", "count"), [("erred", 1), ("canceled", 1), ("rejected", 1), ("done", 0), ("thinking", 0)]
)
def test_a_resource_whose_creation_was_read_as_ended_is_an_orphan(state, count):
    f = FakeFederation(
        orders=[running(state=state)],
        resources=[a_resource(state="Erred")],
        b_resources=[a_b_resource()],
        orphan_policy=OrphanPolicy.TERMINATE,
    )
    f.cycle()
    assert len(f.b_orders.of_type("Terminate")) == count


def test_a_creation_that_could_not_be_read_makes_no_orphan():
    f = FakeFederation(
        orders=[running(state="erred")],
        resources=[a_resource(state="Erred")],
        b_resources=[a_b_resource()],
        orphan_policy=OrphanPolicy.TERMINATE,
    )
    f.a_orders.before["create_of"] = [LATE]
    f.cycle()
    assert f.b_orders.orders == {}


def many_orphans():
    count = range(1, 13)
    return FakeFederation(
        orders=[],
        resources=[a_resource(id=a_resource_id(n), state="Terminated") for n in count],
        b_resources=[a_b_resource(id=b_resource_id(n), for_resource=a_resource_id(n)) for n in count],
        orphan_policy=OrphanPolicy.TERMINATE,
    )


def test_a_mass_removal_is_held_and_released_by_its_digest_alone():
    f = many_orphans()
    plan = plan_of(f)
    assert plan.is_empty
    (note,) = f.cycle(approved="not this one").notes
    assert plan.guarded.digest in note
    assert f.b_orders.orders == {}
    assert len(plan.as_json()["held_removals"]) == 12
    f.cycle(approved=plan.guarded.digest)
    assert len(f.b_orders.of_type("Terminate")) == 12


def test_two_resources_of_a_on_one_of_b_are_both_named_and_left():
    f = FakeFederation(
        orders=[under_way(type="Terminate", limits={})],
        resources=[linked(), linked(id=a_resource_id(2))],
        b_resources=[a_b_resource()],
    )
    report = f.cycle()
    assert only(report).kind is Kind.PARKED
    (note,) = report.notes
    assert str(a_resource_id(1)) in note
    assert str(a_resource_id(2)) in note
    assert f.b_orders.orders == {}


def test_marks_seen_on_any_resource_prove_that_they_survive():
    f = FakeFederation(orders=[], b_resources=[a_b_resource()], marker=Marker.UNPROVEN)
    f.cycle()
    assert f.learned.marker is Marker.SURVIVES


def test_a_plan_is_json_and_writes_nothing():
    f = FakeFederation()
    plan = plan_of(f)
    assert not plan.is_empty
    shown = plan.as_json()
    assert [action["action"] for action in shown["actions"]] == ["ApproveOrder", "SubmitCreate"]
    assert {action["step"] for action in shown["actions"]} == {"approve"}
    assert (shown["held"], shown["held_removals"], shown["digest"], shown["problems"], shown["notes"]) == (
        [],
        [],
        "",
        [],
        [],
    )
    assert f.a_orders.orders[a_order_id()].state == "pending-provider"


def test_a_plan_names_what_is_held_and_why():
    f = FakeFederation()
    f.catalogue.before["read"] = [LATE]
    (held,) = plan_of(f).as_json()["held"]
    assert (held["order"], held["outcome"]) == (str(a_order_id()), "again-after")
    assert str(LATE) in held["reason"]


def test_what_was_learned_starts_empty_unless_it_is_given():
    f = FakeFederation()
    use_case = orders_module.ReconcileOrders(f.ports, f.settings)
    scene = use_case.observe().scene
    assert scene is not None
    assert scene.marker is Marker.UNPROVEN


def test_an_order_that_only_waits_is_no_difference():
    assert differences(plan_of(waiting_on_b(b_orders=[a_b_order()]))) == ()


def test_an_order_that_b_has_finished_is_a_difference():
    (found,) = differences(plan_of(waiting_on_b(b_orders=[a_b_order(state="done")])))
    assert found == Difference("order", str(a_order_id()), "Create order executing", "B's order is done")
    assert found.as_json() == {
        "kind": "order",
        "key": str(a_order_id()),
        "on_a": "Create order executing",
        "on_b": "B's order is done",
    }


def test_an_order_without_a_counterpart_tells_its_reason():
    f = FakeFederation(orders=[under_way(type="Dance")])
    (found,) = differences(plan_of(f))
    assert (found.on_a, "Dance" in found.on_b) == ("Dance order executing", True)


def test_an_order_that_waits_with_something_to_link_is_a_difference():
    f = FakeFederation(orders=[running()], b_orders=[a_b_order()], b_resources=[a_b_resource(state="Creating")])
    (found,) = differences(plan_of(f))
    assert found.key == str(a_order_id())


def test_orphans_and_twins_are_differences():
    twin = a_b_resource(id=b_resource_id(2))
    f = FakeFederation(
        orders=[],
        resources=[linked(), a_resource(id=a_resource_id(3), state="Terminated")],
        b_resources=[a_b_resource(), twin, a_b_resource(id=b_resource_id(3), for_resource=a_resource_id(3))],
    )
    found = differences(plan_of(f))
    assert [(one.kind, one.key) for one in found] == [
        ("orphan", str(b_resource_id(2))),
        ("orphan", str(b_resource_id(3))),
    ]


def test_a_missing_object_error_is_no_absence_of_the_offering():
    f = FakeFederation()
    f.catalogue.before["read"] = [NotFound(Side.B, "offering.read")]
    assert only(f.cycle()).kind is Kind.AGAIN_AFTER
    assert f.a_orders.orders[a_order_id()].state == "pending-provider"


def test_an_offering_that_a_does_not_have_is_a_problem_and_not_an_empty_list():
    world = FakeFederation()
    world.a_catalogue.before["state"] = [NotFound(Side.A, "offering.read", "Not found.")]
    first = world.cycle()
    assert first.problems == ("A offering.read found nothing: Not found.",)
    assert first.outcomes == ()
    assert world.cycle().problems == ()
