from uuid import uuid4

from federation_core.domain.ids import AAccountId
from federation_core.domain.records import AAccount, BAccount
from federation_core.domain.usage.names import NameBook


def book(on_a, on_b):
    """From pairs of name and person."""
    a_accounts = [AAccount(AAccountId(uuid4()), person, name, "OK") for name, person in on_a]
    return NameBook.of(a_accounts, [BAccount(person, name, "OK") for name, person in on_b])


def test_a_person_known_on_both_sides_is_translated():
    assert book([("a1", "p")], [("b1", "P")]).on_a("b1") == "a1"


def test_a_name_nobody_is_known_by_stays():
    assert book([("a1", "p")], [("b1", "")]).on_a("b1") == "b1"
    assert book([], []).on_a("x") == "x"


def test_a_name_that_is_somebody_elses_on_a_is_not_used():
    assert book([("x", "p")], [("x", "q")]).on_a("x") is None


def test_a_name_that_a_holds_for_the_same_person_stays():
    assert book([("x", "p")], [("x", "p")]).on_a("x") == "x"


def test_a_name_of_somebody_b_does_not_show_stays():
    assert book([("x", "p")], [("x", "")]).on_a("x") == "x"


def test_two_people_whose_names_are_swapped_are_told_apart():
    swapped = book([("x", "p"), ("y", "q")], [("y", "p"), ("x", "q")])
    assert (swapped.on_a("y"), swapped.on_a("x")) == ("x", "y")


def test_a_person_with_two_names_on_one_side_is_not_translated():
    assert book([("a1", "p"), ("a2", "p")], [("b1", "p")]).on_a("b1") == "b1"


def test_accounts_without_a_name_yet_are_left_out():
    assert book([("", "p")], [("b1", "p")]).on_a("b1") == "b1"
