"""Applying a plan about people: introductions first, because only they bring some accounts to light; then roles.

| what fails | what becomes of the rest |
| --- | --- |
| B rejects attributes | they are left out and told; the rest is pushed, once |
| nobody is found by the community's id | the person gets no role; told, or a failure, as the operator wishes |
| B refuses | it is told, and not tried again for a while; nor is what comes after it for the same person and project |
| the account is not known on B | what was kept of it is forgotten, so that it is looked for again |
| B refuses to withdraw | told; the role is taken all the same |
| withdrawing fails for now | the person's last role waits for the next cycle |
"""

from collections.abc import Iterator
from functools import partial

import attrs

from federation_core.application.apply_writes import WriteApplier
from federation_core.application.member_wiring import MemberPorts, MemberSettings, MembersLearned, Refusal
from federation_core.application.outcome import CycleReport
from federation_core.application.plan_members import NOBODY, NOT_INTRODUCED, MemberPlanner, MembersSeen, identity_of
from federation_core.domain.errors import (
    Disposition,
    FederationError,
    Invalid,
    NotFound,
    Refused,
    RuleError,
    Unauthorised,
)
from federation_core.domain.identity.profiles import Told
from federation_core.domain.identity.refusals import is_unknown_account, rejected_attributes
from federation_core.domain.identity.rules import NotFoundAction
from federation_core.domain.ids import AUserId, BUserId
from federation_core.domain.observed import rows
from federation_core.domain.plan.actions import SyncAction
from federation_core.domain.plan.actions.membership import (
    ChangeGrant,
    FetchPerson,
    GrantRole,
    MemberStage,
    PushProfile,
    RevokeRole,
    WithdrawProfile,
)
from federation_core.domain.plan.sync import Hold, SyncPlan, Write

SOMEBODYS = "the account is that of a person who should have access; looked at again"


class MemberApplier:
    """Applies one plan; made anew for each cycle."""

    def __init__(
        self, ports: MemberPorts, settings: MemberSettings, learned: MembersLearned, seen: MembersSeen
    ) -> None:
        self._ports = ports
        self._settings = settings
        self._learned = learned
        self._seen = seen
        self._planner = MemberPlanner(seen, settings)
        self._introduced: dict[AUserId, BUserId] = {}
        self._persons = {person.id: person for person in seen.persons}
        self._usernames = {member.user: member.username for member in rows(seen.scene.members)}
        self._notes: list[str] = []

    def apply(self, plan: SyncPlan) -> CycleReport:
        """Do all writes of *plan*, and report everybody."""
        applier = WriteApplier(self._ports.pool, self._ports.journal, self._write, spares=self._is_spared)
        first = SyncPlan(plan.subject, tuple(w for w in plan.writes if w.action.stage == MemberStage.PUSH))
        outcomes = applier.apply(first)
        self._remember_alike()
        rest = [*self._rest(plan)]
        writes = tuple(item for item in rest if isinstance(item, Write))
        holds = tuple(item for item in rest if isinstance(item, Hold))
        outcomes += applier.apply(attrs.evolve(plan, writes=writes, holds=(*plan.holds, *holds)))
        notes = (*plan.notes, *sorted(self._notes))
        return CycleReport(outcomes, plan.problems, notes, plan.removals.digest, plan.names)

    def _rest(self, plan: SyncPlan) -> Iterator[Write | Hold]:
        """What is left to do, now that people were introduced."""
        known = set(self._introduced.values())
        for write in plan.writes:
            action = write.action
            if isinstance(action, RevokeRole | WithdrawProfile) and action.user in known:
                yield Hold(write.chain, Disposition.AGAIN_AFTER, SOMEBODYS, write.on_a, write.on_b)
            elif isinstance(action, GrantRole) and action.user is None:
                yield self._with_account(write, action)
            elif action.stage != MemberStage.PUSH:
                yield write

    def _with_account(self, write: Write, action: GrantRole) -> Write | Hold:
        user = self._introduced.get(action.person)
        if user is None:
            return Hold(write.chain, None, NOT_INTRODUCED, write.on_a, write.on_b)
        return attrs.evolve(write, action=attrs.evolve(action, user=user))

    def _remember_alike(self) -> None:
        """Note what B shows as A does, so that a change that only A shows is seen later on."""
        for person, told in self._planner.tellings.items():
            if person not in self._planner.due:
                self._learned.told.setdefault(person, told.digest)

    def _is_spared(self, error: FederationError) -> bool:
        if isinstance(error, NotFound) and error.operation == "person.fetch":
            return self._settings.identity.not_found is NotFoundAction.WARN
        return False

    def _write(self, action: SyncAction) -> None:
        """Do one action; what B refused is remembered, so that it is not asked for again at once."""
        try:
            self._do(action)
        except Unauthorised:
            raise
        except Refused as error:
            if not is_unknown_account(error):
                is_nobody = isinstance(error, NotFound) and isinstance(action, FetchPerson)
                reason = NOBODY if is_nobody else str(error)
                self._learned.refused[identity_of(action)] = Refusal(self._ports.b_clock.now(), reason)
            raise

    def _do(self, action: SyncAction) -> None:
        members = self._ports.b_members
        match action:
            case PushProfile(person):
                self._push(self._planner.tellings[person])
            case FetchPerson(person):
                self._know(person, self._ports.b_people.fetch(self._persons[person].username))
            case GrantRole():
                self._grant(action)
            case ChangeGrant(project, user, role, expires):
                members.change(project, user, role, expires)
            case WithdrawProfile(user):
                self._withdraw(user)
            case RevokeRole(project, user, role):
                members.revoke(project, user, role)
            case _:
                raise RuleError(f"{type(action).__name__} is not about people")

    def _know(self, person: AUserId, user: BUserId) -> None:
        self._introduced[person] = self._learned.users[person] = user

    def _push(self, told: Told) -> None:
        """Push one profile; what B rejects is left out, once, after asking again what it takes."""
        push = partial(self._ports.b_people.push, told.username, self._settings.identity.source)
        try:
            user = push(told.attributes)
        except Invalid as refusal:
            allowed = self._ports.b_people.allowed_attributes()
            rejected = rejected_attributes(refusal, told.attributes) | (told.attributes.keys() - allowed)
            if not rejected:
                raise
            user = push({name: value for name, value in told.attributes.items() if name not in rejected})
            self._notes.append(f"B rejects {', '.join(sorted(rejected))} of {told.person}; the rest was told")
        self._know(told.person, user)
        self._learned.told[told.person] = told.digest

    def _grant(self, action: GrantRole) -> None:
        if action.user is None:
            raise RuleError(f"a role is to be given to {action.person}, whose account is not known")
        try:
            self._ports.b_members.grant(action.project, action.user, action.role, action.expires)
        except Invalid as refusal:
            if is_unknown_account(refusal):
                self._learned.users.pop(action.person, None)
                self._learned.told.pop(action.person, None)
            raise

    def _withdraw(self, user: BUserId) -> None:
        try:
            self._ports.b_people.withdraw(self._usernames[user], self._settings.identity.source)
        except Refused as refusal:
            self._notes.append(f"{user} could not be withdrawn: {refusal}")
