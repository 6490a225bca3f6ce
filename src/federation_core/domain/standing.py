"""Who a token is and what it may, as far as absence depends on it.

Waldur answers a token that lost its role with shorter lists, not with errors. So "it is not listed" means "it is not there" only
while the token demonstrably holds the role that lets it see.
"""

from datetime import datetime

import attrs

from federation_core.domain.ids import BCustomerId, UserId
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable


@attrs.frozen(order=True)
class HeldRole:
    """One role the token holds on one scope; *scope* is the scope's UUID in hex."""

    name: str
    scope_type: str
    scope: str


@attrs.frozen
class Standing:
    """What ``users/me`` says of the token.

    Attributes:
        managed_sources: as whom the token may vouch for people; None where the server does not tell.
    """

    user: UserId
    is_staff: bool = False
    roles: frozenset[HeldRole] = frozenset()
    token_expires_at: datetime | None = None
    managed_sources: frozenset[str] | None = None


def blind_to(seen: Observed[Standing], customer: BCustomerId) -> str:
    """Why the token is not proven to see everything of *customer*; empty where it is staff's, or holds a role on the customer."""
    match seen:
        case Complete(standing):
            roles = ((role.scope_type, role.scope) for role in standing.roles)
            return "" if standing.is_staff or ("customer", customer.hex) in roles else _roleless(customer)
        case Incomplete(_, reason) | Unreadable(reason):
            return reason


def _roleless(customer: BCustomerId) -> str:
    return (
        f"the token on B holds no role on customer {customer}, so what its lists do not show may be there all the same; "
        "check target_customer_uuid, or have the role given back"
    )
