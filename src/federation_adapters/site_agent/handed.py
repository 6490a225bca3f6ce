"""A as far as the agent hands it over: one order and its resource, and a note of what is to be told about them.

The agent's core does all writing on A in its order process, and gives no client for it; so the ports of A are answered from what
it showed, and what would be written is kept for it to write.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import attrs

from federation_core.domain.errors import RuleError, Transient
from federation_core.domain.ids import AOrderId, AResourceId, BOrderId, BResourceId, Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AOrder, AResource
from federation_core.domain.units import AComponent
from federation_core.ports.orders import ProviderOrders


@attrs.define
class Told:
    """What is to be told on A: links, and how the order ended."""

    order: BOrderId | None = None
    resource: BResourceId | None = None
    is_done: bool = False
    failure: str | None = None


@attrs.frozen
class HandedOrders:
    """The one order that the agent is at, as the port of A's orders."""

    order: AOrder
    told: Told

    def list_open(self, resource: AResourceId | None = None) -> Complete[tuple[AOrder, ...]]:
        """The order."""
        return Complete((self.order,) if resource in {None, self.order.resource} else ())

    def read(self, _order: AOrderId) -> AOrder:
        """The order; it was accepted by the agent before it was handed over."""
        return attrs.evolve(self.order, state="executing")

    def create_of(self, _resource: AResourceId) -> AOrder | None:
        """Nothing: orders that have ended are not handed over."""
        return None

    def approve(self, order: AOrderId) -> None:
        """Done before by the agent."""

    def link(self, _order: AOrderId, b_order: BOrderId) -> None:
        """Have B's order stored."""
        self.told.order = b_order

    def finish(self, _order: AOrderId) -> None:
        """Have it set done."""
        self.told.is_done = True

    def fail(self, _order: AOrderId, message: str) -> None:
        """Have it set erred."""
        self.told.failure = message


@attrs.frozen
class HandedResources:
    """The resource of that order, as the port of A's resources."""

    resource: AResource
    told: Told

    def list_all(self) -> Complete[tuple[AResource, ...]]:
        """The resource."""
        return Complete((self.resource,))

    def list_linked(self, _b_resource: BResourceId) -> Complete[tuple[AResource, ...]]:
        """Nothing: whether others are linked to the same is not handed over."""
        return Complete(())

    def read(self, _resource: AResourceId) -> AResource:
        """The resource."""
        return self.resource

    def link(self, _resource: AResourceId, b_resource: BResourceId) -> None:
        """Have B's resource stored."""
        self.told.resource = b_resource

    def stamp(self, resource: AResourceId) -> None:
        """Nothing: the time at which the process began stands for what cannot be stamped."""

    def set_limits(self, _resource: AResourceId, _limits: Mapping[AComponent, Fraction]) -> None:
        """Not for orders."""
        raise RuleError("orders set no limits by themselves")

    def set_effective_id(self, _resource: AResourceId, _effective_id: str) -> None:
        """Not for orders."""
        raise RuleError("orders set no ids by themselves")

    def set_end_date(self, _resource: AResourceId, _end_date: date | None) -> None:
        """Not for orders."""
        raise RuleError("orders set no dates by themselves")

    def mark_ok(self, _resource: AResourceId) -> None:
        """Not for orders."""
        raise RuleError("orders set no states by themselves")

    def mark_erred(self, _resource: AResourceId, _message: str) -> None:
        """Not for orders."""
        raise RuleError("orders set no states by themselves")


@attrs.frozen
class LinkedOrders:
    """A's orders for somebody who works beside the agent: those that core has nothing more to write for.

    When core has placed an order on B, it stores B's order with A's last; until then the order is core's.
    """

    orders: ProviderOrders

    def list_open(
        self, resource: AResourceId | None = None
    ) -> Complete[tuple[AOrder, ...]] | Incomplete[tuple[AOrder, ...]]:
        """The open orders that are linked.

        Raises:
            Transient: of *resource* one is being placed; ask again.
        """
        found = self.orders.list_open(resource)
        if resource is not None and any(one.state == "executing" and not one.backend_id for one in found.value):
            raise Transient(Side.A, "order.list_open", "the agent is placing an order of the resource")
        return attrs.evolve(found, value=tuple(one for one in found.value if one.backend_id))

    def read(self, order: AOrderId) -> AOrder:
        """One order as it is now."""
        return self.orders.read(order)

    def create_of(self, resource: AResourceId) -> AOrder | None:
        """The order that created *resource*."""
        return self.orders.create_of(resource)

    def approve(self, order: AOrderId) -> None:
        """Not for what is accepted by core."""
        raise RuleError(f"order {order} is core's to accept")

    def link(self, order: AOrderId, b_order: BOrderId) -> None:
        """Not for what is linked by core."""
        raise RuleError(f"order {order} is core's to link to {b_order}")

    def finish(self, order: AOrderId) -> None:
        """Set it done."""
        self.orders.finish(order)

    def fail(self, order: AOrderId, message: str) -> None:
        """Set it erred."""
        self.orders.fail(order, message)


@attrs.frozen
class HandedCatalogue:
    """The offering that the agent is at, as the port of A's offering."""

    def state(self) -> str:
        """It is served, or the agent would not be at it."""
        return "Active"
