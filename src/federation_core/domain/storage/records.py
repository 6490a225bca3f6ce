"""What Waldur shows of one storage resource, and what becomes of one that cannot be served."""

from collections.abc import Mapping
from uuid import UUID

import attrs

Values = Mapping[str, object]
"""JSON of others: nothing is known of a value before it is looked at."""


@attrs.frozen
class Organisation:
    """A tenant, a customer or a project, by the slug that paths are made of and the name that people read."""

    id: UUID
    slug: str
    name: str


@attrs.frozen
class OrderSeen:
    """The order in progress on a resource.

    Attributes:
        type: ``Create``, ``Update`` or ``Terminate``.
        state: Waldur's word, such as ``pending-provider``.
        limits: what is ordered, by component.
        attributes: what else was written into it: ``old_limits``, ``new_options`` and so on.
    """

    id: UUID
    type: str
    state: str
    limits: Values = attrs.field(factory=dict)
    attributes: Values = attrs.field(factory=dict)


@attrs.frozen
class StorageResource:
    """One resource of an offering that is a storage system.

    Attributes:
        system: slug of the offering.
        tenant: who owns the offering; its id is the offering's.
        customer: who uses the resource.
        state: Waldur's word, such as ``OK``.
        options: what administrators set beside the order; overrides stand here.
        backend_metadata: what the provider noted; target items may stand here.
    """

    id: UUID
    slug: str
    name: str
    state: str
    system: str
    tenant: Organisation
    customer: Organisation
    project: Organisation
    backend_id: str = ""
    effective_id: str = ""
    limits: Values = attrs.field(factory=dict)
    attributes: Values = attrs.field(factory=dict)
    options: Values = attrs.field(factory=dict)
    backend_metadata: Values = attrs.field(factory=dict)
    order: OrderSeen | None = None


class Unservable(Exception):
    """Something of a resource makes it impossible to serve; the text says what, and never shows a value."""


@attrs.frozen(order=True)
class Skipped:
    """A resource that is not served.

    Attributes:
        system: slug of its offering; empty where that is what is missing.
        reason: why, in words for whoever runs this.
        lacks_identity: whether it is for want of a Unix id alone, which may be known later; a terminated one needs none.
    """

    id: UUID
    system: str
    reason: str
    lacks_identity: bool = False
