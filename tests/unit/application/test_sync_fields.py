"""The field use case on fakes: what is read, what is written, and what a cycle tells."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import attrs
import pytest
from tests.fakes.fields import FakeFields
from tests.strategies.builders import (
    NOW,
    a_b_account,
    a_b_order,
    a_b_resource,
    a_limits,
    a_project,
    a_resource_id,
    a_resource_pair,
    an_account,
    an_order,
    b_limits,
    b_resource_id,
    linked,
    mirror,
    running,
)

from federation_core.application.apply_fields import FieldWriter
from federation_core.application.configure import Part, field_settings
from federation_core.application.outcome import Kind
from federation_core.application.sync_fields import MAX_LATE_READS, RETRY_AFTER
from federation_core.domain.errors import (
    ConfigurationError,
    Forbidden,
    NotFound,
    RuleError,
    TimedOut,
    Unauthorised,
    Unsupported,
)
from federation_core.domain.fields.rules import EndDates, LimitsWay
from federation_core.domain.ids import Side
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.months import Month
from federation_core.domain.plan.actions.fields import ProjectField
from federation_core.domain.plan.actions.usage import ReportUsage
from federation_core.domain.records import ProjectProfile, SubDomain

SOON, LATE = date(2025, 6, 30), date(2026, 6, 30)
RECENTLY, EARLIER = NOW - timedelta(days=1), NOW - timedelta(days=9)


def federation(a=(), b=(), **options):
    """One resource on both sides, alike but for what is told."""
    on_a, on_b = a_resource_pair()
    return FakeFields(a=[attrs.evolve(on_a, **dict(a))], b=[attrs.evolve(on_b, **dict(b))], **options)


def kinds(report):
    return [outcome.kind for outcome in report.outcomes]


class TestOneCycle:
    def test_an_unchanged_world_is_only_listed(self):
        fake = federation()
        report = fake.cycle()
        assert (report.outcomes, report.problems, report.notes, report.is_trouble) == ((), (), (), False)
        assert fake.plan().is_empty
        assert (fake.a_resources.writes, fake.b_projects.changes) == ([], [])

    def test_orders_are_not_listed_where_nothing_depends_on_them(self):
        fake = federation(b={"backend_id": "alloc-7"})
        fake.a_orders.before["list_open"] = [AssertionError("listed")]
        fake.cycle()
        assert fake.on_a.effective_id == "alloc-7"

    def test_all_fields_are_written_side_by_side_and_one_failure_stops_no_other(self):
        fake = federation(
            {"last_sync": None},
            {"backend_id": "alloc-7", "limits": b_limits(gpu=20), "end_date": SOON, "end_dated_at": RECENTLY},
            confirm_after=timedelta(hours=1),
        )
        fake.a_resources.before["set_effective_id"] = [TimedOut(Side.A, "resource.set_effective_id")]
        report = fake.cycle()
        assert (fake.on_a.limits, fake.on_a.end_date, fake.on_a.last_sync) == (a_limits(node=4), SOON, NOW)
        assert sorted(outcome.kind.value for outcome in report.outcomes) == ["again-after", *["settled"] * 3]
        assert report.names == {str(a_resource_id()): "snow-1", str(a_project().id): "Snow depth"}
        fake.cycle()
        assert fake.on_a.effective_id == "alloc-7"
        assert fake.cycle().outcomes == ()

    @pytest.mark.parametrize(
        ("part", "changed"),
        [(Part.RESOURCES, "resource"), (Part.PROJECTS, "project"), (Part.USERNAMES, "account")],
    )
    def test_only_the_parts_asked_for_are_read_and_written(self, part, changed):
        fake = federation(
            b={"backend_id": "alloc-7"},
            a_projects=[a_project(profile=ProjectProfile(oecd_code="1.5"))],
            a_accounts=[an_account()],
            b_accounts=[a_b_account()],
            usernames=True,
        )
        fake.cycle([part])
        found = {
            "resource": fake.on_a.effective_id == "alloc-7",
            "project": fake.b_projects.projects[0].profile.oecd_code == "1.5",
            "account": fake.a_accounts.accounts[an_account().id].name == "b-user-1",
        }
        assert [name for name, was in found.items() if was] == [changed]

    def test_user_names_are_not_even_listed_where_they_are_not_wanted(self):
        fake = federation(a_accounts=[an_account()], b_accounts=[a_b_account()])
        fake.a_accounts.before["list_all"] = [AssertionError("listed")]
        assert fake.cycle([Part.USERNAMES]).outcomes == ()

    @pytest.mark.parametrize(
        "name", ["a_resources", "b_resources", "a_projects", "b_projects", "a_accounts", "b_accounts"]
    )
    def test_what_cannot_be_listed_is_told_and_blanks_nothing(self, name):
        fake = federation({"effective_id": "old", "end_date": SOON}, usernames=True, a_accounts=[an_account(name="x")])
        getattr(fake, name).before["list_all"] = [TimedOut(Side.B, "lists")]
        report = fake.cycle()
        assert [problem for problem in report.problems if "timed out" in problem] != []
        assert (fake.on_a.effective_id, fake.on_a.end_date, fake.a_resources.writes) == ("old", SOON, [])

    def test_what_is_only_worth_knowing_is_told_and_fails_nothing(self):
        report = federation({"paused": True}).cycle()
        assert (report.outcomes, report.is_trouble) == ((), False)
        (note,) = report.notes
        assert note.startswith(f"{a_resource_id()} pausing: it is paused on A;")


class TestOrdersAndStates:
    def test_limits_wait_for_open_orders(self):
        fake = federation(b={"limits": b_limits(gpu=20)})
        fake.a_orders.orders[an_order().id] = running(type="Update")
        assert kinds(fake.cycle()) == [Kind.AGAIN_AFTER]
        fake.a_orders.orders.clear()
        fake.b_orders.orders[a_b_order().id] = a_b_order(state="pending-project")
        assert kinds(fake.cycle()) == [Kind.AGAIN_AFTER]
        fake.b_orders.orders.clear()
        assert kinds(fake.cycle()) == [Kind.SETTLED]

    @pytest.mark.parametrize("side", ["a_orders", "b_orders"])
    def test_orders_that_cannot_be_read_are_open(self, side):
        fake = federation(b={"limits": b_limits(gpu=20)})
        getattr(fake, side).before["list_open"] = [TimedOut(Side.A, "order.list_open")]
        report = fake.cycle()
        assert (fake.on_a.limits, kinds(report)) == (a_limits(node=3), [Kind.AGAIN_AFTER])
        assert len(report.problems) == 1
        getattr(fake, side).flaw = "page 2"
        assert fake.cycle().problems == ("page 2",)

    def test_what_fails_on_b_fails_on_a_and_gets_well_with_it(self):
        fake = federation(b={"state": "Erred", "error_message": "disk full"})
        fake.cycle()
        assert (fake.on_a.state, fake.a_resources.messages) == ("Erred", {a_resource_id(): "disk full"})
        assert fake.cycle().outcomes == ()
        fake.b_resources.resources[b_resource_id()] = attrs.evolve(fake.on_b, state="OK")
        fake.cycle()
        assert fake.on_a.state == "OK"

    def test_what_its_order_left_erred_stays_so(self):
        fake = federation({"state": "Erred"})
        fake.a_orders.orders[an_order().id] = an_order(state="erred")
        assert kinds(fake.cycle()) == [Kind.PARKED]
        fake.a_orders.before["create_of"] = [AssertionError("asked again")]
        assert kinds(fake.cycle()) == [Kind.PARKED]
        fake.a_orders.before.clear()
        fake.later(seconds=RETRY_AFTER.total_seconds())
        fake.a_orders.move(an_order().id, state="melted")
        (outcome,) = fake.cycle().outcomes
        assert (outcome.kind, "melted" in outcome.reason) == (Kind.AGAIN_AFTER, True)
        fake.a_orders.before["create_of"] = [TimedOut(Side.A, "order.create_of")]
        assert kinds(fake.cycle()) == [Kind.AGAIN_AFTER]
        fake.a_orders.move(an_order().id, state="done")
        assert kinds(fake.cycle()) == [Kind.SETTLED]

    def test_many_erred_resources_are_asked_about_in_turn(self):
        numbers = range(1, MAX_LATE_READS + 3)
        a = [linked(id=a_resource_id(n), backend_id=str(b_resource_id(n)), state="Erred") for n in numbers]
        fake = FakeFields(a=a, b=[a_b_resource(id=b_resource_id(n)) for n in numbers])
        assert sorted(kind.value for kind in kinds(fake.cycle())) == ["again-after"] * 2 + ["settled"] * MAX_LATE_READS
        assert len(fake.cycle().outcomes) == 2


class TestMeanwhile:
    """Between looking and writing somebody changes the same thing."""

    def test_new_limits_of_a_are_not_overwritten(self):
        fake = federation(b={"limits": b_limits(gpu=20)})
        seen = fake.use_case.observe()
        fake.a_resources.resources[a_resource_id()] = attrs.evolve(fake.on_a, limits=a_limits(node=9))
        report = fake.use_case.apply(fake.use_case.plan(seen))
        assert (fake.on_a.limits, kinds(report)) == (a_limits(node=9), [Kind.AGAIN_AFTER])

    @pytest.mark.parametrize("side", ["a_resources", "b_resources"])
    @pytest.mark.parametrize(("on_a", "on_b"), [(RECENTLY, EARLIER), (EARLIER, RECENTLY)])
    def test_a_new_end_date_is_not_overwritten(self, side, on_a, on_b):
        fake = federation({"end_date": SOON, "end_dated_at": on_a}, {"end_date": LATE, "end_dated_at": on_b})
        seen = fake.use_case.observe()
        port, newest = getattr(fake, side), date(2027, 1, 1)
        (key,) = port.resources
        port.set_end_date(key, newest)
        report = fake.use_case.apply(fake.use_case.plan(seen))
        assert (port.resources[key].end_date, kinds(report)) == (newest, [Kind.AGAIN_AFTER])
        fake.cycle()
        assert (fake.on_a.end_date, fake.on_b.end_date) == (newest, newest)

    @pytest.mark.parametrize(("on_a", "on_b"), [("OK", "Erred"), ("Erred", "OK")])
    def test_a_state_that_moved_on_is_left(self, on_a, on_b):
        fake = federation({"state": on_a}, {"state": on_b})
        seen = fake.use_case.observe()
        fake.a_resources.resources[a_resource_id()] = attrs.evolve(fake.on_a, state="Terminating")
        assert kinds(fake.use_case.apply(fake.use_case.plan(seen))) == [Kind.AGAIN_AFTER]
        assert fake.on_a.state == "Terminating"


class TestServersOfTheirOwnMind:
    def test_limits_that_a_cuts_are_told_and_not_sent_for_ever(self):
        fake = federation(b={"limits": b_limits(gpu=500)})
        fake.a_resources.most = Fraction(50)
        (outcome,) = fake.cycle().outcomes
        assert (outcome.kind, "A keeps other limits of node" in outcome.error) == (Kind.PARKED, True)
        assert fake.on_a.limits == a_limits(node=50)
        fake.cycle()
        writes = len(fake.a_resources.writes)
        assert kinds(fake.cycle()) == [Kind.PARKED]
        assert len(fake.a_resources.writes) == writes

    def test_a_refusal_is_remembered_for_a_while(self):
        fake = federation(b={"backend_id": "alloc-7"})
        refusals = [Forbidden(Side.A, "resource.set_effective_id", status=403) for _ in range(2)]
        fake.a_resources.before["set_effective_id"] = refusals
        for _ in range(3):
            assert kinds(fake.cycle()) == [Kind.PARKED]
        assert len(refusals) == 1
        fake.later(seconds=RETRY_AFTER.total_seconds())
        fake.cycle()
        assert refusals == []
        fake.restart()
        assert kinds(fake.cycle()) == [Kind.SETTLED]

    def test_a_token_that_is_not_accepted_is_asked_with_again(self):
        fake = federation(b={"backend_id": "alloc-7"})
        fake.a_resources.before["set_effective_id"] = [Unauthorised(Side.A, "x", status=401)]
        assert kinds(fake.cycle()) == [Kind.PARKED]
        assert kinds(fake.cycle()) == [Kind.SETTLED]

    def test_a_call_that_a_server_does_not_know_is_met_once_and_fails_nothing(self):
        a = [linked(id=a_resource_id(n), backend_id=str(b_resource_id(n)), effective_id="") for n in (1, 2)]
        fake = FakeFields(a=a, b=[a_b_resource(id=b_resource_id(n), backend_id=f"alloc-{n}") for n in (1, 2)])
        missing = [Unsupported(Side.A, "resource.set_effective_id", status=404) for _ in range(3)]
        fake.a_resources.before["set_effective_id"] = missing
        report = fake.cycle()
        assert (kinds(report), report.is_trouble, len(missing)) == ([Kind.SETTLED] * 2, False, 2)
        assert all(outcome.done == () for outcome in report.outcomes)
        assert report.notes[0].startswith("SetEffectiveId is left out from now on: A resource.set_effective_id")
        assert [entry.error != "" for entry in fake.journal.entries()] == [True, True]
        again = fake.cycle()
        assert (again.outcomes, len(missing), again.notes[0][:36]) == ((), 2, "SetEffectiveId is left out 2 times: ")

    def test_a_call_that_b_does_not_know_is_bs(self):
        fake = federation({"end_date": SOON, "end_dated_at": RECENTLY}, b={}, a_projects=[])
        fake.learned.unknown.clear()
        fake.b_resources.before["set_end_date"] = [Unsupported(Side.B, "resource.set_end_date", status=404)]
        assert "SetEndDateOnB" in fake.cycle().notes[0]

    def test_only_writes_about_fields_are_taken(self):
        fake = federation()
        report = ReportUsage(a_resource_id(), Month(2025, 3), {})
        with pytest.raises(RuleError, match="ReportUsage is not about fields"):
            FieldWriter(fake.ports, fake.learned).write(report)


def projects(a, b=(), **options):
    on_a = a_project(profile=ProjectProfile(**dict(a)))
    return FakeFields(a=[], b=[], a_projects=[on_a], b_projects=[mirror(**dict(b))], **options)


class TestProjects:
    def test_a_profile_is_carried_field_by_field(self):
        fake = projects({"description": "Glaciers", "oecd_code": "1.5", "is_industry": True}, {"is_industry": False})
        fake.b_projects.before["change"] = [TimedOut(Side.B, "project.change")]
        assert sorted(outcome.kind.value for outcome in fake.cycle().outcomes) == ["again-after", "settled", "settled"]
        fake.cycle()
        profile = fake.b_projects.projects[0].profile
        assert (profile.description, profile.oecd_code, profile.is_industry) == ("Glaciers", "1.5", True)
        assert fake.cycle().outcomes == ()

    def test_a_description_that_b_cleans_is_written_once(self):
        fake = projects({"description": "<p>Glaciers &amp; snow</p><script>evil()</script>"})
        fake.b_projects.spells = lambda _text: "Glaciers & snow"
        for _ in range(3):
            fake.cycle()
        assert len(fake.b_projects.changes) == 1

    def test_a_description_that_b_puts_in_other_words_is_written_once_for_each_process(self):
        fake = projects({"description": "Glaciers, glaciers"})
        fake.b_projects.spells = lambda text: text[:8]
        for _ in range(3):
            assert not fake.cycle().is_trouble
        assert len(fake.b_projects.changes) == 1
        fake.restart()
        fake.cycle()
        assert len(fake.b_projects.changes) == 2

    @pytest.mark.parametrize(
        ("a", "field"),
        [
            ({"oecd_code": "1.5"}, ProjectField.OECD_CODE),
            ({"sub_domain": "1.5"}, ProjectField.SUB_DOMAIN),
        ],
    )
    def test_a_field_that_b_does_not_take_over_is_told_and_not_sent_for_ever(self, a, field):
        fake = projects(a)
        fake.b_projects.domains = (SubDomain(UUID(int=105), "1.5"),)
        fake.b_projects.takes = frozenset()
        for _ in range(3):
            assert kinds(fake.cycle()) == [Kind.PARKED]
        assert [change[0] for change in fake.b_projects.changes] == [field]

    def test_a_sub_domain_goes_by_its_code(self):
        fake = projects({"sub_domain": "1.5"}, {"sub_domain": "1.1"})
        fake.b_projects.domains = (SubDomain(UUID(int=105), "1.5"),)
        fake.cycle()
        assert fake.b_projects.changes == [(ProjectField.SUB_DOMAIN, UUID(int=105))]
        fake.b_projects.before["sub_domains"] = [AssertionError("listed")]
        assert fake.cycle().outcomes == ()

    def test_a_server_without_sub_domains_has_none_and_one_that_fails_is_asked_again(self):
        fake = projects({"sub_domain": "1.5"})
        missing, late = Unsupported(Side.B, "project.sub_domains"), TimedOut(Side.B, "project.sub_domains")
        fake.b_projects.before["sub_domains"] = [missing, late]
        assert not fake.cycle().is_trouble
        report = fake.cycle()
        assert (kinds(report), len(report.problems)) == ([Kind.AGAIN_AFTER], 1)

    def test_the_end_date_of_a_project_goes_both_ways(self):
        fake = projects({"end_date": SOON, "end_dated_at": EARLIER}, {"end_date": LATE, "end_dated_at": RECENTLY})
        fake.cycle()
        assert fake.a_projects.projects[a_project().id].profile.end_date == LATE
        assert fake.cycle().outcomes == ()
        fake.later(days=1)
        fake.a_projects.set_end_date(a_project().id, SOON)
        fake.cycle()
        assert fake.b_projects.projects[0].profile.end_date == SOON
        assert fake.cycle().outcomes == ()


@pytest.mark.parametrize("side", ["a_projects", "b_projects"])
@pytest.mark.parametrize(("on_a", "on_b"), [(RECENTLY, EARLIER), (EARLIER, RECENTLY)])
def test_a_new_end_date_of_a_project_is_not_overwritten(side, on_a, on_b):
    fake = projects({"end_date": SOON, "end_dated_at": on_a}, {"end_date": LATE, "end_dated_at": on_b})
    seen, newest = fake.use_case.observe(), date(2027, 1, 1)
    if side == "a_projects":
        fake.a_projects.set_end_date(a_project().id, newest)
    else:
        fake.b_projects.change(mirror().id, ProjectField.END_DATE, newest)
    assert kinds(fake.use_case.apply(fake.use_case.plan(seen))) == [Kind.AGAIN_AFTER]
    fake.cycle()
    shown = fake.a_projects.projects[a_project().id].profile, fake.b_projects.projects[0].profile
    assert [profile.end_date for profile in shown] == [newest, newest]


def test_what_a_refuses_its_provider_is_told_and_not_tried_for_ever():
    fake = projects({"end_date": SOON, "end_dated_at": EARLIER}, {"end_date": LATE, "end_dated_at": RECENTLY})
    refusals = [NotFound(Side.A, "project.set_end_date", status=404) for _ in range(2)]
    fake.a_projects.before["set_end_date"] = refusals
    for _ in range(3):
        assert kinds(fake.cycle()) == [Kind.PARKED]
    assert len(refusals) == 1


def test_user_names_come_from_b_and_the_accounts_are_ok_with_them():
    fake = federation(usernames=True, a_accounts=[an_account()], b_accounts=[a_b_account()])
    fake.cycle()
    account = fake.a_accounts.accounts[an_account().id]
    assert (account.name, account.state) == ("b-user-1", "OK")
    assert fake.cycle().outcomes == ()


def test_bs_clock_may_run_ahead():
    fake = federation(
        {"end_date": SOON, "end_dated_at": RECENTLY},
        {"end_date": LATE, "end_dated_at": RECENTLY + timedelta(minutes=30)},
    )
    fake.b_clock.moved = timedelta(hours=1)
    fake.cycle()
    assert fake.on_b.end_date == SOON


class TestSettings:
    MAPPING = ComponentMapping.of({"node": {"gpu": 5}})

    def test_without_words_they_are_the_official_agents(self):
        rules = field_settings(target_customer=UUID(int=4), mapping=self.MAPPING).rules
        assert (rules.customer, rules.mapping) == (UUID(int=4), self.MAPPING)
        assert (rules.end_dates, rules.limits) == (EndDates.BIDIRECTIONAL, LimitsWay.B_TO_A)
        assert (rules.usernames, rules.confirm_after, rules.tell_reasons) == (False, None, True)

    def test_every_word_is_understood(self):
        rules = field_settings(
            target_customer=UUID(int=4),
            mapping=self.MAPPING,
            end_dates="a_to_b",
            limits="disabled",
            usernames=True,
            last_sync_interval=90,
            tell_reasons=False,
        ).rules
        assert (rules.end_dates, rules.limits) == (EndDates.A_TO_B, LimitsWay.DISABLED)
        assert (rules.usernames, rules.confirm_after, rules.tell_reasons) == (True, timedelta(seconds=90), False)

    @pytest.mark.parametrize("word", [{"end_dates": "both"}, {"limits": "a_to_b"}])
    def test_other_words_are_refused(self, word):
        with pytest.raises(ConfigurationError, match="use one of"):
            field_settings(target_customer=UUID(int=4), mapping=self.MAPPING, **word)
