"""The date that a report carries: which moment names a month, and what a refusal says about dates."""

from datetime import datetime, timedelta, tzinfo

from federation_core.domain.errors import Invalid
from federation_core.domain.months import Month

PROBE_AHEAD = timedelta(hours=1)
_DATE = "date"


def report_date(month: Month, frozen_at: datetime) -> datetime:
    """The moment to tell *month* by: its middle, or the time reading began where the middle is still to come."""
    return min(month.middle, frozen_at)


def probe_date(now: datetime, zone: tzinfo) -> datetime | None:
    """A moment in the future that A must refuse if it reads dates at all; None where it would lie in another month.

    A server that ignores the date books what is sent into the present month, so what is sent must be what stands there.
    """
    ahead = now + PROBE_AHEAD
    return ahead if Month.of(ahead, zone) == Month.of(now, zone) else None


def is_about_date(refusal: Invalid) -> bool:
    """Whether A refused because of the date and not because of the figures."""
    return _DATE in refusal.fields or is_about_role(refusal)


def is_about_role(refusal: Invalid) -> bool:
    """Whether A lets only others name a date."""
    return "specify date" in refusal.detail.lower()
