"""The chains of one person, by what was seen; what needs a whole pair of servers is played in the scenarios."""

from datetime import timedelta

import attrs
import pytest
from tests.fakes.members import ME, MEMBER, FakeMembers, a_user_id, b_user_id
from tests.strategies.builders import NOW, a_project_id, b_project_id

from federation_core.application.explain_chain import NEXT_RUN, READ_FIRST, Mark, remedy_of
from federation_core.application.explain_person import explain_person
from federation_core.application.explain_reasons import LEFT_ALONE
from federation_core.application.person_view import PersonView
from federation_core.domain.errors import Disposition
from federation_core.domain.identity.rules import MatchField, NotFoundAction, ResolveMethod
from federation_core.domain.membership.claims import GONE, UNTOLD_ROLE
from federation_core.domain.membership.decide import SEVERAL_ACCOUNTS, UNTOLD_ACCOUNT
from federation_core.domain.membership.scene import Machines
from federation_core.domain.observed import Complete

BY_EMAIL = {"match": MatchField.EMAIL}


def view_of(f, name="anna", *, account=None, makers=None):
    person = a_user_id(name) if account is None else None
    return PersonView(f.use_case.observe(), f.settings, person, account, makers or {})


def chain_of(f, name="anna", **options):
    (chain,) = explain_person(view_of(f, name, **options))
    return chain


def link_of(chain, name):
    return next(link for link in chain.links if link.name == name)


def staffed(*names, **settings):
    f = FakeMembers(**settings)
    f.joins(*names)
    f.works(*names)
    return f


def asked_for_makers(f, view):
    """The view with what B tells of who gave the roles."""
    return attrs.evolve(view, makers={room: f.b.makers_of(room) for room in view.rooms_to_ask})


def test_somebody_nobody_knows_has_no_role_on_a():
    chain = chain_of(staffed("bert"))
    assert (chain.about, [link.name for link in chain.links]) == ("", ["role on A"])
    assert chain.first_broken.seen == GONE


def test_a_role_that_has_ended_is_named():
    f = FakeMembers()
    f.joins("anna", expires=NOW - timedelta(days=1))
    link = chain_of(f).first_broken
    assert link.seen == f"{MEMBER} in Snow {a_project_id()} has ended"


def test_a_role_that_has_ended_matters_not_beside_one_that_runs():
    f = staffed("anna")
    f.joins("anna", role="PROJECT.ADMIN", expires=NOW - timedelta(days=1))
    assert chain_of(f).mark is Mark.YES


def test_a_list_of_roles_that_was_cut_short_tells_no_absence():
    f = staffed("anna")
    f.leaves("anna")
    f.a.flaw["list_grants"] = "1 of 2"
    link = link_of(chain_of(f, account=b_user_id("anna")), "role on A")
    assert (link.mark, link.remedy) == (Mark.UNKNOWN, READ_FIRST)
    assert "1 of 2" in link.seen


def test_a_role_whose_name_a_does_not_show():
    f = FakeMembers()
    f.joins("anna", role="")
    chain = chain_of(f)
    assert [(link.name, link.mark) for link in chain.links[:3]] == [
        ("role on A", Mark.UNKNOWN),
        ("project on B", Mark.YES),
        ("claim", Mark.UNKNOWN),
    ]
    assert UNTOLD_ROLE in chain.first_broken.seen
    assert link_of(chain, "account on B").seen == "not looked for, as no role is asked for"


def test_who_does_not_consent_is_dropped():
    f = staffed("anna", consented_only=True)
    f.exposes("anna", has_consent=False)
    assert link_of(chain_of(f), "claim").mark is Mark.NO


class TestLeftAlone:
    def test_an_account_of_a_service_on_a(self):
        f = staffed("anna")
        f.a.machines = Machines(a_users=frozenset({a_user_id("anna")}))
        chain = chain_of(f)
        assert (chain.links[-1].name, chain.links[-1].seen) == ("claim", LEFT_ALONE)

    def test_our_own_account_on_b(self):
        f = FakeMembers()
        f.works("me")
        chain = chain_of(f, account=ME)
        assert (chain.links[-1].name, chain.links[-1].seen) == ("claim", LEFT_ALONE)


class TestAccount:
    def test_several_that_may_be_the_persons(self):
        f = FakeMembers(**BY_EMAIL)
        f.joins("anna")
        f.account("anna", "double", email="anna@example.org")
        link = link_of(chain_of(f), "account on B")
        assert link.mark is Mark.UNKNOWN
        assert link.seen.startswith(f"{SEVERAL_ACCOUNTS}: ")
        assert str(b_user_id("double")) in link.seen

    def test_a_person_of_whom_a_shows_too_little(self):
        f = FakeMembers(**BY_EMAIL)
        f.joins("anna", email="")
        link = link_of(chain_of(f), "account on B")
        assert (link.mark, link.seen) == (Mark.UNKNOWN, UNTOLD_ACCOUNT)

    def test_is_found_by_the_field_that_tells(self):
        f = staffed("anna", **BY_EMAIL)
        assert link_of(chain_of(f), "account on B").seen == f"{b_user_id('anna')}, found by email (user_field)"

    def test_is_found_by_user_name_where_e_mail_addresses_differ(self):
        f = FakeMembers(method=ResolveMethod.EDUTEAMS, **BY_EMAIL)
        f.joins("anna")
        f.works("anna")
        f.account("anna", email="ant@example.org")
        assert "found by username (remote_eduteams)" in link_of(chain_of(f), "account on B").seen

    def test_whom_an_introduction_brought_to_light(self):
        f = staffed("anna")
        f.learned.users[a_user_id("anna")] = b_user_id("other")
        f.b.rows.clear()
        f.works("other")
        f.b_people.shown = set()
        assert "brought to light by" in link_of(chain_of(f), "account on B").seen

    def test_is_fetched_by_the_next_run(self):
        f = FakeMembers(method=ResolveMethod.EDUTEAMS)
        f.joins("anna")
        link = link_of(chain_of(f), "account on B")
        assert (link.mark, link.remedy) == (Mark.NO, NEXT_RUN)
        assert "FetchPerson" in link.seen

    def test_whose_absence_is_for_a_person_to_mend(self):
        f = FakeMembers(not_found=NotFoundAction.FAIL)
        f.joins("anna")
        chain = chain_of(f)
        assert link_of(chain, "account on B").mark is Mark.NO
        assert link_of(chain, "next write").mark is Mark.NO

    def test_that_could_not_be_looked_up(self):
        f = FakeMembers()
        f.joins("anna")
        f.b_people.flaw["look_up"] = "1 of 2"
        link = link_of(chain_of(f), "account on B")
        assert (link.mark, link.remedy) == (Mark.UNKNOWN, READ_FIRST)

    def test_where_b_was_not_read_nothing_is_planned(self):
        f = FakeMembers()
        f.joins("anna")
        f.b.flaw["list_members"] = "1 of 2"
        chain = chain_of(f)
        assert link_of(chain, "account on B").mark is Mark.UNKNOWN
        assert link_of(chain, "role on B").seen == f"{MEMBER} was not seen"
        assert chain.mark is Mark.UNKNOWN


class TestRole:
    def test_that_we_gave(self):
        f = staffed("anna")
        (chain,) = explain_person(asked_for_makers(f, view_of(f)))
        assert link_of(chain, "role on B").seen == f"{MEMBER}, given by us ({ME})"

    @pytest.mark.parametrize("giver", [b_user_id("chief"), None])
    def test_that_another_account_gave(self, giver):
        f = FakeMembers()
        f.joins("anna")
        f.works("anna", by=giver)
        (chain,) = explain_person(asked_for_makers(f, view_of(f)))
        named = "nobody is told" if giver is None else giver
        assert link_of(chain, "role on B").seen == f"{MEMBER}, given by another account ({named})"

    def test_whose_giver_was_not_read(self):
        assert link_of(chain_of(staffed("anna")), "role on B").seen == f"{MEMBER}, and who gave it is not told"

    def test_that_was_refused_a_short_while_ago_names_why(self):
        f = FakeMembers()
        f.joins("anna")
        f.account("anna", is_active=False)
        link = link_of(chain_of(f), "role on B")
        assert "deactivated" in link.remedy
        assert "have the account activated on B" in link.remedy

    def test_that_is_not_planned_while_not_all_was_read(self):
        f = staffed("anna", "bert")
        f.joins("anna", role="PROJECT.ADMIN")
        f.b.flaw["list_hosted"] = "1 of 2"
        missing = [link for link in chain_of(f).links if link.name == "role on B" and link.mark is Mark.NO]
        assert [link.remedy for link in missing] == [READ_FIRST]

    def test_that_is_held_until_its_giver_was_read(self):
        f = staffed("anna", "bert")
        f.leaves("anna")
        f.b.flaw["makers_of"] = "1 of 2"
        link = link_of(chain_of(f, account=b_user_id("anna")), "next write")
        assert (link.mark, link.remedy) == (Mark.NO, remedy_of(Disposition.AGAIN_AFTER))


class TestProject:
    def test_without_any_resource_of_the_offering(self):
        f = FakeMembers()
        f.joins("anna", project=5)
        chain = chain_of(f)
        assert chain.about == f"Snow {a_project_id(5)}"
        assert link_of(chain, "project on B").remedy == "order one on A"

    def test_without_any_resource_matters_not_beside_one_that_has(self):
        f = staffed("anna")
        f.joins("anna", project=5)
        assert str(b_project_id()) in chain_of(f).about

    def test_whose_resources_could_not_all_be_listed(self):
        f = FakeMembers()
        f.joins("anna", project=5)
        f.a.flaw["list_holdings"] = "1 of 2"
        link = link_of(chain_of(f), "project on B")
        assert (link.mark, link.seen, link.remedy) == (Mark.UNKNOWN, "1 of 2", READ_FIRST)

    def test_of_an_offering_that_does_not_ask_us(self):
        (chain,) = explain_person(view_of(staffed("anna")), "membership_sync_backend")
        assert (chain.links[0].name, chain.mark) == ("mode", Mark.NO)


def test_somebody_whom_only_b_shows_has_no_role_on_a():
    f = staffed("anna", "bert")
    f.leaves("anna")
    view = asked_for_makers(f, view_of(f, account=b_user_id("anna")))
    (chain,) = explain_person(view)
    assert link_of(chain, "role on A").seen == GONE
    assert link_of(chain, "account on B").seen == str(b_user_id("anna"))
    assert "RevokeRole" in link_of(chain, "next write").seen
    assert isinstance(view.makers[b_project_id()], Complete)
