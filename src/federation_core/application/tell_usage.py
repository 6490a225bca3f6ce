"""Telling A what a usage plan says: the present month first, past ones once A is proven to read the date of a report.

A server that does not read dates would book last month's figures into this one. So before the first report of a past month, a
figure that stands on A anyway is sent once more with a date in the future: a server that reads dates refuses it, another one
changes nothing by it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import attrs

from federation_core.application.apply_writes import WriteApplier
from federation_core.application.outcome import CycleReport, observed_list
from federation_core.application.usage_wiring import UsageLearned, UsagePorts, UsageSettings
from federation_core.domain.errors import Invalid, PlaneError, RuleError, Transient
from federation_core.domain.ids import AResourceId, Side
from federation_core.domain.months import Month
from federation_core.domain.observed import Unreadable, rows
from federation_core.domain.plan.actions import SyncAction
from federation_core.domain.plan.actions.usage import ReportShares, ReportUsage, UsageStage
from federation_core.domain.plan.sync import SyncPlan, Write
from federation_core.domain.units import AComponent
from federation_core.domain.usage.dates import is_about_date, is_about_role, probe_date, report_date
from federation_core.domain.usage.decide import total_rows, unchanged_total
from federation_core.domain.usage.records import ATotal
from federation_core.domain.usage.scene import Dates, MonthSeen, UsageScene
from federation_core.domain.words import counted

RowsByKey = dict[tuple[AResourceId, Month, AComponent], UUID]


class UsageTeller:
    """Applies one plan."""

    def __init__(self, ports: UsagePorts, settings: UsageSettings, learned: UsageLearned, seen: UsageScene) -> None:
        self._ports = ports
        self._zone = settings.zone
        self._learned = learned
        self._seen = seen
        self._rows: RowsByKey = {}
        for month in seen.months:
            self._note_rows(month.month, rows(month.a_totals))

    def tell(self, plan: SyncPlan) -> CycleReport:
        """Do all writes that A can take, the present month's first: they show what A makes of dates."""
        applier = WriteApplier(self._ports.pool, self._ports.journal, self._write)
        present = attrs.evolve(plan, writes=tuple(w for w in plan.writes if self._is_present(w)))
        past = SyncPlan(plan.subject, tuple(w for w in plan.writes if not self._is_present(w)))
        outcomes = applier.apply(present, partial(self._read_rows, present))
        notes = plan.notes
        if past.writes and self._reads_dates(present):
            outcomes += applier.apply(past, partial(self._read_rows, past))
        elif past.writes:
            why = f"the date of a report is {self._learned.dates.value}"
            notes += (f"{counted(len(past.writes), 'report')} of past months not sent: {why}",)
        return CycleReport(outcomes, plan.problems, notes, names=plan.names)

    def _is_present(self, write: Write) -> bool:
        return isinstance(write.action, ReportUsage | ReportShares) and write.action.month == self._seen.current

    def _note_rows(self, month: Month, totals: Sequence[ATotal]) -> None:
        for (resource, component), total in total_rows(totals).items():
            self._rows[resource, month, component] = total.row

    def _read_rows(self, plan: SyncPlan, stage: int) -> None:
        """Read the totals again whose rows did not exist when the plan was made, if shares are to be told of them."""
        if stage != UsageStage.SHARES:
            return
        shares = [write.action for write in plan.writes if isinstance(write.action, ReportShares)]
        months = sorted({a.month for a in shares if (a.resource, a.month, a.component) not in self._rows})
        results = self._ports.pool.run([partial(self._ports.a_usage.totals, month) for month in months])
        for month, result in zip(months, results, strict=True):
            self._note_rows(month, rows(observed_list(result)))

    def _write(self, action: SyncAction) -> None:
        match action:
            case ReportUsage():
                self._tell_totals(action)
            case ReportShares():
                self._tell_shares(action)
            case _:
                raise RuleError(f"{type(action).__name__} is not about usage")

    def _tell_totals(self, action: ReportUsage) -> None:
        tell = partial(self._ports.a_usage.set_totals, action.resource, action.amounts)
        if action.month == self._seen.current:
            self._tell_present(action.month, tell)
            return
        try:
            tell(action.month.middle)
        except Invalid as refusal:
            if is_about_date(refusal):
                self._learned.closed.add((action.resource, action.month))
            raise

    def _tell_present(self, month: Month, tell: Callable[[datetime | None], None]) -> None:
        """Tell the present month with a date, and without one where our role may not give one."""
        if not self._learned.dates.is_useless:
            self._require_present(month)
            try:
                tell(report_date(month, self._seen.frozen_at))
            except Invalid as refusal:
                if not is_about_date(refusal):
                    raise
                self._learned.dates = Dates.REFUSED
            else:
                return
        self._require_present(month)
        tell(None)

    def _require_present(self, month: Month) -> None:
        """Refuse to write once the month is over where A may book what it is told into the new one."""
        over = Month.of(self._ports.a_clock.now(), self._zone) != month
        if over and self._learned.dates is not Dates.HONOURED:
            detail = f"{month} ended while its usage was read; it is read again"
            raise Transient(Side.A, "usage.set_totals", detail)

    def _tell_shares(self, action: ReportShares) -> None:
        row = self._rows.get((action.resource, action.month, action.component))
        if row is None:
            detail = f"the total of {action.component} in {action.month} does not show yet"
            raise Transient(Side.A, "usage.set_shares", detail)
        self._ports.a_usage.set_shares(row, action.amounts)

    def _reads_dates(self, present: SyncPlan) -> bool:
        """Whether A is proven to read dates; if unknown, an unchanged figure is sent with a future date, which must be refused."""
        if self._learned.dates is Dates.UNPROVEN:
            self._probe(present)
        return self._learned.dates is Dates.HONOURED

    def _probe(self, present: SyncPlan) -> None:
        known = unchanged_total(self._standing(), present)
        ahead = probe_date(self._ports.a_clock.now(), self._zone)
        if known is None or ahead is None:
            return
        resource, amounts = known
        try:
            self._ports.a_usage.set_totals(resource, amounts, ahead)
        except Invalid as refusal:
            if is_about_date(refusal):
                self._learned.dates = Dates.REFUSED if is_about_role(refusal) else Dates.HONOURED
        except PlaneError:
            return  # told by what fails beside it; it stays unproven
        else:
            self._learned.dates = Dates.IGNORED

    def _standing(self) -> UsageScene:
        """The scene, with the present month's totals where they were not asked for."""
        current = self._seen.current
        if any(month.month == current for month in self._seen.months):
            return self._seen
        (totals,) = self._ports.pool.run([partial(self._ports.a_usage.totals, current)])
        present = MonthSeen(current, observed_list(totals), Unreadable("not asked for"))
        return attrs.evolve(self._seen, months=(*self._seen.months, present))
