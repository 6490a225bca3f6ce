"""Hints: that something on one side may have changed, and where to look.

A hint is never the change itself: what it names is read before anything is decided, and what no hint told is found by polling.
"""

import enum
from uuid import UUID

import attrs

from federation_core.domain.ids import Side


class About(enum.Enum):
    """What a hint names."""

    ORDER = enum.auto()
    RESOURCE = enum.auto()
    PROJECT = enum.auto()
    """The people of a project."""
    ACCOUNT = enum.auto()
    """Somebody's account in the offering: an offering user."""
    OFFERING = enum.auto()
    """All of an offering."""


@attrs.frozen
class Hint:
    """Something to look at; equal to every other hint to look at the same.

    Attributes:
        id: its UUID on *side*.
        because: what was told of it, such as ``order done``; nothing personal.
        offering: the offering on *side* that it belongs to, where that was told.
    """

    side: Side
    about: About
    id: UUID
    because: str = attrs.field(default="", eq=False)
    offering: UUID | None = attrs.field(default=None, eq=False)


@attrs.frozen
class Ignored:
    """A message that asks for nothing, and why."""

    because: str


@attrs.frozen
class Malformed:
    """A message that cannot be understood, and why; without its content, which may be personal."""

    because: str


Heard = Hint | Ignored | Malformed
"""What a message means."""
