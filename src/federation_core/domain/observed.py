"""How well something was seen. A decision must say what it does with each of the three.

*Unknown is not absent*: only a `Complete` observation lets a decision conclude that something is not there.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@attrs.frozen
class Complete(Generic[T_co]):
    """All there is, proven: as many distinct rows as the server counted, each understood."""

    value: T_co


@attrs.frozen
class Incomplete(Generic[T_co]):
    """What could be read, known or suspected not to be all; it may confirm a presence, never an absence."""

    value: T_co
    reason: str


@attrs.frozen
class Unreadable:
    """Nothing could be read."""

    reason: str


Observed = Complete[T_co] | Incomplete[T_co] | Unreadable


def together(parts: Iterable[Observed[tuple[T, ...]]]) -> Complete[tuple[T, ...]] | Incomplete[tuple[T, ...]]:
    """Several readings as one: complete where each is."""
    parts = tuple(parts)
    found = tuple(row for part in parts for row in rows(part))
    reasons = [part.reason for part in parts if isinstance(part, Incomplete | Unreadable)]
    return Incomplete(found, "; ".join(dict.fromkeys(reasons))) if reasons else Complete(found)


def rows(seen: Observed[tuple[T, ...]]) -> tuple[T, ...]:
    """What was read, complete or not; it may confirm a presence, never an absence."""
    match seen:
        case Complete(value) | Incomplete(value):
            return value
        case Unreadable():
            return ()
