"""A pair of Waldurs that are not ours alone: what a user of A and B's provider do there, and how all of it is undone.

The REST adapters do these parts too: a user of A is a customer there, and B's provider provides there. Nothing but the resources
that were ordered here is looked at by the federation, so orders of others are left alone.
"""

import os
import time
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from uuid import UUID, uuid4

import attrs

from federation_adapters.http.access import StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.waldur.catalogue import WaldurCatalogue
from federation_adapters.waldur.members import WaldurConsumerMembers
from federation_adapters.waldur.orders import WaldurConsumerOrders, WaldurProviderOrders
from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.usage import WaldurProviderUsage
from federation_adapters.waldur.wire import ProjectRow
from federation_core.domain.errors import Refused
from federation_core.domain.ids import (
    AOfferingId,
    AOrderId,
    AProjectId,
    AResourceId,
    BCustomerId,
    BOfferingId,
    BOrderId,
    BProjectId,
    BResourceId,
)
from federation_runner.container import Federation, close
from federation_runner.settings.load import load

INTEGRATION, E2E = "WALDUR_INTEGRATION_TESTS", "WALDUR_E2E_TESTS"
CONFIG, PROJECT = "WALDUR_E2E_CONFIG", "WALDUR_E2E_PROJECT_A_UUID"
USER_TOKEN, PROVIDER_TOKEN = "WALDUR_E2E_USER_A_TOKEN", "WALDUR_E2E_PROVIDER_B_TOKEN"
PATIENCE = "WALDUR_E2E_PATIENCE"
ENDED = frozenset({"done", "erred", "rejected", "canceled"})
LONGEST_PAUSE = 5.0


def lacking(*names):
    """Why tests that need these variables are skipped; empty where they are all set."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        return f"tests on live Waldurs, which need the environment variables {' and '.join(missing)}"
    off = [name for name in (INTEGRATION, E2E) if name in names and os.environ[name].lower() != "true"]
    return f"tests on live Waldurs, which want {' and '.join(off)} to be true" if off else ""


@attrs.define
class Ordered:
    """What a user of A ordered: the order that made it, A's resource, and B's once there is one."""

    order: BOrderId
    resource: AResourceId
    name: str
    on_b: BResourceId | None = None


class LivePair:
    """Two Waldurs, the federation between them, a user of A, and B's provider."""

    def __init__(self) -> None:
        self.settings = load(Path(os.environ[CONFIG]), os.environ).offerings[0]
        self.federation = Federation(settings=self.settings)
        self._stack = ExitStack()
        self._stack.callback(close, self.federation)
        self._patience = float(os.environ.get(PATIENCE, "300"))
        self._user = self._peer(self.settings.a, USER_TOKEN)
        self._b_provider = self._peer(self.settings.b, PROVIDER_TOKEN)
        self.b_usage = WaldurProviderUsage(self._b_provider, AOfferingId(self.settings.target_offering))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _peer(self, access, variable):
        """Who calls with the token of *variable*, or with the one in the settings where there is none."""
        token = os.environ.get(variable)
        changes = {} if token is None else {"credentials": StaticToken(token)}
        return Peer(self._stack.enter_context(HttpClient(attrs.evolve(access, **changes))))

    @property
    def project(self):
        return AProjectId(UUID(os.environ[PROJECT]))

    @cached_property
    def customer(self):
        """Whose project it is that is ordered for."""
        project = self._user.read("live.project", path_of("projects", self.project), ProjectRow)
        return BCustomerId(project.customer_uuid)

    @property
    def shop(self):
        """What the user of A may order."""
        return WaldurConsumerOrders(self._user, BOfferingId(self.settings.offering), self.customer)

    def people_on_a(self):
        """The user names of those who work in the project."""
        staff = WaldurConsumerMembers(self._user, self.customer).list_staff(BProjectId(self.project))
        return {person.username for person in staff.value}

    def people_on_b(self, ordered):
        """The user names of those who work where the resource is on B."""
        return {person.username for person in self.federation.b_members().list_staff(self.on_b(ordered).project).value}

    def limits(self, amount):
        """So much of every component of A that is limited."""
        return {name: amount for name, kind in self.settings.accounting.items() if kind == "limit"}

    def place(self, stack, amount=10):
        """Order a resource on A; *stack* removes it, and all that follows from it, whatever happens."""
        name = f"federation-live-{uuid4().hex[:8]}"
        offered = WaldurCatalogue(self._user, BOfferingId(self.settings.offering)).read()
        plan = next((plan.id for plan in offered.plans), None)
        before = self.mirrors()
        stack.callback(self._remove_mirrors, before)
        placed = self.shop.create(
            BProjectId(self.project), {"name": name}, self.limits(amount), plan, accept_terms=True
        )
        ordered = Ordered(placed.order, AResourceId(placed.resource), name)
        stack.callback(self._remove, ordered)
        return ordered

    def mirrors(self):
        """The projects of our customer on B."""
        return {project.id for project in self.federation.b_projects().list_all().value}

    def order(self, order):
        """The order as the user of A sees it."""
        return self.shop.read(order)

    def carry_people(self):
        """Carry the people of our project over, and nobody else's; a full reading shows before that it has one of B to itself."""
        sync = self.federation.sync_members()
        sync.observe()
        return sync.run_alone(self.project)

    def order_on_b(self, ordered):
        """B's order that made the resource."""
        return next(one.id for one in self.federation.b_orders().list_of(ordered.on_b).value if one.type == "Create")

    def step(self, ordered):
        """What everybody has to do next for one resource: its customer, the federation, and B's provider."""
        with suppress(Refused):  # mostly nobody waits for it, or another has to
            self._user.write("live.consent", path_of("marketplace-orders", ordered.order, "approve_by_consumer"))
        report = self.federation.reconcile_orders().run_for(ordered.resource)
        on_b = self.federation.b_resources().list_for(AOfferingId(self.settings.offering), ordered.resource).value
        ordered.on_b = next((one.id for one in on_b), ordered.on_b)
        if ordered.on_b is not None:
            self._deliver(ordered.on_b)
        return report

    def _deliver(self, resource):
        """Do what B's provider may do with our token; where it may not, B delivers by itself."""
        provider = WaldurProviderOrders(self._b_provider, AOfferingId(self.settings.target_offering))
        for order in self.federation.b_orders().list_of(resource).value:
            if order.state == "pending-provider":
                with suppress(Refused):
                    provider.approve(AOrderId(order.id))
                    provider.finish(AOrderId(order.id))

    def until(self, ordered, is_so, what):
        """Let everybody do their part until it is so."""
        deadline, pause = time.monotonic() + self._patience, 0.1
        while True:
            report = self.step(ordered)
            if is_so():
                return
            assert time.monotonic() < deadline, f"{what}: not within {self._patience} seconds; {report.as_json()}"
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def settle(self, ordered, order):
        """Let an order of A end."""
        self.until(ordered, lambda: self.order(order).state in ENDED, f"order {order} of A ends")
        return self.order(order)

    def on_b(self, ordered):
        """The resource on B."""
        return self.federation.b_resources().read(ordered.on_b)

    def terminate(self, ordered):
        """Have the user of A end the resource; how that ended."""
        return self.settle(ordered, self.shop.terminate(BResourceId(ordered.resource), {}))

    def _remove(self, ordered):
        """End the resource on A, and with it the one on B; if the federation does not, on B all the same."""
        try:
            self.settle(ordered, ordered.order)
            if self.federation.a_resources().read(ordered.resource).state not in {"Terminated", "Terminating"}:
                self.terminate(ordered)
        finally:
            self._remove_from_b(ordered)

    def _remove_from_b(self, ordered):
        living = self.federation.b_resources().list_for(AOfferingId(self.settings.offering), ordered.resource)
        for resource in living.value:
            if resource.state not in {"Terminated", "Terminating"}:
                self.federation.b_orders().terminate(resource.id, {})
                self._deliver(resource.id)

    def _remove_mirrors(self, before):
        """Remove the projects that are new on B, with the roles that people got there; what holds anything else stays."""
        members = self.federation.b_members()
        for project in self.mirrors() - before:
            with suppress(Refused):
                for person in members.list_staff(project).value:
                    for held in person.roles:
                        members.revoke(project, person.user, held.role)
                self.federation.b_peer().remove("live.remove_project", path_of("projects", project))
