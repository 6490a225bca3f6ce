"""One furnished sandbox, and clients for the people in it."""

from contextlib import ExitStack
from functools import partial

import attrs
import httpx
import pytest
from tests.unit.sandbox.listeners import Stage

from federation_adapters.sandbox import ManualClock, Sandbox, TargetSide, seed_pair


@attrs.frozen
class Market:
    """Side B of the demo pair, one project, and clients that share its process."""

    side: TargetSide
    clock: ManualClock
    _stack: ExitStack

    @property
    def sandbox(self) -> Sandbox:
        return self.side.sandbox

    @property
    def world(self):
        return self.side.sandbox.world

    @property
    def project(self):
        return self.world.projects[0]

    def client(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Token {token}"} if token else {}
        transport = httpx.WSGITransport(app=self.sandbox)
        client = httpx.Client(transport=transport, base_url="http://sandbox/api", headers=headers)
        return self._stack.enter_context(client)

    @property
    def buyer(self) -> httpx.Client:
        return self.client(self.side.consumer_user.token)

    @property
    def seller(self) -> httpx.Client:
        return self.client(self.side.provider_user.token)

    @property
    def staff(self) -> httpx.Client:
        return self.client(self.side.staff.token)

    def purchase(self, **changes):
        """Return the body of a valid order, changed as asked."""
        base = "http://elsewhere/api"
        offering = f"{base}/marketplace-public-offerings/{self.side.offering.uuid}/"
        body = {
            "offering": offering,
            "project": f"{base}/projects/{self.project.uuid}/",
            "plan": f"{offering}plans/{self.side.offering.plans[0].uuid}/",
            "limits": {"gpu_hours": 5},
            "attributes": {"name": "alpha"},
        }
        return {key: value for key, value in {**body, **changes}.items() if value is not None}

    def place(self, user=None, **options):
        """Place a Create order by Python."""
        options.setdefault("limits", {"gpu_hours": 5})
        return self.world.place_create(user or self.side.consumer_user, self.side.offering, self.project, **options)

    def running(self):
        """Return a resource at rest, made by an order."""
        order = self.place(name="beta")
        self.world.complete(order, "backend-{slug}")
        return order.resource


def make_market(stack, **options):
    clock = ManualClock()
    side = seed_pair(clock=clock, **options).b
    side.sandbox.world.add_project(side.customer, "Snow Depth")
    return Market(side, clock, stack)


@pytest.fixture
def market():
    with ExitStack() as stack:
        yield make_market(stack)


@pytest.fixture
def old_market():
    with ExitStack() as stack:
        yield make_market(stack, profile="2024-10")


@pytest.fixture
def make():
    """Make markets with options of their own."""
    with ExitStack() as stack:
        yield partial(make_market, stack)


@pytest.fixture
def rich_market():
    """A market whose offering has more than the plain one."""
    with ExitStack() as stack:
        yield make_market(stack, b_plans=("Standard", "Large"))


@pytest.fixture
def stage():
    """A pair whose side A publishes to a broker that only remembers."""
    stage = Stage()
    yield stage
    stage.publisher.stop()
