"""The rows of the simulated database, without rules.

UUIDs are kept as 32 hexadecimal digits. Rows refer to each other directly; nested values are replaced as a whole.
"""

from datetime import date, datetime
from decimal import Decimal

import attrs
from attrs import field

from federation_adapters.sandbox.journal import Journal, remember
from federation_adapters.sandbox.progress import Progress

Number = int | float
JsonObject = dict[str, object]

SLURM = "Marketplace.Slurm"
BASIC = "Marketplace.Basic"
SUPPORT = "Support.OfferingTemplate"
SCRIPT = "Marketplace.Script"
REMOTE = "Waldur.RemoteOffering"


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Row:
    """What every row has."""

    uuid: str
    created: datetime
    modified: datetime
    journal: Journal = field(repr=False)


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class User(Row):
    """Somebody with a token.

    Attributes:
        number: Position among all users, from 1: the database's own key, which a few answers show.
        registration_method: How the account came to be; the source, for one that the identity bridge made.
        profile: Attributes that are neither name nor e-mail, by name; what is missing is empty.
        attribute_sources: Attribute -> who wrote it last through the identity bridge (`source`, `timestamp`).
    """

    username: str
    token: str = field(repr=False)
    token_expires_at: datetime | None = None
    is_staff: bool = False
    is_support: bool = False
    is_active: bool = True
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    is_identity_manager: bool = False
    managed_isds: tuple[str, ...] = ()
    active_isds: tuple[str, ...] = ()
    number: int = 0
    registration_method: str = "default"
    profile: JsonObject = field(factory=dict)
    attribute_sources: dict[str, JsonObject] = field(factory=dict)
    deactivation_reason: str = ""
    notifications_enabled: bool = True

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Customer(Row):
    """An organisation that buys, sells, or both."""

    name: str
    slug: str
    abbreviation: str = ""
    backend_id: str = ""
    project_slug_template: str = ""
    blocked: bool = False
    archived: bool = False
    project_count: int = 0
    service_provider_uuid: str = ""


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class ScienceDomain(Row):
    """A field of science."""

    name: str
    code: str


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class ScienceSubDomain(Row):
    """A part of a field of science; its code is the same on all servers."""

    name: str
    code: str
    domain: ScienceDomain


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Project(Row):
    """A project of a customer."""

    customer: Customer
    name: str
    slug: str
    description: str = ""
    backend_id: str = ""
    start_date: date | None = None
    end_date: date | None = None
    end_date_updated_at: datetime | None = None
    end_date_requested_by: User | None = None
    oecd_fos_2007_code: str | None = None
    is_industry: bool = False
    kind: str = "default"
    grace_period_days: int | None = None
    is_removed: bool = False
    science_sub_domain: "ScienceSubDomain | None" = None
    user_email_patterns: tuple[str, ...] = ()
    user_affiliations: tuple[str, ...] = ()
    user_identity_sources: tuple[str, ...] = ()


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Component(Row):
    """Something an offering counts."""

    type: str
    name: str
    billing_type: str = "limit"
    measured_unit: str = ""
    unit_factor: int = 1
    limit_period: str | None = None
    limit_amount: int | None = None
    min_value: int | None = None
    max_value: int | None = None
    max_available_limit: int | None = None
    default_limit: int | None = None
    is_boolean: bool = False
    is_prepaid: bool = False


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Plan(Row):
    """A pricing plan of an offering; prices per component type."""

    name: str
    unit: str = "month"
    prices: dict[str, Decimal] = field(factory=dict)
    archived: bool = False
    description: str = ""


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Offering(Row):
    """Something a provider sells."""

    customer: Customer
    name: str
    slug: str
    type: str = SLURM
    state: str = "Active"
    shared: bool = True
    billable: bool = True
    description: str = ""
    terms_of_service: str = ""
    backend_id: str = ""
    backend_id_rules: JsonObject = field(factory=dict)
    components: tuple[Component, ...] = ()
    plans: tuple[Plan, ...] = ()
    options: JsonObject = field(factory=dict)
    resource_options: JsonObject = field(factory=dict)
    attributes: JsonObject = field(factory=dict)
    plugin_options: JsonObject = field(factory=dict)
    secret_options: JsonObject = field(factory=dict)
    paused_reason: str = ""
    exposed_attributes: frozenset[str] | None = None

    def component(self, kind: str) -> Component | None:
        """Return the component of that type, if any."""
        return next((component for component in self.components if component.type == kind), None)

    def plan(self, uuid: str) -> Plan | None:
        """Return the pricing plan with that UUID, if any."""
        return next((plan for plan in self.plans if plan.uuid == uuid), None)


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Resource(Row):
    """What was bought: one instance of an offering in a project."""

    offering: Offering
    project: Project
    name: str
    slug: str
    plan: Plan | None = None
    description: str = ""
    state: str = "Creating"
    backend_id: str = ""
    effective_id: str = ""
    attributes: JsonObject = field(factory=dict)
    options: JsonObject = field(factory=dict)
    backend_metadata: JsonObject = field(factory=dict)
    limits: dict[str, Number] = field(factory=dict)
    current_usages: dict[str, object] = field(factory=dict)
    end_date: date | None = None
    end_date_updated_at: datetime | None = None
    end_date_requested_by: User | None = None
    last_sync: datetime
    paused: bool = False
    downscaled: bool = False
    restrict_member_access: bool = False
    error_message: str = ""
    error_traceback: str = ""
    endpoints: tuple[JsonObject, ...] = ()
    report: tuple[JsonObject, ...] = ()
    membership_statuses: tuple[JsonObject, ...] = ()
    members_asked_at: datetime | None = None


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Order(Row):
    """A wish to create, change or end a resource."""

    type: str
    resource: Resource
    created_by: User
    slug: str
    state: str = "pending-consumer"
    subtype: str | None = None
    attributes: JsonObject = field(factory=dict)
    limits: dict[str, Number] = field(factory=dict)
    plan: Plan | None = None
    old_plan: Plan | None = None
    start_date: date | None = None
    backend_id: str = ""
    cost: Decimal | None = None
    error_message: str = ""
    error_traceback: str = ""
    error_updated_at: datetime | None = None
    completed_at: datetime | None = None
    consumer_reviewed_by: User | None = None
    consumer_reviewed_at: datetime | None = None
    provider_reviewed_by: User | None = None
    provider_reviewed_at: datetime | None = None
    consumer_rejection_comment: str = ""
    provider_rejection_comment: str = ""
    provider_message: str = ""
    provider_message_url: str = ""
    consumer_message: str = ""
    progress: Progress | None = None
    reads: int = 0

    @property
    def offering(self) -> Offering:
        """The offering of the order's resource."""
        return self.resource.offering

    @property
    def project(self) -> Project:
        """The project of the order's resource."""
        return self.resource.project


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Role(Row):
    """A named set of permissions for one kind of scope."""

    name: str
    content_type: str
    permissions: frozenset[str]
    description: str = ""
    is_system_role: bool = True
    is_active: bool = True


Scope = Customer | Project | Offering


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Grant(Row):
    """A user holds a role on a scope; one that was revoked stays as history."""

    user: User
    role: Role
    scope: Scope
    expiration_time: datetime | None = None
    created_by: User | None = None
    is_active: bool = True
    revoked_by: User | None = None
    revoke_reason: str = ""

    def is_live(self, now: datetime) -> bool:
        """Tell whether the grant counts at *now*."""
        if not (self.is_active and self.role.is_active):
            return False
        return self.expiration_time is None or self.expiration_time > now


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class ProjectAccount(Row):
    """An account of a project that belongs to no person: of a service, or of somebody attending a course."""

    project: Project
    username: str
    kind: str = "service"
    state: str = "OK"
    email: str = ""
    description: str = ""
    user: User | None = None


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class PlanPeriod(Row):
    """A resource was on one pricing plan from `start` to `end`."""

    resource: Resource
    plan: Plan
    start: datetime
    end: datetime | None = None


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class ComponentUsage(Row):
    """What a resource used of one component in one month on one pricing plan: the month's total so far.

    Attributes:
        billing_period: First day of the month.
        date: When it was measured or reported last.
    """

    resource: Resource
    component: Component
    plan_period: PlanPeriod | None
    billing_period: date
    date: datetime
    usage: Decimal = Decimal(0)
    description: str = ""
    missing_usage_policy: str = "none"
    modified_by: User | None = None


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class ComponentUserUsage(Row):
    """The part of a total that one local account used."""

    total: ComponentUsage
    username: str
    usage: Decimal = Decimal(0)
    user: "OfferingUser | None" = None
    description: str = ""
    backend_id: str = ""


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class OfferingUser(Row):
    """The account of one user at one offering; the local name is empty until it is assigned."""

    offering: Offering
    user: User
    username: str = ""
    state: str = "Requested"
    runtime_state: str = "Active"
    is_restricted: bool = False
    service_provider_comment: str = ""
    service_provider_comment_url: str = ""
    uidnumber: int | None = None
    primarygroup: int | None = None
    login_shell: str | None = None
    home_directory: str | None = None


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class Consent(Row):
    """A user's agreement to the terms of an offering, until it is revoked."""

    user: User
    offering: Offering
    version: str = ""
    agreement_date: datetime
    revocation_date: datetime | None = None


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class AgentIdentity(Row):
    """A provider's agent, as it registers itself at an offering."""

    offering: Offering
    created_by: User
    name: str
    version: str | None = None
    dependencies: tuple[JsonObject, ...] = ()
    config_file_path: str | None = None
    config_file_content: str | None = None
    last_restarted: datetime | None = None


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class EventQueue(Row):
    """A queue that messages are put into, of an agent or of somebody with a role.

    Attributes:
        identity: The agent; None for a consumer.
        object_types: What is told of; empty for everything.
        scopes: Kind and UUID of what it is bound to; none for everything there is.
        rmq_username: The login at the broker; empty while there is none.
    """

    owner: User
    identity: AgentIdentity | None = None
    object_types: tuple[str, ...] = ()
    scopes: tuple[tuple[str, str], ...] = ()
    rmq_username: str = ""

    @property
    def queue_name(self) -> str:
        """The queue's name at the broker."""
        return f"consumer_{self.uuid}"

    @property
    def vhost(self) -> str:
        """The broker's virtual host: all queues of one user are in one."""
        return self.owner.uuid


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class EventSubscription(Row):
    """Somebody wants to be told of one type, in the old way; its UUID is the login at the broker."""

    owner: User
    object_type: str
    description: str = ""
    source_ip: str | None = None

    @property
    def vhost(self) -> str:
        """The broker's virtual host."""
        return self.owner.uuid


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class SubscriptionQueue(Row):
    """A queue of a subscription, for one offering and one type."""

    subscription: EventSubscription
    offering: Offering
    object_type: str

    @property
    def queue_name(self) -> str:
        """The queue's name at the broker."""
        return f"subscription_{self.subscription.uuid}_offering_{self.offering.uuid}_{self.object_type}"


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class AgentService(Row):
    """One running mode of an agent."""

    identity: AgentIdentity
    name: str
    mode: str | None = None
    state: str = "Active"
    statistics: JsonObject = field(factory=dict)


@attrs.define(eq=False, kw_only=True, on_setattr=remember)
class AgentProcessor(Row):
    """What an agent's service works with."""

    service: AgentService
    name: str
    backend_type: str
    backend_version: str | None = None
    last_run: datetime | None = None
