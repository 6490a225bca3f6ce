"""What can be done about usage: A is told a month's totals, then who used how much of them."""

import enum
from collections.abc import Mapping
from fractions import Fraction

import attrs

from federation_core.domain.ids import AResourceId
from federation_core.domain.months import Month
from federation_core.domain.units import AComponent


class UsageStage(enum.IntEnum):
    """Totals come first: the rows that people's shares hang on exist only afterwards."""

    TOTALS = enum.auto()
    SHARES = enum.auto()


@attrs.frozen
class ReportUsage:
    """Tell A a resource's totals of one month; components that are not named stay as they are.

    Attributes:
        amounts: the absolute totals, rounded to what Waldur stores.
    """

    stage = UsageStage.TOTALS
    resource: AResourceId
    month: Month
    amounts: Mapping[AComponent, Fraction]


@attrs.frozen
class ReportShares:
    """Tell A how much of one component's total each person used; people who are not named stay as they are.

    Attributes:
        amounts: A's user name -> absolute amount of the month.
    """

    stage = UsageStage.SHARES
    resource: AResourceId
    month: Month
    component: AComponent
    amounts: Mapping[str, Fraction]


UsageAction = ReportUsage | ReportShares
"""What may be done about usage."""
