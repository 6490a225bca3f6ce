"""Answers about offering users, and what their provider does with them."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from federation_adapters.sandbox.areas.customers.responses import find_provider
from federation_adapters.sandbox.areas.offering_users import models
from federation_adapters.sandbox.areas.offering_users.fields import OFFERING_USER_FIELDS
from federation_adapters.sandbox.areas.offering_users.machine import EXPLAINED, MOVES, RUNTIME_STATES, State
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import SortKey, chosen_once, detail, listing, select, show
from federation_adapters.sandbox.conventions.scalars import parse_uuid, uuids_in_url
from federation_adapters.sandbox.entities import JsonObject, Offering, OfferingUser, Row, User
from federation_adapters.sandbox.exceptions import cross_field_error, field_error, forbidden, not_found, wrong_state
from federation_adapters.sandbox.store import Table

RowT = TypeVar("RowT", bound=Row)
Action = Callable[[Call, str], Reply]
_LONGEST_NAME = 100
_LONGEST_TEXT = 4000
_OFFERINGS = ("/api/marketplace-provider-offerings/*/", "/api/marketplace-public-offerings/*/")
_USERS = ("/api/users/*/",)
_EXACT_NAME: by.Filter[OfferingUser] = by.exact(lambda r: r.username)


def _consenting(call: Call, texts: list[str]) -> by.Test[OfferingUser]:
    consents: by.Filter[OfferingUser] = by.boolean(lambda row: call.store.has_consent(row.user, row.offering))
    return consents(call, texts)


def _complete(call: Call, texts: list[str]) -> by.Test[OfferingUser]:
    is_complete: by.Filter[OfferingUser] = by.boolean(lambda row: not models.missing_attributes(call.store, row.user))
    return is_complete(call, texts)


_FILTERS: by.Filters[OfferingUser] = {
    "offering_uuid": by.any_uuid(lambda r: r.offering.uuid),
    "offering": by.by_url(lambda r: r.offering.uuid, *_OFFERINGS),
    "offering_slug": by.any_text(lambda r: r.offering.slug),
    "provider_uuid": by.one_uuid(lambda r: r.offering.customer.uuid),
    "user_uuid": by.one_uuid(lambda r: r.user.uuid),
    "user_username": by.exact_ignoring_case(lambda r: r.user.username),
    "username": lambda call, texts: _EXACT_NAME(call, texts) if call.profile.account_name_filter else (lambda _: True),
    "state": by.choice(lambda r: r.state, State),
    "runtime_state": by.choice(lambda r: r.runtime_state, RUNTIME_STATES),
    "is_restricted": by.boolean(lambda r: r.is_restricted),
    "has_consent": _consenting,
    "has_complete_profile": _complete,
    "offering_has_active_tos": by.boolean(lambda r: bool(r.offering.terms_of_service)),
    "query": by.contains(lambda r: r.username, lambda r: r.user.username, lambda r: r.user.full_name),
    "created": by.since(lambda r: r.created),
    "created_before": by.until(lambda r: r.created),
    "modified": by.since(lambda r: r.modified),
    "modified_before": by.until(lambda r: r.modified),
}
_ORDERS: dict[str, SortKey[OfferingUser]] = {
    "created": lambda r: r.created,
    "modified": lambda r: r.modified,
    "username": lambda r: r.username,
    "user_first_name": lambda r: r.user.first_name,
    "user_last_name": lambda r: r.user.last_name,
}


def list_accounts(call: Call) -> Reply:
    """Answer the offering users that the caller sees."""

    def choose() -> list[OfferingUser]:
        store = call.store
        rows = [row for row in _candidates(call) if models.may_see(store, call.access, row)]
        return select(call, rows, _FILTERS, _ORDERS)

    return listing(call, chosen_once(call, choose), OFFERING_USER_FIELDS)


def _candidates(call: Call) -> Iterable[OfferingUser]:
    """Return the rows of one offering when just one is asked for, else all."""
    given = call.request.args.getlist("offering_uuid")
    offering = parse_uuid(given[0]) if len(given) == 1 else None
    return call.store.offering_users.find("offering", offering) if offering else call.store.offering_users


def find(call: Call, uuid: str) -> OfferingUser:
    """Return an offering user that the caller sees, else raise 404."""
    row = call.store.offering_users.get(parse_uuid(uuid))
    if row is None or not models.may_see(call.store, call.access, row):
        raise not_found("OfferingUser")
    return row


def retrieve_account(call: Call, uuid: str) -> Reply:
    """Answer one offering user."""
    return detail(call, find(call, uuid), OFFERING_USER_FIELDS)


def _find_for(call: Call, uuid: str, permission: str) -> OfferingUser:
    row = find(call, uuid)
    if not call.access.has(permission, row.offering, row.offering.customer):
        raise forbidden()
    return row


def create_account(call: Call) -> Reply:
    """Make an account; with a local name it is ready at once."""
    body = call.body()
    offering: Offering = _either(body, "offering", call.store.offerings, *_OFFERINGS)
    user: User = _either(body, "user", call.store.users, *_USERS)
    if not call.access.has("OFFERING.CREATE_USER", offering.customer):
        raise forbidden()
    row = models.add_account(call.store, offering, user, _username(body))
    return Reply(show(call, row, OFFERING_USER_FIELDS), status=201)


def _either(body: JsonObject, key: str, table: Table[RowT], *views: str) -> RowT:
    """Return the object named by its address or by its UUID, whichever is there."""
    by_url, by_uuid = body.get(key), body.get(f"{key}_uuid")
    if (by_url is None) == (by_uuid is None):
        raise cross_field_error(f"Exactly one of {key} and {key}_uuid is expected.")
    parts = uuids_in_url(by_url, *views)
    row = table.get(parts[0] if parts else parse_uuid(by_uuid))
    if row is None:
        raise field_error(key if by_uuid is None else f"{key}_uuid", "Object does not exist.")
    return row


def _username(body: JsonObject) -> str:
    return "" if body.get("username") is None else inputs.text(body, "username", longest=_LONGEST_NAME)


def update_account(call: Call, uuid: str) -> Reply:
    """Change the local name; offering and person stay what they are."""
    row = _find_for(call, uuid, "OFFERING.UPDATE_USER")
    body = call.body()
    if "username" in body:
        models.rename(call.store, row, _username(body))
    return Reply(show(call, row, OFFERING_USER_FIELDS))


def delete_account(call: Call, uuid: str) -> Reply:
    """Forget an account."""
    row = find(call, uuid)
    if not call.access.has("OFFERING.DELETE_USER", row.offering.customer):
        raise forbidden()
    call.store.offering_users.remove(row)
    return empty(204)


def move_by(action: str) -> Action:
    """Make the handler of one move from state to state."""

    def handler(call: Call, uuid: str) -> Reply:
        row = _find_for(call, uuid, "OFFERING.UPDATE_USER")
        body = call.body()
        if action in EXPLAINED:
            row.service_provider_comment = inputs.text(body, "comment", default="", longest=_LONGEST_TEXT)
            row.service_provider_comment_url = inputs.text(body, "comment_url", default="", longest=_LONGEST_TEXT)
        models.move(call.store, row, action)
        return empty()

    return handler


def update_restricted(call: Call, uuid: str) -> Reply:
    """Bar the person from the offering, or let the person back."""
    row = _find_for(call, uuid, "OFFERINGUSER.UPDATE_RESTRICTION")
    row.is_restricted = inputs.flag(call.body(), "is_restricted")
    call.store.touch(row)
    return empty()


def update_runtime_state(call: Call, uuid: str) -> Reply:
    """Say how the account does apart from its making."""
    row = _find_for(call, uuid, "OFFERING.UPDATE_USER")
    if row.state == State.DELETED:
        raise wrong_state(tuple(state for state in State if state is not State.DELETED))
    body = call.body()
    row.runtime_state = inputs.word(body, "runtime_state", RUNTIME_STATES)
    _comment(row, body)
    call.store.touch(row)
    return empty()


def update_comments(call: Call, uuid: str) -> Reply:
    """Leave a word for the person."""
    row = _find_for(call, uuid, "OFFERING.UPDATE_USER")
    _comment(row, call.body())
    call.store.touch(row)
    names = ("service_provider_comment", "service_provider_comment_url")
    return Reply(show(call, row, {name: OFFERING_USER_FIELDS[name] for name in names}))


def _comment(row: OfferingUser, body: JsonObject) -> None:
    for name in ("service_provider_comment", "service_provider_comment_url"):
        if name in body:
            setattr(row, name, inputs.text(body, name, longest=_LONGEST_TEXT))


def set_posix_attributes(call: Call, uuid: str) -> Reply:
    """Store numbers, shell and home of the account."""
    row = _find_for(call, uuid, "OFFERING.UPDATE_USER")
    body = call.body()
    numbers = [name for name in ("uidnumber", "primarygroup") if name in body]
    texts = [name for name in ("login_shell", "home_directory") if name in body]
    if not numbers and not texts:
        raise cross_field_error("At least one attribute is expected.")
    for number in numbers:
        setattr(row, number, _posix_number(call, row, number, body[number]))
    for text in texts:
        setattr(row, text, inputs.text(body, text))
    call.store.touch(row)
    return Reply({"uidnumber": row.uidnumber, "primarygroup": row.primarygroup, "warnings": []})


def _posix_number(call: Call, row: OfferingUser, name: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise field_error(name, "A valid integer is required.")
    others = call.store.offering_users.find("offering", row.offering.uuid)
    if name == "uidnumber" and any(other is not row and other.uidnumber == value for other in others):
        raise field_error(name, "This number is taken.")
    return value


def set_offerings_username(call: Call, uuid: str) -> Reply:
    """Give a person one local name at all offerings of a provider where the person has an account or resources."""
    provider = find_provider(call, uuid)
    if not call.access.has("SERVICE_PROVIDER.SET_OFFERINGS_USERNAME", provider):
        raise forbidden()
    body = call.body()
    user = call.store.users.get(parse_uuid(inputs.text(body, "user_uuid")))
    if user is None:
        raise field_error("user_uuid", "User is not found.")
    username = inputs.text(body, "username", longest=_LONGEST_NAME, blank=False)
    for offering in call.store.offerings.find("customer", provider.uuid):
        if not models.allows_accounts(offering) or not _uses(call, user, offering):
            continue
        row = models.account_of(call.store, user, offering) or models.add_account(call.store, offering, user)
        models.rename(call.store, row, username)
    return Reply({"detail": "Offering users' usernames have been set."}, status=201)


def _uses(call: Call, user: User, offering: Offering) -> bool:
    projects = {grant.scope.uuid for grant in call.store.grants_of(user)}
    resources = call.store.resources.find("offering", offering.uuid)
    return any(resource.state != "Terminated" and resource.project.uuid in projects for resource in resources)


STATE_ACTIONS: dict[str, Action] = {action: move_by(action) for action in MOVES}
OTHER_ACTIONS: dict[str, Action] = {
    "update_restricted": update_restricted,
    "update_runtime_state": update_runtime_state,
    "set_posix_attributes": set_posix_attributes,
}
