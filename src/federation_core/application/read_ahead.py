"""A warehouse for somebody who asks for one meter after the other: with each, those are read that came after it the last time.

| asked for | is answered |
| --- | --- |
| several meters | as they are asked for |
| one that was read with another, not longer than `FRESH_SECONDS` ago | from that reading |
| one that others came after, the last time | by one reading of it and of them |
| one whose reading failed together with others, and any other | by a reading of its own |

So what is told of a meter is what the warehouse shows of it, as old as that reading at most; what is read in vain costs a name in a
request, and no answer. A reading that failed as a whole is not tried again with others for that month.
"""

import threading
from collections.abc import Collection, Sequence
from datetime import date

import attrs

from federation_core.application.readings import FRESH_SECONDS, Monotonic
from federation_core.domain.errors import PlaneError
from federation_core.domain.metering.figures import MonthRead
from federation_core.domain.metering.meters import Meter
from federation_core.domain.months import Month
from federation_core.ports.metering import Warehouse


class Line:
    """In which order meters were asked for; outlives the rounds in which they are, and is thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[Meter, Meter] = {}
        self._last: Meter | None = None

    def begin(self) -> None:
        """Begin a round: nothing came after the last meter of the round before."""
        with self._lock:
            if self._last is not None:
                self._next.pop(self._last, None)
            self._last = None

    def note(self, meter: Meter) -> None:
        """Take *meter* for the one that is asked for now."""
        with self._lock:
            if self._last not in {None, meter}:
                self._next[self._last] = meter
            self._last = meter

    def after(self, meter: Meter, most: int) -> Sequence[Meter]:
        """The meters that came after *meter* the last time, at most so many."""
        found = [meter]
        with self._lock:
            while len(found) <= most:
                following = self._next.get(found[-1])
                if following is None or following in found:
                    break
                found.append(following)
        return found[1:]


class ReadAhead:
    """Serves the port `Warehouse` for one round."""

    def __init__(self, warehouse: Warehouse, line: Line, size: int, monotonic: Monotonic) -> None:
        """Begin a round; nothing is read.

        Args:
            warehouse: is read.
            line: the order of earlier rounds.
            size: meters in one reading, at most.
            monotonic: a clock in seconds.
        """
        self._warehouse, self._line, self._size, self._monotonic = warehouse, line, size, monotonic
        self._found: dict[tuple[Month, Meter], tuple[float, MonthRead]] = {}
        self._alone: set[Month] = set()
        line.begin()

    def ping(self, day: date) -> None:
        """Make sure that figures of *day* could be asked for.

        Raises:
            PlaneError: they could not.
        """
        self._warehouse.ping(day)

    def read(self, month: Month, meters: Collection[Meter]) -> MonthRead:
        """What *meters* show of *month*; figures of others may be among them, and prove that the question was understood.

        Raises:
            PlaneError: the warehouse cannot be asked at all.
        """
        if len(meters) != 1:
            return self._warehouse.read(month, meters)
        (meter,) = meters
        self._line.note(meter)
        kept = self._kept(month, meter)
        if kept is not None:
            return attrs.evolve(kept, failed={}, remarks=())
        together = None if month in self._alone else self._together(month, meter)
        return self._warehouse.read(month, meters) if together is None else together

    def _kept(self, month: Month, meter: Meter) -> MonthRead | None:
        """The reading in which *meter* was told of not long ago."""
        read_at, found = self._found.get((month, meter), (0.0, None))
        return found if self._monotonic() - read_at <= FRESH_SECONDS else None

    def _together(self, month: Month, meter: Meter) -> MonthRead | None:
        """What *meter* and those after it show; None where nothing is known of it that way."""
        others = [other for other in self._line.after(meter, self._size - 1) if self._kept(month, other) is None]
        if not others:
            return None
        asked, read_at = (meter, *others), self._monotonic()
        try:
            read = self._warehouse.read(month, asked)
        except PlaneError:
            self._alone.add(month)
            return None
        if len(read.failed) == len(asked):
            self._alone.add(month)
        self._found |= {(month, one): (read_at, read) for one in asked if one not in read.failed}
        return attrs.evolve(read, failed={}) if meter not in read.failed else None
