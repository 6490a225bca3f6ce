"""One person as one cycle's reading shows them on both sides, and what the plan of that cycle says about them."""

from collections.abc import Mapping
from functools import cached_property

import attrs

from federation_core.application.member_wiring import MemberSettings
from federation_core.application.plan_members import MemberPlanner, MembersSeen
from federation_core.domain.ids import AProjectId, AUserId, BProjectId, BUserId
from federation_core.domain.membership.claims import Demand, demand_of, is_machine
from federation_core.domain.membership.ownership import Owners
from federation_core.domain.membership.records import AGrant, BMember, Made, RoleHeld
from federation_core.domain.membership.rooms import Room, rooms_of
from federation_core.domain.observed import Observed, rows
from federation_core.domain.plan.sync import Hold, SyncPlan, Write


@attrs.frozen(slots=False)
class PersonView:
    """Somebody as A shows them, as B does, or as both do.

    Attributes:
        person: None for somebody whom only B shows.
        account: the account that was asked about; None for somebody who was found on A, whose account follows from what was seen.
        makers: who gave the roles in the projects that `rooms_to_ask` names.
    """

    seen: MembersSeen
    settings: MemberSettings
    person: AUserId | None
    account: BUserId | None = None
    makers: Mapping[BProjectId, Observed[tuple[Made, ...]]] = attrs.field(factory=dict)

    @cached_property
    def user(self) -> BUserId | None:
        """The account on B; None where none is known."""
        known = None if self.person is None else self.seen.identities.users.get(self.person)
        return known if known is not None else self.account

    @cached_property
    def member(self) -> BMember | None:
        """The account as B lists it among our people."""
        return next((member for member in rows(self.seen.scene.members) if member.user == self.user), None)

    @cached_property
    def grants(self) -> tuple[AGrant, ...]:
        """The person's roles on A, ended ones included."""
        return tuple(grant for grant in rows(self.seen.scene.a_grants) if grant.person.id == self.person)

    @cached_property
    def is_left_alone(self) -> bool:
        """Whether it is no person's account: ours, or one of a service or a course."""
        on_a = any(is_machine(grant.person, self.seen.scene.left_alone) for grant in self.grants)
        return on_a or (self.member is not None and self.owners.leaves_alone(self.member))

    @cached_property
    def demand(self) -> Demand:
        """All that A asks for."""
        return demand_of(self.seen.scene, self.settings.rules)

    @cached_property
    def owners(self) -> Owners:
        """Whose doing the roles on B are."""
        makers = {**self.seen.scene.makers, **self.makers}
        return Owners(attrs.evolve(self.seen.scene, makers=makers), self.settings.rules)

    @cached_property
    def planner(self) -> MemberPlanner:
        """What plans the next run."""
        return MemberPlanner(self.seen, self.settings)

    @cached_property
    def plan(self) -> SyncPlan:
        """What the next run would do, about everybody."""
        return self.planner.plan("")

    @cached_property
    def rooms(self) -> tuple[Room, ...]:
        """The projects of B that the person should be in, or is in."""
        projects = {grant.project for grant in self.grants}
        return tuple(room for room in self._rooms if self.roles_in(room) or not projects.isdisjoint(room.projects))

    @cached_property
    def rooms_to_ask(self) -> tuple[BProjectId, ...]:
        """Those with a role of the person's, about which it is worth reading who gave it."""
        return tuple(room.id for room in self._rooms if self.roles_in(room))

    @cached_property
    def homeless(self) -> Mapping[AProjectId, str]:
        """The projects of A in which the person has a role and that have no room on B, with their names.

        Those without any resource of the offering count only where the person is in no other project.
        """
        housed = {project for room in self._rooms for project in room.projects}
        names = {grant.project: grant.project_name for grant in self.grants if grant.project not in housed}
        concerned = {project: name for project, name in names.items() if self.has_resource(project)}
        return concerned or ({} if self.rooms else names)

    def has_resource(self, project: AProjectId) -> bool:
        """Whether the offering has a resource in *project* of A."""
        return any(holding.project == project for holding in rows(self.seen.scene.holdings))

    def roles_in(self, room: Room) -> tuple[RoleHeld, ...]:
        """The roles that B shows in *room*."""
        held = () if self.member is None else self.member.roles
        return tuple(role for role in held if role.project == room.id)

    def planned(self, room: Room) -> tuple[Write | Hold, ...]:
        """What the plan says about the person in *room*, and about bringing the person to B."""
        chains = {f"{room.id} {one}" for one in (self.user, self.person) if one is not None} | {str(self.person)}
        return tuple(item for item in self.plan.found if item.chain in chains)

    @cached_property
    def _rooms(self) -> tuple[Room, ...]:
        return rooms_of(self.seen.scene, self.settings.rules)
