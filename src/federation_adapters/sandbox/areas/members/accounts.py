"""Answers about accounts of projects that belong to no person: of services, and of courses."""

from collections.abc import Callable, Iterable

import attrs

from federation_adapters.sandbox.areas.customers.responses import find_provider
from federation_adapters.sandbox.areas.members.fields import COURSE_ACCOUNT_FIELDS, SERVICE_ACCOUNT_FIELDS
from federation_adapters.sandbox.areas.offerings.responses import find_provided
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import Fields, SortKey, detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Offering, ProjectAccount
from federation_adapters.sandbox.exceptions import forbidden, not_found


@attrs.frozen
class AccountKind:
    """One of the two kinds of accounts.

    Attributes:
        word: As rows name it.
        permission: What a provider needs to list them.
        states: All states, as filters take them.
    """

    word: str
    permission: str
    states: tuple[str, ...]
    fields: Fields[ProjectAccount]


SERVICE = AccountKind(
    "service", "SERVICE_PROVIDER.LIST_SERVICE_ACCOUNTS", ("OK", "Closed", "Erred"), SERVICE_ACCOUNT_FIELDS
)
COURSE = AccountKind(
    "course", "SERVICE_PROVIDER.LIST_COURSE_ACCOUNTS", ("OK", "Closed", "Erred", "Pending"), COURSE_ACCOUNT_FIELDS
)
_ORDERS: dict[str, SortKey[ProjectAccount]] = {"created": lambda a: a.created, "modified": lambda a: a.modified}


def _filters(kind: AccountKind) -> by.Filters[ProjectAccount]:
    return {
        "project": by.by_url(lambda a: a.project.uuid, "/api/projects/*/"),
        "project_uuid": by.one_uuid(lambda a: a.project.uuid),
        "username": by.contains(lambda a: a.username),
        "email": by.contains(lambda a: a.email),
        "state": by.choice(lambda a: a.state, kind.states),
    }


def _visible(call: Call, kind: AccountKind) -> list[ProjectAccount]:
    return [row for row in call.store.accounts if row.kind == kind.word and call.access.sees_project(row.project)]


def list_in(kind: AccountKind) -> Callable[[Call], Reply]:
    """Make the handler that answers the accounts of the projects the user sees."""

    def handler(call: Call) -> Reply:
        return listing(call, select(call, _visible(call, kind), _filters(kind), _ORDERS), kind.fields)

    return handler


def retrieve_in(kind: AccountKind) -> Callable[[Call, str], Reply]:
    """Make the handler that answers one account of a project the user sees."""

    def handler(call: Call, uuid: str) -> Reply:
        wanted = parse_uuid(uuid)
        for row in _visible(call, kind):
            if row.uuid == wanted:
                return detail(call, row, kind.fields)
        raise not_found("Account")

    return handler


def list_of_provider(kind: AccountKind) -> Callable[[Call, str], Reply]:
    """Make the handler that answers the accounts of all projects with resources of a provider."""

    def handler(call: Call, uuid: str) -> Reply:
        provider = find_provider(call, uuid)
        if not call.access.has(kind.permission, provider):
            raise forbidden()
        return _in_projects_with(call, kind, call.store.offerings.find("customer", provider.uuid))

    return handler


def list_of_offering(kind: AccountKind) -> Callable[[Call, str], Reply]:
    """Make the handler that answers the accounts of all projects with resources of an offering."""

    def handler(call: Call, uuid: str) -> Reply:
        offering = find_provided(call, uuid)
        if not call.access.has(kind.permission, offering.customer):
            raise forbidden()
        return _in_projects_with(call, kind, [offering])

    return handler


def _in_projects_with(call: Call, kind: AccountKind, offerings: Iterable[Offering]) -> Reply:
    projects = {
        resource.project.uuid
        for offering in offerings
        for resource in call.store.resources.find("offering", offering.uuid)
        if resource.state != "Terminated"
    }
    rows = [row for row in call.store.accounts if row.kind == kind.word and row.project.uuid in projects]
    return listing(call, select(call, rows, _filters(kind), _ORDERS), kind.fields)
