"""Every mistake is told once, where it stands, with a fix, and without the value."""

from decimal import Decimal

import pytest
from tests.unit.settings.documents import DROP, SECRETS, full, good, mistakes

COMPONENT = {"measured_unit": "h", "accounting_type": "usage", "label": "L"}
SHARED = {**COMPONENT, "target_components": {"gpu_hours": {"factor": 1}}}

# change, value, where the finding stands (the change's own place if empty), and words of its cause or fix
ONE_EACH = [
    ("offerings", None, "", "missing"),
    ("offerings", DROP, "", "missing"),
    ("offerings", [], "", "at least one entry"),
    ("offerings", {"a": 1}, "", "a mapping of 1 key"),
    ("offerings[0]", "hushhush", "", "a text of 8 characters"),
    ("ofrings", [], "", "did you mean offerings?"),
    ("log_level", "LOUD", "", "DEBUG"),
    ("timezone", "Mars/Olympus", "", "IANA"),
    ("timezone", "../zone", "", "IANA"),
    ("reporting_periods", 13, "", "from 1 to 12"),
    ("reporting_periods", 2.5, "", "from 1 to 12"),
    ("reporting_periods", True, "", "a truth value"),
    ("global_proxy", "proxy:3128", "", "no scheme"),
    ("global_proxy", "http://u:hushhush@proxy:3128", "", "credentials"),
    ("expose_backend_error_details", "perhaps", "", "true or false"),
    ("sentry_dsn", "hushhush", "", "no scheme"),
    ("elastic_apm_server_url", "ftp://e.example", "", "another scheme"),
    ("log_shipping", True, "", "mapping"),
    ("log_shipping", {"ship_interval_seconds": 9}, "log_shipping.ship_interval_seconds", "from 10"),
    ("log_shipping", {"buffer_size_mb": 0}, "log_shipping.buffer_size_mb", "from 1"),
    ("log_shipping", {"enable": True}, "log_shipping.enable", "did you mean enabled?"),
    ("stomp_enabled", True, "", "belongs in offerings[]"),
    ("waldur_api_token", "hushhush", "", "belongs in offerings[]"),
    ("o.name", " ", "", "empty"),
    ("o.name", DROP, "", "missing"),
    ("o.name", ["hushhush"], "", "a list of 1 item"),
    ("o.waldur_api_url", "a.example.org/api/", "", "no scheme"),
    ("o.waldur_api_url", "https://", "", "host"),
    ("o.waldur_api_url", "https://a.example.org:port/", "", "no URL"),
    ("o.waldur_api_url", "https://a:hushhush@a.example.org/", "", "credentials"),
    ("o.waldur_api_url", "https://a.example.org/?token=hushhush", "", "query"),
    ("o.waldur_api_url", "https://${HOST}/api/", "", "not usable"),
    ("o.waldur_api_token", "", "", "or all of oidc_token_url, oidc_client_id, oidc_client_secret"),
    ("o.waldur_api_token", DROP, "", "missing"),
    ("o.waldur_api_token", "hush hush", "", "spaces"),
    ("o.waldur_api_token", "${NOT_SET}", "", "NOT_SET is not set"),
    ("o.waldur_api_token", "env:NOT_SET", "", "NOT_SET is not set"),
    ("o.waldur_api_token", "file:absent", "", "cannot be read"),
    ("o.waldur_api_token", {"hushhush": 1}, "", "a mapping of 1 key"),
    ("o.waldur_offering_uuid", "0a0a", "", "a text of 4 characters that is no UUID"),
    ("o.waldur_offering_uuid", 12, "", "no UUID"),
    ("o.backend_type", DROP, "", "missing"),
    ("o.backend_type", "waldurr", "", "did you mean waldur?"),
    ("o.order_processing_backend", "Waldur", "", "did you mean waldur?"),
    ("o.reporting_backend", "wladur", "", "did you mean waldur?"),
    ("o.username_management_backend", "waldur_identity_bridge", "", "did you mean waldur-identity-bridge?"),
    ("o.username_management_backend", "waldur-identity-bridge", "s.identity_bridge_source", "isd:example"),
    ("o.ca_file", "absent.pem", "", "no such file"),
    ("o.ca_file", "x" * 5000, "", "no such file"),
    ("o.ca_file", "a\0b", "", "no such file"),
    ("o.stomp_ws_port", 70_000, "", "65535"),
    ("o.verify_ssl", 2, "", "true or false"),
    ("o.target_stomp_enabled", True, "", "belongs in offerings[].backend_settings"),
    ("o.target_stomp_enable", True, "", "did you mean target_stomp_enabled, which belongs in offerings[].backend_set"),
    ("o.stomp_enable", True, "", "did you mean stomp_enabled?"),
    ("o.zzz", "hushhush", "", "remove it"),
    ("o.backend_settings", "hushhush", "", "a text of 8 characters"),
    ("o.backend_components", ["cpu"], "", "a list of 1 item"),
    ("s.stomp_enabled", True, "", "belongs in offerings[]"),
    ("s.target_api_url", "b.example.org", "", "no scheme"),
    ("s.target_api_url", DROP, "", "missing"),
    ("s.target_api_token", DROP, "", "or all of target_oidc_token_url"),
    ("s.target_offering_uuid", "x" * 32, "", "no UUID"),
    ("s.target_customer_uuid", DROP, "", "missing"),
    ("s.user_match_field", "passport", "", "cuid, email, username"),
    ("s.user_resolve_method", "guess", "", "identity_bridge, remote_eduteams, user_field"),
    ("s.user_resolve_method", "identity_bridge", "s.identity_bridge_source", "isd:example"),
    ("s.user_not_found_action", "panic", "", "warn, fail"),
    ("s.role_mapping", ["a"], "", "mapping"),
    ("s.role_mapping", {"PROJECT.ADMIN": ""}, "", "empty"),
    ("s.end_date_sync_direction", "sideways", "", "a_to_b, b_to_a, bidirectional, disabled"),
    ("s.limit_sync_direction", "a_to_b", "", "b_to_a, disabled"),
    ("s.passthrough_attributes", "image", "", "a list"),
    ("s.passthrough_attributes", [{}], "", "a mapping of 0 keys"),
    ("s.fetch_consented_users_only", "soon", "", "true or false"),
    ("s.target_stomp_offering_uuid", "x", "", "no UUID"),
    ("s.orphan_policy", "delete", "", "report, terminate"),
    ("s.limit_rounding", "up", "", "ceil, floor, half_up"),
    ("s.shared_target_usage", "halve", "", "split, primary"),
    ("s.request_timeout", 0, "", "above 0, at most 600"),
    ("s.request_timeout", 10**400, "", "out of range"),
    ("s.request_timeout", Decimal("Infinity"), "", "not finite"),
    ("s.max_concurrent_requests", 33, "", "from 1 to 32"),
    ("s.create_settle_seconds", -1, "", "from 0"),
    ("s.order_poll_timeout", 0, "", "above 0"),
    ("s.order_poll_interval", "often", "", "not a number"),
    ("s.target_verify_ssl", "never", "", "true or false"),
    ("s.target_ca_file", "absent.pem", "", "no such file"),
    ("s.target_proxy", "socks5://proxy", "", "another scheme"),
    ("s.periodic_limits", {"enabled": "soon"}, "s.periodic_limits.enabled", "true or false"),
    ("s.backend_id_max_retries", "many", "", "not a number"),
    ("c.accounting_type", "fixed", "", "usage, limit, one"),
    ("c.accounting_type", DROP, "", "missing"),
    ("c.label", None, "", "missing"),
    ("c.limit_period", "weekly", "", "annual, month, quarterly, total"),
    ("c.is_prepaid", "soon", "", "true or false"),
    ("c.unit_facter", 2, "", "did you mean unit_factor?"),
    ("c.factor", 2, "", "target_components.NAME"),
    ("c.usage_attribution", "median", "", "sum, max, mean, primary"),
    ("c.usage_attribution", "primary", "c", "without a primary target"),
    ("c.primary_target", "cpu", "c", "not one of its targets"),
    ("c.target_components", ["gpu"], "", "mapping"),
    ("c.target_components.gpu_hours", 5, "", "write {factor: 1}"),
    ("c.target_components.gpu_hours", 0, "", "write {factor: 1}"),
    ("c.target_components.gpu_hours", {"facter": 5}, "c.target_components.gpu_hours.facter", "did you mean factor?"),
    ("c.target_components.gpu_hours.factor", "five", "", "not a number"),
    ("c.target_components.gpu_hours.factor", -2, "", "not above zero"),
    ("c.target_components.gpu_hours.factor", 0, "", "not above zero"),
    ("c.target_components.gpu_hours.factor", None, "", "nothing after the key"),
    ("c.target_components.gpu_hours.factor", True, "", "a truth value"),
    ("c.target_components.gpu_hours.factor", Decimal("NaN"), "", "not finite"),
    ("c.target_components.gpu_hours.factor", float("inf"), "", "not finite"),
    ("offerings[0].backend_components.other", "hushhush", "", "a text of 8 characters"),
    ("offerings[0].backend_components.other", SHARED, "offerings[0].backend_components", "shared_target_usage"),
]


@pytest.mark.parametrize(("place", "value", "where", "words"), ONE_EACH)
def test_a_mistake_is_one_finding_at_its_place(place, value, where, words, tmp_path):
    document = good((place, value))
    if place == "ofrings":
        del document["offerings"]
    (finding,) = mistakes(document, base=tmp_path)
    assert finding.path == full(where or place)
    assert words in f"{finding.cause}; {finding.fix}"
    assert not any(secret in str(finding) for secret in SECRETS)


# several changes at once, whose finding is one because the rest follows from it
MOVED = [
    ([("s.target_api_url", DROP), ("o.target_api_url", "https://b.example.org")], "o.target_api_url"),
    ([("s.target_api_token", DROP), ("s.target_api_tokn", "hushhush")], "s.target_api_tokn"),
    ([("o.waldur_api_token", DROP), ("s.waldur_api_token", "hushhush")], "s.waldur_api_token"),
    ([("o.waldur_offering_uuid", DROP), ("o.waldur_ofering_uuid", "0a" * 16)], "o.waldur_ofering_uuid"),
    (
        [("offerings[0].backend_components.other", SHARED), ("o.shared_target_usage", "split")],
        "o.shared_target_usage",
    ),
    (
        [("offerings[0].backend_components.other", SHARED), ("s.shared_target_usage", "halves")],
        "s.shared_target_usage",
    ),
    (
        [("o.username_management_backend", "waldur-identity-bridge"), ("o.identity_bridge_source", "isd:x")],
        "o.identity_bridge_source",
    ),
]


@pytest.mark.parametrize(("changes", "where"), MOVED)
def test_what_follows_from_a_mistake_is_not_told_beside_it(changes, where):
    (finding,) = mistakes(good(*changes))
    assert finding.path == full(where)


OIDC = {"oidc_token_url": "https://id.example.org/token", "oidc_client_id": "agent", "oidc_client_secret": "hushhush"}


@pytest.mark.parametrize("absent", OIDC)
@pytest.mark.parametrize(
    ("level", "prefix", "token"), [("o", "", "waldur_api_token"), ("s", "target_", "target_api_token")]
)
def test_without_a_token_all_of_oidc_is_needed(absent, level, prefix, token):
    given = [(f"{level}.{prefix}{name}", value) for name, value in OIDC.items() if name != absent]
    (finding,) = mistakes(good((f"{level}.{token}", " "), *given))
    assert (finding.path, finding.cause) == (full(f"{level}.{prefix}{absent}"), "missing")


def test_a_wrong_part_of_oidc_is_told_beside_the_missing_ones():
    changes = [("o.waldur_api_token", DROP), ("o.oidc_token_url", "id.example.org"), ("o.oidc_client_id", "agent")]
    found = {finding.path: finding.cause for finding in mistakes(good(*changes))}
    assert found == {
        "offerings[0].oidc_token_url": "a text of 14 characters with no scheme",
        "offerings[0].oidc_client_secret": "missing",
    }


def test_a_mistake_on_bs_side_does_not_hide_the_missing_token_of_a():
    changes = [("o.waldur_api_token", DROP), ("s.target_oidc_token_url", "id.example.org")]
    assert [finding.path for finding in mistakes(good(*changes))] == [
        "offerings[0].backend_settings.target_oidc_token_url",
        "offerings[0].waldur_api_token",
    ]


@pytest.mark.parametrize("name", ["ORDER_PROCESS", "REPORT", "MEMBERSHIP_SYNC", "RECONCILIATION"])
@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e300", "soon", " "])
def test_an_interval_is_a_number_of_minutes_above_zero(name, text):
    variable = f"WALDUR_SITE_AGENT_{name}_PERIOD_MINUTES"
    (finding,) = mistakes(good(), {variable: text})
    assert finding.path == f"environment.{variable}"


def twice(**changes):
    document = good()
    document["offerings"].append({**good()["offerings"][0], **changes})
    return document


@pytest.mark.parametrize(
    "changes",
    [{}, {"waldur_api_url": "https://A.example.org"}, {"waldur_offering_uuid": "0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a"}],
)
def test_one_offering_of_a_is_federated_once(changes):
    (finding,) = mistakes(twice(**changes))
    assert finding.path == "offerings[1].waldur_offering_uuid"
    assert "offerings[0]" in finding.cause


def test_the_same_offering_uuid_on_another_a_is_another_offering():
    assert mistakes(twice(waldur_api_url="https://c.example.org")) == ()


def test_a_double_is_told_also_where_something_else_is_wrong():
    paths = [finding.path for finding in mistakes(twice(stomp_ws_port=0))]
    assert paths == ["offerings[1].stomp_ws_port", "offerings[1].waldur_offering_uuid"]


def test_a_key_that_may_be_a_secret_is_not_shown():
    (finding,) = mistakes(good(("o.waldur_api_token:hush hush", None)))
    assert finding.path == "offerings[0].<a text of 26 characters>"


@pytest.mark.parametrize("name", [True, None, "", ("a", "b")])
def test_a_component_has_a_text_as_its_name(name):
    document = good()
    document["offerings"][0]["backend_components"][name] = COMPONENT
    (finding,) = mistakes(document)
    assert finding.fix == "put the name in quotes"


@pytest.mark.parametrize("document", [None, [], "hushhush", 5])
def test_an_embedder_hands_over_a_mapping(document):
    (finding,) = mistakes(document)
    assert finding.path == "the file"


def test_ten_mistakes_are_ten_findings_in_the_order_of_the_file():
    changes = [
        ("log_level", "LOUD"),
        ("timezone", "Mars"),
        ("o.waldur_api_url", "a.example.org"),
        ("o.stomp_ws_port", 0),
        ("s.target_customer_uuid", "mine"),
        ("s.user_match_field", "passport"),
        ("s.stomp_ws_host", "b.example.org"),
        ("c.accounting_type", "few"),
        ("c.target_components.gpu_hours.factor", "five"),
        ("c.target_components.tape.factor", 0),
    ]
    paths = [finding.path for finding in mistakes(good(*changes))]
    assert sorted(paths) == sorted(full(place) for place, _ in changes)
    assert len(paths) == 10


def test_mistakes_of_several_offerings_are_told_together():
    document = twice(waldur_offering_uuid="0d" * 16, verify_ssl="perhaps")
    document["offerings"][0]["backend_settings"]["request_timeout"] = -1
    assert [finding.path for finding in mistakes(document)] == [
        "offerings[0].backend_settings.request_timeout",
        "offerings[1].verify_ssl",
    ]
