"""Reading what the decisions about people look at: all of the offering in pages, or what surrounds one project."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import attrs

from federation_core.application.member_wiring import MemberPorts, MemberSettings, MembersLearned
from federation_core.application.outcome import observe, observed_list, observed_one
from federation_core.application.plan_members import MemberPlanner, MembersSeen
from federation_core.domain.errors import FederationError, NotFound, Refused
from federation_core.domain.identity.match import identify
from federation_core.domain.identity.rules import MatchField
from federation_core.domain.ids import AProjectId, AUserId, BProjectId, BResourceId, BUserId, parse_uuid
from federation_core.domain.membership.audience import audience_of
from federation_core.domain.membership.claims import demand_of, persons_of
from federation_core.domain.membership.records import AGrant, BMember, Holding, Hosted, Provider
from federation_core.domain.membership.rooms import rooms_of
from federation_core.domain.membership.rules import MembershipPolicy
from federation_core.domain.membership.scene import Machines, MemberScene
from federation_core.domain.membership.sight import blind_to_provider
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable, rows, together
from federation_core.domain.people import APerson, BPerson, Disclosure, Identities
from federation_core.domain.standing import Standing, blind_to

T = TypeVar("T")
RETRY_AFTER = timedelta(hours=1)
"""How long a write that was refused is not repeated; a person may have mended the cause by then."""

MOST_RESOURCES = 20
"""Resources of one project that are looked up one by one; with more, all of the offering are listed."""


@attrs.frozen
class _Standings:
    """Who we are on both sides."""

    provider: Observed[Provider]
    on_a: Observed[Standing]
    on_b: Observed[Standing]


@attrs.frozen
class _Lists:
    """What both sides list of people and resources."""

    grants: Observed[tuple[AGrant, ...]]
    holdings: Observed[tuple[Holding, ...]]
    disclosures: Observed[tuple[Disclosure, ...]]
    hosted: Observed[tuple[Hosted, ...]]
    members: Observed[tuple[BMember, ...]]


class MemberReader:
    """Reads who works where, and who is who."""

    def __init__(self, ports: MemberPorts, settings: MemberSettings, learned: MembersLearned) -> None:
        self._ports = ports
        self._settings = settings
        self._learned = learned

    def everything(self) -> MembersSeen:
        """Read both sides; what cannot be read is part of what was seen."""
        self._learned.accounts = {}
        if not self._settings.rules.carries_roles:
            return self._audience()
        standings = self._standings()
        seen = self._with_all(self._list_all(standings.provider), standings)
        self._learned.accounts = {member.user: _account(member) for member in rows(seen.scene.members)}
        if isinstance(seen.scene.holdings, Complete) and isinstance(seen.scene.hosted, Complete):
            rooms = rooms_of(seen.scene, self._settings.rules)
            self._learned.rooms = {room.id: room.projects for room in rooms if not room.is_contested}
        return seen

    def _audience(self) -> MembersSeen:
        """Read what B is told of people by, where no roles are carried over: nothing of projects, resources and roles."""
        reads: list[Callable[[], Any]] = [self._ports.a_members.provider, self._ports.a_people.list_disclosures]
        shown, disclosures = self._ports.pool.run(reads)
        provider: Observed[Provider] = observed_one(shown)
        scene = MemberScene(
            now=self._ports.b_clock.now(),
            a_grants=Complete(()),
            holdings=Complete(()),
            hosted=Complete(()),
            members=Complete(()),
            disclosures=observed_list(disclosures),
            machines=self._machines(provider) if isinstance(provider, Complete) else _unread(provider),
        )
        return self._with_people(scene)

    def around(self, project: AProjectId) -> MembersSeen | None:
        """Read what the people of one project need, in as many requests however many projects there are.

        None where that project cannot be told apart from others: they share a project of B, or may for all that the last full
        reading showed; or where it has too many resources.
        """
        standings = self._standings()
        lists = self._list_around(project, standings.provider)
        if lists is None:
            return None
        seen = self._with_all(lists, standings)
        return attrs.evolve(seen, room_ids=frozenset(room.id for room in rooms_of(seen.scene, self._settings.rules)))

    def _standings(self) -> _Standings:
        reads: list[Callable[[], Any]] = [self._ports.a_members.provider, self._ports.b_rights.read]
        provider, on_b = (observed_one(result) for result in self._ports.pool.run(reads))
        return _Standings(provider, observe(self._ports.a_rights.read), on_b)

    def _list_all(self, provider: Observed[Provider]) -> _Lists:
        ports, customer = self._ports, self._settings.rules.customer
        reads: list[Callable[[], Any]] = [
            ports.a_members.list_holdings,
            ports.a_people.list_disclosures,
            ports.b_members.list_hosted,
            partial(ports.b_members.list_members, customer),
        ]
        if isinstance(provider, Complete):
            reads.append(partial(ports.a_members.list_grants, provider.value))
        results = [observed_list(result) for result in ports.pool.run(reads)]
        holdings, disclosures, hosted, members, *grants = results
        return _Lists(grants[0] if grants else _unread(provider), holdings, disclosures, hosted, members)

    def _list_around(self, project: AProjectId, provider: Observed[Provider]) -> _Lists | None:
        """What there is around one project of A; None where it takes more than that to decide."""
        ports = self._ports
        reads: list[Callable[[], Any]] = [
            partial(ports.a_members.list_holdings, project),
            ports.a_people.list_disclosures,
        ]
        if isinstance(provider, Complete):
            reads.append(partial(ports.a_members.list_grants, provider.value, project))
        holdings, disclosures, *grants = (observed_list(result) for result in ports.pool.run(reads))
        links = [parse_uuid(holding.backend_id) for holding in rows(holdings) if holding.is_living]
        linked = sorted({BResourceId(link) for link in links if link is not None})
        if len(linked) > MOST_RESOURCES:
            return None
        found = ports.pool.run([partial(ports.b_members.hosted, resource) for resource in linked])
        rooms = sorted({one.project for one in found if isinstance(one, Hosted)})
        unread = [Unreadable(str(one)) for one in found if not isinstance(one, Hosted | NotFound)]
        hosted = together([*unread, *self._each_room(ports.b_members.list_hosted, rooms)])
        if not self._is_alone(project, rooms, rows(holdings), hosted.value):
            return None
        members = together(self._each_room(ports.b_members.list_staff, rooms))
        return _Lists(grants[0] if grants else _unread(provider), holdings, disclosures, hosted, members)

    def _each_room(
        self,
        read: Callable[[BProjectId], Complete[tuple[T, ...]] | Incomplete[tuple[T, ...]]],
        rooms: Iterable[BProjectId],
    ) -> list[Observed[tuple[T, ...]]]:
        return [observed_list(result) for result in self._ports.pool.run([partial(read, room) for room in rooms])]

    def _is_alone(
        self, project: AProjectId, rooms: Iterable[BProjectId], holdings: Iterable[Holding], hosted: Iterable[Hosted]
    ) -> bool:
        """Whether no other project of A has something of this offering in the same projects of B, or had when all were read."""
        linked = {parse_uuid(holding.backend_id) for holding in holdings}
        ours = [one.id for one in hosted if one.offering == self._settings.rules.offering]
        was_alone = all(self._learned.rooms.get(room) == frozenset({project}) for room in rooms)
        return was_alone and all(one in linked for one in ours)

    def _with_all(self, lists: _Lists, standings: _Standings) -> MembersSeen:
        """Add to what was listed who is who, and who gave what may have to go."""
        standing, provider = standings.on_b, standings.provider
        blind = self._blind(provider, standings.on_a, standing)
        scene = MemberScene(
            now=self._ports.b_clock.now(),
            a_grants=lists.grants,
            holdings=lists.holdings,
            hosted=lists.hosted,
            members=lists.members,
            disclosures=lists.disclosures,
            machines=self._machines(provider),
            me=BUserId(standing.value.user) if isinstance(standing, Complete) else None,
            foreign=self._learned.foreign,
            blind=blind,
        )
        return self._with_makers(self._with_people(scene), provider)

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
        persons, wanted = self._concerned(scene)
        members = {member.user: _account(member) for member in rows(scene.members)}
        accounts = tuple({**self._learned.accounts, **members}.values())  # few are told apart as among all
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

    def _concerned(self, scene: MemberScene) -> tuple[tuple[APerson, ...], frozenset[AUserId]]:
        """Everybody of A who may matter, and those of them whom B should know."""
        rules = self._settings.rules
        if not rules.carries_roles:
            audience = audience_of(scene, rules)
            return audience, frozenset(person.id for person in audience)
        demand, rooms = demand_of(scene, rules), rooms_of(scene, rules)
        wanted = frozenset(person for room in rooms for person in demand.of(room).wanted)
        return persons_of(rooms, demand), wanted

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
        return together([observed_list(result) for result in self._ports.pool.run(reads)])

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
        return attrs.evolve(seen, found=together([seen.found, found]), elsewhere=together(elsewhere))


def _account(member: BMember) -> BPerson:
    return BPerson(member.user, member.username, member.email)


def _unread(provider: Observed[Provider]) -> Unreadable:
    return Unreadable(provider.reason if isinstance(provider, Incomplete | Unreadable) else "")
