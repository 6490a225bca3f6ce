"""Undo for one request, or one step in Python: what a refused one wrote is taken back.

Values inside rows (dictionaries, lists) are replaced, never edited in place; otherwise there is nothing to undo.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import Any

import attrs


@attrs.frozen
class Change:
    """One write, as those who watch are told of it.

    Attributes:
        row: What was written.
        attribute: Which value changed; empty for a row that was added or removed, `SAVED` for one that was saved.
        value: The new value; whether the row is there now, where no attribute changed.
        before: The old value.
    """

    row: Any
    attribute: str
    value: object
    before: object = None


SAVED = "(saved)"


class Topic(StrEnum):
    """What may be asked for and is told."""

    LOOK = "look"
    PROVIDER_INFO = "provider info"
    MEMBERS = "members"
    EVERYTHING = "everything"


@attrs.frozen
class Notice:
    """Somebody asked for something that is told though nothing is written.

    Attributes:
        row: What it is about.
        topic: What was asked for.
        asker: Who asked.
    """

    row: Any
    topic: Topic
    asker: Any


class Journal:
    """Remembers how to take back each write of the running request; outside a request it only counts.

    Attributes:
        watch: Told when writes are kept that somebody may want to know of; None where nobody watches.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] | None = None
        self._changes: list[Change | Notice] = []
        self.watch: Callable[[], object] | None = None
        self.revision = 0
        """How many writes there were, inside requests and outside."""

    def note(self, undo: Callable[[], object]) -> None:
        """Count a write, and remember *undo* when a request is running."""
        self.revision += 1
        if self._undo is not None:
            self._undo.append(undo)

    def tell(self, change: Change | Notice) -> None:
        """Remember *change* for whoever watches; in a request they are told when it is kept."""
        if self.watch is not None:
            self._changes.append(change)
            if self._undo is None:
                self.watch()

    def take_changes(self) -> list[Change | Notice]:
        """Return what was kept since the last call; the caller holds the sandbox's lock."""
        taken, self._changes = self._changes, []
        return taken

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all writes of the block, or none of them when it ends with an exception; one inside another is part of it."""
        if self._undo is not None:
            yield
            return
        self._undo, kept = [], len(self._changes)
        try:
            yield
        except BaseException:
            undo, self._undo = self._undo, None
            del self._changes[kept:]
            self.revision += 1
            for step in reversed(undo):
                step()
            raise
        self._undo = None
        if self.watch is not None and self._changes:
            self.watch()


def remember(row: Any, attribute: "attrs.Attribute[Any]", value: object) -> object:  # noqa: ANN401 -- attrs hook
    """Note the old value of an attribute that is about to change (an attrs `on_setattr` hook)."""
    before = getattr(row, attribute.name)
    row.journal.note(partial(object.__setattr__, row, attribute.name, before))
    if before != value:
        row.journal.tell(Change(row, attribute.name, value, before))
    return value
