"""Query parameters of the lists of users."""

from collections.abc import Callable

from federation_adapters.sandbox.areas.users.fields import attribute_of
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import SortKey
from federation_adapters.sandbox.entities import Customer, Grant, Project, User

_Names = Callable[[User], str]
_NAMES: tuple[_Names, ...] = (lambda u: u.full_name, lambda u: u.username, lambda u: u.email)


def _text(name: str) -> _Names:
    return lambda user: str(attribute_of(user, name) or "")


def _in_customer(grant: Grant, uuid: str) -> bool:
    """Tell whether the role is held on the customer or in one of its projects."""
    if isinstance(grant.scope, Project):
        return grant.scope.customer.uuid == uuid
    return grant.scope.uuid == uuid


def _working(fits: Callable[[Grant, str], bool]) -> by.Filter[User]:
    """Make a filter: a live grant of the user fits the UUID given."""

    def read(call: Call, texts: list[str]) -> by.Test[User]:
        wanted = by.read_uuid(texts[-1])
        return lambda user: any(fits(grant, wanted) for grant in call.store.grants_of(user))

    return read


def _holding(kind: type[Customer | Project]) -> by.Filter[User]:
    """Make a filter: the user holds one of the roles given (repeated, or with commas) on that kind of scope."""

    def read(call: Call, texts: list[str]) -> by.Test[User]:
        wanted = {part for text in texts for part in text.split(",")}
        return lambda user: any(
            isinstance(grant.scope, kind) and grant.role.name in wanted for grant in call.store.grants_of(user)
        )

    return read


USER_FILTERS: by.Filters[User] = {
    "username": by.exact(lambda u: u.username),
    "username_list": by.any_text(lambda u: u.username),
    "email": by.contains(lambda u: u.email),
    "full_name": by.contains(lambda u: u.full_name),
    "query": by.contains(*_NAMES, _text("civil_number")),
    "user_keyword": by.contains(*_NAMES),
    "civil_number": by.exact(_text("civil_number")),
    "organization": by.contains(_text("organization")),
    "phone_number": by.contains(_text("phone_number")),
    "registration_method": by.exact(lambda u: u.registration_method),
    "customer_uuid": _working(_in_customer),
    "project_uuid": _working(lambda grant, uuid: isinstance(grant.scope, Project) and grant.scope.uuid == uuid),
    "organization_roles": _holding(Customer),
    "project_roles": _holding(Project),
    "is_active": by.boolean(lambda u: u.is_active),
    "is_staff": by.boolean(lambda u: u.is_staff),
    "is_support": by.boolean(lambda u: u.is_support),
    "modified": by.since(lambda u: u.modified),
    "date_joined": by.since(lambda u: u.created),
}
USER_ORDERS: dict[str, SortKey[User]] = {
    "username": lambda u: u.username,
    "email": lambda u: u.email,
    "full_name": lambda u: u.full_name,
    "organization": _text("organization"),
    "registration_method": lambda u: u.registration_method,
    "is_active": lambda u: u.is_active,
    "is_staff": lambda u: u.is_staff,
    "is_support": lambda u: u.is_support,
}
