"""People over REST: what A's offering exposes of them; B's users, its identity bridge and its eduTEAMS client.

User names and addresses of people never stand in an error: servers repeat them in their complaints, so they are taken out.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import attrs

from federation_adapters.waldur.peer import Params, Peer
from federation_adapters.waldur.wire import ABSENT, AllowedRow, BPersonRow, DisclosureRow, PersonRef
from federation_core.domain.errors import Invalid, PlaneError
from federation_core.domain.ids import AOfferingId, AUserId, BUserId, hexed
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.people import BPerson, Disclosure, Profile

T = TypeVar("T")
PREFIX = "user_"
MAX_NAMES = 100
MAX_CHARACTERS = 2_000
"""User names that one request asks for: their count, and their characters, which stand in its URL."""

_KEYS = frozenset(attribute.name for attribute in attrs.fields(BPersonRow) if attribute.default is ABSENT)


class WaldurProviderPeople:
    """The people with an account in one offering of A."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def list_disclosures(self) -> Complete[tuple[Disclosure, ...]] | Incomplete[tuple[Disclosure, ...]]:
        """What A shows of each."""
        return self._peer.listing(
            "person.list_disclosures",
            "marketplace-offering-users/",
            [("offering_uuid", hexed(self._offering)), ("o", "created")],
            DisclosureRow,
            keep=lambda row: row.offering_uuid == self._offering,
            translate=_disclosure,
        )


class WaldurConsumerPeople:
    """The people of B."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def look_up(self, usernames: Sequence[str]) -> Complete[tuple[BPerson, ...]] | Incomplete[tuple[BPerson, ...]]:
        """The accounts with exactly these names, as many at once as fit into a URL."""
        found: list[BPerson] = []
        flaws: list[str] = []
        for batch in _batches(usernames):
            part = self._batch(batch)
            found += part.value
            if isinstance(part, Incomplete):
                flaws.append(part.reason)
        return Incomplete(tuple(found), "; ".join(flaws)) if flaws else Complete(tuple(found))

    def _batch(self, names: tuple[str, ...]) -> Complete[tuple[BPerson, ...]] | Incomplete[tuple[BPerson, ...]]:
        key = "username" if len(names) == 1 else "username_list"
        return self._list("person.look_up", [(key, ",".join(names))], lambda row: row.username in names)

    def look_up_email(self, email: str) -> Complete[tuple[BPerson, ...]] | Incomplete[tuple[BPerson, ...]]:
        """The accounts with this address; the server also gives those that only contain it."""
        wanted = email.casefold()
        return self._list("person.look_up", [("email", email)], lambda row: str(row.email).casefold() == wanted)

    def allowed_attributes(self) -> frozenset[str]:
        """The attributes that the identity bridge takes."""
        row = self._peer.read("person.allowed", "identity-bridge/allowed-fields/", AllowedRow, sparse=False)
        return frozenset(row.allowed_fields)

    def push(self, username: str, source: str, attributes: Profile) -> BUserId:
        """Vouch for a person and tell the attributes."""
        body = {**attributes, "username": username, "source": source}
        return self._made("person.push", "identity-bridge/", body, username)

    def withdraw(self, username: str, source: str) -> None:
        """Stop vouching for a person."""
        body = {"username": username, "source": source}
        _discreetly(username, lambda: self._peer.write("person.withdraw", "identity-bridge/remove/", body))

    def fetch(self, cuid: str) -> BUserId:
        """Have B fetch a person from eduTEAMS."""
        return self._made("person.fetch", "remote-eduteams/", {"cuid": cuid}, cuid)

    def _made(self, operation: str, path: str, body: dict[str, Any], name: str) -> BUserId:
        answer = _discreetly(name, lambda: self._peer.write(operation, path, body))
        return BUserId(self._peer.structured(operation, answer, PersonRef).uuid)

    def _list(
        self, operation: str, params: Params, keep: Callable[[BPersonRow], bool]
    ) -> Complete[tuple[BPerson, ...]] | Incomplete[tuple[BPerson, ...]]:
        return self._peer.listing(operation, "users/", params, BPersonRow, keep=keep, translate=_person)


def _batches(usernames: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The names in groups that one request can ask for; a name with a comma goes alone, the list is separated by them."""
    batch: list[str] = []
    for name in usernames:
        if "," in name:
            yield (name,)
            continue
        if batch and (len(batch) == MAX_NAMES or sum(map(len, batch)) + len(name) > MAX_CHARACTERS):
            yield tuple(batch)
            batch = []
        batch.append(name)
    if batch:
        yield tuple(batch)


def _discreetly(name: str, call: Callable[[], T]) -> T:
    """Make a call; a complaint that repeats *name* is raised without it."""
    try:
        return call()
    except PlaneError as error:
        if name not in error.detail:
            raise
        raise _without(error, name) from None


def _without(error: PlaneError, name: str) -> PlaneError:
    detail = error.detail.replace(name, "the person")
    if isinstance(error, Invalid):
        clean: PlaneError = Invalid(error.side, error.operation, detail, error.status, fields=error.fields)
    else:
        clean = type(error)(error.side, error.operation, detail, error.status)
    clean.host, clean.advice = error.host, error.advice
    return clean


def _disclosure(row: DisclosureRow) -> Disclosure:
    has_terms = row.offering_has_active_tos is not False
    return Disclosure(
        AUserId(row.user_uuid),
        row.has_consent if has_terms else row.has_consent or None,
        row.is_restricted or False,
        {name: value for name in _KEYS if (value := getattr(row, f"{PREFIX}{name}")) is not ABSENT},
        row.user_username or "",
        row.state or "",
    )


def _person(row: BPersonRow) -> BPerson:
    return BPerson(
        id=BUserId(row.uuid),
        username=row.username,
        email="" if row.email is ABSENT else str(row.email or ""),
        is_active=row.is_active,
        registration_method=row.registration_method or None,
        sources=None if row.active_isds is None else frozenset(row.active_isds),
        profile={name: value for name in _KEYS if (value := getattr(row, name)) is not ABSENT},
    )
