"""Resources over REST: A's in the provider's view, B's in the consumer's."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction

import attrs

from federation_adapters.waldur.peer import Params, Peer, path_of, told
from federation_adapters.waldur.wire import AResourceRow, BResourceRow
from federation_core.domain.errors import NotFound
from federation_core.domain.ids import (
    AOfferingId,
    AResourceId,
    BCustomerId,
    BOfferingId,
    BPlanId,
    BProjectId,
    BResourceId,
    dashed,
    hexed,
    parse_uuid,
)
from federation_core.domain.observed import Complete, Incomplete, together
from federation_core.domain.orders.attributes import OFFERING_MARK, RESOURCE_MARK, offering_mark, resource_mark
from federation_core.domain.records import AResource, BResource
from federation_core.domain.units import AComponent, BComponent

PROVIDER_VIEW = "marketplace-provider-resources"
CONSUMER_VIEW = "marketplace-resources"


class WaldurProviderResources:
    """The resources of one offering of A."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def list_all(self) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        """All of them, terminated ones included."""
        return self._list("resource.list_all", [], lambda _row: True)

    def list_linked(
        self, b_resource: BResourceId
    ) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        """Those linked to one resource of B; the server compares texts, so both spellings are asked for."""
        found = together(
            self._list(
                "resource.list_linked",
                [("backend_id", spelling)],
                lambda row: parse_uuid(row.backend_id) == b_resource,
            )
            for spelling in (dashed(b_resource), hexed(b_resource))
        )
        return attrs.evolve(found, value=tuple({resource.id: resource for resource in found.value}.values()))

    def read(self, resource: AResourceId) -> AResource:
        """One resource as it is now."""
        return _a_resource(self._peer.read("resource.read", path_of(PROVIDER_VIEW, resource), AResourceRow))

    def link(self, resource: AResourceId, b_resource: BResourceId) -> None:
        """Store B's resource UUID, dashed, as its `backend_id`."""
        path = path_of(PROVIDER_VIEW, resource, "set_backend_id")
        self._peer.write("resource.link", path, {"backend_id": dashed(b_resource)})

    def stamp(self, resource: AResourceId) -> None:
        """Set its `last_sync` to now."""
        self._peer.write("resource.stamp", path_of(PROVIDER_VIEW, resource, "refresh_last_sync"))

    def set_limits(self, resource: AResourceId, limits: Mapping[AComponent, Fraction]) -> None:
        """Replace all its limits; whole ones are sent as whole numbers, as older servers demand."""
        body = {name: amount.numerator if amount.denominator == 1 else float(amount) for name, amount in limits.items()}
        self._peer.write("resource.set_limits", path_of(PROVIDER_VIEW, resource, "set_limits"), {"limits": body})

    def set_effective_id(self, resource: AResourceId, effective_id: str) -> None:
        """Store what its last provider calls it."""
        path = path_of(PROVIDER_VIEW, resource, "set_effective_id")
        self._peer.write("resource.set_effective_id", path, {"effective_id": effective_id})

    def set_end_date(self, resource: AResourceId, end_date: date | None) -> None:
        """Set or clear its end date."""
        path = path_of(PROVIDER_VIEW, resource, "set_end_date")
        self._peer.write("resource.set_end_date", path, {"end_date": _iso(end_date)})

    def mark_ok(self, resource: AResourceId) -> None:
        """Set it OK and clear its error texts."""
        self._peer.write("resource.mark_ok", path_of(PROVIDER_VIEW, resource, "set_as_ok"))

    def mark_erred(self, resource: AResourceId, message: str) -> None:
        """Set it Erred."""
        body = {"error_message": message, "error_traceback": ""}
        self._peer.write("resource.mark_erred", path_of(PROVIDER_VIEW, resource, "set_as_erred"), body)

    def _list(
        self, operation: str, params: Params, is_wanted: Callable[[AResourceRow], bool]
    ) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        return self._peer.listing(
            operation,
            f"{PROVIDER_VIEW}/",
            [("offering_uuid", hexed(self._offering)), ("o", "created"), *params],
            AResourceRow,
            keep=lambda row: row.offering_uuid == self._offering and is_wanted(row),
            translate=_a_resource,
        )


class WaldurConsumerResources:
    """The resources of one customer of B in one offering."""

    def __init__(self, peer: Peer, offering: BOfferingId, customer: BCustomerId) -> None:
        self._peer = peer
        self._offering = offering
        self._customer = customer

    def list_all(self) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """All of them, terminated ones included."""
        return self._list("resource.list_all", [], lambda _row: True)

    def list_marked(
        self, offering: AOfferingId, since: date
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """Those created on *since* or later that carry the mark of *offering*; older servers ignore the filter."""
        mark = json.dumps({OFFERING_MARK: hexed(offering)})
        params = [("resource_attributes", mark), ("created", since.isoformat())]
        return self._list("resource.list_marked", params, lambda row: offering_mark(row.attributes or {}) == offering)

    def list_for(
        self, offering: AOfferingId, resource: AResourceId
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        """Those that carry the marks of one resource of A; older servers ignore the filter."""
        mark = json.dumps({OFFERING_MARK: hexed(offering), RESOURCE_MARK: hexed(resource)})

        def is_wanted(row: BResourceRow) -> bool:
            attributes = row.attributes or {}
            return offering_mark(attributes) == offering and resource_mark(attributes) == resource

        return self._list("resource.list_for", [("resource_attributes", mark)], is_wanted)

    def read(self, resource: BResourceId) -> BResource:
        """One resource as it is now; one of another customer, or in another offering, is none of these."""
        row = self._peer.read("resource.read", path_of(CONSUMER_VIEW, resource), BResourceRow)
        if not self._is_ours(row):
            raise NotFound(self._peer.side, "resource.read", "it belongs to another customer, or to another offering")
        return _b_resource(row)

    def set_end_date(self, resource: BResourceId, end_date: date | None) -> None:
        """Set or clear its end date."""
        path = path_of(CONSUMER_VIEW, resource, "set_end_date")
        self._peer.write("resource.set_end_date", path, {"end_date": _iso(end_date)})

    def _list(
        self, operation: str, params: Params, is_wanted: Callable[[BResourceRow], bool]
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        return self._peer.listing(
            operation,
            f"{CONSUMER_VIEW}/",
            [
                ("offering_uuid", hexed(self._offering)),
                ("customer_uuid", hexed(self._customer)),
                ("o", "created"),
                *params,
            ],
            BResourceRow,
            keep=lambda row: self._is_ours(row) and is_wanted(row),
            translate=_b_resource,
        )

    def _is_ours(self, row: BResourceRow) -> bool:
        return row.offering_uuid == self._offering and row.customer_uuid == self._customer


def _a_resource(row: AResourceRow) -> AResource:
    return AResource(
        id=AResourceId(row.uuid),
        name=row.name,
        state=row.state,
        backend_id=row.backend_id or "",
        limits={AComponent(name): value for name, value in (row.limits or {}).items()},
        end_date=row.end_date,
        last_sync=row.last_sync,
        effective_id=row.effective_id,
        end_dated_at=row.end_date_updated_at,
        paused=row.paused or False,
        downscaled=row.downscaled or False,
        cluster=row.offering_backend_id or "",
    )


def _b_resource(row: BResourceRow) -> BResource:
    attributes = row.attributes or {}
    return BResource(
        id=BResourceId(row.uuid),
        state=row.state,
        created=row.created,
        project=None if row.project_uuid is None else BProjectId(row.project_uuid),
        limits={BComponent(name): value for name, value in (row.limits or {}).items()},
        plan=None if row.plan_uuid is None else BPlanId(row.plan_uuid),
        for_resource=resource_mark(attributes),
        for_offering=offering_mark(attributes),
        backend_id=row.backend_id or "",
        error_message=told(row.error_message or ""),
        effective_id=row.effective_id or "",
        end_date=row.end_date,
        end_dated_at=row.end_date_updated_at,
        paused=row.paused or False,
        downscaled=row.downscaled or False,
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
