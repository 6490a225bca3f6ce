"""`check`: the doctor."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from federation_core.domain.words import counted
from federation_runner.cli.options import config_option, json_option, load_settings, log_options
from federation_runner.cli.render import emit_json, facts, listing, table
from federation_runner.cli.status import FAILED, FINE

if TYPE_CHECKING:
    from federation_core.application.check import CheckReport
    from federation_runner.container import Federation
    from federation_runner.settings.model import OfferingSettings, Settings


@click.command("check")
@config_option
@json_option
@log_options
def command(config: Path, as_json: bool, log_level: str | None, verbose: bool) -> int:
    """Tell what is wrong with the settings and on both servers, with cause and fix; only reads.

    The status is 2 where the settings file itself is wrong, 1 where there is a finding of severity *error*, be it that something
    could not be told, else 0: warnings and notes leave it.
    """
    settings = load_settings(config, log_level, verbose=verbose)
    reports = _reports(settings)
    if as_json:
        emit_json({name: report.as_json() for name, report in reports.items()})
    else:
        for name, report in reports.items():
            _show(name, report)
    return FAILED if any(report.is_trouble for report in reports.values()) else FINE


def _reports(settings: "Settings") -> dict[str, "CheckReport"]:
    reports = {}
    for offering in settings.offerings:
        with _federation(offering) as federation:
            reports[offering.name] = federation.check_offering().run()
    return reports


@contextmanager
def _federation(offering: "OfferingSettings") -> Iterator["Federation"]:
    from federation_runner.container import Federation, close

    federation = Federation(settings=offering)
    try:
        yield federation
    finally:
        close(federation)


def _show(name: str, report: "CheckReport") -> None:
    from federation_core.application.check import Severity

    facts(f"{name}: seen", list(report.facts.items()))
    rows = [
        (told.severity.value, told.finding.path, told.finding.cause, told.finding.fix, told.check)
        for told in report.found
    ]
    if rows:
        table(f"{name}: {counted(len(rows), 'finding')}", ("severity", "where", "cause", "fix", "check"), rows)
    listing(f"{name}: not checked", _waiting(report))
    counts = ", ".join(counted(report.count(severity), severity.value) for severity in Severity)
    made = counted(len(report.passed) + len({told.check for told in report.found}), "check")
    click.echo(f"{name}: {made} made: {counts}")


def _waiting(report: "CheckReport") -> Iterator[str]:
    """The checks that were not made, by what has to be mended before."""
    for cause in dict.fromkeys(one.because for one in report.skipped):
        names = [one.check for one in report.skipped if one.because == cause]
        yield f"before {cause} is mended: {', '.join(names)}"
