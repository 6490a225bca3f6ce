"""What differs between A and B, decisions, policies and waiting times aside."""

from collections.abc import Iterator
from typing import Any

import attrs

from federation_core.application.orders import OrdersPlan
from federation_core.domain.orders.decide import Decision
from federation_core.domain.orders.forwarding import Step
from federation_core.domain.plan.sync import SyncPlan


@attrs.frozen
class Difference:
    """One thing that A and B tell differently.

    Attributes:
        kind: ``order``, ``orphan``, or what a plan to keep two sides equal is about, such as ``usage``.
        key: the UUID of A's order, of B's resource, or of what differs, with what else tells it apart.
        on_a: what A shows.
        on_b: what B shows.
    """

    kind: str
    key: str
    on_a: str
    on_b: str

    def as_json(self) -> dict[str, Any]:
        """The difference as JSON values."""
        return attrs.asdict(self)


def differences(plan: OrdersPlan | SyncPlan) -> tuple[Difference, ...]:
    """All differences in what *plan* was made from: open orders that are not equally far on both sides, orphans, other values."""
    match plan:
        case OrdersPlan():
            return (*_of_orders(plan), *_of_orphans(plan))
        case SyncPlan():
            return tuple(dict.fromkeys(_of_sync(plan)))


def _of_sync(plan: SyncPlan) -> Iterator[Difference]:
    for found in plan.found:
        if found.on_a or found.on_b:
            yield Difference(plan.subject, found.chain, found.on_a, found.on_b)


def _of_orders(plan: OrdersPlan) -> Iterator[Difference]:
    for decision in plan.decisions:
        if decision.step not in {Step.SETTLED, Step.WAIT} or decision.actions:
            yield Difference("order", str(decision.order.id), _on_a(decision), _on_b(decision))


def _of_orphans(plan: OrdersPlan) -> Iterator[Difference]:
    for orphan in (*plan.orphans.twins, *plan.orphans.orphans):
        yield Difference("orphan", str(orphan.b_resource), orphan.why, "a living resource with our marks")


def _on_a(decision: Decision) -> str:
    order = decision.order
    return f"{order.type} order {order.state}"


def _on_b(decision: Decision) -> str:
    return decision.counterpart.reason if decision.counterpart is not None else decision.reason
