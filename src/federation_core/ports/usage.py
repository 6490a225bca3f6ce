"""Usage: A's as its provider tells it, B's as its consumer reads it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Protocol
from uuid import UUID

from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AResource
from federation_core.domain.units import AComponent
from federation_core.domain.usage.records import AShare, ATotal, BShare, BTotal
from federation_core.domain.usage.scene import Links


class ProviderUsage(Protocol):
    """The usage of our offering on A."""

    def totals(
        self, month: Month, resource: AResourceId | None = None
    ) -> Complete[tuple[ATotal, ...]] | Incomplete[tuple[ATotal, ...]]:
        """All totals of *month*, or those of one resource."""

    def shares(
        self, month: Month, resource: AResourceId | None = None
    ) -> Complete[tuple[AShare, ...]] | Incomplete[tuple[AShare, ...]]:
        """All shares of people in *month*, or those of one resource."""

    def set_totals(self, resource: AResourceId, amounts: Mapping[AComponent, Fraction], at: datetime | None) -> None:
        """Store absolute totals for the month that *at* lies in, or for the server's present month where it is None.

        Raises:
            Invalid: among others where *at* is not allowed, or its month is closed (see `date_refused`).
        """

    def set_shares(self, total: UUID, amounts: Mapping[str, Fraction]) -> None:
        """Store people's absolute shares of the total whose row is *total*."""


class Meters(Protocol):
    """What meters the resources of A."""

    def links(self, resources: Sequence[AResource]) -> Links:
        """What meters each of *resources*, which are all that A lists; asked before each reading of figures."""

    def remarks(self) -> tuple[str, ...]:
        """What was odd about the figures read since; worth telling, and harmless."""


class ConsumerUsage(Protocol):
    """The usage of our customer in B's offering."""

    def totals(
        self, month: Month, resource: BResourceId | None = None
    ) -> Complete[tuple[BTotal, ...]] | Incomplete[tuple[BTotal, ...]]:
        """All totals of *month*, or those of one resource."""

    def shares(
        self, month: Month, resource: BResourceId | None = None
    ) -> Complete[tuple[BShare, ...]] | Incomplete[tuple[BShare, ...]]:
        """All shares of people in *month*, or those of one resource."""
