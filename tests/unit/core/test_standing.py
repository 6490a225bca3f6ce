import pytest
from tests.strategies.builders import b_customer_id, b_project_id, uuid_of

from federation_core.domain.ids import UserId
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.standing import HeldRole, Standing, blind_to

ME = UserId(uuid_of(0xC0, 1))


def holding(*roles, is_staff=False):
    return Standing(ME, is_staff=is_staff, roles=frozenset(roles))


CASES = {
    "owner of the customer": (Complete(holding(HeldRole("CUSTOMER.OWNER", "customer", b_customer_id().hex))), True),
    "any role on the customer": (Complete(holding(HeldRole("CUSTOM", "customer", b_customer_id().hex))), True),
    "staff": (Complete(holding(is_staff=True)), True),
    "owner of another customer": (
        Complete(holding(HeldRole("CUSTOMER.OWNER", "customer", b_customer_id(2).hex))),
        False,
    ),
    "manager of a project": (Complete(holding(HeldRole("PROJECT.MANAGER", "project", b_project_id().hex))), False),
    "a project that happens to have the customer's UUID": (
        Complete(holding(HeldRole("PROJECT.MANAGER", "project", b_customer_id().hex))),
        False,
    ),
    "no role": (Complete(holding()), False),
    "role seen, but not all was read": (
        Incomplete(holding(HeldRole("CUSTOMER.OWNER", "customer", b_customer_id().hex)), "cut"),
        False,
    ),
    "staff, but not all was read": (Incomplete(holding(is_staff=True), "cut"), False),
    "unread": (Unreadable("timed out"), False),
}


@pytest.mark.parametrize(("seen", "proven"), CASES.values(), ids=CASES)
def test_a_token_is_proven_to_see_a_customer(seen, proven):
    assert (not blind_to(seen, b_customer_id())) is proven


def test_a_token_without_a_role_is_told_with_the_customer_and_the_key():
    reason = blind_to(Complete(holding()), b_customer_id())
    assert str(b_customer_id()) in reason
    assert "target_customer_uuid" in reason


def test_a_standing_that_was_not_read_is_told_with_its_cause():
    assert blind_to(Unreadable("timed out"), b_customer_id()) == "timed out"
