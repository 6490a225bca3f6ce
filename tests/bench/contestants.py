"""Who races: our runner, the official agent with our plug-in, and the official agent with its own; each as a process.

What a cycle takes is read at the sandboxes' doors, in the same way for all: from its first request to the end of its last one.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import attrs
from tests.agent import environments
from tests.agent.environments import Environment
from tests.agent.official import Log

QUIET = 0.6
"""Seconds without a request, and without any work, after which a cycle of a process that goes on looping has ended."""
PATIENT = 2.5
"""The same where a server has asked for patience, or an answer is tried again."""
TO_START = 150.0
"""Seconds until the first request: of a process, or of its next cycle."""
TICK = 0.02


@attrs.frozen
class Contestant:
    """A program that federates.

    Attributes:
        command: what starts it.
        loops: whether it goes on after its first cycle, and has to be ended.
        accepts_ours: whether it knows our own keys of the settings.
    """

    name: str
    environment: Callable[[], Environment]
    command: tuple[str, ...]
    loops: bool
    accepts_ours: bool

    def words(self, mode: str, config: Path) -> list[str]:
        """The command of one cycle in *mode*."""
        program, *options = self.command
        return [str(self.environment().command(program)), *options, "-m", mode, "-c", str(config)]


RUNNER = Contestant(
    "our runner", environments.ours, ("waldur-federation", "run", "--once"), loops=False, accepts_ours=True
)
PLUGIN = Contestant("agent, our plug-in", environments.ours, ("waldur_site_agent",), loops=True, accepts_ours=True)
INCUMBENT = Contestant(
    "agent, its own plug-in", environments.incumbent, ("waldur_site_agent",), loops=True, accepts_ours=False
)
CONTESTANTS = {"runner": RUNNER, "plugin": PLUGIN, "incumbent": INCUMBENT}


@attrs.frozen
class Spent:
    """What one cycle took.

    Attributes:
        start_up: seconds from the start of the process to its first request.
        seconds: from its first request to the end of its last one.
        peak: most memory the process held, in MiB.
        stopped: whether it was still at work when its time was over.
        log: what it told.
    """

    start_up: float
    seconds: float
    peak: float
    stopped: bool
    log: Log


class Requests(Protocol):
    """How many requests were answered so far."""

    @property
    def total(self) -> int: ...


class Watched(Protocol):
    """An application whose requests can be counted and watched: a sandbox, or what stands before another application."""

    observers: list[Any]

    @property
    def requests(self) -> Requests: ...


class Doors:
    """Watches the doors of sandboxes: when requests come, when they are answered, and whether any is under way."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._sandboxes = tuple(watched)
        self._arrived = sum(sandbox.requests.total for sandbox in self._sandboxes)
        self.first: float | None = None
        self.last = 0.0
        for sandbox in self._sandboxes:
            sandbox.observers.append(self._seen)

    def _seen(self, _number: int, _method: str, _path: str, phase: str) -> None:
        self.last = time.monotonic()
        if phase == "received":
            self._arrived += 1
            self.first = self.first or self.last

    def leave(self) -> None:
        """Watch no longer."""
        for sandbox in self._sandboxes:
            sandbox.observers.remove(self._seen)

    @property
    def answered(self) -> int:
        """Requests that were answered so far."""
        return sum(sandbox.requests.total for sandbox in self._sandboxes)

    @property
    def is_idle(self) -> bool:
        """Nothing is under way."""
        return self._arrived <= self.answered


@attrs.frozen
class Took:
    """What one cycle of a process took; see `Spent`."""

    start_up: float
    seconds: float
    stopped: bool


@attrs.frozen
class Running:
    """A process of a contestant.

    Attributes:
        log: what it tells.
    """

    contestant: Contestant
    process: subprocess.Popen[bytes]
    watched: Sequence[Watched]
    log: Log
    noted: Path

    def cycle(self, limit: float, quiet: float = QUIET) -> Took:
        """Wait for the end of the next cycle, at most *limit* seconds from its first request."""
        doors, begun = Doors(self.watched), time.monotonic()
        try:
            stopped = _ended(self.contestant, self.process, self.noted, doors, limit, quiet)
        finally:
            doors.leave()
        if doors.first is None:
            raise RuntimeError(self.log.text[-2000:])
        return Took(doors.first - begun, doors.last - doors.first, stopped)

    @property
    def peak(self) -> float:
        """Most memory that it held, in MiB; once it has ended."""
        return int(self.noted.read_text().split()[-1]) / 1024


@contextmanager
def running(
    contestant: Contestant,
    mode: str,
    watched: Sequence[Watched],
    config: Path,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """A process of *contestant* in *mode* with the settings in *config*, beside which it logs; ended afterwards."""
    folder = config.parent
    number = len(list(folder.glob("*.log")))
    log, peak = Log(folder / f"{number:03}-{mode}.log"), folder / f"{number:03}-{mode}.peak"
    command = [sys.executable, "-c", MEASURED, str(peak), *contestant.words(mode, config)]
    with log.path.open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told, env={**os.environ, **(environ or {})})
    try:
        yield Running(contestant, process, watched, log, peak)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def cycle(
    contestant: Contestant,
    mode: str,
    watched: Sequence[Watched],
    config: Path,
    *,
    limit: float,
    quiet: float = QUIET,
) -> Spent:
    """One cycle of *contestant* in *mode* with the settings in *config*; ended after *limit* seconds."""
    with running(contestant, mode, watched, config) as process:
        took = process.cycle(limit, quiet)
    return Spent(took.start_up, took.seconds, process.peak, took.stopped, process.log)


def _ended(
    contestant: Contestant, process: subprocess.Popen[bytes], peak: Path, doors: Doors, limit: float, quiet: float
) -> bool:
    """Wait for the end of the cycle; returns whether the time was over before."""
    begun = time.monotonic()
    seen, since = (-1, -1), begun
    while process.poll() is None:
        now = time.monotonic()
        if now - (doors.first or begun + TO_START) > limit:
            return True
        state = doors.answered, _ticks(peak)
        if state != seen or not doors.is_idle:
            seen, since = state, now
        if contestant.loops and doors.first is not None and now - since > quiet:
            return False
        time.sleep(TICK)
    return False


def _ticks(peak: Path) -> int:
    """How long the process has worked so far, in ticks of its clock; 0 before it is known."""
    try:
        pid = int(peak.read_text().split()[0])
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, IndexError):
        return 0
    return int(fields[11]) + int(fields[12])


MEASURED = """
import resource, signal, subprocess, sys
child = subprocess.Popen(sys.argv[2:])
signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGTERM))
with open(sys.argv[1], "w") as told:
    print(child.pid, file=told, flush=True)
    try:
        status = child.wait()
    finally:
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=told, flush=True)
sys.exit(max(status, 0))
"""
"""Runs a command in a small process of its own, and tells its number and peak: a child starts with the peak of who forked it."""
