"""Hints that wait for somebody to follow them."""

import threading
import time
from collections.abc import Callable, Iterable

import attrs

from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import Side

CAPACITY = 2_000
TRIES = 3
"""How often a hint is given back before it is left to polling."""

FIRST_WAIT = 1.0
"""Seconds until a hint that was given back comes again; each time twice as long."""


@attrs.frozen
class Counts:
    """What went through an inbox.

    Attributes:
        taken: hints that came in.
        coalesced: those of them that were waiting already.
        foreign: those of other offerings.
        overflowed: those that did not fit, and became a look at everything.
        abandoned: those that could not be followed, and were left to polling.
    """

    taken: int = 0
    coalesced: int = 0
    foreign: int = 0
    overflowed: int = 0
    abandoned: int = 0


@attrs.frozen
class Drawn:
    """What is to be done now.

    Attributes:
        hints: what to follow.
        catch_up: whether everything is to be looked through.
        is_late: whether polling has to see soon to what could not be followed.
    """

    hints: tuple[Hint, ...] = ()
    catch_up: bool = False
    is_late: bool = False


@attrs.define
class _Waiting:
    due: float
    tries: int = 0


class Inbox:
    """Keeps hints of one offering, equal ones once, at most so many; safe to use from any thread."""

    def __init__(
        self,
        is_ours: Callable[[Hint], bool] = lambda _hint: True,
        *,
        capacity: int = CAPACITY,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make an empty inbox.

        Args:
            is_ours: whether a hint concerns the offering.
            capacity: how many different hints wait at most; what does not fit becomes a look at everything.
            monotonic: a clock in seconds.
        """
        self._is_ours = is_ours
        self._capacity = capacity
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._waiting: dict[Hint, _Waiting] = {}
        self._catch_up = self._is_late = self._is_closed = False
        self._tries: dict[Hint, int] = {}
        self._counts = Counts()
        self._bell: Callable[[], None] = _nobody_listens

    def listen(self, bell: Callable[[], None]) -> None:
        """Have *bell* called whenever something comes in; it must return at once."""
        self._bell = bell

    def wake(self) -> None:
        """Have whoever listens look up."""
        self._bell()

    def take(self, hint: Hint) -> bool:
        """Take *hint* over; False once the inbox is closed."""
        with self._lock:
            if self._is_closed:
                return False
            self._take(hint)
        self._bell()
        return True

    def catch_up(self, _side: Side) -> None:
        """Have everything looked through once."""
        with self._lock:
            self._catch_up = True
        self._bell()

    def draw(self) -> Drawn:
        """Take out what is to be done now; hints that were drawn before count as followed unless they were given back."""
        now = self._monotonic()
        with self._lock:
            due = {hint: waiting for hint, waiting in self._waiting.items() if waiting.due <= now}
            self._waiting = {hint: waiting for hint, waiting in self._waiting.items() if hint not in due}
            self._tries = {hint: waiting.tries for hint, waiting in due.items()}
            drawn = Drawn(tuple(due), self._catch_up, self._is_late)
            self._catch_up = self._is_late = False
        return drawn

    def give_back(self, hints: Iterable[Hint]) -> None:
        """Have drawn *hints* come again later, a few times; after that, or for want of room, have polling see to them soon."""
        now = self._monotonic()
        with self._lock:
            for hint in hints:
                tries = self._tries.get(hint, 0)
                if hint in self._waiting:  # it came in again meanwhile
                    continue
                if tries < TRIES and len(self._waiting) < self._capacity:
                    self._waiting[hint] = _Waiting(now + FIRST_WAIT * 2**tries, tries + 1)
                else:
                    self._is_late = True
                    self._count(abandoned=1)

    def next_due(self) -> float | None:
        """When something is to be done, on the inbox's clock; None where nothing waits."""
        with self._lock:
            if self._catch_up or self._is_late:
                return self._monotonic()
            return min((waiting.due for waiting in self._waiting.values()), default=None)

    def close(self) -> None:
        """Take nothing over any more."""
        with self._lock:
            self._is_closed = True

    @property
    def waiting(self) -> int:
        """How many hints wait."""
        with self._lock:
            return len(self._waiting)

    @property
    def counts(self) -> Counts:
        """What went through it so far."""
        with self._lock:
            return self._counts

    def _take(self, hint: Hint) -> None:
        self._count(taken=1)
        known = self._waiting.get(hint)
        if not self._is_ours(hint):
            self._count(foreign=1)
        elif hint.about is About.OFFERING:
            self._catch_up = True
        elif known is not None:  # whatever kept it back may have changed
            known.due = min(known.due, self._monotonic())
            self._count(coalesced=1)
        elif len(self._waiting) < self._capacity:
            self._waiting[hint] = _Waiting(self._monotonic())
        else:
            self._catch_up = True
            self._count(overflowed=1)

    def _count(self, **more: int) -> None:
        now = attrs.asdict(self._counts)
        self._counts = Counts(**{name: now[name] + more.get(name, 0) for name in now})


def _nobody_listens() -> None:
    return None
