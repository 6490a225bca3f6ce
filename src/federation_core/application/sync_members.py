"""The member use case: who works in A's projects works in their mirrors on B, under the same roles or those they are mapped to.

One cycle lists A's roles and resources and B's people and resources in pages; looks up, in batches, those whom B does not show
among them; reads who gave a role only in projects where one is to be taken away; decides without I/O; and writes only what differs,
what gives before what takes.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import attrs

from federation_core.application.apply_members import MemberApplier
from federation_core.application.member_wiring import MemberPorts, MemberSettings, MembersLearned
from federation_core.application.outcome import CycleReport, observe, observed_list, observed_one
from federation_core.application.plan_members import SUBJECT, MemberPlanner, MembersSeen
from federation_core.domain.errors import FederationError, Refused
from federation_core.domain.identity.match import identify
from federation_core.domain.identity.rules import MatchField
from federation_core.domain.ids import BUserId
from federation_core.domain.membership.claims import demand_of, persons_of
from federation_core.domain.membership.ownership import Owners
from federation_core.domain.membership.records import BMember, Provider
from federation_core.domain.membership.rooms import rooms_of
from federation_core.domain.membership.rules import MembershipPolicy
from federation_core.domain.membership.scene import Machines, MemberScene
from federation_core.domain.membership.sight import blind_to_provider
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable, rows
from federation_core.domain.people import APerson, BPerson, Identities
from federation_core.domain.plan.sync import SyncPlan
from federation_core.domain.standing import Standing, blind_to

T = TypeVar("T")
RETRY_AFTER = timedelta(hours=1)
"""How long a write that was refused is not repeated; a person may have mended the cause by then."""

__all__ = ["SUBJECT", "MembersSeen", "SyncMembers"]


class SyncMembers:
    """Observe, plan, apply for the people of one offering; each step can be called on its own."""

    def __init__(self, ports: MemberPorts, settings: MemberSettings, learned: MembersLearned | None = None) -> None:
        self._ports = ports
        self._settings = settings
        self._learned = learned if learned is not None else MembersLearned()

    def run(self, *, approved: str = "") -> CycleReport:
        """Do one cycle.

        Args:
            approved: the digest of the removals an operator released.
        """
        seen = self.observe()
        return self.apply(self.plan(seen, approved=approved), seen)

    def observe(self) -> MembersSeen:
        """Read both sides; what cannot be read is part of what was seen."""
        reads: list[Callable[[], Any]] = [self._ports.a_members.provider, self._ports.b_rights.read]
        provider, b_standing = (observed_one(result) for result in self._ports.pool.run(reads))
        a_standing = observe(self._ports.a_rights.read)
        scene = self._scene(provider, b_standing)
        scene = attrs.evolve(scene, blind=self._blind(provider, a_standing, b_standing))
        seen = self._with_people(scene)
        return self._with_makers(seen, provider)

    def plan(self, seen: MembersSeen, *, approved: str = "") -> SyncPlan:
        """Decide what is to be written; no I/O."""
        return MemberPlanner(seen, self._settings).plan(approved)

    def apply(self, plan: SyncPlan, seen: MembersSeen) -> CycleReport:
        """Do what the plan says, and report everybody."""
        self._learned.foreign = Owners(seen.scene, self._settings.rules).known_foreign()
        return MemberApplier(self._ports, self._settings, self._learned, seen).apply(plan)

    def _scene(self, provider: Observed[Provider], standing: Observed[Standing]) -> MemberScene:
        ports, customer = self._ports, self._settings.rules.customer
        lists: list[Callable[[], Any]] = [
            ports.a_members.list_holdings,
            ports.a_people.list_disclosures,
            ports.b_members.list_hosted,
            partial(ports.b_members.list_members, customer),
        ]
        if isinstance(provider, Complete):
            lists.append(partial(ports.a_members.list_grants, provider.value))
        results = [observed_list(result) for result in ports.pool.run(lists)]
        holdings, disclosures, hosted, members, *grants = results
        return MemberScene(
            now=ports.b_clock.now(),
            a_grants=grants[0] if grants else _unread(provider),
            holdings=holdings,
            hosted=hosted,
            members=members,
            disclosures=disclosures,
            machines=self._machines(provider),
            me=BUserId(standing.value.user) if isinstance(standing, Complete) else None,
            foreign=self._learned.foreign,
        )

    def _machines(self, provider: Observed[Provider]) -> Observed[Machines]:
        """Accounts that are no persons; those of B matter only where everything goes that A does not ask for."""
        reads: list[Callable[[], Complete[Machines] | Incomplete[Machines]]] = []
        if isinstance(provider, Complete):
            reads.append(partial(self._ports.a_members.list_machines, provider.value))
        if self._settings.rules.policy is MembershipPolicy.EXACT:
            reads.append(self._ports.b_members.list_machines)
        found = Machines()
        for result in self._ports.pool.run(reads):
            match result:
                case Complete(machines):
                    found = found.with_(machines)
                case Refused():
                    continue
                case Incomplete(_, reason):
                    return Unreadable(reason)
                case FederationError():
                    return Unreadable(str(result))
        return Complete(found)

    def _blind(self, provider: Observed[Provider], a: Observed[Standing], b: Observed[Standing]) -> str:
        """Why not all is proven to have been shown."""
        on_a = blind_to_provider(a, provider.value) if isinstance(provider, Complete) else ""
        return on_a or blind_to(b, self._settings.rules.customer)

    def _with_people(self, scene: MemberScene) -> MembersSeen:
        """Add who of A is who on B, and what B shows of those who should have a role."""
        rules = self._settings.rules
        demand, rooms = demand_of(scene, rules), rooms_of(scene, rules)
        persons = persons_of(rooms, demand)
        wanted = frozenset(person for room in rooms for person in demand.of(room).wanted)
        accounts = [_account(member) for member in rows(scene.members)]
        found = self._look_up([person for person in persons if person.id in wanted], accounts)
        seen = MembersSeen(
            scene,
            persons,
            found,
            self._identities(persons, accounts, found),
            told=dict(self._learned.told),
            refused=self._refused(scene),
        )
        if not self._pushes(seen):
            return seen
        return attrs.evolve(seen, allowed=observe(self._ports.b_people.allowed_attributes))

    def _refused(self, scene: MemberScene) -> dict[str, str]:
        """Why writes were refused a short while ago; what was refused earlier is forgotten."""
        recent = {write: one for write, one in self._learned.refused.items() if scene.now - one.at < RETRY_AFTER}
        self._learned.refused = recent
        return {write: refusal.reason for write, refusal in recent.items()}

    def _pushes(self, seen: MembersSeen) -> bool:
        return self._settings.identity.pushes and seen.scene.may_write and bool(seen.persons)

    def _identities(
        self, persons: Sequence[APerson], accounts: Sequence[BPerson], found: Observed[tuple[BPerson, ...]]
    ) -> Identities:
        """Who is who, by what B shows, and by what came to light when people were introduced before."""
        known = identify(persons, [*accounts, *rows(found)], self._settings.identity)
        learned = {p.id: self._learned.users[p.id] for p in persons if p.id in self._learned.users}
        missing = {person: user for person, user in learned.items() if person not in {*known.users, *known.unclear}}
        return Identities({**known.users, **missing}, known.unclear)

    def _look_up(self, wanted: Sequence[APerson], accounts: Sequence[BPerson]) -> Observed[tuple[BPerson, ...]]:
        """What B shows of those it does not list among our people; of all, where it is told about them."""
        rules, people = self._settings.identity, self._ports.b_people
        known = identify(wanted, accounts, rules)
        names = {account.id: account.username for account in accounts}
        strangers = [person for person in wanted if person.id not in {*known.users, *known.unclear}]
        by_email = rules.match is MatchField.EMAIL
        usernames = {person.username for person in strangers} if rules.method.knows_usernames or not by_email else set()
        if rules.pushes:
            usernames |= {names[user] for user in known.users.values()}
        reads: list[Callable[[], Any]] = []
        if usernames - {""}:
            reads.append(partial(people.look_up, sorted(usernames - {""})))
        if by_email:
            reads += [partial(people.look_up_email, person.email) for person in strangers if person.email]
        return _joined([observed_list(result) for result in self._ports.pool.run(reads)])

    def _with_makers(self, seen: MembersSeen, provider: Observed[Provider]) -> MembersSeen:
        """Add who gave the roles that may have to go, what B shows of those who lose them, and our own rights once more."""
        decided = MemberPlanner(seen, self._settings).decided
        if not decided.unread and not decided.removals:
            return seen
        scene, rights = seen.scene, [self._ports.a_rights.read, self._ports.b_rights.read]
        a_standing, b_standing = (observed_one(result) for result in self._ports.pool.run(rights))
        unread = sorted(decided.unread)
        makers = self._ports.pool.run([partial(self._ports.b_members.makers_of, project) for project in unread])
        scene = attrs.evolve(
            scene,
            blind=scene.blind or self._blind(provider, a_standing, b_standing),
            makers={project: observed_list(result) for project, result in zip(unread, makers, strict=True)},
        )
        return self._with_leavers(attrs.evolve(seen, scene=scene))

    def _with_leavers(self, seen: MembersSeen) -> MembersSeen:
        """Add what withdrawing depends on, where somebody may be withdrawn."""
        removals = MemberPlanner(seen, self._settings).decided.removals
        if not removals or not self._settings.identity.pushes:
            return seen
        leavers = {removal.action.user for removal in removals}
        names = sorted({m.username for m in rows(seen.scene.members) if m.user in leavers} - {""})
        reads: list[Callable[[], Any]] = [partial(self._ports.b_people.look_up, names)]
        reads += [
            partial(self._ports.b_members.list_members, other) for other in sorted(self._settings.other_customers)
        ]
        found, *elsewhere = (observed_list(result) for result in self._ports.pool.run(reads))
        return attrs.evolve(seen, found=_joined([seen.found, found]), elsewhere=_joined(elsewhere))


def _account(member: BMember) -> BPerson:
    return BPerson(member.user, member.username, member.email)


def _unread(provider: Observed[Provider]) -> Unreadable:
    return Unreadable(provider.reason if isinstance(provider, Incomplete | Unreadable) else "")


def _joined(several: Iterable[Observed[tuple[T, ...]]]) -> Observed[tuple[T, ...]]:
    """All rows of several lists; complete where all of them are."""
    lists = list(several)
    found = tuple(row for one in lists for row in rows(one))
    flaws = [one.reason for one in lists if isinstance(one, Incomplete | Unreadable)]
    return Incomplete(found, "; ".join(dict.fromkeys(flaws))) if flaws else Complete(found)
