"""Laws of rounding and of reading numbers: exact inside, one declared rule at the edge."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.units import AWKWARD_AMOUNTS, roundings

from federation_core.domain.units import LARGEST_EXPONENT, Rounding, ceil, exact, floor, show, to_whole

numbers = st.sampled_from(AWKWARD_AMOUNTS) | st.fractions()


@given(numbers, roundings)
def test_rounding_errs_by_less_than_one_unit(value, rule):
    assert abs(to_whole(value, rule) - value) < 1


@given(numbers)
def test_rounding_goes_in_the_declared_direction(value):
    assert to_whole(value, Rounding.FLOOR) <= value <= to_whole(value, Rounding.CEIL)
    assert abs(to_whole(value, Rounding.HALF_UP) - value) <= Fraction(1, 2)


@given(st.integers(), roundings)
def test_rounding_is_idempotent(whole, rule):
    assert to_whole(Fraction(whole), rule) == whole


@given(numbers, numbers, roundings)
def test_rounding_is_monotone(x, y, rule):
    assert to_whole(min(x, y), rule) <= to_whole(max(x, y), rule)


@given(st.integers())
def test_half_a_unit_is_rounded_up(whole):
    assert to_whole(whole + Fraction(1, 2), Rounding.HALF_UP) == whole + 1


def is_of_this_world(value):
    """Whether a decimal has at most thirty digits on either side of its point."""
    return abs(value.adjusted()) <= LARGEST_EXPONENT


@pytest.mark.parametrize("text", ["1e31", "1e-31", "1e999999999", "1_000", "\u0661\u0662"])
def test_what_no_amount_looks_like_is_none(text):
    assert exact(text) is None


@given(numbers)
def test_floor_and_ceil_differ_by_one_except_on_whole_numbers(value):
    assert ceil(value) - floor(value) == (0 if value.denominator == 1 else 1)


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(is_of_this_world))
def test_a_decimal_is_read_as_the_number_it_writes(value):
    assert exact(value) == exact(str(value)) == exact(f" {value}\n") == Fraction(value)


@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: is_of_this_world(Decimal(repr(value)))))
def test_a_binary_float_is_read_by_its_shortest_decimal_text(value):
    assert exact(value) == Fraction(Decimal(repr(value)))


@given(
    st.text()
    | st.binary()
    | st.none()
    | st.booleans()
    | st.lists(st.integers())
    | st.dictionaries(st.text(), st.integers())
)
def test_reading_a_number_never_raises_and_never_takes_a_truth_value(value):
    number = exact(value)
    assert number is None or (isinstance(value, str) and isinstance(number, Fraction))


@pytest.mark.parametrize(
    ("given_", "number"),
    [
        (0.29, Fraction(29, 100)),
        ("12.50", Fraction(25, 2)),
        (Fraction(1, 3), Fraction(1, 3)),
        (10**12, Fraction(10**12)),
    ],
)
def test_numbers_are_what_their_text_says(given_, number):
    assert exact(given_) == number


@given(st.decimals(-(10**9), 10**9, places=3))
def test_an_amount_with_few_decimals_is_shown_so_that_it_reads_back_exactly(value):
    assert exact(show(Fraction(value))) == Fraction(value)


@given(numbers)
def test_an_amount_is_never_shown_as_another_number(value):
    shown = show(value)
    assert Fraction(shown) == value
    assert "e" not in shown.lower()


@pytest.mark.parametrize(
    ("amount", "text"),
    [(Fraction(500), "500"), (Fraction(29, 100), "0.29"), (Fraction(1, 3), "1/3"), (Fraction(5, 2), "2.5")],
)
def test_amounts_read_as_people_write_them(amount, text):
    assert show(amount) == text
