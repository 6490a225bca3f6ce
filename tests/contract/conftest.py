"""The ports as REST adapters on two sandboxes: mounted in process, or served over HTTP."""

from contextlib import ExitStack
from uuid import UUID

import attrs
import pytest
from tests.scenario.harness import Mounted

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.sandbox import Fault, ManualClock, Pair, Server, seed_pair
from federation_adapters.waldur.accounts import WaldurConsumerAccounts, WaldurProviderAccounts
from federation_adapters.waldur.catalogue import WaldurCatalogue
from federation_adapters.waldur.orders import WaldurConsumerOrders, WaldurProviderOrders
from federation_adapters.waldur.peer import Peer
from federation_adapters.waldur.projects import WaldurConsumerProjects, WaldurProviderProjects
from federation_adapters.waldur.resources import WaldurConsumerResources, WaldurProviderResources
from federation_adapters.waldur.rights import WaldurClock, WaldurRights
from federation_adapters.waldur.usage import WaldurConsumerUsage, WaldurProviderUsage
from federation_core.domain.ids import (
    ACustomerId,
    AOfferingId,
    AOrderId,
    AProjectId,
    AResourceId,
    BCustomerId,
    BOfferingId,
    BPlanId,
    Side,
)
from federation_core.domain.orders.attributes import OFFERING_MARK, RESOURCE_MARK
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.records import AProject
from federation_core.domain.units import BComponent

NOBODY = UUID("deadbeef-feda-4abc-8def-000000000404")
"""A UUID that names nothing anywhere."""


@attrs.define
class Market:
    """Two sandboxes and every port on them."""

    pair: Pair
    clock: ManualClock
    stack: ExitStack
    a_url: str
    b_url: str
    served: bool
    a_token: str
    b_token: str

    @property
    def a(self):
        return self.pair.a.sandbox.world

    @property
    def b(self):
        return self.pair.b.sandbox.world

    def peer(self, side):
        url, token, sandbox = (
            (self.a_url, self.a_token, self.pair.a.sandbox)
            if side is Side.A
            else (self.b_url, self.b_token, self.pair.b.sandbox)
        )
        access = Access(side, url, StaticToken(token), timeout=5.0)
        transport = None if self.served else Mounted(sandbox)
        client = HttpClient(access, transport=transport, sleep=lambda _seconds: None)
        self.stack.callback(client.close)
        return Peer(client)

    @property
    def a_offering(self):
        return AOfferingId(UUID(self.pair.a.offering.uuid))

    @property
    def b_offering(self):
        return BOfferingId(UUID(self.pair.b.offering.uuid))

    @property
    def b_customer(self):
        return BCustomerId(UUID(self.pair.b.customer.uuid))

    @property
    def b_plans(self):
        return [BPlanId(UUID(plan.uuid)) for plan in self.pair.b.offering.plans]

    @property
    def provider_orders(self):
        return WaldurProviderOrders(self.peer(Side.A), self.a_offering)

    @property
    def provider_resources(self):
        return WaldurProviderResources(self.peer(Side.A), self.a_offering)

    @property
    def consumer_orders(self):
        return WaldurConsumerOrders(self.peer(Side.B), self.b_offering, self.b_customer)

    @property
    def consumer_resources(self):
        return WaldurConsumerResources(self.peer(Side.B), self.b_offering, self.b_customer)

    @property
    def projects(self):
        return WaldurConsumerProjects(self.peer(Side.B), self.b_customer)

    @property
    def provider_projects(self):
        return WaldurProviderProjects(self.peer(Side.A), self.a_offering)

    @property
    def provider_accounts(self):
        return WaldurProviderAccounts(self.peer(Side.A), self.a_offering)

    @property
    def consumer_accounts(self):
        return WaldurConsumerAccounts(self.peer(Side.B), self.b_offering)

    @property
    def catalogue(self):
        return WaldurCatalogue(self.peer(Side.B), self.b_offering)

    @property
    def provider_usage(self):
        return WaldurProviderUsage(self.peer(Side.A), self.a_offering)

    @property
    def consumer_usage(self):
        return WaldurConsumerUsage(self.peer(Side.B), self.b_offering, self.b_customer)

    @property
    def rights(self):
        return WaldurRights(self.peer(Side.B))

    def clock_of(self, side):
        peer = self.peer(side)
        return peer, WaldurClock(peer)

    def trouble(self, side, **fault):
        """Put a fault in force on *side*."""
        getattr(self.pair, str(side).lower()).sandbox.faults.add(Fault(**fault))

    def writes(self, side):
        return getattr(self.pair, str(side).lower()).sandbox.writes.entries

    def order(self, **options):
        """A user of A orders; the id of the order."""
        side = self.pair.a
        options.setdefault("limits", {"node_hours": 100})
        placed = self.a.place_create(side.orderer, side.offering, side.projects[0], **options)
        return AOrderId(UUID(placed.uuid))

    def on_a(self, order):
        return self.a.order(order.hex)

    def resource_of(self, order):
        """A's resource of an order of A."""
        return AResourceId(UUID(self.on_a(order).resource.uuid))

    def project(self, number=1):
        """A mirror project on B, made through the port."""
        project = AProject(AProjectId(UUID(int=number)), ACustomerId(UUID(int=99)), f"Snow {number}", "Glaciers")
        return self.projects.create(project, ProjectKey(project.customer, project.id))

    def place(self, resource=None, **changes):
        """Order on B through the port, with the marks of *resource*."""
        marked = AResourceId(UUID(int=7)) if resource is None else resource
        wanted = {
            "project": changes.pop("project", None) or self.project().id,
            "attributes": {"name": "snow-1", RESOURCE_MARK: marked.hex, OFFERING_MARK: self.a_offering.hex},
            "limits": {BComponent("gpu_hours"): 500},
            "plan": self.b_plans[0],
            "accept_terms": False,
            **changes,
        }
        return self.consumer_orders.create(**wanted)

    def done(self, placed, **options):
        """B's provider completes an order."""
        order = placed.order if hasattr(placed, "order") else placed
        self.b.complete(self.b.order(order.hex), **options)

    def used_on_a(self, **changes):
        """A resource of A's offering in service: as it is on A, and its id."""
        side = self.pair.a
        made = self.a.add_resource(side.offering, changes.pop("project", side.projects[0]), state="OK", **changes)
        return made, AResourceId(UUID(made.uuid))

    def living(self, **changes):
        """A resource on B that was ordered through the port and is OK."""
        placed = self.place(**changes)
        self.done(placed)
        return placed.resource


def open_market(stack, *, served=False, **seed):
    clock = ManualClock()
    pair = seed_pair(clock=clock, **seed)
    a_url, b_url = "http://a.example", "http://b.example"
    if served:
        a_url, b_url = (stack.enter_context(Server(side.sandbox)).url for side in (pair.a, pair.b))
    return Market(pair, clock, stack, a_url, b_url, served, pair.a_token, pair.b_token)


@pytest.fixture
def market():
    with ExitStack() as stack:
        yield open_market(stack, b_plans=("Standard", "Large"))


@pytest.fixture
def old_market():
    """Both sides as of October 2024."""
    with ExitStack() as stack:
        yield open_market(stack, profile="2024-10")


@pytest.fixture(params=[False, True], ids=["mounted", "served"])
def either_market(request):
    """Mounted, and the same over HTTP."""
    with ExitStack() as stack:
        yield open_market(stack, served=request.param, b_plans=("Standard", "Large"))
