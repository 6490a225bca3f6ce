"""`demo`: the main story, on two embedded sandbox Waldurs."""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from federation_runner.cli.errors import UntoldError
from federation_runner.cli.files import result_file
from federation_runner.cli.render import emit_json, facts
from federation_runner.cli.status import FAILED, FINE

_COUNTS = {"resources_on_b": "resources on B", "duplicates": "duplicates on B"}
STORIES = ("orders", "events", "dwdi", "storage")


@click.command("demo")
@click.option("--story", type=click.Choice(STORIES), default="orders", show_default=True, help="Which story to tell.")
@click.option(
    "--json", "json_file", metavar="FILE", help="Write the summary as one JSON object; - for standard output alone."
)
def command(story: str, json_file: str | None) -> int:
    """Tell a story on sandboxes.

    It is of orders between two Waldurs, of events with a RabbitMQ of its own, of a warehouse's usage, or of storage systems, which
    needs the extra storage-proxy.

    SIGTERM, SIGHUP and SIGINT end it before its next step, with status 130; nothing is left behind.
    """
    from federation_runner import logs

    logs.configure("ERROR")
    if json_file == "-":
        summary = _play(story, _silent)
        emit_json(summary)
    elif json_file is not None:
        with result_file(Path(json_file)) as file:
            summary = _play(story, click.echo)
            _show(summary)
            file.write(json.dumps(summary, indent=2) + "\n")
    else:
        summary = _play(story, click.echo)
        _show(summary)
    return FINE if summary["ok"] else FAILED


def _play(story: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Tell *story*.

    Raises:
        UntoldError: it needs a message broker, and there is none.
    """
    from federation_runner.broker_process import BrokerError
    from federation_runner.daemon import stopping
    from federation_runner.demo import dwdi_story, events_story, orders_story, storage_story
    from federation_runner.demo.narrator import Narrator

    stories = {"orders": orders_story, "events": events_story, "dwdi": dwdi_story, "storage": storage_story}
    stop = threading.Event()
    with stopping(stop):
        try:
            told: dict[str, Any] = stories[story].tell(Narrator(say), stop)
        except BrokerError as error:
            raise UntoldError(str(error)) from None
    return told


def _silent(_text: str) -> None:
    """Say nothing."""


def _show(summary: dict[str, Any]) -> None:
    click.echo("")
    rows = [(f"orders {state} on A", str(count)) for state, count in summary.get("orders", {}).items()]
    rows += [(words, str(summary[key])) for key, words in _COUNTS.items() if key in summary]
    rows += [(f"{name} on A", _amounts(of)) for name, of in summary.get("usage_on_a", {}).items()]
    rows += [(path, status) for path, status in summary.get("mount_points", {}).items()]
    if "requests" in summary:
        rows.append(("requests to A and B", f"{summary['requests']['a']} and {summary['requests']['b']}"))
    if "requests_to_waldur" in summary:
        rows.append(("requests to Waldur", str(summary["requests_to_waldur"])))
    rows += [(f"seconds to done, by {way}", f"{wait:.3f}") for way, wait in summary.get("seconds_to_done", {}).items()]
    rows.append(("everything as told", "yes" if summary["ok"] else "no: " + ", ".join(summary["failed"])))
    facts("summary", rows)


def _amounts(usage: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {amount}" for name, amount in usage.items()) or "nothing"
