"""Who listens to which queue in this process.

Two subscribers of one queue get half of its messages each. Offerings that buy as the same customer have one queue between them, so
the first channel listens, and hands every hint to the others as well.
"""

import threading
from collections.abc import Sequence
from typing import Protocol

import attrs

from federation_core.ports.hints import HintSink


@attrs.frozen
class QueueKey:
    """What tells queues apart."""

    host: str
    vhost: str
    queue: str


class Member(Protocol):
    """A channel, as far as others have to know it."""

    sink: HintSink

    @property
    def is_live(self) -> bool:
        """Whether messages come in."""

    def wake(self) -> None:
        """Have its thread look up."""


class QueueOwners:
    """Queues, and the channels that want their messages: the first of each listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[QueueKey, list[Member]] = {}

    def claim(self, member: Member, keys: Sequence[QueueKey]) -> bool:
        """Join these queues and leave all others; whether *member* is the one that listens, to all of them."""
        with self._lock:
            heirs = self._withdraw(member, keys)
            for key in keys:
                members = self._queues.setdefault(key, [])
                if member not in members:
                    members.append(member)
            is_owner = all(self._queues[key][0] is member for key in keys)
        _wake(heirs)
        return is_owner

    def is_member(self, member: Member, keys: Sequence[QueueKey]) -> bool:
        """Whether *member* still has somebody else listen for it."""
        with self._lock:
            return any(self._queues.get(key, [member])[0] is not member for key in keys)

    def owner(self, member: Member) -> Member:
        """Who listens for *member*; itself where nobody else does."""
        with self._lock:
            return next((members[0] for members in self._queues.values() if member in members), member)

    def members(self, owner: Member) -> tuple[Member, ...]:
        """Everybody who wants the messages of the queues that *owner* listens to, itself first."""
        with self._lock:
            found = [one for members in self._queues.values() if members[0] is owner for one in members]
        return tuple(dict.fromkeys((owner, *found)))

    def leave(self, member: Member) -> None:
        """Leave all queues; whoever is first then is woken."""
        with self._lock:
            heirs = self._withdraw(member, ())
        _wake(heirs)

    def _withdraw(self, member: Member, kept: Sequence[QueueKey]) -> list[Member]:
        """Take *member* out of all other queues than *kept*; who is first then in its place."""
        heirs = []
        for key in [key for key, members in self._queues.items() if member in members and key not in kept]:
            left = [one for one in self._queues[key] if one is not member]
            if left and self._queues[key][0] is member:
                heirs.append(left[0])
            self._queues[key] = left
            if not left:
                del self._queues[key]
        return heirs


def _wake(heirs: Sequence[Member]) -> None:
    for heir in heirs:
        heir.wake()


OWNERS = QueueOwners()
"""The queues of this process."""
