"""What the storage proxy reads of its file and of the environment, which counts first."""

import json
from fractions import Fraction

import pytest
from tests.unit.settings.proxies import (
    DROP,
    FOR_CLIENT,
    FOR_PROXIES,
    FOR_USERS,
    FOR_WALDUR,
    NO_API,
    OFF,
    SECRETS,
    good,
    read,
)

from federation_adapters.http.access import ClientCredentials, StaticToken
from federation_core.domain.storage.freshness import Freshness
from federation_core.domain.storage.identities import GidFallback
from federation_core.domain.storage.paths import MountPointSource
from federation_core.domain.storage.quotas import QuotaRules
from federation_runner.settings.proxy import load_proxy, parse_proxy
from federation_runner.settings.proxy_keys import PROXY_KEYS, PROXY_VARIABLES, ProxyLevel

PEM = __file__
"""A file that is there; nothing reads it."""


def test_what_is_left_out_has_its_default():
    settings = read()
    assert (settings.waldur.url, settings.waldur.verify, settings.waldur.proxy) == (
        "https://portal.example.org/api/",
        True,
        "",
    )
    assert settings.tree.rules.quotas == QuotaRules(Fraction(1), Fraction(1_000_000), Fraction("1.33"), Fraction(2))
    assert settings.tree.rules.file_system == "lustre"
    assert settings.tree.rules.mount_points is MountPointSource.GENERATED
    assert not settings.tree.rules.ignores_stored_items
    assert not settings.tree.rules.unique_hierarchy_ids
    assert settings.tree.freshness == Freshness(30, 5)
    assert (settings.tree.group_life, settings.tree.unknown_life) == (None, 60)
    assert (settings.patience, settings.debug_enabled, settings.log_level) == (60, True, "INFO")
    assert settings.auth is not None
    assert settings.auth.issuer == "https://sso.example.org/auth/realms/cscs"
    assert (settings.auth.audience, settings.auth.required_roles, settings.auth.leeway) == (
        "storage-proxy",
        frozenset(),
        30,
    )
    assert settings.user_api is not None
    assert settings.user_api.credentials == ClientCredentials(
        "https://sso.example.org/auth/realms/cscs/protocol/openid-connect/token", "storage-proxy", FOR_USERS, "openid"
    )


# key, value, where it arrives, what arrives
WRITTEN = [
    ("waldur_api_url", "http://w.example.org", lambda s: s.waldur.url, "http://w.example.org"),
    ("waldur_api_token", "abcabcabc", lambda s: s.waldur.credentials, StaticToken("abcabcabc")),
    ("waldur_verify_ssl", False, lambda s: s.waldur.verify, False),
    ("waldur_ca_file", PEM, lambda s: s.waldur.ca_file, PEM),
    ("waldur_socks_proxy", "socks4://h:1", lambda s: s.waldur.proxy, "socks4://h:1"),
    ("storage_systems", {"tape": "tape-archive"}, lambda s: s.systems, {"tape": "tape-archive"}),
    ("gid_fallback", "error", lambda s: s.tree.fallback, GidFallback.ERROR),
    ("gid_cache_ttl", 600, lambda s: s.tree.group_life, 600),
    ("gid_negative_ttl", 5, lambda s: s.tree.unknown_life, 5),
    ("waldur_cache_ttl", 60, lambda s: s.tree.freshness, Freshness(60, 5)),
    ("waldur_cache_ttl", 2, lambda s: s.tree.freshness, Freshness(2, 2)),
    ("waldur_refresh_interval", 0, lambda s: s.tree.freshness, Freshness(30, 0)),
    ("request_timeout", 7, lambda s: (s.waldur.timeout, s.user_api.timeout, s.auth.access.timeout), (7, 7, 5)),
    ("answer_timeout", 7, lambda s: s.patience, 7),
    ("max_concurrent_requests", 8, lambda s: s.waldur.concurrency, 8),
    ("debug_enabled", False, lambda s: s.debug_enabled, False),
    ("log_level", "warning", lambda s: s.log_level, "WARNING"),
    ("backend_settings.storage_file_system", "gpfs", lambda s: s.tree.rules.file_system, "gpfs"),
    ("backend_settings.inode_soft_coefficient", 1.5, lambda s: s.tree.rules.quotas.soft, Fraction(3, 2)),
    ("backend_settings.inode_hard_coefficient", 1.33, lambda s: s.tree.rules.quotas.hard, Fraction(133, 100)),
    ("backend_settings.inode_base_multiplier", 7, lambda s: s.tree.rules.quotas.inodes_per_terabyte, 7),
    ("backend_settings.use_mock_target_items", True, lambda s: s.tree.rules.ignores_stored_items, True),
    ("backend_settings.development_mode", True, lambda s: s.tree.fallback, GidFallback.MOCK),
    ("backend_settings.mount_point_source", "backend_id", lambda s: s.tree.rules.mount_points.value, "backend_id"),
    ("backend_settings.unique_hierarchy_ids", True, lambda s: s.tree.rules.unique_hierarchy_ids, True),
    ("backend_settings.allowed_transitions", True, lambda s: s.tree.rules.tells_transitions, True),
    (
        "backend_components.storage.measured_unit",
        "GB",
        lambda s: s.shown["backend_components"]["storage"]["measured_unit"],
        "GB",
    ),
    (
        "backend_components.storage.accounting_type",
        "usage",
        lambda s: s.shown["backend_components"]["storage"]["accounting_type"],
        "usage",
    ),
    ("backend_components.storage.label", "Disk", lambda s: s.shown["backend_components"]["storage"]["label"], "Disk"),
    ("backend_components.storage.unit_factor", 0.001, lambda s: s.tree.rules.quotas.to_terabytes, Fraction(1, 1000)),
    ("auth.disable_auth", True, lambda s: (s.auth, s.stays_local), (None, True)),
    ("auth.allow_remote_without_auth", True, lambda s: s.allows_remote_without_auth, True),
    ("auth.keycloak_url", "https://id.example.org", lambda s: s.auth.issuer, "https://id.example.org/realms/cscs"),
    ("auth.keycloak_realm", "hpc", lambda s: s.auth.issuer, "https://sso.example.org/auth/realms/hpc"),
    ("auth.keycloak_client_id", "me", lambda s: (s.auth.client_id, s.auth.audience), ("me", "me")),
    ("auth.keycloak_client_secret", "abcabcabc", lambda s: "abcabcabc" in s.secrets(), True),
    ("auth.keycloak_audience", "storage", lambda s: (s.auth.client_id, s.auth.audience), ("storage-proxy", "storage")),
    ("auth.required_roles", ["reader"], lambda s: s.auth.required_roles, {"reader"}),
    ("auth.debug_roles", ["admin"], lambda s: s.debug_roles, {"admin"}),
    ("auth.token_leeway", 0, lambda s: s.auth.leeway, 0),
    ("auth.keycloak_verify_ssl", False, lambda s: s.auth.access.verify, False),
    ("auth.keycloak_ca_file", PEM, lambda s: s.auth.access.ca_file, PEM),
    ("hpc_user_api.api_url", "https://u.example.org", lambda s: s.user_api.url, "https://u.example.org"),
    ("hpc_user_api.client_id", "me", lambda s: s.user_api.credentials.client_id, "me"),
    ("hpc_user_api.client_secret", "abcabcabc", lambda s: s.user_api.credentials.client_secret, "abcabcabc"),
    (
        "hpc_user_api.oidc_token_url",
        "https://t.example.org/t",
        lambda s: s.user_api.credentials.token_url,
        "https://t.example.org/t",
    ),
    ("hpc_user_api.oidc_scope", "hpc", lambda s: s.user_api.credentials.scope, "hpc"),
    ("hpc_user_api.socks_proxy", "socks5://h:1", lambda s: s.user_api.proxy, "socks5://h:1"),
    ("hpc_user_api.verify_ssl", False, lambda s: s.user_api.verify, False),
    ("hpc_user_api.ca_file", PEM, lambda s: s.user_api.ca_file, PEM),
]
LEVELS_THEMSELVES = {"backend_settings", "backend_components", "auth", "hpc_user_api"}


@pytest.mark.parametrize(("key", "value", "look", "expected"), WRITTEN)
def test_a_key_of_the_file_arrives(key, value, look, expected):
    assert look(read((key, value))) == expected


def test_no_key_is_left_out_above():
    every = {f"{level.value}.{name}".removeprefix(".") for level, keys in PROXY_KEYS.items() for name in keys}
    assert {key for key, *_ in WRITTEN} == every - LEVELS_THEMSELVES


def as_text(value):
    return json.dumps(value) if isinstance(value, dict) else str(value)


BY_VARIABLE = {
    f"{level.value}.{key}".removeprefix("."): name
    for level, names in PROXY_VARIABLES.items()
    for key, name in names.items()
}


@pytest.mark.parametrize(("key", "variable"), BY_VARIABLE.items())
def test_a_variable_counts_before_the_file(key, variable):
    (value, look, expected) = next(row[1:] for row in WRITTEN if row[0] == key)
    assert look(read()) != expected
    assert look(read(environ={variable: as_text(value)})) == expected
    assert look(read((key, value), environ={variable: "  "})) == expected, "a blank variable says nothing"


def test_a_variable_counts_where_the_file_has_another_value():
    changes = [("waldur_verify_ssl", True), ("backend_settings.inode_base_multiplier", 3)]
    settings = read(*changes, environ={"WALDUR_VERIFY_SSL": "no", "INODE_BASE_MULTIPLIER": "4"})
    assert (settings.waldur.verify, settings.tree.rules.quotas.inodes_per_terabyte) == (False, Fraction(4))


@pytest.mark.parametrize("word", ["true", "yes", "1", "True", " YES ", "on"])
def test_truth_in_the_environment(word):
    assert read(environ={"DISABLE_AUTH": word}).auth is None


@pytest.mark.parametrize("word", ["false", "no", "0", "False", "off"])
def test_untruth_in_the_environment(word):
    assert read(OFF, ("auth.keycloak_url", "https://s.example.org"), ("auth.keycloak_client_id", "me")).auth is None
    assert read(("auth.disable_auth", True), environ={"DISABLE_AUTH": word}).auth is not None


@pytest.mark.parametrize(
    ("word", "level"),
    [("true", "DEBUG"), ("1", "DEBUG"), ("Yes", "DEBUG"), ("0", "ERROR"), ("", "ERROR"), ("app:*", "ERROR")],
)
def test_debug_is_about_log_lines(word, level):
    settings = read(("log_level", "error"), environ={"DEBUG": word})
    assert (settings.log_level, settings.debug_enabled) == (level, True)


def test_everything_may_come_from_the_environment_but_what_has_no_variable(tmp_path):
    (tmp_path / "empty.yaml").write_text("log_level: INFO\n")
    environ = {
        "WALDUR_API_URL": "https://portal.example.org",
        "WALDUR_API_TOKEN": FOR_WALDUR,
        "STORAGE_SYSTEMS": '{"capstor": "capstor-2"}',
        "CSCS_KEYCLOAK_URL": "https://sso.example.org",
        "CSCS_KEYCLOAK_CLIENT_ID": "storage-proxy",
        "HPC_USER_API_URL": "https://hpc-users.example.org",
        "HPC_USER_CLIENT_ID": "storage-proxy",
        "HPC_USER_CLIENT_SECRET": FOR_USERS,
        "HPC_USER_OIDC_TOKEN_URL": "https://sso.example.org/token",
    }
    settings = load_proxy(tmp_path / "empty.yaml", environ)
    assert settings.systems == {"capstor": "capstor-2"}
    assert settings.user_api is not None
    assert settings.tree.fallback is GidFallback.SKIP


@pytest.mark.parametrize(
    "url", ["https://portal.example.ai/api/", "https://portal.example.ai/api", "https://portal.example.ai"]
)
def test_a_host_keeps_the_letters_that_its_path_ends_in(url):
    settings = read(("waldur_api_url", url))
    assert settings.waldur.base_url == "https://portal.example.ai"
    assert settings.tree.rules.api_root == "https://portal.example.ai/api"


# what decides, and what is done with a storage whose Unix id nobody knows
MOCK, SKIP, ERROR = GidFallback.MOCK, GidFallback.SKIP, GidFallback.ERROR
DEVELOPING = ("backend_settings.development_mode", True)
MOCKING = ("backend_settings.use_mock_target_items", True)
FALLBACKS = [
    ([], SKIP),
    ([NO_API], MOCK),
    ([OFF], MOCK),
    ([OFF, NO_API], MOCK),
    ([DEVELOPING], MOCK),
    ([MOCKING], MOCK),
    ([("gid_fallback", "")], SKIP),
    ([("gid_fallback", "mock")], MOCK),
    ([NO_API, ("gid_fallback", "skip")], SKIP),
    ([OFF, ("gid_fallback", "skip")], SKIP),
    ([DEVELOPING, ("gid_fallback", "skip")], SKIP),
    ([MOCKING, ("gid_fallback", "error")], ERROR),
    ([NO_API, ("gid_fallback", "error")], ERROR),
]


@pytest.mark.parametrize(("changes", "expected"), FALLBACKS)
def test_ids_are_made_up_only_where_that_is_meant(changes, expected):
    settings = read(*changes)
    assert settings.tree.fallback is expected
    assert settings.invents_ids is (expected is MOCK)


def test_authentication_that_is_off_asks_for_nothing_and_stays_local():
    settings = read(("auth", {"disable_auth": True}))
    assert (settings.auth, settings.stays_local) == (None, True)
    remote = read(("auth", {"disable_auth": True, "allow_remote_without_auth": True}))
    assert (remote.auth, remote.stays_local) == (None, False)
    assert not read(("auth.allow_remote_without_auth", True)).stays_local


def test_without_an_api_nobody_is_asked():
    assert read(NO_API).user_api is None


def test_mocked_settings_ask_nobody_and_ignore_what_is_noted():
    settings = read(("gid_fallback", "error")).mocked()
    assert (settings.user_api, settings.tree.fallback, settings.tree.rules.ignores_stored_items) == (None, MOCK, True)


def with_all_secrets():
    return read(
        ("waldur_socks_proxy", f"socks5://me:{FOR_PROXIES}@h:1"),
        ("hpc_user_api.socks_proxy", f"socks5://me:{FOR_PROXIES}2@h:1"),
    )


def test_secrets_are_all_there_is_to_hide():
    assert with_all_secrets().secrets() == {FOR_WALDUR, FOR_CLIENT, FOR_USERS, FOR_PROXIES, f"{FOR_PROXIES}2"}
    assert read(OFF, NO_API).secrets() == {FOR_WALDUR}


def test_neither_what_debug_mode_shows_nor_any_text_has_one():
    settings = with_all_secrets()
    assert not any(secret in json.dumps(settings.shown) or secret in repr(settings) for secret in SECRETS)


def test_debug_mode_shows_the_settings_of_the_systems_and_no_others():
    shown = read(("backend_settings.inode_base_multiplier", 1.5)).shown
    assert set(shown) == {"api_url", "backend_type", "backend_settings", "backend_components"}
    assert (shown["backend_type"], shown["api_url"]) == ("cscs-hpc-storage", "https://portal.example.org/api/")
    assert set(shown["backend_settings"]) == set(PROXY_KEYS[ProxyLevel.BACKEND])
    assert shown["backend_settings"]["inode_base_multiplier"] == 1.5
    assert set(shown["backend_components"]["storage"]) == set(PROXY_KEYS[ProxyLevel.COMPONENT])


def test_references_are_followed(tmp_path):
    (tmp_path / "token").write_text("from-a-file\n")
    document = good(
        ("waldur_api_token", "file:token"),
        ("hpc_user_api.client_secret", "env:USERS"),
        ("auth.keycloak_client_secret", DROP),
    )
    settings = parse_proxy(document, {"USERS": "from-the-environment"}, tmp_path)
    assert settings.secrets() == {"from-a-file", "from-the-environment"}
