"""Matching people, bringing attributes into form, and what refusals say."""

import pytest
from tests.strategies.builders import uuid_of

from federation_core.domain.errors import Forbidden, Invalid
from federation_core.domain.identity.attributes import differing, in_form, is_empty, to_tell
from federation_core.domain.identity.match import identify
from federation_core.domain.identity.refusals import is_unknown_account, rejected_attributes
from federation_core.domain.identity.rules import IdentityRules, MatchField, ResolveMethod
from federation_core.domain.identity.withdrawal import Withdrawal, judge_withdrawal
from federation_core.domain.ids import AUserId, BUserId, Side
from federation_core.domain.people import APerson, BPerson, Disclosure

ANNA = APerson(AUserId(uuid_of(0xA8, 1)), "anna", "anna@example.org")
ONE, TWO = (BUserId(uuid_of(0xB8, number)) for number in (1, 2))

FORMS = [
    ("gender", 1, "male"),
    ("gender", "2", "female"),
    ("gender", 0, "unknown"),
    ("gender", 9, "unknown"),
    ("gender", "Female", "female"),
    ("gender", 7, None),
    ("gender", None, None),
    ("gender", True, None),
    ("birth_date", "1990-02-28", "1990-02-28"),
    ("birth_date", "1990-02-28T00:00:00Z", "1990-02-28"),
    ("birth_date", "28.2.1990", None),
    ("birth_date", None, None),
    ("affiliations", ["staff", "", None, "member"], ["staff", "member"]),
    ("affiliations", "staff", ["staff"]),
    ("nationalities", None, []),
    ("eduperson_assurance", ("IAP/low",), ["IAP/low"]),
    ("uid_number", 5000, 5000),
    ("uid_number", "5000", 5000),
    ("primary_gid", "five", None),
    ("primary_gid", "", None),
    ("first_name", " Anna ", "Anna"),
    ("first_name", None, ""),
    ("phone_number", 123, "123"),
    ("first_name", {"odd": 1}, ""),
]


@pytest.mark.parametrize(("name", "value", "form"), FORMS)
def test_attributes_in_the_form_that_b_takes(name, value, form):
    assert in_form(name, value) == form
    assert in_form(name, form) == form


def test_only_what_is_allowed_is_told():
    assert to_tell({"gender": 1, "email": "x@y.org", "secret": 1}, {"gender", "email", "address"}) == {
        "email": "x@y.org",
        "gender": "male",
    }


@pytest.mark.parametrize(("value", "expected"), [("", True), (None, True), ([], True), ("x", False), (0, False)])
def test_what_is_empty(value, expected):
    assert is_empty(value) is expected


@pytest.mark.parametrize(
    ("told", "shown", "names"),
    [
        ({"email": "Anna@Example.org"}, {"email": "anna@example.org"}, ()),
        ({"affiliations": ["a", "b"]}, {"affiliations": ["b", "a"]}, ()),
        ({"affiliations": ["a"]}, {"affiliations": ["a", "b"]}, ("affiliations",)),
        ({"gender": "male"}, {"gender": 1}, ()),
        ({"gender": "male"}, {"gender": None}, ("gender",)),
        ({"uid_number": 5}, {"uid_number": "5"}, ()),
        ({"first_name": "Anna"}, {}, ()),
        ({"first_name": "Anna", "last_name": "Ant"}, {"first_name": "Anne", "last_name": "Ant"}, ("first_name",)),
    ],
)
def test_what_b_shows_otherwise(told, shown, names):
    assert differing(told, shown) == names


@pytest.mark.parametrize("match", [MatchField.CUID, MatchField.USERNAME])
def test_names_are_compared_exactly(match):
    rules = IdentityRules(match)
    assert identify([ANNA], [BPerson(ONE, "anna"), BPerson(TWO, "Anna")], rules).users == {ANNA.id: ONE}


def test_one_account_that_is_listed_twice_is_one():
    accounts = [BPerson(ONE, "anna"), BPerson(ONE, "anna", "anna@example.org")]
    assert identify([ANNA], accounts, IdentityRules()).users == {ANNA.id: ONE}


@pytest.mark.parametrize(("method", "found"), [(ResolveMethod.FIELD, False), (ResolveMethod.BRIDGE, True)])
def test_whom_no_address_finds_is_found_by_name_where_b_goes_by_names(method, found):
    result = identify([ANNA], [BPerson(ONE, "anna", "other@example.org")], IdentityRules(MatchField.EMAIL, method))
    assert (ANNA.id in result.users) is found


def test_an_address_counts_before_a_name():
    accounts = [BPerson(ONE, "anna", "other@example.org"), BPerson(TWO, "b-anna", "anna@example.org")]
    rules = IdentityRules(MatchField.EMAIL, ResolveMethod.BRIDGE)
    assert identify([ANNA], accounts, rules).users == {ANNA.id: TWO}


def test_empty_keys_match_nobody():
    nobody = APerson(AUserId(uuid_of(0xA8, 2)))
    result = identify([nobody], [BPerson(ONE)], IdentityRules())
    assert (result.users, result.unclear) == ({}, {nobody.id: frozenset()})


def test_refusals_name_what_they_are_about():
    refusal = Invalid(Side.B, "person.push", "email: Enter a valid email address.", fields=["email"])
    assert rejected_attributes(refusal, ["email", "address"]) == {"email"}
    refusal = Invalid(Side.B, "person.push", "Not allowed: phone_number, gender.")
    assert rejected_attributes(refusal, ["email", "gender"]) == {"gender"}
    refusal = Invalid(Side.B, "person.push", "the person is deactivated.")
    assert rejected_attributes(refusal, ["email"]) == frozenset()


def test_an_account_that_is_not_there():
    assert is_unknown_account(Invalid(Side.B, "member.grant", "user: User is not found.", fields=["user"]))
    assert not is_unknown_account(Invalid(Side.B, "member.grant", "role: Role is not found.", fields=["role"]))
    assert not is_unknown_account(Forbidden(Side.B, "member.grant"))


def test_nobody_is_withdrawn_whom_b_does_not_show():
    assert judge_withdrawal(None, "isd:a") is Withdrawal.UNPROVEN


def test_nothing_personal_is_in_a_repr():
    profile = {"first_name": "anna"}
    shown = repr(
        [
            ANNA,
            BPerson(ONE, "anna", "anna@example.org", profile=profile),
            Disclosure(ANNA.id, None, False, profile, "anna"),
        ]
    )
    assert "anna" not in shown
