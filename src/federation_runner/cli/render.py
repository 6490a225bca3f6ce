"""Tables for people, JSON for programs.

What is copied, such as an id, an address or a token, always stands on one line of its own or unbroken in its column. No text that
is shown makes a line of its own, or steers the terminal, whoever chose it.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import click

from federation_core.domain.words import printable

WIDTH_OF_A_PIPE = 200
READABLE = 30
"""Characters of a column of sentences that can still be read; where there are fewer, rows become paragraphs."""

_GAP = 3


def emit_json(value: object) -> None:
    """Print one JSON object, keys in a stable order."""
    click.echo(json.dumps(value, indent=2, sort_keys=True))


def listing(title: str, texts: Iterable[str]) -> None:
    """Print sentences under a title, if there are any."""
    lines = [f"  {printable(text)}" for text in texts]
    if lines:
        click.echo("\n".join([printable(title), *lines, ""]))


def facts(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values under a title, each pair on a line that is never broken."""
    listing(title, _aligned(pairs))


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of at least one row; where it would be too narrow to read, a paragraph for each row."""
    from rich.cells import cell_len

    title, rows = printable(title), [tuple(map(printable, row)) for row in rows]
    width = _width()
    columns = list(zip(*rows, strict=True))
    widths = [max(map(cell_len, (name, *cells))) for name, cells in zip(head, columns, strict=True)]
    prose = [any(" " in cell for cell in cells) for cells in columns]
    least = [min(wide, READABLE) if is_prose else wide for wide, is_prose in zip(widths, prose, strict=True)]
    if sum(least) + _GAP * len(least) > width:
        click.echo(f"{title}\n")
        for row in rows:
            click.echo("\n".join([*_aligned(list(zip(head, row, strict=True))), ""]))
        return
    _grid(title, head, rows, prose, width)


def problems_in(told: Mapping[str, "HasProblems"]) -> tuple[str, ...]:
    """The problems of several tasks, without repeats: they often share what could not be read."""
    return tuple(dict.fromkeys(text for one in told.values() for text in one.problems))


class HasProblems(Protocol):
    """A plan or a report."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read."""


def _grid(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], prose: Sequence[bool], width: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, is_prose in zip(head, prose, strict=True):
        made.add_column(name, overflow="fold", no_wrap=not is_prose)
    for row in rows:
        made.add_row(*map(Text, row))
    console = Console(width=width, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(made)
    click.echo("\n".join(line.rstrip() for line in captured.get().split("\n")), nl=False)


def _aligned(pairs: Sequence[tuple[str, str]]) -> list[str]:
    wide = max((len(name) for name, _ in pairs), default=0)
    return [f"{name:<{wide}}  {value}" for name, value in pairs]


def _width() -> int:
    """Columns of the terminal; plenty where nobody looks."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH_OF_A_PIPE
