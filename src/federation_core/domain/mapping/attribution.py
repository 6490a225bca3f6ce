"""The named rules that credit usage metered on B to A's components.

For one A component with targets of factors f1..fn on which B metered y1..yn (a target without a row counts zero beside one
that has a row), and with "full use" meaning yi = limit × fi:

| rule | credited on A | law |
| --- | --- | --- |
| `sum` | Σ yi / fi | additive; n times the limit at full use |
| `max` | max yi / fi | the limit at full use; never above `sum` |
| `mean` | (Σ yi / fi) / n | additive; the limit at full use |
| `primary` | yp / fp of one named target | inverts the mapping of that target exactly |

For one B component that several A components feed, usage cannot be undone by arithmetic, so a mapping must name one of:

| rule | the B component's usage goes | law |
| --- | --- | --- |
| `split` | in equal parts of B's amount to each of them | B's total is conserved: Σ credited × factor = metered |
| `primary` | whole to the one that names it as its primary target | B's total is conserved, the others see nothing of it |
"""

import enum
from collections.abc import Sequence
from fractions import Fraction

import attrs


class Attribution(enum.Enum):
    """How one A component is credited with the usage of its targets."""

    SUM = "sum"
    MAX = "max"
    MEAN = "mean"
    PRIMARY = "primary"


class SharedUsage(enum.Enum):
    """Whose the usage of a B component is when several A components feed it."""

    SPLIT = "split"
    PRIMARY = "primary"


@attrs.frozen
class Credit:
    """What one target contributes: B's amount over the factor, and whether it is the primary target."""

    amount: Fraction
    is_primary: bool


def attribute(rule: Attribution, credits_: Sequence[Credit], targets: int) -> Fraction:
    """Credit one A component with what its targets contributed.

    Args:
        rule: the rule configured for the component.
        credits_: one entry per target that has usage; not empty.
        targets: how many targets the component has in all, at least ``len(credits_)``.

    Returns:
        The exact amount on A, by the table above.
    """
    match rule:
        case Attribution.SUM:
            return sum((credit.amount for credit in credits_), Fraction(0))
        case Attribution.MAX:
            return max(credit.amount for credit in credits_)
        case Attribution.MEAN:
            return sum((credit.amount for credit in credits_), Fraction(0)) / targets
        case Attribution.PRIMARY:
            return sum((credit.amount for credit in credits_ if credit.is_primary), Fraction(0))
