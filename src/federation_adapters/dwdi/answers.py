"""From the warehouse's JSON to rows; nothing that is missing, changed or senseless becomes a number.

| in an answer | becomes |
| --- | --- |
| no JSON object, or none with the list | an error: the schema has changed |
| a link to a next page | a page of a longer answer, see `federation_adapters.dwdi.pages` |
| any other sign that it is a part of a longer one | an error: a sum of it would be too small |
| a row without an account or path, or of one that was not asked for | a remark |
| a row of another cluster than was asked for | a remark |
| a field that is missing or null | no figure of that component, and a remark |
| a figure that is negative or no number | a flawed row: nothing is known of its account or path |
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from federation_adapters.dwdi.fields import Fields
from federation_adapters.http.answers import Answer
from federation_adapters.http.rows import NEXT, list_in, object_of, refuse_part, sign_of_more
from federation_core.domain.ids import Side
from federation_core.domain.metering.figures import MonthRead, Row, read_together
from federation_core.domain.metering.meters import AccountMeter, Meter, PathMeter, as_path
from federation_core.domain.units import BComponent, exact
from federation_core.domain.words import counted

COUNTS = ("count", "totalCount", "total_count", "totalElements")
COUNT_HEADERS = ("x-total-count", "x-result-count")
"""Where interfaces tell how many rows there are on all pages."""

FieldsOf = Mapping[str, Fields]
GivenRow = Mapping[str, Any]
Pages = Iterable[Iterable[GivenRow]]


@attrs.frozen
class Page:
    """One page of an answer; the only one, where nothing follows.

    Attributes:
        rows: each an object.
        links: where the next page is, each as the answer says it; none on the last.
        counted: how many rows all pages have, where the answer tells.
        size: bytes of its text.
    """

    rows: tuple[GivenRow, ...]
    links: tuple[str, ...] = ()
    counted: int | None = None
    size: int = attrs.field(default=0, eq=False)


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


def page(answer: Answer, key: str, operation: str) -> Page:
    """The rows of one page, and what is said of further ones.

    Raises:
        UnexpectedShape: it has no list of rows, or is a part and does not say where the rest is.
    """
    body = object_of(answer.body, Side.B, operation)
    rows = list_in(body, key, Side.B, operation, answer.status)
    links = _links(answer, body)
    refuse_part("" if links else sign_of_more(answer, body), Side.B, operation, answer.status)
    return Page(tuple(rows), links, _counted(answer, body), len(answer.body))


def accounts(pages: Pages, asked: Collection[AccountMeter], fields: FieldsOf) -> MonthRead:
    """What rows show of the accounts *asked* for, all of one cluster.

    Rows of one account on one page are parts of its total; on two pages they are so if each names a cluster of its own, and else
    may as well repeat the total, so that nothing is known of that account.
    """
    reading, wanted = _Reading(), {meter.account: meter for meter in asked}
    shown: dict[tuple[str, str], int] = {}
    for number, given in _numbered(pages):
        name, cluster = _text(given, "account"), _text(given, "cluster").lower()
        meter = wanted.get(name)
        if not name:
            reading.odd["without an account"] += 1
        elif meter is None:
            reading.odd["of accounts that were not asked for"] += 1
        elif meter.cluster and cluster and cluster != meter.cluster:
            reading.odd["of clusters that were not asked for"] += 1
        elif shown.setdefault((name, cluster), number) != number:
            reading.add(meter, Row(flaw="it is listed on several pages, whose rows cannot be told apart"))
        else:
            reading.add(meter, _account_row(given, fields, reading.odd))
    return reading.done(single=False)


def paths(pages: Pages, asked: Collection[PathMeter], fields: FieldsOf) -> MonthRead:
    """What rows show of the paths *asked* for."""
    reading, wanted = _Reading(), {meter.path: meter for meter in asked}
    for _, given in _numbered(pages):
        path = _text(given, "path")
        meter = wanted.get(as_path(path)) if path else None
        if not path:
            reading.odd["without a path"] += 1
        elif meter is None:
            reading.odd["of paths that were not asked for"] += 1
        else:
            amounts, flaw = _amounts(given, {name: of.total for name, of in fields.items()}, reading.odd)
            reading.add(meter, Row(amounts, flaw=flaw))
    return reading.done(single=True)


def _numbered(pages: Pages) -> Iterator[tuple[int, GivenRow]]:
    return ((number, given) for number, rows in enumerate(pages) for given in rows)


def _account_row(given: GivenRow, fields: FieldsOf, odd: Counter[str]) -> Row:
    amounts, flaw = _amounts(given, {name: of.total for name, of in fields.items()}, odd)
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
        part, wrong = _amounts(person, {component: of.person for component, of in fields.items() if of.person}, odd)
        flaw = flaw or wrong
        parts.append((name, part))
    return Row(amounts, tuple(parts), flaw)


def _amounts(
    given: GivenRow, fields: Mapping[str, str], odd: Counter[str]
) -> tuple[Mapping[BComponent, Fraction], str]:
    """The figures that are there, and what is wrong with one of them."""
    found: dict[BComponent, Fraction] = {}
    for component, field in fields.items():
        value = given.get(field)
        if value is None:
            odd[f"without {field}"] += 1
            continue
        amount = exact(value) if isinstance(value, int | Decimal) else None
        if amount is None or amount < 0:
            return found, f"its {field} is no number from zero up"
        found[BComponent(component)] = amount
    return found, ""


def _links(answer: Answer, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Where the next page is: by the header ``Link``, and by a field of the answer."""
    given = body.get(NEXT)
    found = (answer.next_link, given if isinstance(given, str) and given else None)
    return tuple(link for link in found if link is not None)


def _counted(answer: Answer, body: Mapping[str, Any]) -> int | None:
    """The largest number of rows that the answer tells of."""
    told = [body.get(name) for name in COUNTS]
    headers = (answer.headers.get(name, "").strip() for name in COUNT_HEADERS)
    told += [int(text) for text in headers if text.isascii() and text.isdecimal()]
    return max((count for count in told if isinstance(count, int) and not isinstance(count, bool)), default=None)


def _text(given: GivenRow, field: str) -> str:
    value = given.get(field)
    return value.strip() if isinstance(value, str) else ""
