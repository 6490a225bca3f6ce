"""What A and B show of their orders, resources and projects, as frozen values.

States stay the server's own words here; `federation_core.domain.orders.states` folds them. Times carry a zone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import attrs

from federation_core.domain.ids import (
    AAccountId,
    ACustomerId,
    AOfferingId,
    AOrderId,
    AProjectId,
    AResourceId,
    AUserId,
    BCustomerId,
    BOrderId,
    BPlanId,
    BProjectId,
    BResourceId,
)
from federation_core.domain.units import ALimits, BLimits

Attributes = Mapping[str, Any]
"""Free JSON that travels with an order."""


@attrs.frozen
class ProjectProfile:
    """What else a project shows; None stands for what is empty or not shown.

    Attributes:
        end_dated_at: when the end date was last changed, on that side's clock.
        sub_domain: the code of its science sub-domain, which both sides know it by.
    """

    description: str | None = None
    end_date: date | None = None
    end_dated_at: datetime | None = None
    oecd_code: str | None = None
    is_industry: bool | None = None
    sub_domain: str | None = None


@attrs.frozen
class SubDomain:
    """A science sub-domain: each side has its own UUID for it, the code is the same."""

    id: UUID
    code: str


@attrs.frozen
class AProject:
    """A project of A; orders show it without its profile."""

    id: AProjectId
    customer: ACustomerId
    name: str
    description: str = ""
    profile: ProjectProfile = attrs.field(factory=ProjectProfile)


@attrs.frozen
class AOrder:
    """An order that a user of A placed.

    Attributes:
        state: the server's word, such as ``pending-provider``.
        type: the server's word: ``Create``, ``Update``, ``Terminate``, ``Restore``.
        subtype: of an Update, such as ``update_limits``; empty otherwise.
        reviewed_at: when the provider's side approved it, on A's clock.
        backend_id: the provider's reference; ours is the UUID of B's order.
        limits: for an Update the complete new set.
        plan_name: the pricing plan ordered, for a plan switch the new one; empty where there is none.
    """

    id: AOrderId
    type: str
    state: str
    created: datetime
    resource: AResourceId
    project: AProject
    subtype: str = ""
    reviewed_at: datetime | None = None
    backend_id: str = ""
    limits: ALimits = attrs.field(factory=dict)
    plan_name: str = ""
    attributes: Attributes = attrs.field(factory=dict)


@attrs.frozen
class AResource:
    """A resource on A.

    Attributes:
        backend_id: ours is the UUID of B's resource.
        last_sync: when an agent last confirmed it, on A's clock; also stamped before an order is posted again.
        effective_id: what its last provider calls it; None where this server does not show it.
        cluster: the `backend_id` of the offering it is of, by which warehouses know a cluster.
        end_dated_at: when the end date was last changed, on A's clock.
    """

    id: AResourceId
    name: str
    state: str
    backend_id: str = ""
    limits: ALimits = attrs.field(factory=dict)
    end_date: date | None = None
    last_sync: datetime | None = None
    effective_id: str | None = None
    end_dated_at: datetime | None = None
    paused: bool = False
    downscaled: bool = False
    cluster: str = ""


@attrs.frozen
class BProject:
    """A project on B."""

    id: BProjectId
    customer: BCustomerId
    created: datetime
    name: str = ""
    backend_id: str = ""
    profile: ProjectProfile = attrs.field(factory=ProjectProfile)


@attrs.frozen
class BOrder:
    """An order on B.

    Attributes:
        reason: what B's provider or reviewer said when it ended otherwise than done; empty where nothing was said.
        for_order: the order of A that a Terminate order carries as its mark.
        plan: the pricing plan ordered, for a plan switch the new one.
    """

    id: BOrderId
    type: str
    state: str
    created: datetime
    resource: BResourceId
    subtype: str = ""
    limits: BLimits = attrs.field(factory=dict)
    plan: BPlanId | None = None
    for_order: AOrderId | None = None
    reason: str = ""


@attrs.frozen
class BResource:
    """A resource on B.

    Attributes:
        for_resource: the resource of A that its mark names, or None where it carries no mark of ours.
        for_offering: the offering of A that its mark names.
        backend_id: belongs to B's own provider; read, never written.
        effective_id: what a provider further away calls it; empty where B delivers itself.
        end_dated_at: when the end date was last changed, on B's clock.
    """

    id: BResourceId
    state: str
    created: datetime
    project: BProjectId | None = None
    limits: BLimits = attrs.field(factory=dict)
    plan: BPlanId | None = None
    for_resource: AResourceId | None = None
    for_offering: AOfferingId | None = None
    backend_id: str = ""
    error_message: str = ""
    effective_id: str = ""
    end_date: date | None = None
    end_dated_at: datetime | None = None
    paused: bool = False
    downscaled: bool = False


@attrs.frozen
class AAccount:
    """The account of one person in our offering on A.

    Attributes:
        person: the person's user name on A, which both sides know them by; empty where it is not shown.
        name: the user name in the offering; empty until there is one.
        state: the server's word, such as ``OK``.
        is_restricted: whether the person is kept out for now.
        user: the person; None where A does not say.
    """

    id: AAccountId
    person: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    state: str
    is_restricted: bool = False
    user: AUserId | None = None


@attrs.frozen
class BAccount:
    """The account of one person in B's offering; attributes as on A."""

    person: str = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    state: str
