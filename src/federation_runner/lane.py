"""The loop over offerings that share a customer on B: hints first, then what is due.

Offerings of one customer on B share its projects, so one thread sees to all of them, one after the other. A cycle that has begun is
finished, unless the process has to end: the writes of one order belong together. The loop's handlers are the only ones that catch
everything: an error in one offering must not stop the others.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from federation_core.domain.errors import FederationError
from federation_runner.container import Federation, connections
from federation_runner.cycle import follow_hints, run_cycle
from federation_runner.logs import DAEMON, line
from federation_runner.modes import EVENTS, INTERVALS, is_told
from federation_runner.schedule import Turn, after, soon
from federation_runner.settings.model import Intervals

SWEEP_SECONDS = 3600.0
"""How often a quiet offering is looked through for orphans."""

MOST_ROUNDS = 20
"""Batches of hints that are followed before the schedule has its turn."""


@attrs.define
class Turns:
    """The schedule of one mode of one offering.

    Attributes:
        ended: when its last cycle ended; None before the first.
        is_calm: whether its last cycle had no trouble and left nothing waiting for the other side.
    """

    federation: Federation
    mode: str
    turn: Turn
    swept: float
    ended: float | None = None
    is_calm: bool = False

    @property
    def about(self) -> dict[str, str]:
        """Offering and mode, for log lines."""
        return {"offering": self.federation.settings().name, "mode": self.mode}


class Lane:
    """Sees to some offerings until an event is set."""

    def __init__(
        self,
        work: Sequence[tuple[Federation, Collection[str]]],
        intervals: Intervals,
        stop: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the loop; the first cycles are due at once.

        Args:
            work: the offerings, and the modes to run for each.
            intervals: seconds from the end of a cycle of a mode to the begin of its next.
            stop: set, and followed by `wake`, to end the loop.
            monotonic: a clock in seconds.
        """
        self._intervals = intervals
        self._stop = stop
        self._monotonic = monotonic
        self._bell = threading.Event()
        self.federations = tuple(federation for federation, _ in work)
        now = monotonic()
        self.turns = tuple(
            Turns(federation, mode, Turn(now), now - SWEEP_SECONDS) for federation, modes in work for mode in modes
        )
        self.beat = now
        for federation in self.federations:
            federation.inbox().listen(self.wake)

    def wake(self) -> None:
        """Have the loop look up."""
        self._bell.set()

    def run(self) -> None:
        """Loop until stopped."""
        for turns in self.turns:
            DAEMON.info("%s", line("started", {**turns.about, "interval_s": f"{self._interval(turns):g}"}))
        try:
            while not self._stop.is_set():
                self._bell.clear()
                self._follow()
                self._take_due()
                self._bell.wait(max(0.0, self._soonest() - self._monotonic()))
        except KeyboardInterrupt:  # the process has to end: what was under way is finished, nothing else begun
            return

    def is_ready(self) -> bool:
        """Whether every mode of every offering has had a cycle."""
        return all(turns.ended is not None for turns in self.turns)

    def status(self) -> dict[str, dict[str, Any]]:
        """What there is to tell of each offering, as JSON values: its modes, its hints and its connections."""
        now = self._monotonic()
        found: dict[str, dict[str, Any]] = {}
        for federation in self.federations:
            modes = {turns.mode: self._told(turns, now) for turns in self.turns if turns.federation is federation}
            inbox = federation.inbox()
            hints = {**attrs.asdict(inbox.counts), "waiting": inbox.waiting}
            found[federation.settings().name] = {"modes": modes, "hints": hints, "connections": connections(federation)}
        return found

    def _told(self, turns: Turns, now: float) -> dict[str, Any]:
        return {
            "ended_seconds_ago": None if turns.ended is None else round(now - turns.ended, 1),
            "due_in_seconds": round(max(0.0, self._due(turns) - now), 1),
            "troubled_cycles": turns.turn.failures,
        }

    def _soonest(self) -> float:
        hints = [federation.inbox().next_due() for federation in self.federations]
        return min([self._due(turns) for turns in self.turns] + [due for due in hints if due is not None])

    def _take_due(self) -> None:
        for turns in self.turns:
            if self._due(turns) <= self._monotonic() and not self._stop.is_set():
                self._take(turns)
                self._follow()  # a hint waits for one cycle at most

    def _due(self, turns: Turns) -> float:
        """When the next cycle begins: earlier than scheduled where events were counted on and have stopped coming in."""
        if turns.ended is None or turns.turn.failures or self._relies_on_events(turns):
            return turns.turn.due
        return min(turns.turn.due, turns.ended + INTERVALS[turns.mode](self._intervals))

    def _relies_on_events(self, turns: Turns) -> bool:
        return turns.is_calm and is_told(turns.federation, turns.mode)

    def _interval(self, turns: Turns) -> float:
        usual = INTERVALS[turns.mode](self._intervals)
        return max(usual, self._intervals.reconciliation_seconds) if self._relies_on_events(turns) else usual

    def _take(self, turns: Turns) -> None:
        sweep = self._monotonic() - turns.swept >= SWEEP_SECONDS
        trouble, turns.is_calm = True, False
        with self._guarded(turns.about):
            reports = run_cycle(turns.federation, turns.mode, sweep=sweep)
            trouble = any(report.is_trouble for report in reports.values())
            turns.is_calm = not trouble and not any(report.waiting for report in reports.values())
        now = self._monotonic()
        turns.swept = now if sweep else turns.swept
        turns.ended = self.beat = now
        turns.turn = after(turns.turn, now, self._interval(turns), trouble=trouble)

    def _follow(self) -> None:
        """Follow the hints of every offering that has some."""
        for federation in self.federations:
            inbox = federation.inbox()
            for _ in range(MOST_ROUNDS):
                drawn = inbox.draw()
                if drawn.catch_up or drawn.is_late:
                    self._hasten(federation, at_once=drawn.catch_up)
                if not drawn.hints or self._stop.is_set():
                    inbox.give_back(drawn.hints)
                    break
                again = drawn.hints
                with self._guarded({"offering": federation.settings().name, "mode": EVENTS}):
                    again = follow_hints(federation, drawn.hints)
                inbox.give_back(again)
        self.beat = self._monotonic()

    def _hasten(self, federation: Federation, *, at_once: bool) -> None:
        """Have the modes that events serve run now, or as soon as without events."""
        now = self._monotonic()
        for turns in self.turns:
            if turns.federation is federation and turns.mode != "report":
                wait = 0.0 if at_once else INTERVALS[turns.mode](self._intervals)
                turns.turn = soon(turns.turn, now + wait)

    @contextmanager
    def _guarded(self, about: Mapping[str, str]) -> Iterator[None]:
        """Log what goes wrong inside, and go on."""
        try:
            yield
        except FederationError as error:
            DAEMON.error("%s", line("failed", {**about, "reason": str(error)}))
        except Exception:  # noqa: BLE001 - see the module's first lines
            DAEMON.exception("%s", line("crashed", dict(about)))
