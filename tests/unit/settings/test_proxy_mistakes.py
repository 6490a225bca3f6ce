"""Every mistake in the storage proxy's file and environment is told, all at once, with path, cause and fix."""

from pathlib import Path

import pytest
import yaml
from tests.unit.settings.documents import mistakes as mistakes_of_the_agents
from tests.unit.settings.proxies import DROP, NO_API, OFF, SECRETS, good, mistakes, mistakes_in

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings.proxy import judge_storage_backend
from federation_runner.settings.proxy_keys import PROXY_KEYS, PROXY_VARIABLES

EXAMPLE = Path(__file__).parents[3] / "docs/examples/federation-polling.yaml"
SECRET = SECRETS[0]

# what is changed, where the mistake is, and words of cause and fix
MISTAKES = [
    (("waldur_api_url", DROP), "waldur_api_url", "missing", "write it"),
    (("waldur_api_url", "portal.example.org"), "waldur_api_url", "no scheme", "https://host/api/"),
    (("waldur_api_url", f"https://me:{SECRET}@h"), "waldur_api_url", "credentials", "keys of their own"),
    (("waldur_api_token", DROP), "waldur_api_token", "missing", "write it"),
    (("waldur_api_token", f"{SECRET} {SECRET}"), "waldur_api_token", "spaces", "token alone"),
    (("waldur_api_token", "env:NOWHERE"), "waldur_api_token", "NOWHERE is not set", "set NOWHERE"),
    (("waldur_verify_ssl", "perhaps"), "waldur_verify_ssl", "truth value", "true or false"),
    (("waldur_ca_file", "nowhere.pem"), "waldur_ca_file", "no such file", "existing file"),
    (("waldur_socks_proxy", "localhost:12345"), "waldur_socks_proxy", "no scheme", "socks5://localhost:1080"),
    (("waldur_socks_proxy", "ftp://localhost:1"), "waldur_socks_proxy", "none of a proxy", "socks5, "),
    (("storage_systems", DROP), "storage_systems", "missing", "write it"),
    (("storage_systems", {}), "storage_systems", "empty", "capstor: capstor"),
    (("storage_systems", ["capstor"]), "storage_systems", "list of 1 item", "keys and values"),
    (("storage_systems", {"capstor": ""}), "storage_systems", "empty text", "write a value"),
    (("backend_settings", []), "backend_settings", "list", "keys and values"),
    (("backend_settings.storage_file_system", " "), "backend_settings.storage_file_system", "empty text", "value"),
    (("backend_settings.inode_soft_coefficient", 0), "backend_settings.inode_soft_coefficient", "above zero", "0.25"),
    (
        ("backend_settings.inode_soft_coefficient", 2.1),
        "backend_settings.inode_hard_coefficient",
        "less than",
        "at least as much",
    ),
    (
        ("backend_settings.inode_hard_coefficient", 1),
        "backend_settings.inode_hard_coefficient",
        "less than",
        "at least as much",
    ),
    (
        ("backend_settings.inode_hard_coefficient", "x"),
        "backend_settings.inode_hard_coefficient",
        "not a number",
        "0.25",
    ),
    (
        ("backend_settings.mount_point_source", "slug"),
        "backend_settings.mount_point_source",
        "known word",
        "generated, backend_id",
    ),
    (("backend_settings.inode_soft_coeff", 1), "backend_settings.inode_soft_coeff", "unknown key", "did you mean"),
    (("backend_components.inodes", {}), "backend_components.inodes", "not served", "storage is the only one"),
    (
        ("backend_components.storage.unit_factor", -1),
        "backend_components.storage.unit_factor",
        "above zero",
        "5 or 0.25",
    ),
    (("gid_fallback", "guess"), "gid_fallback", "known word", "mock, skip, error"),
    (("gid_cache_ttl", 0), "gid_cache_ttl", "out of range", "above 0"),
    (("waldur_cache_ttl", "soon"), "waldur_cache_ttl", "not a number", "ordinary number"),
    (("max_concurrent_requests", 33), "max_concurrent_requests", "out of range", "from 1 to 32"),
    (("auth", []), "auth", "list", "keys and values"),
    (("auth.keycloak_url", DROP), "auth.keycloak_url", "missing", "authentication is on"),
    (("auth.keycloak_client_id", ""), "auth.keycloak_client_id", "missing", "authentication is on"),
    (("auth.keycloak_url", "sso"), "auth.keycloak_url", "no scheme", "https://"),
    (("auth.required_roles", "reader"), "auth.required_roles", "list of texts is expected", "[one, two]"),
    (("auth.client_secret", SECRET), "auth.client_secret", "wrong place", "hpc_user_api"),
    (("hpc_user_api.api_url", DROP), "hpc_user_api.api_url", "missing", "write it"),
    (("hpc_user_api.client_id", DROP), "hpc_user_api.client_id", "missing", "write it"),
    (("hpc_user_api.client_secret", DROP), "hpc_user_api.client_secret", "missing", "write it"),
    (("hpc_user_api.oidc_token_url", DROP), "hpc_user_api.oidc_token_url", "missing", "write it"),
    (("hpc_user_api.socks_proxy", "localhost:12345"), "hpc_user_api.socks_proxy", "no scheme", "socks5://"),
    ((f"x {SECRET}", 1), "<a text of 19 characters>", "unknown key", "remove it"),
]


@pytest.mark.parametrize(("change", "path", "cause", "fix"), MISTAKES)
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(change, path, cause, fix):
    found = [finding for finding in mistakes(change) if finding.path == path]
    assert len(found) == 1
    assert cause in found[0].cause
    assert fix in found[0].fix
    assert SECRET not in str(found[0])


@pytest.mark.parametrize(("change", "path", "cause", "fix"), MISTAKES)
def test_and_nothing_beside_it(change, path, cause, fix):
    assert [finding.path for finding in mistakes(change)] == [path], (cause, fix)


def test_all_of_them_are_told_at_once():
    changes = [row[0] for row in MISTAKES if row[0][0] in {"waldur_api_url", "gid_fallback", "auth.keycloak_client_id"}]
    told = [finding.path for finding in mistakes(*changes, ("hpc_user_api", {"client_id": "me"}))]
    missing = [f"hpc_user_api.{key}" for key in ("api_url", "client_secret", "oidc_token_url")]
    assert sorted(told) == sorted(["waldur_api_url", "gid_fallback", "auth.keycloak_client_id", *missing])


BROKEN = {
    "WALDUR_API_URL": "portal",
    "WALDUR_API_TOKEN": "two words",
    "WALDUR_VERIFY_SSL": "perhaps",
    "WALDUR_SOCKS_PROXY": "localhost:12345",
    "STORAGE_SYSTEMS": "capstor",
    "INODE_SOFT_COEFFICIENT": "x",
    "INODE_HARD_COEFFICIENT": "-1",
    "INODE_BASE_MULTIPLIER": "many",
    "USE_MOCK_TARGET_ITEMS": "perhaps",
    "HPC_USER_DEVELOPMENT_MODE": "perhaps",
    "DISABLE_AUTH": "perhaps",
    "CSCS_KEYCLOAK_URL": "sso",
    "HPC_USER_API_URL": "users",
    "HPC_USER_OIDC_TOKEN_URL": "token",
    "HPC_USER_SOCKS_PROXY": "localhost:12345",
}
ANY_TEXT_WILL_DO = {
    "STORAGE_FILE_SYSTEM",
    "CSCS_KEYCLOAK_REALM",
    "CSCS_KEYCLOAK_CLIENT_ID",
    "CSCS_KEYCLOAK_CLIENT_SECRET",
    "HPC_USER_CLIENT_ID",
    "HPC_USER_CLIENT_SECRET",
    "HPC_USER_OIDC_SCOPE",
}


def test_a_mistake_in_a_variable_is_told_by_its_name():
    found = mistakes(environ=BROKEN)
    assert sorted(finding.path for finding in found) == sorted(f"environment.{name}" for name in BROKEN)


def test_no_variable_is_left_out_above():
    every = {name for names in PROXY_VARIABLES.values() for name in names.values()}
    assert every == set(BROKEN) | ANY_TEXT_WILL_DO


@pytest.mark.parametrize("text", ["{", "capstor", '{"a":', "[" * 100_000, "nul", SECRET])
def test_storage_systems_that_are_no_json(text):
    (finding,) = mistakes(environ={"STORAGE_SYSTEMS": text})
    assert finding.path == "environment.STORAGE_SYSTEMS"
    assert 'such as {"capstor": "capstor"}' in finding.fix
    assert SECRET not in str(finding)


@pytest.mark.parametrize("text", ["[]", "1", '"capstor"', "true", "{}", '{"a": {}}', '{"a": ""}'])
def test_storage_systems_that_are_json_of_another_form(text):
    (finding,) = mistakes(environ={"STORAGE_SYSTEMS": text})
    assert finding.path == "environment.STORAGE_SYSTEMS"


def test_a_user_api_that_a_variable_alone_speaks_of_is_partly_configured():
    told = [finding.path for finding in mistakes(NO_API, environ={"HPC_USER_API_URL": "https://u.example.org"})]
    assert told == [f"hpc_user_api.{key}" for key in ("client_id", "client_secret", "oidc_token_url")]


def test_an_empty_user_api_is_partly_configured():
    assert len(mistakes(("hpc_user_api", {}))) == 4


def test_authentication_that_is_off_needs_no_identity_provider():
    assert mistakes(OFF) == ()


LEGACY = {
    "hpc_user_api_url": "hpc_user_api.api_url",
    "hpc_user_client_id": "hpc_user_api.client_id",
    "hpc_user_client_secret": "hpc_user_api.client_secret",
    "hpc_user_oidc_token_url": "hpc_user_api.oidc_token_url",
    "hpc_user_oidc_scope": "hpc_user_api.oidc_scope",
    "hpc_user_socks_proxy": "hpc_user_api.socks_proxy",
    "hpc_user_development_mode": "backend_settings.development_mode",
}


@pytest.mark.parametrize(("key", "home"), LEGACY.items())
def test_a_key_of_an_older_release_is_refused_with_its_home(key, home):
    (finding,) = mistakes((f"backend_settings.{key}", SECRET))
    assert finding.path == f"backend_settings.{key}"
    assert f" {home} " in finding.fix
    assert SECRET not in str(finding)


def test_and_in_the_agents_file_too():
    values = {"hpc_user_client_secret": SECRET, "inode_hard_coefficient": 1}
    with pytest.raises(ConfigurationError) as caught:
        judge_storage_backend(values, {}, Path(), "offerings[0].backend_settings")
    told = {finding.path.rpartition(".")[2]: finding for finding in caught.value.findings}
    assert set(told) == set(values)
    assert "hpc_user_api.client_secret in the storage proxy's file" in told["hpc_user_client_secret"].fix


def test_the_file_of_the_site_agent_is_told_to_be_that_one():
    (finding,) = mistakes_in(yaml.safe_load(EXAMPLE.read_text()))
    assert finding.path == "offerings"
    assert "site agent" in finding.cause
    assert "waldur_api_url:" in finding.fix


@pytest.mark.parametrize("document", [None, 5, [], "text"])
def test_an_embedder_hands_over_a_mapping(document):
    assert "mapping is expected" in mistakes_in(document)[0].cause


def test_offerings_beside_the_keys_of_the_proxy_are_an_unknown_key():
    assert [finding.path for finding in mistakes(("offerings", []))] == ["offerings"]


def test_and_the_file_of_the_proxy_is_told_to_be_that_one():
    (finding,) = mistakes_of_the_agents(good())
    assert "storage proxy" in finding.cause
    assert "waldur-federation storage-proxy" in finding.fix


def test_no_key_of_any_level_crashes_on_any_shape_or_tells_it():
    shapes = [
        None,
        True,
        0,
        -1,
        10**40,
        1.5,
        float("nan"),
        "",
        SECRET,
        f"é\n{SECRET}",
        [],
        [[]],
        {},
        {1: 2},
        {"a": SECRET},
        object(),
    ]
    for level, keys in PROXY_KEYS.items():
        for name in keys:
            for value in shapes:
                found = mistakes((f"{level.value}.{name}".removeprefix("."), value))
                assert not any(SECRET in str(finding) for finding in found)
