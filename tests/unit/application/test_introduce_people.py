"""Identities in the member use case: who of A is who on B, whom B is told about, and whom we stop vouching for."""

from datetime import timedelta

import attrs
import pytest
from tests.fakes.members import ADMIN, MEMBER, SOURCE, FakeMembers, a_user_id, b_user_id, standing
from tests.strategies.builders import b_customer_id

from federation_core.application.apply_members import MemberApplier
from federation_core.application.outcome import Kind
from federation_core.application.plan_members import OTHERWISE_TOLD
from federation_core.domain.errors import Forbidden, Invalid, RuleError, TimedOut, Unsupported
from federation_core.domain.identity.rules import MatchField, NotFoundAction, ResolveMethod
from federation_core.domain.ids import Side
from federation_core.domain.membership.records import BMember
from federation_core.domain.plan.actions.membership import GrantRole
from federation_core.domain.plan.actions.usage import ReportUsage

LATE = TimedOut(Side.B, "person.push", "read timed out")
METHODS, FIELDS = list(ResolveMethod), list(MatchField)


def bridged(*names, **settings):
    """People with a role on A, told to B's bridge."""
    f = FakeMembers(**{"method": ResolveMethod.BRIDGE, "source": SOURCE, **settings})
    f.joins(*names)
    for name in names:
        f.exposes(name, first_name=name.title(), email=f"{name}@example.org")
    return f


def vouched(f, *names, **changes):
    """People with an account that the bridge made, shown as A shows them."""
    for name in names:
        f.account(
            name,
            **{
                "registration_method": SOURCE,
                "sources": frozenset({SOURCE}),
                "profile": {"first_name": name.title(), "email": f"{name}@example.org"},
                **changes,
            },
        )
        f.works(name)


class TestResolving:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("match", FIELDS)
    def test_whom_b_shows_is_found_without_a_write(self, method, match):
        f = FakeMembers(method=method, match=match)
        f.joins("anna")
        f.account("anna", username="anna" if match is not MatchField.EMAIL else "other")
        f.cycle()
        assert [row.user for row in f.b.rows] == [b_user_id("anna")]
        assert "fetch" not in f.b_people.calls
        assert f.b_people.pushes == []

    @pytest.mark.parametrize("match", FIELDS)
    def test_the_bridge_makes_whom_b_does_not_show(self, match):
        f = bridged("anna", match=match)
        assert "push" not in f.b_people.calls
        f.cycle()
        assert f.staff() == ["anna"]
        assert f.b_people.pushes == [("anna", SOURCE, {"first_name": "Anna", "email": "anna@example.org"})]

    def test_the_community_knows_whom_b_does_not_show(self):
        f = FakeMembers(method=ResolveMethod.EDUTEAMS)
        f.joins("anna")
        f.b_people.cuids = {"anna"}
        f.cycle()
        assert f.staff() == ["anna"]
        f.b_people.calls.clear()
        f.cycle()
        assert "fetch" not in f.b_people.calls

    def test_pushed_profiles_come_before_the_community(self):
        f = bridged("anna", method=ResolveMethod.EDUTEAMS, wants_push=True)
        f.cycle()
        assert f.staff() == ["anna"]
        assert "fetch" not in f.b_people.calls

    def test_nothing_is_pushed_without_a_source(self):
        f = FakeMembers(method=ResolveMethod.FIELD, wants_push=True)
        f.joins("anna")
        f.cycle()
        assert f.b_people.pushes == []

    @pytest.mark.parametrize("case", ["ANNA@example.org", "Anna@Example.Org"])
    def test_addresses_are_compared_without_case(self, case):
        f = FakeMembers(match=MatchField.EMAIL)
        f.joins("anna")
        f.account("anna", email=case)
        f.cycle()
        assert f.staff() == ["anna"]

    @pytest.mark.parametrize("work", [(), ("one", "two")])
    def test_an_address_of_two_accounts_touches_neither(self, work):
        f = FakeMembers(match=MatchField.EMAIL)
        f.joins("anna")
        for name in ("one", "two"):
            f.account(name, email="anna@example.org")
        f.works(*work, role=ADMIN)
        report = f.cycle()
        assert f.b.writes == []
        assert [outcome.kind for outcome in report.outcomes] == [Kind.PARKED]

    def test_whose_key_a_does_not_show_gets_nothing_and_nobody_there_loses_anything(self):
        f = FakeMembers()
        f.joins("anna", username="")
        f.works("maybe")
        report = f.cycle()
        assert f.b.writes == []
        assert "does not show what B would know" in report.outcomes[0].reason

    def test_look_ups_are_batched_and_ask_only_for_whom_b_does_not_list(self):
        f = FakeMembers()
        f.joins("anna", "bert", "carl")
        f.works("anna")
        f.account("bert", "carl")
        f.cycle()
        assert f.b_people.calls == ["look_up"]
        assert f.staff() == ["anna", "bert", "carl"]

    def test_a_look_up_that_failed_is_not_taken_for_nobody(self):
        f = FakeMembers(not_found=NotFoundAction.FAIL)
        f.joins("anna")
        f.b_people.before["look_up"] = [LATE]
        report = f.cycle()
        assert report.waiting == 1
        assert report.problems == (str(LATE),)


class TestNobody:
    @pytest.mark.parametrize(
        ("action", "kinds"), [(NotFoundAction.WARN, []), (NotFoundAction.FAIL, [Kind.PARKED, Kind.PARKED])]
    )
    def test_is_told_or_fails_by_person(self, action, kinds):
        f = FakeMembers(not_found=action)
        f.joins("anna", "bert", "carl")
        f.account("carl")
        report = f.cycle()
        assert f.staff() == ["carl"]
        assert [o.kind for o in report.outcomes if o.kind is not Kind.SETTLED] == kinds
        assert report.notes[0].startswith("2 people of A have no account on B")

    @pytest.mark.parametrize(("action", "is_trouble"), [(NotFoundAction.WARN, False), (NotFoundAction.FAIL, True)])
    def test_whom_the_community_does_not_know_either(self, action, is_trouble):
        f = FakeMembers(method=ResolveMethod.EDUTEAMS, not_found=action)
        f.joins("anna", "bert")
        f.b_people.cuids = {"bert"}
        report = f.cycle()
        assert f.staff() == ["bert"]
        assert report.is_trouble is is_trouble

    @pytest.mark.parametrize(("action", "is_trouble"), [(NotFoundAction.WARN, False), (NotFoundAction.FAIL, True)])
    def test_whom_the_community_does_not_know_is_not_asked_for_again_at_once(self, action, is_trouble):
        f = FakeMembers(method=ResolveMethod.EDUTEAMS, not_found=action)
        f.joins("anna")
        reports = [f.cycle() for _ in range(3)]
        assert f.b_people.calls.count("fetch") == 1
        assert [report.is_trouble for report in reports] == [is_trouble] * 3

    def test_a_community_that_cannot_be_asked_is_trouble(self):
        f = FakeMembers(method=ResolveMethod.EDUTEAMS)
        f.joins("anna")
        f.b_people.before["fetch"] = [Forbidden(Side.B, "person.fetch", "Remote eduTEAMS user sync is disabled.", 403)]
        for _ in range(2):
            report = f.cycle()
            assert report.is_trouble
            assert any("disabled" in outcome.error + outcome.reason for outcome in report.outcomes)

    def test_an_account_that_is_not_there_any_more_is_looked_for_again(self):
        f = bridged("anna")
        f.b_people.shown = set()
        f.b.before["grant"] = [Invalid(Side.B, "member.grant", "user: User is not found.", fields=["user"])]
        assert f.cycle().is_trouble
        assert f.learned.users == {}
        f.cycle()
        assert len(f.b_people.pushes) == 2
        assert f.staff() == ["anna"]

    def test_an_account_that_came_to_light_is_kept_where_the_role_was_refused(self):
        f = bridged("anna")
        f.b.before["grant"] = [Invalid(Side.B, "member.grant", "role: Role is not found.", fields=["role"])]
        f.b_people.shown = set()
        f.cycle()
        f.clock.time += timedelta(hours=1)
        f.cycle()
        assert len(f.b_people.pushes) == 1
        assert f.staff() == ["anna"]

    def test_what_b_shows_counts_more_than_what_came_to_light_before(self):
        f = bridged("anna")
        f.account("anna")
        f.learned.users[a_user_id("anna")] = b_user_id("stale")
        f.cycle()
        assert [row.user for row in f.b.rows] == [b_user_id("anna")]

    def test_a_deactivated_account_waits_for_a_person(self):
        f = bridged("anna")
        vouched(f, "anna", is_active=False)
        f.b.rows.clear()
        report = f.cycle()
        assert (f.b.writes, f.b_people.pushes) == ([], [])
        assert "deactivated" in report.outcomes[0].reason


class TestPushing:
    def test_only_what_a_exposes_and_b_takes_is_told_in_the_form_b_takes(self):
        f = bridged("anna")
        f.exposes("anna", gender=2, first_name="Anna", civil_number="123", phone_number=None)
        f.cycle()
        assert f.b_people.pushes == [("anna", SOURCE, {"first_name": "Anna", "gender": "female"})]

    def test_nobody_without_a_role_is_told(self):
        f = bridged("anna")
        f.exposes("bert", first_name="Bert")
        f.a.holdings.clear()
        f.cycle()
        assert f.b_people.pushes == []

    def test_an_unchanged_person_is_not_told_again_even_by_a_fresh_process(self):
        f = bridged("anna")
        vouched(f, "anna")
        f.cycle()
        f.restart()
        f.cycle()
        assert f.b_people.pushes == []

    def test_a_difference_that_b_shows_is_told_once(self):
        f = bridged("anna")
        vouched(f, "anna", profile={"first_name": "Anne", "email": "anna@example.org"})
        f.b_people.before["push"] = []
        f.cycle()
        assert [push[2]["first_name"] for push in f.b_people.pushes] == ["Anna"]
        f.cycle()
        assert len(f.b_people.pushes) == 1

    def test_what_b_keeps_all_the_same_is_not_told_for_ever(self):
        f = bridged("anna")
        vouched(f, "anna", profile={"first_name": "Anne"})
        locked = f.b.accounts[b_user_id("anna")]
        for _ in range(3):
            f.cycle()
            f.b.accounts[b_user_id("anna")] = locked
        assert len(f.b_people.pushes) == 1

    def test_an_attribute_that_was_emptied_on_a_is_emptied_on_b(self):
        f = bridged("anna")
        f.exposes("anna", first_name="Anna", phone_number="")
        vouched(f, "anna", profile={"first_name": "Anna", "phone_number": "123"})
        f.cycle()
        f.cycle()
        assert f.b_people.pushes == [("anna", SOURCE, {"first_name": "Anna", "phone_number": ""})]

    def test_whom_nobody_vouches_for_yet_is_told(self):
        f = bridged("anna")
        vouched(f, "anna", sources=frozenset({"isd:other"}))
        f.cycle()
        assert len(f.b_people.pushes) == 1

    def test_a_change_that_only_a_shows_is_told(self):
        f = bridged("anna")
        vouched(f, "anna", profile={})
        f.cycle()
        assert f.b_people.pushes == []
        f.exposes("anna", first_name="Hanna")
        f.cycle()
        assert [push[2] for push in f.b_people.pushes] == [{"first_name": "Hanna"}]

    def test_whom_b_does_not_show_is_told_once_by_each_process(self):
        f = bridged("anna")
        vouched(f, "anna")
        f.b_people.shown = set()
        for _ in range(3):
            f.cycle()
        assert len(f.b_people.pushes) == 1
        f.restart()
        f.cycle()
        assert len(f.b_people.pushes) == 2

    def test_whose_account_is_out_of_sight_again_is_told_once_more(self):
        """Another agent withdrew her; all that this one remembers is that B once showed her as A does."""
        f = bridged("anna")
        vouched(f, "anna")
        f.cycle()
        assert f.b_people.pushes == []
        f.b.rows.clear()
        f.b_people.shown = set()
        f.cycle()
        assert [push[0] for push in f.b_people.pushes] == ["anna"]
        assert f.roles("anna") == [MEMBER]
        f.cycle()
        assert len(f.b_people.pushes) == 1

    def test_an_account_found_by_its_address_is_told_under_the_name_it_has(self):
        f = bridged("anna", match=MatchField.EMAIL)
        f.account("anna", username="b-anna", profile={"first_name": "A."})
        f.cycle()
        assert [push[0] for push in f.b_people.pushes] == ["b-anna"]

    def test_a_rejected_attribute_is_dropped_and_told_and_the_rest_is_pushed(self):
        f = bridged("anna")
        refusal = Invalid(Side.B, "person.push", "email: Enter a valid email address.", fields=["email"])
        f.b_people.before["push"] = [refusal]
        report = f.cycle()
        assert [sorted(push[2]) for push in f.b_people.pushes] == [["email", "first_name"], ["first_name"]]
        assert report.notes == (f"B rejects email of {a_user_id('anna')}; the rest was told",)
        assert f.staff() == ["anna"]

    def test_what_b_took_a_moment_ago_and_takes_no_more_is_dropped(self):
        f = bridged("anna")
        f.b_people.before["push"] = [lambda: setattr(f.b_people, "allowed", frozenset({"first_name"}))]
        f.cycle()
        assert [sorted(push[2]) for push in f.b_people.pushes] == [["email", "first_name"], ["first_name"]]

    def test_a_refusal_about_nothing_that_was_told_is_trouble(self):
        f = bridged("anna")
        f.b_people.before["push"] = [Invalid(Side.B, "person.push", "the person is deactivated.")]
        report = f.cycle()
        assert len(f.b_people.pushes) == 1
        assert report.is_trouble
        assert f.staff() == []

    def test_whom_b_could_not_be_told_about_gets_the_role_in_a_later_cycle(self):
        f = bridged("anna", "bert")
        f.b_people.before["push"] = [LATE]
        report = f.cycle()
        assert len(f.staff()) == 1
        assert report.waiting == 1
        f.cycle()
        assert f.staff() == ["anna", "bert"]

    @pytest.mark.parametrize("error", [LATE, Unsupported(Side.B, "person.allowed", "no such page", 404)])
    def test_a_bridge_that_is_not_there_stops_no_others(self, error):
        f = bridged("anna", "bert")
        f.account("bert")
        f.b_people.before["allowed_attributes"] = [error]
        report = f.cycle()
        assert f.staff() == ["bert"]
        assert str(error) in report.problems

    def test_nothing_is_told_where_it_is_not_known_what_a_exposes(self):
        f = bridged("anna")
        f.a_people.before["list_disclosures"] = [LATE]
        f.cycle()
        assert f.b_people.pushes == []

    def test_nobody_is_told_about_who_does_not_consent(self):
        f = bridged("anna", "bert", consented_only=True)
        f.exposes("anna", has_consent=True)
        f.exposes("bert", has_consent=False, first_name="Bert")
        f.cycle()
        assert [push[0] for push in f.b_people.pushes] == ["anna"]

    def test_an_unclear_person_is_not_told(self):
        f = bridged("anna", match=MatchField.EMAIL)
        for name in ("one", "two"):
            f.account(name, email="anna@example.org")
            f.works(name)
        f.cycle()
        assert f.b_people.pushes == []


class TestWithdrawing:
    def test_comes_before_the_last_role_goes(self):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.cycle()
        assert f.b_people.withdrawals == [("gone", SOURCE)]
        assert f.staff() == ["anna"]
        kinds = [type(entry.action).__name__ for entry in f.journal.entries()]
        assert kinds == ["WithdrawProfile", "RevokeRole"]

    def test_spares_everybody_where_another_offering_tells_of_people_too(self):
        f = bridged("anna")
        f.settings = attrs.evolve(f.settings, withdraws=False)
        vouched(f, "anna", "gone")
        report = f.cycle()
        assert (f.b_people.withdrawals, f.staff()) == ([], ["anna"])
        assert [OTHERWISE_TOLD in note for note in report.notes] == [True]

    def test_waits_for_the_last_project(self):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.works("gone", project=7)
        f.cycle()
        assert f.b_people.withdrawals == []
        assert f.staff() == ["anna"]

    def test_spares_who_moves_to_another_project(self):
        f = bridged("anna")
        f.share(2)
        f.joins("moving", project=2)
        vouched(f, "anna", "moving")
        f.cycle()
        assert f.b_people.withdrawals == []
        assert (f.staff(1), f.staff(2)) == (["anna"], ["moving"])

    def test_happens_once_for_several_projects(self):
        f = bridged("anna")
        f.share(2)
        f.joins("anna", project=2)
        vouched(f, "anna", "gone")
        f.works("anna", "gone", project=2)
        f.cycle()
        assert f.b_people.withdrawals == [("gone", SOURCE)]
        assert (f.staff(1), f.staff(2)) == (["anna"], ["anna"])

    def test_spares_who_works_for_the_customer(self):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.b.staff.add(b_user_id("gone"))
        f.cycle()
        assert (f.b_people.withdrawals, f.staff()) == ([], ["anna"])

    @pytest.mark.parametrize("there", [True, False])
    def test_spares_who_works_for_another_customer_of_ours(self, there):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.settings = attrs.evolve(f.settings, other_customers=frozenset({b_customer_id(2)}))
        if there:
            f.b.others[b_customer_id(2)] = (BMember(b_user_id("gone"), "gone"),)
        f.cycle()
        assert len(f.b_people.withdrawals) == (0 if there else 1)
        assert f.staff() == ["anna"]

    def test_needs_all_customers_to_be_read(self):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.settings = attrs.evolve(f.settings, other_customers=frozenset({b_customer_id(2)}))
        f.b.before["list_others"] = [LATE]
        f.cycle()
        assert (f.b_people.withdrawals, f.staff()) == ([], ["anna"])

    @pytest.mark.parametrize(
        ("sources", "method", "is_due", "is_told"),
        [
            ({SOURCE}, SOURCE, True, False),
            ({SOURCE, "isd:other"}, "default", True, False),
            ({SOURCE}, "default", False, True),
            ({"isd:other"}, SOURCE, False, False),
            (None, SOURCE, True, False),
            (None, "default", False, True),
            (None, None, False, True),
        ],
    )
    def test_needs_proof(self, sources, method, is_due, is_told):
        f = bridged("anna")
        vouched(f, "anna")
        vouched(f, "gone", sources=None if sources is None else frozenset(sources), registration_method=method)
        report = f.cycle()
        assert (bool(f.b_people.withdrawals), bool(report.notes)) == (is_due, is_told)
        assert f.staff() == ["anna"]

    def test_of_whom_b_does_not_show_is_told_and_left(self):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.b_people.shown = {b_user_id("anna")}
        report = f.cycle()
        assert f.b_people.withdrawals == []
        assert "stays as it is" in report.notes[0]

    def test_that_fails_for_now_keeps_the_last_role_so_that_it_is_not_forgotten(self):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.b_people.before["withdraw"] = [LATE]
        assert f.cycle().waiting == 1
        assert f.staff() == ["anna", "gone"]
        f.restart()
        f.cycle()
        assert f.staff() == ["anna"]
        assert len(f.b_people.withdrawals) == 2

    def test_that_is_refused_takes_the_role_all_the_same(self):
        f = bridged("anna")
        vouched(f, "anna", "gone")
        f.b_people.before["withdraw"] = [Forbidden(Side.B, "person.withdraw", "Source is not managed.", 403)]
        report = f.cycle()
        assert f.staff() == ["anna"]
        assert "could not be withdrawn" in report.notes[0]

    def test_is_for_pushed_people_only(self):
        f = FakeMembers()
        f.joins("anna")
        vouched(f, "anna", "gone")
        f.cycle()
        assert (f.b_people.withdrawals, f.staff()) == ([], ["anna"])

    def test_is_held_with_the_role(self):
        names = [f"p{number}" for number in range(12)]
        f = bridged("anna")
        vouched(f, "anna", *names)
        f.cycle()
        assert f.b_people.withdrawals == []

    def test_does_not_follow_from_an_account_on_a_that_vanished(self):
        f = bridged("anna", "bert")
        vouched(f, "anna", "bert")
        f.a_people.disclosures.clear()
        f.cycle()
        assert (f.b_people.withdrawals, f.b.writes) == ([], [])

    def test_follows_from_consent_that_was_taken_back(self):
        f = bridged("anna", consented_only=True)
        f.exposes("anna", has_consent=False)
        vouched(f, "anna")
        f.b_rights.shown = [standing(b_user_id("me"), b_customer_id())]
        f.cycle()
        assert f.b_people.withdrawals == [("anna", SOURCE)]


def test_an_account_that_turns_out_to_be_somebodys_keeps_its_roles():
    f = bridged("anna")
    f.account("old", username="old")
    f.works("old")
    f.b_people.push = lambda *_: b_user_id("old")
    report = f.cycle()
    assert f.roles("old") == [MEMBER]
    assert "revoke" not in f.done()
    assert report.waiting == 1


def test_what_is_not_about_people_is_a_bug():
    f = FakeMembers()
    seen = f.use_case.observe()
    applier = MemberApplier(f.use_case._ports, f.settings, f.learned, seen)  # noqa: SLF001 - there is no other door to it
    with pytest.raises(RuleError):
        applier._write(ReportUsage(None, None, {}))  # type: ignore[arg-type]  # noqa: SLF001
    with pytest.raises(RuleError):
        applier._write(GrantRole(None, a_user_id("anna"), MEMBER))  # type: ignore[arg-type]  # noqa: SLF001
