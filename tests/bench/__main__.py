"""`make bench`: a race with the official agent, and what cycles and events cost beside the theoretical minimum."""

import argparse
from collections.abc import Iterator

from rich.console import Console
from tests.bench import lanes, page, theory
from tests.bench.sheets import Sheet

EXTENTS = {"quick": (lanes.QUICK, theory.FEW), "all": (lanes.ALL, theory.ALL)}


def main() -> None:
    """Show all tables, each as soon as it is known, and write the page if asked to."""
    asked = _asked()
    extent, resources = EXTENTS[asked.worlds]
    console = Console(width=140)

    def shown(sheets: Iterator[Sheet]) -> list[Sheet]:
        found = []
        for sheet in sheets:
            console.print(sheet.shown())
            found.append(sheet)
        return found

    results = lanes.raced(extent)
    shown(iter([lanes.ratios(results), *lanes.costs(results), lanes.troubles(results)]))
    console.print(f"the processors were at work for {results.busy:.0%} of the time")
    beside = shown(theory.sheets(resources))
    if asked.write:
        console.print(f"written: {page.write(asked.worlds, extent, results, beside)}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--worlds", choices=EXTENTS, default="quick", help="how much is raced")
    parser.add_argument("--write", action="store_true", help="write docs/explanation/benchmarks.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
