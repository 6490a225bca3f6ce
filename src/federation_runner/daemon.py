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
from federation_runner.schedule import Turn, after

SWEEP_SECONDS = 3600.0
"""How often a quiet offering is looked through for orphans."""


@attrs.define
class _Turns:
    federation: Federation
    turn: Turn
    swept: float


class Daemon:
    """Runs cycles on schedule."""

    def __init__(
        self,
        federations: Sequence[Federation],
        interval: float,
        stop: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the loop.

        Args:
            federations: one per offering.
            interval: seconds from the end of a cycle to the begin of the next.
            stop: set to end the loop.
            monotonic: a clock in seconds.
        """
        self._stop = stop
        self._interval = interval
        self._monotonic = monotonic
        now = monotonic()
        self._all = [_Turns(federation, Turn(now), now - SWEEP_SECONDS) for federation in federations]

    def run(self) -> None:
        """Loop until stopped."""
        DAEMON.info("%s", line("started", {"offerings": str(len(self._all)), "interval_s": f"{self._interval:g}"}))
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
        try:
            trouble = run_cycle(turns.federation, sweep=sweep).is_trouble
        except FederationError as error:
            DAEMON.error("%s", line("failed", {"offering": turns.federation.settings().name, "reason": str(error)}))
            trouble = True
        except Exception:  # noqa: BLE001 - see the module's first lines
            DAEMON.exception("%s", line("crashed", {"offering": turns.federation.settings().name}))
            trouble = True
        now = self._monotonic()
        if sweep:
            turns.swept = now
        turns.turn = after(turns.turn, now, self._interval, trouble=trouble)


class stopping(AbstractContextManager["stopping"]):  # noqa: N801 - reads as `with stopping(event):`
    """Set the event on SIGTERM and SIGINT while inside; a second SIGINT interrupts at once."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event
        self._before: dict[int, object] = {}
        self.by_interrupt = False

    def __enter__(self) -> Self:
        """Take the signals over."""
        for number in (signal.SIGTERM, signal.SIGINT):
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
