from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.metering import HOURS, FakeWarehouse
from tests.strategies.builders import a_resource, a_resource_id

from federation_core.application.claims import Claims
from federation_core.application.configure import account_meters
from federation_core.application.metered_usage import MeteredUsage, read_meters
from federation_core.application.read_ahead import Line, ReadAhead
from federation_core.application.readings import FRESH_SECONDS
from federation_core.domain.errors import Unreachable
from federation_core.domain.ids import Side
from federation_core.domain.metering.figures import MonthRead
from federation_core.domain.metering.meters import AccountMeter, Meter
from federation_core.domain.months import Month
from federation_core.domain.units import BComponent

MARCH, APRIL = Month(2026, 3), Month(2026, 4)
HOUR = BComponent("nodeHours")
DOWN = Unreachable(Side.B, "compute.month", "no route")


def meters(*numbers):
    return [AccountMeter(f"g{number}") for number in numbers]


class Choking(FakeWarehouse):
    """Fails wholly where it is asked for one meter in one month."""

    choking: tuple[Month, Meter, bool] | None = None

    def read(self, month, meters):
        found = super().read(month, meters)
        if self.choking is None or month != self.choking[0] or self.choking[1] not in meters:
            return found
        if self.choking[2]:
            raise DOWN
        return MonthRead(failed=dict.fromkeys(meters, "500"))


class Rounds:
    """Somebody who asks for one meter after the other, round after round."""

    def __init__(self, count=7, size=3):
        self.warehouse, self.line, self.size, self.time = Choking(), Line(), size, 0.0
        for number in range(count):
            self.warehouse.show(MARCH, f"g{number}", nodeHours=number)
        self.begin()

    def begin(self):
        self.ahead = ReadAhead(self.warehouse, self.line, self.size, lambda: self.time)

    def ask(self, *numbers, month=MARCH):
        return [self.of(meter, month) for meter in meters(*numbers)]

    def of(self, meter, month=MARCH):
        """What is told of one meter: its hours, why it failed, or None where it is absent."""
        read = self.ahead.read(month, [meter])
        if meter in read.failed:
            return read.failed[meter]
        return read.figures[meter].totals[HOUR] if meter in read.figures else None

    def round(self, *numbers, months=(MARCH,)):
        """A round; returns what was asked for in each request, and checks that figures are what the warehouse shows."""
        self.begin()
        self.warehouse.asked.clear()
        for number in numbers:
            for month in months:
                shown = self.warehouse.shown.get((month, AccountMeter(f"g{number}")))
                assert self.ask(number, month=month) == [None if shown is None else shown.totals[HOUR]]
        return [{str(meter).removeprefix("account ") for meter in asked} for _, asked in self.warehouse.asked]


def named(*numbers):
    return {f"g{number}" for number in numbers}


def test_the_second_round_reads_together_what_the_first_read_one_by_one():
    r = Rounds()
    assert r.round(*range(7)) == [named(number) for number in range(7)]
    assert r.round(*range(7)) == [named(0, 1, 2), named(3, 4, 5), named(6)]
    assert r.round(*range(7)) == [named(0, 1, 2), named(3, 4, 5), named(6)]


def test_each_month_is_read_for_itself():
    r = Rounds(count=3)
    r.round(0, 1, 2, months=(APRIL, MARCH))
    assert r.round(0, 1, 2, months=(APRIL, MARCH)) == [named(0, 1, 2)] * 2
    assert [month for month, _ in r.warehouse.asked] == [APRIL, MARCH]


def test_what_comes_or_goes_between_two_rounds_costs_a_request_at_most_and_is_read_with_the_others_in_the_next():
    r = Rounds(count=9, size=4)
    r.round(0, 1, 2, 3)
    assert r.round(0, 8, 2, 3) == [named(0, 1, 2, 3), named(8)]
    assert r.round(0, 8, 2, 3) == [named(0, 8, 2, 3)]
    r.round(0, 8, 2)
    assert r.round(0, 8, 2) == [named(0, 8, 2)], "the last one is not asked for in vain for ever"


def test_two_who_take_turns_do_not_read_for_each_other():
    r = Rounds(count=6)
    r.round(0, 1, 2)
    r.round(3, 4, 5)
    assert r.round(0, 1, 2) == [named(0, 1, 2)]
    assert r.round(3, 4, 5) == [named(3, 4, 5)]


def test_a_round_ends_all_readings_and_so_does_time():
    r = Rounds(count=2)
    r.round(0, 1)
    r.begin()
    r.ask(0)
    r.warehouse.show(MARCH, "g1", nodeHours=50)
    r.time += FRESH_SECONDS
    assert r.ask(1) == [1]
    r.time += 1
    assert r.ask(1) == [50]
    r.warehouse.show(MARCH, "g0", nodeHours=60)
    r.begin()
    assert r.ask(0) == [60]


def test_what_is_not_shown_is_no_zero_with_others_either():
    r = Rounds(count=3)
    del r.warehouse.shown[MARCH, AccountMeter("g1")]
    r.round(0, 1, 2)
    assert r.round(0, 1, 2) == [named(0, 1, 2)]


def test_one_that_fails_with_others_is_asked_for_alone_and_the_others_are_told():
    r = Rounds(count=3)
    r.round(0, 1, 2)
    r.warehouse.broken = {AccountMeter("g0"): "a flawed row", AccountMeter("g2"): "a flawed row"}
    r.begin()
    r.warehouse.asked.clear()
    assert r.ask(0, 1, 2) == ["a flawed row", 1, "a flawed row"]
    assert [len(asked) for _, asked in r.warehouse.asked] == [3, 1, 1]


@pytest.mark.parametrize("is_raised", [True, False])
def test_a_month_that_cannot_be_read_with_others_is_read_one_by_one_and_known_as_well_as_before(is_raised):
    r = Rounds(count=4, size=4)
    months = (MARCH, APRIL)
    r.round(0, 1, 2, 3, months=months)
    r.warehouse.choking = (MARCH, AccountMeter("g3"), is_raised)
    r.begin()
    r.warehouse.asked.clear()
    assert [(r.ask(number), r.ask(number, month=APRIL)) for number in (0, 1, 2)] == [([n], [None]) for n in (0, 1, 2)]
    sizes = {month: [len(asked) for of, asked in r.warehouse.asked if of == month] for month in months}
    assert sizes == {MARCH: [4, 1, 1, 1], APRIL: [4]}


def test_a_warehouse_that_cannot_be_asked_says_so():
    r = Rounds(count=2)
    r.round(0, 1)
    r.begin()
    r.warehouse.down = DOWN
    for number in (0, 1):
        with pytest.raises(Unreachable):
            r.ask(number)
    with pytest.raises(Unreachable):
        r.ahead.ping(MARCH.middle.date())


def test_several_at_once_are_read_as_they_are_asked_for():
    r = Rounds(count=3)
    read = r.ahead.read(MARCH, meters(0, 1))
    assert set(read.figures) == set(meters(0, 1))
    assert r.line.after(AccountMeter("g0"), 9) == []


def test_remarks_are_told_once():
    r = Rounds(count=2)
    r.round(0, 1)
    r.begin()
    r.warehouse.remarks = ("1 row without an account",)
    assert [r.ahead.read(MARCH, [meter]).remarks for meter in meters(0, 1)] == [("1 row without an account",), ()]


@pytest.mark.parametrize("means_zero", [False, True])
def test_others_prove_a_zero_that_an_operator_asks_for_and_no_other(means_zero):
    r = Rounds(count=2)
    del r.warehouse.shown[MARCH, AccountMeter("g0")]
    resources = [a_resource(id=a_resource_id(n), name=f"n{n}", state="OK", backend_id=f"g{n}") for n in range(2)]
    settings = account_meters(components=["nodeHours"], absent_means_zero=means_zero)
    told = []
    for _ in range(2):
        r.begin()
        metered = MeteredUsage(r.ahead, settings)
        read = [read_meters(metered, HOURS, MARCH, [resource], Claims()).figures for resource in resources]
        told.append([{str(k): v for one in found.values() for k, v in one.totals.items()} for found in read])
    zero = {"nodeHours": Fraction(0)} if means_zero else {}
    assert told == [[{}, {"nodeHours": 1}], [zero, {"nodeHours": 1}]]


@given(st.lists(st.lists(st.integers(0, 6), unique=True), max_size=5), st.integers(1, 4))
def test_in_whatever_order_everybody_is_told_what_the_warehouse_shows(rounds, size):
    r = Rounds(size=size)
    for numbers in rounds:
        requests = r.round(*numbers)
        assert len(requests) <= len(numbers)
        assert all(len(names) <= size for names in requests)
