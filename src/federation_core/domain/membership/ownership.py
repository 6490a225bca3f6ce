"""Whose doing a role on B is, and with that whether it may be taken away or shortened."""

import enum
from functools import cached_property

import attrs

from federation_core.domain.ids import BUserId
from federation_core.domain.membership.records import BMember, RoleHeld
from federation_core.domain.membership.rules import MemberRules, MembershipPolicy
from federation_core.domain.membership.scene import KnownMade, MemberScene
from federation_core.domain.observed import Complete, rows


class Owner(enum.Enum):
    """Whose doing a role is."""

    OURS = enum.auto()
    ANOTHER = enum.auto()
    UNKNOWN = enum.auto()


@attrs.frozen(slots=False)
class Owners:
    """Whose doing the roles in one scene are."""

    scene: MemberScene
    rules: MemberRules

    @cached_property
    def ours(self) -> frozenset[BUserId]:
        """The accounts whose grants count as ours."""
        return self.rules.owners if self.scene.me is None else self.rules.owners | {self.scene.me}

    def leaves_alone(self, member: BMember) -> bool:
        """Whether the account is no person's to be staffed: ours, or one of a service or a course."""
        machines = self.scene.left_alone
        return member.user in self.ours or member.user in machines.b_users or member.username in machines.names

    def of(self, user: BUserId, role: RoleHeld) -> Owner:
        """Whose doing *role* of *user* is, as far as it was read."""
        if (user, role) in self.scene.foreign:
            return Owner.ANOTHER
        seen = self.scene.makers.get(role.project)
        if not isinstance(seen, Complete):
            return Owner.UNKNOWN
        makers = {made.by for made in seen.value if (made.user, made.role) == (user, role.role)}
        if not makers:
            return Owner.UNKNOWN
        return Owner.OURS if makers <= self.ours else Owner.ANOTHER

    def may_take(self, user: BUserId, role: RoleHeld) -> Owner:
        """As `of`, where it matters: under the policy that takes everything, everything counts as ours."""
        return Owner.OURS if self.rules.policy is MembershipPolicy.EXACT else self.of(user, role)

    def known_foreign(self) -> frozenset[KnownMade]:
        """The roles that are known by now to be another account's, of those that are still there."""
        held = ((member.user, role) for member in rows(self.scene.members) for role in member.roles)
        return frozenset(one for one in held if self.of(*one) is Owner.ANOTHER)
