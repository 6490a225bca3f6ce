"""Who the token is on a Waldur, and what time it is there."""

from datetime import datetime

from federation_adapters.waldur.peer import Peer
from federation_adapters.waldur.wire import MeRow
from federation_core.domain.ids import UserId, hexed
from federation_core.domain.standing import HeldRole, Standing


class WaldurRights:
    """The token's own view of itself."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def read(self) -> Standing:
        """Its user, roles and expiry as they are now."""
        row = self._peer.read("user.me", "users/me/", MeRow)
        roles = frozenset(
            HeldRole(permission.role_name, permission.scope_type or "", hexed(permission.scope_uuid))
            for permission in row.permissions
            if permission.scope_uuid is not None
        )
        sources = None if row.managed_isds is None else frozenset(row.managed_isds)
        return Standing(UserId(row.uuid), row.is_staff, roles, row.token_expires_at, sources)


class WaldurClock:
    """A Waldur's clock, as its answers show it."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def now(self) -> datetime:
        """The time there, never later than it really is."""
        return self._peer.http.now()
