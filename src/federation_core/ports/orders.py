"""Orders: A's as their provider, B's as their consumer."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

import attrs

from federation_core.domain.ids import AOrderId, AResourceId, BOrderId, BPlanId, BProjectId, BResourceId
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AOrder, Attributes, BOrder
from federation_core.domain.units import BComponent


@attrs.frozen
class Placed:
    """B took an order: its UUID, and that of the resource created with it."""

    order: BOrderId
    resource: BResourceId


class ProviderOrders(Protocol):
    """The orders of our offering on A."""

    def list_open(
        self, resource: AResourceId | None = None
    ) -> Complete[tuple[AOrder, ...]] | Incomplete[tuple[AOrder, ...]]:
        """All orders that are pending at the provider or executing, oldest first; or those of one resource."""

    def read(self, order: AOrderId) -> AOrder:
        """One order as it is now."""

    def create_of(self, resource: AResourceId) -> AOrder | None:
        """The order that created *resource*, or None where A shows none."""

    def approve(self, order: AOrderId) -> None:
        """Accept it as the provider; a Conflict means that somebody else did."""

    def link(self, order: AOrderId, b_order: BOrderId) -> None:
        """Store B's order UUID as its reference; Unsupported on servers that cannot."""

    def finish(self, order: AOrderId) -> None:
        """Set it done, which also changes its resource."""

    def fail(self, order: AOrderId, message: str) -> None:
        """Set it erred, with what the user shall read. The server does not guard this: read the order first."""


class ConsumerOrders(Protocol):
    """The orders of our customer for B's offering."""

    def list_since(self, day: date) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        """All orders created on *day* (UTC) or later."""

    def list_of(self, resource: BResourceId) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        """All orders of one resource."""

    def list_open(self) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        """All orders that are waiting for somebody or executing."""

    def read(self, order: BOrderId) -> BOrder:
        """One order as it is now."""

    def create(
        self,
        project: BProjectId,
        attributes: Attributes,
        limits: Mapping[BComponent, int],
        plan: BPlanId | None,
        *,
        accept_terms: bool,
    ) -> Placed:
        """Order a resource; not idempotent, and after a Transient error it may have happened."""

    def change_limits(self, resource: BResourceId, limits: Mapping[BComponent, int]) -> BOrderId:
        """Order a complete new set of limits."""

    def switch_plan(self, resource: BResourceId, plan: BPlanId) -> BOrderId:
        """Order another pricing plan."""

    def terminate(self, resource: BResourceId, attributes: Attributes) -> BOrderId:
        """Order the termination; *attributes* become the order's."""

    def restore(self, resource: BResourceId) -> BOrderId:
        """Order the restoration of a terminated resource."""
