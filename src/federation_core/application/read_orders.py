"""Reading what the decisions about orders look at: all of the offering in pages, or what surrounds one resource."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import attrs

from federation_core.application.outcome import observe, observed_list, observed_one
from federation_core.application.wiring import Learned, OrderPorts, OrderSettings
from federation_core.domain.catalogue import TargetOffering
from federation_core.domain.errors import FederationError, NotFound, PlaneError
from federation_core.domain.ids import AResourceId, BOrderId, BResourceId, parse_uuid
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable, rows, together
from federation_core.domain.orders.orphans import TERMINABLE
from federation_core.domain.orders.scene import Marker, Scene
from federation_core.domain.orders.states import APhase, a_phase
from federation_core.domain.records import AOrder, AResource, BOrder, BResource
from federation_core.domain.standing import Standing, blind_to

MAX_LATE_READS = 100
"""Linked orders of B outside the listed period that one cycle reads one by one; the rest wait for the next cycle."""


@attrs.frozen
class _Lists:
    """What a scene is made of, before it is checked for what is missing."""

    offering: Observed[TargetOffering]
    a_resources: Observed[tuple[AResource, ...]]
    b_resources: Observed[tuple[BResource, ...]]
    b_orders: Observed[tuple[BOrder, ...]]


class OrderReader:
    """Reads scenes."""

    def __init__(self, ports: OrderPorts, settings: OrderSettings, learned: Learned) -> None:
        self._ports = ports
        self._settings = settings
        self._learned = learned

    def all_around(self, orders: Sequence[AOrder]) -> Scene:
        """Read all resources of both sides, and B's orders since the oldest of *orders*."""
        before = observe(self._ports.b_rights.read)
        return self._scene(orders, before, self._all(orders))

    def around(self, resource: AResourceId, orders: Sequence[AOrder]) -> Scene:
        """Read what *orders* of *resource* depend on, in a handful of requests however much there is beside it."""
        ports = self._ports
        reads: list[Callable[[], Any]] = [
            ports.b_rights.read,
            ports.catalogue.read,
            partial(ports.a_resources.read, resource),
        ]
        before, offering, on_a = (observed_one(result) for result in ports.pool.run(reads))
        return self._scene(orders, before, self._few(offering, on_a))

    def ended_without_success(self, scene: Scene, orders: Sequence[AOrder]) -> tuple[AResourceId, ...]:
        """Erred resources of A with something of ours on B, whose Create order really ended without success."""
        busy = {order.resource for order in orders}
        erred = [r for r in scene.a_by_id.values() if r.state == "Erred" and r.id not in busy]
        suspects = [r.id for r in erred if any(b.state in TERMINABLE for b in scene.b_by_mark.get(r.id, ()))]
        creates = self._ports.pool.run(
            [partial(self._ports.a_orders.create_of, resource) for resource in suspects[:MAX_LATE_READS]]
        )
        return tuple(create.resource for create in creates if isinstance(create, AOrder) and _has_ended(create))

    def _all(self, orders: Sequence[AOrder]) -> _Lists:
        ports = self._ports
        reads: list[Callable[[], Any]] = [ports.catalogue.read, ports.a_resources.list_all, ports.b_resources.list_all]
        if orders:
            oldest = min(order.created for order in orders)
            reads.append(partial(ports.b_orders.list_since, (oldest - timedelta(days=1)).date()))
        offering, a_resources, b_resources, *b_orders = ports.pool.run(reads)
        listed = observed_list(b_orders[0]) if b_orders else Complete(())
        return _Lists(observed_one(offering), observed_list(a_resources), observed_list(b_resources), listed)

    def _few(self, offering: Observed[TargetOffering], on_a: Observed[AResource]) -> _Lists:
        """What there is around one resource of A: those on B that are or may be its own, their orders, and who else claims them."""
        if not isinstance(on_a, Complete):
            unread = Unreadable(on_a.reason)
            return _Lists(offering, unread, unread, unread)
        on_b = self._own(on_a.value)
        found = [resource.id for resource in rows(on_b)]
        ports = self._ports
        orders = ports.pool.run([partial(ports.b_orders.list_of, resource) for resource in found])
        claims = ports.pool.run([partial(ports.a_resources.list_linked, resource) for resource in found])
        claimants = together(observed_list(claim) for claim in claims)
        known = {resource.id: resource for resource in (*claimants.value, on_a.value)}
        return _Lists(
            offering,
            attrs.evolve(claimants, value=tuple(known.values())),
            on_b,
            together(observed_list(listed) for listed in orders),
        )

    def _own(self, resource: AResource) -> Observed[tuple[BResource, ...]]:
        """The resource of B that *resource* is linked to, or else those with its marks."""
        ports, linked = self._ports, parse_uuid(resource.backend_id)
        if linked is not None:
            (found,) = ports.pool.run([partial(ports.b_resources.read, BResourceId(linked))])
            return Complete((found,)) if isinstance(found, BResource) else Unreadable(_why(found))
        if resource.backend_id:  # it names nothing on B, which the decision tells
            return Complete(())
        offering = self._settings.rules.offering
        (listed,) = ports.pool.run([partial(ports.b_resources.list_for, offering, resource.id)])
        return observed_list(listed)

    def _scene(self, orders: Sequence[AOrder], before: Observed[Standing], lists: _Lists) -> Scene:
        late, gone = self._late_orders(orders, lists.b_orders)
        self._learn_marker(rows(lists.b_resources))
        return Scene(
            now=self._ports.a_clock.now(),
            rules=self._settings.rules,
            offering=lists.offering,
            a_resources=lists.a_resources,
            b_resources=lists.b_resources,
            b_orders=_with(lists.b_orders, late),
            b_blind=self._blind(before, orders, lists),
            gone_orders=gone,
            marker=self._learned.marker,
            links_orders=self._learned.links_orders,
            attempts=dict(self._learned.attempts),
        )

    def _late_orders(
        self, orders: Sequence[AOrder], listed: Observed[tuple[BOrder, ...]]
    ) -> tuple[tuple[BOrder, ...], frozenset[UUID]]:
        """Read the linked orders of B that the listing did not show, and name those that B does not have."""
        if not isinstance(listed, Complete):
            return (), frozenset()
        known = {order.id for order in listed.value}
        linked = (parse_uuid(order.backend_id) for order in orders)
        wanted = sorted({BOrderId(link) for link in linked if link is not None} - known)[:MAX_LATE_READS]
        results = self._ports.pool.run([partial(self._ports.b_orders.read, order) for order in wanted])
        found = tuple(result for result in results if isinstance(result, BOrder))
        gone = frozenset(link for link, result in zip(wanted, results, strict=True) if isinstance(result, NotFound))
        return found, gone

    def _learn_marker(self, resources: Iterable[BResource]) -> None:
        offering = self._settings.rules.offering
        if any(r.for_resource is not None and r.for_offering == offering for r in resources):
            self._learned.marker = Marker.SURVIVES

    def _blind(self, before: Observed[Standing], orders: Sequence[AOrder], lists: _Lists) -> str:
        """Why the token may not see all of our customer; read again after the lists, but only where an absence matters."""
        customer = self._settings.customer
        reason = blind_to(before, customer)
        if reason:
            return reason
        listed = {resource.id for resource in rows(lists.b_resources)}
        links = {resource.id: parse_uuid(resource.backend_id) for resource in rows(lists.a_resources)}
        if all(links.get(order.resource) in listed for order in orders):
            return ""
        return blind_to(observe(self._ports.b_rights.read), customer)


def _has_ended(order: AOrder) -> bool:
    try:
        return a_phase(order.state) is APhase.ENDED
    except PlaneError:
        return False


def _why(error: BResource | FederationError) -> str:
    """Why a linked resource was not read; that it is gone only a listing of all proves."""
    return f"it was looked for by itself: {error}"


def _with(listed: Observed[tuple[BOrder, ...]], late: tuple[BOrder, ...]) -> Observed[tuple[BOrder, ...]]:
    match listed:
        case Complete(value):
            return Complete((*value, *late))
        case Incomplete() | Unreadable():
            return listed
