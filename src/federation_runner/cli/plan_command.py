"""`plan`: what run would do, and why."""

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
from federation_runner.cli.render import emit_json, table
from federation_runner.cli.status import FAILED, FINE, FOUND

if TYPE_CHECKING:
    from federation_core.application.orders import OrdersPlan


@click.command("plan")
@config_option
@mode_option
@json_option
@log_options
def command(config: Path, mode: str, as_json: bool, log_level: str | None, verbose: bool) -> int:
    """Show what run would do, and why; only reads."""
    del mode  # orders are all there is in this release
    settings = load_settings(config, log_level, verbose=verbose)
    with open_federations(settings) as federations:
        plans = {}
        for federation in federations:
            orders = federation.reconcile_orders()
            plans[federation.settings().name] = orders.plan(orders.observe())
    if as_json:
        emit_json({name: plan.as_json() for name, plan in plans.items()})
    else:
        for name, plan in plans.items():
            _show(name, plan)
    if any(plan.problems for plan in plans.values()):
        return FAILED
    return FINE if all(plan.is_empty for plan in plans.values()) else FOUND


def _show(name: str, plan: "OrdersPlan") -> None:
    content = plan.as_json()
    rows = [
        (
            action["action"],
            str(action.get("order", action.get("b_resource", ""))),
            action.get("reason", action.get("why", "")),
        )
        for action in content["actions"]
    ]
    table(f"{name}: {len(rows)} writes", ("action", "order", "because"), rows)
    held = [(entry["order"], entry["outcome"], entry["reason"]) for entry in content["held"]]
    if held:
        table(f"{name}: {len(held)} orders held", ("order", "outcome", "because"), held)
    for text in (*plan.problems, *plan.notes):
        click.echo(f"{name}: {text}", err=True)
