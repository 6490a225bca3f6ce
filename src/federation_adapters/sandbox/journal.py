"""Undo for one request: what a refused request wrote is taken back.

Values inside rows (dictionaries, lists) are replaced, never edited in place; otherwise there is nothing to undo.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import attrs


class Journal:
    """Remembers how to take back each write of the running request; outside a request it only counts."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] | None = None
        self.revision = 0
        """How many writes there were, inside requests and outside."""

    def note(self, undo: Callable[[], object]) -> None:
        """Count a write, and remember *undo* when a request is running."""
        self.revision += 1
        if self._undo is not None:
            self._undo.append(undo)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all writes of the block, or none of them when it ends with an exception."""
        self._undo = []
        try:
            yield
        except BaseException:
            undo, self._undo = self._undo, None
            self.revision += 1
            for step in reversed(undo):
                step()
            raise
        self._undo = None


def remember(row: Any, attribute: "attrs.Attribute[Any]", value: object) -> object:  # noqa: ANN401 -- attrs hook
    """Note the old value of an attribute that is about to change (an attrs `on_setattr` hook)."""
    row.journal.note(partial(object.__setattr__, row, attribute.name, getattr(row, attribute.name)))
    return value
