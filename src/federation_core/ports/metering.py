"""A data warehouse, which shows usage by account or by path."""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from federation_core.domain.metering.figures import MonthRead
from federation_core.domain.metering.meters import Meter
from federation_core.domain.months import Month


class Warehouse(Protocol):
    """Figures of months; only ever read."""

    def ping(self, day: date) -> None:
        """Make sure that figures of *day* could be asked for.

        Raises:
            PlaneError: they could not.
        """

    def read(self, month: Month, meters: Collection[Meter]) -> MonthRead:
        """What *meters* show of *month*; each ends among the figures, among those that failed, or in neither: absent.

        Raises:
            PlaneError: the warehouse cannot be asked at all.
        """
