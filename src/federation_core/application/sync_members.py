"""The member use case: who works in A's projects works in their mirrors on B, under the same roles or those they are mapped to.

One cycle lists A's roles and resources and B's people and resources in pages; looks up, in batches, those whom B does not show
among them; reads who gave a role only in projects where one is to be taken away; decides without I/O; and writes only what differs,
what gives before what takes.
"""

from federation_core.application.apply_members import MemberApplier
from federation_core.application.member_wiring import MemberPorts, MemberSettings, MembersLearned, Use
from federation_core.application.outcome import CycleReport
from federation_core.application.plan_members import SUBJECT, MemberPlanner, MembersSeen
from federation_core.application.read_members import MemberReader
from federation_core.domain.ids import AProjectId, parse_uuid
from federation_core.domain.membership.ownership import Owners
from federation_core.domain.membership.records import Holding
from federation_core.domain.membership.rules import MembershipPolicy
from federation_core.domain.observed import rows
from federation_core.domain.plan.policy import GUARD_COUNT
from federation_core.domain.plan.sync import SyncPlan

__all__ = ["SUBJECT", "MembersSeen", "SyncMembers"]


class SyncMembers:
    """Observe, plan, apply for the people of one offering; each step can be called on its own."""

    def __init__(self, ports: MemberPorts, settings: MemberSettings, learned: MembersLearned | None = None) -> None:
        self._ports = ports
        self._settings = settings
        self._learned = learned if learned is not None else MembersLearned()
        self._reader = MemberReader(ports, settings, self._learned)

    def run(self, *, approved: str = "") -> CycleReport:
        """Do one cycle.

        Args:
            approved: the digest of the removals an operator released.
        """
        seen = self.observe()
        return self.apply(self.plan(seen, approved=approved), seen)

    def run_for(self, project: AProjectId) -> CycleReport:
        """Do one cycle for the people of one project of A alone; for all, where one cannot be told apart from the others."""
        report = self.run_alone(project)
        return self.run() if report is None else report

    def run_alone(self, project: AProjectId) -> CycleReport | None:
        """Do one cycle for the people of one project of A alone; None, with nothing done, where only all together tell."""
        seen = self.observe_for(project)
        if seen is None:
            return None
        plan = self.plan(seen)
        if self._takes_all(plan):
            return None
        self._learned.taken += len(plan.removals.released)
        return self.apply(plan, seen)

    def observe(self) -> MembersSeen:
        """Read both sides; what cannot be read is part of what was seen."""
        return self._reader.everything()

    def observe_for(self, project: AProjectId) -> MembersSeen | None:
        """Read what the people of one project need; None where that project cannot be told apart from others."""
        return self._reader.around(project)

    def count_spared(self) -> int:
        """How many people keep roles on B that A does not ask for, because another account gave them; only reads."""
        if self._settings.rules.policy is not MembershipPolicy.OWNED:
            return 0
        return len({user for user, _ in MemberPlanner(self.observe(), self._settings).decided.spared})

    def is_news(self, holding: Holding) -> bool:
        """Whether there is something in it for people that was not seen to: a resource on B, or another rule who may use it."""
        use = _use_of(holding)
        return holding.is_living and use[0] is not None and self._learned.uses.get(holding.id) != use

    def plan(self, seen: MembersSeen, *, approved: str = "") -> SyncPlan:
        """Decide what is to be written; no I/O."""
        return MemberPlanner(seen, self._settings).plan(approved)

    def apply(self, plan: SyncPlan, seen: MembersSeen) -> CycleReport:
        """Do what the plan says, and report everybody."""
        known = Owners(seen.scene, self._settings.rules).known_foreign()
        if seen.room_ids is not None:  # what was not looked at stays known
            known |= {(user, role) for user, role in self._learned.foreign if role.project not in seen.room_ids}
        self._learned.foreign = known
        report = MemberApplier(self._ports, self._settings, self._learned, seen).apply(plan)
        if seen.room_ids is None and not plan.problems:
            self._learned.taken = len(plan.removals.held)
        if seen.room_ids is None or not (report.problems or any(outcome.error for outcome in report.outcomes)):
            self._learned.uses.update({holding.id: _use_of(holding) for holding in rows(seen.scene.holdings)})
        return report

    def _takes_all(self, plan: SyncPlan) -> bool:
        """Whether somebody may lose the last role, or too many lose theirs one project after the other."""
        taken = len(plan.removals.released)
        is_last = self._settings.identity.pushes or self._learned.taken + taken > GUARD_COUNT
        return bool(plan.removals.held) or (taken > 0 and is_last)


def _use_of(holding: Holding) -> Use:
    return parse_uuid(holding.backend_id), holding.is_restricted
