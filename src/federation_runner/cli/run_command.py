"""`run`: one cycle, cycles until orders settle, or the daemon."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from federation_core.domain.words import counted
from federation_runner.cli.errors import UsageMistakeError
from federation_runner.cli.options import (
    HostPort,
    config_option,
    json_option,
    load_settings,
    log_options,
    open_federations,
    run_mode_option,
)
from federation_runner.cli.progress import live_progress
from federation_runner.cli.render import emit_json, listing, problems_in, table
from federation_runner.cli.status import FAILED, FINE, INTERRUPTED

if TYPE_CHECKING:
    from federation_core.application.outcome import CycleReport, Outcome
    from federation_runner.container import Federation
    from federation_runner.daemon import Daemon
    from federation_runner.settings.model import Settings

Reports = Mapping[str, Mapping[str, "CycleReport"]]
"""By offering and task."""

INTERRUPTION = "interrupted: what was under way was finished, nothing else begun; running it again is safe"


@click.command("run")
@config_option
@run_mode_option
@click.option("--once", is_flag=True, help="One complete cycle, then end; waiting orders are no failure.")
@click.option(
    "--wait", is_flag=True, help="With --once: go on until no order waits, at most order_poll_timeout seconds."
)
@click.option(
    "--approve-removals",
    "approved",
    default="",
    metavar="DIGEST",
    help="With --once: release the removals that plan showed; a digest that fits none of them is told, with status 1.",
)
@click.option(
    "--health",
    "health",
    type=HostPort(),
    metavar="HOST:PORT",
    help="Without --once: answer /healthz and /readyz over HTTP there; port 0 takes a free one and logs it.",
)
@json_option
@log_options
def command(
    config: Path,
    mode: str,
    once: bool,
    wait: bool,
    approved: str,
    health: tuple[str, int] | None,
    as_json: bool,
    log_level: str | None,
    verbose: bool,
) -> int:
    """Do what the settings ask for, once or until stopped.

    With --once, SIGTERM, SIGHUP and SIGINT let the requests under way finish, begin no other, and end with status 130; running it
    again is safe. Without it, they give the cycle under way a few seconds to finish; then the status is 0, or 130 after SIGINT. A
    second SIGINT ends at once, which is safe too.
    """
    _refuse_mixture(once=once, mode=mode, health=health, wait=wait, approved=approved, as_json=as_json)
    settings = load_settings(config, log_level, verbose=verbose)
    with open_federations(settings, mode) as federations:
        if not once:
            return _daemon(settings, federations, mode, health)
        stop = threading.Event()
        reports = _interruptible(_Wish(federations, mode, approved, wait), stop)
    if reports is not None:
        _show(reports, as_json=as_json)
    if reports is None or stop.is_set():
        click.echo(INTERRUPTION, err=True)
        return INTERRUPTED
    is_unused = bool(approved) and _tell_unused(reports, approved)
    return FAILED if is_unused or any(report.is_trouble for report in _each(reports)) else FINE


def _refuse_mixture(*, once: bool, mode: str, health: object, wait: bool, approved: str, as_json: bool) -> None:
    """Note options that do not go together.

    Raises:
        UsageMistakeError: with what goes with what.
    """
    if (wait or approved or as_json) and not once:
        option = "--wait" if wait else "--approve-removals" if approved else "--json"
        raise UsageMistakeError(f"{option} goes with --once")
    if once and health is not None:
        raise UsageMistakeError("--health goes without --once")
    if once and mode == "event_process":
        raise UsageMistakeError(
            "--mode event_process stays and listens; --once goes with the other modes, which find the same"
        )


@attrs.frozen
class _Wish:
    """What is asked of `run --once`."""

    federations: Sequence["Federation"]
    mode: str
    approved: str
    wait: bool


def _interruptible(wish: _Wish, stop: threading.Event) -> Reports | None:
    """The reports of the cycle, or of the last cycles; None where a signal, which sets *stop*, came before they were all there."""
    from dependency_injector import providers

    from federation_runner.daemon import stopping

    for federation in wish.federations:
        federation.stop.override(providers.Object(stop))
    with stopping(stop), live_progress(wish.federations):
        try:
            reports = _cycle(wish.federations, wish.mode, wish.approved)
            return _until_settled(wish.federations, reports, stop) if wish.wait else reports
        except KeyboardInterrupt:
            return None


def _cycle(federations: Sequence["Federation"], mode: str, approved: str = "") -> Reports:
    from federation_runner.cycle import run_cycle

    return {federation.settings().name: run_cycle(federation, mode, approved=approved) for federation in federations}


def _until_settled(federations: Sequence["Federation"], first: Reports, stop: threading.Event) -> Reports:
    """Cycle over orders until none waits; each offering has its own time-out and interval."""
    started = time.monotonic()
    reports = {name: dict(of) for name, of in first.items()}
    while True:
        waiting = [f for f in federations if _orders_wait(reports[f.settings().name]) and not _is_late(f, started)]
        if not waiting:
            return reports
        if stop.wait(min(float(federation.settings().order_poll_interval) for federation in waiting)):
            raise KeyboardInterrupt
        for name, again in _cycle(waiting, "order_process").items():
            digests = {task: reports[name][task].digest for task in again}
            reports[name] |= {task: attrs.evolve(report, digest=digests[task]) for task, report in again.items()}


def _orders_wait(reports: Mapping[str, "CycleReport"]) -> bool:
    return "orders" in reports and reports["orders"].waiting > 0


def _each(reports: Reports) -> list["CycleReport"]:
    return [report for of in reports.values() for report in of.values()]


def _is_late(federation: "Federation", started: float) -> bool:
    return time.monotonic() - started >= float(federation.settings().order_poll_timeout)


def _daemon(
    settings: "Settings", federations: Sequence["Federation"], mode: str, health: tuple[str, int] | None
) -> int:
    from federation_runner.daemon import Daemon, stopping

    stop = threading.Event()
    with stopping(stop) as signals:
        daemon = Daemon(federations, settings.intervals, stop, mode=mode)
        with _probed(health, daemon):
            daemon.run()
    return INTERRUPTED if signals.by_interrupt else FINE


@contextmanager
def _probed(health: tuple[str, int] | None, daemon: "Daemon") -> Iterator[None]:
    """Answer probes while inside, if they are wished.

    Raises:
        UsageMistakeError: it cannot be listened there.
    """
    from federation_runner import logs

    if health is None:
        yield
        return
    from federation_runner.health import serving

    with ExitStack() as stack:
        try:
            port = stack.enter_context(serving(*health, daemon.status))
        except OSError as error:
            where = f"{health[0]}:{health[1]}"
            raise UsageMistakeError(
                f"--health {where}: {error.strerror or error}; name an address of this machine"
            ) from None
        logs.DAEMON.info("%s", logs.line("probes", {"host": health[0], "port": str(port)}))
        yield


def _tell_unused(reports: Reports, approved: str) -> bool:
    """Whether the digest fits no removals; that is said, and why."""
    if approved in {report.digest for report in _each(reports)}:
        return False
    if any(report.problems for report in _each(reports)):
        cause = "whether removals await approval under it could not be told"
    else:
        cause = "no removals await approval under it; plan prints the current digest"
    click.echo(f"error: --approve-removals {approved}: {cause}", err=True)
    return True


def _show(reports: Reports, *, as_json: bool) -> None:
    if as_json:
        emit_json({name: {task: report.as_json() for task, report in of.items()} for name, of in reports.items()})
        return
    for name, of in reports.items():
        problems = problems_in(of)
        listing(f"{name}: problems", problems)
        found = [_show_task(f"{name}, {task}", report) for task, report in of.items()]
        if not any(found):
            click.echo(f"{name}: {'what there is to do is unknown' if problems else 'nothing to do'}")
        listing(f"{name}: worth knowing", dict.fromkeys(text for report in of.values() for text in report.notes))


def _show_task(title: str, report: "CycleReport") -> bool:
    """Print what became of one task; whether there was anything."""
    rows = [(_named(report, o), o.key, o.step, o.kind.value, o.error or o.reason) for o in report.outcomes]
    if rows:
        table(f"{title}: {counted(len(rows), 'outcome')}", ("resource", "key", "step", "outcome", "reason"), rows)
    return bool(rows)


def _named(report: "CycleReport", outcome: "Outcome") -> str:
    return report.names.get(outcome.key, report.names.get(outcome.resource, ""))
