from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation_core.domain.months import Month, latest

moments = st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware by the strategy
zones = st.sampled_from(["UTC", "Europe/Tallinn", "America/Los_Angeles", "Pacific/Kiritimati", "Etc/GMT+12"]).map(
    ZoneInfo
)


@pytest.mark.parametrize(
    ("zone", "month"), [("UTC", "2025-03"), ("Europe/Tallinn", "2025-04"), ("America/Los_Angeles", "2025-03")]
)
def test_a_moment_lies_in_the_month_of_its_zone(zone, month):
    assert str(Month.of(datetime(2025, 3, 31, 23, 30, tzinfo=UTC), ZoneInfo(zone))) == month


@given(moments, zones, zones)
def test_the_middle_lies_in_the_month_everywhere(moment, zone, other):
    month = Month.of(moment, zone)
    assert Month.of(month.middle, other) == month


def test_first_and_last_day():
    assert (Month(2024, 2).first, Month(2024, 2).last) == (date(2024, 2, 1), date(2024, 2, 29))


def test_months_before_cross_the_year():
    assert latest(Month(2025, 2), 4) == (Month(2024, 11), Month(2024, 12), Month(2025, 1), Month(2025, 2))


@given(moments, zones, st.integers(1, 30))
def test_months_are_ordered_as_their_first_days(moment, zone, back):
    month = Month.of(moment, zone)
    assert month.before(back) < month
    assert month.before(back).first < month.first


@pytest.mark.parametrize("number", [0, 13])
def test_there_are_twelve(number):
    with pytest.raises(ValueError, match="number"):
        Month(2025, number)
