"""The tables of the warehouse's race."""

from collections.abc import Sequence

from tests.agent import environments
from tests.bench import lanes
from tests.bench.dwdi.oddities import ODDITIES, Fate
from tests.bench.dwdi.race import STAGES, incumbent
from tests.bench.lanes import Extent, Results
from tests.bench.sheets import Sheet

LIMIT = 900.0
QUICK = Extent(worlds=((50, 0.02),), troubled=("runner",), limit=LIMIT)
ALL = Extent(
    worlds=((200, 0.02), (50, 0.1), (50, 0.02)),
    troubled=("runner", "plugin", "incumbent"),
    limit=LIMIT,
)
MADE = (environments.ours, incumbent)


def raced(extent: Extent) -> Results:
    """Race everybody in every world, and let them meet the odd answers beside it."""
    return lanes.race(extent, MADE, "tests.bench.dwdi.race", "tests.bench.dwdi.oddities", Fate)


def race(results: Results) -> list[Sheet]:
    """The ratios, and what each cycle took."""
    return [lanes.ratios(results.costs, STAGES), *lanes.costs(results.costs, STAGES, "warehouse")]


def oddities(fates: Sequence[Fate]) -> Sheet:
    """What A shows after each odd answer."""
    names = list(dict.fromkeys(fate.name for fate in fates))
    found = {(fate.name, fate.trouble): fate for fate in fates}
    rows = tuple((one, *(_fate(found[name, one]) for name in names)) for one in ODDITIES)
    return Sheet("After one odd answer", ("the warehouse answers", *names), rows, words=1 + len(names))


def _fate(fate: Fate) -> str:
    kinds = {"right": fate.right, "as before": fate.kept, "zero": fate.zero, "wrong": fate.wrong}
    there = {kind: count for kind, count in kinds.items() if count}
    if len(there) == 1:
        return next(iter(there))
    return ", ".join(f"{count} {kind}" for kind, count in there.items())
