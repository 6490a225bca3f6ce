"""The loop: every offering's cycle in its turn, until a signal says stop.

A cycle that has begun is finished: the writes of one order belong together. The loop's handler is the only one that catches
everything: an error in one offering must not stop the others.
"""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Self

import attrs

from federation_core.domain.errors import FederationError
from federation_runner.container import Federation
from federation_runner.cycle import run_cycle
from federation_runner.logs import DAEMON, line
from federation_runner.modes import ALL, INTERVALS, modes_of
from federation_runner.schedule import Turn, after
from federation_runner.settings.model import Intervals

SWEEP_SECONDS = 3600.0
"""How often a quiet offering is looked through for orphans."""

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""The signals that ask a process to end."""


@attrs.define
class _Turns:
    federation: Federation
    mode: str
    interval: float
    turn: Turn
    swept: float


class Daemon:
    """Runs cycles on schedule."""

    def __init__(
        self,
        federations: Sequence[Federation],
        intervals: Intervals,
        stop: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        mode: str = ALL,
    ) -> None:
        """Prepare the loop.

        Args:
            federations: one per offering.
            intervals: seconds from the end of a cycle of a mode to the begin of its next.
            stop: set to end the loop.
            monotonic: a clock in seconds.
            mode: the one to run, or all.
        """
        self._stop = stop
        self._monotonic = monotonic
        now = monotonic()
        self._all = [
            _Turns(federation, each, INTERVALS[each](intervals), Turn(now), now - SWEEP_SECONDS)
            for federation in federations
            for each in modes_of(federation, mode)
        ]

    def run(self) -> None:
        """Loop until stopped."""
        for turns in self._all:
            name = turns.federation.settings().name
            pairs = {"offering": name, "mode": turns.mode, "interval_s": f"{turns.interval:g}"}
            DAEMON.info("%s", line("started", pairs))
        while not self._stop.is_set():
            now = self._monotonic()
            for turns in self._all:
                if turns.turn.due <= now and not self._stop.is_set():
                    self._take(turns)
            soonest = min(turns.turn.due for turns in self._all)
            self._stop.wait(max(0.0, soonest - self._monotonic()))
        DAEMON.info("%s", line("stopped", {}))

    def _take(self, turns: _Turns) -> None:
        sweep = self._monotonic() - turns.swept >= SWEEP_SECONDS
        about = {"offering": turns.federation.settings().name, "mode": turns.mode}
        try:
            reports = run_cycle(turns.federation, turns.mode, sweep=sweep)
            trouble = any(report.is_trouble for report in reports.values())
        except FederationError as error:
            DAEMON.error("%s", line("failed", {**about, "reason": str(error)}))
            trouble = True
        except Exception:  # noqa: BLE001 - see the module's first lines
            DAEMON.exception("%s", line("crashed", about))
            trouble = True
        now = self._monotonic()
        if sweep:
            turns.swept = now
        turns.turn = after(turns.turn, now, turns.interval, trouble=trouble)


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
