"""Resources: A's as their provider, B's as their consumer."""

from datetime import date
from typing import Protocol

from federation_core.domain.ids import AOfferingId, AResourceId, BResourceId
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AResource, BResource


class ProviderResources(Protocol):
    """The resources of our offering on A."""

    def list_all(self) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        """All of them, terminated ones included."""

    def read(self, resource: AResourceId) -> AResource:
        """One resource as it is now."""

    def link(self, resource: AResourceId, b_resource: BResourceId) -> None:
        """Store B's resource UUID as its `backend_id`."""

    def stamp(self, resource: AResourceId) -> None:
        """Set its `last_sync` to now on A's clock; Unsupported on servers that cannot."""


class ConsumerResources(Protocol):
    """The resources of our customer in B's offering."""

    def list_all(self) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """All of them, terminated ones included."""

    def list_marked(
        self, offering: AOfferingId, since: date
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """Those created on *since* (UTC) or later that carry the mark of *offering*; every row is checked for it."""

    def read(self, resource: BResourceId) -> BResource:
        """One resource as it is now."""
