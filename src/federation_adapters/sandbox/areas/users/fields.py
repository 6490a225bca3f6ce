"""Users as JSON; what belongs to the user alone, or to staff, is left out for everybody else."""

from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import ABSENT, Field, Fields, constant
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import Customer, Grant, Offering, Project, User
from federation_adapters.sandbox.settings import PERSONAL_ATTRIBUTES

_EMPTY: dict[str, list[str] | None] = {"texts": [], "date": None, "number": None}


def attribute_of(user: User, name: str) -> object:
    """Return an attribute of the person, empty when it was never set."""
    if name in {"first_name", "last_name", "email"}:
        return getattr(user, name)
    nothing = None if name == "civil_number" else _EMPTY.get(PERSONAL_ATTRIBUTES.get(name, ""), "")
    return user.profile.get(name, nothing)


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
    return [show_permission(call, grant) for grant in call.store.grants_of(user)]


def _attribute(name: str) -> Field[User]:
    return lambda user, _: attribute_of(user, name)


def _private(field: Field[User]) -> Field[User]:
    """Make a field that only the user and staff see."""
    return lambda user, call: field(user, call) if call.user.is_staff or call.user is user else ABSENT


def _for_staff(field: Field[User]) -> Field[User]:
    """Make a field that only staff see."""
    return lambda user, call: field(user, call) if call.user.is_staff else ABSENT


_PLAIN: Fields[User] = {
    "url": lambda u, c: c.url("users", u.uuid),
    "uuid": lambda u, _: u.uuid,
    "username": lambda u, _: u.username,
    "slug": lambda u, _: u.username,
    "full_name": lambda u, _: u.full_name,
    "native_name": constant(""),
    "job_title": constant(""),
    "is_staff": lambda u, _: u.is_staff,
    "is_support": lambda u, _: u.is_support,
    "is_active": lambda u, _: u.is_active,
    "registration_method": lambda u, _: u.registration_method,
    "date_joined": lambda u, _: show_moment(u.created),
    "notifications_enabled": lambda u, _: u.notifications_enabled,
    **{name: _attribute(name) for name in PERSONAL_ATTRIBUTES},
}
USER_FIELDS: Fields[User] = {
    **_PLAIN,
    "permissions": _permissions,
    "is_identity_manager": _private(lambda u, _: u.is_identity_manager),
    "managed_isds": _private(lambda u, _: list(u.managed_isds)),
    "active_isds": _private(lambda u, _: list(u.active_isds)),
    "attribute_sources": _for_staff(lambda u, _: u.attribute_sources),
    "deactivation_reason": _for_staff(lambda u, _: u.deactivation_reason),
}
ME_FIELDS: Fields[User] = {
    **USER_FIELDS,
    "token_lifetime": constant(None),
    "token_expires_at": lambda u, _: show_moment(u.token_expires_at),
    "ip_address": lambda _, c: c.request.remote_addr or "127.0.0.1",
}


def _projects_count(user: User, call: Call) -> int:
    scopes = (grant.scope for grant in call.store.grants_of(user))
    return len({scope.uuid for scope in scopes if isinstance(scope, Project)})


PROVIDER_USER_FIELDS: Fields[User] = {
    **_PLAIN,
    "active_isds": lambda u, _: list(u.active_isds),
    "projects_count": _projects_count,
}
