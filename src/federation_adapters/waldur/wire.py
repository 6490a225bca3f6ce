"""attrs types shaped like Waldur's JSON (8.1.2), with the few keys that are read; the names are the server's.

A class's fields are also the sparse `field` selection of its requests. Keys with a default may be absent: older servers lack some,
and keys without visibility are left out.
"""

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


@attrs.frozen
class BProjectRow:
    """A project on B."""

    uuid: UUID
    customer_uuid: UUID
    created: datetime
    name: str = ""
    backend_id: str | None = ""


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


@attrs.frozen
class PlacedRow:
    """The answer to a new order."""

    uuid: UUID
    marketplace_resource_uuid: UUID


@attrs.frozen
class OrderRef:
    """The answer to a call that makes an order for an existing resource."""

    order_uuid: UUID
