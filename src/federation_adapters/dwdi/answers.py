"""From the warehouse's JSON to rows; nothing that is missing, changed or senseless becomes a number.

| in an answer | becomes |
| --- | --- |
| no JSON object, or none with the list | an error: the schema has changed |
| a sign that it is a part of a longer one | an error: a sum of it would be too small |
| a row without an account or path, or of one that was not asked for | a remark |
| a row of another cluster than was asked for | a remark |
| a field that is missing or null | no figure of that component |
| a figure that is negative or no number | a flawed row: nothing is known of its account or path |
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from federation_adapters.dwdi.fields import Fields
from federation_adapters.http.client import Answer
from federation_core.domain.errors import UnexpectedShape
from federation_core.domain.ids import Side
from federation_core.domain.metering.figures import MonthRead, Row, read_together
from federation_core.domain.metering.meters import AccountMeter, Meter, PathMeter, as_path
from federation_core.domain.units import BComponent, exact
from federation_core.domain.words import counted, printable

MORE = ("next", "nextPage", "next_page", "nextPageToken", "hasMore", "has_more", "truncated", "isTruncated")
"""Words by which interfaces say that there is more; any of them, unless it is empty, ends the reading."""

MOST_SHOWN = 60
FieldsOf = Mapping[str, Fields]


@attrs.define
class _Reading:
    """The rows of one answer, and how often what was odd about them."""

    rows: dict[Meter, list[Row]] = attrs.field(factory=dict)
    odd: Counter[str] = attrs.field(factory=Counter)

    def add(self, meter: Meter, row: Row) -> None:
        self.rows.setdefault(meter, []).append(row)

    def done(self, *, single: bool) -> MonthRead:
        read = read_together(self.rows, single=single)
        remarks = tuple(f"{counted(count, 'row')} {what}" for what, count in sorted(self.odd.items()))
        return attrs.evolve(read, remarks=(*read.remarks, *remarks))


def accounts(answer: Answer, asked: Collection[AccountMeter], fields: FieldsOf, operation: str) -> MonthRead:
    """What an answer about accounts shows of those *asked* for, all of one cluster.

    Raises:
        UnexpectedShape: it has no list of accounts, or is a part.
    """
    reading, wanted = _Reading(), {meter.account: meter for meter in asked}
    for given in _listed(answer, "compute", operation):
        name, cluster = _text(given, "account"), _text(given, "cluster").lower()
        meter = wanted.get(name)
        if not name:
            reading.odd["without an account"] += 1
        elif meter is None:
            reading.odd["of accounts that were not asked for"] += 1
        elif meter.cluster and cluster and cluster != meter.cluster:
            reading.odd["of clusters that were not asked for"] += 1
        else:
            reading.add(meter, _account_row(given, fields, reading.odd))
    return reading.done(single=False)


def paths(answer: Answer, asked: Collection[PathMeter], fields: FieldsOf, operation: str) -> MonthRead:
    """What an answer about paths shows of those *asked* for.

    Raises:
        UnexpectedShape: it has no list of paths, or is a part.
    """
    reading, wanted = _Reading(), {meter.path: meter for meter in asked}
    for given in _listed(answer, "storage", operation):
        path = _text(given, "path")
        meter = wanted.get(as_path(path)) if path else None
        if not path:
            reading.odd["without a path"] += 1
        elif meter is None:
            reading.odd["of paths that were not asked for"] += 1
        else:
            amounts, flaw = _amounts(given, {name: of.total for name, of in fields.items()})
            reading.add(meter, Row(amounts, flaw=flaw))
    return reading.done(single=True)


def require_list(answer: Answer, key: str, operation: str) -> None:
    """Make sure that an answer has its list.

    Raises:
        UnexpectedShape: it has none, or is a part.
    """
    _listed(answer, key, operation)


def _account_row(given: Mapping[str, Any], fields: FieldsOf, odd: Counter[str]) -> Row:
    amounts, flaw = _amounts(given, {name: of.total for name, of in fields.items()})
    people = given.get("users")
    if people is None:
        odd["without a list of users"] += 1
        people = []
    if not isinstance(people, list):
        return Row(amounts, flaw="its users are no list")
    parts = []
    for person in people:
        name = _text(person, "username") if isinstance(person, dict) else ""
        if not name:
            odd["of users without a name"] += 1
            continue
        part, wrong = _amounts(person, {component: of.person for component, of in fields.items() if of.person})
        flaw = flaw or wrong
        parts.append((name, part))
    return Row(amounts, tuple(parts), flaw)


def _amounts(given: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[Mapping[BComponent, Fraction], str]:
    """The figures that are there, and what is wrong with one of them."""
    found: dict[BComponent, Fraction] = {}
    for component, field in fields.items():
        value = given.get(field)
        if value is None:
            continue
        amount = exact(value) if isinstance(value, int | Decimal) else None
        if amount is None or amount < 0:
            return found, f"its {field} is no number from zero up"
        found[BComponent(component)] = amount
    return found, ""


def _listed(answer: Answer, key: str, operation: str) -> Iterator[Mapping[str, Any]]:
    """The rows of an answer, each an object; read before the first is given out."""
    body = _parsed(answer.body, operation)
    rows = body.get(key)
    if not isinstance(rows, list):
        there = ", ".join(sorted(map(printable, body))[:5])[:MOST_SHOWN] or "no fields"
        raise UnexpectedShape(Side.B, operation, f"no list {key!r} in the answer, which has {there}", answer.status)
    more = "a link to a next page" if answer.has_next else next((name for name in MORE if body.get(name)), "")
    if more:
        raise UnexpectedShape(Side.B, operation, f"a part of a longer answer, by its {more}", answer.status)
    if not all(isinstance(row, dict) for row in rows):
        raise UnexpectedShape(Side.B, operation, f"the list {key!r} has something else than objects", answer.status)
    return iter(rows)


def _parsed(body: bytes, operation: str) -> Mapping[str, Any]:
    try:
        found = json.loads(body, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError):
        raise UnexpectedShape(Side.B, operation, "an answer that is not JSON") from None
    if not isinstance(found, dict):
        raise UnexpectedShape(Side.B, operation, "an answer that is no JSON object")
    return found


def _text(given: Mapping[str, Any], field: str) -> str:
    value = given.get(field)
    return value.strip() if isinstance(value, str) else ""
