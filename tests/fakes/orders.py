"""Orders in memory, with the states and refusals that matter to the use cases."""

from collections.abc import Mapping
from datetime import date

import attrs
from tests.fakes.script import Scripted
from tests.strategies.builders import PLACED, a_b_order, a_b_resource, b_order_id, b_resource_id

from federation_core.domain.errors import Conflict, NotFound
from federation_core.domain.ids import AOrderId, AResourceId, BOrderId, BPlanId, BProjectId, BResourceId, Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.orders.attributes import offering_mark, order_mark, resource_mark
from federation_core.domain.records import AOrder, Attributes, BOrder
from federation_core.domain.units import BComponent
from federation_core.ports.orders import Placed

OPEN = ("pending-provider", "executing")
WAITING = ("pending-consumer", "pending-project", *OPEN)


class ProviderOrders(Scripted):
    """A's orders; `flaw` makes the listing incomplete."""

    def __init__(self, *orders: AOrder):
        super().__init__()
        self.orders = {order.id: order for order in orders}
        self.messages: dict[AOrderId, str] = {}
        self.flaw = ""

    def move(self, order: AOrderId, **changes):
        self.orders[order] = attrs.evolve(self.orders[order], **changes)

    def list_open(
        self, resource: AResourceId | None = None
    ) -> Complete[tuple[AOrder, ...]] | Incomplete[tuple[AOrder, ...]]:
        self.happens(self.before, "list_open")
        found = tuple(o for o in self.orders.values() if o.state in OPEN and resource in {None, o.resource})
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def read(self, order: AOrderId) -> AOrder:
        self.happens(self.before, "read")
        if order not in self.orders:
            raise NotFound(Side.A, "order.read", "Not found.", 404)
        return self.orders[order]

    def create_of(self, resource: AResourceId) -> AOrder | None:
        self.happens(self.before, "create_of")
        found = [order for order in self.orders.values() if order.resource == resource and order.type == "Create"]
        return found[0] if found else None

    def approve(self, order: AOrderId) -> None:
        self.happens(self.before, "approve")
        self._leave(order, "pending-provider", "executing")

    def link(self, order: AOrderId, b_order: BOrderId) -> None:
        self.happens(self.before, "link")
        self.move(order, backend_id=str(b_order))

    def finish(self, order: AOrderId) -> None:
        self.happens(self.before, "finish")
        self._leave(order, "executing", "done")

    def fail(self, order: AOrderId, message: str) -> None:
        self.happens(self.before, "fail")
        self.move(order, state="erred")
        self.messages[order] = message

    def _leave(self, order: AOrderId, state: str, new: str) -> None:
        if self.orders[order].state != state:
            raise Conflict(Side.A, "order.move", f"Valid states for operation: {state}.", 409)
        self.move(order, state=new)


class ConsumerOrders(Scripted):
    """B's orders; a Create makes a resource that carries its marks, unless *marks_survive* is turned off."""

    def __init__(self, resources, *orders: BOrder):
        super().__init__()
        self.orders = {order.id: order for order in orders}
        self.resources = resources
        self.marks_survive = True
        self.flaw = ""
        self.listed_since: list[date] = []

    def list_since(self, day: date) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        self.happens(self.before, "list_since")
        self.listed_since.append(day)
        found = tuple(order for order in self.orders.values() if order.created.date() >= day)
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def list_of(self, resource: BResourceId) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        self.happens(self.before, "list_of")
        found = tuple(order for order in self.orders.values() if order.resource == resource)
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def list_open(self) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        self.happens(self.before, "list_open")
        found = tuple(order for order in self.orders.values() if order.state in WAITING)
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def read(self, order: BOrderId) -> BOrder:
        self.happens(self.before, "read")
        if order not in self.orders:
            raise NotFound(Side.B, "order.read", "Not found.", 404)
        return self.orders[order]

    def create(
        self,
        project: BProjectId,
        attributes: Attributes,
        limits: Mapping[BComponent, int],
        plan: BPlanId | None,
        *,
        accept_terms: bool,
    ) -> Placed:
        del limits, plan, accept_terms
        self.happens(self.before, "create")
        number = 100 + len(self.orders)
        marks = {}
        if self.marks_survive:
            marks = {"for_resource": resource_mark(attributes), "for_offering": offering_mark(attributes)}
        else:
            marks = {"for_resource": None, "for_offering": None}
        made = a_b_resource(id=b_resource_id(number), state="Creating", created=PLACED, project=project, **marks)
        self.resources.resources[made.id] = made
        order = self._add("Create", made.id, number)
        self.happens(self.after, "create")
        return Placed(order, made.id)

    def change_limits(self, resource: BResourceId, limits: Mapping[BComponent, int]) -> BOrderId:
        del limits
        self.happens(self.before, "change_limits")
        self._may_be_ordered(resource, "OK")
        return self._add("Update", resource, subtype="update_limits")

    def switch_plan(self, resource: BResourceId, plan: BPlanId) -> BOrderId:
        self.happens(self.before, "switch_plan")
        self._may_be_ordered(resource, "OK")
        return self._add("Update", resource, subtype="plan_switch", plan=plan)

    def terminate(self, resource: BResourceId, attributes: Attributes) -> BOrderId:
        self.happens(self.before, "terminate")
        self._may_be_ordered(resource, "OK", "Erred")
        return self._add("Terminate", resource, for_order=order_mark(attributes))

    def restore(self, resource: BResourceId) -> BOrderId:
        self.happens(self.before, "restore")
        return self._add("Restore", resource)

    def _may_be_ordered(self, resource: BResourceId, *states: str) -> None:
        known = self.resources.resources.get(resource)
        is_busy = any(order.resource == resource and order.state in WAITING for order in self.orders.values())
        if is_busy or (known is not None and known.state not in states):
            raise Conflict(Side.B, "order.place", "Resource is not ready for that.", 409)

    def of_type(self, kind):
        return [order for order in self.orders.values() if order.type == kind]

    def _add(self, kind: str, resource: BResourceId, number: int | None = None, **changes) -> BOrderId:
        made = b_order_id(100 + len(self.orders) if number is None else number)
        self.orders[made] = a_b_order(id=made, type=kind, resource=resource, created=PLACED, **changes)
        return made
