"""Everything the decisions about one offering's orders look at, as one frozen value."""

import enum
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar
from uuid import UUID

import attrs

from federation_core.domain.catalogue import TargetOffering
from federation_core.domain.ids import AOfferingId, AOrderId, AResourceId, BOrderId, BResourceId
from federation_core.domain.links import links_of
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable, rows
from federation_core.domain.records import AResource, BOrder, BResource

T = TypeVar("T")

MARKS_LOST = (
    "B drops our marks from an order's attributes, so nothing would protect against a second resource; "
    "declare them in the options of B's offering"
)


class Marker(enum.Enum):
    """Whether our marks are known to survive B's validation of order attributes."""

    UNPROVEN = "not yet tried"
    SURVIVES = "seen on a resource"
    LOST = "sent, and not on the resource"


@attrs.frozen
class Rules:
    """The operator's settings that decisions about orders depend on.

    Attributes:
        offering: the offering on A.
        mapping: how components of A stand for components of B.
        target_plan: the pricing plan on B to order where none is named as on A; empty for none.
        passthrough: attributes of A's order that travel to B.
        accept_terms: whether to consent to B's terms of service with each order.
        settle: how long after a claim on A an unseen order on B may still be committing.
        skew: how far B's clock may be behind A's.
    """

    offering: AOfferingId
    mapping: ComponentMapping
    target_plan: str = ""
    passthrough: tuple[str, ...] = ()
    accept_terms: bool = False
    settle: timedelta = timedelta(seconds=35)
    skew: timedelta = timedelta(seconds=60)


@attrs.define(slots=False, frozen=True)
class Scene:
    """What was observed for one cycle.

    Attributes:
        now: the time on A's clock when observing ended, never later than the real one.
        b_blind: why the token on B is not proven to see all of our customer before and after the listings; empty where it is.
        gone_orders: linked orders that B, asked for each, says it does not have.
        marker: whether marks survive on B.
        links_orders: whether A can store B's order UUID on its order.
        attempts: when this process last posted a create for an order; a crash forgets them, and A's stamps remain.
    """

    now: datetime
    rules: Rules
    offering: Observed[TargetOffering]
    a_resources: Observed[tuple[AResource, ...]]
    b_resources: Observed[tuple[BResource, ...]]
    b_orders: Observed[tuple[BOrder, ...]]
    b_blind: str = ""
    gone_orders: frozenset[UUID] = frozenset()
    marker: Marker = Marker.UNPROVEN
    links_orders: bool = True
    attempts: Mapping[AOrderId, datetime] = attrs.field(factory=dict)

    @property
    def absence_is_proof(self) -> bool:
        """Whether a resource that is not in `b_resources` is proven not to be on B."""
        return not self.b_blind and isinstance(self.b_resources, Complete)

    @property
    def blind_spot(self) -> str:
        """Why absence on B is not proven, for people."""
        match self.b_resources:
            case Incomplete(_, reason) | Unreadable(reason):
                return f"B's resources could not be listed completely: {reason}"
            case _:
                return self.b_blind

    @cached_property
    def a_blind_spot(self) -> str:
        """Why not all of A's resources were read; empty where they were."""
        match self.a_resources:
            case Complete():
                return ""
            case Incomplete(_, reason) | Unreadable(reason):
                return f"A's resources could not be listed completely: {reason}"

    @cached_property
    def a_by_id(self) -> Mapping[AResourceId, AResource]:
        """A's resources by UUID, as far as read."""
        return {resource.id: resource for resource in rows(self.a_resources)}

    @cached_property
    def b_by_id(self) -> Mapping[BResourceId, BResource]:
        """B's resources by UUID, as far as read."""
        return {resource.id: resource for resource in rows(self.b_resources)}

    @cached_property
    def b_by_mark(self) -> Mapping[AResourceId, tuple[BResource, ...]]:
        """B's resources that carry both our marks, by the resource of A: living ones first, then the oldest."""
        found: dict[AResourceId, list[BResource]] = defaultdict(list)
        for resource in sorted(rows(self.b_resources), key=seniority):
            if resource.for_resource is not None and resource.for_offering == self.rules.offering:
                found[resource.for_resource].append(resource)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def b_orders_by_id(self) -> Mapping[BOrderId, BOrder]:
        """B's orders by UUID, as far as read."""
        return {order.id: order for order in rows(self.b_orders)}

    @cached_property
    def b_orders_by_resource(self) -> Mapping[BResourceId, tuple[BOrder, ...]]:
        """B's orders by resource, newest first."""
        found: dict[BResourceId, list[BOrder]] = defaultdict(list)
        for order in sorted(rows(self.b_orders), key=lambda o: (o.created, o.id), reverse=True):
            found[order.resource].append(order)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def claims(self) -> Mapping[BResourceId, tuple[AResourceId, ...]]:
        """B resources that living resources of A are linked to, and by which, sorted."""
        return links_of(rows(self.a_resources))


def seniority(resource: BResource) -> tuple[bool, datetime, BResourceId]:
    """The order in which several resources of one mark are preferred; every agent comes to the same."""
    return resource.state == "Terminated", resource.created, resource.id
