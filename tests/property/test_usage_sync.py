"""What usage reporting does whatever B metered: it arrives, once, in its month, and nothing else is touched."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.usage import FakeUsage
from tests.unit.application.test_sync_usage import MID_MARCH

from federation_core.domain.months import Month
from federation_core.domain.units import AComponent, BComponent, to_hundredths
from federation_core.domain.usage.scene import Corrections

FEBRUARY, MARCH = Month(2025, 2), Month(2025, 3)
amounts = st.decimals(0, 10**6, places=2).map(Fraction)
rows = st.lists(st.tuples(st.sampled_from([FEBRUARY, MARCH]), st.sampled_from(["gpu", "storage"]), amounts), max_size=6)
shares = st.lists(st.tuples(st.sampled_from([FEBRUARY, MARCH]), st.sampled_from(["anna", "bert"]), amounts), max_size=4)
habits = st.sampled_from(["reads", "ignores", "forbids"])


def world(metered, people, habit, earlier=(), corrections=Corrections.ACCEPT):
    f = FakeUsage(now=MID_MARCH, habit=habit, corrections=corrections)
    for month, component, amount in metered:
        f.b_usage.meter(month, **{component: amount})
    for month, person, amount in people:
        f.b_usage.share(month, person, gpu=amount)
    for amount in earlier:
        f.told_a(node=amount)
    return f


def expected(f, month):
    summed: dict[BComponent, Fraction] = {}
    for of, total in f.b_usage.rows:
        if of == month:
            summed[total.component] = summed.get(total.component, Fraction(0)) + total.amount
    return {name: to_hundredths(value) for name, value in f.settings.rules.mapping.usage_to_a(summed).items()}


@given(rows, shares, habits, st.lists(amounts, max_size=2))
def test_a_second_cycle_writes_nothing(metered, people, habit, earlier):
    f = world(metered, people, habit, earlier)
    f.cycle()
    f.cycle()  # the first may have found out about dates
    f.a_usage.writes.clear()
    f.cycle()
    assert f.a_usage.writes == []


@given(rows, shares, habits, st.lists(amounts, max_size=2))
def test_the_present_month_arrives_as_b_metered_it(metered, people, habit, earlier):
    f = world(metered, people, habit, earlier)
    f.cycle()
    wanted = expected(f, MARCH)
    had = {AComponent("node"): sum(earlier, Fraction(0))} if earlier else {}
    assert f.on_a(MARCH) == {**had, **wanted}


@given(rows, shares, habits)
def test_nothing_lands_in_another_month(metered, people, habit):
    f = world(metered, people, habit)
    f.cycle()
    assert f.on_a(FEBRUARY) in ({}, expected(f, FEBRUARY))
    assert f.on_a(MARCH) == expected(f, MARCH)


@given(
    rows,
    shares,
    habits,
    st.lists(amounts, min_size=1, max_size=2),
    st.sampled_from(["totals", "shares"]),
    st.booleans(),
)
def test_an_incomplete_reading_writes_nothing_of_its_kind(metered, people, habit, earlier, what, on_a):
    f = world(metered, people, habit, earlier)
    (f.a_usage if on_a else f.b_usage).flaw[what] = "cut"
    f.cycle()
    kinds = {kind for kind, *_ in f.a_usage.writes}
    assert kinds <= ({"totals"} if what == "shares" else set())


@given(rows, shares, habits, st.lists(amounts, min_size=1, max_size=2))
def test_without_corrections_no_figure_falls(metered, people, habit, earlier):
    f = world(metered, people, habit, earlier, Corrections.OMIT)
    f.cycle()
    assert f.on_a(MARCH)["node"] >= sum(earlier)
