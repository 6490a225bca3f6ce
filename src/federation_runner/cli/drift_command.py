"""`drift`: what differs between A and B, decisions aside."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from federation_core.domain.words import counted
from federation_runner.cli.options import (
    config_option,
    json_option,
    load_settings,
    log_options,
    mode_option,
    open_federations,
)
from federation_runner.cli.render import emit_json, listing, problems_in, table
from federation_runner.cli.status import FAILED, FINE, FOUND

if TYPE_CHECKING:
    from federation_core.application.drift import Difference
    from federation_runner.cycle import Plans


@click.command("drift")
@config_option
@mode_option
@json_option
@log_options
def command(config: Path, mode: str, as_json: bool, log_level: str | None, verbose: bool) -> int:
    """Show what differs between A and B; only reads.

    The status is 1 where something could not be read, else 3 where something differs.
    """
    from federation_core.application.drift import differences
    from federation_runner.cycle import plan_cycle

    settings = load_settings(config, log_level, verbose=verbose)
    with open_federations(settings, mode) as federations:
        plans = {federation.settings().name: plan_cycle(federation, mode) for federation in federations}
    found = {name: [row for plan in of.values() for row in differences(plan)] for name, of in plans.items()}
    problems = [f"{name}: {text}" for name, of in plans.items() for text in problems_in(of)]
    if as_json:
        content = {name: [row.as_json() for row in rows] for name, rows in found.items()}
        emit_json({"differences": content, "problems": problems})
    else:
        for name, of in plans.items():
            _show(name, of, found[name])
    if problems:
        return FAILED
    return FOUND if any(found.values()) else FINE


def _show(name: str, plans: "Plans", rows: Sequence["Difference"]) -> None:
    problems = problems_in(plans)
    listing(f"{name}: problems", problems)
    if rows:
        names = {key: called for plan in plans.values() for key, called in plan.names.items()}
        shown = [(row.kind, names.get(row.key.partition(" ")[0], ""), row.key, row.on_a, row.on_b) for row in rows]
        table(f"{name}: {counted(len(rows), 'difference')}", ("what", "resource", "key", "on A", "on B"), shown)
    if problems:
        click.echo(f"{name}: what {'else ' if rows else ''}differs is unknown")
    elif not rows:
        click.echo(f"{name}: no differences")
