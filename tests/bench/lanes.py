"""All who race, in all worlds: each world in a process of its own, several side by side, as they wait most of the time."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
from tests.agent import environments
from tests.bench.contestants import CONTESTANTS
from tests.bench.race import STAGES, StageCost
from tests.bench.sheets import Sheet
from tests.bench.troubles import TROUBLES, Fate

SIDE_BY_SIDE = 9
RUNNER, INCUMBENT = (CONTESTANTS[name].name for name in ("runner", "incumbent"))


@attrs.frozen
class Extent:
    """How much is raced.

    Attributes:
        worlds: numbers of resources, and seconds that each request waits.
        troubled: who meets the faults.
        limit: seconds after which a stage is stopped.
    """

    worlds: tuple[tuple[int, float], ...]
    troubled: tuple[str, ...]
    limit: float


QUICK = Extent(worlds=((50, 0.02), (200, 0.02)), troubled=("runner",), limit=30.0)
ALL = Extent(
    worlds=tuple((size, latency) for latency in (0.1, 0.02) for size in (1_000, 200, 50)),
    troubled=tuple(CONTESTANTS),
    limit=130.0,
)


@attrs.frozen
class Results:
    """What the race brought.

    Attributes:
        busy: which part of all processors' time was work while the worlds ran side by side.
    """

    costs: tuple[StageCost, ...]
    fates: tuple[Any, ...]
    busy: float


def raced(extent: Extent) -> Results:
    """Race everybody in every world, and let them meet the faults beside it."""
    made = (environments.ours, environments.incumbent)
    return race(extent, made, "tests.bench.race", "tests.bench.troubles", Fate)


def race(
    extent: Extent, made: Iterable[Callable[[], object]], worlds: str, troubles: str, fate: Callable[..., Any]
) -> Results:
    """Race everybody.

    Args:
        extent: how much.
        made: what has to be there before anything is timed.
        worlds: the program of one contestant in one world.
        troubles: the program of one contestant in all troubles.
        fate: makes a line of the latter a value.
    """
    for each in made:
        each()
    calls = [
        (worlds, name, str(size), str(latency), str(extent.limit))
        for size, latency in extent.worlds
        for name in reversed(CONTESTANTS)
    ]
    before = _processors()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool, ThreadPoolExecutor() as beside:
        struck = beside.map(_run, [(troubles, name) for name in extent.troubled])
        costs = [StageCost(**line) for line in _lines(pool.map(_run, calls))]
        fates = [fate(**line) for line in _lines(struck)]
    work, whole = (now - then for now, then in zip(_processors(), before, strict=True))
    return Results(tuple(costs), tuple(fates), work / whole)


def _lines(told: Iterable[str]) -> Iterator[dict[str, Any]]:
    for text in told:
        yield from map(json.loads, text.splitlines())


def _run(words: Sequence[str]) -> str:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False)
    sys.stderr.write(f"{' '.join(words)}: {time.monotonic() - begun:.0f} s\n")
    if done.returncode != 0:
        raise RuntimeError(f"{words}: {done.stderr[-3000:]}")
    return done.stdout


def _processors() -> tuple[int, int]:
    """Ticks of all processors so far: at work, and in all."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def ratios(raced: Sequence[StageCost], stages: Sequence[str] = STAGES) -> Sheet:
    """How many times less our runner takes than the official agent with its own plug-in."""
    rows = []
    for size, latency in _worlds(raced):
        found = {(cost.name, cost.stage): cost for cost in raced if (cost.size, cost.latency) == (size, latency)}
        for stage in (one for one in stages if (RUNNER, one) in found and (INCUMBENT, one) in found):
            ours, theirs = found[RUNNER, stage], found[INCUMBENT, stage]
            rows.append(
                (
                    _world(size, latency),
                    stage,
                    _times(theirs.requests / ours.requests, ours, theirs),
                    _times(theirs.seconds / ours.seconds, ours, theirs),
                    _times(_whole(theirs) / _whole(ours), ours, theirs),
                    f"{theirs.peak / ours.peak:.1f}",
                )
            )
    columns = ("world", "stage", "× fewer requests", "× faster", "with start-up", "× less memory")
    return Sheet("Our runner beside the official agent with its own plug-in", columns, tuple(rows), words=2)


def _whole(cost: StageCost) -> float:
    return cost.start_up + cost.seconds


def _times(ratio: float, ours: StageCost, theirs: StageCost) -> str:
    """A ratio, as far as it is known: who was stopped would have taken more."""
    if ours.stopped:
        return "unknown" if theirs.stopped else f"< {ratio:.1f}"
    return f"{'> ' if theirs.stopped else ''}{ratio:.1f}"


def costs(raced: Sequence[StageCost], stages: Sequence[str] = STAGES, b: str = "B") -> list[Sheet]:
    """What each stage took of each, a table for each world."""
    columns = ("stage", "who", "to A", f"to {b}", "writes", "start-up s", "seconds", "peak MiB", "right")
    found = []
    for size, latency in _worlds(raced):
        here = [cost for cost in raced if (cost.size, cost.latency) == (size, latency)]
        names = [one.name for one in CONTESTANTS.values()]
        here.sort(key=lambda cost: (stages.index(cost.stage), names.index(cost.name)))
        found.append(Sheet(_world(size, latency), columns, tuple(_cost(cost) for cost in here), words=2))
    return found


def _cost(cost: StageCost) -> tuple[str, ...]:
    more = "> " if cost.stopped else ""
    seconds = f"> {cost.limit:.0f}, stopped" if cost.stopped else f"{cost.seconds:.1f}"
    counts = (f"{more}{cost.requests_a}", f"{more}{cost.requests_b}", f"{more}{cost.writes}")
    right = f"{cost.done} of {cost.wanted}"
    return cost.stage, cost.name, *counts, f"{cost.start_up:.1f}", seconds, f"{cost.peak:.0f}", right


def troubles(results: Results) -> Sheet:
    """What became of each fault with each."""
    names = list(dict.fromkeys(fate.name for fate in results.fates))
    found = {(fate.name, fate.trouble): fate for fate in results.fates}
    rows = [(one.name, *(_fate(found[name, one.name]) for name in names)) for one in TROUBLES]
    counts = [f"{sum(found[name, one.name].survived for one in TROUBLES)} of {len(TROUBLES)}" for name in names]
    kept = [f"{sum(found[name, one.name].right for one in TROUBLES)} of {len(TROUBLES)}" for name in names]
    totals = [("worlds right", *kept), ("survived", *counts)]
    return Sheet("Faults", ("fault", *names), (*rows, *totals), words=1 + len(names))


def _fate(fate: Fate) -> str:
    said = [] if fate.right else ["worlds differ"]
    said += ["traceback"] if fate.traceback else []
    said = said or ["survived"]
    return ", ".join([*said, *([] if fate.met else ["makes no such call"])])


def _worlds(raced: Sequence[StageCost]) -> list[tuple[int, float]]:
    return sorted({(cost.size, cost.latency) for cost in raced})


def _world(size: int, latency: float) -> str:
    return f"{size:,} resources, {latency * 1000:g} ms"
