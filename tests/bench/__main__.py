"""`make bench`: what orders, unchanged worlds, events and the official agent cost, beside the theoretical minimum."""

import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table
from tests.bench import agents, events
from tests.bench.orders import Cost, completing, many, submitting, terminating, waiting
from tests.bench.steady import one_cycle

ORDERS = 200
LATENCY = 0.02
STARTS = 10
RESOURCES = (100, 1_000, 10_000)


def run(*, in_sequence: bool) -> list[Cost]:
    """All cycles of one world."""
    with many(ORDERS, latency=LATENCY, in_sequence=in_sequence) as p:
        first = submitting(p, ORDERS)
        pending = waiting(p, ORDERS)
        completed, _ = completing(p, ORDERS)
        asked, ended, _ = terminating(p)
        return [first, pending, completed, asked, ended]


def show(costs: list[Cost], sequential: list[Cost]) -> Table:
    """The costs as a table with ratios, all from this one run."""
    table = Table(
        title=f"{ORDERS} orders, {ORDERS // 2} projects, {LATENCY * 1000:g} ms per request", title_justify="left"
    )
    for name in ("cycle", "to A", "to B", "per order", "minimum", "× minimum", "seconds", "in sequence", "× faster"):
        table.add_column(name, justify="left" if name == "cycle" else "right")
    for cost, slow in zip(costs, sequential, strict=True):
        table.add_row(
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
    return table


def start_up() -> Table:
    """The shortest of several starts, beside an empty interpreter's."""
    table = Table(title=f"start-up, best of {STARTS}", title_justify="left")
    for name in ("what", "ms", "more than an empty interpreter"):
        table.add_column(name, justify="left" if name == "what" else "right")
    empty = _start("-c", "pass")
    for what, arguments in {
        "import federation_core": ("-c", "import federation_core"),
        "waldur-federation --help": ("-m", "federation_runner", "--help"),
    }.items():
        taken = _start(*arguments)
        table.add_row(what, f"{taken * 1000:.0f}", f"{(taken - empty) * 1000:.0f} ms")
    return table


def _start(*arguments: str) -> float:
    times = []
    for _ in range(STARTS):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return min(times)


def told() -> Table:
    """How soon an order that ended on B has ended on A, and what a burst of messages costs."""
    single, many = events.latency(), events.burst()
    title = f"events through a broker, {events.LATENCY * 1000:g} ms per request"
    table = Table(title=title, title_justify="left")
    for name in ("what", "orders", "messages", "median ms", "p99 ms", "requests per order", "seconds", "peak MiB"):
        table.add_column(name, justify="left" if name == "what" else "right")
    millis = (f"{single.median * 1000:.0f}", f"{single.p99 * 1000:.0f}")
    table.add_row("one after the other", str(single.orders), "", *millis, "", "", "")
    cost = (f"{many.requests / many.orders:.2f}", f"{many.seconds:.1f}", f"{many.peak_mib:.0f}")
    table.add_row("all at once", str(many.orders), str(many.messages), "", "", *cost)
    return table


def steady_world() -> Table:
    """What a cycle over all modes costs where nothing changed, for worlds of different sizes."""
    table = Table(title=f"unchanged world, all modes, {LATENCY * 1000:g} ms per request", title_justify="left")
    for name in ("resources", "to A", "to B", "minimum", "× minimum", "writes", "seconds", "peak MiB"):
        table.add_column(name, justify="right")
    for resources in RESOURCES:
        cost = one_cycle(resources, latency=LATENCY)
        table.add_row(
            str(cost.resources),
            str(cost.requests_a),
            str(cost.requests_b),
            str(cost.minimum),
            f"{cost.requests / cost.minimum:.2f}",
            str(cost.writes),
            f"{cost.seconds:.1f}",
            f"{cost.peak_mb:.0f}",
        )
    return table


def agent_race() -> Table:
    """What an unchanged cycle of the official agent costs with either plug-in, and how many times less with ours."""
    title = f"official agent, unchanged world, {agents.RESOURCES} resources, {agents.EACH} people to each two of them"
    table = Table(title=title, title_justify="left")
    for name in ("cycle", "plug-in", "to A", "to B", "× fewer to B", "writes to B", "seconds"):
        table.add_column(name, justify="left" if name in {"cycle", "plug-in"} else "right")
    costs = agents.race()
    theirs = {cost.cycle: cost.requests_b for cost in costs if cost.plugin != "ours"}
    for cost in costs:
        fewer = f"{theirs[cost.cycle] / cost.requests_b:.0f}" if cost.plugin == "ours" else ""
        counts = (str(cost.requests_a), str(cost.requests_b), fewer, str(cost.writes))
        table.add_row(cost.cycle, cost.plugin, *counts, f"{cost.seconds:.1f}")
    return table


if __name__ == "__main__":
    console = Console(width=120)
    console.print(told())  # first, because the peak of a process never falls
    console.print(show(run(in_sequence=False), run(in_sequence=True)))
    console.print(steady_world())
    console.print(agent_race())
    console.print(start_up())
