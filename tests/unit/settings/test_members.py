"""What the settings say of people."""

from uuid import UUID

import pytest
from tests.unit.settings.documents import good, mistakes, offering, read

from federation_core.domain.identity.rules import MatchField, NotFoundAction, ResolveMethod
from federation_core.domain.ids import BUserId
from federation_core.domain.membership.rules import MembershipPolicy
from federation_runner.settings.ownership import NAMES

OLD = BUserId(UUID(int=5))
BRIDGE = ("s.identity_bridge_source", "isd:example")


def test_a_good_document_takes_away_only_what_our_accounts_gave():
    found = offering().members
    assert (found.rules.policy, found.rules.owners, found.rules.role_mapping) == (
        MembershipPolicy.OWNED,
        frozenset(),
        {},
    )
    assert (found.rules.customer, found.rules.offering) == (offering().target_customer, offering().target_offering)
    assert (found.rules.consented_only, found.other_customers) == (False, frozenset())
    assert found.identity.match is MatchField.CUID
    assert found.identity.not_found is NotFoundAction.WARN
    assert not found.identity.pushes


def test_every_wish_about_people():
    found = offering(
        BRIDGE,
        ("s.membership_policy", "add-only"),
        ("s.grant_owner_uuids", [str(OLD), OLD.hex]),
        ("s.role_mapping", {"PROJECT.ADMIN": "PROJECT.MEMBER"}),
        ("s.fetch_consented_users_only", True),
        ("s.user_match_field", "email"),
        ("s.user_resolve_method", "user_field"),
        ("s.user_not_found_action", "fail"),
        ("offerings[0].username_management_backend", "waldur-identity-bridge"),
    ).members
    assert (found.rules.policy, found.rules.owners) == (MembershipPolicy.ADD_ONLY, frozenset({OLD}))
    assert (found.rules.role_on_b("PROJECT.ADMIN"), found.rules.role_on_b("X")) == ("PROJECT.MEMBER", "X")
    assert found.rules.consented_only
    assert (found.identity.match, found.identity.method) == (MatchField.EMAIL, ResolveMethod.FIELD)
    assert (found.identity.source, found.identity.pushes) == ("isd:example", True)
    assert found.identity.not_found is NotFoundAction.FAIL


def test_the_bridge_is_told_where_it_finds_people():
    assert offering(BRIDGE).members.identity.pushes
    assert not offering(BRIDGE, ("s.user_resolve_method", "user_field")).members.identity.pushes


@pytest.mark.parametrize(
    ("changes", "only", "modes"),
    [
        ([], False, {"order_process"}),
        (["username_management_backend"], True, {"order_process", "membership_sync"}),
        (["membership_sync_backend"], False, {"order_process", "membership_sync"}),
        (["membership_sync_backend", "username_management_backend"], False, {"order_process", "membership_sync"}),
    ],
)
def test_where_the_bridge_names_us_and_membership_does_not_profiles_are_all_that_is_carried(changes, only, modes):
    found = offering(BRIDGE, *((f"o.{key}", NAMES[key][0]) for key in changes))
    assert (found.tells_profiles_only, found.asked_modes) == (only, modes)
    assert found.members.rules.carries_roles is not only


@pytest.mark.parametrize(
    ("change", "knows"),
    [
        ((), True),
        (("target_api_url", "https://c.example.org"), False),
        (("identity_bridge_source", "isd:other"), False),
    ],
)
def test_offerings_with_one_target_and_source_know_of_each_others_customers(change, knows):
    document = good(BRIDGE)
    second = good(BRIDGE)["offerings"][0]
    second |= {"name": "Another", "waldur_offering_uuid": "1a" * 16}
    second["backend_settings"] |= {"target_customer_uuid": "1c" * 16, **dict([change] if change else [])}
    document["offerings"].append(second)
    found = read(("offerings", document["offerings"])).offerings
    customers = [one.target_customer for one in found]
    expected = [{customers[1]}, {customers[0]}] if knows else [set(), set()]
    assert [one.members.other_customers for one in found] == expected


@pytest.mark.parametrize(("source", "withdraws"), [("isd:example", False), ("isd:other", True)])
def test_beside_one_that_pushes_profiles_alone_as_the_same_source_nobody_is_withdrawn(source, withdraws):
    first = good(BRIDGE, ("o.membership_sync_backend", "waldur"))["offerings"][0]
    second = good(("s.identity_bridge_source", source), ("o.order_processing_backend", ""))["offerings"][0]
    second |= {"name": "Another", "waldur_offering_uuid": "1a" * 16}
    second["username_management_backend"] = NAMES["username_management_backend"][0]
    found = read(("offerings", [first, second])).offerings
    assert [one.tells_profiles_only for one in found] == [False, True]
    assert found[0].members.withdraws is withdraws


@pytest.mark.parametrize(
    ("key", "value", "cause"),
    [
        ("membership_policy", "all", "owned, exact, add-only"),
        ("grant_owner_uuids", "0c" * 16, "a list of UUIDs"),
        ("grant_owner_uuids", ["x"], "no UUID"),
    ],
)
def test_mistakes_are_named(key, value, cause):
    (found,) = mistakes(good((f"s.{key}", value)))
    assert found.path == f"offerings[0].backend_settings.{key}"
    assert cause in str(found)
