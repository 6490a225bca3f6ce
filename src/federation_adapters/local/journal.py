"""Journals: one that forgets, one that remembers for whoever watches."""

import threading

from federation_core.ports.journal import Entry


class NullJournal:
    """Forgets everything."""

    def note(self, entry: Entry) -> None:
        """Do nothing."""


class MemoryJournal:
    """Keeps the entries in the order they were noted; thread-safe."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def note(self, entry: Entry) -> None:
        """Keep one entry."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> tuple[Entry, ...]:
        """All entries so far."""
        with self._lock:
            return tuple(self._entries)
