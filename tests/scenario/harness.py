"""A federation of two sandboxes over real HTTP, for scenarios to play on."""

from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import attrs
import httpx
import yaml
from dependency_injector import providers

from federation_adapters.local.journal import MemoryJournal
from federation_adapters.sandbox import ManualClock, Pair, Progress, ReplyWithheldError, Server, seed_pair
from federation_core.domain.health.seen import Neighbour
from federation_runner.container import Federation, close
from federation_runner.sandbox_pair import configuration
from federation_runner.settings.load import parse

QUICK = {"create_settle_seconds": 0.01, "request_timeout": 20}
A_DAY = timedelta(days=1)


class Mounted(httpx.WSGITransport):
    """A sandbox in process; a reply it withholds is a broken connection, as it would be over a socket.

    It keeps the real time to itself: told in whole seconds, it would let every short wait last for one.
    """

    def __init__(self, sandbox):
        super().__init__(app=sandbox)
        self._tells_time = isinstance(sandbox.store.now, ManualClock)

    def handle_request(self, request):
        try:
            response = super().handle_request(request)
        except ReplyWithheldError as error:
            raise httpx.ReadError(str(error), request=request) from error
        if not self._tells_time:
            del response.headers["Date"]
        return response


@attrs.frozen
class Installed:
    """What is installed beside us: by itself nothing, whatever the tests' own environment has."""

    found: tuple[Neighbour, ...] = ()

    def neighbours(self):
        return self.found


@attrs.define
class Play:
    """Two worlds, and the engine between them."""

    pair: Pair
    federation: Federation
    journal: MemoryJournal
    config: str

    @property
    def a(self):
        return self.pair.a.sandbox.world

    @property
    def b(self):
        return self.pair.b.sandbox.world

    def cycle(self, **options):
        return self.federation.reconcile_orders().run(**options)

    def cycles(self, count):
        """Several cycles; the reports in order."""
        return [self.cycle() for _ in range(count)]

    def plan(self):
        orders = self.federation.reconcile_orders()
        return orders.plan(orders.observe())

    def place(self, limits=None, *, project=0, **options):
        """A user of A orders; 100 node_hours unless told otherwise."""
        side = self.pair.a
        wanted = {"node_hours": 100} if limits is None else limits
        return self.a.place_create(side.orderer, side.offering, side.projects[project], limits=wanted, **options)

    def place_update(self, resource, limits):
        return self.a.place_update(self.pair.a.orderer, resource, limits=limits)

    def place_terminate(self, resource):
        return self.a.place_terminate(self.pair.a.orderer, resource)

    def order(self, order):
        return self.a.order(order.uuid)

    def resource(self, order):
        """A's resource of an order."""
        return self.a.resource(order.resource.uuid)

    def b_finishes(self):
        """B's provider approves and completes whatever waits for it."""
        for order in self.b.orders:
            if order.state == "pending-provider":
                self.b.approve(order)
                self.b.complete(order)

    def b_rejects(self, comment):
        for order in self.b.orders:
            if order.state == "pending-provider":
                self.b.reject(order, comment)

    def living(self):
        """A resource that was created through the federation and is OK on both sides: A's and B's."""
        order = self.place(name="living")
        self.cycle()
        self.b_finishes()
        self.cycle()
        resource = self.resource(order)
        assert resource.state == "OK"
        return resource, self.b.resource(resource.backend_id.replace("-", ""))

    def b_writes(self):
        return [(write.method, write.path) for write in self.pair.b.sandbox.writes.entries]

    def writes(self):
        """How many writes both sides have seen."""
        return len(self.pair.a.sandbox.writes.entries) + len(self.pair.b.sandbox.writes.entries)


@contextmanager
def play(*, extra=None, document=None, served=True, **seed):
    """Set a pair up; *served* over HTTP, or mounted in process where only counts matter.

    Args:
        extra: further keys of backend_settings.
        document: edits the whole configuration in place.
        served: whether requests go over loopback.
        seed: how the two worlds are made; see `seed_pair`.
    """
    pair = seed_pair(**seed)
    with ExitStack() as stack:
        if served:
            a_url = stack.enter_context(Server(pair.a.sandbox)).url
            b_url = stack.enter_context(Server(pair.b.sandbox)).url
        else:
            a_url, b_url = "http://a.example", "http://b.example"
        yield _wire(stack, pair, a_url, b_url, extra, document, served=served)


def _wire(stack, pair, a_url, b_url, extra, document, *, served):
    content = yaml.safe_load(configuration(pair, a_url, b_url, {**QUICK, **(extra or {})}))
    if document is not None:
        document(content)
    text = yaml.safe_dump(content)
    federation = Federation(settings=parse(yaml.safe_load(text), {}, Path()).offerings[0])
    if not served:
        federation.a_transport.override(providers.Object(Mounted(pair.a.sandbox)))
        federation.b_transport.override(providers.Object(Mounted(pair.b.sandbox)))
    federation.packages.override(providers.Object(Installed()))
    journal = MemoryJournal()
    federation.journal.override(providers.Object(journal))
    stack.callback(close, federation)
    return Play(pair, federation, journal, text)


def second_agent(stack, play_, **extra):
    """Another engine on the same two worlds, as on another machine."""
    content = yaml.safe_load(play_.config)
    content["offerings"][0]["backend_settings"].update(extra)
    federation = Federation(settings=parse(content, {}, Path()).offerings[0])
    stack.callback(close, federation)
    return federation


__all__ = ["A_DAY", "Installed", "Play", "Progress", "play", "second_agent"]
