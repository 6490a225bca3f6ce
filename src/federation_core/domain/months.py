"""Calendar months, which Waldur bills by."""

import calendar
from datetime import UTC, date, datetime, tzinfo
from functools import total_ordering
from typing import Self

import attrs

DECEMBER = 12


@total_ordering
@attrs.frozen
class Month:
    """One month of one year; it is a date's month in whatever time zone the date was told."""

    year: int
    number: int = attrs.field(validator=[attrs.validators.ge(1), attrs.validators.le(DECEMBER)])

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> Self:
        """The month that *moment* lies in for the clocks of *zone*."""
        there = moment.astimezone(zone)
        return cls(there.year, there.month)

    @property
    def first(self) -> date:
        """Its first day: how Waldur writes a billing period."""
        return date(self.year, self.number, 1)

    @property
    def middle(self) -> datetime:
        """Noon UTC in mid-month: a moment that lies in this month wherever on earth the server stands."""
        return datetime(self.year, self.number, 15, 12, tzinfo=UTC)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    def before(self, months: int = 1) -> "Month":
        """The month that many months earlier."""
        index = self.year * DECEMBER + self.number - 1 - months
        return Month(index // DECEMBER, index % DECEMBER + 1)

    def __lt__(self, other: "Month") -> bool:
        return (self.year, self.number) < (other.year, other.number)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def latest(newest: Month, count: int) -> tuple[Month, ...]:
    """*newest* and the months before it, *count* in all, oldest first."""
    return tuple(newest.before(back) for back in reversed(range(count)))
