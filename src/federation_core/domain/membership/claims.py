"""What A asks for in one project of B: which roles which person should have, and what else A says of people there.

| a role on A, in a project of the room | claim |
| --- | --- |
| of a service or course account | none, and the account is left alone |
| has ended | none |
| whose name A does not show | unclear: nothing is given for it, and the person loses nothing |
| no resource keeps the project's members | none |
| the person's account in the offering is barred | none |
| consent is asked for and A shows its absence | none |
| consent is asked for and A shows nothing | unclear |
| otherwise | the role, by the name it has on B |

Several roles that have one name on B are one; it ends when the last of them does.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from federation_core.domain.ids import AProjectId, AUserId
from federation_core.domain.membership.records import AGrant
from federation_core.domain.membership.rooms import Room
from federation_core.domain.membership.rules import MemberRules
from federation_core.domain.membership.scene import Machines, MemberScene
from federation_core.domain.observed import rows
from federation_core.domain.people import APerson, Disclosure

Roles = Mapping[str, datetime | None]
"""Role on B -> when it ends, None for never."""

GONE = "no member of the project on A"
NO_KEEPER = "no resource keeps the project's members"
BARRED = "the person's account in the offering is restricted"
NO_CONSENT = "the person does not consent"
UNTOLD_ROLE = "A does not show the person's role"
UNTOLD_CONSENT = "A does not show whether the person consented"


class _Verdict(enum.Enum):
    COUNTS = enum.auto()
    DROPPED = enum.auto()
    UNCLEAR = enum.auto()


@attrs.frozen
class Claims:
    """What A says of the people in one room.

    Attributes:
        wanted: the roles that people should have.
        unclear: people of whom A does not say enough, and what it does not say.
        dropped: people who are still in the project on A and should have no role here, and why.
        listed: how many roles A lists for the projects of the room.
        name: what A calls the project; empty where it does not say.
    """

    wanted: Mapping[AUserId, Roles] = attrs.field(factory=dict)
    unclear: Mapping[AUserId, str] = attrs.field(factory=dict)
    dropped: Mapping[AUserId, str] = attrs.field(factory=dict)
    listed: int = 0
    name: str = ""

    @property
    def people(self) -> frozenset[AUserId]:
        """Everybody with a role on a project of the room."""
        return frozenset((*self.wanted, *self.unclear, *self.dropped))


@attrs.frozen
class Demand:
    """All that A says of people, looked up by project and by person."""

    rules: MemberRules
    grants: Mapping[AProjectId, tuple[AGrant, ...]]
    disclosures: Mapping[AUserId, Disclosure]

    def of(self, room: Room) -> Claims:
        """What A asks for in *room*."""
        grants = [grant for project in sorted(room.projects) for grant in self.grants.get(project, ())]
        counted: dict[AUserId, list[Roles]] = {}
        unclear: dict[AUserId, str] = {}
        dropped: dict[AUserId, str] = {}
        for grant in grants:
            person = grant.person.id
            verdict, reason = self._judge(grant, room)
            match verdict:
                case _Verdict.COUNTS:
                    counted.setdefault(person, []).append({self.rules.role_on_b(grant.role): grant.expires})
                case _Verdict.DROPPED:
                    dropped.setdefault(person, reason)
                case _Verdict.UNCLEAR:
                    unclear.setdefault(person, reason)
        wanted = {person: united(roles) for person, roles in counted.items()}
        dropped = {person: why for person, why in dropped.items() if person not in wanted}
        name = next((grant.project_name for grant in grants), "")
        return Claims(wanted, unclear, dropped, len(grants), name)

    def people(self, room: Room) -> Iterator[APerson]:
        """Everybody with a role on a project of the room."""
        for project in sorted(room.projects):
            for grant in self.grants.get(project, ()):
                yield grant.person

    def _judge(self, grant: AGrant, room: Room) -> tuple[_Verdict, str]:
        """Whether the role counts, and why not."""
        shown = self.disclosures.get(grant.person.id)
        if not grant.role:
            return _Verdict.UNCLEAR, UNTOLD_ROLE
        if grant.project not in room.keepers:
            return _Verdict.DROPPED, NO_KEEPER
        if shown is not None and shown.is_restricted:
            return _Verdict.DROPPED, BARRED
        if not self.rules.consented_only:
            return _Verdict.COUNTS, ""
        if shown is None or shown.has_consent is None:
            return _Verdict.UNCLEAR, UNTOLD_CONSENT
        return (_Verdict.COUNTS, "") if shown.has_consent else (_Verdict.DROPPED, NO_CONSENT)


def demand_of(scene: MemberScene, rules: MemberRules) -> Demand:
    """All that A says of people, without roles that have ended."""
    by_project: dict[AProjectId, list[AGrant]] = {}
    for grant in rows(scene.a_grants):
        has_ended = grant.expires is not None and grant.expires <= scene.now
        if not has_ended and not is_machine(grant.person, scene.left_alone):
            by_project.setdefault(grant.project, []).append(grant)
    return Demand(
        rules,
        {project: tuple(grants) for project, grants in by_project.items()},
        {shown.person: shown for shown in rows(scene.disclosures)},
    )


def is_machine(person: APerson, machines: Machines) -> bool:
    """Whether it is an account of a service or a course."""
    return person.id in machines.a_users or person.username in machines.names


def united(several: Iterable[Roles]) -> Roles:
    """All roles of *several*; the same one ends when the last does."""
    found: dict[str, datetime | None] = {}
    for roles in several:
        for role, expires in roles.items():
            found[role] = _later(found[role], expires) if role in found else expires
    return found


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)


def persons_of(rooms: Iterable[Room], demand: Demand) -> tuple[APerson, ...]:
    """Everybody with a role on a project of some room, each once, in the order of their UUIDs."""
    found = {person.id: person for room in rooms for person in demand.people(room)}
    return tuple(found[person] for person in sorted(found))
