"""The rows of an answer that is one JSON object with one list: all of them, or an error; a part is never taken for the whole.

Services without a public schema answer so; whether an answer has changed its form can be told by the list alone.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from federation_adapters.http.answers import Answer
from federation_core.domain.errors import UnexpectedShape
from federation_core.domain.ids import Side
from federation_core.domain.words import printable

NEXT = "next"
"""The field whose text is the address of the next page."""

MORE = ("nextPage", "next_page", "nextPageToken", "hasMore", "has_more", "truncated", "isTruncated")
"""Other words by which interfaces say that there is more; where none says where, any of them that is not empty ends the reading."""

PARTIAL_CONTENT = 206
MOST_SHOWN = 60


def rows_of(answer: Answer, key: str, side: Side, operation: str) -> Sequence[Mapping[str, Any]]:
    """The objects in the list *key* of an answer that has to be whole.

    Raises:
        UnexpectedShape: the answer has no such list, or is a part of a longer one.
    """
    body = object_of(answer.body, side, operation)
    rows = list_in(body, key, side, operation, answer.status)
    refuse_part(
        "a link to a next page" if answer.has_next else sign_of_more(answer, body), side, operation, answer.status
    )
    return rows


def list_in(body: Mapping[str, Any], key: str, side: Side, operation: str, status: int) -> Sequence[Mapping[str, Any]]:
    """The objects in the list *key* of an answer's body.

    Raises:
        UnexpectedShape: it has no such list.
    """
    rows = body.get(key)
    if not isinstance(rows, list):
        there = ", ".join(sorted(map(printable, body))[:5])[:MOST_SHOWN] or "no fields"
        raise UnexpectedShape(side, operation, f"no list {key!r} in the answer, which has {there}", status)
    if not all(isinstance(row, dict) for row in rows):
        raise UnexpectedShape(side, operation, f"the list {key!r} has something else than objects", status)
    return rows


def sign_of_more(answer: Answer, body: Mapping[str, Any]) -> str:
    """What in an answer says that it is a part; empty where nothing does. Its links are looked at by whoever follows them."""
    if answer.status == PARTIAL_CONTENT:
        return f"status {PARTIAL_CONTENT}"
    return next((name for name in (NEXT, *MORE) if body.get(name)), "")


def refuse_part(sign: str, side: Side, operation: str, status: int) -> None:
    """Refuse an answer that is a part by what *sign* names; an empty one is none.

    Raises:
        UnexpectedShape: it is.
    """
    if sign:
        raise UnexpectedShape(side, operation, f"a part of a longer answer, by its {sign}", status)


def object_of(body: bytes, side: Side, operation: str) -> Mapping[str, Any]:
    """The JSON object that a body is; numbers with a fraction are `Decimal`.

    Raises:
        UnexpectedShape: it is none.
    """
    try:
        found = json.loads(body, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError):
        raise UnexpectedShape(side, operation, "an answer that is not JSON") from None
    if not isinstance(found, dict):
        raise UnexpectedShape(side, operation, "an answer that is no JSON object")
    return found
