"""The storage proxy's file and environment, read to `ProxySettings` or to all mistakes in them."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs

from federation_adapters.http.access import Access, Anonymous, ClientCredentials, KeyNames, StaticToken
from federation_core.application.storage_tree import StorageSettings
from federation_core.domain.errors import ConfigurationError, Finding
from federation_core.domain.ids import Side
from federation_core.domain.storage.freshness import Freshness
from federation_core.domain.storage.identities import GidFallback
from federation_core.domain.storage.items import StorageRules
from federation_core.domain.storage.paths import MountPointSource
from federation_core.domain.storage.quotas import COMPONENT, QuotaRules
from federation_runner.settings.document import read_document
from federation_runner.settings.levels import Reading, shown
from federation_runner.settings.model import secrets_of
from federation_runner.settings.proxy_keys import DEBUG, PROXY_KEYS, PROXY_VARIABLES, ProxyLevel
from federation_runner.settings.texts import Surroundings, shape

Values = Mapping[str, Any]
KEYS_TIMEOUT, KEYS_ATTEMPTS = 5.0, 2
"""How long the keys of tokens are waited for: a client waits all that time."""

AGENTS = "offerings"
"""What the site agent's file begins with."""

LEGACY = "hpc_user_"
"""What keys of the User API began with when they stood among others."""

_TRUE = frozenset({"true", "yes", "1", "on"})


@attrs.frozen
class AuthSettings:
    """How tokens are judged.

    Attributes:
        issuer: address of the realm, as tokens name it.
        client_secret: of no use for judging tokens; known here so that no text shows it.
        leeway: seconds by which clocks may differ.
    """

    issuer: str
    client_id: str
    client_secret: str = attrs.field(repr=False)
    audience: str
    required_roles: frozenset[str]
    leeway: float
    access: Access


@attrs.frozen
class ProxySettings:
    """Everything that the storage proxy is told.

    Attributes:
        systems: name -> slug of the offering.
        auth: None where anybody may ask.
        debug_roles: one of which a caller needs for debug mode.
        allows_remote_without_auth: whether anybody may ask at other addresses than loopback, too.
        user_api: None where nobody knows Unix groups.
        patience: seconds that a client waits for Waldur at most.
        shown: what debug mode shows of these settings.
    """

    waldur: Access
    systems: Mapping[str, str]
    tree: StorageSettings
    auth: AuthSettings | None
    debug_roles: frozenset[str]
    allows_remote_without_auth: bool
    user_api: Access | None
    debug_enabled: bool
    patience: float
    log_level: str
    shown: Mapping[str, Any]

    @property
    def stays_local(self) -> bool:
        """Whether only loopback addresses are answered at."""
        return self.auth is None and not self.allows_remote_without_auth

    @property
    def invents_ids(self) -> bool:
        """Whether Unix ids are made up where nobody knows them."""
        return self.tree.fallback is GidFallback.MOCK

    def secrets(self) -> frozenset[str]:
        """What no log line may show."""
        found = {
            secret for access in (self.waldur, self.user_api) if access is not None for secret in secrets_of(access)
        }
        if self.auth is not None:
            found.add(self.auth.client_secret)
        return frozenset(found - {""})

    def mocked(self) -> "ProxySettings":
        """The same with made-up Unix ids, and nobody asked for them."""
        rules = attrs.evolve(self.tree.rules, ignores_stored_items=True)
        tree = attrs.evolve(self.tree, rules=rules, fallback=GidFallback.MOCK)
        return attrs.evolve(self, tree=tree, user_api=None)


def load_proxy(path: Path, environ: Mapping[str, str]) -> ProxySettings:
    """The settings in the file at *path*, and in the environment, which counts before it.

    Raises:
        ConfigurationError: with every mistake in them.
    """
    return parse_proxy(read_document(path, begins_with="waldur_api_url"), environ, path.parent)


def parse_proxy(document: Values, environ: Mapping[str, str], base: Path) -> ProxySettings:
    """The settings in a document already read, and in the environment.

    Args:
        document: the file's content.
        environ: environment variables.
        base: where relative paths start.

    Raises:
        ConfigurationError: with every mistake in them.
    """
    if is_of(document, AGENTS, unlike="waldur_api_url"):
        fix = "name the storage proxy's own file, which begins with the key waldur_api_url:"
        raise ConfigurationError(Finding(AGENTS, "these are settings of the site agent", fix))
    reading = Reading(Surroundings(environ, base), PROXY_KEYS)
    top = _level(reading, ProxyLevel.TOP, document)
    backend = _level(reading, ProxyLevel.BACKEND, _without_legacy(reading, top["backend_settings"] or {}))
    _judge_coefficients(reading, backend)
    component = _component(reading, top["backend_components"] or {})
    auth_values = _level(reading, ProxyLevel.AUTH, top["auth"] or {})
    _judge_systems(reading, top)
    _judge_auth(reading, auth_values)
    users = _users(reading, top["hpc_user_api"])
    reading.finish()
    auth = _auth(auth_values, top)
    waldur = _waldur(top)
    return ProxySettings(
        waldur=waldur,
        systems=top["storage_systems"],
        tree=StorageSettings(
            rules=_rules(backend, component, waldur),
            fallback=_fallback(top, backend, is_guarded=auth is not None, has_api=users is not None),
            freshness=Freshness(top["waldur_cache_ttl"], min(top["waldur_refresh_interval"], top["waldur_cache_ttl"])),
            group_life=top["gid_cache_ttl"],
            unknown_life=top["gid_negative_ttl"],
        ),
        auth=auth,
        debug_roles=frozenset(auth_values["debug_roles"]),
        allows_remote_without_auth=auth_values["allow_remote_without_auth"],
        user_api=None if users is None else _user_api(users, top),
        debug_enabled=top["debug_enabled"],
        patience=top["answer_timeout"],
        log_level="DEBUG" if environ.get(DEBUG, "").strip().lower() in _TRUE else top["log_level"],
        shown=_shown(top, backend, component),
    )


def is_of(document: object, key: str, *, unlike: str) -> bool:
    """Whether a document is of the kind that has *key*, and not of the one that has *unlike*."""
    return isinstance(document, Mapping) and key in document and unlike not in document


def judge_storage_backend(
    values: Mapping[Any, Any], environ: Mapping[str, str], base: Path, path: str = "backend_settings"
) -> None:
    """Judge the ``backend_settings`` of a storage system in the agent's file, which are those of the storage proxy.

    Args:
        values: their content.
        environ: what references are resolved with.
        base: where relative paths start.
        path: where they stand.

    Raises:
        ConfigurationError: with every mistake in them.
    """
    reading = Reading(Surroundings(environ, base), PROXY_KEYS)
    backend = reading.level(ProxyLevel.BACKEND, _without_legacy(reading, values, path), path)
    _judge_coefficients(reading, backend, path)
    reading.finish()


def _without_legacy(reading: Reading, values: Values, path: str = ProxyLevel.BACKEND.value) -> Values:
    """*values* without the keys that an older release took here for what has a level of its own, and that are refused."""
    homes = {f"{LEGACY}{key}": f"{ProxyLevel.USER_API.value}.{key}" for key in PROXY_KEYS[ProxyLevel.USER_API]}
    homes[f"{LEGACY}development_mode"] = f"{ProxyLevel.BACKEND.value}.development_mode"
    found = [key for key in values if key in homes]
    for key in found:
        cause = "a key of an older release, in a place that debug mode shows"
        reading.wrong(f"{path}.{key}", cause, f"write it as {homes[key]} in the storage proxy's file")
    return {key: value for key, value in values.items() if key not in homes} if found else values


def _level(reading: Reading, level: ProxyLevel, content: object) -> dict[str, Any]:
    """One level of the file, with what the environment says in its place."""
    if isinstance(content, Mapping):
        content = {**content, **_from_environment(reading, level)}
    return reading.level(level, content, level.value)


def _from_environment(reading: Reading, level: ProxyLevel) -> dict[str, Any]:
    environ = reading.around.environ
    found: dict[str, Any] = {}
    for key, variable in PROXY_VARIABLES[level].items():
        text = environ.get(variable, "")
        if text.strip():
            found[key] = _object(reading, variable, text) if key == "storage_systems" else text
            reading.elsewhere[f"{level.value}.{key}".removeprefix(".")] = f"environment.{variable}"
    return found


def _object(reading: Reading, variable: str, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        fix = 'write it as JSON, such as {"capstor": "capstor"}'
        reading.wrong(f"environment.{variable}", f"{shape(text)} that is no JSON object", fix)
        return {"capstor": "capstor"}


def _component(reading: Reading, content: Values) -> dict[str, Any]:
    for name in content:
        if name != COMPONENT:
            where = f"backend_components.{shown(name)}"
            reading.wrong(where, "a component that is not served", f"remove it; {COMPONENT} is the only one")
    return _level(reading, ProxyLevel.COMPONENT, content.get(COMPONENT) or {})


def _judge_coefficients(reading: Reading, backend: Values, path: str = ProxyLevel.BACKEND.value) -> None:
    if any(reading.below(f"{path}.inode_{which}_coefficient") for which in ("soft", "hard")):
        return
    soft, hard = Fraction(str(backend["inode_soft_coefficient"])), Fraction(str(backend["inode_hard_coefficient"]))
    if hard < soft:
        reading.wrong(f"{path}.inode_hard_coefficient", "less than inode_soft_coefficient", "write at least as much")


def _judge_systems(reading: Reading, top: Values) -> None:
    systems = top["storage_systems"]
    if systems is not None and not systems:
        reading.wrong("storage_systems", "an empty mapping", "write at least one, such as capstor: capstor")


def _judge_auth(reading: Reading, auth: Values) -> None:
    level = ProxyLevel.AUTH.value
    if auth["disable_auth"] or any(finding.path == level for finding in reading.below(level)):
        return
    for key in ("keycloak_url", "keycloak_client_id"):
        if not auth[key] and not reading.below(f"auth.{key}"):
            reading.missing(f"auth.{key}", key, "write it, as authentication is on")


def _users(reading: Reading, content: object) -> dict[str, Any] | None:
    """The keys of the user service; None where neither file nor environment speak of it."""
    if content is None and not _from_environment(reading, ProxyLevel.USER_API):
        return None
    return _level(reading, ProxyLevel.USER_API, content or {})


def _fallback(top: Values, backend: Values, *, is_guarded: bool, has_api: bool) -> GidFallback:
    if top["gid_fallback"]:
        return GidFallback(top["gid_fallback"])
    is_for_real = is_guarded and has_api and not (backend["development_mode"] or backend["use_mock_target_items"])
    return GidFallback.SKIP if is_for_real else GidFallback.MOCK


def _rules(backend: Values, component: Values, waldur: Access) -> StorageRules:
    return StorageRules(
        api_root=f"{waldur.base_url}/api",
        file_system=backend["storage_file_system"],
        quotas=QuotaRules(
            to_terabytes=_exact(component["unit_factor"]),
            inodes_per_terabyte=_exact(backend["inode_base_multiplier"]),
            soft=_exact(backend["inode_soft_coefficient"]),
            hard=_exact(backend["inode_hard_coefficient"]),
        ),
        mount_points=MountPointSource(backend["mount_point_source"]),
        ignores_stored_items=backend["use_mock_target_items"],
        unique_hierarchy_ids=backend["unique_hierarchy_ids"],
        tells_transitions=backend["allowed_transitions"],
    )


def _exact(value: object) -> Fraction:
    return Fraction(str(value))


def _waldur(top: Values) -> Access:
    return Access(
        side=Side.A,
        url=top["waldur_api_url"],
        credentials=StaticToken(top["waldur_api_token"]),
        verify=top["waldur_verify_ssl"],
        ca_file=top["waldur_ca_file"],
        proxy=top["waldur_socks_proxy"],
        timeout=top["request_timeout"],
        concurrency=top["max_concurrent_requests"],
        keys=KeyNames("waldur_api_url", "waldur_api_token", "waldur_ca_file", proxy="waldur_socks_proxy"),
    )


def _user_api(users: Values, top: Values) -> Access:
    grant = ClientCredentials(
        users["oidc_token_url"], users["client_id"], users["client_secret"], users["oidc_scope"] or "openid"
    )
    return Access(
        side=Side.B,
        url=users["api_url"],
        credentials=grant,
        verify=users["verify_ssl"],
        ca_file=users["ca_file"],
        proxy=users["socks_proxy"],
        timeout=top["request_timeout"],
        keys=KeyNames(
            "hpc_user_api.api_url",
            "hpc_user_api.client_id, hpc_user_api.client_secret",
            "hpc_user_api.ca_file",
            "hpc_user_api.oidc_token_url",
            "hpc_user_api.socks_proxy",
        ),
    )


def _auth(auth: Values, top: Values) -> AuthSettings | None:
    if auth["disable_auth"]:
        return None
    issuer = f"{auth['keycloak_url'].rstrip('/')}/realms/{auth['keycloak_realm']}"
    return AuthSettings(
        issuer=issuer,
        client_id=auth["keycloak_client_id"],
        client_secret=auth["keycloak_client_secret"],
        audience=auth["keycloak_audience"] or auth["keycloak_client_id"],
        required_roles=frozenset(auth["required_roles"]),
        leeway=auth["token_leeway"],
        access=Access(
            side=Side.B,
            url=auth["keycloak_url"],
            credentials=Anonymous(),
            verify=auth["keycloak_verify_ssl"],
            ca_file=auth["keycloak_ca_file"],
            timeout=min(top["request_timeout"], KEYS_TIMEOUT),
            attempts=KEYS_ATTEMPTS,
            keys=KeyNames("auth.keycloak_url", ca_file="auth.keycloak_ca_file"),
        ),
    )


def _shown(top: Values, backend: Values, component: Values) -> dict[str, Any]:
    """What debug mode shows: chosen key by key, so that nothing else can be among it."""
    return {
        "api_url": top["waldur_api_url"],
        "backend_type": "cscs-hpc-storage",
        "backend_settings": {key: _plain(value) for key, value in backend.items()},
        "backend_components": {COMPONENT: {key: _plain(value) for key, value in component.items()}},
    }


def _plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value
