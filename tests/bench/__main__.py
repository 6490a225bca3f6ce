"""`make bench`: races with the official agent, cycles and events beside the theoretical minimum, and the storage proxy."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from tests.bench import lanes, page, storage, theory
from tests.bench.dwdi import sheets as metered
from tests.bench.lanes import Results
from tests.bench.sheets import Sheet

FEDERATIONS = {"quick": (lanes.QUICK, theory.FEW), "all": (lanes.ALL, theory.ALL)}
WAREHOUSES = {"quick": metered.QUICK, "all": metered.ALL}
STORAGE = "storage-proxy"
RACES = ("waldur", "warehouse", STORAGE)


def main() -> None:
    """Run what is asked for; show all tables, each as soon as it is known, and write the pages if asked to."""
    asked = _asked()
    console = Console(width=140)
    for race in asked.race or RACES:
        if race == STORAGE:
            storage.main(["--write"] if asked.write else [])
            continue
        written = (_federations if race == "waldur" else _warehouses)(asked, console)
        if written is not None:
            console.print(f"written: {written}")


def _federations(asked: argparse.Namespace, console: Console) -> Path | None:
    extent, resources = FEDERATIONS[asked.worlds]
    results = lanes.raced(extent)
    _show(console, [lanes.ratios(results.costs), *lanes.costs(results.costs), lanes.troubles(results)])
    _show_busy(console, results)
    beside = _show(console, theory.sheets(resources))
    return page.write(asked.worlds, extent, results, beside) if asked.write else None


def _warehouses(asked: argparse.Namespace, console: Console) -> Path | None:
    extent = WAREHOUSES[asked.worlds]
    results = metered.raced(extent)
    _show(console, [*metered.race(results), metered.oddities(results.fates)])
    _show_busy(console, results)
    return page.write_metered(asked.worlds, extent, results) if asked.write else None


def _show(console: Console, sheets: Iterable[Sheet]) -> list[Sheet]:
    found = []
    for sheet in sheets:
        console.print(sheet.shown())
        found.append(sheet)
    return found


def _show_busy(console: Console, results: Results) -> None:
    console.print(f"the processors were at work for {results.busy:.0%} of the time")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--worlds", choices=FEDERATIONS, default="quick", help="how much is raced")
    parser.add_argument("--race", choices=RACES, action="append", help="what is raced; all unless told otherwise")
    parser.add_argument("--write", action="store_true", help="write the pages of docs/explanation")
    return parser.parse_args()


if __name__ == "__main__":
    main()
