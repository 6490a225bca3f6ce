"""`demo`: the main story, on two embedded sandbox Waldurs."""

import json
from pathlib import Path
from typing import Any

import click

from federation_runner.cli.render import table
from federation_runner.cli.status import FAILED, FINE

STORIES = ("orders",)


@click.command("demo")
@click.option("--story", type=click.Choice(STORIES), default="orders", show_default=True, help="Which story to tell.")
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the summary as one JSON object; - for standard output alone."
)
def command(story: str, json_file: str | None) -> int:
    """Tell the main story on two sandbox Waldurs; nothing else is needed."""
    from federation_runner import logs
    from federation_runner.demo import orders_story
    from federation_runner.demo.narrator import Narrator

    del story  # one story so far
    logs.configure("ERROR")
    summary = orders_story.tell(Narrator(_silent if json_file == "-" else click.echo))
    text = json.dumps(summary, indent=2)
    if json_file == "-":
        click.echo(text)
        return FINE if summary["ok"] else FAILED
    if json_file is not None:
        Path(json_file).write_text(text + "\n", encoding="utf-8")
    _show(summary)
    return FINE if summary["ok"] else FAILED


def _silent(_text: str) -> None:
    """Say nothing."""


def _show(summary: dict[str, Any]) -> None:
    click.echo("")
    rows = [(f"orders {state} on A", str(count)) for state, count in summary["orders"].items()]
    rows += [
        ("resources on B", str(summary["resources_on_b"])),
        ("duplicates on B", str(summary["duplicates"])),
        ("requests to A and B", f"{summary['requests']['a']} and {summary['requests']['b']}"),
        ("everything as told", "yes" if summary["ok"] else "no: " + ", ".join(summary["failed"])),
    ]
    table("summary", ("", ""), rows)
