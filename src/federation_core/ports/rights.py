"""Who our token is on a peer."""

from datetime import datetime
from typing import Protocol

from federation_core.domain.standing import Standing


class Rights(Protocol):
    """The token's own view of itself."""

    def read(self) -> Standing:
        """Its user, roles and expiry as they are now."""


class PeerClock(Protocol):
    """A peer's clock, as its answers show it."""

    def now(self) -> datetime:
        """The time there: never later than it really is, at most a second earlier than its last answer said plus what passed."""
