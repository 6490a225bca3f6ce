"""Every key the settings may have, level by level: the one table that the reader and the reference page work from."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

import attrs

from federation_adapters.http.access import DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT
from federation_core.application.configure import (
    END_DATE_WAYS,
    LIMIT_ROUNDINGS,
    LIMIT_WAYS,
    MATCH_FIELDS,
    MEMBERSHIP_POLICIES,
    NOT_FOUND_ACTIONS,
    ORPHAN_POLICIES,
    RESOLVE_METHODS,
    SHARED_USAGES,
    USAGE_ATTRIBUTIONS,
    USAGE_CORRECTIONS,
)
from federation_runner.settings import kinds
from federation_runner.settings.kinds import Kind

_SAKE = "Accepted for the official agent's sake."
_BY_CORE = "Read by the official agent's core."
_OF_OFFERING = "Belongs to A's offering component."
_COUNT = kinds.whole(0, 10**9)
_AMOUNT = kinds.number(-1e18, 1e18)
WS_PATH = "/rmqws-stomp"
DEFAULT_SCOPE = "openid"
ENDPOINT_STYLES = ("path", "query")
UNIT_CONVERSIONS = ("multiply", "divide")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Place(Enum):
    """Where in a file a key stands; the value is its path."""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return str(self.value) or "the top level"


class Level(Place):
    """Where in the agent's file."""

    TOP = ""
    LOG_SHIPPING = "log_shipping"
    OFFERING = "offerings[]"
    BACKEND = "offerings[].backend_settings"
    COMPONENT = "offerings[].backend_components.NAME"
    TARGET = "offerings[].backend_components.NAME.target_components.NAME"
    PERIODIC = "offerings[].backend_settings.periodic_limits"
    COMPUTE = "offerings[].backend_settings of cscs-dwdi-compute"
    STORAGE = "offerings[].backend_settings of cscs-dwdi-storage"
    METERED = "offerings[].backend_components.NAME of cscs-dwdi-compute and cscs-dwdi-storage"
    FIELDS = "offerings[].backend_settings.component_fields.NAME"


@attrs.frozen
class Key:
    """One key.

    Attributes:
        kind: how a value is read, what it is called, and whether it is a secret.
        purpose: one sentence, for the reference page.
        default: the value where the key is absent, or has no value.
        ours: not known to the official agent.
        idle: read and checked, but without effect in this release.
    """

    name: str
    kind: Kind
    purpose: str
    default: Any = None
    required: bool = False
    ours: bool = False
    idle: bool = False

    @property
    def plain_words(self) -> str:
        """What to write, for a terminal."""
        return self.kind.words.replace("`", "")


def table(*keys: Key) -> Mapping[str, Key]:
    """The keys of one place, by name."""
    return MappingProxyType({key.name: key for key in keys})


def _idle(name: str, kind: Kind, default: Any, purpose: str) -> Key:  # noqa: ANN401 - of the kind's type
    return Key(name, kind, purpose, default, idle=True)


def _kept(kind: Kind, purpose: str, *names: str) -> tuple[Key, ...]:
    """Keys of the official agent that mean nothing here and are checked for their form alone."""
    return tuple(_idle(name, kind, None, purpose) for name in names)


_TOP = table(
    Key("offerings", kinds.OFFERINGS, "The offerings to federate.", required=True),
    Key("log_level", kinds.one_of(*LEVELS), "Which log lines are written.", "INFO"),
    Key("timezone", kinds.ZONE, "Whose months usage is reported by: the zone of A's server.", "UTC"),
    Key("reporting_periods", kinds.whole(1, 12), "Months that each usage report covers, the current one included.", 2),
    Key("global_proxy", kinds.OPTIONAL_URL, "Proxy for calls to A.", ""),
    Key(
        "expose_backend_error_details",
        kinds.TRUTH,
        "Whether users of A read B's own words about a failed order; a fixed sentence otherwise.",
        default=True,
    ),
    _idle("sentry_dsn", kinds.DSN, "", _SAKE),
    _idle("elastic_apm_server_url", kinds.OPTIONAL_URL, "", _SAKE),
    _idle("log_shipping", kinds.MAPPING, None, _SAKE),
)

_LOG_SHIPPING = table(
    _idle("enabled", kinds.TRUTH, default=False, purpose=_SAKE),
    _idle("ship_interval_seconds", kinds.whole(10, 86_400), 60, _SAKE),
    _idle("buffer_size_mb", kinds.whole(1, 1024), 1, _SAKE),
    _idle("log_level", kinds.one_of(*LEVELS), "WARNING", _SAKE),
)

_OFFERING = table(
    Key("name", kinds.NAME, "How the offering is called in logs and tables.", required=True),
    Key("waldur_api_url", kinds.URL, "Where A is, with or without `/api/`.", required=True),
    Key("waldur_api_token", kinds.TOKEN, "A's token of a provider's user.", ""),
    Key("oidc_token_url", kinds.OPTIONAL_URL, "Identity provider for A, used where the token is empty.", ""),
    Key("oidc_client_id", kinds.TEXT, "Client at that identity provider.", ""),
    Key("oidc_client_secret", kinds.SECRET, "Secret of that client.", ""),
    Key("waldur_offering_uuid", kinds.UUID_KIND, "The offering on A.", required=True),
    Key(
        "backend_type",
        kinds.NAME,
        "`waldur`, in any case, for offerings that are federated; `cscs-dwdi-compute` or `cscs-dwdi-storage` for metered ones.",
        required=True,
    ),
    Key("backend_settings", kinds.MAPPING, "How B delivers; see below.", None),
    Key("backend_components", kinds.MAPPING, "Components of A, and what they stand for on B; see below.", None),
    Key("order_processing_backend", kinds.TEXT, "`waldur` forwards orders; empty leaves them alone.", ""),
    Key(
        "membership_sync_backend",
        kinds.TEXT,
        "`waldur` carries people and roles, projects' fields and user names over.",
        "",
    ),
    Key(
        "reporting_backend",
        kinds.TEXT,
        "`waldur` reports usage, and keeps limits, dates, ids and states of resources alike; `cscs-dwdi-compute` and "
        "`cscs-dwdi-storage` report what the warehouse shows.",
        "",
    ),
    Key(
        "username_management_backend",
        kinds.TEXT,
        "`waldur-identity-bridge` pushes profiles to B.",
        "base",
    ),
    Key("verify_ssl", kinds.TRUTH, "Whether A's certificate is checked.", default=True),
    Key("ca_file", kinds.FILE, "Certificates to trust for A, a PEM file.", "", ours=True),
    Key("stomp_enabled", kinds.TRUTH, "Whether events from A are listened to.", default=False),
    Key(
        "stomp_membership_sync_enabled",
        kinds.TRUTH,
        "Whether events of people and roles are among them; as `stomp_enabled` if unset.",
        None,
    ),
    Key("stomp_ws_host", kinds.TEXT, "Host of A's broker; that of `waldur_api_url` if empty.", ""),
    Key(
        "stomp_ws_port",
        kinds.whole(1, 65_535),
        "Its port; if unset that of `waldur_api_url`, else 443 with TLS and 80 without.",
        None,
    ),
    Key("stomp_ws_path", kinds.TEXT, "Path of STOMP over WebSocket there.", WS_PATH),
    Key("websocket_use_tls", kinds.TRUTH, "Whether A's broker is spoken to in TLS.", default=True),
    Key(
        "stomp_ca_file",
        kinds.FILE,
        "Certificates to trust for A's broker, a PEM file; `ca_file` if unset.",
        "",
        ours=True,
    ),
    _idle("resource_import_enabled", kinds.TRUTH, default=False, purpose=_SAKE),
    Key("username_reconciliation_enabled", kinds.TRUTH, "Whether user names on B are carried to A.", default=False),
    Key("omit_anomalous_usage_components", kinds.TRUTH, "The same as `usage_corrections: omit`.", default=False),
)

_CORES = (
    *_kept(
        kinds.TRUTH,
        _BY_CORE,
        "check_backend_id_uniqueness",
        "check_all_offerings",
        "soft_delete",
        "enable_user_homedir_account_creation",
    ),
    *_kept(kinds.whole(0, 1_000_000), _BY_CORE, "backend_id_max_retries"),
    *_kept(kinds.TEXT, _BY_CORE, "allocation_prefix", "project_prefix", "customer_prefix", "default_account"),
    *_kept(kinds.TEXT, _BY_CORE, "default_homedir_umask", "homedir_base_path"),
    *_kept(kinds.ANYTHING, _BY_CORE, "homedir_quota"),
    *_kept(kinds.MAPPING, _BY_CORE, "periodic_limits"),
)

_CORRECTIONS = Key(
    "usage_corrections",
    kinds.one_of(*USAGE_CORRECTIONS),
    "What happens where B shows less usage than A has: taken over, held for a person, or left out.",
    "accept",
    ours=True,
)
_CONCURRENCY = Key(
    "max_concurrent_requests",
    kinds.whole(1, 32),
    "Requests in flight at once, to each side.",
    DEFAULT_CONCURRENCY,
    ours=True,
)

_BACKEND = table(
    Key("target_api_url", kinds.URL, "Where B is, with or without `/api/`.", required=True),
    Key("target_api_token", kinds.TOKEN, "B's token of a user with a role on the customer below.", ""),
    Key(
        "target_oidc_token_url",
        kinds.OPTIONAL_URL,
        "Identity provider for B, used where the token is empty.",
        "",
        ours=True,
    ),
    Key("target_oidc_client_id", kinds.TEXT, "Client at that identity provider.", "", ours=True),
    Key("target_oidc_client_secret", kinds.SECRET, "Secret of that client.", "", ours=True),
    Key("target_offering_uuid", kinds.UUID_KIND, "The offering on B that delivers.", required=True),
    Key("target_customer_uuid", kinds.UUID_KIND, "Our customer on B, who orders.", required=True),
    Key("target_plan", kinds.TEXT, "Pricing plan on B where none is named as on A: name or UUID.", "", ours=True),
    Key("accept_terms_of_service", kinds.TRUTH, "Consent to B's terms with each order.", default=False, ours=True),
    Key("passthrough_attributes", kinds.TEXTS, "Attributes of A's order that travel to B.", ()),
    Key(
        "orphan_policy", kinds.one_of(*ORPHAN_POLICIES), "What happens to resources nobody wants.", "report", ours=True
    ),
    Key("limit_rounding", kinds.one_of(*LIMIT_ROUNDINGS), "Which whole limit is ordered.", "ceil", ours=True),
    Key("shared_target_usage", kinds.one_of("", *SHARED_USAGES), "Whose shared usage is.", "", ours=True),
    _CORRECTIONS,
    Key(
        "create_settle_seconds",
        kinds.number(0, 86_400),
        "How long an unseen order on B may still be committing; `request_timeout` + 5 if unset.",
        None,
        ours=True,
    ),
    Key("request_timeout", kinds.number(0, 600, open_=True), "Seconds a request may take.", DEFAULT_TIMEOUT, ours=True),
    _CONCURRENCY,
    Key("target_verify_ssl", kinds.TRUTH, "Whether B's certificate is checked.", default=True, ours=True),
    Key("target_ca_file", kinds.FILE, "Certificates to trust for B, a PEM file.", "", ours=True),
    Key("target_proxy", kinds.OPTIONAL_URL, "Proxy for calls to B.", "", ours=True),
    Key("order_poll_timeout", kinds.number(0, 86_400, open_=True), "Seconds `run --once --wait` stays at most.", 300.0),
    Key("order_poll_interval", kinds.number(0, 3_600, open_=True), "Seconds between its cycles.", 5.0),
    Key("user_match_field", kinds.one_of(*MATCH_FIELDS), "By what people are known on both sides.", "cuid"),
    Key(
        "user_resolve_method",
        kinds.one_of("", *RESOLVE_METHODS),
        "How people are found on B; unset, the bridge if `identity_bridge_source` is set, else by `user_match_field`.",
        "",
    ),
    Key(
        "identity_bridge_source",
        kinds.TEXT,
        "Who vouches for people, such as `isd:example`; `waldur-identity-bridge` takes it.",
        "",
    ),
    Key("user_not_found_action", kinds.one_of(*NOT_FOUND_ACTIONS), "What a person whom B does not know means.", "warn"),
    Key("role_mapping", kinds.WORDS_TO_WORDS, "Roles of A to roles of B.", MappingProxyType({})),
    Key(
        "membership_policy",
        kinds.one_of(*MEMBERSHIP_POLICIES),
        "Which roles on B that A does not ask for are taken away: those our accounts gave, all, or none.",
        "owned",
        ours=True,
    ),
    Key(
        "grant_owner_uuids",
        kinds.UUIDS,
        "Further accounts on B whose grants count as ours, such as earlier service accounts.",
        (),
        ours=True,
    ),
    Key("end_date_sync_direction", kinds.one_of(*END_DATE_WAYS), "Which side's end dates win.", "bidirectional"),
    Key("limit_sync_direction", kinds.one_of(*LIMIT_WAYS), "Whether B's limits are taken over.", "b_to_a"),
    Key(
        "last_sync_interval",
        kinds.number(0, 31_622_400),
        "Seconds after which a resource that is well on both sides is confirmed again on A; never if unset.",
        None,
        ours=True,
    ),
    Key("fetch_consented_users_only", kinds.TRUTH, "Whether only people who consented are told of.", default=False),
    Key("target_stomp_enabled", kinds.TRUTH, "Whether events from B are listened to.", default=False),
    Key(
        "target_stomp_offering_uuid",
        kinds.OPTIONAL_UUID,
        "Offering on B whose agent identity is used, where our user may; `target_offering_uuid` if unset.",
        "",
    ),
    Key("target_stomp_ws_host", kinds.TEXT, "Host of B's broker; that of `target_api_url` if empty.", "", ours=True),
    Key(
        "target_stomp_ws_port",
        kinds.whole(1, 65_535),
        "Its port; if unset that of `target_api_url`, else 443 with TLS and 80 without.",
        None,
        ours=True,
    ),
    Key("target_stomp_ws_path", kinds.TEXT, "Path of STOMP over WebSocket there.", WS_PATH, ours=True),
    Key(
        "target_websocket_use_tls",
        kinds.TRUTH,
        "Whether B's broker is spoken to in TLS.",
        default=True,
        ours=True,
    ),
    Key(
        "target_stomp_ca_file",
        kinds.FILE,
        "Certificates to trust for B's broker, a PEM file; `target_ca_file` if unset.",
        "",
        ours=True,
    ),
    *_CORES,
)

_WAREHOUSE = (
    Key(
        "cscs_dwdi_api_url",
        kinds.URL,
        "Where the warehouse is, with or without `/api/v1`.",
        required=True,
    ),
    Key("cscs_dwdi_client_id", kinds.NAME, "Client at the identity provider.", required=True),
    Key("cscs_dwdi_client_secret", kinds.SECRET, "Secret of that client.", required=True),
    Key("cscs_dwdi_oidc_token_url", kinds.URL, "Where its tokens are fetched.", required=True),
    Key("cscs_dwdi_oidc_scope", kinds.TEXT, "Scope that is asked for.", DEFAULT_SCOPE),
    Key(
        "socks_proxy",
        kinds.PROXY,
        "Proxy for calls of the warehouse and of the identity provider; the `socks` schemes need the extra `dwdi`.",
        "",
    ),
    Key("verify_ssl", kinds.TRUTH, "Whether certificates are checked.", default=True, ours=True),
    Key("ca_file", kinds.FILE, "Certificates to trust, a PEM file.", "", ours=True),
    Key("connect_timeout", kinds.number(0, 600, open_=True), "Seconds that connecting may take.", 10.0, ours=True),
    Key("read_timeout", kinds.number(0, 600, open_=True), "Seconds that each wait for data may take.", 30.0, ours=True),
    Key("max_retries", kinds.whole(0, 10), "How often a request that failed for the moment is repeated.", 2, ours=True),
    Key("batch_size", kinds.whole(1, 500), "Accounts or paths that one request asks for.", 50, ours=True),
    Key(
        "absent_means_zero",
        kinds.TRUTH,
        "Whether what the warehouse does not show, beside others that it shows, has used nothing.",
        default=False,
        ours=True,
    ),
    Key(
        "component_fields",
        kinds.MAPPING,
        "Where a component stands in the warehouse's answers, for other components than the usual; see below.",
        None,
        ours=True,
    ),
    _CORRECTIONS,
    _CONCURRENCY,
    *_CORES,
)

_COMPUTE = table(
    *_WAREHOUSE,
    Key("cscs_dwdi_cluster", kinds.TEXT, "Cluster to ask for where A names none; all if unset.", ""),
)

_STORAGE = table(
    *_WAREHOUSE,
    Key("storage_filesystem", kinds.NAME, "File system, such as `lustre`.", required=True),
    Key("storage_data_type", kinds.NAME, "Kind of data on it, such as `projects`.", required=True),
    Key("storage_tenant", kinds.TEXT, "Tenant to ask for; all if unset.", ""),
    Key(
        "storage_path_mapping",
        kinds.WORDS_TO_WORDS,
        "`backend_id` of a resource to its path; without an entry its effective id, else its `backend_id`, is the path.",
        MappingProxyType({}),
    ),
    Key(
        "storage_endpoint_style",
        kinds.one_of(*ENDPOINT_STYLES),
        "Where requests name the file system: in their path, as documented, or in their query.",
        "path",
        ours=True,
    ),
    Key(
        "unit_conversion",
        kinds.one_of(*UNIT_CONVERSIONS),
        "Whether factors are multiplied with, or divided by, as published releases of the official plug-in do for storage.",
        "multiply",
        ours=True,
    ),
)

_LABELS = (
    Key("measured_unit", kinds.LABEL, "Unit shown on A.", required=True, idle=True),
    Key("accounting_type", kinds.one_of("usage", "limit", "one"), "How A bills it.", required=True, idle=True),
    Key("label", kinds.LABEL, "Name shown on A.", required=True, idle=True),
)

_CORES_COMPONENT = (
    *_kept(kinds.number(0, 1e18), "Not applied to what is federated.", "limit"),
    *_kept(kinds.LABEL, _OF_OFFERING, "description", "article_code"),
    *_kept(kinds.one_of("annual", "month", "quarterly", "total"), _OF_OFFERING, "limit_period"),
    *_kept(kinds.TRUTH, _OF_OFFERING, "is_boolean", "is_prepaid"),
    *_kept(_AMOUNT, _OF_OFFERING, "min_value", "max_value", "max_available_limit", "default_limit"),
    *_kept(_COUNT, _OF_OFFERING, "min_prepaid_duration", "max_prepaid_duration", "prepaid_duration_step"),
    *_kept(_COUNT, _OF_OFFERING, "min_renewal_duration", "max_renewal_duration", "renewal_duration_step"),
)

_METERED = table(
    *_LABELS,
    Key("unit_factor", kinds.FACTOR, "A's units that one of the warehouse's is.", 1),
    Key("unit_factor_reporting", kinds.OPTIONAL_FACTOR, "The same; it counts where it is set.", None),
    *_CORES_COMPONENT,
)

_FIELDS = table(
    Key("total", kinds.NAME, "Field of an account's or a path's row.", required=True, ours=True),
    Key("person", kinds.TEXT, "Field of a user's row; none if unset.", "", ours=True),
)

_COMPONENT = table(
    *_LABELS,
    Key("target_components", kinds.MAPPING, "Components of B it stands for; none: the same name, factor 1.", None),
    Key("usage_attribution", kinds.one_of(*USAGE_ATTRIBUTIONS), "How usage is credited.", "sum", ours=True),
    Key("primary_target", kinds.TEXT, "The target whose usage counts, for `primary`.", "", ours=True),
    *_kept(
        kinds.number(0, 1e18, open_=True), "Not applied to what is federated.", "unit_factor", "unit_factor_reporting"
    ),
    *_CORES_COMPONENT,
)

_TARGET = table(Key("factor", kinds.FACTOR, "How many of its units one unit on A stands for.", 1))
_PERIODIC = table(_idle("enabled", kinds.TRUTH, default=False, purpose=_BY_CORE))

Tables = Mapping[Place, Mapping[str, Key]]

KEYS: Tables = MappingProxyType(
    {
        Level.TOP: _TOP,
        Level.LOG_SHIPPING: _LOG_SHIPPING,
        Level.OFFERING: _OFFERING,
        Level.BACKEND: _BACKEND,
        Level.COMPONENT: _COMPONENT,
        Level.TARGET: _TARGET,
        Level.PERIODIC: _PERIODIC,
        Level.COMPUTE: _COMPUTE,
        Level.STORAGE: _STORAGE,
        Level.METERED: _METERED,
        Level.FIELDS: _FIELDS,
    }
)


@attrs.frozen
class Variable:
    """One environment variable that sets an interval, in minutes."""

    name: str
    default: float
    purpose: str
    idle: bool = False


MOST_MINUTES = 527_040
"""A leap year; no interval is longer."""
_PREFIX = "WALDUR_SITE_AGENT_"
ORDER_PROCESS = Variable(f"{_PREFIX}ORDER_PROCESS_PERIOD_MINUTES", 5, "Minutes from one order cycle to the next.")
REPORT = Variable(f"{_PREFIX}REPORT_PERIOD_MINUTES", 30, "Minutes between usage reports.")
MEMBERSHIP_SYNC = Variable(f"{_PREFIX}MEMBERSHIP_SYNC_PERIOD_MINUTES", 5, "Minutes between membership cycles.")
RECONCILIATION = Variable(
    f"{_PREFIX}RECONCILIATION_PERIOD_MINUTES", 60, "Minutes between cycles of what events tell, while they come in."
)
VARIABLES = (ORDER_PROCESS, REPORT, MEMBERSHIP_SYNC, RECONCILIATION)
