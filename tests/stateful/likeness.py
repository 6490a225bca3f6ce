"""The ports in memory, on which the use cases are tested, beside the REST adapters on a sandbox: one life, told to both.

What people do is done in the sandbox and copied into memory; what goes through a port is done on both, and has to end alike.
After each step every reading of both has to show the same.
"""

from contextlib import ExitStack, suppress
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.contract.conftest import open_market
from tests.fakes.orders import ConsumerOrders, ProviderOrders
from tests.fakes.projects import ConsumerProjects
from tests.fakes.resources import ConsumerResources, ProviderResources

from federation_adapters.sandbox import ApiError
from federation_adapters.waldur.orders import WaldurConsumerOrders, WaldurProviderOrders
from federation_adapters.waldur.projects import WaldurConsumerProjects
from federation_adapters.waldur.resources import WaldurConsumerResources, WaldurProviderResources
from federation_core.domain.errors import FederationError
from federation_core.domain.ids import ACustomerId, AOrderId, AProjectId, AResourceId, BOrderId, BProjectId, BResourceId
from federation_core.domain.orders.attributes import attributes_for_terminate
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.records import AProject
from federation_core.domain.units import AComponent, BComponent

PICK = st.integers(0, 9)
DAYS = st.sampled_from([None, date(2030, 1, 31)])
NODES, GPU = AComponent("node_hours"), BComponent("gpu_hours")


@attrs.frozen
class Served:
    """The ports on the sandbox."""

    a_orders: WaldurProviderOrders
    a_resources: WaldurProviderResources
    b_projects: WaldurConsumerProjects
    b_orders: WaldurConsumerOrders
    b_resources: WaldurConsumerResources


@attrs.frozen
class Ended:
    """How a call ended.

    Attributes:
        error: the kind of the error; empty where there was none.
    """

    error: str
    value: Any = None


def ended(call, *arguments, **named) -> Ended:
    """How it ends."""
    try:
        return Ended("", call(*arguments, **named))
    except FederationError as error:
        return Ended(type(error).__name__)


class Likeness(RuleBasedStateMachine):
    """One life, told to both."""

    @initialize()
    def begins(self):
        self.stack = ExitStack()
        self.market = open_market(self.stack, b_plans=("Standard", "Large"))
        self.a_orders, self.a_resources = ProviderOrders(), ProviderResources()
        self.b_projects, self.b_resources = ConsumerProjects(), ConsumerResources()
        self.b_orders = ConsumerOrders(self.b_resources)
        market = self.market
        self.served = Served(
            market.provider_orders,
            market.provider_resources,
            market.projects,
            market.consumer_orders,
            market.consumer_resources,
        )
        self.in_memory: dict[UUID, UUID] = {}

    def teardown(self):
        if hasattr(self, "stack"):
            self.stack.close()

    def _memory(self, uuid):
        """The id in memory of what has *uuid* on the sandbox: B gives ids of its own."""
        return self.in_memory.get(uuid, uuid)

    def _same(self, served, remembered):
        assert served.error == remembered.error, (served, remembered)

    # A

    @precondition(lambda self: len(self.a_orders.orders) < 4)
    @rule(nodes=st.integers(1, 20))
    def a_user_orders(self, nodes):
        order = self.market.order(limits={"node_hours": nodes})
        self._copy_a(order)

    def _copy_a(self, order):
        """What stands on A now, as it was read through the ports."""
        read = self.served.a_orders.read(order)
        self.a_orders.orders[order] = read
        self.a_resources.resources[read.resource] = self.served.a_resources.read(read.resource)

    def _an_order(self, pick):
        orders = list(self.a_orders.orders)
        return orders[pick % len(orders)]

    @precondition(lambda self: self.a_orders.orders)
    @rule(pick=PICK, step=st.sampled_from(["approve", "finish", "fail", "link"]))
    def we_move_an_order(self, pick, step):
        order = self._an_order(pick)
        more = {"fail": ("B is out of stock",), "link": (BOrderId(UUID(int=pick + 1)),)}.get(step, ())
        self._same(
            ended(getattr(self.served.a_orders, step), order, *more),
            ended(getattr(self.a_orders, step), order, *more),
        )
        resource = self.a_orders.orders[order].resource
        shown = self.served.a_resources.read(resource)
        kept = self.a_resources.resources[resource]
        # A itself moves the resource with its order
        self.a_resources.resources[resource] = attrs.evolve(kept, state=shown.state)

    @precondition(lambda self: self.a_resources.resources)
    @rule(pick=PICK, amount=st.integers(0, 9), day=DAYS, step=st.sampled_from(["limits", "link", "effective", "end"]))
    def we_write_on_a_resource(self, pick, amount, day, step):
        resource = list(self.a_resources.resources)[pick % len(self.a_resources.resources)]
        name, value = {
            "limits": ("set_limits", {NODES: Fraction(amount)}),
            "link": ("link", BResourceId(UUID(int=amount + 1))),
            "effective": ("set_effective_id", f"snow-{amount}"),
            "end": ("set_end_date", day),
        }[step]
        self._same(
            ended(getattr(self.served.a_resources, name), resource, value),
            ended(getattr(self.a_resources, name), resource, value),
        )

    @rule(number=PICK)
    def nobody_is_asked_for(self, number):
        order, resource = AOrderId(UUID(int=number)), AResourceId(UUID(int=number))
        self._same(ended(self.served.a_orders.read, order), ended(self.a_orders.read, order))
        self._same(ended(self.served.a_resources.read, resource), ended(self.a_resources.read, resource))
        b_order, b_resource = BOrderId(UUID(int=number)), BResourceId(UUID(int=number))
        self._same(ended(self.served.b_orders.read, b_order), ended(self.b_orders.read, b_order))
        self._same(ended(self.served.b_resources.read, b_resource), ended(self.b_resources.read, b_resource))

    # B

    @precondition(lambda self: len(self.b_projects.projects) < 3)
    @rule(number=PICK)
    def we_make_a_project(self, number):
        project = AProject(AProjectId(UUID(int=100 + number)), ACustomerId(UUID(int=99)), f"Snow {number}")
        key = ProjectKey(project.customer, project.id)
        if not any(str(project.id) in one.backend_id for one in self.b_projects.projects):
            served, made = (ports.create(project, key) for ports in (self.served.b_projects, self.b_projects))
            self.in_memory[served.id] = made.id
            assert (served.name, served.backend_id) == (made.name, made.backend_id)

    @precondition(lambda self: self.b_projects.projects and len(self.b_orders.of_type("Create")) < 4)
    @rule(pick=PICK, mark=PICK, gpu=st.integers(1, 50))
    def we_order_on_b(self, pick, mark, gpu):
        projects = self.served.b_projects.list_all().value
        project = projects[pick % len(projects)].id
        attributes = {
            "name": "snow",
            "waldur_federation_resource": UUID(int=mark).hex,
            "waldur_federation_offering": self.market.a_offering.hex,
        }
        plan = self.market.b_plans[0]
        served, made = (
            ports.create(where, attributes, {GPU: gpu}, plan, accept_terms=True)
            for ports, where in ((self.served.b_orders, project), (self.b_orders, BProjectId(self._memory(project))))
        )
        self.in_memory |= {served.order: made.order, served.resource: made.resource}
        self._copy_b(served.order)

    def _a_copy(self, pick):
        """A resource on B, as both know it."""
        known = [row.id for row in self.served.b_resources.list_all().value]
        served = known[pick % len(known)]
        return served, BResourceId(self._memory(served))

    @precondition(lambda self: self.b_resources.resources)
    @rule(pick=PICK, gpu=st.integers(1, 50), mark=PICK, step=st.sampled_from(["change_limits", "terminate", "switch"]))
    def we_order_more_on_b(self, pick, gpu, mark, step):
        name, value = {
            "change_limits": ("change_limits", {GPU: gpu}),
            "terminate": ("terminate", attributes_for_terminate(AOrderId(UUID(int=mark)))),
            "switch": ("switch_plan", self.market.b_plans[1]),
        }[step]
        served, remembered = (
            ended(getattr(ports, name), row, value)
            for ports, row in zip((self.served.b_orders, self.b_orders), self._a_copy(pick), strict=True)
        )
        self._same(served, remembered)
        if not served.error:
            self.in_memory[served.value] = remembered.value
            self._copy_b(served.value)

    @precondition(lambda self: self.b_resources.resources)
    @rule(pick=PICK, day=DAYS)
    def we_set_an_end_on_b(self, pick, day):
        served, remembered = self._a_copy(pick)
        self._same(
            ended(self.served.b_resources.set_end_date, served, day),
            ended(self.b_resources.set_end_date, remembered, day),
        )

    @precondition(lambda self: self.served.b_orders.list_open().value)
    @rule(pick=PICK, move=st.sampled_from(["approve", "complete", "reject", "fail"]))
    def bs_provider_deals_with_an_order(self, pick, move):
        waiting = self.served.b_orders.list_open().value
        order = waiting[pick % len(waiting)]
        row = self.market.b.order(order.id.hex)
        with suppress(ApiError):  # B itself lets orders move in certain ways only
            getattr(self.market.b, move)(row, *(["No stock."] if move in {"reject", "fail"} else []))
        self._copy_b(order.id)

    def _copy_b(self, order):
        """What B has made of an order and its resource, as they are read through the ports."""
        read = self.served.b_orders.read(order)
        mine = BOrderId(self._memory(order))
        self.b_orders.orders[mine] = attrs.evolve(self.b_orders.orders[mine], state=read.state, created=read.created)
        shown = self.served.b_resources.read(read.resource)
        copy = BResourceId(self._memory(read.resource))
        self.b_resources.resources[copy] = attrs.evolve(
            self.b_resources.resources[copy], state=shown.state, created=shown.created
        )

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours):
        self.market.clock.advance(timedelta(hours=hours))

    # What both show

    @invariant()
    def both_show_the_same(self):
        if hasattr(self, "market"):
            self._a_shows_the_same()
            self._b_shows_the_same()

    def _a_shows_the_same(self):
        served, memory = self.served.a_orders.list_open(), self.a_orders.list_open()
        assert {one.id for one in served.value} == {one.id for one in memory.value}
        for order in self.a_orders.orders:
            seen, kept = self.served.a_orders.read(order), self.a_orders.read(order)
            assert (seen.type, seen.state, seen.backend_id) == (kept.type, kept.state, kept.backend_id)
            creates = [ports.create_of(seen.resource) for ports in (self.served.a_orders, self.a_orders)]
            assert len({one and one.id for one in creates}) == 1
        self._same_resources(self.served.a_resources.list_all(), self.a_resources.list_all())
        for one in self.a_resources.resources.values():
            if one.backend_id:
                linked = BResourceId(UUID(one.backend_id))
                self._same_resources(self.served.a_resources.list_linked(linked), self.a_resources.list_linked(linked))

    def _same_resources(self, served, remembered):
        shown = {one.id: self._of_a(one) for one in served.value}
        assert shown == {one.id: self._of_a(one) for one in remembered.value}

    @staticmethod
    def _of_a(one):
        return one.state, one.backend_id, one.limits, one.effective_id or "", one.end_date

    def _b_shows_the_same(self):
        self._same_orders(self.served.b_orders.list_open(), self.b_orders.list_open())
        today = self.market.clock().date()
        self._same_orders(self.served.b_orders.list_since(today), self.b_orders.list_since(today))
        self._same_copies(self.served.b_resources.list_all(), self.b_resources.list_all())
        made = self.market.a_offering, today
        self._same_copies(self.served.b_resources.list_marked(*made), self.b_resources.list_marked(*made))
        for served, remembered in self.in_memory.items():
            kept = self.b_resources.resources.get(BResourceId(remembered))
            if kept is not None and kept.for_resource is not None:
                self._same_orders(
                    self.served.b_orders.list_of(BResourceId(served)),
                    self.b_orders.list_of(BResourceId(remembered)),
                )
                marks = self.market.a_offering, kept.for_resource
                self._same_copies(self.served.b_resources.list_for(*marks), self.b_resources.list_for(*marks))

    def _same_orders(self, served, remembered):
        shown = {self._memory(one.id): self._of_order(one) for one in served.value}
        assert shown == {one.id: self._of_order(one) for one in remembered.value}

    def _same_copies(self, served, remembered):
        shown = {self._memory(one.id): self._of_b(one) for one in served.value}
        assert shown == {one.id: self._of_b(one) for one in remembered.value}

    def _of_b(self, one):
        return one.state, one.for_resource, one.for_offering, self._memory(one.project), one.end_date

    @staticmethod
    def _of_order(one):
        return one.type, one.state, one.for_order, one.subtype
