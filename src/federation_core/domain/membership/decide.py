"""Who gets, keeps and loses which role on B: decided from one scene, without I/O.

Every project of B with resources of ours is decided by itself, and in it every account that has a role or should have one. Our own
accounts, and those of services and courses, are left alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.ids import AUserId, BProjectId, BUserId
from federation_core.domain.membership.account import MEMBER, Account, Item, Removal, Spared, Unread, listed
from federation_core.domain.membership.claims import Claims, Roles, demand_of, united
from federation_core.domain.membership.ownership import Owners
from federation_core.domain.membership.records import BMember, RoleHeld
from federation_core.domain.membership.rooms import Room, rooms_of
from federation_core.domain.membership.rules import MemberRules
from federation_core.domain.membership.scene import MemberScene
from federation_core.domain.observed import rows
from federation_core.domain.people import Identities
from federation_core.domain.plan.actions.membership import GrantRole
from federation_core.domain.plan.sync import Hold, Write

UNTOLD_ACCOUNT = "A does not show what B would know the person by"
SEVERAL_ACCOUNTS = "several accounts on B may be the person's"


@attrs.frozen
class MembersDecided:
    """What is to be done about roles.

    Attributes:
        writes: what is given, lengthened and shortened.
        removals: what is to be taken away, if the guard lets it.
        owned: how many roles are ours, as far as it matters.
        spared: roles that stay because another account gave them.
        unread: projects of which it has to be read who gave the roles.
        wanted: everybody who should have a role.
        names: what A calls the projects.
    """

    writes: tuple[Write, ...] = ()
    removals: tuple[Removal, ...] = ()
    holds: tuple[Hold, ...] = ()
    owned: int = 0
    spared: frozenset[tuple[BUserId, RoleHeld]] = frozenset()
    unread: frozenset[BProjectId] = frozenset()
    wanted: frozenset[AUserId] = frozenset()
    names: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class _Index:
    """What every project looks its accounts up in, so that a project costs no more than its own people.

    Attributes:
        members: everybody B shows.
        held: the roles in each project of B, by account.
        people: whose each account is, in the order of their UUIDs.
    """

    members: Mapping[BUserId, BMember]
    held: Mapping[BProjectId, Mapping[BUserId, tuple[RoleHeld, ...]]]
    people: Mapping[BUserId, tuple[AUserId, ...]]

    @classmethod
    def of(cls, members: Iterable[BMember], identities: Identities) -> Self:
        """Sort what was read by project and by account."""
        known = {member.user: member for member in members}
        held: dict[BProjectId, dict[BUserId, tuple[RoleHeld, ...]]] = {}
        for member in known.values():
            for role in member.roles:
                there = held.setdefault(role.project, {})
                there[member.user] = (*there.get(member.user, ()), role)
        people: dict[BUserId, tuple[AUserId, ...]] = {}
        for person, user in sorted(identities.users.items()):
            people[user] = (*people.get(user, ()), person)
        return cls(known, held, people)


@attrs.frozen
class _Staff:
    """One project of B, and everything its accounts are decided by."""

    room: Room
    claims: Claims
    owners: Owners
    identities: Identities
    index: _Index

    def decide(self) -> Iterator[Item]:
        """What becomes of every account, and of everybody without one."""
        yield from self._newcomers()
        for account in self.accounts():
            yield from account.decide()

    def accounts(self) -> Iterator[Account]:
        """The accounts that have a role here or should have one, without those that are left alone."""
        working = self.index.held.get(self.room.id, {})
        wanted = {self.identities.users[person] for person in self.claims.wanted if person in self.identities.users}
        suspects = self._suspects()
        for user in sorted(working.keys() | wanted):
            member = self.index.members.get(user, BMember(user))
            if not self.owners.leaves_alone(member):
                people = self._people(user)
                yield Account(
                    room=self.room,
                    claims=self.claims,
                    owners=self.owners,
                    user=user,
                    persons=people,
                    wanted=self._wanted(people),
                    present=working.get(user, ()),
                    is_unclear=suspects is None or user in suspects,
                )

    def _newcomers(self) -> Iterator[Item]:
        for person, roles in sorted(self.claims.wanted.items()):
            chain = f"{self.room.id} {person}"
            if person in self.identities.unclear:
                reason = SEVERAL_ACCOUNTS if self.identities.unclear[person] else UNTOLD_ACCOUNT
                yield Hold(chain, Disposition.PARKED, reason, listed(roles))
            elif person not in self.identities.users:
                for role, expires in sorted(roles.items()):
                    yield Write(chain, GrantRole(self.room.id, person, role, expires), MEMBER, listed(roles), "no role")

    def _people(self, user: BUserId) -> tuple[AUserId, ...]:
        """Whose account it is; those who should have a role here first."""
        people = self.index.people.get(user, ())
        return tuple(sorted(people, key=lambda person: (person not in self.claims.wanted, person)))

    def _wanted(self, people: Iterable[AUserId]) -> Roles:
        return united(self.claims.wanted.get(person, {}) for person in people)

    def _suspects(self) -> frozenset[BUserId] | None:
        """The accounts that may be somebody's who is in the project on A; None where it may be any."""
        here = [self.identities.unclear[person] for person in self.claims.people if person in self.identities.unclear]
        return None if frozenset() in here else frozenset(user for users in here for user in users)


def decide_members(scene: MemberScene, rules: MemberRules, identities: Identities) -> MembersDecided:
    """Decide every project of B with resources of ours; nothing where B's side was not read completely."""
    if not scene.may_write:
        return MembersDecided()
    demand, owners = demand_of(scene, rules), Owners(scene, rules)
    index = _Index.of(rows(scene.members), identities)
    staffs = [_Staff(room, demand.of(room), owners, identities, index) for room in rooms_of(scene, rules)]
    items = [item for staff in staffs for item in staff.decide()]
    removals = tuple(item for item in items if isinstance(item, Removal))
    return MembersDecided(
        writes=tuple(item for item in items if isinstance(item, Write)),
        removals=removals,
        holds=tuple(item for item in items if isinstance(item, Hold)),
        owned=len(removals) + sum(_kept(account) for staff in staffs for account in staff.accounts()),
        spared=frozenset((item.user, item.role) for item in items if isinstance(item, Spared)),
        unread=frozenset(item.role.project for item in items if isinstance(item, Unread)),
        wanted=frozenset(person for staff in staffs for person in staff.claims.wanted),
        names={str(staff.room.id): staff.claims.name for staff in staffs if staff.claims.name},
    )


def _kept(account: Account) -> int:
    return sum(role.role in account.wanted for role in account.present)
