"""Where the sandbox takes its time from; no other module of the sandbox asks the system for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Anything that answers the present moment as an aware datetime."""


def real_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(tz=UTC)


class ManualClock:
    """A clock that moves when told to, and optionally by a fixed step at every reading.

    Args:
        start: First moment shown; must be aware.
        step: Added after every reading, so that rows made one after another have distinct times.
    """

    def __init__(self, start: datetime = datetime(2026, 3, 4, 10, tzinfo=UTC), step: timedelta = timedelta(0)) -> None:
        self._now = start
        self._step = step

    def __call__(self) -> datetime:
        """Return the moment shown, then move by the step."""
        shown = self._now
        self._now += self._step
        return shown

    def advance(self, by: timedelta) -> None:
        """Move the clock forward (or back, for a negative interval)."""
        self._now += by
