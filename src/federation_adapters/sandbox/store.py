"""The simulated database: tables with undo, one source of UUIDs, one clock."""

import uuid as uuids
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from random import Random
from typing import Generic, TypedDict, TypeVar

from federation_adapters.sandbox.clock import Clock
from federation_adapters.sandbox.entities import (
    AgentIdentity,
    AgentProcessor,
    AgentService,
    Customer,
    Grant,
    Offering,
    Order,
    Project,
    Resource,
    Role,
    Row,
    User,
)
from federation_adapters.sandbox.journal import Journal
from federation_adapters.sandbox.profiles import Profile
from federation_adapters.sandbox.progress import ProgressBook
from federation_adapters.sandbox.slugs import SlugRegister

RowT = TypeVar("RowT", bound=Row)


class Stamp(TypedDict):
    """The arguments every new row takes."""

    uuid: str
    created: datetime
    modified: datetime
    journal: Journal


class Table(Generic[RowT]):
    """Rows of one kind in the order of their creation, found by UUID at once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows: dict[str, RowT] = {}

    def __iter__(self) -> Iterator[RowT]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, uuid: str | None) -> RowT | None:
        """Return the row with that UUID (hexadecimal), or None."""
        return self._rows.get(uuid) if uuid else None

    def add(self, row: RowT) -> RowT:
        """Insert *row* at the end and return it."""
        self._rows[row.uuid] = row
        self._journal.note(partial(self._rows.pop, row.uuid))
        return row

    def remove(self, row: RowT) -> None:
        """Delete *row*; rolled back, it returns to its old place."""
        before = dict(self._rows)
        del self._rows[row.uuid]
        self._journal.note(partial(self._restore, before))

    def _restore(self, rows: dict[str, RowT]) -> None:
        self._rows = rows


class Store:
    """All tables of one sandbox.

    Args:
        seed: Decides every UUID and token.
        clock: Decides every time stamp.
        profile: Server generation whose rules apply.
    """

    def __init__(self, seed: int, clock: Clock, profile: Profile) -> None:
        self.random = Random(seed)  # noqa: S311 -- repeatable on purpose, nothing here is a secret
        self.now = clock
        self.profile = profile
        self.journal = Journal()
        self.progress = ProgressBook()
        self.users = Table[User](self.journal)
        self.customers = Table[Customer](self.journal)
        self.projects = Table[Project](self.journal)
        self.offerings = Table[Offering](self.journal)
        self.resources = Table[Resource](self.journal)
        self.orders = Table[Order](self.journal)
        self.roles = Table[Role](self.journal)
        self.grants = Table[Grant](self.journal)
        self.identities = Table[AgentIdentity](self.journal)
        self.services = Table[AgentService](self.journal)
        self.processors = Table[AgentProcessor](self.journal)
        self.slugs = {kind: SlugRegister() for kind in ("customer", "project", "offering", "resource", "order")}
        self._users_by_token: dict[str, User] = {}
        self._orders_by_resource: dict[str, tuple[Order, ...]] = {}
        self._consents: set[tuple[str, str]] = set()

    def new_uuid(self) -> str:
        """Return the next UUID as 32 hexadecimal digits."""
        return uuids.UUID(int=self.random.getrandbits(128), version=4).hex

    def new_token(self) -> str:
        """Return the next token: 40 hexadecimal digits that open nothing but this sandbox."""
        return f"{self.random.getrandbits(160):040x}"

    def stamp(self) -> Stamp:
        """Return what every new row starts with."""
        now = self.now()
        return Stamp(uuid=self.new_uuid(), created=now, modified=now, journal=self.journal)

    def touch(self, row: Row) -> None:
        """Move `modified` of *row* to the present, as every save does."""
        row.modified = self.now()

    def claim_slug(self, kind: str, base: str) -> str:
        """Return a free slug for that kind of object; a rolled back request gives it back."""
        slug = self.slugs[kind].claim(base)
        self.journal.note(partial(self.slugs[kind].release, slug))
        return slug

    def add_user(self, user: User) -> User:
        """Insert a user and make the token known."""
        self._users_by_token[user.token] = user
        return self.users.add(user)

    def user_of_token(self, token: str) -> User | None:
        """Return whoever the token belongs to."""
        return self._users_by_token.get(token)

    def add_order(self, order: Order) -> Order:
        """Insert an order and link it to its resource."""
        key = order.resource.uuid
        before = self._orders_by_resource.get(key, ())
        self._orders_by_resource[key] = (*before, order)
        self.journal.note(partial(self._orders_by_resource.__setitem__, key, before))
        return self.orders.add(order)

    def remove_order(self, order: Order) -> None:
        """Delete an order; its resource stays as it is."""
        key = order.resource.uuid
        before = self._orders_by_resource[key]
        self._orders_by_resource[key] = tuple(other for other in before if other is not order)
        self.journal.note(partial(self._orders_by_resource.__setitem__, key, before))
        self.orders.remove(order)

    def orders_of(self, resource: Resource) -> tuple[Order, ...]:
        """Return the orders of a resource, oldest first."""
        return self._orders_by_resource.get(resource.uuid, ())

    def record_consent(self, user: User, offering: Offering) -> None:
        """Remember that *user* accepted the terms of *offering*."""
        key = (user.uuid, offering.uuid)
        if key not in self._consents:
            self._consents.add(key)
            self.journal.note(partial(self._consents.discard, key))

    def has_consent(self, user: User, offering: Offering) -> bool:
        """Tell whether *user* accepted the terms of *offering*."""
        return (user.uuid, offering.uuid) in self._consents
