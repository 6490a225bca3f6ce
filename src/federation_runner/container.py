"""The composition root: the only module that pairs ports with adapters. Every provider can be replaced.

```python
federation = Federation(settings=offering_settings)
federation.journal.override(providers.Object(my_journal))
report = federation.reconcile_orders().run()
```
"""

import httpx
from dependency_injector import containers, providers

from federation_adapters.http.client import HttpClient
from federation_adapters.local.journal import NullJournal
from federation_adapters.local.pool import ThreadPool
from federation_adapters.waldur.catalogue import WaldurCatalogue, WaldurProviderCatalogue
from federation_adapters.waldur.orders import WaldurConsumerOrders, WaldurProviderOrders
from federation_adapters.waldur.peer import Peer
from federation_adapters.waldur.projects import WaldurConsumerProjects
from federation_adapters.waldur.resources import WaldurConsumerResources, WaldurProviderResources
from federation_adapters.waldur.rights import WaldurClock, WaldurRights
from federation_core.application.orders import ReconcileOrders
from federation_core.application.wiring import Learned, OrderPorts
from federation_runner.settings.model import OfferingSettings


class Federation(containers.DeclarativeContainer):
    """One offering of A, delivered by one offering of B.

    Every provider is a singleton of the container: connections, and what was learned of the peers, live as long as it does. End
    it with `close`.
    """

    settings = providers.Dependency(instance_of=OfferingSettings)
    a_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)
    b_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)

    a_http = providers.Singleton(HttpClient, settings.provided.a, transport=a_transport)
    b_http = providers.Singleton(HttpClient, settings.provided.b, transport=b_transport)
    a_peer = providers.Singleton(Peer, a_http)
    b_peer = providers.Singleton(Peer, b_http)

    pool = providers.Singleton(ThreadPool, size=settings.provided.pool_size)
    journal = providers.Singleton(NullJournal)

    a_catalogue = providers.Singleton(WaldurProviderCatalogue, a_peer, settings.provided.offering)
    a_orders = providers.Singleton(WaldurProviderOrders, a_peer, settings.provided.offering)
    a_resources = providers.Singleton(WaldurProviderResources, a_peer, settings.provided.offering)
    a_clock = providers.Singleton(WaldurClock, a_peer)
    b_orders = providers.Singleton(
        WaldurConsumerOrders, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )
    b_resources = providers.Singleton(
        WaldurConsumerResources, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )
    b_projects = providers.Singleton(WaldurConsumerProjects, b_peer, settings.provided.target_customer)
    b_rights = providers.Singleton(WaldurRights, b_peer)
    catalogue = providers.Singleton(WaldurCatalogue, b_peer, settings.provided.target_offering)

    learned = providers.Singleton(Learned)
    order_ports = providers.Singleton(
        OrderPorts,
        a_catalogue=a_catalogue,
        a_orders=a_orders,
        a_resources=a_resources,
        a_clock=a_clock,
        b_orders=b_orders,
        b_resources=b_resources,
        b_projects=b_projects,
        b_rights=b_rights,
        catalogue=catalogue,
        pool=pool,
        journal=journal,
    )
    reconcile_orders = providers.Singleton(ReconcileOrders, order_ports, settings.provided.orders, learned)


def close(federation: Federation) -> None:
    """Close the connections and end the threads of *federation*."""
    federation.a_http().close()
    federation.b_http().close()
    federation.pool().close()


def traffic(federation: Federation) -> dict[str, int]:
    """How many requests were made so far to A and to B."""
    return {"a": federation.a_http().counts.total(), "b": federation.b_http().counts.total()}
