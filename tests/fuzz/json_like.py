"""JSON of all kinds: anything at all, and rows that are nearly what is expected."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
from hypothesis import strategies as st

from federation_adapters.waldur import wire
from federation_core.domain.months import Month

IDS = [UUID(int=number) for number in (1, 2, 3)]
"""Few, so that rows are about each other, and about what was asked for."""

WORDS = ["", "OK", "Active", "done", "executing", "pending-provider", "Create", "erred", "Terminated", "usage", "limit"]
HARD = [
    "\0", "\ud800", "💥", "a\nb", "9" * 5_000, "1e999999999", "NaN", "-0", "0001-01-01", "9999-12-31T23:59:59-23:59", "/",
    "../", "%", "?a=1", "http://[", "2026-02-29", "0" * 32,
]  # fmt: skip

texts = st.sampled_from(WORDS) | st.sampled_from(HARD) | st.text(max_size=20)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308, 0, -1])
leaves = st.none() | st.booleans() | numbers | texts
ids = st.sampled_from(IDS).flatmap(lambda one: st.sampled_from([one.hex, str(one)]))


def nested(inner):
    return st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)


anything = st.recursive(leaves | ids, nested, max_leaves=12)
"""What `json.loads` can give: also numbers that are none, and halves of letters."""

objects = st.dictionaries(texts, anything, max_size=4)

CLASSES = [kind for _, kind in sorted(vars(wire).items()) if isinstance(kind, type) and attrs.has(kind)]

LEAVES: Mapping[Any, Any] = {
    UUID: ids,
    str: texts,
    bool: st.booleans(),
    Fraction: st.integers(0, 10**6) | st.decimals(0, 1000, places=2).map(str) | st.floats(0, 1000),
    datetime: st.datetimes().map(datetime.isoformat) | st.just("2026-11-02T10:00:00Z"),
    date: st.dates().map(date.isoformat) | st.just("2026-11-01"),
    wire.Personal: leaves | st.lists(texts, max_size=2),
    wire.Json: objects,
    wire.Amounts: st.dictionaries(texts, numbers, max_size=3),
    type(None): st.none(),
    Any: anything,
}


def fitting(kind):
    """JSON that is read as *kind*, or nearly."""
    if kind in LEAVES:
        return LEAVES[kind]
    if get_origin(kind) in {Union, UnionType}:
        return st.one_of(*map(fitting, get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(fitting(get_args(kind)[0]), max_size=3)
    return rows(kind)


@cache
def _fields(kind):
    hints = get_type_hints(kind)
    return {attribute.name: fitting(hints[attribute.name]) for attribute in attrs.fields(kind)}


@st.composite
def rows(draw, kind):
    """An object with the keys of *kind*; mostly all of them, and mostly of the right form."""
    fields = _fields(kind)
    odd = draw(st.sets(st.sampled_from(sorted(fields)), max_size=2)) if draw(st.integers(0, 3)) == 0 else set()
    row = {name: draw(anything if name in odd else value) for name, value in fields.items()}
    for name in draw(st.sets(st.sampled_from(sorted(odd)))) if odd else ():
        del row[name]
    return row


def encoded(value):
    """As it travels: half letters and numbers that are none too."""
    return json.dumps(value).encode()


def argument(hint):
    """A value that the core may hand to an adapter."""
    if isinstance(hint, NewType):
        return argument(hint.__supertype__)
    match hint:
        case _ if hint is UUID:
            return st.sampled_from(IDS)
        case _ if hint is datetime:
            return st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(datetime.astimezone)  # noqa: DTZ001
        case _ if hint is Fraction:
            return st.fractions(0, 10**9, max_denominator=10**6)
        case _ if hint in {Any, object}:
            return texts
        case _ if hint is str:
            return st.sampled_from(["ada", "ada@example.org"]) | texts
        case _ if hint is Month:
            return st.builds(Month, st.integers(2000, 2100), st.integers(1, 12))
        case _ if isinstance(hint, type) and attrs.has(hint):
            hints = get_type_hints(hint)
            return st.builds(hint, **{field.name: argument(hints[field.name]) for field in attrs.fields(hint)})
        case _:
            return _argument_of_many(hint)


def _argument_of_many(hint):
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return st.one_of(*map(argument, inner))
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(*map(argument, inner), max_size=2)
    if origin is not None:
        return st.lists(argument(inner[0]), max_size=2).map(tuple)
    return st.from_type(hint)
