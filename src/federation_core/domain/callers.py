"""Who asks us, where we serve: a name for logs, roles to judge by; and the two ways of not being let in."""

from collections.abc import Collection

import attrs

from federation_core.domain.errors import Disposition, FederationError

UNKNOWN_CALLER = "unknown_user"
"""What a caller is called whose token has no name."""

DEVELOPER = "dev_user"
"""What everybody is called where nobody has to say who they are."""


class CallerError(FederationError):
    """Whoever asks is not let in; not raised itself. The text is fit to be answered, and never shows the token."""

    disposition = Disposition.PARKED


class NotAuthenticated(CallerError):
    """Nothing proves who asks: no token, or one that is forged, expired or another issuer's."""


class NotPermitted(CallerError):
    """It is proven who asks, and that is not enough: the token is for somebody else's service, or lacks a role."""


@attrs.frozen
class Caller:
    """Who asks.

    Attributes:
        name: for logs; not for decisions.
        roles: all that the token shows.
    """

    name: str
    roles: frozenset[str] = frozenset()


def require_roles(caller: Caller, wanted: Collection[str]) -> None:
    """Make sure that *caller* has one role of *wanted* at least; an empty collection asks for none.

    Raises:
        NotPermitted: there is none.
    """
    if wanted and caller.roles.isdisjoint(wanted):
        raise NotPermitted(f"The token has none of the roles that may do this: {', '.join(sorted(wanted))}.")
