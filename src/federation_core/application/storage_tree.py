"""The hierarchy of storage resources, kept for many askers: read from Waldur in full now and then, and by its changes in between.

A burst of askers costs one reading. What could not be read wholly changes nothing: the picture before it goes on until it is too
old, and then whoever asks is told why there is none.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import attrs

from federation_core.domain.errors import (
    FederationError,
    Forbidden,
    Invalid,
    NotFound,
    PlaneError,
    UnexpectedShape,
    Unsupported,
)
from federation_core.domain.ids import Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.storage.freshness import Due, Freshness, Look, due
from federation_core.domain.storage.hierarchy import Hierarchy, assemble
from federation_core.domain.storage.identities import GidFallback, Groups
from federation_core.domain.storage.items import Branch, Grown, StorageRules, grow, project_to_look_up
from federation_core.domain.storage.records import Skipped, StorageResource
from federation_core.domain.words import counted
from federation_core.ports.pool import WorkPool
from federation_core.ports.posix import ProjectGroups
from federation_core.ports.storage import Noted, Stirred, StorageInventory

OVERLAP = timedelta(minutes=2)
"""How far changes are looked for before the latest that was seen: Waldur notes a time before it commits."""

MOST_SINGLE = 20
"""Resources that are read one by one for the orders on them; with more, everything is read."""

CHUNK = 100
"""Projects that groups are asked for in one call; several calls run side by side."""

MOST_LISTED = 10
CACHE_POLICY = "Persists until server restart"
MILLISECONDS = 1000


@attrs.frozen
class StorageSettings:
    """The operator's wishes.

    Attributes:
        fallback: what is done with a storage whose Unix id nobody knows.
        group_life: seconds that a group id is kept; None for as long as the process lives.
        unknown_life: seconds after which a project that has no group is asked for again.
    """

    rules: StorageRules
    fallback: GidFallback = GidFallback.SKIP
    freshness: Freshness = attrs.field(factory=Freshness)
    group_life: float | None = None
    unknown_life: float = 60.0


@attrs.frozen
class _Picture:
    """What Waldur showed.

    Attributes:
        read_all: when all of it was read, on our own clock in seconds.
        read: when anything was.
        latest: up to when changes are in it, on Waldur's clock; None before one was seen.
        stirred: the changes of orders that are a part of it, each as the order and when.
    """

    noted: Mapping[UUID, Noted]
    read_all: float
    read: float
    latest: datetime | None
    stirred: frozenset[tuple[UUID, datetime]] = frozenset()


@attrs.frozen
class _News:
    """What changed since a picture, and the orders that did.

    Attributes:
        began: when that was asked, on our own clock in seconds.
        there: the same on Waldur's clock.
    """

    began: float
    there: datetime
    changed: Mapping[UUID, Noted]
    orders: tuple[Stirred, ...]

    @property
    def stirred(self) -> frozenset[tuple[UUID, datetime]]:
        """The changes of orders."""
        return frozenset((order.order, order.modified) for order in self.orders)


@attrs.frozen
class _Kept:
    """What a resource became, and of what."""

    seen: StorageResource
    group: int | None
    grown: Grown


class GroupBook:
    """Unix groups of projects, each asked for once; thread-safe by whoever uses it alone."""

    def __init__(
        self,
        groups: ProjectGroups | None,
        settings: StorageSettings,
        monotonic: Callable[[], float],
        pool: WorkPool | None = None,
    ) -> None:
        """Prepare it.

        Args:
            groups: who knows; None for nobody.
            settings: how long an answer is kept.
            monotonic: a clock in seconds.
            pool: runs calls side by side; without one everything is asked in a single call.
        """
        self._groups, self._settings, self._monotonic, self._pool = groups, settings, monotonic, pool
        self._known: dict[str, tuple[int, float]] = {}
        self._unknown: dict[str, float] = {}
        self.trouble: PlaneError | None = None
        self.asked = self.hits = 0

    def look_up(self, slugs: Iterable[str]) -> Groups:
        """What is known of *slugs*; who knows is asked for those that nothing is known of.

        A failure is kept as `trouble`, and what could be asked nevertheless counts.
        """
        wanted = frozenset(slugs)
        now = self._monotonic()
        missing = {slug for slug in wanted if not self._is_kept(slug, now)}
        self.hits += len(wanted) - len(missing)
        self.trouble = self._asked(missing, now) if missing else None
        return Groups({slug: self._known[slug][0] for slug in wanted if slug in self._known}, self._settings.fallback)

    def is_settled(self, slugs: Iterable[str]) -> bool:
        """Whether there is nothing to ask about *slugs*."""
        now = self._monotonic()
        return self._groups is None or all(self._is_kept(slug, now) for slug in slugs)

    def statistics(self) -> dict[str, object]:
        """How many groups are kept, and for how long; the projects by name where they are few."""
        names = sorted(self._known)
        life = self._settings.group_life
        return {
            "total_entries": len(names),
            "cache_policy": CACHE_POLICY if life is None else f"Kept for {life:g} seconds",
            "projects": names if len(names) <= MOST_LISTED else f"{len(names)} projects (too many to list)",
            "hits": self.hits,
            "requested": self.asked,
            "unknown": len(self._unknown),
        }

    def _is_kept(self, slug: str, now: float) -> bool:
        life = self._settings.group_life
        if slug in self._known:
            return life is None or now - self._known[slug][1] < life
        return slug in self._unknown and now - self._unknown[slug] < self._settings.unknown_life

    def _asked(self, missing: set[str], now: float) -> PlaneError | None:
        """Ask for *missing*; why that failed, if it did: then what was known goes on."""
        if self._groups is None:
            return None
        self.asked += len(missing)
        trouble: PlaneError | None = None
        for chunk, found in self._answers(self._groups, sorted(missing)):
            if isinstance(found, PlaneError):
                trouble = found
            elif isinstance(found, FederationError):
                raise found
            else:
                self._note(chunk, found, now)
        return trouble

    def _answers(
        self, groups: ProjectGroups, missing: Sequence[str]
    ) -> Iterable[tuple[Sequence[str], Mapping[str, int] | FederationError]]:
        """What is answered for each part of *missing*."""
        if self._pool is None:
            try:
                return [(missing, groups.look_up(missing))]
            except PlaneError as error:
                return [(missing, error)]
        chunks = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
        return zip(chunks, self._pool.run([partial(groups.look_up, chunk) for chunk in chunks]), strict=True)

    def _note(self, slugs: Iterable[str], found: Mapping[str, int], now: float) -> None:
        for slug in slugs:
            self._known.pop(slug, None)
            self._unknown.pop(slug, None)
            if slug in found:
                self._known[slug] = (found[slug], now)
            else:
                self._unknown[slug] = now


@attrs.frozen(eq=False)
class Shown:
    """The hierarchy as it is to be shown, and how it came about.

    Attributes:
        resources: how many Waldur has, hidden and skipped ones included.
        refusal: why it is not to be shown at all; empty where it is.
        group_trouble: why groups could not be looked up; None where they could.
    """

    hierarchy: Hierarchy
    resources: int
    refusal: str = ""
    group_trouble: PlaneError | None = None


@attrs.frozen
class _Current:
    """A picture, and what was put together of it."""

    picture: _Picture
    shown: Shown


@attrs.frozen
class _Failure:
    """Why the last reading failed, and when, on our own clock in seconds."""

    error: PlaneError
    at: float


class StorageTree:
    """The hierarchy of some storage systems. Thread-safe."""

    def __init__(
        self,
        inventory: StorageInventory,
        groups: ProjectGroups | None,
        settings: StorageSettings,
        monotonic: Callable[[], float],
        pool: WorkPool | None = None,
    ) -> None:
        """Prepare it; nothing is read.

        Args:
            inventory: Waldur's resources.
            groups: who knows Unix groups; None for nobody.
            settings: the operator's wishes.
            monotonic: a clock in seconds.
            pool: runs questions about groups side by side; without one they are a single call.
        """
        self._inventory, self._settings, self._monotonic = inventory, settings, monotonic
        self._book = GroupBook(groups, settings, monotonic, pool)
        self._reading = threading.Lock()
        self._readings = 0
        self._current: _Current | None = None
        self._failure: _Failure | None = None
        self._grown: dict[UUID, _Kept] = {}
        self._projects: frozenset[str] = frozenset()
        self._has_changes = True

    def due(self) -> Due:
        """What has to be read now; where Waldur does not tell what changed, that waits for the next full reading."""
        current, failure = self._current, self._failure
        read_all, read = (None, None) if current is None else (current.picture.read_all, current.picture.read)
        failed = None if failure is None else failure.at
        found = due(self._monotonic(), read_all, read, self._settings.freshness, failed=failed)
        return Due() if found.look is Look.CHANGES and not self._has_changes else found

    def shown(self) -> Shown | None:
        """What was put together last; None before that. Nothing is read."""
        return None if self._current is None else self._current.shown

    def fresh(self) -> Shown:
        """The hierarchy as it is, or was within what the settings allow; read first where that has to be waited for.

        Raises:
            PlaneError: it is too old, and Waldur cannot be read.
        """
        current = self._current
        return self.refresh() if current is None or self.due().waits else current.shown

    def refresh(self) -> Shown:
        """Read what has to be read; of several who ask at once one does, and what it meets is met by all.

        Raises:
            PlaneError: Waldur cannot be read.
        """
        readings = self._readings
        with self._reading:
            if self._failure is not None and self._readings != readings:
                raise self._failure.error
            current, look = self._current, self.due().look
            if current is not None and look is None:
                return current.shown
            try:
                self._current = self._read(current, look)
            except PlaneError as error:
                self._failure = _Failure(error, self._monotonic())
                raise
            else:
                self._failure = None
                return self._current.shown
            finally:
                self._readings += 1

    def statistics(self) -> dict[str, object]:
        """Of the groups that are kept."""
        return self._book.statistics()

    def age(self) -> float | None:
        """Milliseconds since anything was read; None before that."""
        current = self._current
        return None if current is None else (self._monotonic() - current.picture.read) * MILLISECONDS

    # reading

    def _read(self, current: _Current | None, look: Look | None) -> _Current:
        """What is current now; what was put together before where nothing of it changed."""
        picture = self._looked(None if current is None else current.picture, look)
        is_same = current is not None and current.picture.noted is picture.noted
        if current is not None and is_same and self._book.is_settled(self._projects):
            return _Current(picture, current.shown)
        return _Current(picture, self._put_together(picture))

    def _looked(self, before: _Picture | None, look: Look | None) -> _Picture:
        stirred = frozenset() if before is None else before.stirred
        news = self._news(before) if before is not None and look is Look.CHANGES else None
        if before is not None and news is not None:
            changed = self._with(before, news)
            if changed is not None:
                return changed
            stirred = news.stirred
        return self._all(before, stirred)

    def _all(self, before: _Picture | None, stirred: frozenset[tuple[UUID, datetime]]) -> _Picture:
        """Everything, read after the changes of orders in *stirred* were seen, which so are a part of it."""
        began, there = self._monotonic(), self._inventory.moment()
        read = _whole(self._inventory.read_all(), "storage.read_all")
        noted: Mapping[UUID, Noted] = {one.id: one for one in read}
        latest = _latest(None, read) if before is None else _latest(before.latest, read, there)
        if before is not None and before.noted == noted:
            noted = before.noted
        return _Picture(noted, began, began, latest, stirred)

    def _news(self, before: _Picture) -> _News | None:
        """What changed; None where that cannot be told. Resources are read after the orders, so with all that those did.

        A server may refuse times in these filters, as one of 2024 does that takes dates alone, and a token may not be let see
        orders: then changes are not looked for any more.
        """
        if before.latest is None:
            return None
        began, there, since = self._monotonic(), self._inventory.moment(), before.latest - OVERLAP
        try:
            orders = self._inventory.stirred(since)
            changed = self._inventory.read_changed(since)
        except (Forbidden, Invalid, Unsupported):
            self._has_changes = False
            return None
        if isinstance(changed, Incomplete) or isinstance(orders, Incomplete):
            return None
        return _News(began, there, {one.id: one for one in changed.value}, orders.value)

    def _with(self, before: _Picture, news: _News) -> _Picture | None:
        """The picture with what changed; None where it would not be a true one."""
        single = {
            order.resource
            for order in news.orders
            if (order.order, order.modified) not in before.stirred and order.resource not in news.changed
        }
        if len(single) > MOST_SINGLE:
            return None
        found = {**news.changed, **{one.id: one for one in map(self._one, sorted(single)) if one is not None}}
        really = {id_: one for id_, one in found.items() if before.noted.get(id_) != one}
        noted = {**before.noted, **really} if really else before.noted
        if self._inventory.count() != len(noted):
            return None
        latest = _latest(before.latest, [*found.values(), *news.orders], news.there)
        return _Picture(noted, before.read_all, news.began, latest, news.stirred)

    def _one(self, resource: UUID) -> Noted | None:
        """One resource; None where it is none of ours, as of an order that a server lists although it was not asked for.

        One that was ours and is gone is noticed by their number.
        """
        try:
            return self._inventory.read(resource)
        except NotFound:
            return None

    # putting together

    def _put_together(self, picture: _Picture) -> Shown:
        seen = [one.seen for one in picture.noted.values() if isinstance(one.seen, StorageResource)]
        projects = (project_to_look_up(one, self._settings.rules) for one in seen)
        self._projects = frozenset(slug for slug in projects if slug is not None)
        groups = self._book.look_up(self._projects)
        self._grown = {one.id: self._grow(one, groups) for one in seen}
        branches = {id_: kept.grown for id_, kept in self._grown.items() if isinstance(kept.grown, Branch)}
        skipped = [kept.grown for kept in self._grown.values() if isinstance(kept.grown, Skipped)]
        skipped += [one.seen for one in picture.noted.values() if isinstance(one.seen, Skipped)]
        hierarchy = assemble(branches, skipped)
        return Shown(hierarchy, len(picture.noted), self._refusal(hierarchy), self._book.trouble)

    def _grow(self, seen: StorageResource, groups: Groups) -> _Kept:
        """What becomes of a resource: what became of it last time, where nothing is different."""
        group = groups.known.get(seen.project.slug)
        kept = self._grown.get(seen.id)
        if kept is not None and kept.group == group and (kept.seen is seen or kept.seen == seen):
            return kept
        return _Kept(seen, group, grow(seen, groups, self._settings.rules))

    def _refusal(self, hierarchy: Hierarchy) -> str:
        lacking = hierarchy.unidentified
        if self._settings.fallback is not GidFallback.ERROR or not lacking:
            return ""
        return f"the Unix ids of {counted(len(lacking), 'storage resource')} are not known"


def _latest(
    before: datetime | None, changed: Iterable[Noted | Stirred], there: datetime | None = None
) -> datetime | None:
    """The latest change that can have been seen; never an earlier one than before, and None where no change shows its time.

    Args:
        before: the same of the picture before.
        changed: what was read.
        there: when that was asked, on Waldur's clock: what changed until then is in it, so that a crowd of changes is not read anew
            for as long as no other follows. None where no answer has told that clock yet.
    """
    times = [one.modified for one in changed if one.modified is not None]
    times += [time for time in (before, there) if time is not None and (times or before is not None)]
    return max(times, default=None)


def _whole(read: Complete[tuple[Noted, ...]] | Incomplete[tuple[Noted, ...]], operation: str) -> tuple[Noted, ...]:
    """What was read, if it is all there is: whoever reads the hierarchy may take what is not in it for gone.

    Raises:
        UnexpectedShape: it is not.
    """
    if isinstance(read, Incomplete):
        raise UnexpectedShape(Side.A, operation, read.reason)
    return read.value
