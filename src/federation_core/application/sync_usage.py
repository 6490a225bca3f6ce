"""The usage use case: what B metered in the months that are reported, told on A in A's units.

One cycle reads both sides' resources, and for each month both sides' totals and people's shares, each in pages; decides without
I/O; and writes only what differs. The months follow from one moment, frozen when reading begins.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import attrs

from federation_core.application.outcome import CycleReport, Kind, observed_list, problems_of
from federation_core.application.tell_usage import UsageTeller
from federation_core.application.usage_wiring import UsageLearned, UsagePorts, UsageSettings
from federation_core.domain.ids import AResourceId, Side
from federation_core.domain.months import Month, latest
from federation_core.domain.observed import Observed, rows, together
from federation_core.domain.plan.sync import SyncPlan
from federation_core.domain.records import AResource, BResource
from federation_core.domain.usage.decide import decide_usage
from federation_core.domain.usage.names import NameBook
from federation_core.domain.usage.scene import Links, MonthSeen, UsageScene

SUBJECT = "usage"
MANY = 5
"""Resources above which whole lists cost less than asking for each."""
Link = Mapping[Side, UUID]


class SyncUsage:
    """Observe, plan, apply for the usage of one offering; each step can be called on its own."""

    def __init__(self, ports: UsagePorts, settings: UsageSettings, learned: UsageLearned | None = None) -> None:
        self._ports = ports
        self._settings = settings
        self._learned = learned if learned is not None else UsageLearned()

    def run(self, months: Sequence[Month] = (), only: Collection[AResourceId] | None = None) -> CycleReport:
        """Do one cycle.

        Args:
            months: those to be told, oldest first; empty for those that the settings ask for.
            only: the resources to be told of; None for all.
        """
        seen = self.observe(months, only)
        return self.apply(self.plan(seen), seen)

    def tell_last(self, resources: Collection[AResourceId]) -> Mapping[AResourceId, str]:
        """Tell the usage of resources that A is about to close.

        Returns:
            Why those that should wait for the next cycle are not told for certain; what A refuses keeps nobody waiting.
        """
        report = self.run(only=resources)
        if report.problems:
            return dict.fromkeys(resources, report.problems[0])
        late = [outcome for outcome in report.outcomes if outcome.kind is Kind.AGAIN_AFTER]
        return {r: outcome.error for r in resources for outcome in late if outcome.resource == str(r)}

    def observe(self, months: Sequence[Month] = (), only: Collection[AResourceId] | None = None) -> UsageScene:
        """Read both sides; what cannot be read is part of the scene."""
        ports = self._ports
        a_resources, b_resources = self._resources()
        links = ports.meters.links(rows(a_resources))
        frozen_at = ports.a_clock.now()
        current = Month.of(frozen_at, self._settings.zone)
        wanted = tuple(months) or latest(current, self._settings.periods)
        seen = self._months(wanted, _few_links(links, only))
        return UsageScene(
            frozen_at=frozen_at,
            current=current,
            a_resources=a_resources,
            links=links,
            b_resources=b_resources,
            months=seen,
            names=self._names(seen),
            dates=self._learned.dates,
            closed=frozenset(self._learned.closed),
            only=None if only is None else frozenset(only),
            remarks=ports.meters.remarks(),
        )

    def plan(self, seen: UsageScene) -> SyncPlan:
        """Decide what A is to be told; no I/O."""
        decided = decide_usage(seen, self._settings.rules)
        months = chain.from_iterable((m.a_totals, m.b_totals, m.a_shares, m.b_shares) for m in seen.months)
        problems = problems_of(seen.a_resources, seen.b_resources, *months)
        told = (*seen.links.problems, *problems)
        plan = SyncPlan(SUBJECT, decided.writes, decided.holds, problems=told, notes=decided.notes)
        about = {item.chain.partition(" ")[0] for item in plan.found}
        names = {str(resource.id): resource.name for resource in rows(seen.a_resources) if str(resource.id) in about}
        return attrs.evolve(plan, names=names)

    def apply(self, plan: SyncPlan, seen: UsageScene) -> CycleReport:
        """Tell A the present month, then the past ones if A is proven to read dates; report every resource and month."""
        teller = UsageTeller(self._ports, self._settings, self._learned, seen)
        return teller.tell(plan)

    def _resources(self) -> tuple[Observed[tuple[AResource, ...]], Observed[tuple[BResource, ...]] | None]:
        """Both sides' resources, read side by side; none of a B that lists none."""
        a_resources, b_resources = self._ports.a_resources, self._ports.b_resources
        lists: list[Callable[[], Any]] = [a_resources.list_all]
        if b_resources is not None:
            lists.append(b_resources.list_all)
        on_a, *on_b = (observed_list(result) for result in self._ports.pool.run(lists))
        return on_a, on_b[0] if on_b else None

    def _months(self, months: Sequence[Month], few: Sequence[Link] | None) -> tuple[MonthSeen, ...]:
        """Both sides' months: listed whole, or resource by resource where only a few are asked for."""
        readers = self._readers()
        calls = [
            [partial(reader.read, month)]
            if few is None
            else [partial(reader.read, month, link[reader.side]) for link in few]
            for month in months
            for reader in readers
        ]
        results = iter(self._ports.pool.run([call for group in calls for call in group]))
        seen = [together([observed_list(next(results)) for _ in group]) for group in calls]
        width = len(readers)
        return tuple(MonthSeen(month, *seen[i * width : (i + 1) * width]) for i, month in enumerate(months))

    def _readers(self) -> tuple["_Reader", ...]:
        a_usage, b_usage = self._ports.a_usage, self._ports.b_usage
        totals = (_Reader(a_usage.totals, Side.A), _Reader(b_usage.totals, Side.B))
        shares = (_Reader(a_usage.shares, Side.A), _Reader(b_usage.shares, Side.B))
        return (*totals, *shares) if self._settings.rules.shares else totals

    def _names(self, months: Sequence[MonthSeen]) -> NameBook:
        """What people of B are called on A; names are asked for only where there are shares to be told."""
        b_accounts = self._ports.b_accounts
        if b_accounts is None or not any(rows(seen.b_shares) for seen in months if seen.b_shares is not None):
            return NameBook()
        lists: list[Callable[[], Any]] = [self._ports.a_accounts.list_all, b_accounts.list_all]
        on_a, on_b = self._ports.pool.run(lists)
        return NameBook.of(rows(observed_list(on_a)), rows(observed_list(on_b)))


@attrs.frozen
class _Reader:
    """One kind of list on one side, as `MonthSeen` has them in turn."""

    read: Callable[..., Any]
    side: Side


def _few_links(links: Links, only: Collection[AResourceId] | None) -> list[Link] | None:
    """The links of the resources asked for, where they are so few that reading them one by one is cheaper; else None."""
    if only is None or len(only) > MANY:
        return None
    return [{Side.A: a, Side.B: links.of[a]} for a in only if a in links.of]
