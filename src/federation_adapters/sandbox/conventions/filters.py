"""Query parameters that narrow a list.

A filter is made once and read at import; *reading* turns the texts of the query into a test of one row, or refuses
them. Parameters that no filter claims are ignored without a word, as the server does.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar

from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.scalars import parse_date, parse_moment, parse_uuid, uuids_in_url
from federation_adapters.sandbox.entities import Row
from federation_adapters.sandbox.exceptions import ApiError

RowT = TypeVar("RowT", bound=Row)
Test = Callable[[RowT], bool]
Filter = Callable[[Call, list[str]], Test[RowT]]
Filters = Mapping[str, Filter[RowT]]


class BadValueError(ValueError):
    """A query text that its filter cannot read; the message is the server's."""


def narrow(call: Call, rows: Iterable[RowT], filters: Filters[RowT]) -> list[RowT]:
    """Return the rows that pass every filter named in the query.

    Raises:
        ApiError: 400 with one entry per unreadable parameter.
    """
    tests: list[Test[RowT]] = []
    problems: dict[str, list[str]] = {}
    for name, texts in call.request.args.lists():
        made = filters.get(name)
        given = [text for text in texts if text]
        if made is None or not given:
            continue
        try:
            tests.append(made(call, given))
        except BadValueError as problem:
            problems[name] = [str(problem)]
    if problems:
        raise ApiError(400, problems)
    return [row for row in rows if all(test(row) for test in tests)]


def read_uuid(text: str) -> str:
    """Return the hexadecimal digits of a UUID or refuse."""
    parsed = parse_uuid(text)
    if parsed is None:
        raise BadValueError("Enter a valid UUID.")
    return parsed


def one_uuid(of: Callable[[RowT], str | None]) -> Filter[RowT]:
    """Make a filter: the UUID equals the (last) one given."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = read_uuid(texts[-1])
        return lambda row: of(row) == wanted

    return read


def any_uuid(of: Callable[[RowT], str | None]) -> Filter[RowT]:
    """Make a filter: the UUID is among those given, as repeated keys or with commas."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = {read_uuid(part) for text in texts for part in text.split(",") if part}
        return lambda row: of(row) in wanted

    return read


def any_text(of: Callable[[RowT], str]) -> Filter[RowT]:
    """Make a filter: the text is among those given, as repeated keys or with commas."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = {part for text in texts for part in text.split(",")}
        return lambda row: of(row) in wanted

    return read


def choice(of: Callable[[RowT], str], options: Iterable[str]) -> Filter[RowT]:
    """Make a filter: the word is among those given; words outside *options* are refused."""
    known = frozenset(options)

    def read(call: Call, texts: list[str]) -> Test[RowT]:
        absent = frozenset() if call.profile.start_dates else frozenset({"pending-start-date"})
        for text in texts:
            if text not in known - absent:
                raise BadValueError(f"Select a valid choice. {text} is not one of the available choices.")
        wanted = frozenset(texts)
        return lambda row: of(row) in wanted

    return read


def exact(of: Callable[[RowT], str]) -> Filter[RowT]:
    """Make a filter: the text equals the (last) one given, case and all."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = texts[-1]
        return lambda row: of(row) == wanted

    return read


def contains(*of: Callable[[RowT], str]) -> Filter[RowT]:
    """Make a filter: one of the texts contains what is given, ignoring case."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = texts[-1].lower()
        return lambda row: any(wanted in part(row).lower() for part in of)

    return read


def exact_ignoring_case(of: Callable[[RowT], str]) -> Filter[RowT]:
    """Make a filter: the text equals the (last) one given, but for case."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = texts[-1].lower()
        return lambda row: of(row).lower() == wanted

    return read


def number(of: Callable[[RowT], int]) -> Filter[RowT]:
    """Make a filter: the number equals the one given."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        try:
            wanted = float(texts[-1])
        except ValueError as problem:
            raise BadValueError("Enter a number.") from problem
        return lambda row: of(row) == wanted

    return read


def day(of: Callable[[RowT], date]) -> Filter[RowT]:
    """Make a filter: the day is the one given."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = read_day(texts[-1])
        return lambda row: of(row) == wanted

    return read


def from_day(of: Callable[[RowT], date]) -> Filter[RowT]:
    """Make a filter: on or after the day given."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        first = read_day(texts[-1])
        return lambda row: of(row) >= first

    return read


def to_day(of: Callable[[RowT], date]) -> Filter[RowT]:
    """Make a filter: on or before the day given."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        last = read_day(texts[-1])
        return lambda row: of(row) <= last

    return read


def read_day(text: str) -> date:
    """Return a date or refuse."""
    parsed = parse_date(text)
    if parsed is None:
        raise BadValueError("Enter a valid date.")
    return parsed


def boolean(of: Callable[[RowT], bool]) -> Filter[RowT]:
    """Make a filter: the flag equals the one given; unreadable flags are ignored."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        wanted = {"true": True, "false": False, "1": True, "0": False}.get(texts[-1].lower())
        return lambda row: wanted is None or of(row) is wanted

    return read


def since(of: Callable[[RowT], datetime]) -> Filter[RowT]:
    """Make a filter: at or after the moment given (in the old profile: on or after its day)."""

    def read(call: Call, texts: list[str]) -> Test[RowT]:
        start = _moment(texts[-1])
        if call.profile.precise_times:
            return lambda row: of(row) >= start
        return lambda row: of(row).date() >= start.date()

    return read


def until(of: Callable[[RowT], datetime]) -> Filter[RowT]:
    """Make a filter: at or before the moment given (unknown, thus ignored, in the old profile)."""

    def read(call: Call, texts: list[str]) -> Test[RowT]:
        if not call.profile.precise_times:
            return lambda _: True
        end = _moment(texts[-1])
        return lambda row: of(row) <= end

    return read


def by_url(of: Callable[[RowT], str | None], *views: str) -> Filter[RowT]:
    """Make a filter: the object's address is the one given."""

    def read(_: Call, texts: list[str]) -> Test[RowT]:
        parts = uuids_in_url(texts[-1], *views)
        wanted = parts[-1] if parts else None
        return lambda row: wanted is not None and of(row) == wanted

    return read


def containment(of: Callable[[RowT], Mapping[str, object]]) -> Filter[RowT]:
    """Make a filter: every key of the JSON object given has that value (for a list: one of its values)."""

    def read(call: Call, texts: list[str]) -> Test[RowT]:
        if not call.profile.attribute_filter:
            return lambda _: True
        try:
            wanted = json.loads(texts[-1])
        except ValueError as problem:
            raise BadValueError("Value must be valid JSON.") from problem
        if not isinstance(wanted, dict):
            raise BadValueError("Value must be a JSON object.")
        return lambda row: all(_holds(of(row), key, value) for key, value in wanted.items())

    return read


def _holds(attributes: Mapping[str, object], key: str, value: object) -> bool:
    if key not in attributes:
        return False
    if isinstance(value, list):
        return any(_same(attributes[key], one) for one in value)
    return _same(attributes[key], value)


def _same(left: object, right: object) -> bool:
    """Compare as JSON does: `true` is not `1`."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _moment(text: str) -> datetime:
    moment = parse_moment(text)
    if moment is None:
        raise BadValueError("Enter a valid date/time.")
    return moment
