"""Rules of membership: giving, changing and taking roles on projects.

The three are not alike: giving a role that is held is refused, changing one that is not held breaks the server, and
taking one that is not held succeeds.
"""

import re
from datetime import datetime

from federation_adapters.sandbox.areas.projects.models import is_ended
from federation_adapters.sandbox.entities import Customer, Grant, Offering, Project, Role, Scope, User
from federation_adapters.sandbox.exceptions import cross_field_error, field_error, server_error
from federation_adapters.sandbox.store import Store

_MANAGER = "PROJECT.MANAGER"


def customer_of(scope: Scope) -> Customer:
    """Return the customer that a scope belongs to, or is."""
    return scope if isinstance(scope, Customer) else scope.customer


def scope_kind(scope: Scope) -> str:
    """Return the word for the kind of a scope."""
    return {Customer: "customer", Project: "project", Offering: "offering"}[type(scope)]


def check_manageable(store: Store, project: Project, target: User, actor: User) -> None:
    """Refuse changes in the team of a project that is over, of an unavailable customer, and of one's own role.

    Raises:
        ApiError: 400 for each of them.
    """
    if is_ended(store, project):
        raise cross_field_error("Cannot manage team members for terminated projects.")
    if project.customer.blocked or project.customer.archived:
        raise cross_field_error("Customer is not available.")
    if target is actor and not actor.is_staff:
        raise cross_field_error("User can not manage own role.")


def check_role(role: Role, scope: Scope) -> None:
    """Raise 400 unless the role is alive and made for this kind of scope."""
    if role.content_type != scope_kind(scope):
        raise cross_field_error("Role is not valid for this scope.")
    if not role.is_active:
        raise cross_field_error("Role is not active.")


def check_expiration(store: Store, moment: datetime | None) -> None:
    """Raise 400 for a role that would end before it begins."""
    if moment is not None and moment <= store.now():
        raise field_error("expiration_time", "Expiration time should be greater than current time.")


def held(store: Store, scope: Scope, user: User, role: Role) -> list[Grant]:
    """Return the live grants of a role to a user on a scope; there can be two."""
    return [grant for grant in store.grants_on(scope) if grant.user is user and grant.role is role]


def give_role(
    store: Store, project: Project, user: User, role: Role, expiration: datetime | None, actor: User
) -> Grant:
    """Insert a grant and return it.

    A grant that ends earlier than the new one does not stand in its way: afterwards there are two.

    Raises:
        ApiError: 400 for a role that is held at least as long, a second manager where only one is allowed, a
            deactivated user, and one who does not meet the project's conditions.
    """
    if any(_outlasts(grant, expiration) for grant in held(store, project, user, role)):
        raise cross_field_error("User has already the same role in this scope.")
    if not user.is_active and not actor.is_staff:
        raise cross_field_error("Only staff users can assign roles to deactivated users.")
    single = store.settings.single_project_manager and role.name == _MANAGER
    if single and any(grant.role is role for grant in store.grants_on(project)):
        raise cross_field_error("Project already has a manager.")
    if not meets_conditions(project, user):
        raise cross_field_error("User does not meet the conditions of this project.")
    grant = Grant(**store.stamp(), user=user, role=role, scope=project, expiration_time=expiration, created_by=actor)
    return store.grants.add(grant)


def _outlasts(grant: Grant, expiration: datetime | None) -> bool:
    if grant.expiration_time is None:
        return True
    return expiration is not None and grant.expiration_time >= expiration


def meets_conditions(project: Project, user: User) -> bool:
    """Tell whether the user meets one of the project's conditions, or it has none."""
    patterns, affiliations, sources = (
        project.user_email_patterns,
        project.user_affiliations,
        project.user_identity_sources,
    )
    if not (patterns or affiliations or sources):
        return True
    own = user.profile.get("affiliations", ())
    return (
        any(re.match(pattern, user.email) for pattern in patterns)
        or (isinstance(own, list | tuple) and not set(affiliations).isdisjoint(own))
        or user.profile.get("identity_source", "") in sources
    )


def the_grant(store: Store, scope: Scope, user: User, role: Role) -> Grant | None:
    """Return the grant of a role to a user, or None.

    Raises:
        ApiError: 500 when there are several, as the server does.
    """
    grants = held(store, scope, user, role)
    if len(grants) > 1:
        raise server_error()
    return grants[0] if grants else None


def change_role(store: Store, grant: Grant | None, expiration: datetime | None) -> None:
    """Move the end of a grant.

    Raises:
        ApiError: 500 when there is no grant, as the server does.
    """
    if grant is None:
        raise server_error()
    grant.expiration_time = expiration
    store.touch(grant)


def take_role(store: Store, grant: Grant | None, actor: User | None, reason: str = "") -> None:
    """End a grant, which stays as history; without a grant there is nothing to do."""
    if grant is not None:
        grant.is_active, grant.revoked_by, grant.revoke_reason = False, actor, reason
        store.touch(grant)
