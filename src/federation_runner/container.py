"""The composition root: the only module that pairs ports with adapters. Every provider can be replaced.

```python
federation = Federation(settings=offering_settings)
federation.journal.override(providers.Object(my_journal))
report = federation.reconcile_orders().run()
```
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import httpx
from dependency_injector import containers, providers

from federation_adapters.dwdi.warehouse import ComputeWarehouse, FileSystem, StorageWarehouse, Style
from federation_adapters.events_stomp.channel import STOP_SECONDS, StompChannel, Transition
from federation_adapters.events_stomp.endpoint import endpoint_for
from federation_adapters.events_stomp.session import Timing
from federation_adapters.http.access import Access
from federation_adapters.http.answers import Answer
from federation_adapters.http.client import HttpClient
from federation_adapters.local.clock import LocalClock
from federation_adapters.local.inbox import Inbox
from federation_adapters.local.journal import NullJournal
from federation_adapters.local.packages import InstalledPackages
from federation_adapters.local.pool import ThreadPool
from federation_adapters.waldur.accounts import WaldurConsumerAccounts, WaldurProviderAccounts
from federation_adapters.waldur.catalogue import WaldurCatalogue, WaldurProviderCatalogue
from federation_adapters.waldur.events import AgentRegistrar, ConsumerRegistrar, FirstThatServes
from federation_adapters.waldur.health import WaldurConsumerHealth, WaldurProviderHealth
from federation_adapters.waldur.identity import WaldurConsumerPeople, WaldurProviderPeople
from federation_adapters.waldur.members import WaldurConsumerMembers, WaldurProviderMembers
from federation_adapters.waldur.orders import WaldurConsumerOrders, WaldurProviderOrders
from federation_adapters.waldur.peer import Peer
from federation_adapters.waldur.projects import WaldurConsumerProjects, WaldurProviderProjects
from federation_adapters.waldur.resources import WaldurConsumerResources, WaldurProviderResources
from federation_adapters.waldur.rights import WaldurClock, WaldurRights
from federation_adapters.waldur.usage import WaldurConsumerUsage, WaldurProviderUsage
from federation_core.application.apply_orders import LastUsage, OnCreated
from federation_core.application.check import CheckOffering, CheckPorts
from federation_core.application.fields_wiring import FieldPorts, FieldsLearned
from federation_core.application.follow_hints import FollowHints, HintCases, HintPorts
from federation_core.application.load_history import LoadHistory
from federation_core.application.member_wiring import MemberPorts, MembersLearned
from federation_core.application.metered_usage import MeteredUsage
from federation_core.application.orders import ReconcileOrders
from federation_core.application.sync_fields import SyncFields
from federation_core.application.sync_members import SyncMembers
from federation_core.application.sync_usage import SyncUsage
from federation_core.application.usage_wiring import UsageLearned, UsagePorts
from federation_core.application.why import Kind, Why, WhyCases, WhyPorts, WhySettings
from federation_core.application.wiring import Learned, OrderPorts
from federation_core.domain.errors import RuleError
from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import BCustomerId, Side
from federation_core.ports.hints import Registrar
from federation_runner.logs import ConnectionLines, Told
from federation_runner.settings.health import check_settings
from federation_runner.settings.model import Events, OfferingSettings
from federation_runner.settings.ownership import MODES

_MODES_OF = {Kind.ORDER: "order_process", Kind.RESOURCE: "report", Kind.USER: "membership_sync"}


def _last_usage(settings: OfferingSettings, usage: Callable[[], SyncUsage]) -> LastUsage | None:
    """Who tells the last usage before a termination is told done: nobody where we do not report usage."""
    return usage().tell_last if "report" in settings.modes else None


MARKETPLACE, WAREHOUSE = "marketplace", "warehouse"


def _kind_of_b(settings: OfferingSettings) -> str:
    """Whether B is a marketplace, or a warehouse that meters."""
    return MARKETPLACE if settings.warehouse is None else WAREHOUSE


def _warehouse(settings: OfferingSettings, http: HttpClient) -> ComputeWarehouse | StorageWarehouse:
    """The warehouse that *settings* name.

    Raises:
        RuleError: they name none.
    """
    wanted = settings.warehouse
    if wanted is None:
        raise RuleError(f"offering {settings.name} is not metered by a warehouse")
    if wanted.storage is None:
        return ComputeWarehouse(http, wanted.fields, wanted.batch)
    of = wanted.storage
    filesystem = FileSystem(of.filesystem, of.data_type, of.tenant, Style(of.style))
    return StorageWarehouse(http, filesystem, wanted.fields, wanted.batch)


def _why_settings(settings: OfferingSettings) -> WhySettings:
    unasked = {kind: MODES[mode] for kind, mode in _MODES_OF.items() if mode not in settings.asked_modes}
    return WhySettings(settings.orders, settings.fields, settings.members, unasked)


def _hint_cases(
    settings: OfferingSettings,
    orders: Callable[[], ReconcileOrders],
    fields: Callable[[], SyncFields],
    members: Callable[[], SyncMembers],
) -> HintCases:
    """The use cases that the offering asks for."""
    staffs = "membership_sync" in settings.modes
    return HintCases(
        orders=orders() if "order_process" in settings.modes else None,
        fields=fields() if "report" in settings.modes else None,
        members=members() if staffs else None,
        names=fields() if staffs and settings.fields.rules.usernames else None,
    )


def _is_ours(settings: OfferingSettings) -> Callable[[Hint], bool]:
    """Whether a hint concerns the offering, as far as it says."""
    offerings = {
        Side.A: {None, settings.offering},
        Side.B: {None, settings.target_offering, settings.b_events.offering},
    }
    return lambda hint: hint.offering in offerings[hint.side]


def _tell_of_resource(inbox: Inbox) -> OnCreated:
    """Has a new resource looked at as if A had told of it: A tells of none that is made."""
    return lambda resource: inbox.take(Hint(Side.A, About.RESOURCE, resource, "created"))


A_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order_process": ("order",),
        "report": ("resource",),
        "membership_sync": ("user_role", "resource", "offering_user", "service_account", "course_account"),
    }
)
"""Mode -> what A is asked to tell of for it."""

B_TYPES = ("order", "resource", "offering_user")
"""What B is asked to tell of; offerings of one customer share a queue there, so it is the same for all."""


def _a_registrar(settings: OfferingSettings, peer: Peer) -> Registrar:
    modes = settings.modes if settings.a_events.membership else settings.modes - {"membership_sync"}
    types = {kind for mode in modes for kind in A_TYPES[mode]} | {"offering_resources_sync"}
    return AgentRegistrar(peer, settings.offering, _agent_name(settings), sorted(types))


def _b_registrar(settings: OfferingSettings, peer: Peer) -> Registrar:
    """As a provider's agent where B lets us be one, else as the customer that we are."""
    return FirstThatServes(
        AgentRegistrar(peer, settings.b_events.offering, _agent_name(settings), B_TYPES),
        ConsumerRegistrar(peer, BCustomerId(settings.target_customer), B_TYPES),
    )


def _agent_name(settings: OfferingSettings) -> str:
    """Ours alone, so that no other agent shares the queue."""
    return f"waldur-federation-{settings.offering.hex}"


def _channel(
    access: Access, events: Events, registrar: Registrar, inbox: Inbox, lines: ConnectionLines, timing: Timing
) -> StompChannel:
    endpoint = endpoint_for(
        access.base_url,
        host=events.host,
        port=events.port,
        path=events.path,
        tls=events.use_tls,
        ca_file=events.ca_file,
    )

    def tell(change: Transition) -> None:
        lines.write(change)
        inbox.wake()

    return StompChannel(access.side, endpoint, registrar, inbox, tell, timing=timing)


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

    Every provider is a singleton of the container, also for threads that ask at once: connections, and what was learned of the
    peers, live as long as it does. End it with `close`.
    """

    settings = providers.Dependency(instance_of=OfferingSettings)
    a_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)
    b_transport: providers.Object[httpx.BaseTransport | None] = providers.Object(None)

    stop = providers.ThreadSafeSingleton(threading.Event)

    a_http = providers.ThreadSafeSingleton(StoppableClient, settings.provided.a, transport=a_transport, stop=stop)
    b_http = providers.ThreadSafeSingleton(StoppableClient, settings.provided.b, transport=b_transport, stop=stop)
    a_peer = providers.ThreadSafeSingleton(Peer, a_http)
    b_peer = providers.ThreadSafeSingleton(Peer, b_http)

    pool = providers.ThreadSafeSingleton(ThreadPool, size=settings.provided.pool_size)
    journal = providers.ThreadSafeSingleton(NullJournal)
    told = providers.ThreadSafeSingleton(Told)

    a_catalogue = providers.ThreadSafeSingleton(WaldurProviderCatalogue, a_peer, settings.provided.offering)
    a_orders = providers.ThreadSafeSingleton(WaldurProviderOrders, a_peer, settings.provided.offering)
    a_resources = providers.ThreadSafeSingleton(WaldurProviderResources, a_peer, settings.provided.offering)
    a_clock = providers.ThreadSafeSingleton(WaldurClock, a_peer)
    b_orders = providers.ThreadSafeSingleton(
        WaldurConsumerOrders, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )
    b_resources = providers.ThreadSafeSingleton(
        WaldurConsumerResources, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )
    b_projects = providers.ThreadSafeSingleton(WaldurConsumerProjects, b_peer, settings.provided.target_customer)
    b_rights = providers.ThreadSafeSingleton(WaldurRights, b_peer)
    catalogue = providers.ThreadSafeSingleton(WaldurCatalogue, b_peer, settings.provided.target_offering)

    a_projects = providers.ThreadSafeSingleton(WaldurProviderProjects, a_peer, settings.provided.offering)
    a_accounts = providers.ThreadSafeSingleton(WaldurProviderAccounts, a_peer, settings.provided.offering)
    b_accounts = providers.ThreadSafeSingleton(WaldurConsumerAccounts, b_peer, settings.provided.target_offering)
    b_clock = providers.ThreadSafeSingleton(WaldurClock, b_peer)

    a_usage = providers.ThreadSafeSingleton(WaldurProviderUsage, a_peer, settings.provided.offering)
    b_usage = providers.ThreadSafeSingleton(
        WaldurConsumerUsage, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )

    learned = providers.ThreadSafeSingleton(Learned)
    order_ports = providers.ThreadSafeSingleton(
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
    field_ports = providers.ThreadSafeSingleton(
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
    fields_learned = providers.ThreadSafeSingleton(FieldsLearned)
    sync_fields = providers.ThreadSafeSingleton(SyncFields, field_ports, settings.provided.fields, fields_learned)
    a_rights = providers.ThreadSafeSingleton(WaldurRights, a_peer)
    a_members = providers.ThreadSafeSingleton(WaldurProviderMembers, a_peer, settings.provided.offering)
    a_people = providers.ThreadSafeSingleton(WaldurProviderPeople, a_peer, settings.provided.offering)
    b_members = providers.ThreadSafeSingleton(WaldurConsumerMembers, b_peer, settings.provided.target_customer)
    b_people = providers.ThreadSafeSingleton(WaldurConsumerPeople, b_peer)
    member_ports = providers.ThreadSafeSingleton(
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
    members_learned = providers.ThreadSafeSingleton(MembersLearned)
    sync_members = providers.ThreadSafeSingleton(SyncMembers, member_ports, settings.provided.members, members_learned)
    warehouse = providers.ThreadSafeSingleton(_warehouse, settings, b_http)
    metered_usage = providers.ThreadSafeSingleton(MeteredUsage, warehouse, settings.provided.warehouse.meters)
    federated_ports = providers.ThreadSafeSingleton(
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
    metered_ports = providers.ThreadSafeSingleton(
        UsagePorts,
        a_resources=a_resources,
        b_resources=None,
        a_usage=a_usage,
        b_usage=metered_usage,
        a_accounts=a_accounts,
        b_accounts=None,
        a_clock=a_clock,
        pool=pool,
        journal=journal,
        meters=metered_usage,
    )
    usage_ports = providers.Selector(
        providers.Callable(_kind_of_b, settings), marketplace=federated_ports, warehouse=metered_ports
    )
    usage_learned = providers.ThreadSafeSingleton(UsageLearned)
    sync_usage = providers.ThreadSafeSingleton(SyncUsage, usage_ports, settings.provided.usage, usage_learned)
    load_history = providers.Factory(LoadHistory, usage_ports, settings.provided.usage, usage_learned)
    tell_last = providers.Callable(_last_usage, settings, sync_usage.provider)
    inbox = providers.ThreadSafeSingleton(Inbox, providers.Callable(_is_ours, settings))
    reconcile_orders = providers.ThreadSafeSingleton(
        ReconcileOrders,
        order_ports,
        settings.provided.orders,
        learned,
        tell_last=tell_last,
        on_created=providers.Callable(_tell_of_resource, inbox),
    )

    why_ports = providers.Factory(
        WhyPorts,
        a_orders=a_orders,
        a_resources=a_resources,
        b_resources=b_resources,
        b_projects=b_projects,
        b_members=b_members,
    )
    why_cases = providers.Factory(
        WhyCases, orders=reconcile_orders, fields=sync_fields, usage=sync_usage, members=sync_members
    )
    why = providers.Factory(Why, why_ports, why_cases, providers.Callable(_why_settings, settings))

    hint_ports = providers.ThreadSafeSingleton(
        HintPorts,
        a_orders=a_orders,
        a_accounts=a_accounts,
        a_members=a_members,
        b_orders=b_orders,
        b_resources=b_resources,
        b_accounts=b_accounts,
    )
    hint_cases = providers.ThreadSafeSingleton(
        _hint_cases, settings, reconcile_orders.provider, sync_fields.provider, sync_members.provider
    )
    follow_hints = providers.ThreadSafeSingleton(
        FollowHints, hint_ports, hint_cases, settings.provided.offering, learned.provided.index
    )

    a_registrar = providers.ThreadSafeSingleton(_a_registrar, settings, a_peer)
    b_registrar = providers.ThreadSafeSingleton(_b_registrar, settings, b_peer)
    connection_lines = providers.ThreadSafeSingleton(ConnectionLines, settings.provided.name)
    timing = providers.ThreadSafeSingleton(Timing)
    a_channel = providers.ThreadSafeSingleton(
        _channel, settings.provided.a, settings.provided.a_events, a_registrar, inbox, connection_lines, timing
    )
    b_channel = providers.ThreadSafeSingleton(
        _channel, settings.provided.b, settings.provided.b_events, b_registrar, inbox, connection_lines, timing
    )

    clock = providers.ThreadSafeSingleton(LocalClock)
    a_health = providers.ThreadSafeSingleton(WaldurProviderHealth, a_peer, settings.provided.offering)
    b_health = providers.ThreadSafeSingleton(
        WaldurConsumerHealth, b_peer, settings.provided.target_offering, settings.provided.target_customer
    )
    packages = providers.ThreadSafeSingleton(InstalledPackages)
    check_ports = providers.ThreadSafeSingleton(
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
        packages=packages,
        warehouse=providers.Selector(
            providers.Callable(_kind_of_b, settings), marketplace=providers.Object(None), warehouse=warehouse
        ),
    )
    check_offering = providers.ThreadSafeSingleton(
        CheckOffering,
        check_ports,
        providers.Callable(check_settings, settings),
        sync_members.provided.count_spared,
    )


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


def start_listening(federation: Federation) -> None:
    """Begin to connect to the message brokers that the settings ask for; returns at once."""
    for channel in _channels(federation):
        channel.start()


def stop_listening(federations: Sequence[Federation]) -> None:
    """Take no more hints, and end the connections, side by side."""
    channels = [channel for federation in federations for channel in _channels(federation)]
    for federation in federations:
        federation.inbox().close()
    for channel in channels:
        channel.stop()
    deadline = time.monotonic() + STOP_SECONDS
    for channel in channels:
        channel.join(max(0.0, deadline - time.monotonic()))


def live_channels(federation: Federation) -> frozenset[Side]:
    """The sides whose messages come in now."""
    return frozenset(channel.side for channel in _channels(federation) if channel.is_live)


def connections(federation: Federation) -> dict[str, Any]:
    """Of each side that is listened to, how the connection is, as JSON values."""
    return {str(channel.side).lower(): channel.health.as_json() for channel in _channels(federation)}


def _channels(federation: Federation) -> tuple[StompChannel, ...]:
    settings = federation.settings()
    asked = ((settings.a_events, federation.a_channel), (settings.b_events, federation.b_channel))
    return tuple(channel() for events, channel in asked if events.enabled)
