"""One cycle of one offering, timed, counted and logged."""

import time

from federation_core.application.outcome import CycleReport
from federation_runner.container import Federation, traffic
from federation_runner.logs import cycle_lines


def run_cycle(federation: Federation, *, sweep: bool = True, approved: str = "") -> CycleReport:
    """Reconcile the offering's orders once, and log what became of them."""
    before, started = traffic(federation), time.monotonic()
    report = federation.reconcile_orders().run(sweep=sweep, approved=approved)
    spent = {side: count - before[side] for side, count in traffic(federation).items()}
    cycle_lines(federation.settings().name, report, spent, round((time.monotonic() - started) * 1000))
    return report
