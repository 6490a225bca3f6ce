"""The field use case: limits, dates, ids, states, projects' profiles and user names, alike on both sides by one table.

One cycle lists what the parts asked for need, in pages; reads open orders, and how failed orders ended, only where something that
differs depends on them; decides without I/O; and writes only what differs. A write that a server refuses is not repeated for a
while.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import attrs

from federation_core.application.apply_fields import FieldWriter
from federation_core.application.apply_writes import WriteApplier
from federation_core.application.fields_wiring import FieldPorts, FieldSettings, FieldsLearned
from federation_core.application.outcome import (
    CycleReport,
    observe,
    observe_list,
    observed_list,
    observed_one,
    problems_of,
)
from federation_core.domain.errors import FederationError, PlaneError, UnknownWord, Unsupported
from federation_core.domain.fields.decide import at_stake, decide_fields, wants_sub_domains
from federation_core.domain.fields.resources import ERRED, TERMINATED, ResourcePair
from federation_core.domain.fields.scene import (
    NOT_ASKED,
    AccountsSeen,
    FieldScene,
    Part,
    ProjectsSeen,
    ResourcesSeen,
)
from federation_core.domain.ids import AResourceId, BResourceId, parse_uuid
from federation_core.domain.links import links_of
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable, rows, together
from federation_core.domain.orders.states import APhase, BPhase, a_phase, b_phase
from federation_core.domain.plan.sync import SyncPlan
from federation_core.domain.records import AOrder, BOrder, SubDomain

T = TypeVar("T")
SUBJECT = "fields"
EVERY_PART = tuple(Part)
MAX_LATE_READS = 100
"""Create orders that one cycle reads one by one; the rest wait for the next cycle."""

RETRY_AFTER = timedelta(hours=1)
"""How long a write that was refused is not repeated; a person may have mended the cause by then."""


class SyncFields:
    """Observe, plan, apply for the fields of one offering; each step can be called on its own."""

    def __init__(self, ports: FieldPorts, settings: FieldSettings, learned: FieldsLearned | None = None) -> None:
        self._ports = ports
        self._rules = settings.rules
        self._learned = learned if learned is not None else FieldsLearned()

    def run(self, parts: Collection[Part] = EVERY_PART) -> CycleReport:
        """Do one cycle for *parts*."""
        return self.apply(self.plan(self.observe(parts)))

    def run_for(self, resource: AResourceId) -> CycleReport:
        """Do one cycle for one resource alone."""
        return self.apply(self.plan(self.observe_for(resource)))

    def run_for_account(self, person: str) -> CycleReport:
        """Do one cycle for the accounts of one person alone, known by the name that both sides know the person by."""
        return self.apply(self.plan(self.observe_account(person)))

    def observe(self, parts: Collection[Part] = EVERY_PART) -> FieldScene:
        """Read both sides; what cannot be read is part of the scene."""
        lists = {part: calls for part, calls in self._lists().items() if part in parts}
        results = iter(self._ports.pool.run([call for calls in lists.values() for call in calls]))
        found = {part: (observed_list(next(results)), observed_list(next(results))) for part in lists}
        scene = attrs.evolve(
            self._scene(),
            resources=ResourcesSeen(*found[Part.RESOURCES]) if Part.RESOURCES in found else None,
            projects=ProjectsSeen(*found[Part.PROJECTS]) if Part.PROJECTS in found else None,
            accounts=AccountsSeen(*found[Part.USERNAMES]) if Part.USERNAMES in found else None,
        )
        return self._with_sub_domains(self._with_orders(scene))

    def observe_for(self, resource: AResourceId) -> FieldScene:
        """Read what one resource needs, in as many requests however large the offering is."""
        ports = self._ports
        on_a = observe(partial(ports.a_resources.read, resource))
        linked = parse_uuid(on_a.value.backend_id) if isinstance(on_a, Complete) else None
        if not isinstance(on_a, Complete) or linked is None or on_a.value.state == TERMINATED:
            return attrs.evolve(self._scene(), resources=ResourcesSeen(_alone(on_a), Complete(())))
        b_resource = BResourceId(linked)
        reads: list[Callable[[], Any]] = [
            partial(ports.a_resources.list_linked, b_resource),
            partial(ports.b_resources.read, b_resource),
        ]
        listed, on_b = ports.pool.run(reads)
        claimants = observed_list(listed)
        is_there = resource in links_of(rows(claimants)).get(b_resource, ())
        if isinstance(claimants, Complete) and not is_there:  # it is another offering's, or has changed meanwhile
            return attrs.evolve(self._scene(), resources=ResourcesSeen(Complete(()), Complete(())))
        seen = ResourcesSeen(claimants, _alone(observed_one(on_b)))
        return self._with_orders(attrs.evolve(self._scene(), resources=seen), only=(resource, b_resource))

    def observe_account(self, person: str) -> FieldScene:
        """Read the accounts of one person, and on A those whose name the person would get."""
        ports = self._ports
        on_b = observe_list(partial(ports.b_accounts.list_of, person))
        names = {account.name for account in rows(on_b) if account.name}
        found = ports.pool.run([partial(ports.a_accounts.list_like, person, name) for name in sorted(names)])
        on_a = together(observed_list(result) for result in found)
        return attrs.evolve(self._scene(), accounts=AccountsSeen(on_a, on_b))

    def _scene(self) -> FieldScene:
        """What is known before anything is read."""
        now = self._ports.a_clock.now()
        return FieldScene(
            now=now,
            b_ahead=self._ports.b_clock.now() - now,
            refused={
                key: refusal.obstacle
                for key, refusal in self._learned.refused.items()
                if now - refusal.at < RETRY_AFTER
            },
            unknown=dict(self._learned.unknown),
        )

    def plan(self, seen: FieldScene) -> SyncPlan:
        """Decide what is to be written; no I/O."""
        decided = decide_fields(seen, self._rules)
        problems = problems_of(*_asked(seen))
        return SyncPlan(
            SUBJECT, decided.writes, decided.holds, problems=problems, notes=decided.notes, names=_names(seen)
        )

    def apply(self, plan: SyncPlan) -> CycleReport:
        """Do what the plan says, and report every field that was written or is held."""
        writer = FieldWriter(self._ports, self._learned)
        applier = WriteApplier(self._ports.pool, self._ports.journal, writer.write, spares=_is_missing)
        outcomes = applier.apply(plan)
        told = (f"{hold.chain}: {hold.reason}" for hold in plan.holds if hold.why is None)
        return CycleReport(outcomes, plan.problems, (*plan.notes, *told, *writer.notes), names=plan.names)

    def _lists(self) -> dict[Part, tuple[Callable[[], Any], Callable[[], Any]]]:
        ports = self._ports
        lists: dict[Part, tuple[Callable[[], Any], Callable[[], Any]]] = {
            Part.RESOURCES: (ports.a_resources.list_all, ports.b_resources.list_all),
            Part.PROJECTS: (ports.a_projects.list_all, ports.b_projects.list_all),
        }
        if self._rules.usernames:
            lists[Part.USERNAMES] = (ports.a_accounts.list_all, ports.b_accounts.list_all)
        return lists

    def _with_orders(self, scene: FieldScene, only: tuple[AResourceId, BResourceId] | None = None) -> FieldScene:
        """Add the open orders, and how the Create orders of erred resources ended, where a write depends on them."""
        pairs = at_stake(scene, self._rules)
        if scene.resources is None or not pairs:
            return scene
        reads: list[Callable[[], Any]] = [self._ports.a_orders.list_open, self._ports.b_orders.list_open]
        if only is not None:
            reads = [partial(self._ports.a_orders.list_open, only[0]), partial(self._open_on_b, only[1])]
        a_open, b_open = (_resources_of(observed_list(result)) for result in self._ports.pool.run(reads))
        stillborn, unclear = self._failed_creates(pairs, scene.now)
        resources = attrs.evolve(scene.resources, a_open=a_open, b_open=b_open, stillborn=stillborn, unclear=unclear)
        return attrs.evolve(scene, resources=resources)

    def _open_on_b(self, resource: BResourceId) -> Complete[tuple[BOrder, ...]] | Incomplete[tuple[BOrder, ...]]:
        """The open orders of one resource of B; one in an unknown state counts as open."""
        listed = self._ports.b_orders.list_of(resource)
        return attrs.evolve(listed, value=tuple(order for order in listed.value if _may_be_open(order)))

    def _failed_creates(
        self, pairs: Iterable[ResourcePair], now: datetime
    ) -> tuple[frozenset[AResourceId], dict[AResourceId, str]]:
        """Which erred resources no order brought to life, and of which it could not be told; what ended stays so for a while."""
        known = {resource for resource, at in self._learned.stillborn.items() if now - at < RETRY_AFTER}
        erred = [pair.a.id for pair in pairs if pair.a.state == ERRED and pair.a.id not in known]
        due = erred[:MAX_LATE_READS]
        results = self._ports.pool.run([partial(self._ports.a_orders.create_of, resource) for resource in due])
        unclear = dict.fromkeys(erred[MAX_LATE_READS:], "too many at once")
        ended = {resource: _has_failed(result) for resource, result in zip(due, results, strict=True)}
        unclear |= {resource: why for resource, why in ended.items() if isinstance(why, str)}
        stillborn = [resource for resource, has_failed in ended.items() if has_failed is True]
        self._learned.stillborn.update(dict.fromkeys(stillborn, now))
        return frozenset([*known, *stillborn]), unclear

    def _with_sub_domains(self, scene: FieldScene) -> FieldScene:
        """Add B's science sub-domains where a project needs one; a server without them has none."""
        if scene.projects is None or not wants_sub_domains(scene, self._rules):
            return scene
        try:
            found: Observed[tuple[SubDomain, ...]] = self._ports.b_projects.sub_domains()
        except Unsupported:
            found = Complete(())
        except PlaneError as error:
            found = Unreadable(str(error))
        return attrs.evolve(scene, projects=attrs.evolve(scene.projects, sub_domains=found))


def _is_missing(error: FederationError) -> bool:
    """Whether the server simply does not know the call; then the field is left out, and that is told once."""
    return isinstance(error, Unsupported)


def _alone(seen: Observed[T]) -> Observed[tuple[T, ...]]:
    """One thing as the list of all there is."""
    match seen:
        case Complete(value):
            return Complete((value,))
        case Incomplete(_, reason) | Unreadable(reason):
            return Unreadable(reason)


def _may_be_open(order: BOrder) -> bool:
    try:
        return b_phase(order.state) is BPhase.OPEN
    except UnknownWord:
        return True


def _asked(seen: FieldScene) -> Iterable[Observed[object]]:
    """Every observation that was tried."""
    found: list[Observed[object]] = []
    if seen.resources is not None:
        found += [seen.resources.a, seen.resources.b, seen.resources.a_open, seen.resources.b_open]
    if seen.projects is not None:
        found += [seen.projects.a, seen.projects.b, seen.projects.sub_domains]
    if seen.accounts is not None:
        found += [seen.accounts.a, seen.accounts.b]
    return [one for one in found if one is not NOT_ASKED]


def _names(seen: FieldScene) -> dict[str, str]:
    resources = () if seen.resources is None else rows(seen.resources.a)
    projects = () if seen.projects is None else rows(seen.projects.a)
    return {**{str(r.id): r.name for r in resources}, **{str(p.id): p.name for p in projects}}


def _resources_of(orders: Observed[tuple[Any, ...]]) -> Observed[frozenset[Any]]:
    match orders:
        case Complete(found):
            return Complete(frozenset(order.resource for order in found))
        case Incomplete(found, reason):
            return Incomplete(frozenset(order.resource for order in found), reason)
        case Unreadable():
            return orders


def _has_failed(create: AOrder | FederationError | None) -> bool | str:
    """Whether a Create order ended without success, or why that cannot be told."""
    match create:
        case None:
            return False
        case AOrder():
            phase = observe(lambda: a_phase(create.state))
            return phase.reason if isinstance(phase, Incomplete | Unreadable) else phase.value is APhase.ENDED
        case _:
            return str(create)
