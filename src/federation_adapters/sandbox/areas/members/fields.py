"""Grants, members and accounts as JSON."""

from federation_adapters.sandbox.areas.members.models import customer_of, scope_kind
from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import ABSENT, Fields, constant
from federation_adapters.sandbox.conventions.scalars import show_date, show_moment
from federation_adapters.sandbox.entities import Customer, Grant, Project, ProjectAccount, User

MEMBER_FIELDS: Fields[Grant] = {
    "uuid": lambda g, _: g.uuid,
    "created": lambda g, _: show_moment(g.created),
    "expiration_time": lambda g, _: show_moment(g.expiration_time),
    "role_name": lambda g, _: g.role.name,
    "role_uuid": lambda g, _: g.role.uuid,
    "user_email": lambda g, _: g.user.email,
    "user_full_name": lambda g, _: g.user.full_name,
    "user_username": lambda g, _: g.user.username,
    "user_uuid": lambda g, _: g.user.uuid,
    "user_image": constant(None),
    "created_by_full_name": lambda g, _: g.created_by.full_name if g.created_by else ABSENT,
    "created_by_uuid": lambda g, _: g.created_by.uuid if g.created_by else ABSENT,
}


def _in_project(grant: Grant) -> Project:
    """Return the project of a grant that is known to be on one."""
    assert isinstance(grant.scope, Project)  # noqa: S101 -- narrows the type; the list holds nothing else
    return grant.scope


PROVIDER_GRANT_FIELDS: Fields[Grant] = {
    "created": lambda g, _: show_moment(g.created),
    "expiration_time": lambda g, _: show_moment(g.expiration_time),
    "created_by": lambda g, c: c.url("users", g.created_by.uuid) if g.created_by else None,
    "created_by_full_name": lambda g, _: g.created_by.full_name if g.created_by else None,
    "created_by_username": lambda g, _: g.created_by.username if g.created_by else None,
    "project": lambda g, c: c.url("projects", g.scope.uuid),
    "project_uuid": lambda g, _: g.scope.uuid,
    "project_name": lambda g, _: g.scope.name,
    "project_created": lambda g, _: show_moment(g.scope.created),
    "project_end_date": lambda g, _: show_date(_in_project(g).end_date),
    "customer_uuid": lambda g, _: customer_of(g.scope).uuid,
    "customer_name": lambda g, _: customer_of(g.scope).name,
    "role": lambda g, c: c.url("roles", g.role.uuid),
    "role_name": lambda g, _: g.role.name,
    "user": lambda g, c: c.url("users", g.user.uuid),
    "user_full_name": lambda g, _: g.user.full_name,
    "user_native_name": constant(""),
    "user_username": lambda g, _: g.user.username,
    "user_uuid": lambda g, _: g.user.uuid,
    "user_email": lambda g, _: g.user.email,
}
OLD_PROVIDER_GRANT_FIELDS: Fields[Grant] = {
    **{name: field for name, field in PROVIDER_GRANT_FIELDS.items() if name != "role_name"},
    "role": lambda g, _: g.role.name.removeprefix("PROJECT.").lower(),
}

PERMISSION_FIELDS: Fields[Grant] = {
    "uuid": lambda g, _: g.uuid,
    "user_uuid": lambda g, _: g.user.uuid,
    "user_name": lambda g, _: g.user.full_name,
    "user_slug": lambda g, _: g.user.username,
    "user_username": lambda g, _: g.user.username,
    "user_email": lambda g, _: g.user.email,
    "created": lambda g, _: show_moment(g.created),
    "expiration_time": lambda g, _: show_moment(g.expiration_time),
    "is_active": lambda g, c: g.is_live(c.store.now()),
    "created_by_full_name": lambda g, _: g.created_by.full_name if g.created_by else ABSENT,
    "created_by_username": lambda g, _: g.created_by.username if g.created_by else ABSENT,
    "revoked_by_full_name": lambda g, _: g.revoked_by.full_name if g.revoked_by else None,
    "revoked_by_username": lambda g, _: g.revoked_by.username if g.revoked_by else None,
    "revoke_reason": lambda g, _: g.revoke_reason,
    "role_name": lambda g, _: g.role.name,
    "role_description": lambda g, _: g.role.description,
    "role_uuid": lambda g, _: g.role.uuid,
    "scope_type": lambda g, _: scope_kind(g.scope),
    "scope_uuid": lambda g, _: g.scope.uuid,
    "scope_name": lambda g, _: g.scope.name,
    "scope_is_removed": lambda g, _: isinstance(g.scope, Project) and g.scope.is_removed,
    "customer_uuid": lambda g, _: customer_of(g.scope).uuid,
    "customer_name": lambda g, _: customer_of(g.scope).name,
    "resource_uuid": constant(None),
    "project_uuid": lambda g, _: g.scope.uuid if isinstance(g.scope, Project) else None,
}


def customer_user_fields(customer: Customer) -> Fields[User]:
    """Return the fields of people who work for *customer* or in its projects."""

    def own_role(user: User, call: Call) -> Grant | None:
        return next((grant for grant in call.store.grants_of(user) if grant.scope is customer), None)

    def role_name(user: User, call: Call) -> str | None:
        grant = own_role(user, call)
        return grant.role.name if grant else None

    def expiration_time(user: User, call: Call) -> str | None:
        grant = own_role(user, call)
        return show_moment(grant.expiration_time) if grant else None

    def projects(user: User, call: Call) -> list[dict[str, object]]:
        return [
            {
                "url": call.url("projects", grant.scope.uuid),
                "uuid": grant.scope.uuid,
                "name": grant.scope.name,
                "role_name": grant.role.name,
                "expiration_time": show_moment(grant.expiration_time),
            }
            for grant in call.store.grants_of(user)
            if isinstance(grant.scope, Project) and grant.scope.customer is customer and not grant.scope.is_removed
        ]

    return {
        "url": lambda u, c: c.url("users", u.uuid),
        "uuid": lambda u, _: u.uuid,
        "username": lambda u, _: u.username,
        "full_name": lambda u, _: u.full_name,
        "email": lambda u, _: u.email,
        "role_name": role_name,
        "projects": projects,
        "expiration_time": expiration_time,
        "image": constant(None),
    }


_ACCOUNT: Fields[ProjectAccount] = {
    "uuid": lambda a, _: a.uuid,
    "created": lambda a, _: show_moment(a.created),
    "modified": lambda a, _: show_moment(a.modified),
    "username": lambda a, _: a.username,
    "project": lambda a, _: a.project.uuid,
    "project_uuid": lambda a, _: a.project.uuid,
    "project_name": lambda a, _: a.project.name,
    "customer_uuid": lambda a, _: a.project.customer.uuid,
    "customer_name": lambda a, _: a.project.customer.name,
    "state": lambda a, _: a.state,
    "email": lambda a, _: a.email,
    "description": lambda a, _: a.description,
    "error_message": constant(""),
    "error_traceback": constant(""),
}
SERVICE_ACCOUNT_FIELDS: Fields[ProjectAccount] = {
    "url": lambda a, c: c.url("marketplace-project-service-accounts", a.uuid),
    **_ACCOUNT,
    "customer_abbreviation": lambda a, _: a.project.customer.abbreviation,
    "preferred_identifier": constant(""),
    "token": constant(None),
    "expires_at": constant(None),
}
COURSE_ACCOUNT_FIELDS: Fields[ProjectAccount] = {
    "url": lambda a, c: c.url("marketplace-course-accounts", a.uuid),
    **_ACCOUNT,
    "project_slug": lambda a, _: a.project.slug,
    "project_start_date": lambda a, _: show_date(a.project.start_date),
    "project_end_date": lambda a, _: show_date(a.project.end_date),
    "user_uuid": lambda a, _: a.user.uuid if a.user else None,
}
