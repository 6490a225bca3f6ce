"""From what was seen of people on both sides to the plan: roles, introductions and withdrawals put together, without I/O."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from federation_core.application.member_wiring import MemberSettings
from federation_core.application.outcome import problems_of
from federation_core.domain.errors import Disposition
from federation_core.domain.identity.profiles import Told, is_due, telling
from federation_core.domain.identity.rules import NotFoundAction, ResolveMethod
from federation_core.domain.identity.withdrawal import Withdrawal, judge_withdrawal
from federation_core.domain.ids import AUserId, BProjectId, BUserId
from federation_core.domain.membership.account import Removal
from federation_core.domain.membership.audience import decide_audience
from federation_core.domain.membership.decide import MembersDecided, decide_members
from federation_core.domain.membership.records import BMember
from federation_core.domain.membership.rules import MembershipPolicy
from federation_core.domain.membership.scene import MemberScene
from federation_core.domain.observed import Complete, Observed, Unreadable, rows
from federation_core.domain.people import APerson, BPerson, Identities
from federation_core.domain.plan.actions import SyncAction, describe
from federation_core.domain.plan.actions.membership import (
    ChangeGrant,
    FetchPerson,
    GrantRole,
    PushProfile,
    RevokeRole,
    WithdrawProfile,
)
from federation_core.domain.plan.policy import Guarded, guard_removals
from federation_core.domain.plan.sync import Hold, SyncPlan, Write

SUBJECT = "members"
NOBODY = "the person has no account on B"
TOO_MANY = "but too many lose roles"
NOT_LOOKED_UP = "B's accounts could not be looked up"
NO_BRIDGE = "B's identity bridge cannot be used"
NOT_INTRODUCED = "the person could not be introduced to B"
STRANGER = "B does not know the person"
OTHERWISE_TOLD = "another offering pushes profiles as the same source, so the account stays as it is"
INACTIVE = "the person's account on B is deactivated"


def identity_of(action: SyncAction) -> str:
    """A text that is the same for the same write."""
    return json.dumps(describe(action), sort_keys=True)


@attrs.frozen
class MembersSeen:
    """What one cycle read.

    Attributes:
        persons: everybody of A who may matter.
        found: what B shows of people that were looked up.
        identities: who of A is who on B.
        allowed: the attributes that B's identity bridge takes; Unreadable also where nothing is pushed.
        elsewhere: the people of our further customers on B, where that matters.
        told: digests of what B was told of people, or showed alike.
        refused: writes that B refused a short while ago, by their identity, and why.
        room_ids: the projects of B that were looked at; None for all.
    """

    scene: MemberScene
    persons: tuple[APerson, ...] = ()
    found: Observed[tuple[BPerson, ...]] = attrs.field(factory=lambda: Complete(()))
    identities: Identities = attrs.field(factory=Identities)
    allowed: Observed[frozenset[str]] = attrs.field(factory=lambda: Unreadable(""))
    elsewhere: Observed[tuple[BMember, ...]] = attrs.field(factory=lambda: Complete(()))
    told: Mapping[AUserId, str] = attrs.field(factory=dict)
    refused: Mapping[str, str] = attrs.field(factory=dict)
    room_ids: frozenset[BProjectId] | None = None

    @property
    def accounts(self) -> Mapping[BUserId, BPerson]:
        """What B shows of those that were looked up."""
        return {account.id: account for account in rows(self.found)}


@attrs.frozen(slots=False)
class MemberPlanner:
    """Plans one cycle."""

    seen: MembersSeen
    settings: MemberSettings

    @cached_property
    def decided(self) -> MembersDecided:
        """What the roles ask for; where none are carried over, whom B is told about."""
        decide = decide_members if self.settings.rules.carries_roles else decide_audience
        return decide(self.seen.scene, self.settings.rules, self.seen.identities)

    @cached_property
    def tellings(self) -> Mapping[AUserId, Told]:
        """What B may be told of everybody whom it should know; empty where nothing is pushed."""
        allowed, disclosures = self.seen.allowed, self.seen.scene.disclosures
        if not isinstance(allowed, Complete) or isinstance(disclosures, Unreadable):
            return {}
        exposed = {shown.person: shown.profile for shown in disclosures.value}
        users, accounts = self.seen.identities.users, self.seen.accounts
        return {
            person.id: telling(
                person,
                exposed.get(person.id, {}),
                allowed.value,
                users.get(person.id),
                self._account(person.id, accounts),
            )
            for person in self.seen.persons
            if person.id in self.decided.wanted and person.id not in self.seen.identities.unclear
        }

    @cached_property
    def due(self) -> frozenset[AUserId]:
        """Whom B is to be told about now."""
        source, accounts = self.settings.identity.source, self.seen.accounts
        return frozenset(
            person
            for person, told in self.tellings.items()
            if is_due(told, self._account(person, accounts), source, self.seen.told)
        )

    @cached_property
    def grants(self) -> tuple[Write | Hold, ...]:
        """What is given, lengthened and shortened, as far as the account is there or can be brought to light."""
        return tuple(self._grants())

    def plan(self, approved: str) -> SyncPlan:
        """All that the cycle would do."""
        guarded = self._guard(approved)
        removals = [removal for removal in self.decided.removals if removal.action in guarded.released]
        grants = [item for item in self.grants if isinstance(item, Write)]
        withdrawn = [*self._withdrawals(removals)]
        withdrawals = [item for item in withdrawn if isinstance(item, Write)]
        taken = [removal.write for removal in removals]
        writes = [*self._sift([*self.introductions.values(), *grants, *withdrawals, *taken])]
        unwritten = [*self.decided.holds, *(item for item in self.grants if isinstance(item, Hold))]
        return SyncPlan(
            SUBJECT,
            tuple(item for item in writes if isinstance(item, Write)),
            (*unwritten, *(item for item in writes if isinstance(item, Hold)), *_held(self.decided, guarded)),
            guarded,
            self._problems(),
            (*_guard_notes(guarded), *self._spared_notes(), *(item for item in withdrawn if isinstance(item, str))),
            self.decided.names,
        )

    def _sift(self, writes: Sequence[Write]) -> Iterator[Write | Hold]:
        """The writes, without those that B refused a short while ago and what comes after these in their chains."""
        stopped: dict[str, tuple[int, str]] = {}
        for write in sorted(writes, key=lambda one: one.action.stage):
            if write.chain not in stopped and self._refusal(write):
                stopped[write.chain] = write.action.stage, self._refusal(write)
        for write in writes:
            stage, reason = stopped.get(write.chain, (write.action.stage + 1, ""))
            if write.action.stage < stage:
                yield write
            elif reason != NOBODY:
                yield Hold(write.chain, Disposition.PARKED, f"{write.reason}, but: {reason}", write.on_a, write.on_b)

    def _account(self, person: AUserId, accounts: Mapping[BUserId, BPerson]) -> BPerson | None:
        user = self.seen.identities.users.get(person)
        return None if user is None else accounts.get(user)

    def _guard(self, approved: str) -> Guarded[RevokeRole]:
        removals = self.decided.removals
        doubtful = [removal.action for removal in removals if removal.is_doubtful]
        return guard_removals([removal.action for removal in removals], self.decided.owned, approved, doubtful)

    @cached_property
    def introductions(self) -> Mapping[AUserId, Write]:
        """Those whom B is told about, and those whom it is to fetch."""
        found = {}
        for person in sorted(self.due):
            told = self.tellings[person]
            reason = STRANGER if told.user is None else "B shows the person otherwise than A"
            found[person] = Write(str(person), PushProfile(person, told.user, tuple(told.attributes)), reason)
        identities, rules = self.seen.identities, self.settings.identity
        if rules.method is ResolveMethod.EDUTEAMS and not rules.pushes:
            strangers = self.decided.wanted - identities.users.keys() - identities.unclear.keys()
            found |= {person: Write(str(person), FetchPerson(person), STRANGER) for person in sorted(strangers)}
        return found

    def _refusal(self, write: Write | None) -> str:
        """Why B refused *write* a short while ago; empty where it did not."""
        return "" if write is None else self.seen.refused.get(identity_of(write.action), "")

    def _grants(self) -> Iterator[Write | Hold]:
        inactive = {account.id for account in rows(self.seen.found) if not account.is_active}
        for write in self.decided.writes:
            action = write.action
            if isinstance(action, GrantRole | ChangeGrant) and action.user in inactive:
                yield Hold(write.chain, Disposition.PARKED, INACTIVE, write.on_a, write.on_b)
            elif isinstance(action, GrantRole) and action.user is None:
                yield self._to_a_stranger(write, action.person)
            else:
                yield write

    def _to_a_stranger(self, write: Write, person: AUserId) -> Write | Hold:
        """The grant, if its person is about to be introduced."""
        introduction = self.introductions.get(person)
        refused = self._refusal(introduction)
        if introduction is not None and not refused:
            return write
        if refused and refused != NOBODY:  # the introduction itself waits for a person
            return Hold(write.chain, None, f"{NOT_INTRODUCED}: {refused}", write.on_a, write.on_b)
        return Hold(write.chain, *self._why_unknown(), write.on_a, write.on_b)

    def _why_unknown(self) -> tuple[Disposition | None, str]:
        if self.settings.identity.pushes and not self.tellings:
            return Disposition.AGAIN_AFTER, NO_BRIDGE
        if not isinstance(self.seen.found, Complete):
            return Disposition.AGAIN_AFTER, NOT_LOOKED_UP
        fails = self.settings.identity.not_found is NotFoundAction.FAIL
        return (Disposition.PARKED if fails else None), NOBODY

    def _withdrawals(self, removals: Sequence[Removal]) -> Iterator[Write | str]:
        """Whom we stop vouching for: people who lose their last role on B, where that is proven to harm nobody else."""
        if not self.settings.identity.pushes:
            return
        losing: dict[BUserId, list[Removal]] = {}
        for removal in removals:
            losing.setdefault(removal.action.user, []).append(removal)
        for user, lost in sorted(losing.items()):
            if self._loses_all(user, lost):
                yield from self._withdraw(user, lost)

    def _withdraw(self, user: BUserId, lost: Sequence[Removal]) -> Iterator[Write | str]:
        if not self.settings.withdraws:
            yield f"{user} loses the last role on B; {OTHERWISE_TOLD}"
            return
        match judge_withdrawal(self.seen.accounts.get(user), self.settings.identity.source):
            case Withdrawal.DUE:
                chain = max(removal.write.chain for removal in lost)
                yield Write(chain, WithdrawProfile(user), "the person loses the last role")
            case Withdrawal.UNPROVEN:
                yield f"{user} loses the last role on B; nothing shows that the account came from us, so it stays as it is"
            case Withdrawal.NOTHING:
                return

    def _loses_all(self, user: BUserId, lost: Sequence[Removal]) -> bool:
        """Whether *user* has no role left on B afterwards, here or with another customer of ours."""
        gone = {(removal.action.project, removal.action.role) for removal in lost}
        here = [member for member in rows(self.seen.scene.members) if member.user == user]
        elsewhere = self.seen.elsewhere
        if not isinstance(elsewhere, Complete) or any(member.user == user for member in elsewhere.value):
            return False
        wanted = {self.seen.identities.users.get(person) for person in self.decided.wanted}
        remains = any((role.project, role.role) not in gone for member in here for role in member.roles)
        return not remains and user not in wanted and not any(member.works_for_customer for member in here)

    def _problems(self) -> tuple[str, ...]:
        seen, scene = self.seen, self.seen.scene
        read: list[Observed[object]] = [scene.a_grants, scene.holdings, scene.hosted, scene.members, scene.disclosures]
        read += [scene.machines, *scene.makers.values(), seen.found, seen.elsewhere]
        if self.settings.identity.pushes:
            read.append(seen.allowed)
        blind = (scene.blind,) if scene.blind else ()
        return tuple(problem for problem in dict.fromkeys((*problems_of(*read), *blind)) if problem)

    def _spared_notes(self) -> Iterator[str]:
        people = {user for user, _ in self.decided.spared}
        if people and self.settings.rules.policy is MembershipPolicy.OWNED:
            yield (
                f"{len(people)} people keep roles on B that A does not ask for, because another account granted them; "
                "name that account in grant_owner_uuids if it is yours, or set membership_policy: exact"
            )
        strangers = self._nobodies()
        if strangers:
            yield f"{strangers} people of A have no account on B and get no role there; see user_resolve_method"

    def _nobodies(self) -> int:
        held = [item for item in self.grants if isinstance(item, Hold) and item.reason == NOBODY]
        return len({hold.chain.partition(" ")[2] for hold in held})


def _held(decided: MembersDecided, guarded: Guarded[RevokeRole]) -> Iterator[Hold]:
    """The removals that the guard holds back."""
    for removal in decided.removals:
        if removal.action in guarded.held:
            write = removal.write
            yield Hold(write.chain, Disposition.PARKED, f"{write.reason}, {TOO_MANY}", write.on_a, write.on_b)


def _guard_notes(guarded: Guarded[RevokeRole]) -> Iterator[str]:
    if guarded.held:
        yield (
            f"{len(guarded.held)} roles on B are not taken away, because that is suspiciously many, or A lists nobody for the "
            f"project; release exactly these with --approve-removals {guarded.digest}"
        )
