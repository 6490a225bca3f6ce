"""One cycle of one offering, timed, counted and logged."""

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial

from federation_core.application.outcome import CycleReport
from federation_core.domain.hints import Hint
from federation_runner.container import Federation, shared_readings, traffic
from federation_runner.logs import Batch, Cycle, cycle_lines, event_lines
from federation_runner.modes import ALL, Plan, tasks_of

Reports = Mapping[str, CycleReport]
"""What became of each task."""

Plans = Mapping[str, Plan]
"""What each task would do."""


def run_cycle(federation: Federation, mode: str = ALL, *, sweep: bool = True, approved: str = "") -> Reports:
    """Run what *mode* runs for the offering once, one task after the other, and log what became of it."""
    with shared_readings(federation):
        return {
            task.name: carry_out(federation, task.name, partial(task.run, sweep, approved), is_sweep=sweep)
            for task in tasks_of(federation, mode)
        }


def follow_hints(federation: Federation, hints: Collection[Hint]) -> tuple[Hint, ...]:
    """Follow *hints*, log what became of them, and say which could not be followed yet."""
    before, started = traffic(federation), time.monotonic()
    followed = federation.follow_hints().follow(hints)
    spent = {side: count - before[side] for side, count in traffic(federation).items()}
    took_ms = round((time.monotonic() - started) * 1000)
    event_lines(Batch(federation.settings().name, len(hints), followed, spent, took_ms), federation.told())
    return followed.again


def plan_cycle(federation: Federation, mode: str = ALL, *, approved: str = "") -> Plans:
    """What *mode* would do for the offering, task by task; only reads."""
    with shared_readings(federation):
        return {task.name: task.plan(approved) for task in tasks_of(federation, mode)}


def carry_out(
    federation: Federation, task: str, run: Callable[[], CycleReport], *, is_sweep: bool = False
) -> CycleReport:
    """Run one use case once, and log as *task* what became of it."""
    before, started = traffic(federation), time.monotonic()
    report = run()
    spent = {side: count - before[side] for side, count in traffic(federation).items()}
    took_ms = round((time.monotonic() - started) * 1000)
    cycle_lines(Cycle(federation.settings().name, task, report, spent, took_ms, is_sweep), federation.told())
    return report
