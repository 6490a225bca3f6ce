"""A table of figures, for the terminal and for a page of the manual."""

from collections.abc import Sequence

import attrs
from rich.table import Table


@attrs.frozen
class Sheet:
    """A table.

    Attributes:
        words: how many of the first columns hold words; the others hold figures.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1

    def shown(self) -> Table:
        """For the terminal."""
        table = Table(title=self.title, title_justify="left")
        for number, name in enumerate(self.columns):
            table.add_column(name, justify="left" if number < self.words else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a page."""
        rules = ["---" if number < self.words else "--:" for number in range(len(self.columns))]
        lines = [self.columns, rules, *self.rows]
        return f"### {self.title}\n\n" + "".join(_line(cells) for cells in lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
