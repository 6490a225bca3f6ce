"""One contestant in one world with a warehouse: three cycles, and whether A was told what is right.

The agent's cycles are of one process, as that one has more to go by in later ones. Our runner gets a process for each, to its own
disadvantage: its loops for several offerings do not begin at the same time, so that they have no common cycle to measure.

Run as a program (`python -m tests.bench.dwdi.race runner 50 0.02 600`) it tells its costs as JSON.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from tests.agent import environments
from tests.bench import contestants
from tests.bench.contestants import Contestant, Took, running
from tests.bench.dwdi.world import MeteredWorld, metered_world
from tests.bench.race import StageCost

STAGES = ("first cycle, all is new", "next cycle, unchanged", "next cycle, changed")
QUIET = 8.0
"""Seconds without a request, and without any work, after which a cycle has ended; the agent tries again after five."""

EVERY_MINUTE = {"WALDUR_SITE_AGENT_REPORT_PERIOD_MINUTES": "1"}

incumbent = functools.partial(environments.incumbent, "cscs-dwdi")
CONTESTANTS = {
    "runner": contestants.RUNNER,
    "plugin": contestants.PLUGIN,
    "incumbent": attrs.evolve(contestants.INCUMBENT, environment=incumbent),
}


@attrs.frozen
class _Counted:
    """What one stage took; *peak* is known once its process has ended.

    Attributes:
        is_first: whether it was the first cycle of its process.
    """

    stage: str
    is_first: bool
    took: Took
    to_a: int
    to_b: int
    writes: int
    done: int
    wanted: int
    peak: float = 0.0


def costs(contestant: Contestant, size: int, latency: float, limit: float) -> Iterator[StageCost]:
    """What each cycle took of *contestant* in a world of its own; what follows one that was stopped is not known."""
    with TemporaryDirectory() as folder, metered_world(size, Path(folder)) as world:
        world.set_latency(latency)
        counted: list[_Counted] = []
        for stages in [STAGES] if contestant.loops else [[stage] for stage in STAGES]:
            with running(contestant, "report", world.watched, world.config, EVERY_MINUTE) as process:
                for number, stage in enumerate(stages):
                    if stage == STAGES[-1]:
                        world.use(world.changing)
                    counted.append(_counted(world, stage, lambda: process.cycle(limit, QUIET), is_first=number == 0))
                    if counted[-1].took.stopped:
                        break
            counted[-len(stages) :] = [attrs.evolve(one, peak=process.peak) for one in counted[-len(stages) :]]
        yield from (_cost(contestant, one, size, latency, limit) for one in counted)


def _cost(contestant: Contestant, one: _Counted, size: int, latency: float, limit: float) -> StageCost:
    return StageCost(
        name=contestant.name,
        size=size,
        latency=latency,
        stage=one.stage,
        requests_a=one.to_a,
        requests_b=one.to_b,
        writes=one.writes,
        start_up=one.took.start_up if one.is_first else 0.0,
        seconds=one.took.seconds,
        peak=one.peak,
        done=one.done,
        wanted=one.wanted,
        stopped=one.took.stopped,
        limit=limit,
    )


def _counted(world: MeteredWorld, stage: str, cycle: Callable[[], Took], *, is_first: bool) -> _Counted:
    a, b, writes = world.site.sandbox.requests.total, world.gate.requests.total, world.writes()
    took = cycle()
    return _Counted(
        stage,
        is_first,
        took,
        world.site.sandbox.requests.total - a,
        world.gate.requests.total - b,
        world.writes() - writes,
        world.right(),
        len(world.truth()),
    )


def main(name: str, size: str, latency: str, limit: str) -> None:
    """Tell the costs, a line of JSON each."""
    for cost in costs(CONTESTANTS[name], int(size), float(latency), float(limit)):
        print(json.dumps(attrs.asdict(cost)), flush=True)  # noqa: T201 -- that is how it answers


if __name__ == "__main__":
    main(*sys.argv[1:])
