"""Storage resources of a Waldur, read-only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import attrs

from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.storage.records import Skipped, StorageResource


@attrs.frozen
class Noted:
    """A resource as it was read, or why it cannot be used; and when it changed last, on Waldur's clock."""

    id: UUID
    seen: StorageResource | Skipped
    modified: datetime | None = None


@attrs.frozen
class Stirred:
    """An order that changed, and the resource that it is about.

    Attributes:
        modified: when, on Waldur's clock.
    """

    order: UUID
    resource: UUID
    modified: datetime


class StorageInventory(Protocol):
    """All resources of the offerings that are storage systems, terminated ones included."""

    def read_all(self) -> Complete[tuple[Noted, ...]] | Incomplete[tuple[Noted, ...]]:
        """All of them, as they are now.

        Raises:
            PlaneError: they could not be read.
        """

    def moment(self) -> datetime:
        """The time on Waldur's clock, never later than it really is; our own before its first answer. Nothing is asked."""

    def count(self) -> int:
        """How many there are.

        Raises:
            PlaneError: that could not be told.
        """

    def read_changed(self, since: datetime) -> Complete[tuple[Noted, ...]] | Incomplete[tuple[Noted, ...]]:
        """Those that changed at *since* or later, on Waldur's clock; what an order in progress does is no change of them.

        Raises:
            PlaneError: they could not be read.
        """

    def stirred(self, since: datetime) -> Complete[tuple[Stirred, ...]] | Incomplete[tuple[Stirred, ...]]:
        """The orders that changed at *since* or later, on Waldur's clock.

        Raises:
            PlaneError: they could not be read.
        """

    def read(self, resource: UUID) -> Noted:
        """One resource as it is now.

        Raises:
            PlaneError: it could not be read; `NotFound` where it is none of those offerings any more.
        """


class StorageSource(Protocol):
    """The same, untouched, for debugging."""

    def offering(self, slug: str) -> Mapping[str, Any]:
        """All that Waldur shows of an offering.

        Raises:
            PlaneError: it could not be read; `NotFound` where there is none.
        """

    def resources(self, slugs: Collection[str]) -> Sequence[Mapping[str, Any]]:
        """All that Waldur shows of the resources of offerings.

        Raises:
            PlaneError: they could not be read, or not all of them.
        """
