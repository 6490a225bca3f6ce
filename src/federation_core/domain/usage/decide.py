"""What A is to be told about usage, and what is held: decided from one scene, without I/O.

| B, in a completely read month | A | told |
| --- | --- | --- |
| has a figure | has none, or a lower one | the figure |
| has a figure | has the same | nothing |
| has a figure | has a higher one | by the corrections policy |
| has no figure | has one | nothing; a figure that vanished is not a zero |
| was not read completely | anything | nothing |
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

import attrs

from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.observed import Complete, Incomplete, Observed, rows
from federation_core.domain.plan.actions.usage import ReportUsage
from federation_core.domain.plan.sync import Hold, SyncPlan, Write
from federation_core.domain.units import AComponent
from federation_core.domain.usage.compare import summed
from federation_core.domain.usage.pair import PairMonth
from federation_core.domain.usage.records import AShare, ATotal, BShare, BTotal, Share, Total
from federation_core.domain.usage.scene import MonthSeen, Pair, UsageRules, UsageScene, pairs_of
from federation_core.domain.words import counted

T = TypeVar("T")
K = TypeVar("K")
R = TypeVar("R")
C = TypeVar("C")
Decided = Iterator[Write | Hold]


@attrs.frozen
class UsageDecided:
    """What is to be told, what is held, and what else is worth knowing."""

    writes: tuple[Write, ...] = ()
    holds: tuple[Hold, ...] = ()
    notes: tuple[str, ...] = ()


@attrs.frozen
class _Month:
    """One month, as far as it is to be decided; shares are None where they are not.

    Attributes:
        proves_absence: whether a figure that is not among B's is proven not to be there.
    """

    seen: MonthSeen
    proves_absence: bool
    a_totals: Mapping[AResourceId, Sequence[ATotal]]
    b_totals: Mapping[BResourceId, Sequence[BTotal]]
    a_shares: Mapping[AResourceId, Sequence[AShare]] | None
    b_shares: Mapping[BResourceId, Sequence[BShare]] | None


def decide_usage(scene: UsageScene, rules: UsageRules) -> UsageDecided:
    """Decide every month of every pair; a month that was not read completely on both sides is left alone."""
    pairs, contested = pairs_of(scene, rules.takers)
    if scene.only is not None:
        pairs = tuple(pair for pair in pairs if pair.a in scene.only)
    months = [
        month
        for month in (_readable(seen, scene) for seen in scene.months)
        if month is not None and not _is_out_of_reach(month.seen, scene)
    ]
    decided = [item for month in months for pair in pairs for item in _pair(month, pair, scene, rules)]
    notes = (
        *scene.links.told_of(contested),
        *scene.links.remarks,
        *scene.remarks,
        *_unmapped_notes(scene, rules),
        *_date_notes(scene),
        *_empty_notes(months, pairs),
        *_name_notes(scene),
    )
    return UsageDecided(
        tuple(item for item in decided if isinstance(item, Write)),
        tuple(item for item in decided if isinstance(item, Hold)),
        notes,
    )


def total_rows(totals: Iterable[ATotal]) -> dict[tuple[AResourceId, AComponent], ATotal]:
    """The row of each total that shares are told under: the one told last, which is the present plan's."""
    ordered = sorted(totals, key=lambda total: (total.reported, total.row))
    return {(total.resource, total.component): total for total in ordered}


def unchanged_total(scene: UsageScene, plan: SyncPlan) -> tuple[AResourceId, Mapping[AComponent, Fraction]] | None:
    """A total of the present month that stands on A as *plan* leaves it, or as the plan told it; None where there is none."""
    told = [write.action for write in plan.writes if isinstance(write.action, ReportUsage)]
    touched = {action.resource for action in told}
    pairs, _ = pairs_of(scene)
    takers = {pair.a for pair in pairs} - touched
    for seen in scene.months:
        if seen.month == scene.current and isinstance(seen.a_totals, Complete):
            have = summed(((t.resource, t.component), t.amount) for t in seen.a_totals.value if t.resource in takers)
            for (resource, component), amount in sorted(have.items()):
                return resource, {component: amount}
    return next(((action.resource, action.amounts) for action in told), None)


def _pair(month: _Month, pair: Pair, scene: UsageScene, rules: UsageRules) -> Decided:
    if not month.proves_absence and pair.b not in month.b_totals:
        return  # nothing is known of it
    one = PairMonth(pair, month.seen.month, rules, is_closed=(pair.a, month.seen.month) in scene.closed)
    have = month.a_totals.get(pair.a, ())
    told = tuple(one.totals(have, month.b_totals.get(pair.b, ())))
    yield from told
    if month.a_shares is not None and month.b_shares is not None:
        shares = month.b_shares.get(pair.b, ())
        current = {**dict.fromkeys(_components(told)), **{name: row for (_, name), row in total_rows(have).items()}}
        yield from one.shares(month.a_shares.get(pair.a, ()), shares, current, scene.names)


def _components(told: Iterable[Write | Hold]) -> Iterator[AComponent]:
    for item in told:
        if isinstance(item, Write) and isinstance(item.action, ReportUsage):
            yield from item.action.amounts


def _readable(seen: MonthSeen, scene: UsageScene) -> _Month | None:
    """The month, if its totals can be decided on.

    A marketplace counts its rows, and several may be of one resource; a warehouse does not, but a resource that it shows, it shows
    wholly.
    """
    is_counted = scene.b_resources is not None
    seen_b = seen.b_totals if is_counted else _as_shown(seen.b_totals)
    a_totals = _by_resource(seen.a_totals, lambda total: total.resource)
    b_totals = _by_resource(seen_b, lambda total: total.resource)
    if a_totals is None or b_totals is None:
        return None
    proves_absence = is_counted or (isinstance(seen.b_totals, Complete) and bool(b_totals))
    b_seen = seen.b_shares if is_counted or seen.b_shares is None else _as_shown(seen.b_shares)
    a_shares = _by_resource(_of_totals(seen.a_shares, seen.a_totals), lambda share: share.resource)
    b_shares = _by_resource(_of_totals(b_seen, seen.b_totals), lambda share: share.resource)
    return _Month(seen, proves_absence, a_totals, b_totals, a_shares, b_shares)


def _as_shown(seen: Observed[tuple[T, ...]]) -> Observed[tuple[T, ...]]:
    """What could be read, as if that were all."""
    return Complete(seen.value) if isinstance(seen, Incomplete) else seen


def _of_totals(
    shares: Observed[tuple[Share[R, C], ...]] | None, totals: Observed[tuple[Total[R, C], ...]]
) -> Observed[tuple[Share[R, C], ...]] | None:
    """Without shares of totals that are not the month's: an old server may list all months."""
    if not isinstance(shares, Complete):
        return None
    known = {total.row for total in rows(totals)}
    return Complete(tuple(share for share in shares.value if share.total in known))


def _by_resource(seen: Observed[tuple[T, ...]] | None, resource: Callable[[T], K]) -> Mapping[K, Sequence[T]] | None:
    """The rows of a complete reading by resource; None of anything less."""
    if not isinstance(seen, Complete):
        return None
    found: dict[K, list[T]] = {}
    for row in seen.value:
        found.setdefault(resource(row), []).append(row)
    return found


def _is_out_of_reach(seen: MonthSeen, scene: UsageScene) -> bool:
    return seen.month != scene.current and scene.dates.is_useless


def _unmapped_notes(scene: UsageScene, rules: UsageRules) -> Iterator[str]:
    metered = {total.component for seen in scene.months for total in rows(seen.b_totals)}
    for component in rules.mapping.unmapped(metered):
        yield f"B meters {component}, which no component of A stands for; it is left out"


def _date_notes(scene: UsageScene) -> Iterator[str]:
    for seen in scene.months:
        if _is_out_of_reach(seen, scene):
            yield f"usage of {seen.month} is not told: the date of a report is {scene.dates.value}"


def _empty_notes(months: Iterable[_Month], pairs: Sequence[Pair]) -> Iterator[str]:
    for month in months:
        if pairs and isinstance(month.seen.b_totals, Complete) and not month.proves_absence:
            yield f"no figure of {month.seen.month} is shown for any of {counted(len(pairs), 'resource')}"


def _name_notes(scene: UsageScene) -> Iterator[str]:
    named = {share.name for seen in scene.months if seen.b_shares is not None for share in rows(seen.b_shares)}
    lost = named & scene.names.foreign
    if lost:
        yield f"{counted(len(lost), 'user name')} of B belonging to somebody else on A: their shares are left out"
