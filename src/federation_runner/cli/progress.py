"""Live progress on a terminal: what the engine writes, as it writes it."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from federation_core.domain.words import counted
from federation_core.ports.journal import Entry

if TYPE_CHECKING:
    from rich.status import Status

    from federation_runner.container import Federation


class _Counter:
    """A journal that shows how many writes were made, and the latest."""

    def __init__(self, status: "Status") -> None:
        self._status = status
        self._lock = threading.Lock()
        self._made = 0
        self._failed = 0

    def note(self, entry: Entry) -> None:
        """Count one write."""
        with self._lock:
            self._made += not entry.error
            self._failed += bool(entry.error)
            failed = f", {self._failed} failed" if self._failed else ""
            self._status.update(f"{counted(self._made, 'write')}{failed}: {type(entry.action).__name__}")


@contextmanager
def live_progress(federations: Sequence["Federation"]) -> Iterator[None]:
    """Show the writes of *federations* while inside; nothing where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from dependency_injector import providers
    from rich.console import Console

    with Console(stderr=True).status("reading both sides") as status:
        counter = _Counter(status)
        for federation in federations:
            federation.journal.override(providers.Object(counter))
        yield
