"""Storage resources over REST, in the provider's view: of all storage systems in one list, by the slugs of their offerings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from federation_adapters.waldur.converter import Misshapen, structure
from federation_adapters.waldur.peer import Params, Peer, counted_by, path_of
from federation_adapters.waldur.resources import PROVIDER_VIEW
from federation_adapters.waldur.wire import StirredOrderRow, StorageRow
from federation_core.domain.errors import NotFound, UnexpectedShape
from federation_core.domain.ids import parse_uuid
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.storage.records import (
    OrderSeen,
    Organisation,
    Skipped,
    StorageResource,
    Unservable,
    Values,
)
from federation_core.ports.storage import Noted, Stirred

MOST_IDS = 4096
ORDERS, OFFERINGS = "marketplace-orders", "marketplace-provider-offerings"


class WaldurStorage:
    """The resources of some storage systems; serves the ports `StorageInventory` and `StorageSource`."""

    def __init__(self, peer: Peer, systems: Collection[str]) -> None:
        """Prepare it; no request is made.

        Args:
            peer: the Waldur.
            systems: slugs of the offerings; one at least.
        """
        self._peer = peer
        self._systems = frozenset(systems)

    def read_all(self) -> Complete[tuple[Noted, ...]] | Incomplete[tuple[Noted, ...]]:
        """All of them."""
        return self._list("storage.read_all", [])

    def moment(self) -> datetime:
        """The time there."""
        return self._peer.http.now()

    def count(self) -> int:
        """How many there are."""
        operation = "storage.count"
        answer = self._peer.http.call(operation, "HEAD", f"/api/{PROVIDER_VIEW}/", params=self._params())
        counted = counted_by(answer)
        if counted is None:
            raise UnexpectedShape(self._peer.side, operation, "the server does not say how many rows there are")
        return counted

    def read_changed(self, since: datetime) -> Complete[tuple[Noted, ...]] | Incomplete[tuple[Noted, ...]]:
        """Those that changed at *since* or later."""
        return self._list("storage.read_changed", [("modified", since.isoformat())])

    def stirred(self, since: datetime) -> Complete[tuple[Stirred, ...]] | Incomplete[tuple[Stirred, ...]]:
        """The orders that changed at *since* or later."""
        return self._peer.listing(
            "storage.stirred",
            f"{ORDERS}/",
            [*self._params(), ("modified", since.isoformat())],
            StirredOrderRow,
            keep=lambda row: row.modified >= since,
            translate=lambda row: Stirred(row.uuid, row.marketplace_resource_uuid, row.modified),
            is_shared=False,
        )

    def read(self, resource: UUID) -> Noted:
        """One resource as it is now."""
        operation = "storage.read"
        row = self._peer.read(operation, path_of(PROVIDER_VIEW, resource), StorageRow)
        if not self._is_ours(row):
            raise NotFound(self._peer.side, operation, "a resource of another offering")
        return _noted(row)

    def offering(self, slug: str) -> Mapping[str, Any]:
        """All that is shown of the offering with this slug."""
        operation = "storage.offering"
        found = self._peer.listing_whole(operation, f"{OFFERINGS}/", [("slug", slug)]).value
        named = [row for row in found if row.get("slug") == slug]
        if not named:
            raise NotFound(self._peer.side, operation, f"no offering with the slug {slug}, as far as the token sees")
        return named[0]

    def resources(self, slugs: Collection[str]) -> Sequence[Mapping[str, Any]]:
        """All that is shown of the resources of these offerings."""
        operation = "storage.resources"
        found = self._peer.listing_whole(operation, f"{PROVIDER_VIEW}/", [("offering_slug", ",".join(sorted(slugs)))])
        if isinstance(found, Incomplete):
            raise UnexpectedShape(self._peer.side, operation, found.reason)
        return [row for row in found.value if any(row.get("offering_slug") == slug for slug in slugs)]

    def _params(self) -> Params:
        return [("offering_slug", ",".join(sorted(self._systems)))]

    def _list(self, operation: str, params: Params) -> Complete[tuple[Noted, ...]] | Incomplete[tuple[Noted, ...]]:
        return self._peer.listing(
            operation,
            f"{PROVIDER_VIEW}/",
            [*self._params(), *params],
            StorageRow,
            keep=self._is_ours,
            translate=_noted,
            is_shared=False,
        )

    def _is_ours(self, row: StorageRow) -> bool:
        """Whether it is not another offering's; one without an offering came by the filter, and is told as unservable."""
        slug = row.offering_slug
        return not slug or not isinstance(slug, str) or slug in self._systems


def _noted(row: StorageRow) -> Noted:
    try:
        modified = structure(row.modified, datetime)
    except Misshapen:
        modified = None
    try:
        return Noted(row.uuid, _resource(row), modified)
    except Unservable as error:
        system = row.offering_slug if isinstance(row.offering_slug, str) else ""
        return Noted(row.uuid, Skipped(row.uuid, system, str(error)), modified)


def _resource(row: StorageRow) -> StorageResource:
    return StorageResource(
        id=row.uuid,
        slug=_needed(row, "slug"),
        name=_text(row, "name"),
        state=_text(row, "state"),
        system=_needed(row, "offering_slug"),
        tenant=Organisation(_id(row, "offering_uuid"), _needed(row, "provider_slug"), _text(row, "provider_name")),
        customer=Organisation(_id(row, "customer_uuid"), _needed(row, "customer_slug"), _text(row, "customer_name")),
        project=Organisation(_id(row, "project_uuid"), _needed(row, "project_slug"), _text(row, "project_name")),
        backend_id=_text(row, "backend_id"),
        effective_id=_text(row, "effective_id"),
        limits=_object(row, "limits"),
        attributes=_object(row, "attributes"),
        options=_object(row, "options"),
        backend_metadata=_object(row, "backend_metadata"),
        order=_order(row.order_in_progress),
    )


def _order(value: object) -> OrderSeen | None:
    """The order in progress; one that is not of the form agreed makes the resource unservable, as much depends on it."""
    if value is None:
        return None
    order = value if isinstance(value, dict) else {}
    id_, kind, state = parse_uuid(order.get("uuid")), order.get("type"), order.get("state")
    if id_ is None or not isinstance(kind, str) or not isinstance(state, str):
        raise Unservable("an order in progress without id, type or state")
    limits, attributes = order.get("limits"), order.get("attributes")
    return OrderSeen(
        id_,
        kind,
        state,
        limits if isinstance(limits, dict) else {},
        attributes if isinstance(attributes, dict) else {},
    )


def _text(row: StorageRow, field: str) -> str:
    value = getattr(row, field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unservable(f"{field} that is no text")
    return value


def _needed(row: StorageRow, field: str) -> str:
    text = _text(row, field)
    if not text:
        raise Unservable(f"no {field}")
    return text


def _id(row: StorageRow, field: str) -> UUID:
    found = _read_id(getattr(row, field))
    if found is None:
        raise Unservable(f"no {field}")
    return found


def _read_id(value: object) -> UUID | None:
    return _read_id_text(value) if isinstance(value, str) else None


@lru_cache(MOST_IDS)
def _read_id_text(text: str) -> UUID | None:
    """The same ids of offerings, customers and projects stand in many rows."""
    return parse_uuid(text)


def _object(row: StorageRow, field: str) -> Values:
    value = getattr(row, field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unservable(f"{field} that is no object")
    return value
