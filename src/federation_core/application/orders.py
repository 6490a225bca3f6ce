"""The order use case: what A's users order is placed on B, and B's answer told on A.

One cycle reads A's open orders; if there are any, both sides' resources, B's orders and B's offering, each in pages; decides every
order by itself; and applies the writes stage by stage, side by side. Nothing is kept but what `Learned` holds, and that is only a
cache: everything a fresh process must know stands on A and B.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from federation_core.application.apply_orders import LastUsage, OnCreated, OrderApplier
from federation_core.application.outcome import (
    CycleReport,
    Kind,
    kind_of,
    problems_of,
)
from federation_core.application.read_orders import OrderReader
from federation_core.application.wiring import Learned, OrderPorts, OrderSettings
from federation_core.domain.errors import PlaneError
from federation_core.domain.ids import AOrderId, AResourceId, BResourceId
from federation_core.domain.observed import Complete, Observed, Unreadable, rows
from federation_core.domain.orders.decide import Decision, decide_all
from federation_core.domain.orders.orphans import OrphansSeen, find_orphans
from federation_core.domain.orders.scene import Scene
from federation_core.domain.plan.actions import describe
from federation_core.domain.plan.actions.orders import TerminateOrphan
from federation_core.domain.plan.policy import Guarded, OrphanPolicy, guard_removals
from federation_core.domain.records import AOrder


@attrs.frozen
class OrdersSeen:
    """What one cycle read.

    Attributes:
        scene: None where nothing is open and no sweep was due, so nothing else was read.
        ended: resources of A whose Create order was read as ended without success.
        is_narrow: whether only one resource was looked at, so that nothing is said of what nobody wants.
    """

    open_orders: Observed[tuple[AOrder, ...]]
    scene: Scene | None = None
    ended: tuple[AResourceId, ...] = ()
    is_narrow: bool = False


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
        on_created: OnCreated | None = None,
    ) -> None:
        """Prepare the use case.

        Args:
            ports: the outside.
            settings: the operator's wishes.
            learned: what was found out about the peers; kept from cycle to cycle.
            tell_last: tells the last usage of resources whose termination is about to be told done.
            on_created: is told of resources that are there now, so that their people and fields need not wait for their turn.
        """
        self._ports = ports
        self._tell_last = tell_last
        self._on_created = on_created
        self._settings = settings
        self._learned = learned if learned is not None else Learned()
        self._reader = OrderReader(ports, settings, self._learned)

    def run(self, *, sweep: bool = True, approved: str = "") -> CycleReport:
        """Do one cycle.

        Args:
            sweep: whether to look for orphans also where no order is open, and among resources that are erred on A.
            approved: the digest of the removals an operator released.
        """
        return self.apply(self.plan(self.observe(sweep=sweep), approved=approved))

    def run_for(self, resource: AResourceId, *, knows: Callable[[AOrder], bool] = lambda _order: False) -> CycleReport:
        """Do one cycle for the orders of one resource alone.

        Args:
            resource: whose orders.
            knows: whether nothing is new about an open order, as far as A shows it; where that is so of all, nothing more is read.
        """
        return self.apply(self.plan(self.observe_for(resource, knows=knows)))

    def observe_for(
        self, resource: AResourceId, *, knows: Callable[[AOrder], bool] = lambda _order: False
    ) -> OrdersSeen:
        """Read what the orders of one resource need, in as many requests however large the offering is."""
        try:
            open_orders: Observed[tuple[AOrder, ...]] = self._ports.a_orders.list_open(resource)
        except PlaneError as error:
            return OrdersSeen(Unreadable(str(error)))
        orders = rows(open_orders)
        if all(knows(order) for order in orders):
            return OrdersSeen(open_orders)
        return OrdersSeen(open_orders, self._reader.around(resource, orders), is_narrow=True)

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
        scene = self._reader.all_around(orders)
        self._learned.index.rebuild(scene.a_resources, open_orders)
        return OrdersSeen(open_orders, scene, self._reader.ended_without_success(scene, orders) if sweep else ())

    def observe_around(self, orders: Sequence[AOrder]) -> Scene:
        """Read all that deciding *orders* needs, be they open or not."""
        return self._reader.all_around(orders)

    def plan(self, seen: OrdersSeen, *, approved: str = "") -> OrdersPlan:
        """Decide every order and every orphan; no I/O."""
        if seen.scene is None:
            return OrdersPlan(problems=problems_of(seen.open_orders))
        scene, orders = seen.scene, rows(seen.open_orders)
        # an open order, or a resource of A, that was not read may want what looks like an orphan
        sees_all = isinstance(seen.open_orders, Complete) and not seen.is_narrow
        orphans = find_orphans(scene, seen.ended, (o.resource for o in orders)) if sees_all else OrphansSeen()
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
        applier = OrderApplier(self._ports, self._settings, self._learned, self._tell_last, self._on_created)
        outcomes = applier.apply(plan.decisions)
        self._learned.index.note(plan.decisions, outcomes)
        removed = applier.remove(plan.guarded.released)
        notes = (*plan.notes, *applier.notes)
        return CycleReport((*outcomes, *removed), plan.problems, notes, plan.guarded.digest, plan.names)

    def _meet_offering(self) -> None:
        """See once that A's offering is there: a list of the orders of an unknown one is empty, not refused."""
        if not self._learned.has_offering:
            self._ports.a_catalogue.state()
            self._learned.has_offering = True


def _names(scene: Scene, orders: Iterable[AOrder], orphans: OrphansSeen) -> dict[str, str]:
    """What A calls the resources of *orders*, by order, and of *orphans*, by B's resource; those that A lists."""
    resources: dict[AOrderId | BResourceId, AResourceId] = {order.id: order.resource for order in orders}
    resources |= {orphan.b_resource: orphan.resource for orphan in (*orphans.twins, *orphans.orphans)}
    listed = scene.a_by_id
    return {str(key): listed[resource].name for key, resource in resources.items() if resource in listed}


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
