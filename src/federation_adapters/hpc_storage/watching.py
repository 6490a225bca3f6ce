"""What whoever runs the service wants to be told of: a port of this room, whose implementation writes logs."""

from typing import Protocol

import attrs

from federation_core.application.storage_tree import Shown
from federation_core.domain.errors import PlaneError


@attrs.frozen
class Served:
    """One request that was answered; no query, as it may hold anything.

    Attributes:
        caller: who asked, as far as the token says; empty where nobody had to say.
    """

    method: str
    path: str
    status: int
    took_ms: float
    caller: str = ""


class Watcher(Protocol):
    """Is told what happens; called from several threads, and never raises."""

    def served(self, request: Served) -> None:
        """A request was answered."""

    def refreshed(self, shown: Shown) -> None:
        """The hierarchy was put together."""

    def failed(self, who: str, error: PlaneError) -> None:
        """An upstream service could not be asked."""

    def broken(self, request_id: str, error: BaseException) -> None:
        """A request met a bug, or a reading that no request waited for."""


class NobodyWatches:
    """Tells nobody."""

    def served(self, request: Served) -> None:
        """Nothing."""

    def refreshed(self, shown: Shown) -> None:
        """Nothing."""

    def failed(self, who: str, error: PlaneError) -> None:
        """Nothing."""

    def broken(self, request_id: str, error: BaseException) -> None:
        """Nothing."""
