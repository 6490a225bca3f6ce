"""Usage over REST: whole offerings in pages, one report per resource, one list of shares per component."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar
from uuid import UUID

from federation_adapters.waldur.peer import Params, Peer, path_of
from federation_adapters.waldur.wire import ShareRow, TotalRow
from federation_core.domain.ids import (
    AOfferingId,
    AResourceId,
    BCustomerId,
    BOfferingId,
    BResourceId,
    hexed,
    parse_uuid,
)
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.units import AComponent, BComponent
from federation_core.domain.usage.records import AShare, ATotal, BShare, BTotal, Share, Total

V = TypeVar("V")
R = TypeVar("R")
C = TypeVar("C")
TOTALS = "marketplace-component-usages"
SHARES = "marketplace-component-user-usages"
_CENT = Decimal("0.01")


class WaldurProviderUsage:
    """The usage of one offering of A."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def totals(
        self, month: Month, resource: AResourceId | None = None
    ) -> Complete[tuple[ATotal, ...]] | Incomplete[tuple[ATotal, ...]]:
        """All totals of *month*, or those of one resource."""
        same = _Same()
        return self._peer.listing(
            "usage.totals",
            f"{TOTALS}/",
            _totals_of(month, self._offering, resource),
            TotalRow,
            keep=lambda row: row.offering_uuid == self._offering and _is_of(row, month, resource),
            translate=lambda row: _total(row, AResourceId(row.resource_uuid), AComponent(row.type), same),
            is_shared=False,
        )

    def shares(
        self, month: Month, resource: AResourceId | None = None
    ) -> Complete[tuple[AShare, ...]] | Incomplete[tuple[AShare, ...]]:
        """All shares of people in *month*, or those of one resource."""
        same = _Same()
        return self._peer.listing(
            "usage.shares",
            f"{SHARES}/",
            _shares_of(month, self._offering, resource),
            ShareRow,
            keep=lambda row: row.offering_uuid == self._offering and _is_of(row, month, resource),
            translate=lambda row: _share(row, AResourceId(row.resource_uuid), AComponent(row.component_type), same),
            is_shared=False,
        )

    def set_totals(self, resource: AResourceId, amounts: Mapping[AComponent, Fraction], at: datetime | None) -> None:
        """Store absolute totals for the month that *at* lies in."""
        usages = [{"type": name, "amount": _text(value)} for name, value in sorted(amounts.items())]
        body = {"resource": hexed(resource), "usages": usages, **({} if at is None else {"date": _moment(at)})}
        self._peer.write("usage.set_totals", f"{TOTALS}/set_usage/", body)

    def set_shares(self, total: UUID, amounts: Mapping[str, Fraction]) -> None:
        """Store people's absolute shares of one total."""
        usages = [{"username": name, "usage": _text(value)} for name, value in sorted(amounts.items())]
        self._peer.write("usage.set_shares", path_of(TOTALS, total, "set_user_usages"), {"usages": usages})


class WaldurConsumerUsage:
    """The usage of one customer of B in one offering."""

    def __init__(self, peer: Peer, offering: BOfferingId, customer: BCustomerId) -> None:
        self._peer = peer
        self._offering = offering
        self._customer = customer

    def totals(
        self, month: Month, resource: BResourceId | None = None
    ) -> Complete[tuple[BTotal, ...]] | Incomplete[tuple[BTotal, ...]]:
        """All totals of *month*, or those of one resource."""
        same = _Same()
        return self._peer.listing(
            "usage.totals",
            f"{TOTALS}/",
            [*_totals_of(month, self._offering, resource), ("customer_uuid", hexed(self._customer))],
            TotalRow,
            keep=lambda row: self._is_ours(row) and _is_of(row, month, resource),
            translate=lambda row: _total(row, BResourceId(row.resource_uuid), BComponent(row.type), same),
            is_shared=False,
        )

    def shares(
        self, month: Month, resource: BResourceId | None = None
    ) -> Complete[tuple[BShare, ...]] | Incomplete[tuple[BShare, ...]]:
        """All shares of people in *month*, or those of one resource."""
        same = _Same()
        return self._peer.listing(
            "usage.shares",
            f"{SHARES}/",
            [*_shares_of(month, self._offering, resource), ("customer_uuid", hexed(self._customer))],
            ShareRow,
            keep=lambda row: self._is_ours(row) and _is_of(row, month, resource),
            translate=lambda row: _share(row, BResourceId(row.resource_uuid), BComponent(row.component_type), same),
            is_shared=False,
        )

    def _is_ours(self, row: TotalRow | ShareRow) -> bool:
        return row.offering_uuid == self._offering and row.customer_uuid == self._customer


def _totals_of(month: Month, offering: UUID, resource: UUID | None) -> Params:
    return [("billing_period", month.first.isoformat()), *_scope(offering, resource)]


def _shares_of(month: Month, offering: UUID, resource: UUID | None) -> Params:
    return [("component_usage__billing_period", month.first.isoformat()), *_scope(offering, resource)]


def _scope(offering: UUID, resource: UUID | None) -> Params:
    return [("offering_uuid", hexed(offering)), *([] if resource is None else [("resource_uuid", hexed(resource))])]


def _is_of(row: TotalRow | ShareRow, month: Month, resource: UUID | None) -> bool:
    """Whether the row is what was asked for; servers that do not tell a share's month tell its total, which has one."""
    return row.billing_period in {None, month.first} and (resource is None or row.resource_uuid == resource)


class _Same:
    """Gives one object for equal values: a list of a large offering repeats the same few hundred thousand times."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def __call__(self, value: V) -> V:
        """The first value that was equal to *value*."""
        known: V = self._known.setdefault(value, value)
        return known


def _total(row: TotalRow, resource: R, component: C, same: _Same) -> Total[R, C]:
    return Total(row.uuid, same(resource), same(component), same(row.usage), same(row.date))


def _share(row: ShareRow, resource: R, component: C, same: _Same) -> Share[R, C]:
    return Share(same(_row_of(row)), same(resource), same(component), same(row.username), same(row.usage))


def _row_of(row: ShareRow) -> UUID | None:
    """The UUID at the end of the total's URL."""
    return parse_uuid((row.component_usage or "").rstrip("/").rpartition("/")[2])


def _text(value: Fraction) -> str:
    return str((Decimal(value.numerator) / Decimal(value.denominator)).quantize(_CENT))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
