"""Resources: A's as their provider, B's as their consumer."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Protocol

from federation_core.domain.ids import AOfferingId, AResourceId, BResourceId
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AResource, BResource
from federation_core.domain.units import AComponent


class ProviderResources(Protocol):
    """The resources of our offering on A."""

    def list_all(self) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        """All of them, terminated ones included."""

    def list_linked(
        self, b_resource: BResourceId
    ) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        """Those linked to one resource of B, in either spelling."""

    def read(self, resource: AResourceId) -> AResource:
        """One resource as it is now."""

    def link(self, resource: AResourceId, b_resource: BResourceId) -> None:
        """Store B's resource UUID as its `backend_id`."""

    def stamp(self, resource: AResourceId) -> None:
        """Set its `last_sync` to now on A's clock; Unsupported on servers that cannot."""

    def set_limits(self, resource: AResourceId, limits: Mapping[AComponent, Fraction]) -> None:
        """Replace all its limits, without an order; A may keep others all the same, so read it again."""

    def set_effective_id(self, resource: AResourceId, effective_id: str) -> None:
        """Store what its last provider calls it."""

    def set_end_date(self, resource: AResourceId, end_date: date | None) -> None:
        """Set or clear its end date."""

    def mark_ok(self, resource: AResourceId) -> None:
        """Set it OK and clear its error texts. The server fails on a Terminated one: read it first."""

    def mark_erred(self, resource: AResourceId, message: str) -> None:
        """Set it Erred, with what the user shall read. The server does not guard this: read it first."""


class ConsumerResources(Protocol):
    """The resources of our customer in B's offering."""

    def list_all(self) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """All of them, terminated ones included."""

    def list_marked(
        self, offering: AOfferingId, since: date
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """Those created on *since* (UTC) or later that carry the mark of *offering*; every row is checked for it."""

    def list_for(
        self, offering: AOfferingId, resource: AResourceId
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """Those that carry the marks of one resource of A; every row is checked for them."""

    def read(self, resource: BResourceId) -> BResource:
        """One resource as it is now."""

    def set_end_date(self, resource: BResourceId, end_date: date | None) -> None:
        """Set or clear its end date."""
