"""Tables for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

WIDTH_OF_A_PIPE = 200


def emit_json(value: object) -> None:
    """Print one JSON object, keys in a stable order."""
    click.echo(json.dumps(value, indent=2, sort_keys=True))


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; without colour where standard output is no terminal."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_header=any(head))
    for name in head:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*row)
    console().print(made)


def console() -> Any:  # noqa: ANN401 - rich is imported late
    """A console on standard output; wide where nobody looks."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else WIDTH_OF_A_PIPE, highlight=False, markup=False, emoji=False)
