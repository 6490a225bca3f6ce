"""What a warehouse shows of one month, added up; what it does not show is never a zero.

| rows of a meter | figures |
| --- | --- |
| none | none: absent |
| one, or several of an account | their sum |
| several of a path | none: failed, as a path has one level at a time |
| one that cannot be understood among them | none: failed, as the sum would be a part |
| a field that one of them lacks | the sum of the others is a part, so that component is left out |
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import attrs

from federation_core.domain.metering.meters import Meter
from federation_core.domain.units import BComponent
from federation_core.domain.usage.compare import summed

Amounts = Mapping[BComponent, Fraction]
TOLERANCE = Fraction(1, 100)
TOLERATED_SHARE = Fraction(1, 1000)


@attrs.frozen
class Row:
    """One row of an answer.

    Attributes:
        amounts: what could be read of it.
        people: user name -> that person's part, as often as it is listed.
        flaw: why it cannot be counted on; empty where it can.
    """

    amounts: Amounts = attrs.field(factory=dict)
    people: tuple[tuple[str, Amounts], ...] = ()
    flaw: str = ""


@attrs.frozen
class Figures:
    """What one meter shows of one month, in the warehouse's units.

    Attributes:
        shares: user name -> that person's part.
    """

    totals: Amounts
    shares: Mapping[str, Amounts] = attrs.field(factory=dict, repr=False)


@attrs.frozen
class MonthRead:
    """What was read of one month.

    Attributes:
        figures: of the meters that are shown.
        failed: meter -> why nothing is known of it; a meter in neither is not shown at all.
        remarks: what was odd, for people.
    """

    figures: Mapping[Meter, Figures] = attrs.field(factory=dict)
    failed: Mapping[Meter, str] = attrs.field(factory=dict)
    remarks: tuple[str, ...] = ()

    @classmethod
    def together(cls, parts: Iterable["MonthRead"]) -> "MonthRead":
        """Several readings of one month, of different meters."""
        figures: dict[Meter, Figures] = {}
        failed: dict[Meter, str] = {}
        remarks: dict[str, None] = {}
        for part in parts:
            figures.update(part.figures)
            failed.update(part.failed)
            remarks.update(dict.fromkeys(part.remarks))
        return cls(figures, failed, tuple(remarks))


def read_together(rows: Mapping[Meter, Sequence[Row]], *, single: bool = False) -> MonthRead:
    """Add up the rows of each meter.

    Args:
        rows: meter -> its rows, at least one each.
        single: whether a meter may have no more than one.
    """
    figures: dict[Meter, Figures] = {}
    failed: dict[Meter, str] = {}
    for meter, found in rows.items():
        flaw = _flaw(found, single=single)
        if flaw:
            failed[meter] = flaw
        else:
            figures[meter] = _added_up(found)
    remarks = tuple(text for meter, found in figures.items() for text in _remarks(meter, found))
    return MonthRead(figures, failed, remarks)


def with_zeros(read: MonthRead, asked: Iterable[Meter], components: Iterable[BComponent]) -> MonthRead:
    """The same, where a meter that is not shown has zeros; only if others are, which proves that the question was understood."""
    if not read.figures:
        return read
    zeros = Figures(dict.fromkeys(components, Fraction(0)))
    absent = [meter for meter in asked if meter not in read.figures and meter not in read.failed]
    return attrs.evolve(read, figures={**dict.fromkeys(absent, zeros), **read.figures})


def _flaw(rows: Sequence[Row], *, single: bool) -> str:
    if single and len(rows) > 1:
        return f"it is listed {len(rows)} times"
    return next((row.flaw for row in rows if row.flaw), "")


def _added_up(rows: Sequence[Row]) -> Figures:
    people: dict[str, list[Amounts]] = {}
    for row in rows:
        for name, amounts in row.people:
            people.setdefault(name, []).append(amounts)
    return Figures(_sum([row.amounts for row in rows]), {name: _sum(parts) for name, parts in people.items()})


def _sum(parts: Sequence[Amounts]) -> Amounts:
    """The sum of the components that every part has."""
    everywhere = frozenset.intersection(*(frozenset(part) for part in parts))
    return summed((name, amount) for part in parts for name, amount in part.items() if name in everywhere)


def _remarks(meter: Meter, figures: Figures) -> Iterator[str]:
    """People may have used less than the total, as a warehouse knows usage of nobody; but not more."""
    people = summed(pair for amounts in figures.shares.values() for pair in amounts.items())
    for name, total in figures.totals.items():
        if people.get(name, total) > total + TOLERANCE + total * TOLERATED_SHARE:
            yield f"{meter}: what people used of {name} is more than its total"
