"""Answers about users; the most used one is about the token itself."""

from federation_adapters.sandbox.areas.users.fields import ME_FIELDS, USER_FIELDS
from federation_adapters.sandbox.areas.users.filters import USER_FILTERS, USER_ORDERS
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import chosen_once, detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Customer, Project, User
from federation_adapters.sandbox.exceptions import not_found


def visible_users(call: Call) -> list[User]:
    """Return whom the caller sees: those who share a customer or project, without staff and deactivated people."""
    if call.access.sees_all:
        return list(call.store.users)
    now = call.store.now()
    known = {
        grant.user.uuid
        for grant in call.store.grants
        if grant.is_live(now) and isinstance(grant.scope, Customer | Project) and _shares(call, grant.scope)
    }
    return [
        user
        for user in call.store.users
        if user is call.user or (user.uuid in known and user.is_active and not user.is_staff)
    ]


def _shares(call: Call, scope: Customer | Project) -> bool:
    if isinstance(scope, Customer):
        return call.access.sees_customer(scope)
    return call.access.sees_project(scope)


def list_users(call: Call) -> Reply:
    """Answer the users that share a customer or project with the caller."""

    def choose() -> list[User]:
        return select(call, visible_users(call), USER_FILTERS, USER_ORDERS, default="username")

    return listing(call, chosen_once(call, choose, call.store.lapsed_grants()), USER_FIELDS)


def find_visible(call: Call, uuid: str) -> User:
    """Return a user that the caller sees, else raise 404."""
    wanted = parse_uuid(uuid)
    for user in visible_users(call):
        if user.uuid == wanted:
            return user
    raise not_found("User")


def retrieve_user(call: Call, uuid: str) -> Reply:
    """Answer one user that shares a customer or project with the caller."""
    return detail(call, find_visible(call, uuid), USER_FIELDS)


def retrieve_me(call: Call) -> Reply:
    """Answer the caller, with roles and the token's end."""
    return detail(call, call.user, ME_FIELDS)
