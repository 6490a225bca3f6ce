"""`plan`: what run would do, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from federation_runner.cycle import Plans
    from federation_runner.modes import Plan


@click.command("plan")
@config_option
@mode_option
@json_option
@log_options
def command(config: Path, mode: str, as_json: bool, log_level: str | None, verbose: bool) -> int:
    """Show what run would do, and why; only reads.

    The status is 1 for what makes `run --once` end with 1 too and can be seen before: something could not be read, or an order is
    parked or broken; else 3 where there is something to write.
    """
    from federation_runner.cycle import plan_cycle

    settings = load_settings(config, log_level, verbose=verbose)
    with open_federations(settings, mode) as federations:
        plans = {federation.settings().name: plan_cycle(federation, mode) for federation in federations}
    every = [plan for of in plans.values() for plan in of.values()]
    if as_json:
        emit_json({name: {task: plan.as_json() for task, plan in of.items()} for name, of in plans.items()})
    else:
        for name, of in plans.items():
            _show(name, of)
    if any(plan.is_trouble for plan in every):
        return FAILED
    return FINE if all(plan.is_empty for plan in every) else FOUND


def _show(name: str, plans: "Plans") -> None:
    problems = problems_in(plans)
    listing(f"{name}: problems", problems)
    found = [_show_task(f"{name}, {task}", plan) for task, plan in plans.items()]
    if problems:
        click.echo(f"{name}: what {'else ' if any(found) else ''}there is to do is unknown")
    elif not any(found):
        click.echo(f"{name}: nothing to do")
    listing(f"{name}: worth knowing", dict.fromkeys(text for plan in plans.values() for text in plan.notes))


def _show_task(title: str, plan: "Plan") -> bool:
    """Print what one task would do; whether there was anything."""
    content = plan.as_json()
    writes = [
        (action["action"], *_named(plan, action), action.get("reason", action.get("why", "")))
        for action in content["actions"]
    ]
    held = [(*_named(plan, entry), entry["outcome"], entry["reason"]) for entry in content["held"]]
    removals = [(*_named(plan, entry), entry.get("why", "")) for entry in content["held_removals"]]
    if writes:
        table(f"{title}: {counted(len(writes), 'write')}", ("action", "resource", "key", "because"), writes)
    if held:
        table(f"{title}: {len(held)} held", ("resource", "key", "outcome", "because"), held)
    if removals:
        head = ("resource", "key", "because")
        table(f"{title}: {counted(len(removals), 'removal')} held back, digest {content['digest']}", head, removals)
    return bool(writes or held or removals)


def _named(plan: "Plan", entry: dict[str, Any]) -> tuple[str, str]:
    """What people call it, and its key: of an order, of B's resource for a removal, else what the entry names."""
    key = str(entry.get("chain", entry.get("order", entry.get("b_resource", ""))))
    return plan.names.get(key.partition(" ")[0], ""), key
