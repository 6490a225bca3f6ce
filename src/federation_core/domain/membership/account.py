"""One account in one project of B: what its roles lack, and what becomes of those that A does not ask for.

| the account has a role that A does not ask for | decision |
| --- | --- |
| not all was read on both sides | held: unknown is not absent |
| the project is contested, or it may be the account of somebody of whom too little is known | spared |
| its person is still in the project on A, or A lists nobody for it, and others have a resource there | spared |
| policy `add-only` | nothing |
| policy `owned`, and another account gave it | spared, and counted |
| policy `owned`, and who gave it was not read | held |
| otherwise | revoked, if the removal guard lets it pass |

A role that lasts longer than on A is treated alike: shortening takes something away. One that ends too early is lengthened, whoever
gave it, because a second grant beside it could never be taken away again.
"""

from collections.abc import Iterator
from datetime import datetime

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.ids import AUserId, BUserId
from federation_core.domain.membership.claims import GONE, Claims, Roles
from federation_core.domain.membership.diff import differences
from federation_core.domain.membership.ownership import Owner, Owners
from federation_core.domain.membership.records import RoleHeld
from federation_core.domain.membership.rooms import Room
from federation_core.domain.membership.rules import MembershipPolicy
from federation_core.domain.plan.actions.membership import ChangeGrant, GrantRole, RevokeRole
from federation_core.domain.plan.sync import Hold, Write

MEMBER = "a member of the project on A"
NOT_ALL_READ = "not all was read, so nobody loses a role"
CONTESTED = "several resources of A claim one of the project's resources"
OTHERS = "others have a resource in the project, which may want the person"
SOMEBODY = "it may be the account of somebody who cannot be told apart"
DOUBLED = "B has it twice and can neither change nor take away one of the two; have one removed on B"
ANOTHER_GAVE_IT = "another account gave it"
MAKER_UNREAD = "who gave it was not read"


@attrs.frozen
class Removal:
    """A role that is to be taken away, if the guard lets it; doubtful where A lists nobody at all for the project."""

    write: Write
    action: RevokeRole
    is_doubtful: bool


@attrs.frozen
class Spared:
    """A role that A does not ask for and that stays because another account gave it."""

    user: BUserId
    role: RoleHeld


@attrs.frozen
class Unread:
    """A role about which it has to be read who gave it."""

    role: RoleHeld


Item = Write | Hold | Removal | Spared | Unread


@attrs.frozen
class Account:
    """What is known of one account in one project.

    Attributes:
        persons: those of A whose account it is.
        is_unclear: whether it may be the account of somebody who cannot be told apart.
    """

    room: Room
    claims: Claims
    owners: Owners
    user: BUserId
    persons: tuple[AUserId, ...]
    wanted: Roles
    present: tuple[RoleHeld, ...]
    is_unclear: bool

    @property
    def chain(self) -> str:
        """What its writes are about."""
        return f"{self.room.id} {self.user}"

    def decide(self) -> Iterator[Item]:
        """What becomes of its roles."""
        found = differences(self.wanted, self.present)
        for name, expires in found.lacking:
            yield self._write(GrantRole(self.room.id, self.persons[0], name, expires, self.user), MEMBER)
        for name, expires in found.short:
            reason = f"{name} lasts longer on A"
            yield self._write(ChangeGrant(self.room.id, self.user, name, expires), reason)
        for name in found.doubled:
            yield self._hold(f"{name}: {DOUBLED}", Disposition.PARKED)
        if self.owners.rules.policy is MembershipPolicy.ADD_ONLY:
            return
        for role, expires in found.long:
            yield from self._shorten(role, expires)
        for role in found.surplus:
            yield from self._take(role)

    def _shorten(self, role: RoleHeld, expires: datetime | None) -> Iterator[Item]:
        refusal = tuple(self._refuse(role, self._reason_to_spare()))
        if refusal:
            yield from refusal
        else:
            reason = f"{role.role} ends earlier on A"
            yield self._write(ChangeGrant(self.room.id, self.user, role.role, expires), reason)

    def _take(self, role: RoleHeld) -> Iterator[Item]:
        dropped = next((self.claims.dropped[p] for p in self.persons if p in self.claims.dropped), None)
        is_unsure = dropped is not None or not self.claims.listed
        others = OTHERS if self.room.has_others and is_unsure else ""
        refusal = tuple(self._refuse(role, self._reason_to_spare() or others))
        if refusal:
            yield from refusal
            return
        why = "A gives another role" if self.wanted else dropped or GONE
        action = RevokeRole(self.room.id, self.user, role.role, why)
        yield Removal(self._write(action, why), action, is_doubtful=bool(self.room.keepers) and not self.claims.listed)

    def _reason_to_spare(self) -> str:
        untold = next((self.claims.unclear[p] for p in self.persons if p in self.claims.unclear), "")
        if untold:
            return untold
        if self.is_unclear:
            return SOMEBODY
        return CONTESTED if self.room.is_contested else ""

    def _refuse(self, role: RoleHeld, spared: str) -> Iterator[Item]:
        """Why nothing is taken away of *role*; nothing where it may be."""
        if not self.owners.scene.may_remove:
            yield self._hold(f"{role.role}: {NOT_ALL_READ}", Disposition.AGAIN_AFTER)
        elif spared:
            yield self._hold(f"{role.role} is spared: {spared}")
        else:
            yield from self._refuse_by_owner(role)

    def _refuse_by_owner(self, role: RoleHeld) -> Iterator[Item]:
        match self.owners.may_take(self.user, role):
            case Owner.OURS:
                return
            case Owner.ANOTHER:
                yield Spared(self.user, role)
                yield self._hold(f"{role.role} is spared: {ANOTHER_GAVE_IT}")
            case Owner.UNKNOWN:
                yield Unread(role)
                yield self._hold(f"{role.role}: {MAKER_UNREAD}", Disposition.AGAIN_AFTER)

    def _write(self, action: GrantRole | ChangeGrant | RevokeRole, reason: str) -> Write:
        return Write(self.chain, action, reason, *self._texts())

    def _hold(self, reason: str, why: Disposition | None = None) -> Hold:
        return Hold(self.chain, why, reason, *self._texts())

    def _texts(self) -> tuple[str, str]:
        held = [_text(role.role, role.expires) for role in sorted(self.present)]
        return listed(self.wanted), ", ".join(held) or "no role"


def listed(roles: Roles) -> str:
    """Roles for people."""
    return ", ".join(_text(name, expires) for name, expires in sorted(roles.items())) or "no role"


def _text(role: str, expires: datetime | None) -> str:
    return role if expires is None else f"{role} until {expires:%Y-%m-%d}"
