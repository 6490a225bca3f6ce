"""The order use case on fakes: one order of A that waits for us, unless told otherwise."""

from tests.fakes.orders import ConsumerOrders, ProviderOrders
from tests.fakes.peers import OWNER, Catalogue, PeerClock, ProviderCatalogue, Rights, WorkPool
from tests.fakes.projects import ConsumerProjects
from tests.fakes.resources import ConsumerResources, ProviderResources
from tests.strategies.builders import a_resource, an_order, b_customer_id, some_rules

from federation_adapters.local.journal import MemoryJournal
from federation_core.application.orders import ReconcileOrders
from federation_core.application.wiring import Learned, OrderPorts, OrderSettings
from federation_core.domain.orders.scene import Marker


class FakeFederation:
    """All ports as fakes, and the use case on them."""

    def __init__(self, *, orders=None, resources=None, b_orders=(), b_resources=(), marker=Marker.SURVIVES, **settings):
        self.a_orders = ProviderOrders(*([an_order()] if orders is None else orders))
        self.a_resources = ProviderResources(*([a_resource()] if resources is None else resources))
        self.b_resources = ConsumerResources(*b_resources)
        self.b_orders = ConsumerOrders(self.b_resources, *b_orders)
        self.b_projects = ConsumerProjects()
        self.rights = Rights(OWNER)
        self.catalogue = Catalogue()
        self.a_catalogue = ProviderCatalogue()
        self.journal = MemoryJournal()
        self.learned = Learned(marker=marker)
        self.tell_last = None
        self.on_created = None
        rules = some_rules(**settings.pop("rules", {}))
        self.settings = OrderSettings(rules, b_customer_id(), **settings)

    @property
    def ports(self):
        return OrderPorts(
            a_catalogue=self.a_catalogue,
            a_orders=self.a_orders,
            a_resources=self.a_resources,
            a_clock=PeerClock(),
            b_orders=self.b_orders,
            b_resources=self.b_resources,
            b_projects=self.b_projects,
            b_rights=self.rights,
            catalogue=self.catalogue,
            pool=WorkPool(),
            journal=self.journal,
        )

    @property
    def use_case(self):
        return ReconcileOrders(self.ports, self.settings, self.learned, self.tell_last, self.on_created)

    def cycle(self, **options):
        return self.use_case.run(**options)

    def a_order(self, number_id):
        return self.a_orders.orders[number_id]
