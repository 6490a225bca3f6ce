"""What the cycles of many orders cost: requests to both sides, seconds, and the least that any program could do.

The world: a number of orders over half as many projects, all new. The cycles: submitting creates, all waiting on B, completing them
(most done, some erred), submitting terminations, completing those.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from dependency_injector import providers
from tests.scenario.harness import Play, play

from federation_adapters.local.pool import ThreadPool

ROWS_PER_PAGE = 300
ERRED_SHARE = 10


@attrs.frozen
class Cost:
    """What one cycle cost."""

    cycle: str
    orders: int
    requests_a: int
    requests_b: int
    seconds: float
    minimum: int

    @property
    def requests(self) -> int:
        """To both sides."""
        return self.requests_a + self.requests_b


@contextmanager
def many(orders: int, *, latency: float = 0.0, served: bool = True, in_sequence: bool = False) -> Iterator[Play]:
    """A world with *orders* pending creates over half as many projects."""
    with play(served=served, projects=orders // 2, extra={"request_timeout": 30}) as p:
        for number in range(orders):
            p.place(project=number % (orders // 2), name=f"r{number}")
        if in_sequence:
            p.federation.pool.override(providers.Object(ThreadPool(1)))
        p.pair.a.sandbox.latency = p.pair.b.sandbox.latency = latency
        yield p


def submitting(p: Play, orders: int) -> Cost:
    """The cycle that takes all creates to B; at least: claim, project, order, two links each, and the listings."""
    minimum = orders * 4 + orders // 2 + _listings(0) + 2 * _pages(orders)
    return _timed(p, "submit creates", orders, minimum)


def waiting(p: Play, orders: int) -> Cost:
    """A cycle in which nothing has moved on B; at least: the listings."""
    return _timed(p, "all pending on B", orders, _listings(orders))


def completing(p: Play, orders: int) -> tuple[Cost, int]:
    """The cycle after B's provider has finished; every tenth order has failed. At least: one write each, two for failures."""
    p.pair.a.sandbox.latency, latency = 0.0, p.pair.a.sandbox.latency
    erred = 0
    for number, order in enumerate(p.b.orders):
        p.b.approve(order)
        if number % ERRED_SHARE == 0:
            p.b.fail(order, "no")
            erred += 1
        else:
            p.b.complete(order)
    p.pair.a.sandbox.latency = latency
    return _timed(p, "complete creates", orders, orders + erred + _listings(orders)), erred


def terminating(p: Play) -> tuple[Cost, Cost, int]:
    """All living resources are terminated: the cycle that orders it, and the one that completes it."""
    living = [resource for resource in p.a.resources if resource.state == "OK"]
    for resource in living:
        p.place_terminate(resource)
    count = len(living)
    submitted = _timed(p, "submit terminations", count, 3 * count + _listings(count))
    p.b_finishes()
    return submitted, _timed(p, "complete terminations", count, count + _listings(count)), count


def _pages(rows: int) -> int:
    return max(1, -(-rows // ROWS_PER_PAGE))


def _listings(orders: int) -> int:
    """Four lists that grow with the orders, and two single reads."""
    return 4 * _pages(orders) + 2


def _timed(p: Play, cycle: str, orders: int, minimum: int) -> Cost:
    a, b = p.pair.a.sandbox.requests, p.pair.b.sandbox.requests
    before_a, before_b, started = a.total, b.total, time.perf_counter()
    p.cycle()
    seconds = time.perf_counter() - started
    return Cost(cycle, orders, a.total - before_a, b.total - before_b, seconds, minimum)
