"""Who provides an offering: its customer, which has a second UUID as a service provider."""

from uuid import UUID

import attrs

from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import ProviderRow, SellerRow
from federation_core.domain.errors import NotFound
from federation_core.domain.ids import AOfferingId, hexed

PROVIDERS = "marketplace-service-providers"


@attrs.frozen
class Seller:
    """The customer that provides an offering, and its UUID as a service provider."""

    customer: UUID
    provider: UUID


def find_seller(peer: Peer, offering: AOfferingId, operation: str) -> Seller:
    """Ask who provides *offering*.

    Raises:
        NotFound: its customer is no service provider, as far as the token sees.
    """
    customer = peer.read(operation, path_of("marketplace-provider-offerings", offering), SellerRow).customer_uuid
    found = peer.listing(
        operation,
        f"{PROVIDERS}/",
        [("customer_uuid", hexed(customer))],
        ProviderRow,
        keep=lambda row: row.customer_uuid == customer,
        translate=lambda row: row.uuid,
    )
    if not found.value:
        detail = f"customer {customer} of the offering is no service provider, as far as the token sees"
        raise NotFound(peer.side, operation, detail)
    return Seller(customer, found.value[0])
