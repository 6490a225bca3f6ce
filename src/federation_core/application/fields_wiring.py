"""What the field use case is given: its ports, its settings, and what was learned of the peers so far."""

from datetime import datetime

import attrs

from federation_core.domain.fields.rules import FieldRules
from federation_core.domain.fields.scene import Obstacle
from federation_core.domain.ids import AResourceId
from federation_core.ports.accounts import ConsumerAccounts, ProviderAccounts
from federation_core.ports.journal import Journal
from federation_core.ports.orders import ConsumerOrders, ProviderOrders
from federation_core.ports.pool import WorkPool
from federation_core.ports.projects import ConsumerProjects, ProviderProjects
from federation_core.ports.resources import ConsumerResources, ProviderResources
from federation_core.ports.rights import PeerClock


@attrs.frozen
class FieldPorts:
    """The outside of the field use case."""

    a_resources: ProviderResources
    a_orders: ProviderOrders
    a_projects: ProviderProjects
    a_accounts: ProviderAccounts
    a_clock: PeerClock
    b_resources: ConsumerResources
    b_orders: ConsumerOrders
    b_projects: ConsumerProjects
    b_accounts: ConsumerAccounts
    b_clock: PeerClock
    pool: WorkPool
    journal: Journal


@attrs.frozen
class FieldSettings:
    """The operator's wishes for the field use case."""

    rules: FieldRules


@attrs.frozen
class Refusal:
    """A write that a server refused, or carried out in its own way, and when."""

    at: datetime
    obstacle: Obstacle


@attrs.define
class FieldsLearned:
    """What was found out about the peers, kept for the process; losing it costs a few requests.

    Attributes:
        refused: writes by their identity.
        unknown: kinds of action that a server does not know, and why.
        stillborn: resources of A whose Create order ended without success, and when that was read.
    """

    refused: dict[str, Refusal] = attrs.field(factory=dict)
    unknown: dict[str, str] = attrs.field(factory=dict)
    stillborn: dict[AResourceId, datetime] = attrs.field(factory=dict)
