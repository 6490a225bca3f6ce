"""`history`: usage of past months, month after month."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import attrs
import click

from federation_core.domain.errors import ConfigurationError, Finding
from federation_core.domain.words import counted
from federation_runner.cli.errors import UsageMistakeError
from federation_runner.cli.options import config_option, json_option, load_settings, log_options, set_logs_up
from federation_runner.cli.render import emit_json, listing, table
from federation_runner.cli.status import FAILED, FINE, FOUND

if TYPE_CHECKING:
    from federation_core.application.load_history import Span
    from federation_core.application.outcome import CycleReport
    from federation_core.domain.months import Month
    from federation_core.domain.plan.sync import SyncPlan
    from federation_runner.container import Federation
    from federation_runner.settings.model import OfferingSettings, Settings

T = TypeVar("T")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("history")
@config_option
@click.option("-o", "--offering-uuid", "offering", type=click.UUID, required=True, help="The offering on A.")
@click.option(
    "-t",
    "--user-token",
    "token",
    metavar="TOKEN",
    help="Token of a member of A's staff, in place of waldur_api_token; also as env:NAME or file:PATH, so that it stays out of "
    "the process list.",
)
@click.option("-s", "--start-date", "start", type=DAY, required=True, help="A day in the first month.")
@click.option(
    "-e", "--end-date", "end", type=DAY, required=True, help="A day in the last month, at most 5 years later."
)
@click.option("--no-staff-check", "unchecked", is_flag=True, help="Go on where the token on A is not staff's.")
@click.option("--skip-user-usage", "no_shares", is_flag=True, help="Leave out what each person used.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--reconcile-stale", "stale", is_flag=True, help="Make zero on A what B shows no figure for any more.")
@click.option(
    "--include-terminated",
    "terminated",
    is_flag=True,
    help="Try resources too that are terminated on A; most servers refuse.",
)
@click.option(
    "--resource-backend-id",
    "backend_ids",
    multiple=True,
    help="Only this resource, by the backend_id that A shows; may be repeated.",
)
@json_option
@log_options
def command(  # noqa: PLR0917 - one parameter per option
    config: Path,
    offering: UUID,
    token: str | None,
    start: datetime,
    end: datetime,
    unchecked: bool,
    no_shares: bool,
    dry_run: bool,
    stale: bool,
    terminated: bool,
    backend_ids: Sequence[str],
    as_json: bool,
    log_level: str | None,
    verbose: bool,
) -> int:
    """Tell A the usage of past months, month after month.

    What A has already is not sent again, so a run that was interrupted is resumed by running it again. The status is 1 where a
    month failed, and 3 where a dry run found something to write.
    """
    from federation_core.application.load_history import HistoryWish, Span

    span = Span.of(start.date(), end.date())
    settings = load_settings(config, log_level, verbose=verbose)
    chosen = _chosen(settings, offering)
    if token is not None:
        chosen = chosen.with_a_token(_token(token, config), "--user-token")
        set_logs_up(attrs.evolve(settings, offerings=(*settings.offerings, chosen)), log_level, verbose=verbose)
    wish = HistoryWish(
        span=span,
        only=frozenset(backend_ids),
        shares=not no_shares,
        zero_vanished=stale,
        with_terminated=terminated,
    )
    with _opened(chosen) as federation:
        if not unchecked:
            _require_staff(federation)
        load = federation.load_history(wish)
        if dry_run:
            return _show_plans(dict(_shown(load.plan(), span)), as_json=as_json)
        return _show_reports(dict(_shown(load.run(), span)), as_json=as_json)


def _chosen(settings: "Settings", offering: UUID) -> "OfferingSettings":
    """The offering that is asked for.

    Raises:
        ConfigurationError: none of ours has that UUID.
    """
    for found in settings.offerings:
        if found.offering == offering:
            return found
    known = ", ".join(str(found.offering) for found in settings.offerings)
    raise ConfigurationError(Finding("--offering-uuid", f"no offering of ours has {offering}", f"use one of: {known}"))


def _token(given: str, config: Path) -> str:
    """What the option stands for.

    Raises:
        ConfigurationError: the reference leads nowhere, or what it stands for is no token.
    """
    from federation_runner.settings import texts

    try:
        return texts.token(given, texts.Surroundings(os.environ, config.parent))
    except texts.Unfit as unfit:
        raise ConfigurationError(Finding("--user-token", unfit.cause, unfit.fix)) from None


@contextmanager
def _opened(chosen: "OfferingSettings") -> Iterator["Federation"]:
    from federation_runner.container import Federation, close

    federation = Federation(settings=chosen)
    try:
        yield federation
    finally:
        close(federation)


def _require_staff(federation: "Federation") -> None:
    """Refuse to start where the token on A is not staff's: A may take no figures of past months from it."""
    if not federation.a_rights().read().is_staff:
        cause = "the token on A is not that of a member of staff, so A may refuse past months"
        raise UsageMistakeError(f"{cause}; give one with --user-token, or go on with --no-staff-check")


def _shown(months: Iterator[tuple["Month", T]], span: "Span") -> Iterator[tuple[str, T]]:
    """Pass the months on, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import track

    bar = Console(stderr=True)
    for month, one in track(months, "months", len(span.months), console=bar, disable=not sys.stderr.isatty()):
        yield str(month), one


def _show_plans(plans: Mapping[str, "SyncPlan"], *, as_json: bool) -> int:
    if as_json:
        emit_json({month: plan.as_json() for month, plan in plans.items()})
    else:
        for month, plan in plans.items():
            rows = [(plan.names.get(w.chain.partition(" ")[0], ""), w.chain, w.on_a, w.reason) for w in plan.writes]
            _show_month(month, plan.problems, plan.notes, ("resource", "key", "on A", "because"), rows, "write")
    if any(plan.is_trouble for plan in plans.values()):
        return FAILED
    return FINE if all(plan.is_empty for plan in plans.values()) else FOUND


def _show_reports(reports: Mapping[str, "CycleReport"], *, as_json: bool) -> int:
    if as_json:
        emit_json({month: report.as_json() for month, report in reports.items()})
    else:
        for month, report in reports.items():
            rows = [
                (report.names.get(o.resource, ""), o.key, o.kind.value, o.error or o.reason) for o in report.outcomes
            ]
            head = ("resource", "key", "outcome", "reason")
            _show_month(month, report.problems, report.notes, head, rows, "outcome")
    return FAILED if any(report.is_trouble for report in reports.values()) else FINE


def _show_month(
    month: str,
    problems: Sequence[str],
    notes: Sequence[str],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    noun: str,
) -> None:
    listing(f"{month}: problems", problems)
    if rows:
        table(f"{month}: {counted(len(rows), noun)}", head, rows)
    else:
        click.echo(f"{month}: {'what there is to do is unknown' if problems else 'nothing to do'}")
    listing(f"{month}: worth knowing", notes)
