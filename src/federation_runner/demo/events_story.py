"""The events story: the same order with and without messages, and how long its user waits for the end of it."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from federation_adapters.sandbox import RabbitMq
from federation_runner.broker_process import BrokerProcess
from federation_runner.daemon import Daemon
from federation_runner.demo.narrator import Narrator
from federation_runner.demo.stage import Stage, set_up

ORDERS = 5
POLL_SECONDS = 2.0
"""How often the demonstration polls; in earnest it is minutes, so the difference is."""

PATIENCE = 60.0
LOOK_SECONDS = 0.002
Orders = list[tuple[Any, Any]]
"""Orders of A with their counterparts on B."""


def tell(narrator: Narrator, stop: threading.Event) -> dict[str, Any]:
    """Play the story; the result is the summary with ``ok``, the names of the checks that failed, and both waiting times.

    Raises:
        BrokerError: there is no message broker on this machine.
        KeyboardInterrupt: *stop* was set.
    """
    narrator.chapter("1. A message broker starts.")
    with ExitStack() as stack:
        broker = stack.enter_context(BrokerProcess())
        link = RabbitMq(broker.management_url)
        stack.callback(link.close)
        stage = stack.enter_context(set_up(narrator, stop, link))
        narrator.chapter(f"2. Polling, every {POLL_SECONDS:g} seconds: {ORDERS} orders are finished on B.")
        polled = _measured(stage, listens=False)
        narrator.tell(f"A's users waited {polled:.2f} seconds in the middle.")
        narrator.chapter(f"3. Listening: {ORDERS} more.")
        told = _measured(stage, listens=True)
        narrator.tell(f"A's users waited {told * 1000:.0f} milliseconds in the middle.")
        summary = stage.summary()
        checks = {"events are sooner than polling": told < polled, "no duplicates": summary["duplicates"] == 0}
        failed = [name for name, held in checks.items() if not held]
        waits = {"polling": round(polled, 3), "events": round(told, 3)}
        return {"ok": not failed, "failed": failed, **summary, "seconds_to_done": waits}


def _measured(stage: Stage, *, listens: bool) -> float:
    """The median seconds from an order's end on B to its end on A."""
    orders = [_placed(stage, f"run-{number}-{listens}") for number in range(ORDERS)]
    stage.cycle()
    a, b = stage.pair.a.sandbox.world, stage.pair.b.sandbox.world
    found = {order.uuid: order for order in b.orders}
    pairs = [(order, found[a.order(order.uuid).backend_id.replace("-", "")]) for order in orders]
    with _running(stage, listens=listens):
        waits = [_finish(stage, ours, theirs) for ours, theirs in pairs]
    return statistics.median(waits)


def _placed(stage: Stage, name: str) -> Any:  # noqa: ANN401 - a row of the sandbox
    side = stage.pair.a
    return side.sandbox.world.place_create(
        side.orderer, side.offering, side.projects[0], limits={"node_hours": 1}, name=name
    )


def _finish(stage: Stage, ours: Any, theirs: Any) -> float:  # noqa: ANN401
    """Have B's provider finish an order, and wait until A's is done; the seconds that takes."""
    a, b = stage.pair.a.sandbox.world, stage.pair.b.sandbox.world
    b.approve(theirs)
    begun = time.monotonic()
    b.complete(theirs)
    _until(stage, lambda: a.order(ours.uuid).state == "done")
    return time.monotonic() - begun


def _until(stage: Stage, holds: Callable[[], bool]) -> None:
    """Wait until *holds* does.

    Raises:
        TimeoutError: it does not.
    """
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing happened for {PATIENCE:g} seconds")
        stage.pause(LOOK_SECONDS)


@contextmanager
def _running(stage: Stage, *, listens: bool) -> Iterator[None]:
    """The engine as a service, for the length of the block."""
    stop = threading.Event()
    daemon = Daemon([stage.federation], stage.every(POLL_SECONDS), stop, mode="all" if listens else "order_process")
    thread = threading.Thread(target=daemon.run, name="engine")
    thread.start()
    try:
        _until(stage, lambda: daemon.status().is_ready and (not listens or _is_live(daemon)))
        yield
    finally:
        stop.set()
        thread.join()


def _is_live(daemon: Daemon) -> bool:
    told = daemon.status().offerings.values()
    return all(one["state"] == "live" for of in told for one in of["connections"].values())
