"""The member use case on fakes: who works in A's project works in its mirror, and nobody loses what is not ours to take."""

from datetime import timedelta

import attrs
import pytest
from tests.fakes.members import (
    ADMIN,
    MANAGER,
    ME,
    MEMBER,
    FakeMembers,
    a_user_id,
    b_user_id,
    person,
    standing,
)
from tests.strategies.builders import NOW, a_resource_id, b_offering_id, b_project_id, b_resource_id, uuid_of

from federation_core.application.member_wiring import Refusal
from federation_core.application.outcome import Kind
from federation_core.application.plan_members import identity_of
from federation_core.domain.errors import Forbidden, Invalid, TimedOut, Unauthorised, Unsupported
from federation_core.domain.ids import Side
from federation_core.domain.membership.records import Hosted, Made
from federation_core.domain.membership.rules import MembershipPolicy
from federation_core.domain.membership.scene import Machines
from federation_core.domain.observed import Complete
from federation_core.domain.plan.actions.membership import RevokeRole

LATE = TimedOut(Side.B, "member.list", "read timed out")
SOON, FAR = NOW + timedelta(days=3), NOW + timedelta(days=300)
STRANGER = b_user_id("chief")


def staffed(*names, **settings):
    """Everybody works on both sides, through us."""
    f = FakeMembers(**settings)
    f.joins(*names)
    f.works(*names)
    return f


def test_a_member_on_a_gets_the_role_on_b():
    f = FakeMembers()
    f.joins("anna", role=MANAGER)
    f.account("anna")
    report = f.cycle()
    assert f.roles("anna") == [MANAGER]
    assert [outcome.kind for outcome in report.outcomes] == [Kind.SETTLED]
    assert not report.is_trouble


def test_who_left_on_a_loses_the_role_we_gave():
    f = staffed("anna", "bert")
    f.leaves("bert")
    f.cycle()
    assert f.staff() == ["anna"]


def test_an_unchanged_world_is_only_listed():
    f = staffed("anna", "bert")
    f.cycle()
    assert f.b.writes == []
    assert "makers_of" not in f.b.calls
    assert f.b_rights.reads == f.a_rights.reads == 1


@pytest.mark.parametrize("crash", [None, "grant", "revoke"])
def test_a_changed_role_never_leaves_a_person_without_one(crash):
    f = FakeMembers()
    f.joins("anna", role=MANAGER)
    f.works("anna", role=MEMBER)
    if crash:
        f.b.before[crash] = [LATE]
    report = f.cycle()
    assert f.roles("anna") == {None: [MANAGER], "grant": [MEMBER], "revoke": [MANAGER, MEMBER]}[crash]
    assert report.waiting == (0 if crash is None else 1)
    f.cycle()
    assert f.roles("anna") == [MANAGER]


def test_several_roles_of_one_person_are_several_on_b():
    f = FakeMembers()
    f.joins("anna", role=MANAGER)
    f.joins("anna", role=MEMBER)
    f.account("anna")
    f.cycle()
    assert f.roles("anna") == [MANAGER, MEMBER]
    f.leaves("anna", role=MANAGER)
    f.cycle()
    assert f.roles("anna") == [MEMBER]


class TestRoles:
    def test_of_many_who_leave_are_taken_where_many_more_stay(self):
        f = FakeMembers()
        leaving, staying = ([f"{kind}{number}" for number in range(count)] for kind, count in (("l", 11), ("s", 200)))
        f.joins(*staying)
        f.account(*staying, *leaving)
        for name in (*staying, *leaving):
            f.works(name)
        assert f.cycle().digest
        assert f.staff() == sorted(staying)

    def test_are_mapped(self):
        f = FakeMembers(mapping={MANAGER: "PROJECT.LEAD"})
        f.joins("anna", role=MANAGER)
        f.account("anna")
        f.cycle()
        assert f.roles("anna") == ["PROJECT.LEAD"]

    def test_without_a_mapping_keep_their_name(self):
        f = FakeMembers(mapping={MANAGER: ADMIN})
        f.joins("anna", role="PROJECT.OWN")
        f.account("anna")
        f.cycle()
        assert f.roles("anna") == ["PROJECT.OWN"]

    def test_that_become_one_are_given_once_and_end_with_the_last(self):
        f = FakeMembers(mapping={MANAGER: MEMBER, ADMIN: MEMBER})
        for role, expires in ((MEMBER, SOON), (MANAGER, FAR), (ADMIN, SOON)):
            f.joins("anna", role=role, expires=expires)
        f.account("anna")
        f.cycle()
        assert [(row.role, row.expires) for row in f.b.rows] == [(MEMBER, FAR)]

    def test_whose_name_a_does_not_show_are_neither_given_nor_taken(self):
        f = FakeMembers()
        f.joins("anna", "bert", role="")
        f.account("anna")
        f.works("bert", role=ADMIN)
        f.cycle()
        assert f.b.writes == []
        assert f.roles("bert") == [ADMIN]

    def test_that_b_refuses_park_one_person_only(self):
        f = FakeMembers()
        f.joins("anna", "bert")
        f.account("anna", "bert")
        f.b.before["grant"] = [Invalid(Side.B, "member.grant", "role: Role is not found.", fields=["role"])]
        kinds = sorted(outcome.kind.value for outcome in f.cycle().outcomes)
        assert kinds == ["parked", "settled"]
        assert len(f.staff()) == 1


class TestEnds:
    @pytest.mark.parametrize(("held", "wanted"), [(SOON, FAR), (FAR, SOON), (SOON, None), (None, FAR)])
    def test_are_carried_over_by_one_change(self, held, wanted):
        f = FakeMembers()
        f.joins("anna", expires=wanted)
        f.works("anna", expires=held)
        f.cycle()
        assert [row.expires for row in f.b.rows] == [wanted]
        assert f.done() == ["change"]

    def test_that_differ_by_less_than_a_second_are_the_same(self):
        f = FakeMembers()
        f.joins("anna", expires=SOON)
        f.works("anna", expires=SOON + timedelta(microseconds=5))
        f.cycle()
        assert f.b.writes == []

    @pytest.mark.parametrize("ago", [0, 1])
    def test_that_have_passed_are_as_if_the_person_had_left(self, ago):
        f = FakeMembers()
        f.joins("anna", "bert", expires=NOW - timedelta(seconds=ago))
        f.joins("carl")
        f.account("anna")
        f.works("bert", "carl")
        f.cycle()
        assert f.staff() == ["carl"]

    def test_of_somebody_elses_grant_are_not_shortened(self):
        f = FakeMembers()
        f.joins("anna", expires=SOON)
        f.works("anna", by=STRANGER)
        report = f.cycle()
        assert f.b.writes == []
        assert "grant_owner_uuids" in report.notes[0]

    def test_of_somebody_elses_grant_are_lengthened_because_a_second_one_could_not_be_taken_away(self):
        f = FakeMembers()
        f.joins("anna")
        f.works("anna", expires=SOON, by=STRANGER)
        f.cycle()
        assert f.done() == ["change"]


class TestPolicy:
    def test_owned_spares_what_another_account_gave_counts_it_and_names_the_remedy(self):
        f = staffed("anna")
        f.works("hand", "made", by=STRANGER)
        f.works("nobodys", by=None)
        report = f.cycle()
        assert f.staff() == ["anna", "hand", "made", "nobodys"]
        assert report.notes == (
            (
                "3 people keep roles on B that A does not ask for, because another account granted them; "
                "name that account in grant_owner_uuids if it is yours, or set membership_policy: exact"
            ),
        )
        assert not report.is_trouble

    def test_who_gave_a_role_is_read_once_while_it_stands(self):
        f = staffed("anna")
        f.works("hand", by=STRANGER)
        for _ in range(3):
            f.cycle()
        assert f.b.calls.count("makers_of") == 1
        f.restart()
        f.cycle()
        assert f.b.calls.count("makers_of") == 2

    def test_owned_takes_what_an_earlier_account_of_ours_gave(self):
        f = staffed("anna", owners=[STRANGER])
        f.works("bert", by=STRANGER)
        f.cycle()
        assert f.staff() == ["anna"]

    def test_owned_spares_a_role_that_others_gave_too(self):
        f = staffed("anna", "gone")
        f.leaves("gone")
        made = [Made(b_user_id("gone"), MEMBER, by) for by in (ME, STRANGER)]
        f.b.makers_of = lambda _project: Complete(tuple(made))
        f.cycle()
        assert f.staff() == ["anna", "gone"]

    def test_exact_takes_everything_that_a_does_not_ask_for(self):
        f = staffed("anna", policy=MembershipPolicy.EXACT)
        f.works("hand", by=STRANGER)
        f.cycle()
        assert f.staff() == ["anna"]
        assert "makers_of" not in f.b.calls

    def test_add_only_takes_nothing_and_shortens_nothing(self):
        f = FakeMembers(policy=MembershipPolicy.ADD_ONLY)
        f.joins("anna", expires=SOON)
        f.joins("bert", role=MANAGER)
        f.works("anna", "bert", "carl")
        f.cycle()
        assert f.done() == ["grant"]
        assert f.roles("bert") == [MANAGER, MEMBER]

    @pytest.mark.parametrize("policy", list(MembershipPolicy))
    def test_our_own_accounts_are_left_alone(self, policy):
        f = staffed("anna", policy=policy, owners=[b_user_id("old")])
        f.works("me", "old", role=ADMIN)
        f.joins("me")
        f.cycle()
        assert f.b.writes == []


class TestUnknownIsNotAbsent:
    @pytest.mark.parametrize("what", ["list_grants", "list_holdings"])
    def test_part_of_a_takes_nobody_out_and_still_lets_people_in(self, what):
        f = staffed("anna", "gone")
        f.leaves("gone")
        f.joins("new")
        f.account("new")
        f.a.flaw[what] = "shorter than counted"
        report = f.cycle()
        assert f.staff() == ["anna", "gone", "new"]
        assert report.problems == ("shorter than counted",)

    @pytest.mark.parametrize("what", ["list_members", "list_hosted"])
    def test_part_of_b_changes_nothing(self, what):
        f = staffed("anna", "gone")
        f.leaves("gone")
        f.joins("new")
        f.account("new")
        f.b.flaw[what] = "shorter than counted"
        assert f.cycle().is_trouble
        assert f.b.writes == []

    @pytest.mark.parametrize("what", ["list_grants", "list_holdings"])
    def test_an_unreadable_a_changes_nothing(self, what):
        f = staffed("anna")
        f.joins("new")
        f.account("new")
        f.a.before[what] = [LATE]
        assert f.cycle().is_trouble
        assert "revoke" not in f.done()

    def test_no_provider_changes_nothing(self):
        f = staffed("anna")
        f.a.before["provider"] = [LATE]
        assert f.cycle().problems == (str(LATE),)
        assert f.b.writes == []

    @pytest.mark.parametrize("first", [True, False])
    def test_our_role_lost_on_b_takes_nobody_out(self, first):
        f = staffed("anna", "gone")
        f.leaves("gone")
        roleless = standing(ME)
        f.b_rights.shown = [roleless] if first else [f.b_rights.shown[0], roleless]
        report = f.cycle()
        assert f.b.writes == []
        assert "holds no role" in report.problems[0]

    @pytest.mark.parametrize("first", [True, False])
    def test_our_role_lost_on_a_takes_nobody_out(self, first):
        f = staffed("anna", "gone")
        f.leaves("gone")
        roleless = standing(uuid_of(0xA8, 1))
        f.a_rights.shown = [roleless] if first else [f.a_rights.shown[0], roleless]
        report = f.cycle()
        assert f.b.writes == []
        assert "holds no role on the provider" in report.problems[0]

    def test_rights_that_cannot_be_read_take_nobody_out(self):
        f = staffed("anna", "gone")
        f.leaves("gone")
        f.b_rights.before["read"] = [LATE]
        assert f.cycle().is_trouble
        assert f.b.writes == []

    def test_who_gave_a_role_has_to_be_known(self):
        f = staffed("anna", "gone")
        f.leaves("gone")
        f.b.before["makers_of"] = [LATE]
        report = f.cycle()
        assert f.staff() == ["anna", "gone"]
        assert report.problems == (str(LATE),)
        assert report.waiting == 1

    def test_a_role_that_nobody_is_said_to_have_given_stays(self):
        f = staffed("anna", "gone")
        f.leaves("gone")
        f.b.makers_of = lambda _project: Complete(())
        report = f.cycle()
        assert f.done() == []
        assert report.waiting == 1


class TestTheGuard:
    def test_holds_a_mass_removal_back_and_its_digest_releases_it(self):
        names = [f"p{number}" for number in range(40)]
        f = staffed(*names)
        f.leaves(*names[:12])
        report = f.cycle()
        assert len(f.staff()) == 40
        assert report.is_trouble
        assert f"--approve-removals {report.digest}" in report.notes[0]
        f.cycle(approved=report.digest)
        assert len(f.staff()) == 28

    def test_lets_a_few_pass(self):
        names = [f"p{number}" for number in range(40)]
        f = staffed(*names)
        f.leaves(*names[:10])
        f.cycle()
        assert len(f.staff()) == 30

    def test_stops_where_a_lists_nobody_for_a_project(self):
        f = staffed("anna")
        f.share(2)
        f.joins("bert", "carl", project=2)
        f.works("bert", "carl", project=2)
        f.leaves("anna")
        f.leaves("carl", project=2)
        report = f.cycle()
        assert (f.staff(1), f.staff(2)) == (["anna"], ["bert"])
        f.cycle(approved=report.digest)
        assert f.staff(1) == []

    def test_holds_nothing_where_the_last_resource_has_ended(self):
        f = staffed("anna")
        f.leaves("anna")
        f.a.holdings[0] = attrs.evolve(f.a.holdings[0], state="Terminated")
        f.cycle()
        assert f.staff() == []


class TestSeveralResources:
    def test_of_one_project_keep_people_together(self):
        f = staffed("anna")
        f.share(2, a_project=1, b_project=1)
        f.a.holdings[0] = attrs.evolve(f.a.holdings[0], is_restricted=True)
        f.cycle()
        assert f.staff() == ["anna"]
        f.a.holdings[1] = attrs.evolve(f.a.holdings[1], state="Terminated")
        f.cycle()
        assert f.staff() == []

    def test_from_two_projects_of_a_in_one_of_b_keep_everybody(self):
        f = staffed("anna")
        f.share(2, a_project=2, b_project=1)
        f.joins("bert", project=2)
        f.works("bert")
        f.cycle()
        assert f.b.writes == []
        f.leaves("anna")
        f.cycle()
        assert f.staff() == ["bert"]

    def test_that_claim_the_same_one_take_nobody_out(self):
        f = staffed("anna", "gone")
        f.leaves("gone")
        f.a.holdings.append(attrs.evolve(f.a.holdings[0], id=a_resource_id(2)))
        f.cycle()
        assert f.b.writes == []

    def test_of_others_keep_whoever_is_still_in_the_project(self):
        f = staffed("anna", "gone")
        f.leaves("gone")
        f.a.holdings[0] = attrs.evolve(f.a.holdings[0], is_restricted=True)
        f.b.resources.append(Hosted(b_resource_id(9), b_project_id(), b_offering_id(2), "OK"))
        f.cycle()
        assert f.staff() == ["anna"]

    def test_of_others_keep_everybody_where_a_lists_nobody_for_the_project_any_more(self):
        f = staffed("anna")
        f.leaves("anna")
        f.a.holdings[0] = attrs.evolve(f.a.holdings[0], state="Terminated")
        f.b.resources.append(Hosted(b_resource_id(9), b_project_id(), b_offering_id(2), "OK"))
        f.cycle()
        assert f.staff() == ["anna"]
        f.b.resources[1] = attrs.evolve(f.b.resources[1], state="Terminated")
        f.cycle()
        assert f.staff() == []

    def test_a_restricted_one_lets_nobody_in(self):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.a.holdings[0] = attrs.evolve(f.a.holdings[0], is_restricted=True)
        f.cycle()
        assert f.b.writes == []

    @pytest.mark.parametrize("link", ["", "unknown", str(b_resource_id(404))])
    def test_one_that_is_not_linked_asks_for_nothing(self, link):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.a.holdings[0] = attrs.evolve(f.a.holdings[0], backend_id=link)
        f.cycle()
        assert f.b.writes == []

    def test_one_in_another_offering_of_b_asks_for_nothing(self):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.b.resources[0] = attrs.evolve(f.b.resources[0], offering=b_offering_id(2))
        f.cycle()
        assert f.b.writes == []

    def test_a_project_that_is_not_ours_is_left_alone(self):
        f = staffed("anna")
        f.works("elsewhere", project=7)
        f.cycle()
        assert f.b.writes == []


class TestConsent:
    def test_is_not_asked_for_by_default(self):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.exposes("anna", has_consent=False)
        f.cycle()
        assert f.staff() == ["anna"]

    def test_lets_in_who_consents(self):
        f = FakeMembers(consented_only=True)
        f.joins("anna")
        f.account("anna")
        f.exposes("anna", has_consent=True)
        f.cycle()
        assert f.staff() == ["anna"]

    def test_that_was_read_as_withdrawn_takes_out(self):
        f = staffed("anna", "bert", consented_only=True)
        f.exposes("anna", has_consent=False)
        f.exposes("bert", has_consent=True)
        f.cycle()
        assert f.staff() == ["bert"]

    @pytest.mark.parametrize("row", [True, False])
    def test_that_is_not_shown_spares_whom_it_does_not_let_in(self, row):
        f = staffed("anna", consented_only=True)
        f.joins("new")
        f.account("new")
        if row:
            f.exposes("anna", has_consent=None)
            f.exposes("new", has_consent=None)
        plan = f.plan()
        assert plan.is_empty
        assert [hold.reason for hold in plan.holds] == [
            "PROJECT.MEMBER is spared: A does not show whether the person consented"
        ]

    def test_nobody_without_it_is_looked_up_on_b(self):
        f = FakeMembers(consented_only=True)
        f.joins("anna")
        f.cycle()
        assert f.b_people.calls == []

    def test_a_restricted_account_has_no_role(self):
        f = staffed("anna", "bert")
        f.exposes("anna", is_restricted=True)
        f.cycle()
        assert f.staff() == ["bert"]


class TestMachines:
    def test_of_a_are_left_alone(self):
        f = staffed("anna")
        f.joins("robot", "course")
        f.account("robot")
        f.works("course")
        f.a.machines = Machines(names=frozenset({"robot"}), a_users=frozenset({a_user_id("course")}))
        f.a.machines = attrs.evolve(f.a.machines, names=frozenset({"robot", "course"}))
        f.cycle()
        assert f.b.writes == []

    def test_of_b_are_left_alone_also_where_everything_else_goes(self):
        f = staffed("anna", policy=MembershipPolicy.EXACT)
        f.works("course", by=STRANGER)
        f.b.machines = Machines(b_users=frozenset({b_user_id("course")}))
        f.cycle()
        assert f.b.writes == []

    @pytest.mark.parametrize("error", [Unsupported(Side.A, "member.list_machines"), Forbidden(Side.A, "x")])
    def test_are_none_where_the_server_shows_none(self, error):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.a.before["list_machines"] = [error]
        assert not f.cycle().is_trouble
        assert f.staff() == ["anna"]

    @pytest.mark.parametrize("flaw", ["unread", "incomplete"])
    def test_that_cannot_be_told_from_people_stop_the_cycle(self, flaw):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        if flaw == "unread":
            f.a.before["list_machines"] = [LATE]
        else:
            f.a.flaw["list_machines"] = "shorter than counted"
        assert f.cycle().is_trouble
        assert f.b.writes == []


def test_the_same_role_twice_is_told_and_left():
    f = staffed("gone")
    f.joins("anna")
    f.works("anna")
    f.works("gone", expires=SOON)
    f.leaves("gone")
    report = f.cycle()
    assert f.b.writes == []
    assert [outcome.kind for outcome in report.outcomes] == [Kind.PARKED]
    assert "have one removed on B" in report.outcomes[0].reason


def test_two_people_of_a_with_one_account_share_its_roles():
    f = FakeMembers()
    f.joins("anna", role=MANAGER)
    f.a.grants.append(attrs.evolve(f.a.grants[0], person=person("anna", id=a_user_id("anna2")), role=MEMBER))
    f.account("anna")
    f.cycle()
    assert f.roles("anna") == [MANAGER, MEMBER]


def test_one_person_that_b_refuses_does_not_stop_the_others():
    f = staffed("anna", "bert", "carl", "dora")
    f.leaves("anna", "bert", "carl")
    f.b.before["revoke"] = [Forbidden(Side.B, "member.revoke", "no", 403)]
    kinds = sorted(outcome.kind.value for outcome in f.cycle().outcomes)
    assert kinds == ["parked", "settled", "settled"]
    assert len(f.staff()) == 2


class TestRefusals:
    NO = Forbidden(Side.B, "member.x", "no", 403)

    def test_are_not_asked_for_again_at_once(self):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.b.before["grant"] = [self.NO]
        kinds = [[outcome.kind for outcome in f.cycle().outcomes] for _ in range(3)]
        assert kinds == [[Kind.PARKED]] * 3
        assert f.done() == ["grant"]

    def test_are_asked_for_again_after_a_while(self):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.b.before["grant"] = [self.NO]
        f.cycle()
        f.clock.time = NOW + timedelta(hours=1)
        f.cycle()
        assert f.staff() == ["anna"]

    def test_of_a_new_role_keep_the_old_one(self):
        f = FakeMembers()
        f.joins("anna", role=MANAGER)
        f.works("anna", role=MEMBER)
        f.b.before["grant"] = [self.NO]
        for _ in range(3):
            f.cycle()
        assert f.roles("anna") == [MEMBER]
        assert f.done() == ["grant"]

    def test_of_several_writes_stop_at_the_first(self):
        f = FakeMembers()
        f.joins("anna", role=MANAGER)
        f.works("anna", role=MEMBER)
        writes = f.plan().writes
        f.learned.refused = {identity_of(write.action): Refusal(NOW, "no") for write in writes}
        f.cycle()
        assert len(writes) == 2
        assert f.done() == []

    def test_of_the_token_are_no_refusals_of_the_write(self):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna")
        f.b.before["grant"] = [Unauthorised(Side.B, "member.grant", "Invalid token.", 401)]
        f.cycle()
        f.cycle()
        assert f.staff() == ["anna"]


def test_why_a_role_goes_is_told():
    f = staffed("anna", "bert", "carl")
    f.leaves("bert")
    f.exposes("anna", is_restricted=True)
    f.leaves("carl")
    f.joins("carl", role=MANAGER)
    reasons = {(a.user, a.why) for a in (w.action for w in f.plan().writes) if isinstance(a, RevokeRole)}
    assert reasons == {
        (b_user_id("anna"), "the person's account in the offering is restricted"),
        (b_user_id("bert"), "no member of the project on A"),
        (b_user_id("carl"), "A gives another role"),
    }


def test_the_plan_is_printed_without_anything_personal():
    f = FakeMembers()
    f.joins("anna", expires=SOON)
    f.works("bert")
    f.joins("carl")
    f.account("anna", "carl")
    text = str(f.plan().as_json()) + repr(f.use_case.observe())
    for name in ("anna", "bert", "carl", "example.org"):
        assert name not in text


def test_projects_are_named_as_on_a():
    f = FakeMembers()
    f.joins("anna")
    f.account("anna")
    assert f.plan().names == {str(b_project_id()): "Snow"}
    assert f.cycle().names == {str(b_project_id()): "Snow"}


def test_planning_writes_nothing_and_applying_settles():
    f = staffed("anna", "gone")
    f.leaves("gone")
    f.joins("new", project=1)
    f.account("new")
    assert not f.plan().is_empty
    assert f.b.writes == []
    f.cycle()
    assert f.plan().is_empty


def test_a_leaver_from_one_project_keeps_the_other():
    f = staffed("anna", "bert")
    f.share(2)
    f.joins("anna", "bert", project=2)
    f.works("anna", "bert", project=2)
    f.leaves("bert", project=2)
    f.cycle()
    assert (f.staff(1), f.staff(2)) == (["anna", "bert"], ["anna"])


@pytest.mark.parametrize(("here", "elsewhere"), [("anna", "anna2"), ("anna2", "anna")])
def test_a_role_is_given_for_the_one_of_two_who_should_have_it(here, elsewhere):
    f = FakeMembers()
    f.share(2)
    f.joins("anna", project=1, id=a_user_id(here))
    f.joins("anna", project=2, id=a_user_id(elsewhere))
    f.account("anna")
    granted = {(write.action.project, write.action.person) for write in f.plan().writes}
    assert granted == {(b_project_id(1), a_user_id(here)), (b_project_id(2), a_user_id(elsewhere))}
