"""Loading past usage: month after month, as often as wanted; what A has already is not sent again, so running it again resumes."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Self

import attrs

from federation_core.application.outcome import CycleReport
from federation_core.application.sync_usage import SyncUsage
from federation_core.application.usage_wiring import UsageLearned, UsagePorts, UsageSettings
from federation_core.domain.errors import ConfigurationError, Finding
from federation_core.domain.ids import AResourceId, dashed, parse_uuid
from federation_core.domain.months import Month
from federation_core.domain.observed import rows
from federation_core.domain.plan.sync import SyncPlan
from federation_core.domain.usage.scene import TERMINATED, Dates

MOST_YEARS = 5
FIRST = "; have one figure of the present month reported first, so that it can be tried"


@attrs.frozen
class Span:
    """The months to load, oldest first."""

    months: tuple[Month, ...]

    @classmethod
    def of(cls, start: date, end: date) -> Self:
        """All months that have a day between *start* and *end*, both included.

        Raises:
            ConfigurationError: *end* lies before *start*, or more than five years after it.
        """
        if end < start:
            raise ConfigurationError(Finding("--end-date", f"{end} lies before {start}", "write the later day here"))
        if end > _years_after(start, MOST_YEARS):
            cause = f"{start} to {end} is more than {MOST_YEARS} years"
            raise ConfigurationError(Finding("--end-date", cause, "load it in several runs"))
        first, last = Month(start.year, start.month), Month(end.year, end.month)
        months = [last]
        while months[-1] != first:
            months.append(months[-1].before())
        return cls(tuple(reversed(months)))


@attrs.frozen
class HistoryWish:
    """What an operator asks for.

    Attributes:
        only: resources by what stands in A's `backend_id`, of a UUID either spelling; empty for all.
        shares: whether people's shares are loaded too.
        zero_vanished: whether a total on A that B shows no figure for becomes zero.
        with_terminated: whether resources that are Terminated on A are told of too; current servers refuse that.
    """

    span: Span
    only: frozenset[str] = frozenset()
    shares: bool = True
    zero_vanished: bool = False
    with_terminated: bool = False


class LoadHistory:
    """Tells A the usage of past months; each month is a cycle of its own."""

    def __init__(self, ports: UsagePorts, settings: UsageSettings, learned: UsageLearned, wish: HistoryWish) -> None:
        takers = settings.rules.takers | (frozenset({TERMINATED}) if wish.with_terminated else frozenset())
        rules = attrs.evolve(settings.rules, shares=wish.shares, zero_vanished=wish.zero_vanished, takers=takers)
        self._ports = ports
        self._learned = learned
        self._usage = SyncUsage(ports, attrs.evolve(settings, rules=rules), learned)
        self._wish = wish

    def run(self) -> Iterator[tuple[Month, CycleReport]]:
        """Load month after month, and tell each as it is done.

        Raises:
            PlaneError: the resources that are asked for cannot be looked up.
            ConfigurationError: one of them is not there.
        """
        only = self._only()
        for month in self._wish.span.months:
            yield month, self._load(month, only)

    def _load(self, month: Month, only: Collection[AResourceId] | None) -> CycleReport:
        """Tell one month; here a month that A cannot be told is a failure."""
        seen = self._usage.observe([month], only)
        plan = self._usage.plan(seen)
        report = self._usage.apply(plan, seen)
        dates = self._learned.dates
        is_untold = month != seen.current and dates is not Dates.HONOURED and (plan.writes or dates.is_useless)
        if not is_untold:
            return report
        remedy = FIRST if dates is Dates.UNPROVEN else ""
        problem = f"{month} is not told: the date of a report is {dates.value}{remedy}"
        return attrs.evolve(report, problems=(*report.problems, problem))

    def plan(self) -> Iterator[tuple[Month, SyncPlan]]:
        """What would be written, month after month; only reads.

        Raises:
            PlaneError: the resources that are asked for cannot be looked up.
            ConfigurationError: one of them is not there.
        """
        only = self._only()
        for month in self._wish.span.months:
            yield month, self._usage.plan(self._usage.observe([month], only))

    def _only(self) -> Collection[AResourceId] | None:
        """The resources of A that are asked for; None for all."""
        if not self._wish.only:
            return None
        linked = {_spelled(found.backend_id): found.id for found in rows(self._ports.a_resources.list_all())}
        wished = {_spelled(wanted) for wanted in self._wish.only}
        unknown = sorted(wished - linked.keys())
        if unknown:
            cause = f"no resource of A is linked to {', '.join(unknown)}"
            raise ConfigurationError(Finding("--resource-backend-id", cause, "write the backend_id of a resource on A"))
        return [linked[wanted] for wanted in wished]


def _spelled(backend_id: str) -> str:
    """A `backend_id` in the spelling by which it is looked for: a UUID with dashes, anything else as it is."""
    found = parse_uuid(backend_id)
    return backend_id.strip() if found is None else dashed(found)


def _years_after(day: date, years: int) -> date:
    """The same day that many years later; the first of March for a leap day where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
