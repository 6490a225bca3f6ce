"""The member use case where no roles are carried over: B is told of people with an account in A's offering, of nothing else."""

import pytest
from tests.fakes.members import SOURCE, FakeMembers, a_user_id, b_user_id

from federation_core.application.outcome import Kind
from federation_core.domain.errors import Forbidden, TimedOut
from federation_core.domain.identity.rules import MatchField, ResolveMethod
from federation_core.domain.ids import Side
from federation_core.domain.membership.decide import SEVERAL_ACCOUNTS, UNTOLD_ACCOUNT
from federation_core.domain.membership.scene import Machines

LATE = TimedOut(Side.A, "person.list_disclosures", "read timed out")


def telling(*names, **settings):
    """People with an account in A's offering, and a bridge; nobody has a role anywhere."""
    usual = {"carries_roles": False, "method": ResolveMethod.BRIDGE, "source": SOURCE}
    f = FakeMembers(**{**usual, **settings})
    for name in names:
        f.exposes(name, username=name, first_name=name.title(), email=f"{name}@example.org")
    return f


def told(f):
    return sorted(name for name, _, _ in f.b_people.pushes)


def test_everybody_with_an_account_is_told_of():
    f = telling("anna", "bert")
    report = f.cycle()
    assert f.b_people.pushes == [
        (name, SOURCE, {"first_name": name.title(), "email": f"{name}@example.org"}) for name in ("anna", "bert")
    ]
    assert [outcome.kind for outcome in report.outcomes] == [Kind.SETTLED] * 2
    assert not report.is_trouble


def test_what_b_shows_alike_is_not_told_again():
    f = telling("anna")
    f.cycle()
    f.restart()
    assert f.plan().is_empty
    f.exposes("anna", username="anna", first_name="Ann")
    f.cycle()
    assert told(f) == ["anna", "anna"]


def test_somebody_whom_b_does_not_show_is_told_of_once_per_process():
    f = telling("anna")
    f.b_people.shown = set()
    f.cycle()
    f.cycle()
    assert told(f) == ["anna"]
    f.restart()
    f.cycle()
    assert told(f) == ["anna", "anna"]


def test_roles_and_projects_are_not_even_read():
    f = telling("anna")
    f.joins("anna", "bert")
    f.works("gone")
    f.cycle()
    assert set(f.a.calls) == {"list_machines"}
    assert (f.b.calls, f.b.writes, f.b_people.withdrawals) == ([], [], [])
    assert (f.a_rights.reads, f.b_rights.reads) == (0, 0)


def test_who_vanishes_is_not_withdrawn():
    f = telling("anna", "bert")
    f.cycle()
    del f.a_people.disclosures[a_user_id("bert")]
    report = f.cycle()
    assert (report.outcomes, f.b_people.withdrawals) == ((), [])


@pytest.mark.parametrize(
    "account",
    [
        {"is_restricted": True},
        {"state": "Requested deletion"},
        {"state": "Deleting"},
        {"state": "Deleted"},
        {"state": "Error deleting"},
        {"state": "Something new"},
    ],
)
def test_an_account_that_is_barred_or_goes_is_left_out(account):
    f = telling("anna")
    f.exposes("bert", username="bert", **account)
    assert not f.cycle().is_trouble
    assert told(f) == ["anna"]


@pytest.mark.parametrize(
    "state",
    ["", "OK", "Requested", "Creating", "Error creating", "Pending account linking", "Pending additional validation"],
)
def test_an_account_that_is_there_or_comes_is_told_of(state):
    f = telling()
    f.exposes("bert", username="bert", state=state)
    f.cycle()
    assert told(f) == ["bert"]


@pytest.mark.parametrize(("has_consent", "names"), [(True, ["anna"]), (False, []), (None, [])])
def test_consent_is_needed_where_it_is_asked_for(has_consent, names):
    f = telling(consented_only=True)
    f.exposes("anna", username="anna", has_consent=has_consent)
    f.cycle()
    assert told(f) == names


def test_services_are_left_out():
    f = telling("anna", "robot")
    f.a.machines = Machines(frozenset({"robot"}))
    f.cycle()
    assert told(f) == ["anna"]


def test_where_people_cannot_be_told_from_services_nobody_is_told_of():
    f = telling("anna")
    f.a.flaw["list_machines"] = "cut short"
    report = f.cycle()
    assert (told(f), report.problems) == ([], ("cut short",))


def test_where_the_provider_cannot_be_read_nobody_is_told_of():
    f = telling("anna")
    f.a.before["provider"] = [Forbidden(Side.A, "member.provider", "no", 403)]
    report = f.cycle()
    assert told(f) == []
    assert len(report.problems) == 1


def test_a_list_that_is_cut_short_still_tells_whom_it_has():
    f = telling("anna")
    f.a_people.flaw["list_disclosures"] = "cut short"
    report = f.cycle()
    assert (told(f), report.problems) == (["anna"], ("cut short",))


def test_a_list_that_fails_tells_nobody():
    f = telling("anna")
    f.a_people.before["list_disclosures"] = [LATE]
    report = f.cycle()
    assert told(f) == []
    assert len(report.problems) == 1


def test_a_name_that_a_does_not_show_waits_for_a_person():
    f = telling("anna")
    f.exposes("bert", first_name="Bert", email="bert@example.org")
    report = f.cycle()
    assert told(f) == ["anna"]
    (held,) = [outcome for outcome in report.outcomes if outcome.kind is Kind.PARKED]
    assert (held.key, held.reason) == (str(a_user_id("bert")), UNTOLD_ACCOUNT)


def test_several_accounts_that_may_be_the_persons_wait_for_a_person():
    f = telling("anna", match=MatchField.EMAIL)
    f.account("one", "two", email="anna@example.org")
    report = f.cycle()
    assert told(f) == []
    assert [(one.kind, one.reason) for one in report.outcomes] == [(Kind.PARKED, SEVERAL_ACCOUNTS)]


def test_an_address_that_is_none_is_not_compared():
    f = telling(match=MatchField.EMAIL)
    f.exposes("anna", username="anna", email=7)
    f.cycle()
    assert told(f) == ["anna"]


def test_a_deactivated_account_is_left_alone():
    f = telling("anna")
    f.account("anna", is_active=False)
    assert not f.cycle().is_trouble
    assert told(f) == []


def test_nobody_to_tell_of_is_fine():
    report = telling().cycle()
    assert (report.outcomes, report.problems) == ((), ())


def test_a_bridge_that_is_closed_is_a_problem():
    f = telling("anna")
    f.b_people.before["allowed_attributes"] = [Forbidden(Side.B, "person.allowed", "disabled", 403)]
    report = f.cycle()
    assert told(f) == []
    assert len(report.problems) == 1


def test_an_account_under_another_name_is_told_by_that_name():
    f = telling("anna", match=MatchField.EMAIL)
    f.account("annie", email="anna@example.org", sources=frozenset())
    f.cycle()
    assert told(f) == ["annie"]
    assert f.b_people.accounts[b_user_id("annie")].sources == {SOURCE}
