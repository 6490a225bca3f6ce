"""The use cases, looking at one key alone."""

from datetime import UTC, datetime

import attrs
import pytest
from tests.fakes.federation import FakeFederation
from tests.fakes.fields import FakeFields
from tests.fakes.members import ADMIN, SOURCE, FakeMembers, b_user_id
from tests.strategies.builders import (
    a_b_account,
    a_b_order,
    a_b_resource,
    a_order_id,
    a_project_id,
    a_resource,
    a_resource_id,
    a_resource_pair,
    an_account,
    an_order,
    b_limits,
    b_order_id,
    b_project_id,
    b_resource_id,
    linked,
    running,
)

from federation_core.application.outcome import CycleReport, Kind
from federation_core.application.read_members import MOST_RESOURCES
from federation_core.domain.errors import NotFound, TimedOut
from federation_core.domain.identity.rules import MatchField, ResolveMethod
from federation_core.domain.ids import Side
from federation_core.domain.membership.rules import MembershipPolicy
from federation_core.domain.orders.states import BPhase
from federation_core.domain.plan.policy import GUARD_COUNT

LATE = TimedOut(Side.B, "x.y")
ONE, TWO = a_resource_id(), a_resource_id(2)


def only(report):
    (outcome,) = report.outcomes
    return outcome


def under_way(**b_order):
    """A's order is linked, and B has it."""
    return FakeFederation(
        orders=[running(backend_id=str(b_order_id()))],
        resources=[linked(state="Creating")],
        b_orders=[a_b_order(**b_order)],
        b_resources=[a_b_resource(state="Creating")],
    )


class TestOrders:
    def test_what_b_has_done_is_done_on_a(self):
        f = under_way(state="done")
        assert only(f.use_case.run_for(ONE)).kind is Kind.SETTLED
        assert f.a_orders.orders[a_order_id()].state == "done"

    def test_no_list_of_all_is_read(self):
        f = under_way(state="done")
        for port in (f.a_resources, f.b_resources):
            port.before["list_all"] = [AssertionError("listed")]
        f.b_orders.before["list_since"] = [AssertionError("listed")]
        assert only(f.use_case.run_for(ONE)).kind is Kind.SETTLED

    def test_a_new_order_is_placed(self):
        f = FakeFederation()
        assert only(f.use_case.run_for(ONE)).kind is Kind.AGAIN_AFTER
        assert len(f.b_orders.of_type("Create")) == 1
        assert f.a_resources.resources[ONE].backend_id

    def test_a_resource_that_carries_the_mark_is_adopted(self):
        f = FakeFederation(orders=[running()], b_orders=[a_b_order()], b_resources=[a_b_resource()])
        f.use_case.run_for(ONE)
        assert f.a_resources.resources[ONE].backend_id == str(b_resource_id())
        assert len(f.b_orders.orders) == 1

    def test_other_resources_orders_are_left_alone(self):
        f = FakeFederation(orders=[an_order(), an_order(id=a_order_id(2), resource=TWO)])
        assert only(f.use_case.run_for(ONE)).key == str(a_order_id())

    def test_where_nothing_is_open_nothing_else_is_read(self):
        f = FakeFederation(orders=[an_order(state="done")])
        f.a_resources.before["read"] = [AssertionError("read")]
        assert f.use_case.run_for(ONE).outcomes == ()

    def test_where_nothing_is_new_nothing_else_is_read(self):
        f = under_way()
        f.a_resources.before["read"] = [AssertionError("read")]
        assert f.use_case.run_for(ONE, knows=lambda order: order.id == a_order_id()).outcomes == ()

    def test_orders_that_cannot_be_listed_are_told(self):
        f = under_way()
        f.a_orders.before["list_open"] = [LATE]
        assert f.use_case.run_for(ONE).problems == (str(LATE),)

    @pytest.mark.parametrize(
        ("port", "call"),
        [("a_resources", "read"), ("b_resources", "read"), ("a_resources", "list_linked"), ("b_orders", "list_of")],
    )
    def test_what_cannot_be_read_concludes_nothing(self, port, call):
        f = under_way(state="executing")
        getattr(f, port).before[call] = [LATE]
        report = f.use_case.run_for(ONE)
        assert report.problems
        assert f.a_orders.orders[a_order_id()].state == "executing"

    def test_a_linked_resource_that_b_does_not_show_is_left_to_a_full_reading(self):
        f = under_way()
        f.b_resources.resources.clear()
        seen = f.use_case.observe_for(ONE)
        (decision,) = f.use_case.plan(seen).decisions
        assert decision.counterpart.phase is BPhase.UNKNOWN
        assert decision.actions == ()

    def test_what_nobody_seems_to_want_is_left_to_a_full_reading(self):
        f = FakeFederation(
            orders=[running(type="Restore")],
            resources=[linked(state="Terminated"), linked(id=TWO, state="Terminated")],
            b_resources=[a_b_resource(for_resource=TWO)],
        )
        plan = f.use_case.plan(f.use_case.observe_for(ONE))
        assert (plan.orphans.orphans, plan.guarded.released) == ((), ())
        assert f.use_case.plan(f.use_case.observe()).orphans.orphans

    def test_an_id_that_names_nothing_on_b_is_for_a_person(self):
        f = FakeFederation(orders=[running()], resources=[a_resource(backend_id="alloc-7")])
        assert only(f.use_case.run_for(ONE)).kind is Kind.PARKED

    def test_a_resource_that_two_are_linked_to_is_for_a_person(self):
        f = under_way(state="done")
        f.a_resources.resources[TWO] = linked(id=TWO)
        assert only(f.use_case.run_for(ONE)).kind is Kind.PARKED


class TestFields:
    def test_one_resource_is_made_alike(self):
        on_a, on_b = a_resource_pair()
        other = linked(id=TWO, backend_id=str(b_resource_id(2)), effective_id="")
        f = FakeFields(
            a=[on_a, other],
            b=[
                attrs.evolve(on_b, backend_id="alloc-7", limits=b_limits(gpu=20)),
                a_b_resource(id=b_resource_id(2), backend_id="alloc-8"),
            ],
        )
        for port in (f.a_resources, f.b_resources):
            port.before["list_all"] = [AssertionError("listed")]
        f.use_case.run_for(ONE)
        assert f.a_resources.resources[ONE].effective_id == "alloc-7"
        assert f.a_resources.resources[ONE].limits != on_a.limits
        assert f.a_resources.resources[TWO].effective_id == ""

    @pytest.mark.parametrize(("state", "taken"), [("executing", False), ("done", True), ("out of this world", False)])
    def test_limits_wait_while_an_order_of_it_may_be_open_on_b(self, state, taken):
        on_a, on_b = a_resource_pair(limits=b_limits(gpu=20))
        f = FakeFields(a=[on_a], b=[on_b])
        f.b_orders.orders = {b_order_id(): a_b_order(type="Update", state=state)}
        f.use_case.run_for(ONE)
        assert (f.on_a.limits != on_a.limits) is taken

    def test_a_resource_without_a_link_is_left_alone(self):
        f = FakeFields(a=[a_resource(state="OK")])
        assert f.use_case.run_for(ONE).outcomes == ()

    def test_one_that_is_terminated_leaves_the_one_that_took_its_place_alone(self):
        on_a, on_b = a_resource_pair(backend_id="alloc-7")
        f = FakeFields(a=[on_a, linked(id=TWO, state="Terminated")], b=[on_b])
        assert f.use_case.run_for(TWO) == CycleReport(names={str(TWO): "snow-1"})
        assert f.a_resources.writes == []

    def test_one_whose_link_is_moved_while_it_is_read_leaves_the_other_alone(self):
        on_a, on_b = a_resource_pair(backend_id="alloc-7")
        f = FakeFields(a=[on_a, linked(id=TWO, backend_id=str(b_resource_id(2)))], b=[on_b])

        def swap():
            f.a_resources.link(ONE, b_resource_id(2))
            f.a_resources.link(TWO, b_resource_id(1))

        f.a_resources.before["list_linked"] = [swap]
        assert f.use_case.run_for(ONE) == CycleReport()
        assert f.a_resources.writes == []

    @pytest.mark.parametrize(("port", "error"), [("a_resources", LATE), ("b_resources", NotFound(Side.B, "x.y", ""))])
    def test_what_cannot_be_read_changes_nothing(self, port, error):
        on_a, on_b = a_resource_pair(backend_id="alloc-7")
        f = FakeFields(a=[on_a], b=[on_b])
        getattr(f, port).before["read"] = [error]
        report = f.use_case.run_for(ONE)
        assert (report.outcomes, bool(report.problems), f.a_resources.writes) == ((), True, [])


class TestAccounts:
    def federation(self, *more, **b_changes):
        return FakeFields(
            a_accounts=[an_account(), an_account(2), *more], b_accounts=[a_b_account(**b_changes)], usernames=True
        )

    def test_one_persons_name_is_given(self):
        f = self.federation()
        for port in (f.a_accounts, f.b_accounts):
            port.before["list_all"] = [AssertionError("listed")]
        f.use_case.run_for_account("person-1@isd")
        assert f.a_accounts.accounts[an_account().id].name == "b-user-1"
        assert f.a_accounts.accounts[an_account(2).id].name == ""

    def test_a_name_that_is_somebody_elses_is_not(self):
        f = self.federation(an_account(3, name="b-user-1", state="OK"))
        assert only(f.use_case.run_for_account("person-1@isd")).kind is Kind.PARKED

    def test_an_account_that_has_no_name_yet_gives_none(self):
        f = self.federation(name="")
        f.a_accounts.before["list_like"] = [AssertionError("listed")]
        assert f.use_case.run_for_account("person-1@isd").outcomes == ()

    def test_what_cannot_be_listed_is_told(self):
        f = self.federation()
        f.b_accounts.before["list_of"] = [LATE]
        assert f.use_case.run_for_account("person-1@isd").problems == (str(LATE),)


def staffed(**options):
    """Two people work in a project of A and in its mirror, which was fully read once."""
    f = FakeMembers(**options)
    f.account("ada", "bob", "eve")
    f.joins("ada", "bob")
    f.works("ada", "bob")
    f.cycle()
    assert f.b.writes == []
    f.a.calls.clear()
    f.b.calls.clear()
    return f


P1 = a_project_id(1)


class TestMembers:
    def test_who_joins_gets_a_role_and_who_leaves_loses_it(self):
        f = staffed()
        f.joins("eve", role=ADMIN)
        f.leaves("bob")
        f.use_case.run_for(P1)
        assert (f.roles("eve"), f.roles("bob")) == ([ADMIN], [])
        assert len(f.roles("ada")) == 1

    def test_no_list_of_all_people_or_resources_of_b_is_read(self):
        f = staffed()
        f.joins("eve")
        f.use_case.run_for(P1)
        assert "list_members" not in f.b.calls
        assert f.b.calls.count("list_hosted") == 1

    def test_other_projects_are_left_alone(self):
        f = staffed()
        f.share(2)
        f.joins("eve", project=2)
        f.use_case.run_for(P1)
        assert f.roles("eve", 2) == []

    def test_a_project_that_was_not_fully_read_before_takes_a_full_reading(self):
        f = staffed()
        f.restart()
        f.leaves("bob")
        f.joins("eve")
        assert f.use_case.observe_for(P1) is None
        report = f.use_case.run_for(P1)
        assert (f.staff(), report.problems) == (["ada", "eve"], ())
        assert f.use_case.observe_for(P1) is not None

    def test_so_does_one_of_which_two_claim_a_resource(self):
        f = staffed()
        f.a.holdings.append(attrs.evolve(f.a.holdings[0], id=TWO, project=a_project_id(2)))
        f.cycle()
        f.joins("eve")
        f.leaves("bob")
        f.use_case.run_for(P1)
        assert f.b.writes == []

    def test_a_project_of_b_that_two_share_takes_a_full_reading(self):
        f = staffed()
        f.share(2, b_project=1)
        f.leaves("bob")
        f.joins("bob", project=2)
        assert f.use_case.observe_for(P1) is None
        f.use_case.run_for(P1)
        assert len(f.roles("bob")) == 1
        assert "list_members" in f.b.calls

    def test_a_project_that_was_shared_before_takes_one_too(self):
        f = staffed()
        f.learned.rooms = {b_project_id(1): frozenset({P1, a_project_id(2)})}
        assert f.use_case.observe_for(P1) is None

    def test_so_does_one_with_many_resources(self):
        f = staffed()
        for number in range(2, MOST_RESOURCES + 2):
            f.share(number, a_project=1, b_project=1)
        assert f.use_case.observe_for(P1) is None

    def test_so_does_a_removal_where_people_may_have_to_be_withdrawn(self):
        f = staffed(method=ResolveMethod.BRIDGE, source=SOURCE)
        f.leaves("bob")
        f.use_case.run_for(P1)
        assert "list_members" in f.b.calls
        assert f.roles("bob") == []

    def test_so_do_many_removals(self):
        f = staffed()
        names = [f"p{number}" for number in range(12)]
        f.works(*names)
        f.use_case.run_for(P1)
        assert "list_members" in f.b.calls

    def test_so_does_one_removal_too_many_since_the_last(self):
        numbers = range(1, 13)
        f = FakeMembers()
        for number in numbers:
            if number > 1:
                f.share(number)
            f.joins("p1", "p2", "p3", project=number)
            f.works("p1", "p2", "p3", project=number)
        f.cycle()
        for number in numbers:
            f.leaves("p1", "p2", project=number)
        reports = [f.use_case.run_for(a_project_id(number)) for number in numbers]
        assert f.done() == ["revoke"] * GUARD_COUNT
        assert "suspiciously many" in reports[-1].notes[0]

    def test_a_full_reading_lets_a_few_be_taken_again(self):
        f = staffed()
        f.learned.taken = GUARD_COUNT
        f.leaves("bob")
        f.use_case.run_for(P1)
        assert "list_members" in f.b.calls
        assert (f.roles("bob"), f.learned.taken) == ([], 0)

    def test_few_are_told_apart_as_among_all(self):
        f = staffed(match=MatchField.EMAIL)
        f.share(2)
        f.account("eve2", email="eve@example.org")
        f.works("eve", "eve2", project=2, by=b_user_id("owner"))
        f.cycle()
        f.joins("eve")
        f.use_case.run_for(P1)
        assert f.b.writes == []
        f.b.rows = [row for row in f.b.rows if row.user != b_user_id("eve2")]
        f.cycle()
        assert f.staff() == ["ada", "bob", "eve"]

    def test_an_account_that_only_a_full_reading_shows_is_known(self):
        f = staffed()
        f.share(2)
        f.works("eve", project=2, by=b_user_id("owner"))
        f.cycle()
        f.b_people.shown = set()
        f.joins("eve")
        f.use_case.run_for(P1)
        assert f.staff() == ["ada", "bob", "eve"]

    def test_a_resource_that_b_does_not_show_keeps_nobody_and_stops_nothing(self):
        f = staffed()
        f.a.holdings[0] = attrs.evolve(f.a.holdings[0], backend_id=str(b_resource_id(99)))
        f.joins("eve")
        f.use_case.run_for(P1)
        assert f.b.writes == []

    def test_a_resource_that_cannot_be_read_has_nothing_written(self):
        f = staffed()
        f.b.before["hosted"] = [LATE]
        f.joins("eve")
        report = f.use_case.run_for(P1)
        assert (f.b.writes, bool(report.problems)) == ([], True)

    def test_without_a_provider_nothing_is_taken_away(self):
        f = staffed()
        f.a.before["provider"] = [LATE]
        report = f.use_case.run_for(P1)
        assert (f.b.writes, bool(report.problems)) == ([], True)

    def test_what_is_another_accounts_stays_known(self):
        f = staffed()
        f.share(2)
        f.works("eve", project=2, by=b_user_id("owner"))
        f.cycle()
        known = f.learned.foreign
        assert known
        f.use_case.run_for(P1)
        assert f.learned.foreign == known

    def test_a_resource_is_news_once_it_is_on_b_and_lives(self):
        f = staffed()
        holding = attrs.evolve(f.a.holding(ONE), id=TWO)
        assert f.use_case.is_news(holding)
        assert not f.use_case.is_news(attrs.evolve(holding, backend_id=""))
        assert not f.use_case.is_news(attrs.evolve(holding, state="Terminated"))
        f.a.holdings.append(attrs.evolve(holding, backend_id=str(b_resource_id(2))))
        f.b.resources.append(attrs.evolve(f.b.resources[0], id=b_resource_id(2)))
        f.use_case.run_for(P1)
        assert not f.use_case.is_news(f.a.holdings[1])

    def test_who_may_use_a_resource_is_news_once(self):
        f = staffed()
        holding = f.a.holding(ONE)
        restricted = attrs.evolve(holding, is_restricted=True)
        assert not f.use_case.is_news(holding)
        assert f.use_case.is_news(restricted)
        f.a.holdings[0] = restricted
        f.use_case.run_for(P1)
        assert not f.use_case.is_news(restricted)

    @pytest.mark.parametrize(
        ("policy", "count"), [(MembershipPolicy.OWNED, 1), (MembershipPolicy.EXACT, 0), (MembershipPolicy.ADD_ONLY, 0)]
    )
    def test_people_who_are_spared_are_counted(self, policy, count):
        f = staffed(policy=policy)
        f.works("eve", by=b_user_id("owner"))
        f.works("eve", role=ADMIN, by=b_user_id("owner"))
        assert f.use_case.count_spared() == count
        assert f.b.writes == []


def test_ends_are_carried_over_too():
    f = staffed()
    end = datetime(2026, 1, 1, tzinfo=UTC)
    f.leaves("ada")
    f.joins("ada", expires=end)
    f.use_case.run_for(P1)
    assert [row.expires for row in f.b.rows if row.user == b_user_id("ada")] == [end]
