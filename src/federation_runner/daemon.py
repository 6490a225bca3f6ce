"""The process that stays: a thread for each group of offerings, connections to message brokers, and an orderly end."""

import json
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Any, Self

import attrs

from federation_runner.container import Federation, start_listening, stop_listening
from federation_runner.lane import Lane
from federation_runner.logs import DAEMON, line
from federation_runner.modes import ALL, listens, modes_of
from federation_runner.settings.model import Intervals

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""The signals that ask a process to end."""

GRACE_SECONDS = 4.0
"""How long a cycle under way may go on once the end was asked for; then it makes no further request."""

LAST_SECONDS = 1.0
"""How long the requests under way are then waited for. Ending in the middle of one is safe."""

STILL_SECONDS = 1800.0
"""How long a cycle may take before the process counts as stuck."""

LOOK_SECONDS = 5.0
"""How often it is seen to that all threads live."""


@attrs.frozen
class Status:
    """How the process is.

    Attributes:
        is_alive: whether every thread lives, and has moved a short while ago.
        is_ready: whether every mode of every offering has had a cycle.
        offerings: of each, its modes and connections, as JSON values.
    """

    is_alive: bool
    is_ready: bool
    offerings: Mapping[str, Any]

    def as_json(self) -> str:
        """The status as one JSON object."""
        return json.dumps({"alive": self.is_alive, "ready": self.is_ready, "offerings": self.offerings}) + "\n"


class Daemon:
    """Runs cycles on schedule, and follows what A and B tell, until stopped."""

    def __init__(
        self, federations: Sequence[Federation], intervals: Intervals, stop: threading.Event, *, mode: str = ALL
    ) -> None:
        """Prepare all threads.

        Args:
            federations: one per offering.
            intervals: seconds from the end of a cycle of a mode to the begin of its next.
            stop: set to end the process.
            mode: the one to run, or all.
        """
        self._stop = stop
        self._threads: Sequence[threading.Thread] = ()
        self._federations = tuple(federations)
        self._listening = [federation for federation in federations if listens(federation.settings(), mode)]
        self.lanes = tuple(
            Lane([(one, modes_of(one.settings(), mode)) for one in group], intervals, stop)
            for group in _groups(federations)
        )

    def run(self) -> None:
        """Go on until stopped.

        Raises:
            RuntimeError: a thread ended by itself, which none ever should.
        """
        threads = [threading.Thread(target=lane.run, name="lane", daemon=True) for lane in self.lanes]
        for thread in threads:
            thread.start()
        self._threads = threads
        for federation in self._listening:
            start_listening(federation)
        try:
            self._watch(threads)
        finally:
            self._end(threads)
        DAEMON.info("%s", line("stopped", {}))

    def stop(self) -> None:
        """Have `run` end, as the event would."""
        self._stop.set()

    def status(self) -> Status:
        """How it is now."""
        moves = all(thread.is_alive() for thread in self._threads) and bool(self._threads)
        now = time.monotonic()
        return Status(
            is_alive=moves and all(now - lane.beat < STILL_SECONDS for lane in self.lanes),
            is_ready=all(lane.is_ready() for lane in self.lanes),
            offerings={name: told for lane in self.lanes for name, told in lane.status().items()},
        )

    def _watch(self, threads: Sequence[threading.Thread]) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            if not all(thread.is_alive() for thread in threads):
                raise RuntimeError("a thread of ours has ended by itself")

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        self._stop.set()
        stop_listening(self._listening)
        for lane in self.lanes:
            lane.wake()
        _join(threads, GRACE_SECONDS)
        for federation in self._federations:
            federation.stop().set()
        _join(threads, LAST_SECONDS)
        if not any(thread.is_alive() for thread in threads):
            for federation in self._federations:
                federation.stop().clear()


def _groups(federations: Sequence[Federation]) -> list[list[Federation]]:
    """The offerings, those of one customer on B together."""
    found: dict[tuple[str, object], list[Federation]] = {}
    for federation in federations:
        settings = federation.settings()
        found.setdefault((settings.b.base_url, settings.target_customer), []).append(federation)
    return list(found.values())


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    """Wait until all have ended, at most so long."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


class stopping(AbstractContextManager["stopping"]):  # noqa: N801 - reads as `with stopping(event):`
    """Set the event on SIGTERM, SIGHUP and SIGINT while inside; a second SIGINT interrupts at once.

    SIGHUP stays ignored where it is, as `nohup` has it.
    """

    def __init__(self, event: threading.Event) -> None:
        self._event = event
        self._before: dict[int, object] = {}
        self.by_interrupt = False

    def __enter__(self) -> Self:
        """Take the signals over."""
        for number in ENDING:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self._event.is_set():
                raise KeyboardInterrupt
            self.by_interrupt = True
        self._event.set()
