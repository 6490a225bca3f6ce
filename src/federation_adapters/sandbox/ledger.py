"""What happened at the sandbox's door: every exchange, and every write that was kept."""

from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import Generic, TypeVar

import attrs


@attrs.frozen
class Exchange:
    """One request and its fate.

    Attributes:
        number: Position since the sandbox was made, from 1.
        template: Path with `<uuid>` for UUIDs; the path itself when there is no such endpoint.
        query: Query string as sent.
        user: Username, or empty.
        status: Status of the answer; None when there was none.
        fault: Word of the fault that struck, or empty.
    """

    number: int
    method: str
    path: str
    template: str
    query: str
    user: str
    status: int | None
    fault: str = ""


@attrs.frozen
class Write:
    """One write that was kept, whether or not its answer arrived.

    Attributes:
        number: Number of the exchange.
        body: The JSON value sent, or None.
        status: Status the server meant to answer.
    """

    number: int
    method: str
    path: str
    user: str
    body: object
    status: int


EntryT = TypeVar("EntryT")


class Log(Generic[EntryT]):
    """A list that only grows until it is cleared; safe to read while it grows."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: list[EntryT] = []

    def append(self, entry: EntryT) -> None:
        """Add an entry."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget all entries."""
        with self._lock:
            self._entries.clear()

    @property
    def entries(self) -> tuple[EntryT, ...]:
        """All entries so far, oldest first."""
        with self._lock:
            return tuple(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[EntryT]:
        return iter(self.entries)


class RequestLog(Log[Exchange]):
    """All exchanges, and their sums."""

    @property
    def total(self) -> int:
        """How many exchanges there were."""
        return len(self)

    def summary(self) -> Counter[tuple[str, str]]:
        """Return (method, template) -> how often."""
        return Counter((entry.method, entry.template) for entry in self.entries)
