"""The settings as one frozen tree; what the rest of the runner sees of the file."""

from uuid import UUID

import attrs

from federation_adapters.http.access import Access, ClientCredentials, StaticToken
from federation_core.application.configure import ComponentMapping, OrderSettings


@attrs.frozen
class Intervals:
    """Seconds from the end of a cycle to the next."""

    order_process_seconds: float


@attrs.frozen
class Skipped:
    """An offering that is none of ours, and why."""

    name: str
    reason: str


@attrs.frozen
class OfferingSettings:
    """One offering of A, delivered by one of B.

    Attributes:
        modes: the modes whose backend key names us.
        order_poll_timeout: seconds that ``run --once --wait`` stays at most.
        order_poll_interval: seconds between its cycles.
    """

    name: str
    offering: UUID
    target_offering: UUID
    target_customer: UUID
    a: Access
    b: Access
    orders: OrderSettings
    modes: frozenset[str]
    order_poll_timeout: float
    order_poll_interval: float

    @property
    def mapping(self) -> ComponentMapping:
        """The component mapping."""
        return self.orders.rules.mapping

    @property
    def pool_size(self) -> int:
        """Threads to keep both peers busy."""
        return self.a.concurrency + self.b.concurrency


@attrs.frozen
class Settings:
    """The whole file."""

    offerings: tuple[OfferingSettings, ...]
    skipped: tuple[Skipped, ...]
    log_level: str
    intervals: Intervals

    def secrets(self) -> tuple[str, ...]:
        """Every secret in the settings, for the log's last net."""
        found = []
        for offering in self.offerings:
            for access in (offering.a, offering.b):
                match access.credentials:
                    case StaticToken(token):
                        found.append(token)
                    case ClientCredentials(_, _, secret):
                        found.append(secret)
        return tuple(found)
