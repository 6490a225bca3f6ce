"""The two offerings over REST: A's as its provider sees it, B's as a customer does."""

from typing import TypeVar
from uuid import UUID

from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import ComponentRow, OfferingRow, StateRow
from federation_core.domain.catalogue import PricingPlan, TargetOffering
from federation_core.domain.errors import NotFound
from federation_core.domain.ids import AOfferingId, BOfferingId, BPlanId
from federation_core.domain.units import BComponent, BillingType

T = TypeVar("T")
A_KEY, B_KEY = "waldur_offering_uuid", "target_offering_uuid"
PROVIDER_VIEW, PUBLIC_VIEW = "marketplace-provider-offerings", "marketplace-public-offerings"


class WaldurProviderCatalogue:
    """One offering of A."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def state(self) -> str:
        """Its state."""
        return read_offering(self._peer, PROVIDER_VIEW, self._offering, StateRow, A_KEY).state


class WaldurCatalogue:
    """One offering of B."""

    def __init__(self, peer: Peer, offering: BOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def read(self) -> TargetOffering:
        """Its state, components and pricing plans, in one call."""
        return target_offering(read_offering(self._peer, PUBLIC_VIEW, self._offering, OfferingRow, B_KEY))


def target_offering(row: OfferingRow) -> TargetOffering:
    """B's offering as an order meets it."""
    return TargetOffering(
        id=BOfferingId(row.uuid),
        name=row.name,
        state=row.state,
        components={BComponent(component.type): billing_of(component) for component in row.components},
        plans=plans_of(row),
    )


def plans_of(row: OfferingRow) -> tuple[PricingPlan, ...]:
    """The pricing plans of an offering of either side."""
    return tuple(PricingPlan(BPlanId(p.uuid), p.name, p.is_active and not p.archived) for p in row.plans)


def read_offering(peer: Peer, collection: str, offering: UUID, kind: type[T], key: str) -> T:
    """Read an offering; one that is not found is told with the key that names it."""
    try:
        return peer.read("offering.read", path_of(collection, offering), kind)
    except NotFound as error:
        error.advice = f"no offering {offering} is visible to the token; check {key}"
        raise


def billing_of(component: ComponentRow) -> BillingType:
    """A billing type this release does not know takes no limits, which is the harmless reading."""
    known = {billing.value for billing in BillingType}
    return BillingType(component.billing_type) if component.billing_type in known else BillingType.OTHER
