"""What values become: references, spellings, defaults, our own keys, and whose an offering is."""

from datetime import timedelta

import pytest
from tests.unit.settings.documents import DROP, FOR_A, FOR_B, SECRETS, full, good, mistakes, offering, read

from federation_adapters.http.access import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT, ClientCredentials, StaticToken
from federation_core.domain.mapping.attribution import SharedUsage
from federation_core.domain.plan.policy import OrphanPolicy
from federation_core.domain.units import Rounding

ENVIRON = {"TOKEN": "hushhush", "ADDRESS": "https://c.example.org", "SWITCH": "off", "SECONDS": "7.5"}


def test_a_good_document_gives_the_safe_defaults():
    found = offering()
    assert (found.a.credentials, found.b.credentials) == (StaticToken(FOR_A), StaticToken(FOR_B))
    assert (found.a.timeout, found.b.concurrency) == (DEFAULT_TIMEOUT, DEFAULT_CONCURRENCY)
    assert (found.a.verify, found.a.ca_file, found.a.proxy) == (True, "", "")
    assert (found.order_poll_timeout, found.order_poll_interval) == (300, 5)
    assert found.orders.rules.settle == timedelta(seconds=DEFAULT_TIMEOUT + 5)
    assert (found.orders.rules.target_plan, found.orders.rules.accept_terms) == ("", False)
    assert found.orders.orphan_policy is OrphanPolicy.REPORT
    assert (found.mapping.rounding, found.mapping.shared) == (Rounding.CEIL, None)
    assert found.b_events.offering == found.target_offering
    assert found.pool_size == 2 * DEFAULT_CONCURRENCY


def test_our_own_keys():
    component = {"measured_unit": "h", "accounting_type": "limit", "label": "L", "target_components": {"tape": None}}
    found = offering(
        ("s.target_plan", "Large"),
        ("s.accept_terms_of_service", True),
        ("s.orphan_policy", "terminate"),
        ("s.limit_rounding", "half_up"),
        ("s.shared_target_usage", "primary"),
        ("s.create_settle_seconds", 0),
        ("s.request_timeout", 12),
        ("s.max_concurrent_requests", 1),
        ("s.target_verify_ssl", False),
        ("s.target_proxy", "http://proxy.example.org:3128"),
        ("offerings[0].backend_components.cold", {**component, "primary_target": "tape"}),
    )
    rules = found.orders.rules
    assert (rules.target_plan, rules.accept_terms, rules.settle) == ("Large", True, timedelta(0))
    assert found.orders.orphan_policy is OrphanPolicy.TERMINATE
    assert (found.mapping.rounding, found.mapping.shared) == (Rounding.HALF_UP, SharedUsage.PRIMARY)
    assert (found.a.timeout, found.b.timeout, found.a.concurrency, found.b.concurrency) == (12, 12, 1, 1)
    assert (found.a.verify, found.b.verify) == (True, False)
    assert (found.a.proxy, found.b.proxy) == ("", "http://proxy.example.org:3128")


def test_creation_settles_a_little_after_the_time_limit_of_a_request():
    assert offering(("s.request_timeout", 100)).orders.rules.settle == timedelta(seconds=105)


@pytest.mark.parametrize("reference", ["${TOKEN}", "env:TOKEN", " ${TOKEN} "])
@pytest.mark.parametrize("key", ["o.waldur_api_token", "s.target_api_token"])
def test_a_secret_may_stand_in_the_environment(key, reference):
    found = offering((key, reference), environ=ENVIRON)
    assert StaticToken("hushhush") in {found.a.credentials, found.b.credentials}


def test_other_values_may_too():
    changes = [("o.waldur_api_url", "${ADDRESS}"), ("o.verify_ssl", "env:SWITCH"), ("s.request_timeout", "${SECONDS}")]
    found = offering(*changes, environ=ENVIRON)
    assert (found.a.base_url, found.a.verify, found.a.timeout) == ("https://c.example.org", False, 7.5)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_may_stand_in_a_file_beside_the_settings(ending, tmp_path):
    (tmp_path / "token").write_bytes(f"hushhush{ending}".encode())
    settings = read(("o.waldur_api_token", "file:token"), base=tmp_path)
    assert settings.offerings[0].a.credentials == StaticToken("hushhush")


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe", b"x" * 100_000])
def test_a_file_that_holds_no_secret_is_told(content, tmp_path):
    (tmp_path / "token").write_bytes(content)
    (finding,) = mistakes(good(("o.waldur_api_token", "file:token")), base=tmp_path)
    assert finding.path == "offerings[0].waldur_api_token"


@pytest.mark.parametrize("name", ["env:prod", "file:less", "${NAME}"])
def test_a_name_is_taken_as_it_is(name):
    assert offering(("o.name", name)).name == name


@pytest.mark.parametrize(("key", "side"), [("o.ca_file", "a"), ("s.target_ca_file", "b")])
def test_certificates_are_a_file_beside_the_settings(key, side, tmp_path):
    (tmp_path / "ca.pem").touch()
    access = getattr(read((key, "ca.pem"), base=tmp_path).offerings[0], side)
    assert access.ca_file == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("level", "prefix", "token"), [("o", "", "waldur_api_token"), ("s", "target_", "target_api_token")]
)
def test_without_a_token_oidc_is_used_and_with_both_the_token(level, prefix, token):
    oidc = [
        (f"{level}.{prefix}oidc_token_url", "https://id.example.org/token"),
        (f"{level}.{prefix}oidc_client_id", "agent"),
        (f"{level}.{prefix}oidc_client_secret", "hushhush"),
    ]
    grant = ClientCredentials("https://id.example.org/token", "agent", "hushhush")
    both, alone = offering(*oidc), offering(*oidc, (f"{level}.{token}", DROP))
    assert grant not in {both.a.credentials, both.b.credentials}
    assert grant in {alone.a.credentials, alone.b.credentials}


def test_nothing_shows_a_secret():
    settings = read(
        ("o.waldur_api_token", DROP),
        ("o.oidc_token_url", "https://id.example.org/token"),
        ("o.oidc_client_id", "agent"),
        ("o.oidc_client_secret", "hushhush"),
    )
    assert set(settings.secrets()) == {"hushhush", FOR_B}
    assert not any(secret in f"{settings!r} {settings}" for secret in SECRETS)


@pytest.mark.parametrize("ending", ["", "/", "/api", "/api/", "//"])
def test_an_address_ends_as_the_operator_likes(ending):
    assert offering(("o.waldur_api_url", f"https://a.example.fi{ending}")).a.base_url == "https://a.example.fi"


@pytest.mark.parametrize("word", [True, "true", "Yes", "on", "1", 1])
def test_a_truth_value_may_be_written_as_the_official_agent_takes_it(word):
    assert offering(("o.stomp_enabled", word)).a_events.enabled


@pytest.mark.parametrize("port", [443, "443", 443.0])
def test_a_number_may_be_written_as_the_official_agent_takes_it(port):
    assert offering(("o.stomp_ws_port", port)).a_events.port == 443


@pytest.mark.parametrize(
    "key", ["o.waldur_api_token", "o.oidc_token_url", "o.stomp_ws_port", "s.target_plan", "c.limit"]
)
def test_a_key_without_a_value_has_its_default(key):
    changes = [("o.oidc_token_url", "https://id.example.org"), ("o.oidc_client_id", "i"), ("o.oidc_client_secret", "s")]
    wanted = changes if key == "o.waldur_api_token" else []
    assert mistakes(good(*wanted, (key, None))) == ()


def test_intervals_are_seconds():
    prefix = "WALDUR_SITE_AGENT_"
    environ = {f"{prefix}ORDER_PROCESS_PERIOD_MINUTES": "0.5", f"{prefix}REPORT_PERIOD_MINUTES": "10"}
    found = read(environ=environ).intervals
    assert (found.order_process_seconds, found.report_seconds) == (30, 600)
    assert (found.membership_sync_seconds, found.reconciliation_seconds) == (300, 3600)


# the backend keys, whether the offering is ours, its modes
WHOSE = [
    ({"backend_type": "waldur"}, True, set()),
    ({"backend_type": "WALDUR"}, True, set()),
    ({"backend_type": "slurm"}, False, set()),
    ({"backend_type": "waldur", "order_processing_backend": "slurm"}, False, set()),
    ({"backend_type": "slurm", "reporting_backend": "waldur"}, True, {"report"}),
    (
        {"backend_type": "slurm", "order_processing_backend": "slurm", "membership_sync_backend": "waldur"},
        True,
        {"membership_sync"},
    ),
    ({"backend_type": "slurm", "username_management_backend": "waldur-identity-bridge"}, True, set()),
    ({"backend_type": "slurm", "username_management_backend": "freeipa"}, False, set()),
]


@pytest.mark.parametrize(("names", "is_ours", "modes"), WHOSE)
def test_whose_an_offering_is(names, is_ours, modes):
    changes = [("o.order_processing_backend", DROP), *((f"o.{key}", word) for key, word in names.items())]
    settings = read(*changes, ("s.identity_bridge_source", "isd:north"))
    assert (len(settings.offerings), len(settings.skipped)) == ((1, 0) if is_ours else (0, 1))
    if is_ours:
        assert settings.offerings[0].modes == modes


@pytest.mark.parametrize("place", ["o", "s", "c"])
def test_where_another_backend_shares_the_offering_its_keys_are_left_to_it(place):
    theirs = (f"{place}.zzz", 1)
    assert mistakes(good(("o.reporting_backend", "slurm"), theirs)) == ()
    assert [finding.path for finding in mistakes(good(theirs))] == [full(theirs[0])]


def test_a_skipped_offering_shows_no_more_than_its_name():
    (skipped,) = read(("o.backend_type", "hush hush"), ("o.order_processing_backend", DROP)).skipped
    assert (skipped.name, skipped.reason) == ("Tartu nodes", "backend_type is <a text of 9 characters>")
