"""What a doctor asks of a Waldur over REST; it only reads."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from federation_adapters.waldur.catalogue import (
    A_KEY,
    B_KEY,
    PROVIDER_VIEW,
    PUBLIC_VIEW,
    billing_of,
    plans_of,
    read_offering,
    target_offering,
)
from federation_adapters.waldur.peer import PAGE_SIZE, Params, Peer, counted_by, path_of
from federation_adapters.waldur.wire import KeyRow, KindRow, RoleRow, SourceRow, TargetRow, TermsRow, VersionRow
from federation_core.domain.errors import Forbidden, Refused, Unsupported
from federation_core.domain.health.seen import Feature, Option, Page, SourceOffering, TargetShown, Terms
from federation_core.domain.ids import AOfferingId, BCustomerId, BOfferingId, hexed
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.orders.attributes import RESOURCE_MARK
from federation_core.domain.units import AComponent
from federation_core.ports.health import Roles

NOBODY = UUID(int=0)
"""Names nothing; a server tells that it has a call before it looks for the object."""

SMALL_PAGE = 2
"""Rows that every Waldur has more of, in its list of roles."""

_METHOD_NOT_ALLOWED = 405
_PROVIDED, _BOUGHT = "marketplace-provider-resources", "marketplace-resources"
_CALLS: Mapping[Feature, tuple[str, str]] = MappingProxyType(
    {
        Feature.LINK_ORDERS: ("marketplace-orders", "set_backend_id"),
        Feature.STAMPS: (_PROVIDED, "refresh_last_sync"),
        Feature.LIMITS: (_PROVIDED, "set_limits"),
        Feature.EFFECTIVE_IDS: (_PROVIDED, "set_effective_id"),
        Feature.RECOVERY: (_PROVIDED, "set_as_ok"),
        Feature.SHARES: ("marketplace-component-usages", "set_user_usages"),
    }
)


class WaldurPeerHealth:
    """A Waldur as such; *listed* is the path and the filters of a list whose pages are looked at."""

    def __init__(self, peer: Peer, listed: tuple[str, Params]) -> None:
        self._peer = peer
        self._listed = listed

    def version(self) -> str:
        """Its release; older servers tell it to staff only."""
        try:
            return self._peer.read("version.read", "version/", VersionRow, sparse=False).version
        except Refused:
            return ""

    def list_roles(self) -> Complete[Roles] | Incomplete[Roles]:
        """All roles it has."""
        found = self._peer.listing(
            "role.list",
            "roles/",
            [("o", "name")],
            RoleRow,
            keep=lambda _: True,
            translate=lambda row: (row.name, frozenset(row.permissions)),
        )
        roles = dict(found.value)
        return Incomplete(roles, found.reason) if isinstance(found, Incomplete) else Complete(roles)

    def pages(self) -> tuple[Page, ...]:
        """The largest page of our list, and a small one of the roles, where they are shown."""
        path, params = self._listed
        largest = self._page("resource.page", path, params, PAGE_SIZE)
        try:
            return largest, self._page("role.page", "roles/", [], SMALL_PAGE)
        except Refused:
            return (largest,)

    def _page(self, operation: str, path: str, params: Params, size: int) -> Page:
        asked = [*params, ("field", "uuid"), ("page_size", str(size))]
        answer = self._peer.http.call(operation, "GET", f"/api/{path}", params=asked)
        rows = self._peer.structured(operation, answer, tuple[KeyRow, ...])
        return Page(size, len(rows), counted_by(answer), answer.has_next)


class WaldurProviderHealth(WaldurPeerHealth):
    """A, as the provider of one offering."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        super().__init__(peer, (f"{_PROVIDED}/", [("offering_uuid", hexed(offering))]))
        self._offering = offering

    def offering(self) -> SourceOffering:
        """The offering with its components and pricing plans, in one call."""
        row = read_offering(self._peer, PROVIDER_VIEW, self._offering, SourceRow, A_KEY)
        return SourceOffering(
            name=row.name,
            type=row.type,
            state=row.state,
            customer=row.customer_uuid,
            components={AComponent(component.type): billing_of(component) for component in row.components},
            plans=plans_of(row),
        )

    def lacks(self, features: Iterable[Feature]) -> frozenset[Feature]:
        """Those of *features* whose call the server does not know."""
        return frozenset(feature for feature in features if not self._has(*_CALLS[feature]))

    def _has(self, collection: str, action: str) -> bool:
        """Whether the call is there: asked with the wrong method, the server complains of that and not of the address."""
        try:
            self._peer.http.call(f"{action}.look", "GET", f"/api/{path_of(collection, NOBODY, action)}")
        except Unsupported as error:
            return error.status == _METHOD_NOT_ALLOWED
        except Refused:
            return True
        return True


class WaldurConsumerHealth(WaldurPeerHealth):
    """B, as a customer of one offering."""

    def __init__(self, peer: Peer, offering: BOfferingId, customer: BCustomerId) -> None:
        self._ours = [("offering_uuid", hexed(offering)), ("customer_uuid", hexed(customer))]
        super().__init__(peer, (f"{_BOUGHT}/", self._ours))
        self._offering = offering

    def offering(self) -> TargetShown:
        """The offering with what it demands, in one call."""
        row = self._row()
        declared = (row.options or {}).get("options")
        return TargetShown(
            offering=target_offering(row),
            type=row.type,
            options={name: _option(option) for name, option in declared.items()} if isinstance(declared, dict) else {},
            conditions=row.plugin_options or {},
        )

    def terms(self) -> Terms:
        """Its terms of service; older servers have them in the offering, and keep no consents."""
        try:
            found = self._peer.listing(
                "terms.list",
                "marketplace-offering-terms-of-service/",
                [("offering_uuid", hexed(self._offering)), ("is_active", "true")],
                TermsRow,
                keep=lambda row: row.offering_uuid == self._offering and row.is_active,
                translate=lambda row: row.has_user_consent,
            )
        except (Forbidden, Unsupported):
            row = self._row()
            return Terms(in_force=bool(row.terms_of_service or row.terms_of_service_link))
        return Terms(in_force=bool(found.value), agreed=all(found.value))

    def type_of(self, offering: BOfferingId) -> str:
        """The type of any offering."""
        return self._peer.read("offering.type", path_of(PUBLIC_VIEW, offering), KindRow).type

    def filters_marks(self) -> bool:
        """Whether resources can be filtered: none has this mark, so a server that counts any does not look at it."""
        nobodys = ("resource_attributes", json.dumps({RESOURCE_MARK: hexed(NOBODY)}))
        return not self._page("resource.filtered", f"{_BOUGHT}/", [*self._ours, nobodys], 1).rows

    def _row(self) -> TargetRow:
        return read_offering(self._peer, PUBLIC_VIEW, self._offering, TargetRow, B_KEY)


def _option(declared: Any) -> Option:  # noqa: ANN401 - free JSON of the provider
    shape = declared if isinstance(declared, dict) else {}
    return Option(str(shape.get("type", "string")), bool(shape.get("required")) and shape.get("default") is None)
