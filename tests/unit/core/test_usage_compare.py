"""What is told, lowered and vanished where two sides' figures are compared."""

from fractions import Fraction

import pytest

from federation_core.domain.usage.compare import compare
from federation_core.domain.usage.scene import Corrections


def compared(have, wanted, corrections=Corrections.ACCEPT):
    a, b = ({} if value is None else {"node": Fraction(value)} for value in (have, wanted))
    found = compare(a, b, corrections)
    return {name: int(value) for name, value in found.told.items()}, found.lowered, found.vanished


@pytest.mark.parametrize(
    ("have", "wanted", "told"),
    [
        (None, 2, {"node": 2}),
        (1, 2, {"node": 2}),
        (3, 2, {"node": 2}),
        (2, 2, {}),
        (None, 0, {"node": 0}),
        (0, 0, {}),
        (2, 0, {"node": 0}),
    ],
)
def test_what_differs_is_told_as_b_shows_it(have, wanted, told):
    assert compared(have, wanted) == (told, (), ())


@pytest.mark.parametrize("corrections", [Corrections.HOLD, Corrections.OMIT])
@pytest.mark.parametrize(("have", "wanted", "is_lower"), [(3, 2, True), (2, 0, True), (2, 3, False), (2, 2, False)])
def test_what_is_lower_is_told_only_where_corrections_are_accepted(have, wanted, is_lower, corrections):
    told, lowered, _ = compared(have, wanted, corrections)
    assert lowered == (("node",) if is_lower else ())
    assert bool(told) is (wanted > have)


@pytest.mark.parametrize(("have", "is_missed"), [(2, True), (0, False), (None, False)])
def test_only_a_figure_above_zero_is_missed(have, is_missed):
    assert compared(have, None) == ({}, (), ("node",) if is_missed else ())
