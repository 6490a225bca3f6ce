"""Files that the official agent takes are read as they are."""

from datetime import timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from federation_core.domain.fields.rules import EndDates, LimitsWay
from federation_core.domain.ids import Side
from federation_core.domain.usage.scene import Corrections
from federation_runner.settings.load import load
from federation_runner.settings.model import Events

HEAD = """
offerings:
  - name: "LUMI-like partition"
    waldur_api_url: "https://portal.example.fi/api/"
    waldur_api_token: "3f786850e387550fdab836ed7e6dc881de23001b"
    waldur_offering_uuid: "7c0d1c5e9f9a4f4a8c1c3a5d5e7f9b10"
    backend_type: "waldur"
"""
MODES = """
    order_processing_backend: "waldur"
    membership_sync_backend: "waldur"
    reporting_backend: "waldur"
"""
TARGET = """
    backend_settings:
      target_api_url: "https://centre.example.org/"
      target_api_token: "89e6c98d92887913cadf06b2adb97f26cde4849b"
      target_offering_uuid: "1b2e9c9e-55a6-4a9c-9d7d-0c8e0f4a1b2c"
      target_customer_uuid: "f00dfeedf00dfeedf00dfeedf00dfeed"
"""
COMPONENTS = """
    backend_components:
      core_hours:
        measured_unit: "Hours"
        unit_factor: 1
        accounting_type: "usage"
        label: "Core hours"
        target_components:
          gpu_hours:
            factor: 0.29
          tape_gb_hours:
            factor: 12.0
"""
POLLING = (
    HEAD
    + MODES
    + TARGET
    + """
      user_match_field: "email"        # cuid | email | username
      order_poll_timeout: 120
      order_poll_interval: 2.5
      user_not_found_action: "fail"
"""
    + COMPONENTS
)
EVENTS = (
    HEAD
    + MODES
    + """
    stomp_enabled: true
    websocket_use_tls: false
    stomp_ws_host: "broker.example.fi"
    stomp_ws_port: 15674
    # stomp_ws_path: "/rmqws-stomp"
"""
    + TARGET
    + """
      target_stomp_enabled: true
      target_stomp_offering_uuid: "9d4e1e23bd5b4eab8a5bf01b2ad65cb3"
"""
    + COMPONENTS
)
PASSTHROUGH = (
    HEAD
    + MODES
    + TARGET
    + """
    backend_components:
      cpu:
        measured_unit: "Hours"
        unit_factor: 1
        accounting_type: "usage"
        label: "CPU"
      ram:
        measured_unit: "GB"
        unit_factor: 1024
        accounting_type: "limit"
        label: "RAM"
        limit_period: "quarterly"
        is_prepaid: false
        max_value: 4096
"""
)
BRIDGE = (
    HEAD
    + """
    username_management_backend: "waldur-identity-bridge"
"""
    + TARGET
    + """
      identity_bridge_source: "isd:north"  # Required for identity bridge
"""
)
OTHER = """
  - name: "Local cluster"
    waldur_api_url: "https://portal.example.fi/api/"
    waldur_api_token: "3f786850e387550fdab836ed7e6dc881de23001b"
    waldur_offering_uuid: "not ours to judge"
    backend_type: "slurm"
    order_processing_backend: "slurm"
    backend_settings: {default_account: root, anything: [at, all]}
"""


@pytest.fixture
def read(tmp_path):
    def reading(text, environ=None):
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, environ or {})

    return reading


def test_polling(read):
    settings = read(POLLING)
    (offering,) = settings.offerings
    assert (settings.log_level, settings.timezone, settings.reporting_periods) == ("INFO", "UTC", 2)
    assert settings.expose_backend_error_details
    assert offering.offering == UUID("7c0d1c5e9f9a4f4a8c1c3a5d5e7f9b10")
    assert offering.target_offering == UUID("1b2e9c9e55a64a9c9d7d0c8e0f4a1b2c")
    assert offering.target_customer == UUID("f00dfeed" * 4)
    assert (offering.a.side, offering.a.base_url) == (Side.A, "https://portal.example.fi")
    assert (offering.b.side, offering.b.base_url) == (Side.B, "https://centre.example.org")
    assert offering.modes == {"order_process", "membership_sync", "report"}
    assert (offering.order_poll_timeout, offering.order_poll_interval) == (120, 2.5)
    assert (offering.people.match_field, offering.people.not_found_action) == ("email", "fail")
    assert offering.accounting == {"core_hours": "usage"}
    assert offering.a_events == Events(
        enabled=False,
        offering=offering.offering,
        host="",
        port=None,
        path="/rmqws-stomp",
        use_tls=True,
        ca_file="",
        membership=False,
    )


def test_factors_are_what_is_written(read):
    (source,) = read(POLLING).offerings[0].mapping.sources
    assert {target.component: target.factor for target in source.targets} == {
        "gpu_hours": Fraction(29, 100),
        "tape_gb_hours": 12,
    }


def test_events(read):
    (offering,) = read(EVENTS).offerings
    assert offering.a_events == Events(
        enabled=True,
        offering=offering.offering,
        host="broker.example.fi",
        port=15674,
        path="/rmqws-stomp",
        use_tls=False,
        ca_file="",
    )
    assert offering.b_events == Events(
        enabled=True,
        offering=UUID("9d4e1e23bd5b4eab8a5bf01b2ad65cb3"),
        host="",
        port=None,
        path="/rmqws-stomp",
        use_tls=True,
        ca_file="",
    )


def test_passthrough(read):
    (offering,) = read(PASSTHROUGH).offerings
    assert {source.component: source.targets[0].component for source in offering.mapping.sources} == {
        "cpu": "cpu",
        "ram": "ram",
    }
    assert {source.targets[0].factor for source in offering.mapping.sources} == {1}
    assert offering.accounting == {"cpu": "usage", "ram": "limit"}


def test_identity_bridge(read):
    (offering,) = read(BRIDGE).offerings
    assert offering.modes == frozenset()
    assert (offering.tells_profiles_only, offering.asked_modes) == (True, {"membership_sync"})
    assert offering.people.pushes_profiles
    assert offering.people.bridge_source == "isd:north"
    assert offering.people.resolve_method == "identity_bridge"
    assert offering.fields.rules.end_dates is EndDates.BIDIRECTIONAL
    assert offering.fields.rules.limits is LimitsWay.B_TO_A
    assert (offering.fields.rules.usernames, offering.fields.rules.confirm_after) == (False, None)
    assert offering.mapping.sources == ()


def test_an_offering_of_another_backend_is_skipped_unjudged(read):
    settings = read(POLLING + OTHER)
    assert [offering.name for offering in settings.offerings] == ["LUMI-like partition"]
    assert [(s.name, s.reason) for s in settings.skipped] == [
        ("Local cluster", "order_processing_backend is slurm"),
    ]


def test_a_file_with_everything(read):
    everything = """
timezone: Europe/Helsinki
log_level: debug
sentry_dsn: "https://publickey@errors.example.org/7"
elastic_apm_server_url: ""
global_proxy: "http://proxy.example.fi:3128"
reporting_periods: 12
expose_backend_error_details: false
log_shipping: {enabled: true, ship_interval_seconds: 10, buffer_size_mb: 1, log_level: error}
""" + EVENTS.replace(
        "backend_settings:",
        """resource_import_enabled: true
    username_reconciliation_enabled: true
    omit_anomalous_usage_components: true
    stomp_membership_sync_enabled: false
    verify_ssl: false
    backend_settings:
      check_backend_id_uniqueness: true
      backend_id_max_retries: 3
      allocation_prefix: a-
      default_homedir_umask: 0077
      homedir_quota: {soft: 1, hard: 2}
      periodic_limits: {enabled: false, anything: else}
      user_resolve_method: remote_eduteams
      role_mapping: {PROJECT.ADMIN: PROJECT.MEMBER}
      end_date_sync_direction: disabled
      limit_sync_direction: disabled
      last_sync_interval: 3600
      passthrough_attributes: [image, flavor]
      fetch_consented_users_only: true""",
    )
    settings = read(everything)
    (offering,) = settings.offerings
    assert (settings.log_level, settings.timezone) == ("DEBUG", "Europe/Helsinki")
    assert (settings.reporting_periods, settings.expose_backend_error_details) == (12, False)
    assert (offering.a.verify, offering.a.proxy) == (False, "http://proxy.example.fi:3128")
    assert (offering.b.verify, offering.b.proxy) == (True, "")
    assert not offering.orders.tell_reasons
    assert offering.orders.rules.passthrough == ("image", "flavor")
    assert (offering.a_events.enabled, offering.a_events.membership) == (True, False)
    assert offering.people.role_mapping == {"PROJECT.ADMIN": "PROJECT.MEMBER"}
    assert (offering.people.consented_only, offering.fields.rules.usernames) == (True, True)
    assert (offering.usage.rules.corrections, offering.offers_imports) == (Corrections.OMIT, True)
    assert offering.fields.rules.end_dates is EndDates.DISABLED
    assert offering.fields.rules.limits is LimitsWay.DISABLED
    assert (offering.fields.rules.tell_reasons, offering.fields.rules.confirm_after) == (False, timedelta(hours=1))
    assert offering.fields.rules.customer == offering.target_customer
