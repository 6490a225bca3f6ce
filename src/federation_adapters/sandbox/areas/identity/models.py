"""Rules of the identity bridge: who owns which attribute of a person, and when a person is let go.

A source is an identity service that vouches for people. Whoever wrote an attribute last owns it; nobody's silence, and
no empty value of somebody else, takes it away.
"""

import attrs

from federation_adapters.sandbox.areas.users.fields import attribute_of
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import JsonObject, User
from federation_adapters.sandbox.exceptions import ApiError, field_error
from federation_adapters.sandbox.settings import ANY_REMOVED, PERSONAL_ATTRIBUTES
from federation_adapters.sandbox.store import Store

_DIRECT = frozenset({"first_name", "last_name", "email"})
_EMPTY: tuple[object, ...] = ("", None, [])
_EDUTEAMS = "eduteams"


@attrs.frozen
class Pushed:
    """What a push did."""

    user: User
    created: bool
    updated_fields: tuple[str, ...]


def find_person(store: Store, username: str) -> User | None:
    """Return the user of that name."""
    return next((user for user in store.users if user.username == username), None)


def check_allowed(store: Store, attributes: JsonObject) -> None:
    """Raise 400 naming all attributes that may not be pushed."""
    refused = sorted(attributes.keys() - store.settings.bridge_attributes)
    if refused:
        raise ApiError(400, {"non_field_errors": [f"These fields are not allowed: {', '.join(refused)}."]})


def push(store: Store, username: str, source: str, attributes: JsonObject) -> Pushed:
    """Create or refresh a person on behalf of a source.

    Raises:
        ApiError: 400 for a deactivated person, or somebody else's civil number.
    """
    user = find_person(store, username)
    if user is not None and not user.is_active:
        raise ApiError(400, {"detail": f"User {username} is deactivated."})
    _check_civil_number(store, user, attributes)
    if user is None:
        user = add_person(store, username, source)
        user.active_isds = (source,)
        return Pushed(user, created=True, updated_fields=_write(store, user, source, attributes))
    updated = _write(store, user, source, attributes)
    if source not in user.active_isds:
        user.active_isds = (*user.active_isds, source)
        updated = (*updated, "active_isds")
    return Pushed(user, created=False, updated_fields=updated)


def _check_civil_number(store: Store, user: User | None, attributes: JsonObject) -> None:
    number = attributes.get("civil_number")
    if number and any(other is not user and other.profile.get("civil_number") == number for other in store.users):
        raise field_error("civil_number", "User with this civil number already exists.")


def add_person(store: Store, username: str, registration_method: str) -> User:
    """Insert a user who has no password and gets no mail."""
    return store.add_user(
        User(
            **store.stamp(),
            username=username,
            token=store.new_token(),
            registration_method=registration_method,
            notifications_enabled=False,
        )
    )


def _write(store: Store, user: User, source: str, attributes: JsonObject) -> tuple[str, ...]:
    """Store what the source may write, move ownership and time, and return the names that changed."""
    updated = []
    for name, value in attributes.items():
        owner = owner_of(user, name)
        if _is_kept(store, name, owner, source, value):
            continue
        if attribute_of(user, name) != value:
            set_attribute(user, name, value)
            updated.append(name)
        if value not in _EMPTY or owner == source:
            stamp: JsonObject = {"source": source, "timestamp": show_moment(store.now())}
            user.attribute_sources = {**user.attribute_sources, name: stamp}
    store.touch(user)
    return tuple(sorted(updated))


def owner_of(user: User, name: str) -> str:
    """Return the source that wrote an attribute last, or nothing."""
    return str(user.attribute_sources.get(name, {}).get("source", ""))


def _is_kept(store: Store, name: str, owner: str, source: str, value: object) -> bool:
    """Tell whether an attribute stays as it is, whatever the source says."""
    if not owner or owner == source:
        return False
    locked = name in store.settings.locked_attributes and owner == store.settings.authoritative_isd
    return locked or value in _EMPTY


def set_attribute(user: User, name: str, value: object) -> None:
    """Store one attribute of a person."""
    if name in _DIRECT:
        setattr(user, name, value)
    else:
        user.profile = {**user.profile, name: value}


def remove(store: Store, user: User, source: str) -> bool:
    """Take back all that a source said of a person, and tell whether that ended the account.

    Nobody checks that the source ever vouched: a person with no source at all is let go as well.
    """
    for name in [name for name in user.attribute_sources if owner_of(user, name) == source]:
        set_attribute(user, name, _nothing(name))
        user.attribute_sources = {key: stamp for key, stamp in user.attribute_sources.items() if key != name}
    user.active_isds = tuple(isd for isd in user.active_isds if isd != source)
    ends = store.settings.deactivation_policy == ANY_REMOVED or not user.active_isds
    ended = ends and user.is_active
    if ended:
        user.is_active = False
        user.deactivation_reason = f"Removed by {source}."
    store.touch(user)
    return ended


def _nothing(name: str) -> object:
    kind = PERSONAL_ATTRIBUTES[name]
    if kind == "texts":
        return []
    return None if kind in {"date", "number", "gender"} or name == "civil_number" else ""


def fetch_from_eduteams(store: Store, cuid: str) -> User:
    """Create or refresh a person as eduTEAMS knows it.

    Raises:
        ApiError: 404 for somebody it does not know, 400 when it cannot be asked.
    """
    if store.settings.eduteams_trouble:
        raise ApiError(400, {"detail": store.settings.eduteams_trouble})
    known = store.settings.eduteams_people.get(cuid)
    if known is None:
        raise ApiError(404, {"detail": f"User {cuid} has not been found"})
    user = find_person(store, cuid) or add_person(store, cuid, _EDUTEAMS)
    for name, value in known.items():
        set_attribute(user, name, value)
    store.touch(user)
    return user
