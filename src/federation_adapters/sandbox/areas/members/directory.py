"""Answers about many projects at once: what providers, customers and staff see of who works where."""

from collections.abc import Callable, Iterable

from federation_adapters.sandbox.areas.customers.fields import CUSTOMER_FIELDS
from federation_adapters.sandbox.areas.customers.responses import find_customer, find_provider
from federation_adapters.sandbox.areas.members import models
from federation_adapters.sandbox.areas.members.fields import (
    OLD_PROVIDER_GRANT_FIELDS,
    PERMISSION_FIELDS,
    PROVIDER_GRANT_FIELDS,
    customer_user_fields,
)
from federation_adapters.sandbox.areas.offerings.responses import find_provided
from federation_adapters.sandbox.areas.projects.fields import PROJECT_FIELDS
from federation_adapters.sandbox.areas.users.fields import PROVIDER_USER_FIELDS, USER_FIELDS
from federation_adapters.sandbox.areas.users.filters import USER_FILTERS, USER_ORDERS
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import SortKey, chosen_once, detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Customer, Grant, Offering, Project, Resource, User
from federation_adapters.sandbox.exceptions import conflict, forbidden, not_found

_PROJECT_FILTERS: by.Filters[Project] = {
    "backend_id": by.exact(lambda p: p.backend_id),
    "modified": by.since(lambda p: p.modified),
}
_CONCATENATED = "concatenated_name"


def _provider_for(call: Call, uuid: str, permission: str) -> Customer:
    provider = find_provider(call, uuid)
    if not call.access.has(f"SERVICE_PROVIDER.{permission}", provider):
        raise forbidden()
    return provider


def _projects_of(resources: Iterable[Resource]) -> list[Project]:
    """Return the projects of the living resources, each once."""
    found = {r.project.uuid: r.project for r in resources if r.state != "Terminated" and not r.project.is_removed}
    return list(found.values())


def _projects_of_provider(call: Call, provider: Customer) -> list[Project]:
    offerings = call.store.offerings.find("customer", provider.uuid)
    return _projects_of(
        resource for offering in offerings for resource in call.store.resources.find("offering", offering.uuid)
    )


def _people_in(call: Call, projects: Iterable[Project]) -> list[User]:
    found = {grant.user.uuid: grant.user for project in projects for grant in call.store.grants_on(project)}
    return list(found.values())


def list_project_permissions(call: Call, uuid: str) -> Reply:
    """Answer the grants on all projects with resources of a provider; old servers hear no filter."""
    provider = _provider_for(call, uuid, "LIST_PROJECT_PERMISSIONS")
    heard = {name: _GRANT_FILTERS[name] for name in ("scope_uuid", "user") if call.profile.role_names}

    def choose() -> list[Grant]:
        projects = _projects_of_provider(call, provider)
        return by.narrow(call, (grant for project in projects for grant in call.store.grants_on(project)), heard)

    fields = PROVIDER_GRANT_FIELDS if call.profile.role_names else OLD_PROVIDER_GRANT_FIELDS
    return listing(call, chosen_once(call, choose, call.store.lapsed_grants()), fields)


def list_provider_projects(call: Call, uuid: str) -> Reply:
    """Answer the projects with resources of a provider."""
    provider = _provider_for(call, uuid, "LIST_PROJECTS")
    rows = select(call, _projects_of_provider(call, provider), _PROJECT_FILTERS, {})
    return listing(call, rows, PROJECT_FIELDS)


def list_provider_users(call: Call, uuid: str) -> Reply:
    """Answer the people in projects with resources of a provider."""
    provider = _provider_for(call, uuid, "LIST_USERS")

    def choose() -> list[User]:
        people = _people_in(call, _projects_of_provider(call, provider))
        return select(call, people, USER_FILTERS, USER_ORDERS, default="username")

    return listing(call, chosen_once(call, choose, call.store.lapsed_grants()), PROVIDER_USER_FIELDS)


def list_provider_customers(call: Call, uuid: str) -> Reply:
    """Answer the customers with resources of a provider."""
    provider = _provider_for(call, uuid, "LIST_CUSTOMERS")
    found = {project.customer.uuid: project.customer for project in _projects_of_provider(call, provider)}
    return listing(call, list(found.values()), CUSTOMER_FIELDS)


def list_provider_keys(call: Call, uuid: str) -> Reply:
    """Answer the SSH keys of the people of a provider: nobody here has any."""
    _provider_for(call, uuid, "LIST_KEYS")
    return listing(call, (), PROVIDER_USER_FIELDS)


def _in_offering(call: Call, offering: Offering) -> list[Project]:
    return _projects_of(call.store.resources.find("offering", offering.uuid))


def list_offering_projects(call: Call, uuid: str) -> Reply:
    """Answer the projects with resources of an offering the user provides."""
    offering = find_provided(call, uuid)
    return listing(call, select(call, _in_offering(call, offering), _PROJECT_FILTERS, {}), PROJECT_FIELDS)


def list_offering_users(call: Call, uuid: str) -> Reply:
    """Answer the people in projects with resources of an offering the user provides."""
    offering = find_provided(call, uuid)
    people = _people_in(call, _in_offering(call, offering))
    return listing(call, select(call, people, USER_FILTERS, USER_ORDERS, default="username"), USER_FIELDS)


def _customer_filters(customer: Customer) -> by.Filters[User]:
    """Return the filters of a customer's people; roles count only where this customer gave them."""

    def holding(own: Callable[[Grant], bool]) -> by.Filter[User]:
        def read(call: Call, texts: list[str]) -> by.Test[User]:
            wanted = set(texts)
            return lambda user: any(
                own(grant) and not wanted.isdisjoint((grant.role.name, grant.role.uuid))
                for grant in call.store.grants_of(user)
            )

        return read

    return {
        **{name: USER_FILTERS[name] for name in ("username", "user_keyword", "is_active", "modified", "full_name")},
        "email": USER_FILTERS["email"],
        "organization_role": holding(lambda grant: grant.scope is customer),
        "project_role": holding(lambda grant: isinstance(grant.scope, Project) and grant.scope.customer is customer),
    }


def list_customer_users(call: Call, uuid: str) -> Reply:
    """Answer the people of a customer and of its projects, each once."""
    customer = find_customer(call, uuid)
    if not (call.access.sees_all or call.access.has("CUSTOMER.LIST_USERS", customer)):
        raise forbidden()

    def choose() -> list[User]:
        projects = [p for p in call.store.projects.find("customer", customer.uuid) if not p.is_removed]
        people = {grant.user.uuid: grant.user for grant in call.store.grants_on(customer)}
        people.update((user.uuid, user) for user in _people_in(call, projects))
        orders: dict[str, SortKey[User]] = {_CONCATENATED: lambda u: (u.full_name, u.username)}
        return select(call, people.values(), _customer_filters(customer), orders, default=_CONCATENATED)

    return listing(call, chosen_once(call, choose, call.store.lapsed_grants()), customer_user_fields(customer))


_GRANT_FILTERS: by.Filters[Grant] = {
    "user": by.one_uuid(lambda g: g.user.uuid),
    "username": by.exact(lambda g: g.user.username),
    "full_name": by.contains(lambda g: g.user.full_name),
    "role_name": by.exact(lambda g: g.role.name),
    "role_uuid": by.one_uuid(lambda g: g.role.uuid),
    "scope_type": by.exact(lambda g: models.scope_kind(g.scope)),
    "scope_uuid": by.one_uuid(lambda g: g.scope.uuid),
    "scope_name": by.contains(lambda g: g.scope.name),
    "customer_uuid": by.one_uuid(lambda g: models.customer_of(g.scope).uuid),
    "created": by.since(lambda g: g.created),
    "created_before": by.until(lambda g: g.created),
    "modified": by.since(lambda g: g.modified),
    "modified_before": by.until(lambda g: g.modified),
}
_GRANT_ORDERS: dict[str, SortKey[Grant]] = {
    "created": lambda g: g.created,
    "username": lambda g: g.user.username,
    "role": lambda g: g.role.name,
}


def _visible_grants(call: Call) -> list[Grant]:
    """Return all grants for staff and support, their own for others; past ones only on request."""
    rows = call.store.grants if call.access.sees_all else call.store.grants.find("user", call.user.uuid)
    if call.request.args.get("show_inactive", "").lower() == "true":
        return list(rows)
    now = call.store.now()
    return [grant for grant in rows if grant.is_live(now)]


def list_permissions(call: Call) -> Reply:
    """Answer grants, one row each."""
    rows = select(call, _visible_grants(call), _GRANT_FILTERS, _GRANT_ORDERS)
    return listing(call, rows, PERMISSION_FIELDS)


def _find_grant(call: Call, uuid: str) -> Grant:
    grant = call.store.grants.get(parse_uuid(uuid))
    if grant is None or not (call.access.sees_all or grant.user is call.user):
        raise not_found("UserRole")
    return grant


def retrieve_permission(call: Call, uuid: str) -> Reply:
    """Answer one grant, past ones too."""
    return detail(call, _find_grant(call, uuid), PERMISSION_FIELDS)


def revoke_permission(call: Call, uuid: str) -> Reply:
    """End a grant, with a reason; staff only."""
    grant = _grant_for_staff(call, uuid)
    if not grant.is_active:
        raise conflict("Permission is already revoked.")
    models.take_role(call.store, grant, call.user, inputs.text(call.body(), "reason", default=""))
    return empty()


def restore_permission(call: Call, uuid: str) -> Reply:
    """Let a grant that was ended count again; staff only."""
    grant = _grant_for_staff(call, uuid)
    grant.is_active, grant.revoked_by, grant.revoke_reason = True, None, ""
    call.store.touch(grant)
    return empty()


def _grant_for_staff(call: Call, uuid: str) -> Grant:
    grant = _find_grant(call, uuid)
    if not call.user.is_staff:
        raise forbidden()
    return grant
