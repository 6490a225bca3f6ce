"""Every key of the storage proxy's file, and the variables that count before it: one table for reader and reference."""

from collections.abc import Mapping
from types import MappingProxyType

from federation_adapters.http.access import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT
from federation_core.domain.storage.identities import GidFallback
from federation_core.domain.storage.paths import MountPointSource
from federation_runner.settings import kinds
from federation_runner.settings.keys import DEFAULT_SCOPE, LEVELS, Key, Place, Tables, table

CONFIG_PATH = "WALDUR_CSCS_STORAGE_PROXY_CONFIG_PATH"
DEBUG = "DEBUG"
GID_FALLBACKS = tuple(fallback.value for fallback in GidFallback)
MOUNT_POINT_SOURCES = tuple(source.value for source in MountPointSource)
_SECONDS = kinds.number(0, 86_400, open_=True)


class ProxyLevel(Place):
    """Where in the storage proxy's file."""

    TOP = ""
    BACKEND = "backend_settings"
    COMPONENT = "backend_components.storage"
    AUTH = "auth"
    USER_API = "hpc_user_api"


_TOP = table(
    Key("waldur_api_url", kinds.URL, "Where Waldur is, with or without `/api/`.", required=True),
    Key("waldur_api_token", kinds.TOKEN, "Token of a user who sees the offerings as their provider.", required=True),
    Key("waldur_verify_ssl", kinds.TRUTH, "Whether Waldur's certificate is checked.", default=True),
    Key("waldur_ca_file", kinds.FILE, "Certificates to trust for Waldur, a PEM file.", "", ours=True),
    Key("waldur_socks_proxy", kinds.PROXY, "Proxy for calls to Waldur.", ""),
    Key(
        "storage_systems",
        kinds.WORDS_TO_WORDS,
        "Storage system, as clients ask for it, to the slug of its offering in Waldur. In the variable as a JSON object.",
        required=True,
    ),
    Key("backend_settings", kinds.MAPPING, "How resources become items; see below.", None),
    Key("backend_components", kinds.MAPPING, "What a limit is counted in: `storage` alone; see below.", None),
    Key("auth", kinds.MAPPING, "Who may ask; see below.", None),
    Key("hpc_user_api", kinds.MAPPING, "Who knows Unix groups; see below. Nobody if left out.", None),
    Key(
        "gid_fallback",
        kinds.one_of("", *GID_FALLBACKS),
        "What is done with a storage whose Unix id nobody knows: a made-up one, none of it, or an error for all. If unset "
        "`mock` while no API is configured, authentication is off, or development or mock items are on; else `skip`.",
        "",
        ours=True,
    ),
    Key("gid_cache_ttl", _SECONDS, "Seconds that a group id is kept; until the restart if unset.", None, ours=True),
    Key(
        "gid_negative_ttl",
        _SECONDS,
        "Seconds after which a project without a group is asked for again.",
        60.0,
        ours=True,
    ),
    Key(
        "waldur_cache_ttl",
        _SECONDS,
        "Seconds after which all resources are read again.",
        30.0,
        ours=True,
    ),
    Key(
        "waldur_refresh_interval",
        kinds.number(0, 86_400),
        "Seconds after which changes are looked for, in between.",
        5.0,
        ours=True,
    ),
    Key("request_timeout", kinds.number(0, 600, open_=True), "Seconds a request may take.", DEFAULT_TIMEOUT, ours=True),
    Key(
        "answer_timeout",
        kinds.number(0, 600, open_=True),
        "Seconds that a client waits for Waldur at most; then it is told 504.",
        60.0,
        ours=True,
    ),
    Key(
        "max_concurrent_requests",
        kinds.whole(1, 32),
        "Requests to Waldur in flight at once.",
        DEFAULT_CONCURRENCY,
        ours=True,
    ),
    Key("debug_enabled", kinds.TRUTH, "Whether `debug=true` shows Waldur's own data.", default=True, ours=True),
    Key("log_level", kinds.one_of(*LEVELS), "Which log lines are written.", "INFO", ours=True),
)

_BACKEND = table(
    Key("storage_file_system", kinds.NAME, "What kind of file system every storage system is.", "lustre"),
    Key("inode_soft_coefficient", kinds.FACTOR, "Soft quota of inodes for each inode of the base.", 1.33),
    Key(
        "inode_hard_coefficient",
        kinds.FACTOR,
        "Hard quota of inodes for each inode of the base; no less than the soft one.",
        2.0,
    ),
    Key("inode_base_multiplier", kinds.FACTOR, "Inodes for each terabyte.", 1_000_000),
    Key(
        "use_mock_target_items",
        kinds.TRUTH,
        "Whether target items noted in Waldur are ignored, and Unix ids made up where nobody knows them.",
        default=False,
    ),
    Key("development_mode", kinds.TRUTH, "Whether Unix ids are made up where nobody knows them.", default=False),
    Key(
        "mount_point_source",
        kinds.one_of(*MOUNT_POINT_SOURCES),
        "Whether mount points are made of slugs, or are the `effective_id`, else the `backend_id`, where that is an absolute path.",
        "generated",
        ours=True,
    ),
    Key(
        "unique_hierarchy_ids",
        kinds.TRUTH,
        "Whether tenants and customers have an id of their own in each system and data type.",
        default=False,
        ours=True,
    ),
    Key(
        "allowed_transitions",
        kinds.TRUTH,
        "Whether items with an order list in `allowed_transitions` what may be done with it; the addresses tell the same.",
        default=False,
        ours=True,
    ),
)

_COMPONENT = table(
    Key("measured_unit", kinds.TEXT, "What a limit is counted in; `unit_factor` converts it.", "TB", idle=True),
    Key("accounting_type", kinds.one_of("limit", "usage", "one"), "How Waldur bills it.", "limit", idle=True),
    Key("label", kinds.TEXT, "What Waldur calls it.", "Storage", idle=True),
    Key("unit_factor", kinds.FACTOR, "What one unit of a limit is in TB; for GB write 0.001.", 1),
)

_AUTH = table(
    Key("disable_auth", kinds.TRUTH, "Whether anybody may ask; for development.", default=False),
    Key(
        "allow_remote_without_auth",
        kinds.TRUTH,
        "Whether anybody may ask at other addresses than loopback too, where authentication is off.",
        default=False,
        ours=True,
    ),
    Key("keycloak_url", kinds.OPTIONAL_URL, "The identity provider; needed while authentication is on.", ""),
    Key("keycloak_realm", kinds.NAME, "Its realm.", "cscs"),
    Key("keycloak_client_id", kinds.TEXT, "This service's client there; needed while authentication is on.", ""),
    Key("keycloak_client_secret", kinds.SECRET, "Its secret; tokens are judged without it.", "", idle=True),
    Key(
        "keycloak_audience",
        kinds.TEXT,
        "Whom tokens have to be issued for; `keycloak_client_id` if unset.",
        "",
        ours=True,
    ),
    Key("required_roles", kinds.TEXTS, "Roles, one of which a token has to show; none if empty.", (), ours=True),
    Key("debug_roles", kinds.TEXTS, "The same for debug mode.", (), ours=True),
    Key("token_leeway", kinds.number(0, 300), "Seconds by which clocks may differ.", 30.0, ours=True),
    Key("keycloak_verify_ssl", kinds.TRUTH, "Whether its certificate is checked.", default=True, ours=True),
    Key("keycloak_ca_file", kinds.FILE, "Certificates to trust for it, a PEM file.", "", ours=True),
)

_USER_API = table(
    Key("api_url", kinds.URL, "Where the HPC User API is.", required=True),
    Key("client_id", kinds.NAME, "Client at the identity provider.", required=True),
    Key("client_secret", kinds.SECRET, "Secret of that client.", required=True),
    Key("oidc_token_url", kinds.URL, "Where its tokens are fetched.", required=True),
    Key("oidc_scope", kinds.TEXT, "Scope that is asked for.", DEFAULT_SCOPE),
    Key("socks_proxy", kinds.PROXY, "Proxy for its calls and for those of its identity provider.", ""),
    Key("verify_ssl", kinds.TRUTH, "Whether certificates are checked.", default=True, ours=True),
    Key("ca_file", kinds.FILE, "Certificates to trust, a PEM file.", "", ours=True),
)

PROXY_KEYS: Tables = MappingProxyType(
    {
        ProxyLevel.TOP: _TOP,
        ProxyLevel.BACKEND: _BACKEND,
        ProxyLevel.COMPONENT: _COMPONENT,
        ProxyLevel.AUTH: _AUTH,
        ProxyLevel.USER_API: _USER_API,
    }
)

PROXY_VARIABLES: Mapping[ProxyLevel, Mapping[str, str]] = MappingProxyType(
    {
        ProxyLevel.TOP: {
            "waldur_api_url": "WALDUR_API_URL",
            "waldur_api_token": "WALDUR_API_TOKEN",
            "waldur_verify_ssl": "WALDUR_VERIFY_SSL",
            "waldur_socks_proxy": "WALDUR_SOCKS_PROXY",
            "storage_systems": "STORAGE_SYSTEMS",
        },
        ProxyLevel.BACKEND: {
            "storage_file_system": "STORAGE_FILE_SYSTEM",
            "inode_soft_coefficient": "INODE_SOFT_COEFFICIENT",
            "inode_hard_coefficient": "INODE_HARD_COEFFICIENT",
            "inode_base_multiplier": "INODE_BASE_MULTIPLIER",
            "use_mock_target_items": "USE_MOCK_TARGET_ITEMS",
            "development_mode": "HPC_USER_DEVELOPMENT_MODE",
        },
        ProxyLevel.COMPONENT: {},
        ProxyLevel.AUTH: {
            "disable_auth": "DISABLE_AUTH",
            "keycloak_url": "CSCS_KEYCLOAK_URL",
            "keycloak_realm": "CSCS_KEYCLOAK_REALM",
            "keycloak_client_id": "CSCS_KEYCLOAK_CLIENT_ID",
            "keycloak_client_secret": "CSCS_KEYCLOAK_CLIENT_SECRET",
        },
        ProxyLevel.USER_API: {
            "api_url": "HPC_USER_API_URL",
            "client_id": "HPC_USER_CLIENT_ID",
            "client_secret": "HPC_USER_CLIENT_SECRET",
            "oidc_token_url": "HPC_USER_OIDC_TOKEN_URL",
            "oidc_scope": "HPC_USER_OIDC_SCOPE",
            "socks_proxy": "HPC_USER_SOCKS_PROXY",
        },
    }
)
"""Key -> the variable that counts before it."""
