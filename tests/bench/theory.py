"""What cycles, unchanged worlds, events and start-up cost by themselves, beside the least that any program could ask."""

import subprocess
import sys
import time
from collections.abc import Iterator

from tests.bench import events
from tests.bench.orders import Cost, completing, many, submitting, terminating, waiting
from tests.bench.sheets import Sheet
from tests.bench.steady import one_cycle

ORDERS = 200
LATENCY = 0.02
STARTS = 10
FEW, ALL = (100, 1_000), (100, 1_000, 10_000)


def sheets(resources: tuple[int, ...]) -> Iterator[Sheet]:
    """All tables; unchanged worlds of as many *resources*."""
    yield told()  # first, because the peak of a process never falls
    yield show(run(in_sequence=False), run(in_sequence=True))
    yield steady_world(resources)
    yield start_up()


def run(*, in_sequence: bool) -> list[Cost]:
    """All cycles of one world."""
    with many(ORDERS, latency=LATENCY, in_sequence=in_sequence) as p:
        first = submitting(p, ORDERS)
        pending = waiting(p, ORDERS)
        completed, _ = completing(p, ORDERS)
        asked, ended, _ = terminating(p)
        return [first, pending, completed, asked, ended]


def show(costs: list[Cost], sequential: list[Cost]) -> Sheet:
    """The costs with ratios, all from this one run."""
    title = f"{ORDERS} orders, {ORDERS // 2} projects, {LATENCY * 1000:g} ms per request"
    columns = ("cycle", "to A", "to B", "per order", "minimum", "× minimum", "seconds", "in sequence", "× faster")
    rows = [
        (
            cost.cycle,
            str(cost.requests_a),
            str(cost.requests_b),
            f"{cost.requests / cost.orders:.2f}",
            str(cost.minimum),
            f"{cost.requests / cost.minimum:.2f}",
            f"{cost.seconds:.2f}",
            f"{slow.seconds:.2f}",
            f"{slow.seconds / cost.seconds:.1f}",
        )
        for cost, slow in zip(costs, sequential, strict=True)
    ]
    return Sheet(title, columns, tuple(rows))


def start_up() -> Sheet:
    """The shortest of several starts, beside an empty interpreter's."""
    empty = _start("-c", "pass")
    rows = []
    for what, arguments in {
        "import federation_core": ("-c", "import federation_core"),
        "waldur-federation --help": ("-m", "federation_runner", "--help"),
    }.items():
        taken = _start(*arguments)
        rows.append((what, f"{taken * 1000:.0f}", f"{(taken - empty) * 1000:.0f} ms"))
    return Sheet(f"Start-up, best of {STARTS}", ("what", "ms", "more than an empty interpreter"), tuple(rows))


def _start(*arguments: str) -> float:
    times = []
    for _ in range(STARTS):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return min(times)


def told() -> Sheet:
    """How soon an order that ended on B has ended on A, and what a burst of messages costs."""
    single, burst = events.latency(), events.burst()
    columns = ("what", "orders", "messages", "median ms", "p99 ms", "requests per order", "seconds", "peak MiB")
    millis = (f"{single.median * 1000:.0f}", f"{single.p99 * 1000:.0f}")
    cost = (f"{burst.requests / burst.orders:.2f}", f"{burst.seconds:.1f}", f"{burst.peak_mib:.0f}")
    rows = (
        ("one after the other", str(single.orders), "", *millis, "", "", ""),
        ("all at once", str(burst.orders), str(burst.messages), "", "", *cost),
    )
    return Sheet(f"Events through a broker, {events.LATENCY * 1000:g} ms per request", columns, rows)


def steady_world(sizes: tuple[int, ...]) -> Sheet:
    """What a cycle over all modes costs where nothing changed, for worlds of different sizes."""
    columns = ("resources", "to A", "to B", "minimum", "× minimum", "writes", "seconds", "peak MiB")
    rows = []
    for resources in sizes:
        cost = one_cycle(resources, latency=LATENCY)
        rows.append(
            (
                f"{cost.resources:,}",
                str(cost.requests_a),
                str(cost.requests_b),
                str(cost.minimum),
                f"{cost.requests / cost.minimum:.2f}",
                str(cost.writes),
                f"{cost.seconds:.1f}",
                f"{cost.peak_mb:.0f}",
            )
        )
    return Sheet(f"Unchanged world, all modes, {LATENCY * 1000:g} ms per request", columns, tuple(rows), words=0)
