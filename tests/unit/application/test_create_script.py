import attrs
import pytest
from tests.fakes.federation import FakeFederation
from tests.strategies.builders import (
    PLACED,
    a_b_resource,
    a_order_id,
    a_resource,
    a_resource_id,
    an_order,
    b_resource_id,
)

from federation_core.application.outcome import Kind
from federation_core.domain.errors import Forbidden, Invalid, TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.observed import Incomplete
from federation_core.domain.orders.scene import MARKS_LOST, Marker

LATE = TimedOut(Side.B, "order.create")


def federation(count=1, **settings):
    orders = [an_order(id=a_order_id(n), resource=a_resource_id(n)) for n in range(1, count + 1)]
    return FakeFederation(orders=orders, resources=[a_resource(id=o.resource) for o in orders], **settings)


def link_of(f, number=1):
    return f.a_resources.resources[a_resource_id(number)].backend_id


def b_ids(f):
    return [str(found) for found in f.b_resources.resources]


def kinds(report):
    return [outcome.kind for outcome in report.outcomes]


def test_the_first_order_goes_alone_and_the_others_follow_once_marks_are_seen():
    f = federation(3, marker=Marker.UNPROVEN)
    f.cycle()
    assert f.learned.marker is Marker.SURVIVES
    assert [link_of(f, number) for number in (1, 2, 3)] == b_ids(f)
    assert len(b_ids(f)) == 3


def test_while_marks_could_not_be_read_back_the_others_wait():
    f = federation(3, marker=Marker.UNPROVEN)
    f.b_resources.before["read"] = [LATE]
    report = f.cycle()
    assert f.learned.marker is Marker.UNPROVEN
    assert len(f.b_orders.orders) == 1
    assert [link_of(f, number) for number in (1, 2, 3)] == [*b_ids(f), "", ""]
    assert "has yet to show that our marks survive" in report.outcomes[1].reason
    assert kinds(report) == [Kind.AGAIN_AFTER] * 3


@pytest.mark.parametrize("after", [False, True])
def test_while_the_first_answer_is_lost_the_others_wait(after):
    f = federation(2, marker=Marker.UNPROVEN)
    (f.b_orders.after if after else f.b_orders.before)["create"] = [LATE]
    f.cycle()
    assert len(f.b_orders.orders) == int(after)
    assert link_of(f, 2) == ""


def test_where_marks_are_dropped_no_second_order_is_posted():
    f = federation(2, marker=Marker.UNPROVEN)
    f.b_orders.marks_survive = False
    report = f.cycle()
    assert f.learned.marker is Marker.LOST
    assert len(f.b_orders.orders) == 1
    assert (report.outcomes[1].kind, report.outcomes[1].error) == (Kind.PARKED, MARKS_LOST)
    assert link_of(f) == b_ids(f)[0]


@pytest.mark.parametrize("mark", ["for_resource", "for_offering"])
def test_one_mark_that_is_dropped_is_as_bad_as_both(mark):
    f = federation(2, marker=Marker.UNPROVEN)

    def drop():
        ((made, resource),) = f.b_resources.resources.items()
        f.b_resources.resources[made] = attrs.evolve(resource, **{mark: None})

    f.b_orders.after["create"] = [drop]
    f.cycle()
    assert f.learned.marker is Marker.LOST
    assert len(f.b_orders.orders) == 1


def test_a_lost_answer_is_made_good_in_the_same_cycle_by_the_mark():
    f = federation()
    f.b_orders.after["create"] = [LATE]
    (outcome,) = f.cycle().outcomes
    assert [link_of(f)] == b_ids(f)
    assert (outcome.kind, outcome.error) == (Kind.AGAIN_AFTER, "")
    assert f.a_orders.orders[a_order_id()].backend_id == ""


def test_a_lost_request_is_not_repeated_and_is_reported():
    f = federation()
    f.b_orders.before["create"] = [LATE]
    (outcome,) = f.cycle().outcomes
    assert (outcome.kind, outcome.error) == (Kind.AGAIN_AFTER, str(LATE))
    assert (link_of(f), b_ids(f)) == ("", [])
    assert a_order_id() in f.learned.attempts


def test_an_older_twin_is_preferred_to_the_one_just_made():
    f = federation()
    older = a_b_resource(id=b_resource_id(1), created=PLACED)
    f.b_orders.after["create"] = [lambda: f.b_resources.resources.update({older.id: older})]
    f.cycle()
    assert link_of(f) == str(older.id)
    assert f.a_orders.orders[a_order_id()].backend_id == ""


def test_where_a_is_linked_to_one_of_two_twins_already_that_link_wins():
    f = federation()
    older, younger = a_b_resource(id=b_resource_id(1), created=PLACED), b_resource_id(100)

    def other_agent():
        f.b_resources.resources[older.id] = older
        f.a_resources.link(a_resource_id(), younger)

    f.b_orders.after["create"] = [other_agent]
    f.cycle()
    assert link_of(f) == str(younger)


@pytest.mark.parametrize("reading", ["fails", "shows a link to something else"])
def test_where_a_tells_nothing_of_the_twins_the_preferred_one_wins(reading):
    f = federation()
    older = a_b_resource(id=b_resource_id(1), created=PLACED)

    def other_agent():
        f.b_resources.resources[older.id] = older
        if reading == "fails":
            f.a_resources.before["read"] = [LATE]
        else:
            f.a_resources.link(a_resource_id(), b_resource_id(77))

    f.b_orders.after["create"] = [other_agent]
    f.cycle()
    assert link_of(f) == str(older.id)


def test_where_marks_cannot_be_listed_what_was_placed_is_linked():
    f = federation()
    f.b_resources.before["list_marked"] = [LATE]
    f.cycle()
    assert [link_of(f)] == b_ids(f)


def test_a_resource_with_the_offerings_mark_alone_is_nobodys(monkeypatch):
    f = federation()
    stray = a_b_resource(id=b_resource_id(2), for_resource=None)
    monkeypatch.setattr(f.b_resources, "list_marked", lambda _offering, _since: Incomplete((stray,), "cut"))
    f.cycle()
    assert link_of(f) == str(b_resource_id(100))


def test_an_order_whose_project_cannot_be_made_waits_and_nothing_is_posted():
    f = federation()
    f.b_projects.before["create"] = [LATE]
    (outcome,) = f.cycle().outcomes
    assert (outcome.kind, b_ids(f)) == (Kind.AGAIN_AFTER, [])
    assert "its project on B could not be made" in outcome.error
    assert f.a_orders.orders[a_order_id()].state == "executing"


def test_two_orders_of_one_project_make_one_project():
    f = federation(2)
    f.cycle()
    assert len(f.b_projects.projects) == 1
    assert {found.project for found in f.b_resources.resources.values()} == {f.b_projects.projects[0].id}


def test_a_refusal_of_the_content_ends_the_order_with_the_reason():
    f = federation()
    f.b_orders.before["create"] = [Invalid(Side.B, "order.create", "limits: too many", fields=["limits"])]
    (outcome,) = f.cycle().outcomes
    assert (outcome.kind, outcome.reason) == (Kind.SETTLED, "B refused the order: limits: too many")
    assert f.a_orders.messages == {a_order_id(): "Refused by the remote marketplace: limits: too many"}


def test_a_refusal_that_an_operator_has_to_mend_parks_the_order():
    f = federation()
    f.b_orders.before["create"] = [Forbidden(Side.B, "order.create")]
    (outcome,) = f.cycle().outcomes
    assert outcome.kind is Kind.PARKED
    assert f.a_orders.orders[a_order_id()].state == "executing"


def test_a_refusal_because_our_mark_is_taken_means_to_look_again():
    f = federation()
    words = "Project already has a resource with attribute waldur_federation_resource."
    f.b_orders.before["create"] = [Invalid(Side.B, "order.create", words)]
    (outcome,) = f.cycle().outcomes
    assert (outcome.kind, outcome.error) == (Kind.AGAIN_AFTER, "")
    assert words in outcome.reason
