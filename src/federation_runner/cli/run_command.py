"""`run`: one cycle, cycles until orders settle, or the daemon."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from federation_runner.cli.options import (
    config_option,
    json_option,
    load_settings,
    log_options,
    mode_option,
    open_federations,
)
from federation_runner.cli.progress import live_progress
from federation_runner.cli.render import emit_json, table
from federation_runner.cli.status import FAILED, FINE, INTERRUPTED

if TYPE_CHECKING:
    from federation_core.application.outcome import CycleReport
    from federation_runner.container import Federation
    from federation_runner.settings.model import Settings

Reports = Mapping[str, "CycleReport"]


@click.command("run")
@config_option
@mode_option
@click.option("--once", is_flag=True, help="One complete cycle, then end; waiting orders are no failure.")
@click.option(
    "--wait", is_flag=True, help="With --once: go on until no order waits, at most order_poll_timeout seconds."
)
@click.option(
    "--approve-removals", "approved", default="", metavar="DIGEST", help="Release the removals that plan showed."
)
@json_option
@log_options
def command(
    config: Path,
    mode: str,
    once: bool,
    wait: bool,
    approved: str,
    as_json: bool,
    log_level: str | None,
    verbose: bool,
) -> int:
    """Do what the settings ask for, once or until stopped."""
    del mode  # orders are all there is in this release
    if (wait or approved or as_json) and not once:
        option = "--wait" if wait else "--approve-removals" if approved else "--json"
        raise click.UsageError(f"{option} goes with --once")
    settings = load_settings(config, log_level, verbose=verbose)
    with open_federations(settings) as federations:
        if not federations:
            raise click.UsageError(
                "no offering names 'waldur' as its order_processing_backend; there is nothing to run"
            )
        if not once:
            return _daemon(settings, federations)
        with live_progress(federations):
            reports = _until_settled(federations, approved) if wait else _cycle(federations, approved)
    _show(reports, as_json=as_json)
    return FAILED if any(report.is_trouble for report in reports.values()) else FINE


def _cycle(federations: Sequence["Federation"], approved: str = "") -> Reports:
    from federation_runner.cycle import run_cycle

    return {federation.settings().name: run_cycle(federation, approved=approved) for federation in federations}


def _until_settled(federations: Sequence["Federation"], approved: str) -> Reports:
    """Cycle until no order waits; each offering has its own time-out and interval."""
    started = time.monotonic()
    reports = dict(_cycle(federations, approved))
    while True:
        waiting = [f for f in federations if reports[f.settings().name].waiting and not _is_late(f, started)]
        if not waiting:
            return reports
        time.sleep(min(float(federation.settings().order_poll_interval) for federation in waiting))
        reports.update(_cycle(waiting))


def _is_late(federation: "Federation", started: float) -> bool:
    return time.monotonic() - started >= float(federation.settings().order_poll_timeout)


def _daemon(settings: "Settings", federations: Sequence["Federation"]) -> int:
    from federation_runner.daemon import Daemon, stopping

    stop = threading.Event()
    with stopping(stop) as signals:
        Daemon(federations, settings.intervals.order_process_seconds, stop).run()
    return INTERRUPTED if signals.by_interrupt else FINE


def _show(reports: Reports, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                name: {
                    "outcomes": [outcome.as_json() for outcome in report.outcomes],
                    "problems": list(report.problems),
                    "notes": list(report.notes),
                    "waiting": report.waiting,
                }
                for name, report in reports.items()
            }
        )
        return
    for name, report in reports.items():
        rows = [(o.key, o.step, o.kind.value, o.error or o.reason) for o in report.outcomes]
        table(f"{name}: {len(rows)} orders", ("order", "step", "outcome", "reason"), rows)
        for title, texts in (("could not be read", report.problems), ("worth knowing", report.notes)):
            if texts:
                table(f"{name}: {title}", ("",), [(text,) for text in texts])
