"""Where hints come from and go to."""

from typing import Protocol

import attrs

from federation_core.domain.hints import Hint
from federation_core.domain.ids import Side


@attrs.frozen
class Mailbox:
    """A queue on a peer's message broker, and what opens it.

    Attributes:
        vhost: the broker's virtual host.
        passcode: the API token that the queue was registered with.
        object_type: what all of its messages are about, where they do not say it themselves (servers of the old kind).
    """

    vhost: str
    login: str
    queue: str
    passcode: str = attrs.field(repr=False)
    object_type: str = ""


class Registrar(Protocol):
    """Has a peer put its messages into queues of ours."""

    def register(self) -> tuple[Mailbox, ...]:
        """Make the queues, or find and revive them; may be repeated.

        Raises:
            PlaneError: the peer refuses or cannot be reached; Conflict where the queue is somebody else's.
        """

    def forget(self) -> None:
        """Have the peer delete what `register` made, so that the next call makes it anew.

        Raises:
            PlaneError: the peer refuses or cannot be reached.
        """


class HintSink(Protocol):
    """Takes hints over; returns in microseconds and never raises, because whoever calls keeps a connection alive."""

    def take(self, hint: Hint) -> bool:
        """Take *hint* over; False where nothing is taken any more, so that the message stays where it was."""

    def catch_up(self, side: Side) -> None:
        """Look through everything once: hints from *side* may have been missed, and from now on are not."""
