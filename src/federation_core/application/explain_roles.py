"""Explaining a person's roles in one project of B: those that are there, those that are not, and what is written next."""

from collections.abc import Iterator

import attrs

from federation_core.application.explain_chain import NEXT_RUN, READ_FIRST, Link, Mark, of_hold, of_write, release
from federation_core.application.explain_reasons import remedy_for
from federation_core.application.person_view import PersonView
from federation_core.application.plan_members import TOO_MANY
from federation_core.domain.ids import BUserId
from federation_core.domain.membership.account import listed
from federation_core.domain.membership.claims import Roles
from federation_core.domain.membership.ownership import Owner
from federation_core.domain.membership.records import RoleHeld
from federation_core.domain.membership.rooms import Room
from federation_core.domain.observed import Complete, rows
from federation_core.domain.plan.actions.membership import GrantRole
from federation_core.domain.plan.sync import Hold, Write

NAME = "role on B"


def explain_roles(view: PersonView, room: Room, wanted: Roles) -> Iterator[Link]:
    """Each role that the person of *view* has in *room* or should have there, then what is written next."""
    present = view.roles_in(room)
    for role in sorted(present):
        surplus = "" if role.role in wanted else ", which A does not ask for"
        yield Link(Mark.YES, NAME, f"{listed({role.role: role.expires})}, {_giver(view, role)}{surplus}")
    for name in sorted(wanted.keys() - {role.role for role in present}):
        if isinstance(view.seen.scene.members, Complete):
            yield Link(Mark.NO, NAME, f"{name} is not there", _remedy(view, room, name))
        else:
            yield Link(Mark.UNKNOWN, NAME, f"{name} was not seen", READ_FIRST)
    yield from _next_writes(view, room)


def _giver(view: PersonView, role: RoleHeld) -> str:
    user = view.user
    match Owner.UNKNOWN if user is None else view.owners.of(user, role):
        case Owner.OURS:
            return f"given by us ({_makers(view, user, role)})"
        case Owner.ANOTHER:
            return f"given by another account ({_makers(view, user, role) or 'nobody is told'})"
        case Owner.UNKNOWN:
            return "and who gave it is not told"


def _makers(view: PersonView, user: BUserId | None, role: RoleHeld) -> str:
    seen = view.owners.scene.makers.get(role.project)
    made = () if seen is None else rows(seen)
    return ", ".join(sorted({str(one.by) for one in made if (one.user, one.role) == (user, role.role) and one.by}))


def _remedy(view: PersonView, room: Room, role: str) -> str:
    """What brings a role about that is not there."""
    items = view.planned(room)
    if any(isinstance(one, Write) and isinstance(one.action, GrantRole) and one.action.role == role for one in items):
        return NEXT_RUN
    held = next((item.reason for item in items if isinstance(item, Hold)), "")
    return f"{held}; {remedy_for(held)}" if held else READ_FIRST


def _next_writes(view: PersonView, room: Room) -> Iterator[Link]:
    name, items = "next write", view.planned(room)
    if not items:
        yield Link(Mark.YES, name, "none")
    for item in items:
        if isinstance(item, Write):
            yield of_write(name, item)
        elif item.why is None:
            yield Link(Mark.YES, name, f"none: {item.reason}")
        elif item.reason.endswith(TOO_MANY):
            yield attrs.evolve(of_hold(name, item), remedy=release(view.plan.removals.digest))
        else:
            yield of_hold(name, item)
