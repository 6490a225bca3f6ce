"""A Waldur with storage systems and a site's user service, in memory; and the hierarchy that is kept of them."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import attrs
from tests.fakes.script import Scripted
from tests.strategies.storage import API, LONG_AGO

from federation_core.application.storage_tree import StorageSettings, StorageTree
from federation_core.domain.errors import NotFound, PlaneError
from federation_core.domain.ids import Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.storage.items import StorageRules
from federation_core.domain.storage.records import OrderSeen, Skipped, StorageResource
from federation_core.ports.storage import Noted, Stirred

Listed = Complete[tuple[Noted, ...]] | Incomplete[tuple[Noted, ...]]


class Seconds:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeInventory(Scripted):
    """Resources and orders; what is called is counted, and a call may be told to answer a part only.

    Attributes:
        now: Waldur's clock; every change takes a second.
        since: from when on changes of orders were asked for last.
        short: calls that answer a part only, while they are in it.
        dated: whether resources show when they changed.
        refused: calls that it never answers, and how it says so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = LONG_AGO
        self.rows: dict[UUID, StorageResource | Skipped] = {}
        self.changed: dict[UUID, datetime] = {}
        self.orders: dict[UUID, Stirred] = {}
        self.calls: Counter[str] = Counter()
        self.since: datetime | None = None
        self.short: set[str] = set()
        self.dated = True
        self.refused: dict[str, PlaneError] = {}

    # what others do

    def put(self, *rows: StorageResource | Skipped) -> None:
        """Resources come, or change."""
        for row in rows:
            self.now += timedelta(seconds=1)
            self.rows[row.id], self.changed[row.id] = row, self.now

    def drop(self, resource: UUID) -> None:
        """A resource is deleted, or not shown to us any more."""
        del self.rows[resource], self.changed[resource]

    def rewrite(self, row: StorageResource) -> None:
        """Something of a resource changes that is not its own, as the name of its project: no time tells of it."""
        self.rows[row.id] = row

    def stir(self, resource: UUID, order: OrderSeen | None, number: UUID | None = None) -> None:
        """An order on a resource changes, and no time of the resource tells of it; None ends the one there was."""
        row = self.rows.get(resource)
        self.now += timedelta(seconds=1)
        if isinstance(row, StorageResource):
            was = order or row.order
            number = number or (None if was is None else was.id)
            self.rows[resource] = attrs.evolve(row, order=order)
        if number is not None:
            self.orders[number] = Stirred(number, resource, self.now)

    # the port

    def read_all(self) -> Listed:
        self._called("read_all")
        return self._listed("read_all", [self._noted(id_) for id_ in self.rows])

    def moment(self) -> datetime:
        return self.now

    def count(self) -> int:
        self._called("count")
        return len(self.rows)

    def read_changed(self, since: datetime) -> Listed:
        self._called("read_changed")
        return self._listed("read_changed", [self._noted(id_) for id_ in self.rows if self.changed[id_] >= since])

    def stirred(self, since: datetime) -> Complete[tuple[Stirred, ...]] | Incomplete[tuple[Stirred, ...]]:
        self._called("stirred")
        self.since = since
        found = tuple(one for one in self.orders.values() if one.modified >= since)
        return Incomplete(found[1:], "a part") if "stirred" in self.short else Complete(found)

    def read(self, resource: UUID) -> Noted:
        self._called("read")
        if resource not in self.rows:
            raise NotFound(Side.A, "storage.read")
        return self._noted(resource)

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        self.happens(self.before, name)
        if name in self.refused:
            raise self.refused[name]

    def _listed(self, name: str, noted: list[Noted]) -> Listed:
        return Incomplete(tuple(noted[1:]), "a part") if name in self.short else Complete(tuple(noted))

    def _noted(self, id_: UUID) -> Noted:
        row = self.rows[id_]  # what is read is a value of its own each time, as from JSON
        return Noted(UUID(int=id_.int), attrs.evolve(row), self.changed[id_] if self.dated else None)


class FakeProjectGroups(Scripted):
    """Group ids by project; those who are asked for are kept."""

    def __init__(self, **known: int) -> None:
        super().__init__()
        self.known: dict[str, int] = known
        self.asked: list[frozenset[str]] = []

    def look_up(self, slugs: Collection[str]) -> Mapping[str, int]:
        self.asked.append(frozenset(slugs))
        self.happens(self.before, "look_up")
        return {slug: self.known[slug] for slug in slugs if slug in self.known}


class FakeStorage:
    """Both, a clock, and the use case on them."""

    def __init__(self, *rows: StorageResource | Skipped, has_groups: bool = True, **settings: Any) -> None:
        self.waldur, self.clock = FakeInventory(), Seconds()
        self.groups = FakeProjectGroups(permafrost=31877, avalanche=31902)
        self.settings = attrs.evolve(StorageSettings(StorageRules(API)), **settings)
        self.waldur.put(*rows)
        self.tree = self.anew(self.groups if has_groups else None)

    def anew(self, groups: FakeProjectGroups | None) -> StorageTree:
        """What a process that begins now would keep."""
        return StorageTree(self.waldur, groups, self.settings, self.clock)

    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    def look(self, after: float = 6):
        """Ask again when changes are due."""
        self.wait(after)
        return self.tree.refresh()
