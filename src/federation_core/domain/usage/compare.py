"""Absolute figures that A has against those B shows."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Generic, TypeVar

import attrs

from federation_core.domain.usage.scene import Corrections

K = TypeVar("K")


@attrs.frozen
class Compared(Generic[K]):
    """What came of a comparison.

    Attributes:
        told: figures to be written.
        lowered: keys whose figure on B is lower, and which the corrections policy does not write.
        vanished: keys with a figure on A and none on B.
    """

    told: Mapping[K, Fraction]
    lowered: tuple[K, ...]
    vanished: tuple[K, ...]


def compare(have: Mapping[K, Fraction], wanted: Mapping[K, Fraction], corrections: Corrections) -> Compared[K]:
    """Compare figure by figure; an equal one is not written again, and a zero is only written where a zero was read.

    Args:
        have: what A has.
        wanted: what B shows, in A's units and as A would store it.
        corrections: what happens to a figure that is lower on B.
    """
    differing = {key: value for key, value in wanted.items() if have.get(key) != value}
    lower = [key for key, value in differing.items() if key in have and value < have[key]]
    lowered = () if corrections is Corrections.ACCEPT else tuple(lower)
    told = {key: value for key, value in differing.items() if key not in lowered}
    return Compared(told, lowered, tuple(key for key, value in have.items() if value and key not in wanted))


def summed(pairs: Iterable[tuple[K, Fraction]]) -> dict[K, Fraction]:
    """The sum of the figures of each key; a month with a plan switch has several rows of one."""
    result: dict[K, Fraction] = {}
    for key, amount in pairs:
        result[key] = result.get(key, Fraction(0)) + amount
    return result
