"""Answers about users; the most used one is about the token itself."""

from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import Fields, constant, detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid, show_moment
from federation_adapters.sandbox.entities import Customer, Grant, Offering, Project, User
from federation_adapters.sandbox.exceptions import not_found


def show_permission(call: Call, grant: Grant) -> dict[str, object]:
    """Return one grant of the user as JSON."""
    scope = grant.scope
    kind = {Customer: "customer", Project: "project", Offering: "offering"}[type(scope)]
    customer = scope if isinstance(scope, Customer) else scope.customer
    return {
        "user_uuid": grant.user.uuid,
        "user_name": grant.user.full_name,
        "user_slug": grant.user.username,
        "created": show_moment(grant.created),
        "expiration_time": show_moment(grant.expiration_time),
        "created_by_full_name": None,
        "created_by_username": None,
        "role_name": grant.role.name,
        "role_description": grant.role.description,
        "role_uuid": grant.role.uuid,
        "scope_type": kind,
        "scope_uuid": scope.uuid,
        "scope_name": scope.name,
        "customer_uuid": customer.uuid,
        "customer_name": customer.name,
        "resource_customer_uuid": None,
        "scope": call.url({"offering": "marketplace-provider-offerings"}.get(kind, f"{kind}s"), scope.uuid),
    }


def _permissions(user: User, call: Call) -> list[dict[str, object]]:
    now = call.store.now()
    return [show_permission(call, grant) for grant in call.store.grants if grant.user is user and grant.is_live(now)]


_FIELDS: Fields[User] = {
    "url": lambda u, c: c.url("users", u.uuid),
    "uuid": lambda u, _: u.uuid,
    "username": lambda u, _: u.username,
    "slug": lambda u, _: u.username,
    "full_name": lambda u, _: u.full_name,
    "first_name": lambda u, _: u.first_name,
    "last_name": lambda u, _: u.last_name,
    "native_name": constant(""),
    "email": lambda u, _: u.email,
    "organization": constant(""),
    "civil_number": constant(None),
    "is_staff": lambda u, _: u.is_staff,
    "is_support": lambda u, _: u.is_support,
    "is_active": lambda u, _: u.is_active,
    "registration_method": constant("default"),
    "identity_source": constant(""),
    "affiliations": constant([]),
    "date_joined": lambda u, _: show_moment(u.created),
    "permissions": _permissions,
    "active_isds": lambda u, _: list(u.active_isds),
}
_ME_FIELDS: Fields[User] = {
    **_FIELDS,
    "token_lifetime": constant(None),
    "token_expires_at": lambda u, _: show_moment(u.token_expires_at),
    "is_identity_manager": lambda u, _: u.is_identity_manager,
    "managed_isds": lambda u, _: list(u.managed_isds),
    "ip_address": lambda _, c: c.request.remote_addr or "127.0.0.1",
}
_FILTERS: by.Filters[User] = {
    "username": by.exact(lambda u: u.username),
    "username_list": by.any_text(lambda u: u.username),
    "email": by.contains(lambda u: u.email),
    "full_name": by.contains(lambda u: u.full_name),
    "query": by.contains(lambda u: u.full_name, lambda u: u.username, lambda u: u.email),
    "is_active": by.boolean(lambda u: u.is_active),
    "is_staff": by.boolean(lambda u: u.is_staff),
    "modified": by.since(lambda u: u.modified),
    "date_joined": by.since(lambda u: u.created),
}
_ORDERS = {"username": lambda u: u.username, "email": lambda u: u.email, "full_name": lambda u: u.full_name}


def _visible(call: Call) -> list[User]:
    if call.access.sees_all:
        return list(call.store.users)
    known = {
        grant.user.uuid
        for grant in call.store.grants
        if isinstance(grant.scope, Customer | Project) and _shares(call, grant.scope)
    }
    return [user for user in call.store.users if user is call.user or (user.uuid in known and not user.is_staff)]


def _shares(call: Call, scope: Customer | Project) -> bool:
    if isinstance(scope, Customer):
        return call.access.sees_customer(scope)
    return call.access.sees_project(scope)


def list_users(call: Call) -> Reply:
    """Answer the users that share a customer or project with the caller."""
    return listing(call, select(call, _visible(call), _FILTERS, _ORDERS, default="username"), _FIELDS)


def retrieve_user(call: Call, uuid: str) -> Reply:
    """Answer one user that shares a customer or project with the caller."""
    wanted = parse_uuid(uuid)
    for user in _visible(call):
        if user.uuid == wanted:
            return detail(call, user, _FIELDS)
    raise not_found("User")


def retrieve_me(call: Call) -> Reply:
    """Answer the caller, with roles and the token's end."""
    return detail(call, call.user, _ME_FIELDS)
