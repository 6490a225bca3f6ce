"""Answers about roles."""

from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import Fields, constant, detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Role
from federation_adapters.sandbox.exceptions import not_found

_FIELDS: Fields[Role] = {
    "uuid": lambda r, _: r.uuid,
    "name": lambda r, _: r.name,
    "description": lambda r, _: r.description,
    "permissions": lambda r, _: sorted(r.permissions),
    "is_system_role": lambda r, _: r.is_system_role,
    "is_active": lambda r, _: r.is_active,
    "content_type": lambda r, _: r.content_type,
    "users_count": lambda r, c: len(
        {grant.user.uuid for grant in c.store.grants if grant.role is r and grant.is_active}
    ),
    "template_name": constant(None),
    "customer_uuid": constant(None),
}
_EXACT_NAME: by.Filter[Role] = by.exact(lambda r: r.name)
_FILTERS: by.Filters[Role] = {
    "name": lambda call, texts: _EXACT_NAME(call, texts) if call.profile.precise_times else (lambda _: True),
    "query": by.contains(lambda r: r.name, lambda r: r.description),
    "is_active": by.boolean(lambda r: r.is_active),
    "is_system_role": by.boolean(lambda r: r.is_system_role),
    "content_type": by.any_text(lambda r: r.content_type),
}
_ORDERS = {"name": lambda r: r.name, "created": lambda r: r.created.isoformat()}


def find_by_name_or_uuid(call: Call, text: str) -> Role | None:
    """Return the role that a body names, by name or by UUID."""
    by_uuid = call.store.roles.get(parse_uuid(text))
    return by_uuid or next((role for role in call.store.roles if role.name == text), None)


def list_roles(call: Call) -> Reply:
    """Answer all roles."""
    return listing(call, select(call, call.store.roles, _FILTERS, _ORDERS), _FIELDS)


def retrieve_role(call: Call, uuid: str) -> Reply:
    """Answer one role."""
    role = call.store.roles.get(parse_uuid(uuid))
    if role is None:
        raise not_found("Role")
    return detail(call, role, _FIELDS)
