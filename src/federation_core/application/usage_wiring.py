"""What the usage use case is given: its ports, its settings, and what was learned of A so far."""

from collections.abc import Sequence
from datetime import tzinfo

import attrs

from federation_core.domain.ids import AResourceId
from federation_core.domain.months import Month
from federation_core.domain.records import AResource
from federation_core.domain.usage.scene import Dates, Links, UsageRules, links_by_backend_id
from federation_core.ports.accounts import ConsumerAccounts, ProviderAccounts
from federation_core.ports.journal import Journal
from federation_core.ports.pool import WorkPool
from federation_core.ports.resources import ConsumerResources, ProviderResources
from federation_core.ports.rights import PeerClock
from federation_core.ports.usage import ConsumerUsage, Meters, ProviderUsage


class LinkedResources:
    """The meters of a federation: resources of B, which those of A are linked to."""

    def links(self, resources: Sequence[AResource]) -> Links:
        """By the UUID that stands in each resource's `backend_id`."""
        return links_by_backend_id(resources)

    def remarks(self) -> tuple[str, ...]:
        """None."""
        return ()


@attrs.frozen
class UsagePorts:
    """The outside of the usage use case.

    Attributes:
        b_resources: None where B is a warehouse, which lists no resources.
        b_accounts: None where B's user names are A's.
        meters: how A's resources are linked to what B meters.
    """

    a_resources: ProviderResources
    b_resources: ConsumerResources | None
    a_usage: ProviderUsage
    b_usage: ConsumerUsage
    a_accounts: ProviderAccounts
    b_accounts: ConsumerAccounts | None
    a_clock: PeerClock
    pool: WorkPool
    journal: Journal
    meters: Meters = attrs.field(factory=LinkedResources)


@attrs.frozen
class UsageSettings:
    """The operator's wishes for the usage use case.

    Attributes:
        zone: whose clocks say which month it is; that of A's server.
        periods: how many months are reported, the current one included.
    """

    rules: UsageRules
    zone: tzinfo
    periods: int = 2


@attrs.define
class UsageLearned:
    """What was found out about A, kept for the process; losing it costs a few requests.

    Attributes:
        closed: months of resources that A refused to take figures of.
    """

    dates: Dates = Dates.UNPROVEN
    closed: set[tuple[AResourceId, Month]] = attrs.field(factory=set)
