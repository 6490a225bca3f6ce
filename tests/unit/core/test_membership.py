"""Actions about people, ends of roles, and what our token on A sees."""

import json
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from tests.strategies.builders import NOW, a_customer_id, b_project_id, uuid_of

from federation_core.domain.ids import AUserId, BUserId, UserId
from federation_core.domain.membership.diff import differences
from federation_core.domain.membership.records import Provider, RoleHeld
from federation_core.domain.membership.scene import Machines
from federation_core.domain.membership.sight import blind_to_provider
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.plan.actions import describe
from federation_core.domain.plan.actions.membership import (
    ChangeGrant,
    FetchPerson,
    GrantRole,
    MemberAction,
    MemberStage,
    PushProfile,
    RevokeRole,
    WithdrawProfile,
)
from federation_core.domain.standing import HeldRole, Standing

ANNA, ACCOUNT, ROOM = AUserId(uuid_of(0xA8, 1)), BUserId(uuid_of(0xB8, 1)), b_project_id()
UNTIL = datetime(2026, 1, 2, 3, tzinfo=UTC)
EVERY = [
    (
        PushProfile(ANNA, None, ("email",)),
        MemberStage.PUSH,
        {"person": str(ANNA), "user": None, "attributes": ["email"]},
    ),
    (FetchPerson(ANNA), MemberStage.PUSH, {"person": str(ANNA)}),
    (
        GrantRole(ROOM, ANNA, "R", UNTIL, ACCOUNT),
        MemberStage.GRANT,
        {
            "project": str(ROOM),
            "person": str(ANNA),
            "role": "R",
            "expires": "2026-01-02T03:00:00+00:00",
            "user": str(ACCOUNT),
        },
    ),
    (
        ChangeGrant(ROOM, ACCOUNT, "R"),
        MemberStage.CHANGE,
        {"project": str(ROOM), "user": str(ACCOUNT), "role": "R", "expires": None},
    ),
    (WithdrawProfile(ACCOUNT), MemberStage.WITHDRAW, {"user": str(ACCOUNT)}),
    (
        RevokeRole(ROOM, ACCOUNT, "R", "gone"),
        MemberStage.REVOKE,
        {"project": str(ROOM), "user": str(ACCOUNT), "role": "R", "why": "gone"},
    ),
]


def test_the_table_has_every_action_about_people():
    assert {type(action) for action, *_ in EVERY} == set(get_args(MemberAction))


@pytest.mark.parametrize(("action", "stage", "fields"), EVERY, ids=lambda value: type(value).__name__)
def test_an_action_is_described_in_json_values(action, stage, fields):
    described = describe(action)
    assert described == {"action": type(action).__name__, **fields}
    assert json.loads(json.dumps(described)) == described
    assert action.stage is stage


def test_what_gives_comes_before_what_takes():
    assert [stage.name for stage in sorted(MemberStage)] == ["PUSH", "GRANT", "CHANGE", "WITHDRAW", "REVOKE"]


SOON, LATE = NOW + timedelta(days=1), NOW + timedelta(days=2)


@pytest.mark.parametrize(
    ("held", "wanted", "kind"),
    [
        (None, None, ""),
        (SOON, SOON + timedelta(microseconds=9), ""),
        (SOON, LATE, "short"),
        (SOON, None, "short"),
        (LATE, SOON, "long"),
        (None, LATE, "long"),
    ],
)
def test_an_end_is_too_early_too_late_or_right(held, wanted, kind):
    found = differences({"R": wanted}, [RoleHeld(ROOM, "R", held)])
    assert (bool(found.short), bool(found.long)) == (kind == "short", kind == "long")


def test_a_role_that_is_held_twice_is_neither_given_nor_taken():
    twice = [RoleHeld(ROOM, "R"), RoleHeld(ROOM, "R", SOON)]
    for wanted in ({}, {"R": None}):
        found = differences(wanted, twice)
        assert (found.lacking, found.surplus, found.doubled) == ((), (), ("R",))


def test_a_role_without_an_end_stands_before_those_with_one():
    assert RoleHeld(ROOM, "R") < RoleHeld(ROOM, "R", SOON)


PROVIDER = Provider(a_customer_id(7), uuid_of(0xA7, 1))


def held(scope, *, is_staff=False):
    roles = frozenset({HeldRole("OWNER", "customer", scope.hex)})
    return Complete(Standing(UserId(uuid_of(0xC0, 1)), is_staff=is_staff, roles=roles))


@pytest.mark.parametrize(
    ("seen", "sees"),
    [
        (held(PROVIDER.customer), True),
        (held(PROVIDER.id), True),
        (held(a_customer_id(8)), False),
        (held(a_customer_id(8), is_staff=True), True),
        (Incomplete(held(PROVIDER.customer).value, "cut"), False),
        (Unreadable("late"), False),
    ],
)
def test_our_token_on_a_sees_everybody_with_a_role_on_the_provider(seen, sees):
    assert (not blind_to_provider(seen, PROVIDER)) is sees


def test_machines_add_up():
    a, b = Machines(frozenset({"x"}), frozenset({ANNA})), Machines(frozenset({"y"}), b_users=frozenset({ACCOUNT}))
    assert a.with_(b) == Machines(frozenset({"x", "y"}), frozenset({ANNA}), frozenset({ACCOUNT}))
