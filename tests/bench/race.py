"""One contestant in one world: what each stage took, and whether it did what was to be done.

Run as a program (`python -m tests.bench.race runner 50 0.02 60`) it tells its costs as JSON; each world has a process of its own.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from tests.bench.contestants import CONTESTANTS, RUNNER, Contestant, cycle
from tests.bench.worlds import KNOWN_TO_ALL, OURS, RaceWorld, race_world

STAGES = (
    "create",
    "complete",
    "membership, unchanged",
    "membership, changed",
    "report, unchanged",
    "report, changed",
)
MODES = ("order_process", "membership_sync", "report")
UNHURRIED = 3600.0
"""Seconds for cycles that are not measured: those that settle a world, without latency."""
ATTEMPTS = 5
PAUSE = 1.1
"""Seconds before an order is looked at again that was perhaps posted: a server tells its time in whole seconds."""


@attrs.frozen
class StageCost:
    """What one stage took of one contestant.

    Attributes:
        name: of the contestant.
        latency: seconds of each request.
        start_up: seconds until the first request.
        seconds: from the first request to the end of the last.
        peak: MiB.
        done: how many of *wanted* things were as they should be afterwards.
        limit: seconds after which it would be stopped.
    """

    name: str
    size: int
    latency: float
    stage: str
    requests_a: int
    requests_b: int
    writes: int
    start_up: float
    seconds: float
    peak: float
    done: int
    wanted: int
    stopped: bool
    limit: float

    @property
    def requests(self) -> int:
        """To both sides."""
        return self.requests_a + self.requests_b


@attrs.frozen
class Lane:
    """One contestant in one world."""

    contestant: Contestant
    world: RaceWorld
    folder: Path
    latency: float
    limit: float

    def stages(self) -> Iterator[StageCost]:
        """All stages in their order."""
        world = self.world
        yield self._measured("create", "order_process", world.ordered, world.size)
        self._finish("order_process", world.ordered)
        world.p.b_finishes()
        yield self._measured("complete", "order_process", world.completed, world.size)
        self._finish("order_process", world.completed)
        world.furnish()
        self._settle()
        yield from self._people()
        yield from self._usage()

    def _people(self) -> Iterator[StageCost]:
        world, groups = self.world, len(self.world.projects)
        yield self._measured("membership, unchanged", "membership_sync", world.people_right, groups)
        world.change_people()
        yield self._measured("membership, changed", "membership_sync", world.people_right, groups)

    def _usage(self) -> Iterator[StageCost]:
        world = self.world
        yield self._measured("report, unchanged", "report", lambda: world.usage_right(0), world.size)
        world.change_usage()
        yield self._measured("report, changed", "report", lambda: world.usage_right(world.changing), world.size)

    def _finish(self, mode: str, done: Callable[[], int]) -> None:
        """What was stopped is brought to its end without being measured, by our runner for all."""
        for _ in range(ATTEMPTS):
            if done() == self.world.size:
                return
            time.sleep(PAUSE)
            self._unmeasured(mode)
        raise RuntimeError(f"{self.contestant.name}: {done()} of {self.world.size} after {mode}")

    def _settle(self) -> None:
        """Both sides are equal, in all worlds alike: our runner tells what is new."""
        for mode in MODES:
            self._unmeasured(mode)

    def _unmeasured(self, mode: str) -> None:
        cycle(RUNNER, mode, self.world.sandboxes, self.folder / OURS, limit=UNHURRIED)

    def _measured(self, stage: str, mode: str, done: Callable[[], int], wanted: int) -> StageCost:
        pair = self.world.p.pair
        a, b, writes = pair.a.sandbox.requests.total, pair.b.sandbox.requests.total, self.world.p.writes()
        self.world.set_latency(self.latency)
        try:
            spent = cycle(self.contestant, mode, self.world.sandboxes, self.folder / KNOWN_TO_ALL, limit=self.limit)
        finally:
            self.world.set_latency(0.0)
        return StageCost(
            name=self.contestant.name,
            size=self.world.size,
            latency=self.latency,
            stage=stage,
            requests_a=pair.a.sandbox.requests.total - a,
            requests_b=pair.b.sandbox.requests.total - b,
            writes=self.world.p.writes() - writes,
            start_up=spent.start_up,
            seconds=spent.seconds,
            peak=spent.peak,
            done=done(),
            wanted=wanted,
            stopped=spent.stopped,
            limit=self.limit,
        )


def costs(contestant: Contestant, size: int, latency: float, limit: float) -> Iterator[StageCost]:
    """What each stage took of *contestant* in a world of its own."""
    with TemporaryDirectory() as folder, race_world(size, Path(folder)) as world:
        yield from Lane(contestant, world, Path(folder), latency, limit).stages()


def main(name: str, size: str, latency: str, limit: str) -> None:
    """Tell the costs, a line of JSON each."""
    for cost in costs(CONTESTANTS[name], int(size), float(latency), float(limit)):
        print(json.dumps(attrs.asdict(cost)), flush=True)  # noqa: T201 -- that is how it answers


if __name__ == "__main__":
    main(*sys.argv[1:])
