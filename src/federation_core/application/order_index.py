"""Which order and resource of B is whose on A, as far as this process knows; what it does not know is read.

| kept | from | until |
| --- | --- | --- |
| links of resources | every full reading | the next one |
| open orders and their counterparts | every reading and every write | the order ends, or a full reading does not show it |
| orders that ended | what we told A, what we read | so many more have ended |
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import attrs

from federation_core.application.outcome import Kind, Outcome
from federation_core.domain.ids import AOrderId, AResourceId, BOrderId, BResourceId, parse_uuid
from federation_core.domain.links import links_of
from federation_core.domain.observed import Complete, Observed, rows
from federation_core.domain.orders.decide import Decision
from federation_core.domain.orders.states import BPhase
from federation_core.domain.plan.actions.orders import LinkOrder, LinkResource
from federation_core.domain.records import AOrder, AResource

MOST_SETTLED = 20_000
"""Ended orders that are remembered; beyond them the oldest are forgotten, which costs a request each if they are heard of again."""


@attrs.define
class OrderIndex:
    """What is known of pairs; losing it costs a few requests and nothing else.

    Attributes:
        resources: B's resource -> A's that is linked to it.
        a_orders: open order of A -> its resource.
        b_orders: counterpart of an open order -> the resource on A.
        waiting: open orders of A that wait for B alone -> what A showed of them last.
        settled: orders of either side about which nothing is left to do, the newest last.
    """

    resources: dict[BResourceId, AResourceId] = attrs.field(factory=dict)
    a_orders: dict[AOrderId, AResourceId] = attrs.field(factory=dict)
    b_orders: dict[BOrderId, AResourceId] = attrs.field(factory=dict)
    waiting: dict[AOrderId, str] = attrs.field(factory=dict)
    settled: dict[UUID, None] = attrs.field(factory=dict)

    def rebuild(self, a_resources: Observed[tuple[AResource, ...]], open_orders: Observed[tuple[AOrder, ...]]) -> None:
        """Take a full reading over; what it proves to be gone is forgotten."""
        if isinstance(a_resources, Complete):
            self.resources = {b: owners[0] for b, owners in links_of(a_resources.value).items() if len(owners) == 1}
        if isinstance(open_orders, Complete):
            shown = {order.id for order in open_orders.value}
            busy = {order.resource for order in open_orders.value}
            self.a_orders = {order: resource for order, resource in self.a_orders.items() if order in shown}
            self.b_orders = {order: resource for order, resource in self.b_orders.items() if resource in busy}
            self.waiting = {order: text for order, text in self.waiting.items() if order in shown}
        for order in rows(open_orders):
            self.meet(order)

    def meet(self, order: AOrder) -> None:
        """Take an open order of A over; one that was settled before has been opened again."""
        self.settled.pop(order.id, None)
        self.a_orders[order.id] = order.resource
        linked = parse_uuid(order.backend_id)
        if linked is not None:
            self.settled.pop(linked, None)
            self.b_orders[BOrderId(linked)] = order.resource

    def note(self, decisions: Sequence[Decision], outcomes: Iterable[Outcome]) -> None:
        """Take over what became of orders."""
        by_order = {str(decision.order.id): decision for decision in decisions}
        for outcome in outcomes:
            decision = by_order.get(outcome.key)
            if decision is not None:
                self._note(decision, outcome)

    def settle(self, *orders: UUID) -> None:
        """Remember that nothing is left to do about *orders*."""
        for order in orders:
            self.settled.pop(order, None)
            self.settled[order] = None
        while len(self.settled) > MOST_SETTLED:
            del self.settled[next(iter(self.settled))]

    def knows(self, order: AOrder) -> bool:
        """Whether *order* waits for B, and A shows nothing of it that was not there before."""
        return self.waiting.get(order.id) == shown_on_a(order)

    def _note(self, decision: Decision, outcome: Outcome) -> None:
        order = decision.order
        counterparts = {*_counterparts(decision, outcome)}
        self.waiting.pop(order.id, None)
        if outcome.kind is Kind.SETTLED:
            self.a_orders.pop(order.id, None)
            for counterpart in counterparts:
                self.b_orders.pop(counterpart, None)
            self.settle(order.id, *counterparts)
            return
        self.meet(order)
        for counterpart in counterparts:
            self.settled.pop(counterpart, None)
            self.b_orders[counterpart] = order.resource
        for action in outcome.done:
            if isinstance(action, LinkResource):
                self.resources[action.b_resource] = action.resource
        if _waits_for_b(decision, outcome):
            self.waiting[order.id] = _shown_after(order, outcome)


def shown_on_a(order: AOrder) -> str:
    """What A shows of an order that may be news: its state, and its link."""
    return f"{order.state} {parse_uuid(order.backend_id)}"


def _shown_after(order: AOrder, outcome: Outcome) -> str:
    """What A shows once the writes of this cycle are done."""
    links = [action.b_order for action in outcome.done if isinstance(action, LinkOrder)]
    return f"executing {links[-1] if links else parse_uuid(order.backend_id)}"


def _counterparts(decision: Decision, outcome: Outcome) -> Iterable[BOrderId]:
    counterpart = decision.counterpart
    if counterpart is not None and counterpart.order is not None:
        yield counterpart.order.id
    for action in outcome.done:
        if isinstance(action, LinkOrder):
            yield action.b_order


def _waits_for_b(decision: Decision, outcome: Outcome) -> bool:
    """Whether B has the order, and nothing but its answer is missing."""
    if outcome.kind is not Kind.AGAIN_AFTER or outcome.error:
        return False
    is_linked = any(isinstance(action, LinkOrder) for action in outcome.done)
    return is_linked or (decision.counterpart is not None and decision.counterpart.phase is BPhase.OPEN)
