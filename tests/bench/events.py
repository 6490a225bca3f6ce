"""What events cost and gain: from an order's end on B to its end on A, through a real broker and real HTTP."""

import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from federation_adapters.sandbox import Pair, RabbitMq, Server, seed_pair
from federation_runner.broker_process import BrokerProcess
from federation_runner.container import Federation, close
from federation_runner.daemon import Daemon
from federation_runner.sandbox_pair import configuration
from federation_runner.settings.load import load
from federation_runner.settings.model import Intervals

SINGLE, BURST, PROJECTS = 200, 500, 5
LATENCY = 0.005
PATIENCE = 120.0
RARELY = Intervals(3600.0, 3600.0, 3600.0, 3600.0)


@attrs.frozen
class Latency:
    """Seconds from B's `done` to A's `done`, one order at a time."""

    orders: int
    median: float
    p99: float


@attrs.frozen
class Burst:
    """Many orders that end on B at once, each told of several times."""

    orders: int
    messages: int
    requests: int
    seconds: float
    peak_mib: float


def latency() -> Latency:
    """Measure single orders."""
    with _playing() as (pair, federation, daemon):
        _place(pair, federation, SINGLE)
        with _running(daemon):
            waits = sorted(_wait(pair, order) for order in _counterparts(pair))
    return Latency(SINGLE, statistics.median(waits), waits[int(len(waits) * 0.99)])


def burst() -> Burst:
    """Measure many orders at once."""
    with _playing() as (pair, federation, daemon):
        _place(pair, federation, BURST)
        publisher, world = pair.b.sandbox.publisher, pair.b.sandbox.world
        with _running(daemon):
            before, begun = _requests(pair), time.perf_counter()
            for order in _counterparts(pair):
                world.approve(order)
                for _ in range(8):  # the same again, as servers do
                    world.edit(order, state="pending-provider")
                    world.edit(order, state="executing")
                world.complete(order)
            _until(lambda: all(order.state == "done" for order in pair.a.sandbox.world.orders))
            took, spent = time.perf_counter() - begun, _requests(pair) - before
        messages = 0 if publisher is None else len(publisher.log)
    return Burst(BURST, messages, spent, took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


@contextmanager
def _playing() -> Iterator[tuple[Pair, Federation, Daemon]]:
    with ExitStack() as stack:
        link = RabbitMq(stack.enter_context(BrokerProcess()).management_url)
        stack.callback(link.close)
        pair = seed_pair(projects=PROJECTS)
        for side in (pair.a, pair.b):
            stack.callback(side.sandbox.connect(link).stop)
        a = stack.enter_context(Server(pair.a.sandbox))
        b = stack.enter_context(Server(pair.b.sandbox))
        config = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "config.yaml"
        extra = {"create_settle_seconds": 0}
        config.write_text(configuration(pair, a.url, b.url, extra, web_stomp_port=link.web_stomp_port))
        federation = Federation(settings=load(config, os.environ).offerings[0])
        stack.callback(close, federation)
        yield pair, federation, Daemon([federation], RARELY, threading.Event())


@contextmanager
def _running(daemon: Daemon) -> Iterator[None]:
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        _until(lambda: daemon.status().is_ready and _is_live(daemon))
        time.sleep(2)  # what was told of before is looked at
        yield
    finally:
        daemon.stop()
        thread.join()


def _is_live(daemon: Daemon) -> bool:
    (told,) = daemon.status().offerings.values()
    return [one["state"] for one in told["connections"].values()] == ["live", "live"]


def _place(pair: Pair, federation: Federation, many: int) -> None:
    """Orders of A that B's provider has to deliver, each linked."""
    side = pair.a
    for number in range(many):
        project = side.projects[number % PROJECTS]
        limits = {"node_hours": 1}
        side.sandbox.world.place_create(side.orderer, side.offering, project, limits=limits, name=f"r{number}")
    for _ in range(2):
        federation.reconcile_orders().run()
    for either in (pair.a, pair.b):
        either.sandbox.latency = LATENCY


def _counterparts(pair: Pair):
    return pair.b.sandbox.world.orders


def _wait(pair: Pair, order) -> float:
    a, b = pair.a.sandbox.world, pair.b.sandbox.world
    (ours,) = (one for one in a.orders if one.backend_id.replace("-", "") == order.uuid)
    b.approve(order)
    time.sleep(0.15)
    begun = time.perf_counter()
    b.complete(order)
    _until(lambda: ours.state == "done", every=0.0005)
    return time.perf_counter() - begun


def _requests(pair: Pair) -> int:
    return pair.a.sandbox.requests.total + pair.b.sandbox.requests.total


def _until(holds: Callable[[], bool], every: float = 0.01) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(every)
