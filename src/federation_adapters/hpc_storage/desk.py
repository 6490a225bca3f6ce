"""Answers for the routes: who asks, the hierarchy without two readings at once, and Waldur's own data.

What may wait for others runs in threads; the loop itself only looks at what is there.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import uuid4

import attrs
from starlette.concurrency import run_in_threadpool

from federation_adapters.hpc_storage.errors import NoKeys, UpstreamFailed
from federation_adapters.hpc_storage.query import Filters
from federation_adapters.hpc_storage.rendering import Renderer, pagination_of, presented
from federation_adapters.hpc_storage.watching import Watcher
from federation_core.application.storage_tree import Shown, StorageTree
from federation_core.domain.callers import DEVELOPER, Caller, NotAuthenticated, NotPermitted, require_roles
from federation_core.domain.errors import FederationError, PlaneError
from federation_core.domain.storage.hierarchy import Page, Wanted, matching, sliced
from federation_core.domain.storage.items import Item
from federation_core.domain.storage.status import status_of
from federation_core.domain.storage.traits import DEFAULT_DATA_TYPE
from federation_core.ports.callers import TokenVerifier
from federation_core.ports.storage import StorageSource

WALDUR, USER_API, IDENTITY_PROVIDER = "Waldur", "The HPC User API", "The identity provider"
MOST_KEPT = 64
"""Filters whose matches are kept for one hierarchy."""

NO_HEADER = "Your request is missing an 'Authorization' HTTP header"
NO_TOKEN = "The 'Authorization' HTTP header has to be 'Bearer' and a token"  # noqa: S105 - an advice
NO_DEBUG = "Debug mode is switched off here."


@attrs.frozen
class Offered:
    """What is served, and to whom.

    Attributes:
        systems: name of a storage system -> slug of its offering.
        config: the part of the settings that debug mode shows, without secrets.
        debug_enabled: whether there is a debug mode.
        debug_roles: one of which a caller needs for it; empty for none.
        patience: seconds that a client waits for Waldur at most.
        stays_local: whether only clients of this machine are answered.
    """

    systems: Mapping[str, str]
    file_system: str
    config: Mapping[str, Any]
    debug_enabled: bool = True
    debug_roles: frozenset[str] = frozenset()
    patience: float = 60.0
    stays_local: bool = False


class Desk:
    """Answers for one event loop."""

    def __init__(
        self,
        offered: Offered,
        tree: StorageTree,
        source: StorageSource,
        verifier: TokenVerifier | None,
        watcher: Watcher,
    ) -> None:
        """Prepare it; nothing is read.

        Args:
            offered: what is served.
            tree: the hierarchy.
            source: Waldur's own data.
            verifier: reads tokens; None where nobody has to say who they are.
            watcher: is told what happens.
        """
        self.offered, self.tree, self.watcher = offered, tree, watcher
        self._source, self._verifier = source, verifier
        self._renderer = Renderer(offered.file_system)
        self._flight: asyncio.Task[Shown] | None = None
        self._debugging = asyncio.Lock()
        self._matched_of: Shown | None = None
        self._matched = lru_cache(MOST_KEPT)(_nothing)

    # who asks

    async def caller(self, header: str | None) -> Caller:
        """Who asks, by the ``Authorization`` header.

        Raises:
            CallerError: they are not let in.
            NoKeys: that cannot be told.
        """
        if self._verifier is None:
            return Caller(DEVELOPER)
        if not header:
            raise NotAuthenticated(NO_HEADER)
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated(NO_TOKEN)
        known = self._verifier.known(token.strip())
        if known is not None:
            return known
        try:
            return await run_in_threadpool(self._verifier.verify, token.strip())
        except PlaneError as error:
            self.watcher.failed(IDENTITY_PROVIDER, error)
            raise NoKeys from None

    # the hierarchy

    async def shown(self) -> Shown:
        """The hierarchy; what is due begins, and is waited for where that has to be.

        Raises:
            UpstreamFailed: there is none that may be shown.
        """
        due, shown = self.tree.due(), self.tree.shown()
        if shown is None or due.look is not None:
            flight = self._begin()
            if shown is None or due.waits:
                shown = await self._landed(flight)
        if shown.refusal:
            raise UpstreamFailed(f"{USER_API}: {shown.refusal}.")
        return shown

    def _begin(self) -> "asyncio.Task[Shown]":
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._refreshed())
            self._flight.add_done_callback(self._look_at)
        return self._flight

    def _look_at(self, flight: "asyncio.Task[Shown]") -> None:
        """Take the exception of a reading that perhaps nobody waited for; a bug is told here, all else has been."""
        error = None if flight.cancelled() else flight.exception()
        if error is not None and not isinstance(error, PlaneError):
            self.watcher.broken(uuid4().hex, error)

    async def _refreshed(self) -> Shown:
        try:
            shown = await run_in_threadpool(self.tree.refresh)
        except PlaneError as error:
            self.watcher.failed(WALDUR, error)
            raise
        if shown.group_trouble is not None:
            self.watcher.failed(USER_API, shown.group_trouble)
        self.watcher.refreshed(shown)
        return shown

    async def _landed(self, flight: "asyncio.Task[Shown]") -> Shown:
        """What the reading brings; it goes on for others where one has no more patience."""
        try:
            return await asyncio.wait_for(asyncio.shield(flight), self.offered.patience)
        except PlaneError as error:
            raise UpstreamFailed.of(WALDUR, error) from None
        except TimeoutError:
            raise UpstreamFailed(f"{WALDUR} timed out.", is_late=True) from None

    def page(self, shown: Shown, filters: Filters, number: int, size: int, *, with_ancestors: bool) -> bytes:
        """One page of what matches, as it is answered."""
        items = self._matches(shown, filters.wanted(self.offered.systems, with_ancestors=with_ancestors))
        page = Page(number, size, len(items))
        return self._renderer.listing(sliced(items, page), page, filters)

    def _matches(self, shown: Shown, wanted: Wanted) -> Sequence[Item]:
        if self._matched_of is not shown:
            hierarchy = shown.hierarchy
            self._matched = lru_cache(MOST_KEPT)(lambda wanted: matching(hierarchy, wanted))
            self._matched_of = shown
        return self._matched(wanted)

    def kept(self) -> int:
        """How many lists of matches are kept."""
        return self._matched.cache_info().currsize

    # Waldur's own data

    async def debugged(self, caller: Caller, filters: Filters, number: int, size: int) -> dict[str, Any]:
        """Waldur's own data, one reading at a time.

        Raises:
            NotPermitted: there is no debug mode, or not for this caller.
            UpstreamFailed: the resources could not be read.
        """
        if not self.offered.debug_enabled:
            raise NotPermitted(NO_DEBUG)
        require_roles(caller, self.offered.debug_roles)
        async with self._debugging:
            return await run_in_threadpool(self._debugged, filters, number, size)

    def _debugged(self, filters: Filters, number: int, size: int) -> dict[str, Any]:
        named = self.offered.systems
        if filters.storage_system is not None:
            named = {name: slug for name, slug in named.items() if name == filters.storage_system}
        details = {name: self._details(slug) for name, slug in named.items()}
        rows = [row for row in self._rows(named.values()) if _is_wanted(row, filters)]
        page = Page(number, size, len(rows))
        single = next(iter(details.values())) if len(details) == 1 else None
        return {
            "status": "success",
            "debug_mode": True,
            "agent_offering_config": {"uuid": (single or {}).get("uuid"), **presented(self.offered.config)},
            "waldur_offering_details": details if single is None else single,
            "raw_resources": {
                "resources": presented(rows[page.offset : page.offset + page.size]),
                "pagination": pagination_of(page),
                "filters_applied": attrs.asdict(filters),
            },
        }

    def _details(self, slug: str) -> dict[str, Any]:
        try:
            return dict(presented(self._source.offering(slug)))
        except FederationError as error:
            return {"error": UpstreamFailed.of(WALDUR, error).detail if isinstance(error, PlaneError) else "unknown"}

    def _rows(self, slugs: Collection[str]) -> Sequence[Mapping[str, Any]]:
        if not slugs:
            return ()
        try:
            return self._source.resources(slugs)
        except PlaneError as error:
            self.watcher.failed(WALDUR, error)
            raise UpstreamFailed.of(WALDUR, error) from None


def _nothing(_wanted: Wanted) -> tuple[Item, ...]:
    return ()


def _is_wanted(row: Mapping[str, Any], filters: Filters) -> bool:
    attributes = row.get("attributes")
    data_type = attributes.get("storage_data_type") if isinstance(attributes, Mapping) else None
    state = str(row.get("state"))
    return (
        filters.data_type in {None, str(data_type or DEFAULT_DATA_TYPE).lower()}
        and filters.status in {None, status_of(state)}
        and filters.state in {None, state}
    )
