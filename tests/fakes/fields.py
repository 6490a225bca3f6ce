"""The field use case on fakes: one resource, linked and well on both sides, and one project, alike unless told otherwise."""

from datetime import timedelta

from tests.fakes.accounts import ConsumerAccounts, ProviderAccounts
from tests.fakes.orders import ConsumerOrders, ProviderOrders
from tests.fakes.peers import PeerClock, WorkPool
from tests.fakes.projects import ConsumerProjects, ProviderProjects
from tests.fakes.resources import ConsumerResources, ProviderResources
from tests.strategies.builders import a_project, a_resource_pair, field_rules, mirror

from federation_adapters.local.journal import MemoryJournal
from federation_core.application.fields_wiring import FieldPorts, FieldSettings, FieldsLearned
from federation_core.application.sync_fields import EVERY_PART, SyncFields


class FakeFields:
    """All ports as fakes, and the use case on them."""

    def __init__(self, *, a=None, b=None, a_projects=None, b_projects=None, a_accounts=(), b_accounts=(), **rules):
        on_a, on_b = a_resource_pair()
        self.a_clock, self.b_clock = PeerClock(), PeerClock()
        self.a_resources = ProviderResources(*([on_a] if a is None else a))
        self.b_resources = ConsumerResources(*([on_b] if b is None else b))
        self.a_orders = ProviderOrders()
        self.b_orders = ConsumerOrders(self.b_resources)
        self.a_projects = ProviderProjects(*([a_project()] if a_projects is None else a_projects))
        self.b_projects = ConsumerProjects(*([mirror()] if b_projects is None else b_projects))
        self.a_accounts = ProviderAccounts(*a_accounts)
        self.b_accounts = ConsumerAccounts(*b_accounts)
        for fake, clock in (
            (self.a_resources, self.a_clock),
            (self.a_projects, self.a_clock),
            (self.b_resources, self.b_clock),
            (self.b_projects, self.b_clock),
        ):
            fake.clock = clock
        self.journal = MemoryJournal()
        self.learned = FieldsLearned()
        self.rules = field_rules(**rules)

    @property
    def ports(self):
        return FieldPorts(
            a_resources=self.a_resources,
            a_orders=self.a_orders,
            a_projects=self.a_projects,
            a_accounts=self.a_accounts,
            a_clock=self.a_clock,
            b_resources=self.b_resources,
            b_orders=self.b_orders,
            b_projects=self.b_projects,
            b_accounts=self.b_accounts,
            b_clock=self.b_clock,
            pool=WorkPool(),
            journal=self.journal,
        )

    @property
    def use_case(self):
        return SyncFields(self.ports, FieldSettings(self.rules), self.learned)

    def restart(self):
        """Forget what the process knew."""
        self.learned = FieldsLearned()

    def cycle(self, parts=EVERY_PART):
        return self.use_case.run(parts)

    def plan(self, parts=EVERY_PART):
        return self.use_case.plan(self.use_case.observe(parts))

    def later(self, **time):
        """Let time pass on both clocks."""
        for clock in (self.a_clock, self.b_clock):
            clock.moved += timedelta(**time)

    @property
    def on_a(self):
        return next(iter(self.a_resources.resources.values()))

    @property
    def on_b(self):
        return next(iter(self.b_resources.resources.values()))
