"""From one offering's settings to what the doctor checks."""

from uuid import UUID

import pytest
from tests.unit.settings.documents import SECRETS, offering

from federation_runner.settings.health import check_settings

OIDC = ("oidc_token_url", "oidc_client_id", "oidc_client_secret")


def checked(*changes):
    return check_settings(offering(*((f"o.{path}", value) for path, value in changes)))


def test_what_is_not_asked_for_is_not_checked():
    wishes = checked().wishes
    assert (wishes.orders, wishes.usage, wishes.members) == (True, False, False)
    assert (wishes.bridge_source, wishes.events_offering, wishes.unit_factors) == ("", None, {})
    assert (wishes.same_server, wishes.accounting) == (False, {"node_hours": "limit"})


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ([], ""),
        ([("membership_sync_backend", "waldur")], "isd:example"),
        ([("username_management_backend", "waldur-identity-bridge")], "isd:example"),
        (
            [("membership_sync_backend", "waldur"), ("backend_settings.user_resolve_method", "user_field")],
            "",
        ),
    ],
)
def test_the_bridge_is_checked_where_it_is_used(changes, source):
    assert checked(("backend_settings.identity_bridge_source", "isd:example"), *changes).wishes.bridge_source == source


def test_factors_without_effect_are_told_by_their_keys():
    component = "backend_components.node_hours"
    wishes = checked((f"{component}.unit_factor", 60000), (f"{component}.unit_factor_reporting", 1)).wishes
    assert wishes.unit_factors == {"node_hours.unit_factor": "60000"}


def test_one_server_is_known_however_it_is_spelt():
    assert checked(("backend_settings.target_api_url", "https://A.example.org")).wishes.same_server


def test_events_of_b_go_by_the_offering_that_is_named_else_by_the_one_that_delivers():
    on = ("backend_settings.target_stomp_enabled", True)
    assert checked(on).wishes.events_offering == UUID("0b" * 16)
    named = ("backend_settings.target_stomp_offering_uuid", "0d" * 16)
    assert checked(on, named).wishes.events_offering == UUID("0d" * 16)


def test_keys_are_told_as_they_stand_in_the_entry():
    settings = checked(("verify_ssl", False))
    assert (settings.a.url, settings.a.token, settings.a.verify, settings.a.verifies) == (
        "waldur_api_url",
        "waldur_api_token",
        "verify_ssl",
        False,
    )
    assert (settings.b.url, settings.b.token, settings.b.verify, settings.b.verifies) == (
        "backend_settings.target_api_url",
        "backend_settings.target_api_token",
        "backend_settings.target_verify_ssl",
        True,
    )


def test_without_a_token_the_keys_are_those_of_oidc():
    values = zip(OIDC, ("https://id.example.org/token", "me", SECRETS[2]), strict=True)
    changes = [(f"backend_settings.target_{name}", value) for name, value in values]
    settings = checked(("backend_settings.target_api_token", ""), *changes)
    assert settings.b.token == ", ".join(f"backend_settings.target_{name}" for name in OIDC)


def test_no_secret_is_in_it():
    assert not any(secret in repr(checked()) for secret in SECRETS)
