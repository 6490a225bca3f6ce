"""The composition root: the only module that pairs ports with adapters. Every provider can be replaced.

```python
federation = Federation(settings=offering_settings)
federation.journal.override(providers.Object(my_journal))
report = federation.reconcile_orders().run()
```
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from dependency_injector import containers, providers

from federation_adapters.http.access import Access
from federation_adapters.http.client import Answer, HttpClient
from federation_adapters.local.clock import LocalClock
from federation_adapters.local.journal import NullJournal
from federation_adapters.local.pool import ThreadPool
from federation_adapters.waldur.accounts import WaldurConsumerAccounts, WaldurProviderAccounts
from federation_adapters.waldur.catalogue import WaldurCatalogue, WaldurProviderCatalogue
from federation_adapters.waldur.health import WaldurConsumerHealth, WaldurProviderHealth
from federation_adapters.waldur.identity import WaldurConsumerPeople, WaldurProviderPeople
from federation_adapters.waldur.members import WaldurConsumerMembers, WaldurProviderMembers
from federation_adapters.waldur.orders import WaldurConsumerOrders, WaldurProviderOrders
from federation_adapters.waldur.peer import Peer
from federation_adapters.waldur.projects import WaldurConsumerProjects, WaldurProviderProjects
from federation_adapters.waldur.resources import WaldurConsumerResources, WaldurProviderResources
from federation_adapters.waldur.rights import WaldurClock, WaldurRights
from federation_adapters.waldur.usage import WaldurConsumerUsage, WaldurProviderUsage
from federation_core.application.apply_orders import LastUsage
from federation_core.application.check import CheckOffering, CheckPorts
from federation_core.application.fields_wiring import FieldPorts, FieldsLearned
from federation_core.application.load_history import LoadHistory
from federation_core.application.member_wiring import MemberPorts, MembersLearned
from federation_core.application.orders import ReconcileOrders
from federation_core.application.sync_fields import SyncFields
from federation_core.application.sync_members import SyncMembers
from federation_core.application.sync_usage import SyncUsage
from federation_core.application.usage_wiring import UsageLearned, UsagePorts
from federation_core.application.wiring import Learned, OrderPorts
from federation_runner.logs import Told
from federation_runner.settings.health import check_settings
from federation_runner.settings.model import OfferingSettings


def _last_usage(settings: OfferingSettings, usage: Callable[[], SyncUsage]) -> LastUsage | None:
    """Who tells the last usage before a termination is told done: nobody where we do not report usage."""
    return usage().tell_last if "report" in settings.modes else None


class StoppableClient(HttpClient):
    """Calls one peer until an event is set: then the request under way is finished, and no other is begun."""

    def __init__(self, access: Access, *, transport: httpx.BaseTransport | None, stop: threading.Event) -> None:
        super().__init__(access, transport=transport, sleep=self._pause)
        self._stop = stop

    def call(self, *arguments: Any, **options: Any) -> Answer:  # noqa: ANN401 - those of the client
        """Make one call.

        Raises:
            PlaneError: as the client does.
            KeyboardInterrupt: the event is set.
        """
        self._pause(0)
        return super().call(*arguments, **options)

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise KeyboardInterrupt


class Federation(containers.DeclarativeContainer):
    """One offering of A, delivered by one offering of B.

    Every provider is a singleton of the container: connections, and what was learned of the peers, live as long as it does. End
    it with `close`.
    """

    settings = providers.Dependency(instance_of=OfferingSettings)
    a_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)
    b_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)

    stop = providers.Singleton(threading.Event)

    a_http = providers.Singleton(StoppableClient, settings.provided.a, transport=a_transport, stop=stop)
    b_http = providers.Singleton(StoppableClient, settings.provided.b, transport=b_transport, stop=stop)
    a_peer = providers.Singleton(Peer, a_http)
    b_peer = providers.Singleton(Peer, b_http)

    pool = providers.Singleton(ThreadPool, size=settings.provided.pool_size)
    journal = providers.Singleton(NullJournal)
    told = providers.Singleton(Told)

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

    a_projects = providers.Singleton(WaldurProviderProjects, a_peer, settings.provided.offering)
    a_accounts = providers.Singleton(WaldurProviderAccounts, a_peer, settings.provided.offering)
    b_accounts = providers.Singleton(WaldurConsumerAccounts, b_peer, settings.provided.target_offering)
    b_clock = providers.Singleton(WaldurClock, b_peer)

    a_usage = providers.Singleton(WaldurProviderUsage, a_peer, settings.provided.offering)
    b_usage = providers.Singleton(
        WaldurConsumerUsage, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )

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
    field_ports = providers.Singleton(
        FieldPorts,
        a_resources=a_resources,
        a_orders=a_orders,
        a_projects=a_projects,
        a_accounts=a_accounts,
        a_clock=a_clock,
        b_resources=b_resources,
        b_orders=b_orders,
        b_projects=b_projects,
        b_accounts=b_accounts,
        b_clock=b_clock,
        pool=pool,
        journal=journal,
    )
    fields_learned = providers.Singleton(FieldsLearned)
    sync_fields = providers.Singleton(SyncFields, field_ports, settings.provided.fields, fields_learned)
    a_rights = providers.Singleton(WaldurRights, a_peer)
    a_members = providers.Singleton(WaldurProviderMembers, a_peer, settings.provided.offering)
    a_people = providers.Singleton(WaldurProviderPeople, a_peer, settings.provided.offering)
    b_members = providers.Singleton(WaldurConsumerMembers, b_peer, settings.provided.target_customer)
    b_people = providers.Singleton(WaldurConsumerPeople, b_peer)
    member_ports = providers.Singleton(
        MemberPorts,
        a_members=a_members,
        a_people=a_people,
        a_rights=a_rights,
        b_members=b_members,
        b_people=b_people,
        b_rights=b_rights,
        b_clock=b_clock,
        pool=pool,
        journal=journal,
    )
    members_learned = providers.Singleton(MembersLearned)
    sync_members = providers.Singleton(SyncMembers, member_ports, settings.provided.members, members_learned)
    usage_ports = providers.Singleton(
        UsagePorts,
        a_resources=a_resources,
        b_resources=b_resources,
        a_usage=a_usage,
        b_usage=b_usage,
        a_accounts=a_accounts,
        b_accounts=b_accounts,
        a_clock=a_clock,
        pool=pool,
        journal=journal,
    )
    usage_learned = providers.Singleton(UsageLearned)
    sync_usage = providers.Singleton(SyncUsage, usage_ports, settings.provided.usage, usage_learned)
    load_history = providers.Factory(LoadHistory, usage_ports, settings.provided.usage, usage_learned)
    tell_last = providers.Callable(_last_usage, settings, sync_usage.provider)
    reconcile_orders = providers.Singleton(
        ReconcileOrders, order_ports, settings.provided.orders, learned, tell_last=tell_last
    )

    clock = providers.Singleton(LocalClock)
    a_health = providers.Singleton(WaldurProviderHealth, a_peer, settings.provided.offering)
    b_health = providers.Singleton(
        WaldurConsumerHealth, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )
    check_ports = providers.Singleton(
        CheckPorts,
        a_rights=a_rights,
        a_clock=a_clock,
        a_health=a_health,
        a_resources=a_resources,
        b_rights=b_rights,
        b_clock=b_clock,
        b_health=b_health,
        b_resources=b_resources,
        b_projects=b_projects,
        b_people=b_people,
        clock=clock,
    )
    check_offering = providers.Singleton(CheckOffering, check_ports, providers.Callable(check_settings, settings))


@contextmanager
def shared_readings(federation: Federation) -> Iterator[None]:
    """Let the use cases of one cycle share the lists that were read of A and of B."""
    with federation.a_peer().sharing(), federation.b_peer().sharing():
        yield


def close(federation: Federation) -> None:
    """Close the connections and end the threads of *federation*."""
    federation.a_http().close()
    federation.b_http().close()
    federation.pool().close()


def traffic(federation: Federation) -> dict[str, int]:
    """How many requests were made so far to A and to B."""
    return {"a": federation.a_http().counts.total(), "b": federation.b_http().counts.total()}
