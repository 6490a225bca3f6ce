"""The operator's settings that decisions about membership depend on."""

import enum
from collections.abc import Mapping

import attrs

from federation_core.domain.ids import BCustomerId, BOfferingId, BUserId


class MembershipPolicy(enum.Enum):
    """Which roles on B that A does not ask for are taken away: those our accounts gave, all of them, or none."""

    OWNED = "owned"
    EXACT = "exact"
    ADD_ONLY = "add-only"


@attrs.frozen
class MemberRules:
    """How membership is decided.

    Attributes:
        customer: our customer on B.
        offering: the offering on B that delivers.
        role_mapping: role on A -> role on B; a role without an entry keeps its name.
        owners: further accounts on B whose grants count as ours, such as earlier service accounts.
        consented_only: whether only people who agreed to be shown to providers are carried over.
        carries_roles: whether roles are carried over; otherwise B is told of people, and nothing else is done.
    """

    customer: BCustomerId
    offering: BOfferingId
    policy: MembershipPolicy = MembershipPolicy.OWNED
    role_mapping: Mapping[str, str] = attrs.field(factory=dict)
    owners: frozenset[BUserId] = frozenset()
    consented_only: bool = False
    carries_roles: bool = True

    def role_on_b(self, role: str) -> str:
        """What *role* of A is called on B; never another one than A gave or the operator wrote."""
        return self.role_mapping.get(role, role)
