"""Explaining one person: in each project, from the role on A to the role on B, and what would be written next.

People are named by UUIDs alone; what else A and B show of them is only looked at to find the same person on the other side.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from federation_core.application.explain_account import explain_account
from federation_core.application.explain_chain import READ_FIRST, Chain, Link, Mark, unasked, unread
from federation_core.application.explain_reasons import LEFT_ALONE, for_reason, remedy_for
from federation_core.application.explain_roles import explain_roles
from federation_core.application.person_view import PersonView
from federation_core.domain.ids import AProjectId, AUserId
from federation_core.domain.membership.account import listed
from federation_core.domain.membership.claims import GONE, UNTOLD_ROLE, Claims, Roles
from federation_core.domain.membership.records import AGrant
from federation_core.domain.membership.rooms import Room
from federation_core.domain.observed import Complete, Incomplete, Unreadable


def explain_person(view: PersonView, missing_key: str = "") -> tuple[Chain, ...]:
    """A chain for each project of B that the person should be in or is in, and for each of A that has none there.

    Args:
        view: the person.
        missing_key: the settings key under which the offering would have to name us; empty where it does.
    """
    found = [*_in_rooms(view), *_without_room(view)]
    if not found:
        found = [("", tuple(_no_role_on_a(view, ())))]
    common = (*unasked(missing_key),)
    return tuple(Chain("user", about, (*common, *links, *unread(view.plan.problems))) for about, links in found)


def _in_rooms(view: PersonView) -> Iterator[tuple[str, tuple[Link, ...]]]:
    """What each chain with a project on B is about, and its links."""
    for room in view.rooms:
        about = f"{view.demand.of(room).name} {room.id}".strip()
        yield about, (*_roles_on_a(view, room.projects), _project_on_b(room), *_onward(view, room))


def _without_room(view: PersonView) -> Iterator[tuple[str, tuple[Link, ...]]]:
    """The same of the chains that end before."""
    for project, name in sorted(view.homeless.items()):
        yield f"{name} {project}".strip(), (*_roles_on_a(view, [project]), _no_project_on_b(view, project))


def _project_on_b(room: Room) -> Link:
    return Link(Mark.YES, "project on B", str(room.id))


def _onward(view: PersonView, room: Room) -> Iterator[Link]:
    """From what A asks for to the roles on B."""
    if view.is_left_alone:
        yield for_reason("claim", Mark.NO, LEFT_ALONE)
        return
    wanted: Roles = {}
    if view.person is not None:
        claims = view.demand.of(room)
        wanted = claims.wanted.get(view.person, {})
        yield from _claim(claims, view.person, wanted)
    yield explain_account(view, room, is_wanted=bool(wanted))
    yield from explain_roles(view, room, wanted)


def _claim(claims: Claims, person: AUserId, wanted: Roles) -> Iterator[Link]:
    """What A asks for, or why it asks for nothing; nothing where the person has no role on A to ask by."""
    if wanted:
        yield Link(Mark.YES, "claim", listed(wanted))
    elif person in claims.unclear:
        yield for_reason("claim", Mark.UNKNOWN, claims.unclear[person])
    elif person in claims.dropped:
        yield for_reason("claim", Mark.NO, claims.dropped[person])


def _roles_on_a(view: PersonView, projects: Iterable[AProjectId]) -> Iterator[Link]:
    """The roles that run, each with the name it has on B; where none does, why."""
    inside = frozenset(projects)
    here = [grant for grant in view.grants if grant.project in inside]
    running = [grant for grant in here if not _has_ended(grant, view.seen.scene.now)]
    for grant in running:
        yield from _role_on_a(view, grant)
    if not running:
        yield from _no_role_on_a(view, here)


def _role_on_a(view: PersonView, grant: AGrant) -> Iterator[Link]:
    where = f"{grant.project_name} {grant.project}".strip()
    if not grant.role:
        yield Link(Mark.UNKNOWN, "role on A", f"{UNTOLD_ROLE}, in {where}", remedy_for(UNTOLD_ROLE))
        return
    yield Link(Mark.YES, "role on A", f"{listed({grant.role: grant.expires})} in {where}")
    yield Link(Mark.YES, "role mapping", f"{grant.role} is {view.settings.rules.role_on_b(grant.role)} on B")


def _no_role_on_a(view: PersonView, ended: Iterable[AGrant]) -> Iterator[Link]:
    past = [f"{grant.role} in {grant.project_name} {grant.project} has ended" for grant in ended]
    match view.seen.scene.a_grants:
        case Incomplete(_, reason) | Unreadable(reason):
            yield Link(Mark.UNKNOWN, "role on A", f"A's roles could not all be listed: {reason}", READ_FIRST)
        case Complete():
            yield Link(Mark.NO, "role on A", ", ".join(past) or GONE, remedy_for(GONE))


def _has_ended(grant: AGrant, now: datetime) -> bool:
    return grant.expires is not None and grant.expires <= now


def _no_project_on_b(view: PersonView, project: AProjectId) -> Link:
    name, scene = "project on B", view.seen.scene
    flaws = [seen.reason for seen in (scene.holdings, scene.hosted) if isinstance(seen, Incomplete | Unreadable)]
    if flaws:
        return Link(Mark.UNKNOWN, name, flaws[0], READ_FIRST)
    if view.has_resource(project):
        text = "none of the project's resources is linked to one of ours on B"
        return Link(Mark.NO, name, text, "ask why about the project's resources")
    return Link(Mark.NO, name, "the project has no resource of this offering", "order one on A")
