"""`demo`: the main story, on two embedded sandbox Waldurs."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from federation_runner.cli.files import result_file
from federation_runner.cli.render import emit_json, facts
from federation_runner.cli.status import FAILED, FINE

STORIES = ("orders",)


@click.command("demo")
@click.option("--story", type=click.Choice(STORIES), default="orders", show_default=True, help="Which story to tell.")
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the summary as one JSON object; - for standard output alone."
)
def command(story: str, json_file: str | None) -> int:
    """Tell the main story on two sandbox Waldurs; nothing else is needed.

    SIGTERM, SIGHUP and SIGINT end it before its next step, with status 130; nothing is left behind.
    """
    from federation_runner import logs

    del story  # one story so far
    logs.configure("ERROR")
    if json_file == "-":
        summary = _play(_silent)
        emit_json(summary)
    elif json_file is not None:
        with result_file(Path(json_file)) as file:
            summary = _play(click.echo)
            _show(summary)
            file.write(json.dumps(summary, indent=2) + "\n")
    else:
        summary = _play(click.echo)
        _show(summary)
    return FINE if summary["ok"] else FAILED


def _play(say: Callable[[str], None]) -> dict[str, Any]:
    from federation_runner.daemon import stopping
    from federation_runner.demo import orders_story
    from federation_runner.demo.narrator import Narrator

    stop = threading.Event()
    with stopping(stop):
        return orders_story.tell(Narrator(say), stop)


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
    facts("summary", rows)
