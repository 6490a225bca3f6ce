"""What a use case is given: its ports, its settings, and what was learned of the peers so far."""

from datetime import datetime

import attrs

from federation_core.application.order_index import OrderIndex
from federation_core.domain.ids import AOrderId, BCustomerId
from federation_core.domain.orders.scene import Marker, Rules
from federation_core.domain.plan.policy import OrphanPolicy
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.ports.catalogue import Catalogue, ProviderCatalogue
from federation_core.ports.journal import Journal
from federation_core.ports.orders import ConsumerOrders, ProviderOrders
from federation_core.ports.pool import WorkPool
from federation_core.ports.projects import ConsumerProjects
from federation_core.ports.resources import ConsumerResources, ProviderResources
from federation_core.ports.rights import PeerClock, Rights


@attrs.frozen
class OrderPorts:
    """The outside of the order use case."""

    a_catalogue: ProviderCatalogue
    a_orders: ProviderOrders
    a_resources: ProviderResources
    a_clock: PeerClock
    b_orders: ConsumerOrders
    b_resources: ConsumerResources
    b_projects: ConsumerProjects
    b_rights: Rights
    catalogue: Catalogue
    pool: WorkPool
    journal: Journal


@attrs.frozen
class OrderSettings:
    """The operator's wishes for the order use case.

    Attributes:
        rules: what the decisions depend on.
        customer: our customer on B.
        tell_reasons: whether A's users read B's own words about a failed order.
    """

    rules: Rules
    customer: BCustomerId
    orphan_policy: OrphanPolicy = OrphanPolicy.REPORT
    tell_reasons: bool = True


@attrs.define
class Learned:
    """What was found out about the peers, kept for the process; losing it costs a few requests and nothing else."""

    marker: Marker = Marker.UNPROVEN
    links_orders: bool = True
    stamps_resources: bool = True
    has_offering: bool = False
    attempts: dict[AOrderId, datetime] = attrs.field(factory=dict)
    lost_projects: dict[ProjectKey, datetime] = attrs.field(factory=dict)
    index: OrderIndex = attrs.field(factory=OrderIndex)
