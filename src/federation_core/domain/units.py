"""Component types, exact amounts, and the only functions that turn text into an amount or round one.

Amounts are `fractions.Fraction`: 0.29 is 29/100 and nothing else. Rounding happens once, where an amount leaves for the wire.
"""

import enum
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NewType

LARGEST_EXPONENT = 30
"""Powers of ten that an amount may have; a peer's ``1e999999999`` would otherwise fill the memory."""

MOST_CHARACTERS = 200
"""Characters of a number's text: arithmetic with the million digits of a hostile one would take for ever."""

AComponent = NewType("AComponent", str)
BComponent = NewType("BComponent", str)
ALimits = Mapping[AComponent, Fraction]
BLimits = Mapping[BComponent, Fraction]


class BillingType(enum.Enum):
    """How Waldur charges for a component (`billing_type` of an offering's component)."""

    FIXED = "fixed"
    USAGE = "usage"
    LIMIT = "limit"
    ONE = "one"
    FEW = "few"
    OTHER = ""

    @property
    def takes_limits(self) -> bool:
        """Whether an order may carry a limit for such a component; Waldur refuses it for the others."""
        return self is BillingType.LIMIT


class Rounding(enum.Enum):
    """Which whole number stands for an exact limit."""

    CEIL = "ceil"
    FLOOR = "floor"
    HALF_UP = "half_up"


def exact(value: object) -> Fraction | None:
    """Read a number exactly from the decimal text it has, or None where it is no finite number.

    Takes whole numbers, `Fraction`, `Decimal`, text such as ``"12.50"``, and binary floats by their shortest decimal text.
    Booleans are not numbers here, and neither is what has more than thirty digits before or after the point, or takes more than two
    hundred characters to write: exact arithmetic with a million digits would take for ever.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, float | Decimal | str):
        text = str(value).strip()
        if len(text) > MOST_CHARACTERS:
            return None
        try:
            number = Decimal(text) if text.isascii() and "_" not in text else Decimal("NaN")
        except InvalidOperation:
            return None
        return Fraction(number) if number.is_finite() and abs(number.adjusted()) <= LARGEST_EXPONENT else None
    return None


def floor(value: Fraction) -> int:
    """The largest whole number not above *value*."""
    return value.numerator // value.denominator


def ceil(value: Fraction) -> int:
    """The smallest whole number not below *value*."""
    return -floor(-value)


def to_whole(value: Fraction, rounding: Rounding) -> int:
    """The whole number that stands for *value* under the declared rule; within one unit of it."""
    match rounding:
        case Rounding.CEIL:
            return ceil(value)
        case Rounding.FLOOR:
            return floor(value)
        case Rounding.HALF_UP:
            return floor(value + Fraction(1, 2))


def to_hundredths(value: Fraction) -> Fraction:
    """The amount with two decimals that stands for *value*, halves upwards: all that Waldur stores of usage."""
    return Fraction(floor(value * 100 + Fraction(1, 2)), 100)


def show(value: Fraction) -> str:
    """An amount for people: ``500``, ``0.29``, and ``1/3`` where no short decimal is exact."""
    if value.denominator == 1:
        return str(value.numerator)
    as_decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return format(as_decimal.normalize(), "f") if Fraction(as_decimal) == value else str(value)
