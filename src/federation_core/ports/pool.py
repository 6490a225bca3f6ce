"""A bounded pool for independent reads and writes."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from federation_core.domain.errors import FederationError

T = TypeVar("T")


class WorkPool(Protocol):
    """Runs independent calls side by side."""

    def run(self, calls: Sequence[Callable[[], T]]) -> list[T | FederationError]:
        """Run all of them; the results stand in the order of *calls*, a `FederationError` that was raised stands as itself.

        Any other exception is a bug and is raised, after all calls have ended.
        """
