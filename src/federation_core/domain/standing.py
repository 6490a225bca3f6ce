"""Who a token is and what it may, as far as absence depends on it.

Waldur answers a token that lost its role with shorter lists, not with errors. So "it is not listed" means "it is not there" only
while the token demonstrably holds the role that lets it see.
"""

from datetime import datetime

import attrs

from federation_core.domain.ids import BCustomerId, UserId
from federation_core.domain.observed import Complete, Observed


@attrs.frozen(order=True)
class HeldRole:
    """One role the token holds on one scope; *scope* is the scope's UUID in hex."""

    name: str
    scope_type: str
    scope: str


@attrs.frozen
class Standing:
    """What ``users/me`` says of the token."""

    user: UserId
    is_staff: bool = False
    roles: frozenset[HeldRole] = frozenset()
    token_expires_at: datetime | None = None


def sees_customer(seen: Observed[Standing], customer: BCustomerId) -> bool:
    """Whether the token is proven to see everything of *customer*: it is staff's, or holds a role on the customer."""
    match seen:
        case Complete(standing):
            return standing.is_staff or any(
                role.scope_type == "customer" and role.scope == customer.hex for role in standing.roles
            )
        case _:
            return False
