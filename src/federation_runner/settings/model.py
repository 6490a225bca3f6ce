"""The settings as one frozen tree; what the rest of the runner sees of the file."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit
from uuid import UUID

import attrs

from federation_adapters.dwdi.fields import Fields
from federation_adapters.http.access import Access, Anonymous, ClientCredentials, StaticToken
from federation_core.application.configure import (
    ComponentMapping,
    FieldSettings,
    MemberSettings,
    MeterSettings,
    OrderSettings,
    UsageSettings,
)


@attrs.frozen
class Intervals:
    """Seconds from the end of a cycle to the next, for each mode; in event mode, between full passes."""

    order_process_seconds: float
    report_seconds: float
    membership_sync_seconds: float
    reconciliation_seconds: float


@attrs.frozen
class Skipped:
    """An offering that is none of ours, and why."""

    name: str
    reason: str


@attrs.frozen
class Events:
    """Events from one side.

    Attributes:
        offering: the one there whose agent identity is used.
        host: the broker; empty for the host of the side's address.
        port: its port; None for the usual one.
        ca_file: a file of certificates to trust for it; empty for the system's.
        membership: whether people and roles are told by events too.
    """

    enabled: bool
    offering: UUID
    host: str
    port: int | None
    path: str
    use_tls: bool
    ca_file: str
    membership: bool = True


@attrs.frozen
class People:
    """How people of A are found on B, and what is carried over.

    Attributes:
        match_field: ``cuid``, ``email`` or ``username``.
        resolve_method: ``identity_bridge``, ``remote_eduteams`` or ``user_field``.
        bridge_source: who vouches for people; empty for nobody, and then there is no bridge.
        pushes_profiles: whether profiles are pushed to B's identity bridge.
        not_found_action: ``warn`` or ``fail``.
        role_mapping: role on A -> role on B; a role without an entry keeps its name.
    """

    match_field: str
    resolve_method: str
    bridge_source: str
    pushes_profiles: bool
    not_found_action: str
    role_mapping: Mapping[str, str]
    consented_only: bool


@attrs.frozen
class Storage:
    """Which file system a warehouse is asked about.

    Attributes:
        data_type: such as ``projects``.
        tenant: whose; empty for all.
        style: ``path`` or ``query``: where requests name the file system.
    """

    filesystem: str
    data_type: str
    tenant: str
    style: str


@attrs.frozen
class Warehouse:
    """What meters an offering in the place of a marketplace B.

    Attributes:
        storage: None where compute is metered.
        fields: component -> where its figures stand in the warehouse's answers.
        batch: accounts or paths that one request asks for.
    """

    name: str
    storage: Storage | None
    fields: Mapping[str, Fields]
    meters: MeterSettings
    batch: int


@attrs.frozen
class OfferingSettings:
    """One offering of A, delivered by one of B, or metered by a warehouse.

    A metered offering has its warehouse as *b*; what is said of B's marketplace means nothing then, and has its defaults.

    Attributes:
        modes: the modes whose backend key names us.
        order_poll_timeout: seconds that ``run --once --wait`` stays at most.
        order_poll_interval: seconds between its cycles.
        accounting: component of A -> ``usage``, ``limit`` or ``one``.
        offers_imports: whether A may ask for resources that could be imported.
        unit_factors: component and key, such as ``node_hours.unit_factor`` -> a factor other than 1, which is not applied.
    """

    name: str
    offering: UUID
    target_offering: UUID
    target_customer: UUID
    a: Access
    b: Access
    orders: OrderSettings
    usage: UsageSettings
    fields: FieldSettings
    members: MemberSettings
    modes: frozenset[str]
    order_poll_timeout: float
    order_poll_interval: float
    accounting: Mapping[str, str]
    a_events: Events
    b_events: Events
    people: People
    offers_imports: bool
    unit_factors: Mapping[str, float] = attrs.field(factory=dict)
    warehouse: Warehouse | None = None

    @property
    def tells_profiles_only(self) -> bool:
        """Whether people's profiles are pushed to B, and no roles are carried over."""
        return not self.members.rules.carries_roles

    @property
    def asked_modes(self) -> frozenset[str]:
        """The modes in which there is something to do: of people, also where their profiles are all that B is told."""
        return self.modes | {"membership_sync"} if self.tells_profiles_only else self.modes

    @property
    def mapping(self) -> ComponentMapping:
        """The component mapping."""
        return self.orders.rules.mapping

    def with_a_token(self, token: str, called: str) -> "OfferingSettings":
        """The same with another token for A, which errors name as *called*."""
        keys = attrs.evolve(self.a.keys, token=called)
        return attrs.evolve(self, a=attrs.evolve(self.a, credentials=StaticToken(token), keys=keys))

    def with_a_bearer(self, token: str) -> "OfferingSettings":
        """The same with an access token for A that somebody else renews."""
        return attrs.evolve(self, a=attrs.evolve(self.a, credentials=StaticToken(token, "Bearer")))

    @property
    def accepts_corrections(self) -> bool:
        """Whether a lower figure of B is taken over."""
        return self.usage.rules.corrections.value == "accept"

    @property
    def pool_size(self) -> int:
        """Threads to keep both peers busy."""
        return self.a.concurrency + self.b.concurrency


@attrs.frozen
class Settings:
    """The whole file.

    Attributes:
        offerings: those that are ours, in the order of the file.
        skipped: the others.
        timezone: IANA name; whose months usage is reported by.
        reporting_periods: months that each usage report covers, the current one included.
        expose_backend_error_details: whether users of A read B's own words about what failed.
    """

    offerings: tuple[OfferingSettings, ...]
    skipped: tuple[Skipped, ...]
    log_level: str
    timezone: str
    reporting_periods: int
    expose_backend_error_details: bool
    intervals: Intervals

    def secrets(self) -> tuple[str, ...]:
        """Every secret in the settings, for the log's last net."""
        return tuple(
            secret
            for offering in self.offerings
            for access in (offering.a, offering.b)
            for secret in secrets_of(access)
        )


def secrets_of(access: Access) -> Iterator[str]:
    """What no text may show of how a peer is reached."""
    match access.credentials:
        case StaticToken(token):
            yield token
        case ClientCredentials(_, _, secret):
            yield secret
        case Anonymous():
            pass
    password = urlsplit(access.proxy).password
    if password:
        yield password
