"""The chain of one person where no roles are carried over."""

import pytest
from tests.fakes.members import a_user_id, b_user_id
from tests.unit.application.test_explain_person import view_of
from tests.unit.application.test_tell_profiles import LATE, telling
from tests.unit.application.test_why import World

from federation_core.application.explain_chain import NEXT_RUN, READ_FIRST, Mark
from federation_core.application.explain_profile import ACCOUNT, PROFILE, explain_profile
from federation_core.application.explain_reasons import NO_ACCOUNT
from federation_core.application.plan_members import INACTIVE, NO_BRIDGE
from federation_core.domain.errors import Forbidden
from federation_core.domain.identity.rules import MatchField
from federation_core.domain.ids import Side
from federation_core.domain.membership.audience import GOING, MACHINE
from federation_core.domain.membership.claims import BARRED, NO_CONSENT, UNTOLD_CONSENT
from federation_core.domain.membership.decide import SEVERAL_ACCOUNTS, UNTOLD_ACCOUNT
from federation_core.domain.membership.scene import Machines


def chain_of(f, name="anna"):
    (chain,) = explain_profile(view_of(f, name))
    return chain


def test_somebody_new_is_told_of_by_the_next_run():
    chain = chain_of(telling("anna"))
    assert [(link.mark, link.name) for link in chain.links] == [(Mark.YES, ACCOUNT), (Mark.NO, PROFILE)]
    assert chain.first_broken.remedy == NEXT_RUN
    assert chain.about == str(a_user_id("anna"))


def test_somebody_whom_b_shows_alike_has_an_account_there():
    f = telling("anna")
    f.cycle()
    assert [link.mark for link in chain_of(f).links] == [Mark.YES] * 3


@pytest.mark.parametrize(
    ("account", "rules", "reason", "mark"),
    [
        ({"is_restricted": True}, {}, BARRED, Mark.NO),
        ({"state": "Deleted"}, {}, GOING, Mark.NO),
        ({"username": ""}, {}, UNTOLD_ACCOUNT, Mark.UNKNOWN),
        ({"has_consent": False}, {"consented_only": True}, NO_CONSENT, Mark.NO),
        ({}, {"consented_only": True}, UNTOLD_CONSENT, Mark.UNKNOWN),
    ],
)
def test_somebody_who_is_left_out_reads_why(account, rules, reason, mark):
    f = telling(**rules)
    f.exposes("anna", **{"username": "anna", **account})
    link = chain_of(f).first_broken
    assert (link.name, link.seen, link.mark) == (ACCOUNT, reason, mark)
    assert link.remedy


def test_a_service_is_left_out():
    f = telling("anna")
    f.a.machines = Machines(frozenset({"anna"}))
    assert chain_of(f).first_broken.seen == MACHINE


def test_somebody_without_an_account_on_a():
    link = chain_of(telling()).first_broken
    assert (link.mark, link.seen) == (Mark.NO, NO_ACCOUNT)


def test_accounts_that_could_not_be_listed_may_be_anybodys():
    f = telling()
    f.a_people.before["list_disclosures"] = [LATE]
    link = chain_of(f).first_broken
    assert (link.mark, link.remedy) == (Mark.UNKNOWN, READ_FIRST)


def test_accounts_on_b_that_may_be_the_persons_end_the_chain():
    f = telling("anna", match=MatchField.EMAIL)
    f.account("one", "two", email="anna@example.org")
    assert SEVERAL_ACCOUNTS in chain_of(f).links[-1].seen


def test_a_deactivated_account_ends_the_chain():
    f = telling("anna")
    f.account("anna", is_active=False)
    assert INACTIVE in chain_of(f).links[-1].seen


def test_a_closed_bridge_leaves_it_open():
    f = telling("anna")
    f.b_people.before["allowed_attributes"] = [Forbidden(Side.B, "person.allowed", "disabled", 403)]
    link = chain_of(f).first_broken
    assert (link.name, link.seen, link.mark) == (PROFILE, NO_BRIDGE, Mark.UNKNOWN)


class TestFinding:
    def world(self):
        w = World()
        w.members = telling("anna")
        return w

    @pytest.mark.parametrize("key", ["anna", "ANNA@example.org", str(a_user_id("anna"))])
    def test_people_of_a_by_uuid_name_and_address(self, key):
        why = self.world().why
        (candidate,) = why.find(key).candidates
        assert (candidate.side, candidate.id) == (Side.A, a_user_id("anna"))
        (chain,) = why.explain(candidate)
        assert chain.first_broken.name == PROFILE

    def test_an_account_of_b_leads_to_its_person(self):
        w = self.world()
        w.members.cycle()
        (candidate,) = w.why.find(str(b_user_id("anna"))).candidates
        assert (candidate.side, candidate.id) == (Side.A, a_user_id("anna"))

    def test_a_list_that_failed_is_told(self):
        w = self.world()
        w.members.a_people.before["list_disclosures"] = [LATE]
        assert w.why.find("nobody").problems
