"""B as it is told to somebody who asks order by order, resource by resource and month by month, from lists that were read once.

What a list shows may be as old as it is kept, which is `FRESH_SECONDS` at most. A failed reading is kept as well, so that a B
that is down is not asked again for every resource.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Generic, TypeVar

from federation_core.application.outcome import observe_list
from federation_core.domain.catalogue import Demand, TargetOffering
from federation_core.domain.errors import Transient
from federation_core.domain.ids import BOrderId, BResourceId, Side
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Observed, Unreadable, rows
from federation_core.domain.orders.counterpart import Counterpart, failure_text, told_by
from federation_core.domain.orders.states import BPhase, BState, b_state, order_type
from federation_core.domain.records import BOrder, BResource
from federation_core.domain.usage.metered import Metered, metered_by_resource
from federation_core.ports.orders import ConsumerOrders
from federation_core.ports.resources import ConsumerResources
from federation_core.ports.usage import ConsumerUsage

T = TypeVar("T")
FRESH_SECONDS = 300.0
Monotonic = Callable[[], float]


class Kept(Generic[T]):
    """One reading, done again when it is older than `FRESH_SECONDS`."""

    def __init__(self, read: Callable[[], T], monotonic: Monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._found: tuple[float, T] | None = None

    def get(self) -> T:
        """The reading."""
        now = self._monotonic()
        if self._found is None or now - self._found[0] > FRESH_SECONDS:
            self._found = now, self._read()
        return self._found[1]


def obstacles(offering: TargetOffering, mapping: ComponentMapping) -> tuple[str, ...]:
    """Why nothing can be ordered of B's offering; empty where nothing is known against it."""
    missing = offering.missing(mapping.b_components)
    found = [f"B's offering has no component {', '.join(missing)}; correct target_components"] if missing else []
    if not offering.takes(Demand.CREATE):
        found.append(f"B's offering is {offering.state}")
    return tuple(found)


class OrderReadings:
    """Where orders on B stand, asked one after the other."""

    def __init__(self, orders: ConsumerOrders, monotonic: Monotonic) -> None:
        self._orders = orders
        self._open = Kept(self._list_open, monotonic)
        self._asked = 0

    def of(self, order: BOrderId) -> Counterpart:
        """Where *order* stands; the first that is asked for is read alone, of further ones only those that have ended.

        Raises:
            PlaneError: that could not be told.
        """
        self._asked += 1
        known = self._open.get().get(order) if self._asked > 1 else None
        return told_by(self._orders.read(order) if known is None else known)

    def failure(self, counterpart: Counterpart) -> str:
        """What A's user reads of an order that ended otherwise than done; empty where it did not."""
        if counterpart.phase is not BPhase.FAILED or counterpart.order is None:
            return ""
        return failure_text(counterpart, order_type(counterpart.order.type))

    def _list_open(self) -> Mapping[BOrderId, BOrder]:
        """The open orders; none where they cannot be listed, so that each is read."""
        return {order.id: order for order in rows(observe_list(self._orders.list_open))}


class ResourceReadings:
    """Our resources on B, asked for by UUID."""

    def __init__(self, resources: ConsumerResources, monotonic: Monotonic) -> None:
        self._resources = resources
        self._all = Kept(lambda: observe_list(resources.list_all), monotonic)

    def listed(self) -> Mapping[BResourceId, BResource]:
        """All of them, in pages.

        Raises:
            PlaneError: they cannot be listed, or not completely.
        """
        match self._all.get():
            case Complete(found):
                return {resource.id: resource for resource in found}
            case other:
                raise Transient(Side.B, "resource.list_all", other.reason)

    @staticmethod
    def is_served(found: BResource, a_state: str) -> bool:
        """Whether *found* may be taken for well on A, whose resource is in *a_state*: what failed on B must not be set OK there.

        Raises:
            UnknownWord: B shows a state that this release does not know.
        """
        state = b_state(found.state)
        return state is not BState.TERMINATED and (a_state != "Erred" or state in {BState.OK, BState.UPDATING})

    @staticmethod
    def is_finished(found: BResource) -> bool:
        """Whether what was ordered is there.

        Raises:
            UnknownWord: B shows a state that this release does not know.
        """
        return b_state(found.state) in {BState.OK, BState.UPDATING}

    def read(self, resource: BResourceId) -> BResource:
        """One of them as it is now.

        Raises:
            PlaneError: it could not be read.
        """
        return self._resources.read(resource)


class UsageReadings:
    """What B metered, asked for by month."""

    def __init__(self, usage: ConsumerUsage, mapping: ComponentMapping, monotonic: Monotonic) -> None:
        self._usage = usage
        self._mapping = mapping
        self._monotonic = monotonic
        self._months: dict[Month, Kept[Observed[Mapping[BResourceId, Metered]]]] = {}

    def of(self, month: Month) -> Mapping[BResourceId, Metered]:
        """The figures of all resources in *month*, in A's units; a resource without figures is not among them.

        Raises:
            PlaneError: they could not be read, or not completely.
        """
        kept = self._months.setdefault(month, Kept(partial(self._read, month), self._monotonic))
        match kept.get():
            case Complete(found):
                return found
            case other:
                raise Transient(Side.B, "usage.totals", f"{month}: {other.reason}")

    def _read(self, month: Month) -> Observed[Mapping[BResourceId, Metered]]:
        totals = observe_list(partial(self._usage.totals, month))
        if not isinstance(totals, Complete):
            return Unreadable(totals.reason)
        shares = observe_list(partial(self._usage.shares, month))
        if not isinstance(shares, Complete):
            return Unreadable(shares.reason)
        return Complete(metered_by_resource(totals.value, shares.value, self._mapping))
