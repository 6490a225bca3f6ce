"""Answers about the members of one project, and the changes in its team."""

from collections.abc import Callable
from datetime import datetime

import attrs

from federation_adapters.sandbox.areas.members import models
from federation_adapters.sandbox.areas.members.fields import MEMBER_FIELDS
from federation_adapters.sandbox.areas.projects.responses import find as find_project
from federation_adapters.sandbox.areas.roles.responses import find_by_name_or_uuid
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import SortKey, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid, show_moment
from federation_adapters.sandbox.entities import Grant, JsonObject, Project, Role, User
from federation_adapters.sandbox.exceptions import field_error, forbidden


def _role(_: Call, texts: list[str]) -> by.Test[Grant]:
    """One of the roles given, by name or by UUID."""
    names, uuids = set(texts), {parse_uuid(text) for text in texts}
    return lambda grant: grant.role.name in names or grant.role.uuid in uuids


_FILTERS: by.Filters[Grant] = {
    "user": by.one_uuid(lambda g: g.user.uuid),
    "user_url": by.by_url(lambda g: g.user.uuid, "/api/users/*/"),
    "user_slug": by.exact(lambda g: g.user.username),
    "username": by.exact(lambda g: g.user.username),
    "full_name": by.contains(lambda g: g.user.full_name),
    "native_name": by.contains(lambda _: ""),
    "search_string": by.contains(lambda g: g.user.full_name, lambda g: g.user.username, lambda g: g.user.email),
    "role": _role,
}
_NEVER = "9999-12-31"
_ORDERS: dict[str, SortKey[Grant]] = {
    "created": lambda g: g.created,
    "email": lambda g: g.user.email,
    "expiration_time": lambda g: show_moment(g.expiration_time) or _NEVER,
    "full_name": lambda g: g.user.full_name,
    "native_name": lambda _: "",
    "role": lambda g: g.role.name,
    "username": lambda g: g.user.username,
}


@attrs.frozen
class _Wish:
    """Whose role on which project is to change."""

    project: Project
    user: User
    role: Role
    expiration: datetime | None


def list_users(call: Call, uuid: str) -> Reply:
    """Answer the grants on a project, one row per user and role."""
    project = find_project(call, uuid)
    if not (call.access.sees_all or call.access.has_as_consumer("PROJECT.VIEW_TEAM", project)):
        raise forbidden()
    return listing(call, select(call, call.store.grants_on(project), _FILTERS, _ORDERS), MEMBER_FIELDS)


def _wish(call: Call, uuid: str, permission: str) -> _Wish:
    """Return what the body asks for, once the caller may ask for it."""
    project = find_project(call, uuid)
    if not call.access.has_as_consumer(permission, project):
        raise forbidden()
    body = call.body()
    role, user = _read_role(call, body), _read_user(call, body)
    expiration = inputs.moment(body, "expiration_time")
    models.check_role(role, project)
    models.check_manageable(call.store, project, user, call.user)
    return _Wish(project, user, role, expiration)


def _read_role(call: Call, body: JsonObject) -> Role:
    role = find_by_name_or_uuid(call, inputs.text(body, "role", blank=False))
    if role is None:
        raise field_error("role", "Role is not found.")
    return role


def _read_user(call: Call, body: JsonObject) -> User:
    """Return anybody: whoever knows the UUID may name the user, seen or not."""
    text = inputs.text(body, "user", blank=False)
    if parse_uuid(text) is None:
        raise field_error("user", "Must be a valid UUID.")
    user = call.store.users.get(parse_uuid(text))
    if user is None:
        raise field_error("user", "User is not found.")
    return user


def _until(expiration: datetime | None, status: int = 200) -> Reply:
    return Reply({"expiration_time": show_moment(expiration)}, status=status)


def add_user(call: Call, uuid: str) -> Reply:
    """Give somebody a role."""
    wish = _wish(call, uuid, "PROJECT.CREATE_PERMISSION")
    models.check_expiration(call.store, wish.expiration)
    models.give_role(call.store, wish.project, wish.user, wish.role, wish.expiration, call.user)
    return _until(wish.expiration, status=201)


def update_user(call: Call, uuid: str) -> Reply:
    """Move the end of somebody's role."""
    wish = _wish(call, uuid, "PROJECT.UPDATE_PERMISSION")
    models.check_expiration(call.store, wish.expiration)
    models.change_role(call.store, models.the_grant(call.store, wish.project, wish.user, wish.role), wish.expiration)
    return _until(wish.expiration)


def delete_user(call: Call, uuid: str) -> Reply:
    """Take somebody's role."""
    wish = _wish(call, uuid, "PROJECT.DELETE_PERMISSION")
    models.take_role(call.store, models.the_grant(call.store, wish.project, wish.user, wish.role), call.user)
    return empty()


ACTIONS: dict[str, Callable[[Call, str], Reply]] = {
    "add_user": add_user,
    "update_user": update_user,
    "delete_user": delete_user,
}
