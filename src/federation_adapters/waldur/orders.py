"""Orders over REST: A's as their provider, B's as their consumer."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from federation_adapters.waldur.peer import Params, Peer, path_of, told
from federation_adapters.waldur.wire import AOrderRow, BOrderRow, OrderRef, PlacedRow
from federation_core.domain.ids import (
    ACustomerId,
    AOfferingId,
    AOrderId,
    AProjectId,
    AResourceId,
    BCustomerId,
    BOfferingId,
    BOrderId,
    BPlanId,
    BProjectId,
    BResourceId,
    dashed,
    hexed,
)
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.orders.attributes import order_mark
from federation_core.domain.records import AOrder, AProject, Attributes, BOrder
from federation_core.domain.units import AComponent, BComponent
from federation_core.ports.orders import Placed

ORDERS = "marketplace-orders"
RESOURCES = "marketplace-resources"
OPEN_STATES = ("pending-provider", "executing")
UNENDED_STATES = ("pending-consumer", "pending-project", *OPEN_STATES)
"""Without ``pending-start-date``, which older servers refuse as a filter; a resource whose order is in it is still Creating."""


class WaldurProviderOrders:
    """The orders of one offering of A."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def list_open(
        self, resource: AResourceId | None = None
    ) -> Complete[tuple[AOrder, ...]] | Incomplete[tuple[AOrder, ...]]:
        """All orders that are pending at the provider or executing, oldest first; or those of one resource."""
        states = [("state", state) for state in OPEN_STATES]
        narrowed = [] if resource is None else [("resource_uuid", hexed(resource))]
        return self._list(
            "order.list_open",
            [*states, ("o", "created"), *narrowed],
            lambda row: row.state in OPEN_STATES and resource in {None, row.marketplace_resource_uuid},
        )

    def read(self, order: AOrderId) -> AOrder:
        """One order as it is now."""
        return _a_order(self._peer.read("order.read", path_of(ORDERS, order), AOrderRow))

    def create_of(self, resource: AResourceId) -> AOrder | None:
        """The order that created *resource*."""
        params = [("resource_uuid", hexed(resource)), ("type", "Create")]
        found = self._list(
            "order.create_of", params, lambda row: row.marketplace_resource_uuid == resource and row.type == "Create"
        )
        return found.value[0] if found.value else None

    def approve(self, order: AOrderId) -> None:
        """Accept it as the provider."""
        self._peer.write("order.approve", path_of(ORDERS, order, "approve_by_provider"))

    def link(self, order: AOrderId, b_order: BOrderId) -> None:
        """Store B's order UUID, dashed, as its `backend_id`."""
        self._peer.write("order.link", path_of(ORDERS, order, "set_backend_id"), {"backend_id": dashed(b_order)})

    def finish(self, order: AOrderId) -> None:
        """Set it done."""
        self._peer.write("order.finish", path_of(ORDERS, order, "set_state_done"))

    def fail(self, order: AOrderId, message: str) -> None:
        """Set it erred; both texts are sent, because the server fails without either."""
        body = {"error_message": message, "error_traceback": ""}
        self._peer.write("order.fail", path_of(ORDERS, order, "set_state_erred"), body)

    def _list(
        self, operation: str, params: Params, keep: Callable[[AOrderRow], bool]
    ) -> Complete[tuple[AOrder, ...]] | Incomplete[tuple[AOrder, ...]]:
        return self._peer.listing(
            operation,
            f"{ORDERS}/",
            [("offering_uuid", hexed(self._offering)), *params],
            AOrderRow,
            keep=lambda row: row.offering_uuid == self._offering and keep(row),
            translate=_a_order,
        )


class WaldurConsumerOrders:
    """The orders of one customer of B for one offering."""

    def __init__(self, peer: Peer, offering: BOfferingId, customer: BCustomerId) -> None:
        self._peer = peer
        self._offering = offering
        self._customer = customer

    def list_since(self, day: date) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        """All orders created on *day* or later."""
        return self._list("order.list_since", [("created", day.isoformat()), ("o", "created")], lambda _row: True)

    def list_of(self, resource: BResourceId) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        """All orders of one resource."""
        params = [("resource_uuid", hexed(resource)), ("o", "created")]
        return self._list("order.list_of", params, lambda row: row.marketplace_resource_uuid == resource)

    def list_open(self) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        """All orders that are waiting for somebody or executing."""
        states = [("state", state) for state in UNENDED_STATES]
        return self._list("order.list_open", [*states, ("o", "created")], lambda row: row.state in UNENDED_STATES)

    def read(self, order: BOrderId) -> BOrder:
        """One order as it is now."""
        return _b_order(self._peer.read("order.read", path_of(ORDERS, order), BOrderRow))

    def create(
        self,
        project: BProjectId,
        attributes: Attributes,
        limits: Mapping[BComponent, int],
        plan: BPlanId | None,
        *,
        accept_terms: bool,
    ) -> Placed:
        """Order a resource."""
        offering = path_of("marketplace-public-offerings", self._offering)
        body: dict[str, Any] = {
            "offering": self._peer.url(offering),
            "project": self._peer.url(path_of("projects", project)),
            "attributes": dict(attributes),
        }
        if limits:
            body["limits"] = dict(limits)
        if plan is not None:
            body["plan"] = self._plan_url(plan)
        if accept_terms:
            body["accepting_terms_of_service"] = True
        answer = self._peer.write("order.create", f"{ORDERS}/", body)
        placed = self._peer.structured("order.create", answer, PlacedRow)
        return Placed(BOrderId(placed.uuid), BResourceId(placed.marketplace_resource_uuid))

    def change_limits(self, resource: BResourceId, limits: Mapping[BComponent, int]) -> BOrderId:
        """Order a complete new set of limits."""
        return self._act("resource.update_limits", resource, "update_limits", {"limits": dict(limits)})

    def switch_plan(self, resource: BResourceId, plan: BPlanId) -> BOrderId:
        """Order another pricing plan."""
        return self._act("resource.switch_plan", resource, "switch_plan", {"plan": self._plan_url(plan)})

    def terminate(self, resource: BResourceId, attributes: Attributes) -> BOrderId:
        """Order the termination."""
        return self._act("resource.terminate", resource, "terminate", {"attributes": dict(attributes)})

    def restore(self, resource: BResourceId) -> BOrderId:
        """Order the restoration."""
        return self._act("resource.restore", resource, "restore", {})

    def _list(
        self, operation: str, params: Params, keep: Callable[[BOrderRow], bool]
    ) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        return self._peer.listing(
            operation,
            f"{ORDERS}/",
            [("offering_uuid", hexed(self._offering)), ("customer_uuid", hexed(self._customer)), *params],
            BOrderRow,
            keep=lambda row: row.offering_uuid == self._offering and row.customer_uuid == self._customer and keep(row),
            translate=_b_order,
        )

    def _plan_url(self, plan: BPlanId) -> str:
        offering = path_of("marketplace-public-offerings", self._offering)
        return self._peer.url(f"{offering}plans/{hexed(plan)}/")

    def _act(self, operation: str, resource: BResourceId, action: str, body: Mapping[str, Any]) -> BOrderId:
        answer = self._peer.write(operation, path_of(RESOURCES, resource, action), body)
        return BOrderId(self._peer.structured(operation, answer, OrderRef).order_uuid)


def _a_order(row: AOrderRow) -> AOrder:
    return AOrder(
        id=AOrderId(row.uuid),
        type=row.type,
        state=row.state,
        created=row.created,
        resource=AResourceId(row.marketplace_resource_uuid),
        project=AProject(
            AProjectId(row.project_uuid), ACustomerId(row.customer_uuid), row.project_name, row.project_description
        ),
        subtype=row.order_subtype or "",
        reviewed_at=row.provider_reviewed_at,
        backend_id=row.backend_id or "",
        limits={AComponent(name): value for name, value in (row.limits or {}).items()},
        plan_name=row.new_plan_name or row.plan_name or "",
        attributes=row.attributes or {},
    )


def _b_order(row: BOrderRow) -> BOrder:
    plan = row.new_plan_uuid or row.plan_uuid
    reasons = (row.error_message, row.provider_rejection_comment, row.consumer_rejection_comment)
    return BOrder(
        id=BOrderId(row.uuid),
        type=row.type,
        state=row.state,
        created=row.created,
        resource=BResourceId(row.marketplace_resource_uuid),
        subtype=row.order_subtype or "",
        limits={BComponent(name): value for name, value in (row.limits or {}).items()},
        plan=None if plan is None else BPlanId(plan),
        for_order=order_mark(row.attributes or {}),
        reason=told("; ".join(reason for reason in reasons if reason)),
    )
