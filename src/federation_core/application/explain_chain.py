"""Chains: link by link, how something of A comes to be on B, and at which link that ends.

| the links | the chain |
| --- | --- |
| each holds | stands |
| one could not be told | cannot be told, whatever the others say |
| one does not hold | is broken there |
"""

import enum
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.plan.sync import Hold, Write

NEXT_RUN = "the next run writes it"
LOOK_AGAIN = "it settles by itself; look again later"
READ_FIRST = "mend what could not be read, then ask again"
_REMEDIES: Mapping[Disposition | None, str] = MappingProxyType(
    {
        None: "nothing is written for it; where that is not as it should be, mend it by hand",
        Disposition.STOP: "correct the settings",
        Disposition.AGAIN_AFTER: LOOK_AGAIN,
        Disposition.PARKED: "a person has to mend it; the next run then goes on",
        Disposition.BROKEN: "this release does not understand it; report it",
    }
)


class Mark(enum.Enum):
    """Whether something holds."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@attrs.frozen
class Link:
    """One link of a chain.

    Attributes:
        name: what it is, such as ``project on B``.
        seen: what was seen, or why it does not hold.
        remedy: what brings it about; empty where it holds.
    """

    mark: Mark
    name: str
    seen: str
    remedy: str = ""


@attrs.frozen
class Chain:
    """How one order, resource or person of A comes to be on B.

    Attributes:
        kind: ``order``, ``resource`` or ``user``.
        about: what tells it from other chains of the same answer: a UUID, or the project that a person works in.
    """

    kind: str
    about: str
    links: tuple[Link, ...]

    @property
    def first_broken(self) -> Link | None:
        """The first link that does not hold, or could not be told; None where all hold."""
        return next((link for link in self.links if link.mark is not Mark.YES), None)

    @property
    def mark(self) -> Mark:
        """Whether the chain stands."""
        marks = {link.mark for link in self.links}
        return next((mark for mark in (Mark.UNKNOWN, Mark.NO) if mark in marks), Mark.YES)

    def as_json(self) -> dict[str, Any]:
        """The chain as JSON values; ``broken_at`` is the first link that does not hold, or null."""
        broken = self.first_broken
        return {
            "kind": self.kind,
            "about": self.about,
            "stands": self.mark.value,
            "links": [_plain(link) for link in self.links],
            "broken_at": None if broken is None else _plain(broken),
        }


def remedy_of(why: Disposition | None) -> str:
    """What something that is held asks for."""
    return _REMEDIES[why]


def release(digest: str) -> str:
    """What releases a removal that the guard holds back."""
    return f"release it with run --once --approve-removals {digest}"


def of_write(name: str, write: Write) -> Link:
    """A write that is planned: what it mends does not hold yet."""
    return Link(Mark.NO, name, f"{type(write.action).__name__}: {_both_sides(write)}", NEXT_RUN)


def of_hold(name: str, hold: Hold) -> Link:
    """Something that differs and is not written."""
    return Link(Mark.NO, name, _both_sides(hold), remedy_of(hold.why))


def unread(problems: Iterable[str]) -> Iterator[Link]:
    """What could not be read, each once."""
    for problem in dict.fromkeys(problems):
        yield Link(Mark.UNKNOWN, "reading", problem, READ_FIRST)


def unasked(key: str) -> Iterator[Link]:
    """That nobody works on it, where the offering does not name us under *key*; nothing where *key* is empty."""
    if key:
        yield Link(Mark.NO, "mode", f"the offering does not ask us: {key} is not waldur", f"set {key}: waldur")


def _both_sides(found: Write | Hold) -> str:
    shown = f" (A: {found.on_a or 'nothing'}; B: {found.on_b or 'nothing'})" if found.on_a or found.on_b else ""
    return f"{found.reason}{shown}"


def _plain(link: Link) -> dict[str, str]:
    return {"mark": link.mark.value, "link": link.name, "seen": link.seen, "remedy": link.remedy}
