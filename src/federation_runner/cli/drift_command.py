"""`drift`: what differs between A and B, decisions aside."""

from pathlib import Path

import click

from federation_runner.cli.options import (
    config_option,
    json_option,
    load_settings,
    log_options,
    mode_option,
    open_federations,
)
from federation_runner.cli.render import emit_json, table
from federation_runner.cli.status import FAILED, FINE, FOUND


@click.command("drift")
@config_option
@mode_option
@json_option
@log_options
def command(config: Path, mode: str, as_json: bool, log_level: str | None, verbose: bool) -> int:
    """Show what differs between A and B; only reads."""
    from federation_core.application.drift import differences

    del mode  # orders are all there is in this release
    settings = load_settings(config, log_level, verbose=verbose)
    found, problems = {}, []
    with open_federations(settings) as federations:
        for federation in federations:
            orders = federation.reconcile_orders()
            plan = orders.plan(orders.observe())
            found[federation.settings().name] = differences(plan)
            problems += [f"{federation.settings().name}: {problem}" for problem in plan.problems]
    if as_json:
        content = {name: [row.as_json() for row in rows] for name, rows in found.items()}
        emit_json({"differences": content, "problems": problems})
    else:
        for name, rows in found.items():
            shown = [(row.kind, row.key, row.on_a, row.on_b) for row in rows]
            table(f"{name}: {len(rows)} differences", ("what", "key", "on A", "on B"), shown)
        for problem in problems:
            click.echo(problem, err=True)
    if problems:
        return FAILED
    return FOUND if any(found.values()) else FINE
