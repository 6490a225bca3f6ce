"""What is decided about the user names of people in the offering."""

import pytest
from tests.strategies.builders import NOW, a_b_account, an_account, field_rules

from federation_core.domain.errors import Disposition
from federation_core.domain.fields.decide import decide_fields
from federation_core.domain.fields.scene import AccountsSeen, FieldScene
from federation_core.domain.fields.usernames import LEAVING, NAMED, WAITING
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.plan.actions.fields import RenameAccount

RULES = field_rules(usernames=True)


def decided(a, b, *, rules=RULES):
    def seen(side):
        return side if isinstance(side, Incomplete | Unreadable) else Complete(tuple(side))

    return decide_fields(FieldScene(NOW, accounts=AccountsSeen(seen(a), seen(b))), rules)


def renamed(a, b, **options):
    return [(write.action.account, write.action.name) for write in decided(a, b, **options).writes]


def given(account, name):
    return [(account.id, name)]


@pytest.mark.parametrize("state", sorted(NAMED))
def test_an_account_gets_the_name_that_b_gave(state):
    account = an_account(state=state, name="old")
    assert renamed([account], [a_b_account()]) == given(account, "b-user-1")
    assert renamed([an_account(state=state, name="b-user-1")], [a_b_account()]) == []


@pytest.mark.parametrize("state", sorted(WAITING))
def test_an_account_that_somebody_has_to_act_on_first_waits(state):
    (hold,) = decided([an_account(state=state)], [a_b_account()]).holds
    assert (hold.why, state in hold.reason) == (Disposition.AGAIN_AFTER, True)


@pytest.mark.parametrize("state", sorted(LEAVING))
def test_an_account_that_goes_is_left(state):
    found = decided([an_account(state=state)], [a_b_account()])
    assert (found.writes, found.holds) == ((), ())


def test_a_state_that_is_not_known_is_told():
    (hold,) = decided([an_account(state="Sleeping")], [a_b_account()]).holds
    assert hold.why is Disposition.BROKEN


@pytest.mark.parametrize(
    "b", [a_b_account(name=""), a_b_account(state="Creating"), a_b_account(person=""), a_b_account(2)]
)
def test_what_b_does_not_show_as_ready_blanks_nothing(b):
    assert renamed([an_account(name="old", state="OK")], [b]) == []
    assert renamed([an_account(name="old", state="OK")], []) == []


def test_a_person_is_known_in_either_case_of_letters():
    account = an_account(person="Person-1@ISD")
    assert renamed([account], [a_b_account()]) == given(account, "b-user-1")


def test_a_person_with_two_accounts_on_one_side_is_left():
    assert renamed([an_account()], [a_b_account(), a_b_account(name="other")]) == []
    assert renamed([an_account(), an_account(2, person="person-1@isd")], [a_b_account()]) == []


def test_people_that_are_kept_out_are_left():
    assert renamed([an_account(is_restricted=True)], [a_b_account()]) == []


def test_a_name_that_would_be_two_peoples_is_for_a_person():
    other = an_account(2, name="b-user-1", state="OK")
    (hold,) = decided([an_account(), other], [a_b_account()]).holds
    assert (hold.why, "somebody else" in hold.reason) == (Disposition.PARKED, True)
    assert (hold.on_a, hold.on_b) == ("none", "some")


def test_people_may_swap_names_and_take_those_of_the_gone():
    both = [an_account(1, name="b-user-2", state="OK"), an_account(2, name="b-user-1", state="OK")]
    assert len(renamed(both, [a_b_account(1), a_b_account(2)])) == 2
    gone = an_account(2, name="b-user-1", state="Deleted")
    assert len(renamed([an_account(), gone], [a_b_account()])) == 1


def test_a_name_whose_owner_keeps_it_is_for_a_person_and_so_is_the_next_in_line():
    waiting = an_account(1, name="b-user-2", state="Pending account linking")
    second = an_account(2, name="b-user-3", state="OK")
    third = an_account(3, name="", state="OK")
    found = decided([waiting, second, third], [a_b_account(1), a_b_account(2), a_b_account(3)])
    assert found.writes == ()
    assert [hold.why for hold in found.holds] == [Disposition.AGAIN_AFTER, Disposition.PARKED, Disposition.PARKED]


def test_where_a_did_not_show_all_nothing_is_written():
    assert renamed(Incomplete((an_account(),), "page 2"), [a_b_account()]) == []
    assert renamed(Unreadable("timed out"), [a_b_account()]) == []
    assert len(renamed([an_account()], Incomplete((a_b_account(),), "page 2"))) == 1


def test_people_who_cannot_be_told_apart_are_noted():
    assert "expose the attribute 'username'" in decided([an_account(person="")], [a_b_account()]).notes[0]
    assert decided([an_account(person="")], [], rules=field_rules()).notes == ()
    assert decided([], [a_b_account()]).notes == ()


def test_the_setting_turns_it_off():
    assert renamed([an_account()], [a_b_account()], rules=field_rules()) == []


def test_the_action_is_the_writes():
    (write,) = decided([an_account()], [a_b_account()]).writes
    assert isinstance(write.action, RenameAccount)
    assert write.chain == f"{an_account().id} user name"
