"""One cycle of one offering, timed, counted and logged."""

import time
from collections.abc import Collection, Mapping

from federation_core.application.outcome import CycleReport
from federation_core.domain.hints import Hint
from federation_runner.container import Federation, shared_readings, traffic
from federation_runner.logs import Batch, Cycle, cycle_lines, event_lines
from federation_runner.modes import ALL, Plan, Task, tasks_of

Reports = Mapping[str, CycleReport]
"""What became of each task."""

Plans = Mapping[str, Plan]
"""What each task would do."""


def run_cycle(federation: Federation, mode: str = ALL, *, sweep: bool = True, approved: str = "") -> Reports:
    """Run what *mode* runs for the offering once, one task after the other, and log what became of it."""
    with shared_readings(federation):
        return {task.name: _run(federation, task, sweep, approved) for task in tasks_of(federation, mode)}


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


def _run(federation: Federation, task: Task, sweep: bool, approved: str) -> CycleReport:  # noqa: FBT001 - as Task.run takes it
    before, started = traffic(federation), time.monotonic()
    report = task.run(sweep, approved)
    spent = {side: count - before[side] for side, count in traffic(federation).items()}
    took_ms = round((time.monotonic() - started) * 1000)
    cycle_lines(Cycle(federation.settings().name, task.name, report, spent, took_ms, sweep), federation.told())
    return report
