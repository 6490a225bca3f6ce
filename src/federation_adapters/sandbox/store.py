"""The simulated database: tables with undo, one source of UUIDs, one clock."""

import uuid as uuids
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator
from datetime import datetime
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar, cast

from federation_adapters.sandbox.clock import Clock
from federation_adapters.sandbox.entities import (
    AgentIdentity,
    AgentProcessor,
    AgentService,
    ComponentUsage,
    ComponentUserUsage,
    Consent,
    Customer,
    EventQueue,
    EventSubscription,
    Grant,
    Offering,
    OfferingUser,
    Order,
    PlanPeriod,
    Project,
    ProjectAccount,
    Resource,
    Role,
    Row,
    ScienceDomain,
    ScienceSubDomain,
    Scope,
    SubscriptionQueue,
    User,
)
from federation_adapters.sandbox.journal import SAVED, Change, Journal
from federation_adapters.sandbox.profiles import Profile
from federation_adapters.sandbox.progress import ProgressBook
from federation_adapters.sandbox.settings import Settings
from federation_adapters.sandbox.slugs import SlugRegister

if TYPE_CHECKING:
    from federation_adapters.sandbox.broker import Broker

RowT = TypeVar("RowT", bound=Row)
AnswerT = TypeVar("AnswerT")


class Stamp(TypedDict):
    """The arguments every new row takes."""

    uuid: str
    created: datetime
    modified: datetime
    journal: Journal


class Table(Generic[RowT]):
    """Rows of one kind in the order of their creation, found at once by UUID and by keys that never change.

    Args:
        journal: Takes back what a refused request wrote.
        keys: Name of an index -> the key of a row in it.
    """

    def __init__(self, journal: Journal, **keys: Callable[[RowT], object]) -> None:
        self._journal = journal
        self._rows: dict[str, RowT] = {}
        self._keys = keys
        self._indexes: dict[str, dict[object, dict[str, RowT]]] = {name: {} for name in keys}

    def __iter__(self) -> Iterator[RowT]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, uuid: str | None) -> RowT | None:
        """Return the row with that UUID (hexadecimal), or None."""
        return self._rows.get(uuid) if uuid else None

    def find(self, index: str, key: object) -> Collection[RowT]:
        """Return the rows with that key in an index, oldest first."""
        return self._indexes[index].get(key, {}).values()

    def add(self, row: RowT) -> RowT:
        """Insert *row* at the end and return it."""
        for home in self._homes(row):
            home[row.uuid] = row
        self._journal.note(partial(self._drop, row))
        self._journal.tell(Change(row, "", value=True))
        return row

    def remove(self, row: RowT) -> None:
        """Delete *row*; rolled back, it returns to its old place."""
        before = [(home, dict(home)) for home in self._homes(row)]
        self._drop(row)
        self._journal.note(partial(self._restore, before))
        self._journal.tell(Change(row, "", value=False))

    def _homes(self, row: RowT) -> list[dict[str, RowT]]:
        return [self._rows, *(self._indexes[name].setdefault(key(row), {}) for name, key in self._keys.items())]

    def _drop(self, row: RowT) -> None:
        for home in self._homes(row):
            del home[row.uuid]

    @staticmethod
    def _restore(before: list[tuple[dict[str, RowT], dict[str, RowT]]]) -> None:
        for home, rows in before:
            home.clear()
            home.update(rows)


class Store:
    """All tables of one sandbox.

    Args:
        seed: Decides every UUID and token.
        clock: Decides every time stamp.
        profile: Server generation whose rules apply.

    Attributes:
        told: UUID of a resource -> how many messages there were about it.
    """

    def __init__(self, seed: int, clock: Clock, profile: Profile) -> None:
        self.random = Random(seed)  # noqa: S311 -- repeatable on purpose, nothing here is a secret
        self.now = clock
        self.profile = profile
        self.journal = Journal()
        self.progress = ProgressBook()
        self.settings = Settings(journal=self.journal)
        self.users = Table[User](self.journal)
        self.customers = Table[Customer](self.journal)
        self.science_domains = Table[ScienceDomain](self.journal)
        self.science_sub_domains = Table[ScienceSubDomain](self.journal)
        self.projects = Table[Project](self.journal, customer=lambda row: row.customer.uuid)
        self.offerings = Table[Offering](self.journal, customer=lambda row: row.customer.uuid)
        self.resources = Table[Resource](
            self.journal, project=lambda row: row.project.uuid, offering=lambda row: row.offering.uuid
        )
        self.orders = Table[Order](self.journal)
        self.plan_periods = Table[PlanPeriod](self.journal, resource=lambda row: row.resource.uuid)
        self.usages = Table[ComponentUsage](
            self.journal,
            resource=lambda row: row.resource.uuid,
            offering=lambda row: row.resource.offering.uuid,
            month=lambda row: (row.resource.offering.uuid, row.billing_period),
        )
        self.user_usages = Table[ComponentUserUsage](
            self.journal,
            total=lambda row: row.total.uuid,
            account=lambda row: (row.total.uuid, row.username),
            resource=lambda row: row.total.resource.uuid,
            offering=lambda row: row.total.resource.offering.uuid,
            month=lambda row: (row.total.resource.offering.uuid, row.total.billing_period),
        )
        self.roles = Table[Role](self.journal)
        self.grants = Table[Grant](self.journal, user=lambda row: row.user.uuid, scope=lambda row: row.scope.uuid)
        self.accounts = Table[ProjectAccount](self.journal, project=lambda row: row.project.uuid)
        self.offering_users = Table[OfferingUser](
            self.journal, offering=lambda row: row.offering.uuid, pair=lambda row: (row.offering.uuid, row.user.uuid)
        )
        self.consents = Table[Consent](self.journal, pair=lambda row: (row.user.uuid, row.offering.uuid))
        self.identities = Table[AgentIdentity](self.journal)
        self.services = Table[AgentService](self.journal)
        self.processors = Table[AgentProcessor](self.journal)
        self.event_queues = Table[EventQueue](self.journal)
        self.subscriptions = Table[EventSubscription](self.journal)
        self.subscription_queues = Table[SubscriptionQueue](self.journal)
        self.told = Counter[str]()
        self.broker: Broker | None = None
        self.slugs = {kind: SlugRegister() for kind in ("customer", "project", "offering", "resource", "order")}
        self._users_by_token: dict[str, User] = {}
        self._orders_by_resource: dict[str, tuple[Order, ...]] = {}
        self._answered_at = 0
        self._answers: dict[Hashable, object] = {}

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
        self.journal.tell(Change(row, SAVED, value=True))

    def claim_slug(self, kind: str, base: str) -> str:
        """Return a free slug for that kind of object; a rolled back request gives it back."""
        slug = self.slugs[kind].claim(base)
        self.journal.note(partial(self.slugs[kind].release, slug))
        return slug

    def add_user(self, user: User) -> User:
        """Insert a user, number it and make the token known."""
        user.number = len(self.users) + 1
        self._users_by_token[user.token] = user
        self.journal.note(partial(self._users_by_token.pop, user.token))
        return self.users.add(user)

    def renew_token(self, user: User) -> str:
        """Give a user another token; the one before opens nothing any more."""
        before, user.token = user.token, self.new_token()
        del self._users_by_token[before]
        self._users_by_token[user.token] = user
        return user.token

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

    def grants_of(self, user: User) -> list[Grant]:
        """Return the user's live grants, oldest first."""
        now = self.now()
        return [grant for grant in self.grants.find("user", user.uuid) if grant.is_live(now)]

    def grants_on(self, scope: Scope) -> list[Grant]:
        """Return the live grants on a scope, oldest first."""
        now = self.now()
        return [grant for grant in self.grants.find("scope", scope.uuid) if grant.is_live(now)]

    def lapsed_grants(self) -> int:
        """Return how many grants have come to their end by now; lists of people change with it and no write."""
        now = self.now()
        return sum(grant.expiration_time is not None and grant.expiration_time <= now for grant in self.grants)

    def record_consent(self, user: User, offering: Offering) -> Consent:
        """Note that *user* accepted the terms of *offering*, and return the agreement."""
        agreed = self.consent_of(user, offering)
        if agreed is not None:
            return agreed
        stamp = self.stamp()
        return self.consents.add(Consent(**stamp, user=user, offering=offering, agreement_date=stamp["created"]))

    def revoke_consent(self, consent: Consent) -> None:
        """End an agreement; one that was ended before stays as it is."""
        if consent.revocation_date is None:
            consent.revocation_date = self.now()
            self.touch(consent)

    def consent_of(self, user: User, offering: Offering) -> Consent | None:
        """Return the agreement of *user* to the terms of *offering* that is in force, if any."""
        agreements = self.consents.find("pair", (user.uuid, offering.uuid))
        return next((row for row in agreements if row.revocation_date is None), None)

    def has_consent(self, user: User, offering: Offering) -> bool:
        """Tell whether *user* accepts the terms of *offering*."""
        return self.consent_of(user, offering) is not None

    def once(self, question: Hashable, answer: Callable[[], AnswerT]) -> AnswerT:
        """Return what *answer* gives, found anew only when something was written since the question was last asked."""
        if self._answered_at != self.journal.revision:
            self._answers.clear()
            self._answered_at = self.journal.revision
        if question not in self._answers:
            self._answers[question] = answer()
        return cast("AnswerT", self._answers[question])
