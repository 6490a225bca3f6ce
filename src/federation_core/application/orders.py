"""The order use case: what A's users order is placed on B, and B's answer told on A.

One cycle reads A's open orders; if there are any, both sides' resources, B's orders and B's offering, each in pages; decides every
order by itself; and applies the writes stage by stage, side by side. Nothing is kept but what `Learned` holds, and that is only a
cache: everything a fresh process must know stands on A and B.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import attrs

from federation_core.application.apply_orders import LastUsage, OrderApplier
from federation_core.application.outcome import (
    CycleReport,
    Kind,
    kind_of,
    observe,
    observed_list,
    observed_one,
    problems_of,
)
from federation_core.application.wiring import Learned, OrderPorts, OrderSettings
from federation_core.domain.errors import NotFound, PlaneError
from federation_core.domain.ids import AResourceId, BOrderId, parse_uuid
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable, rows
from federation_core.domain.orders.decide import Decision, decide_all
from federation_core.domain.orders.orphans import TERMINABLE, OrphansSeen, find_orphans
from federation_core.domain.orders.scene import Marker, Scene
from federation_core.domain.orders.states import APhase, a_phase
from federation_core.domain.plan.actions import describe
from federation_core.domain.plan.actions.orders import TerminateOrphan
from federation_core.domain.plan.policy import Guarded, OrphanPolicy, guard_removals
from federation_core.domain.records import AOrder, AResource, BOrder, BResource
from federation_core.domain.standing import Standing, blind_to

MAX_LATE_READS = 100
"""Linked orders of B outside the listed period that one cycle reads one by one; the rest wait for the next cycle."""


@attrs.frozen
class OrdersSeen:
    """What one cycle read.

    Attributes:
        scene: None where nothing is open and no sweep was due, so nothing else was read.
        ended: resources of A whose Create order was read as ended without success.
    """

    open_orders: Observed[tuple[AOrder, ...]]
    scene: Scene | None = None
    ended: tuple[AResourceId, ...] = ()


@attrs.frozen
class OrdersPlan:
    """What would be done, and why; a value that can be printed, compared and applied.

    Attributes:
        names: what A calls the resource of each order, or of each orphan by its UUID on B, as far as A lists it.
    """

    decisions: tuple[Decision, ...] = ()
    orphans: OrphansSeen = attrs.field(factory=OrphansSeen)
    guarded: Guarded[TerminateOrphan] = attrs.field(factory=Guarded)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    names: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def is_trouble(self) -> bool:
        """Whether something could not be told, or an order needs a person."""
        kinds = {kind_of(decision.holds) for decision in self.decisions if decision.holds is not None}
        return bool(self.problems) or not kinds.isdisjoint({Kind.PARKED, Kind.BROKEN})

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        return not any(decision.actions for decision in self.decisions) and not self.guarded.released

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON values: ``actions``, ``held``, ``problems``, ``notes`` and the removal guard's ``digest``."""
        return {
            "actions": [
                {**describe(action), "step": decision.step.name.lower(), "reason": decision.reason}
                for decision in self.decisions
                for action in decision.actions
            ]
            + [describe(removal) for removal in self.guarded.released],
            "held": [
                {"order": str(d.order.id), "outcome": kind_of(d.holds).value, "reason": d.reason}
                for d in self.decisions
                if d.holds is not None
            ],
            "held_removals": [describe(removal) for removal in self.guarded.held],
            "digest": self.guarded.digest,
            "problems": list(self.problems),
            "notes": list(self.notes),
        }


class ReconcileOrders:
    """Observe, plan, apply for the orders of one offering; each step can be called on its own."""

    def __init__(
        self,
        ports: OrderPorts,
        settings: OrderSettings,
        learned: Learned | None = None,
        tell_last: LastUsage | None = None,
    ) -> None:
        """Prepare the use case.

        Args:
            ports: the outside.
            settings: the operator's wishes.
            learned: what was found out about the peers; kept from cycle to cycle.
            tell_last: tells the last usage of resources whose termination is about to be told done.
        """
        self._ports = ports
        self._tell_last = tell_last
        self._settings = settings
        self._learned = learned if learned is not None else Learned()

    def run(self, *, sweep: bool = True, approved: str = "") -> CycleReport:
        """Do one cycle.

        Args:
            sweep: whether to look for orphans also where no order is open, and among resources that are erred on A.
            approved: the digest of the removals an operator released.
        """
        return self.apply(self.plan(self.observe(sweep=sweep), approved=approved))

    def observe(self, *, sweep: bool = True) -> OrdersSeen:
        """Read all that the plan needs, and nothing where there is nothing to plan."""
        try:
            self._meet_offering()
            open_orders: Observed[tuple[AOrder, ...]] = self._ports.a_orders.list_open()
        except PlaneError as error:
            return OrdersSeen(Unreadable(str(error)))
        orders = rows(open_orders)
        if not orders and not sweep:
            return OrdersSeen(open_orders)
        scene = self._scene(orders)
        return OrdersSeen(open_orders, scene, self._ended(scene, orders) if sweep else ())

    def plan(self, seen: OrdersSeen, *, approved: str = "") -> OrdersPlan:
        """Decide every order and every orphan; no I/O."""
        if seen.scene is None:
            return OrdersPlan(problems=problems_of(seen.open_orders))
        scene, orders = seen.scene, rows(seen.open_orders)
        all_open = isinstance(
            seen.open_orders, Complete
        )  # an open order that was not read may want what looks like an orphan
        orphans = find_orphans(scene, seen.ended, (o.resource for o in orders)) if all_open else OrphansSeen()
        removals = orphans.wanted_gone(self._settings.orphan_policy)
        guarded = guard_removals(removals, orphans.owned, approved)
        read = (seen.open_orders, scene.offering, scene.a_resources, scene.b_resources, scene.b_orders)
        notes = (*_orphan_notes(orphans, self._settings.orphan_policy), *_guard_notes(guarded), *_contest_notes(scene))
        blind = (scene.b_blind,) if scene.b_blind else ()
        problems = tuple(dict.fromkeys((*problems_of(*read), *blind)))
        names = _names(scene, orders, orphans)
        return OrdersPlan(decide_all(orders, scene), orphans, guarded, problems, notes, names)

    def apply(self, plan: OrdersPlan) -> CycleReport:
        """Do what the plan says, and report every order."""
        applier = OrderApplier(self._ports, self._settings, self._learned, self._tell_last)
        outcomes = applier.apply(plan.decisions)
        removed = applier.remove(plan.guarded.released)
        notes = (*plan.notes, *applier.notes)
        return CycleReport((*outcomes, *removed), plan.problems, notes, plan.guarded.digest, plan.names)

    def _meet_offering(self) -> None:
        """See once that A's offering is there: a list of the orders of an unknown one is empty, not refused."""
        if not self._learned.has_offering:
            self._ports.a_catalogue.state()
            self._learned.has_offering = True

    def _scene(self, orders: Sequence[AOrder]) -> Scene:
        ports = self._ports
        before = observe(ports.b_rights.read)
        offering, a_resources, b_resources, b_orders = self._lists(orders)
        late, gone = self._late_orders(orders, b_orders)
        self._learn_marker(rows(b_resources))
        return Scene(
            now=ports.a_clock.now(),
            rules=self._settings.rules,
            offering=offering,
            a_resources=a_resources,
            b_resources=b_resources,
            b_orders=_with(b_orders, late),
            b_blind=self._blind(before, orders, a_resources, b_resources),
            gone_orders=gone,
            marker=self._learned.marker,
            links_orders=self._learned.links_orders,
            attempts=dict(self._learned.attempts),
        )

    def _lists(self, orders: Sequence[AOrder]) -> tuple[Any, Any, Any, Any]:
        ports = self._ports
        reads: list[Callable[[], Any]] = [ports.catalogue.read, ports.a_resources.list_all, ports.b_resources.list_all]
        if orders:
            oldest = min(order.created for order in orders)
            reads.append(partial(ports.b_orders.list_since, (oldest - timedelta(days=1)).date()))
        offering, a_resources, b_resources, *b_orders = ports.pool.run(reads)
        listed = observed_list(b_orders[0]) if b_orders else Complete(())
        return observed_one(offering), observed_list(a_resources), observed_list(b_resources), listed

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

    def _blind(
        self,
        before: Observed[Standing],
        orders: Sequence[AOrder],
        a_resources: Observed[tuple[AResource, ...]],
        b_resources: Observed[tuple[BResource, ...]],
    ) -> str:
        """Why the token may not see all of our customer; read again after the lists, but only where an absence matters."""
        customer = self._settings.customer
        reason = blind_to(before, customer)
        if reason:
            return reason
        listed = {resource.id for resource in rows(b_resources)}
        links = {resource.id: parse_uuid(resource.backend_id) for resource in rows(a_resources)}
        if all(links.get(order.resource) in listed for order in orders):
            return ""
        return blind_to(observe(self._ports.b_rights.read), customer)

    def _ended(self, scene: Scene, orders: Sequence[AOrder]) -> tuple[AResourceId, ...]:
        """Erred resources of A with something of ours on B, whose Create order really ended without success."""
        busy = {order.resource for order in orders}
        erred = [r for r in scene.a_by_id.values() if r.state == "Erred" and r.id not in busy]
        suspects = [r.id for r in erred if any(b.state in TERMINABLE for b in scene.b_by_mark.get(r.id, ()))]
        creates = self._ports.pool.run(
            [partial(self._ports.a_orders.create_of, resource) for resource in suspects[:MAX_LATE_READS]]
        )
        return tuple(create.resource for create in creates if isinstance(create, AOrder) and _has_ended(create))


def _names(scene: Scene, orders: Iterable[AOrder], orphans: OrphansSeen) -> dict[str, str]:
    """What A calls the resources of *orders*, by order, and of *orphans*, by B's resource; those that A lists."""
    resources: dict[UUID, AResourceId] = {order.id: order.resource for order in orders}
    resources |= {orphan.b_resource: orphan.resource for orphan in (*orphans.twins, *orphans.orphans)}
    listed = scene.a_by_id
    return {str(key): listed[resource].name for key, resource in resources.items() if resource in listed}


def _has_ended(order: AOrder) -> bool:
    try:
        return a_phase(order.state) is APhase.ENDED
    except PlaneError:
        return False


def _with(listed: Observed[tuple[BOrder, ...]], late: tuple[BOrder, ...]) -> Observed[tuple[BOrder, ...]]:
    match listed:
        case Complete(value):
            return Complete((*value, *late))
        case Incomplete() | Unreadable():
            return listed


def _orphan_notes(orphans: OrphansSeen, policy: OrphanPolicy) -> Iterable[str]:
    if policy is OrphanPolicy.REPORT:
        for orphan in orphans.orphans:
            yield f"orphan: resource {orphan.b_resource} on B serves {orphan.resource} of A, but {orphan.why}"


def _guard_notes(guarded: Guarded[TerminateOrphan]) -> Iterable[str]:
    if guarded.held:
        yield (
            f"{len(guarded.held)} removals on B are held back, which is suspiciously many; "
            f"release exactly these with --approve-removals {guarded.digest}"
        )


def _contest_notes(scene: Scene) -> Iterable[str]:
    for linked, owners in sorted(scene.claims.items()):
        if len(owners) > 1:
            names = ", ".join(str(owner) for owner in owners)
            yield f"resources {names} of A are all linked to resource {linked} on B; nothing is written for them"
