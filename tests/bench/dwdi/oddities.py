"""Odd answers of a warehouse, one in a cycle each, and what A is told then.

Run as a program (`python -m tests.bench.dwdi.oddities runner`) it tells what became of each as JSON.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
from tests.bench.contestants import Contestant, cycle
from tests.bench.dwdi.race import CONTESTANTS, QUIET
from tests.bench.dwdi.world import Figure, MeteredWorld, metered_world

from federation_adapters.sandbox.troubles import changed, replaced

SIZE, LIMIT, MANY = 3, 120.0, 1_000
Body = dict[str, list[dict[str, Any]]]


def _rows(change: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> Callable[[Body], Body]:
    return lambda body: {key: [new for row in rows for new in change(row)] for key, rows in body.items()}


def _split(row: dict[str, Any]) -> list[dict[str, Any]]:
    if "account" not in row:
        return [row]
    return [
        {name: value * part if name.startswith("total") else value for name, value in row.items()}
        for part in (0.25, 0.75)
    ]


def _without(*fields: str) -> Callable[[Body], Body]:
    return _rows(lambda row: [{name: value for name, value in row.items() if name not in fields}])


def _negative(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: -value if name in {"totalNodeHours", "spaceUsed"} else value for name, value in row.items()}]


ODDITIES: dict[str, tuple[Any, int]] = {
    "500 instead of every answer": (replaced(500, "Internal Server Error", "text/html"), MANY),
    "an error object with status 200": (replaced(200, '{"error": "try later"}'), MANY),
    "an empty list of what was asked for": (changed(lambda body: {key: [] for key in body}), MANY),
    "a body cut off": (replaced(200, '{"compute": [{"account": "g0'), MANY),
    "figures under another name": (changed(_without("totalNodeHours", "totalCpuHours", "spaceUsed")), MANY),
    "negative figures": (changed(_rows(_negative)), MANY),
    "a part, with a token for the rest": (
        changed(lambda body: {**{key: rows[:0] for key, rows in body.items()}, "nextPageToken": "abc"}),
        MANY,
    ),
    "accounts in two rows, a quarter and the rest": (changed(_rows(_split)), MANY),
    "503 once": (replaced(503, ""), 1),
    "401 once: a token revoked": (replaced(401, '{"detail": "Invalid token"}'), 1),
}


@attrs.frozen
class Fate:
    """What A shows after one odd answer, of the figures that everybody tells who is answered rightly.

    Attributes:
        right: how many are the warehouse's.
        kept: how many are still those of before.
        zero: how many were told as zero.
        wrong: how many are anything else.
    """

    name: str
    trouble: str
    right: int
    kept: int
    zero: int
    wrong: int


def fates(contestant: Contestant) -> Iterator[Fate]:
    """What became of each."""
    for name, (trouble, times) in ODDITIES.items():
        with TemporaryDirectory() as folder, metered_world(SIZE, Path(folder)) as world:
            cycle(CONTESTANTS["runner"], "report", world.watched, world.config, limit=LIMIT, quiet=QUIET)
            before = world.told()
            world.use(SIZE)
            world.site.warehouse.troubles = [trouble] * times
            cycle(contestant, "report", world.watched, world.config, limit=LIMIT, quiet=QUIET)
            yield _fate(contestant.name, name, world, before)


def _fate(name: str, trouble: str, world: MeteredWorld, before: dict[Figure, Decimal]) -> Fate:
    told, kinds = world.told(), Counter[str]()
    for key, amount in world.truth().items():
        if key[1] in {"nodeHours", "storage_space"}:  # what the official plug-in tells too
            kinds[_kind(told[key], amount, before[key])] += 1
    return Fate(name, trouble, kinds["right"], kinds["kept"], kinds["zero"], kinds["wrong"])


def _kind(told: Decimal, true: Decimal, before: Decimal) -> str:
    if told == true:
        return "right"
    if told == before:
        return "kept"
    return "wrong" if told else "zero"


def main(name: str) -> None:
    """Tell what became of each odd answer, a line of JSON each."""
    for fate in fates(CONTESTANTS[name]):
        print(json.dumps(attrs.asdict(fate)), flush=True)  # noqa: T201 -- that is how it answers


if __name__ == "__main__":
    main(*sys.argv[1:])
