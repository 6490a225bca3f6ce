"""attrs types shaped like Waldur's JSON (8.1.2), with the few keys that are read; the names are the server's.

A class's fields are also the sparse `field` selection of its requests. Keys with a default may be absent: older servers lack some,
and keys without visibility are left out.
"""

import enum
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

import attrs

Json = Mapping[str, Any]
Amounts = Mapping[str, Fraction]


@attrs.frozen
class AOrderRow:
    """An order on A."""

    uuid: UUID
    type: str
    state: str
    created: datetime
    offering_uuid: UUID
    marketplace_resource_uuid: UUID
    project_uuid: UUID
    customer_uuid: UUID
    project_name: str = ""
    project_description: str = ""
    order_subtype: str | None = None
    provider_reviewed_at: datetime | None = None
    backend_id: str | None = ""
    limits: Amounts | None = None
    plan_name: str | None = None
    new_plan_name: str | None = None
    attributes: Json | None = None


@attrs.frozen
class AResourceRow:
    """A resource in the provider's view."""

    uuid: UUID
    state: str
    offering_uuid: UUID
    name: str = ""
    backend_id: str | None = ""
    limits: Amounts | None = None
    end_date: date | None = None
    last_sync: datetime | None = None
    effective_id: str | None = None
    end_date_updated_at: datetime | None = None
    paused: bool | None = None
    downscaled: bool | None = None
    offering_backend_id: str | None = ""


@attrs.frozen
class BOrderRow:
    """An order on B."""

    uuid: UUID
    type: str
    state: str
    created: datetime
    offering_uuid: UUID
    customer_uuid: UUID
    marketplace_resource_uuid: UUID
    order_subtype: str | None = None
    limits: Amounts | None = None
    plan_uuid: UUID | None = None
    new_plan_uuid: UUID | None = None
    attributes: Json | None = None
    error_message: str | None = None
    provider_rejection_comment: str | None = None
    consumer_rejection_comment: str | None = None


@attrs.frozen
class BResourceRow:
    """A resource in the consumer's view."""

    uuid: UUID
    state: str
    created: datetime
    offering_uuid: UUID
    customer_uuid: UUID
    project_uuid: UUID | None = None
    attributes: Json | None = None
    limits: Amounts | None = None
    plan_uuid: UUID | None = None
    backend_id: str | None = ""
    error_message: str | None = None
    effective_id: str | None = None
    end_date: date | None = None
    end_date_updated_at: datetime | None = None
    paused: bool | None = None
    downscaled: bool | None = None


@attrs.frozen
class ProjectRow:
    """A project on either side."""

    uuid: UUID
    customer_uuid: UUID
    created: datetime
    name: str = ""
    backend_id: str | None = ""
    description: str | None = None
    end_date: date | None = None
    end_date_updated_at: datetime | None = None
    oecd_fos_2007_code: str | None = None
    is_industry: bool | None = None
    science_sub_domain_code: str | None = None


@attrs.frozen
class SubDomainRow:
    """A science sub-domain."""

    uuid: UUID
    code: str


@attrs.frozen
class SellerRow:
    """An offering with the customer that provides it."""

    uuid: UUID
    customer_uuid: UUID


@attrs.frozen
class ProviderRow:
    """A customer in its part as a service provider, which has a UUID of its own."""

    uuid: UUID
    customer_uuid: UUID


@attrs.frozen
class ComponentRow:
    """A component of an offering."""

    type: str
    billing_type: str = ""


@attrs.frozen
class PlanRow:
    """A pricing plan of an offering."""

    uuid: UUID
    name: str = ""
    archived: bool = False
    is_active: bool = True


@attrs.frozen
class OfferingRow:
    """An offering as customers see it."""

    uuid: UUID
    state: str
    name: str = ""
    components: tuple[ComponentRow, ...] = ()
    plans: tuple[PlanRow, ...] = ()


@attrs.frozen
class StateRow:
    """Anything that has a state."""

    uuid: UUID
    state: str


@attrs.frozen
class PermissionRow:
    """One role the token's user holds."""

    scope_uuid: UUID | None = None
    role_name: str = ""
    scope_type: str | None = None


@attrs.frozen
class MeRow:
    """The token's own user."""

    uuid: UUID
    is_staff: bool = False
    permissions: tuple[PermissionRow, ...] = ()
    token_expires_at: datetime | None = None
    managed_isds: tuple[str, ...] | None = None


@attrs.frozen
class PlacedRow:
    """The answer to a new order."""

    uuid: UUID
    marketplace_resource_uuid: UUID


@attrs.frozen
class OrderRef:
    """The answer to a call that makes an order for an existing resource."""

    order_uuid: UUID


@attrs.frozen
class TotalRow:
    """One row of a resource's usage."""

    uuid: UUID
    type: str
    usage: Fraction
    billing_period: date
    date: datetime
    resource_uuid: UUID
    offering_uuid: UUID
    customer_uuid: UUID | None = None


@attrs.frozen
class ShareRow:
    """One row of what a person used; `component_usage` is the URL of the total's row."""

    uuid: UUID
    username: str
    component_type: str
    usage: Fraction
    resource_uuid: UUID
    offering_uuid: UUID
    customer_uuid: UUID | None = None
    billing_period: date | None = None
    component_usage: str | None = None


@attrs.frozen
class LocalAccountRow:
    """The account of one person in one offering, with its state."""

    uuid: UUID
    offering_uuid: UUID
    state: str
    username: str | None = None
    user_username: str | None = None
    user_uuid: UUID | None = None
    is_restricted: bool | None = None


class Absent(enum.Enum):
    """A key that the answer does not have, as opposed to one that is null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
Personal = str | int | list[Any] | Absent | None
"""An attribute of a person: a text, a number or a list, as the server keeps it."""


@attrs.frozen
class AGrantRow:
    """One role on a project of A; older servers have the role's short word instead of its name, and no UUID."""

    project_uuid: UUID
    user_uuid: UUID
    role_name: str | None = None
    role: str | None = None
    created: datetime | None = None
    expiration_time: datetime | None = None
    user_username: str | None = None
    user_email: str | None = None
    project_name: str | None = None
    uuid: UUID | None = None


@attrs.frozen
class HoldingRow:
    """A resource of A as far as it decides who may use it."""

    uuid: UUID
    state: str
    offering_uuid: UUID
    project_uuid: UUID
    backend_id: str | None = ""
    restrict_member_access: bool | None = None


@attrs.frozen
class HostedRow:
    """A resource of B with the project it is in."""

    uuid: UUID
    state: str
    offering_uuid: UUID
    customer_uuid: UUID
    project_uuid: UUID


@attrs.frozen
class RoleHeldRow:
    """One role on a project of B; `uuid` is the project's."""

    uuid: UUID
    role_name: str
    expiration_time: datetime | None = None


@attrs.frozen
class BMemberRow:
    """Somebody who works for a customer of B or in its projects."""

    uuid: UUID
    projects: tuple[RoleHeldRow, ...]
    username: str | None = None
    email: str | None = None
    role_name: str | None = None


@attrs.frozen
class MadeRow:
    """One role on one project of B, and who gave it; `uuid` is the grant's."""

    uuid: UUID
    user_uuid: UUID
    role_name: str
    created_by_uuid: UUID | None = None


@attrs.frozen
class StaffRow:
    """One role on one project of B, and whose it is; `uuid` is the grant's."""

    uuid: UUID
    user_uuid: UUID
    role_name: str
    user_username: str | None = None
    user_email: str | None = None
    expiration_time: datetime | None = None


@attrs.frozen
class MachineRow:
    """An account of a service or of a course."""

    uuid: UUID
    username: str | None = None
    user_uuid: UUID | None = None


@attrs.frozen
class AllowedRow:
    """The attributes that an identity bridge takes."""

    allowed_fields: tuple[str, ...]


@attrs.frozen
class PersonRef:
    """The answer to a call that makes or refreshes a person."""

    uuid: UUID


@attrs.frozen
class DisclosureRow:
    """The account of one person in one offering of A, with the attributes that are exposed; those that are not are absent."""

    uuid: UUID
    offering_uuid: UUID
    user_uuid: UUID
    user_username: str | None = None
    state: str | None = None
    has_consent: bool | None = None
    offering_has_active_tos: bool | None = None
    is_restricted: bool | None = None
    user_first_name: Personal = ABSENT
    user_last_name: Personal = ABSENT
    user_email: Personal = ABSENT
    user_organization: Personal = ABSENT
    user_affiliations: Personal = ABSENT
    user_civil_number: Personal = ABSENT
    user_phone_number: Personal = ABSENT
    user_identity_source: Personal = ABSENT
    user_gender: Personal = ABSENT
    user_personal_title: Personal = ABSENT
    user_birth_date: Personal = ABSENT
    user_place_of_birth: Personal = ABSENT
    user_address: Personal = ABSENT
    user_country_of_residence: Personal = ABSENT
    user_nationality: Personal = ABSENT
    user_nationalities: Personal = ABSENT
    user_organization_country: Personal = ABSENT
    user_organization_type: Personal = ABSENT
    user_organization_registry_code: Personal = ABSENT
    user_organization_vat_code: Personal = ABSENT
    user_organization_address: Personal = ABSENT
    user_eduperson_assurance: Personal = ABSENT
    user_uid_number: Personal = ABSENT
    user_primary_gid: Personal = ABSENT


@attrs.frozen
class BPersonRow:
    """Somebody on B; keys that are not visible to the token are absent."""

    uuid: UUID
    username: str
    is_active: bool = True
    registration_method: str | None = None
    active_isds: tuple[str, ...] | None = None
    first_name: Personal = ABSENT
    last_name: Personal = ABSENT
    email: Personal = ABSENT
    organization: Personal = ABSENT
    affiliations: Personal = ABSENT
    civil_number: Personal = ABSENT
    phone_number: Personal = ABSENT
    identity_source: Personal = ABSENT
    gender: Personal = ABSENT
    personal_title: Personal = ABSENT
    birth_date: Personal = ABSENT
    place_of_birth: Personal = ABSENT
    address: Personal = ABSENT
    country_of_residence: Personal = ABSENT
    nationality: Personal = ABSENT
    nationalities: Personal = ABSENT
    organization_country: Personal = ABSENT
    organization_type: Personal = ABSENT
    organization_registry_code: Personal = ABSENT
    organization_vat_code: Personal = ABSENT
    organization_address: Personal = ABSENT
    eduperson_assurance: Personal = ABSENT
    uid_number: Personal = ABSENT
    primary_gid: Personal = ABSENT


@attrs.frozen
class SourceRow(OfferingRow):
    """An offering as its provider sees it."""

    customer_uuid: UUID = attrs.field(kw_only=True)
    type: str = attrs.field(kw_only=True)


@attrs.frozen
class TargetRow(OfferingRow):
    """An offering as customers see it, with what it demands of an order; older servers keep the terms of service in it."""

    type: str = attrs.field(kw_only=True)
    options: Json | None = None
    plugin_options: Json | None = None
    terms_of_service: str | None = None
    terms_of_service_link: str | None = None


@attrs.frozen
class KindRow:
    """An offering's type."""

    uuid: UUID
    type: str


@attrs.frozen
class TermsRow:
    """One version of the terms of service of an offering."""

    uuid: UUID
    offering_uuid: UUID
    is_active: bool = False
    has_user_consent: bool = False


@attrs.frozen
class RoleRow:
    """A role with its permissions."""

    uuid: UUID
    name: str
    permissions: tuple[str, ...] = ()


@attrs.frozen
class VersionRow:
    """What the server says of its release."""

    version: str


@attrs.frozen
class KeyRow:
    """Anything that has a UUID."""

    uuid: UUID


@attrs.frozen
class IdentityRow:
    """An agent identity of an offering."""

    uuid: UUID
    name: str
    offering: UUID
    created: datetime


@attrs.frozen
class ServiceRow:
    """A service of an agent identity."""

    uuid: UUID


@attrs.frozen
class QueueRow:
    """The queue that was registered for all types."""

    rmq_username: str
    queue_name: str
    vhost: str


@attrs.frozen
class SubscriptionRow:
    """A subscription to one type, on older servers; its UUID is the login."""

    uuid: UUID


@attrs.frozen
class LegacyQueueRow:
    """The queue of one subscription."""

    queue_name: str
    vhost: str


@attrs.frozen
class StorageRow:
    """A resource of a storage system, in the provider's view; only its id has to be right, as one bad row spoils no other."""

    uuid: UUID
    name: Any = None
    slug: Any = None
    state: Any = None
    modified: Any = None
    backend_id: Any = None
    effective_id: Any = None
    offering_uuid: Any = None
    offering_slug: Any = None
    project_uuid: Any = None
    project_slug: Any = None
    project_name: Any = None
    customer_uuid: Any = None
    customer_slug: Any = None
    customer_name: Any = None
    provider_slug: Any = None
    provider_name: Any = None
    limits: Any = None
    attributes: Any = None
    options: Any = None
    backend_metadata: Any = None
    order_in_progress: Any = None


@attrs.frozen
class StirredOrderRow:
    """That an order changed."""

    uuid: UUID
    marketplace_resource_uuid: UUID
    modified: datetime
