"""How well something was seen. A decision must say what it does with each of the three.

*Unknown is not absent*: only a `Complete` observation lets a decision conclude that something is not there.
"""

from typing import Generic, TypeVar

import attrs

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
