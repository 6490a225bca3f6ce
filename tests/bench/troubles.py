"""Twenty faults, one in a cycle each: after at most two more cycles both worlds are as they would be without it, or not.

Run as a program (`python -m tests.bench.troubles runner`) it tells what became of each as JSON.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import attrs
from tests.bench.contestants import CONTESTANTS, PATIENT, QUIET, RUNNER, Contestant, Spent, cycle
from tests.bench.worlds import KNOWN_TO_ALL, OURS, RaceWorld, race_world

from federation_adapters.sandbox import Fault

CREATE, COMPLETE, MEMBERSHIP, REPORT = "create", "complete", "membership", "report"
MODES = {CREATE: "order_process", COMPLETE: "order_process", MEMBERSHIP: "membership_sync", REPORT: "report"}
FEW, PAGES = 3, 62
"""Resources in a world; and in one where a month's shares fill more than one page."""
CYCLES = 3
PAUSE = 1.1
"""Seconds between two cycles: an order that was perhaps posted is not posted again in the second it was approved in."""
LIMIT = 60.0
NEW_ORDER = r"/marketplace-orders/$"


@attrs.frozen
class Trouble:
    """One fault.

    Attributes:
        side: at whose door it waits.
        size: how many resources the world has.
    """

    name: str
    stage: str
    side: str
    fault: Fault
    size: int = FEW


def _trouble(name: str, stage: str, side: str, path: str, size: int = FEW, **fault: Any) -> Trouble:
    return Trouble(name, stage, side, Fault(path=path, **fault), size)


def _status(status: int, **more: Any) -> dict[str, Any]:
    return {"kind": "status", "status": status, **more}


POST: dict[str, Any] = {"method": "POST"}
GET: dict[str, Any] = {"method": "GET"}
LATE: dict[str, Any] = {"after_commit": True}
TROUBLES = (
    _trouble("B's new order: reset before the commit", CREATE, "b", NEW_ORDER, **POST, kind="reset"),
    _trouble("B's new order: reply lost after the commit", CREATE, "b", NEW_ORDER, **POST, kind="lost"),
    _trouble("B's new order: 500", CREATE, "b", NEW_ORDER, **POST, **_status(500)),
    _trouble("B's new order: 503 after the commit", CREATE, "b", NEW_ORDER, **POST, **_status(503), **LATE),
    _trouble("B's new order: 429, Retry-After 1", CREATE, "b", NEW_ORDER, **POST, **_status(429, retry_after=1)),
    _trouble("B's new order: 3 s late", CREATE, "b", NEW_ORDER, **POST, kind="slow", seconds=3.0),
    _trouble("B's new project: 502 after the commit", CREATE, "b", r"/projects/$", **POST, **_status(502), **LATE),
    _trouble("A's approval: reply lost after the commit", CREATE, "a", "approve_by_provider", **POST, kind="lost"),
    _trouble("A's link to B's order: 500", CREATE, "a", r"orders/.*/set_backend_id", **POST, **_status(500)),
    _trouble("A's orders: a page instead of JSON", CREATE, "a", r"/marketplace-orders/\?", **GET, kind="html"),
    _trouble("A's order done: reply lost after the commit", COMPLETE, "a", "set_state_done", **POST, kind="lost"),
    _trouble("A's order done: 504", COMPLETE, "a", "set_state_done", **POST, **_status(504)),
    _trouble("B's orders: body cut off", COMPLETE, "b", "/marketplace-orders/", **GET, kind="truncated"),
    _trouble("B's resources: 502", COMPLETE, "b", "/marketplace-resources/", **GET, **_status(502)),
    _trouble("a grant on B: reply lost after the commit", MEMBERSHIP, "b", "/add_user/", **POST, kind="lost"),
    _trouble("a removal on B: reset before the commit", MEMBERSHIP, "b", "/delete_user/", **POST, kind="reset"),
    _trouble("B's people: a page instead of JSON", MEMBERSHIP, "b", r"/users/\?", **GET, kind="html"),
    _trouble("B's usage: body cut off", REPORT, "b", r"component-usages/\?", **GET, kind="truncated"),
    _trouble("A's usage: 504 after the commit", REPORT, "a", "/set_usage/", **POST, **_status(504), **LATE),
    _trouble("B's pages: displaced by a row", REPORT, "b", r"page=[2-9]", PAGES, **GET, kind="page_shift"),
)


@attrs.frozen
class Fate:
    """What became of one fault with one contestant.

    Attributes:
        met: whether the contestant made the call that the fault waited for.
        right: whether both worlds are as they would be without it.
        traceback: whether the program told one.
    """

    name: str
    trouble: str
    met: bool
    right: bool
    traceback: bool

    @property
    def survived(self) -> bool:
        """The worlds are right, and there was no traceback."""
        return self.right and not self.traceback


def fates(contestant: Contestant, troubles: Iterable[Trouble] = TROUBLES) -> Iterator[Fate]:
    """What becomes of each fault."""
    undisturbed: dict[tuple[str, int], object] = {}
    for trouble in troubles:
        key = trouble.stage, trouble.size
        if key not in undisturbed:
            with _staged(trouble) as (world, folder):
                for _ in range(CYCLES):
                    _cycle(contestant, trouble, world, folder, QUIET)
                undisturbed[key] = facts(world)
        with _staged(trouble) as (world, folder):
            yield _fate(contestant, trouble, world, folder, undisturbed[key])


def _fate(contestant: Contestant, trouble: Trouble, world: RaceWorld, folder: Path, wanted: object) -> Fate:
    faults = getattr(world.p.pair, trouble.side).sandbox.faults
    faults.add(trouble.fault)
    logs = [_cycle(contestant, trouble, world, folder, PATIENT).log]
    met = not faults.pending
    faults.clear()
    for number in range(1, CYCLES):
        if number > 1 and facts(world) == wanted:
            break
        time.sleep(PAUSE)
        logs.append(_cycle(contestant, trouble, world, folder, QUIET).log)
    traceback = any("Traceback (most recent call last)" in log.text for log in logs)
    return Fate(contestant.name, trouble.name, met, facts(world) == wanted, traceback)


def _cycle(contestant: Contestant, trouble: Trouble, world: RaceWorld, folder: Path, quiet: float) -> Spent:
    config = folder / (OURS if contestant.accepts_ours else KNOWN_TO_ALL)
    return cycle(contestant, MODES[trouble.stage], world.sandboxes, config, limit=LIMIT, quiet=quiet)


@contextmanager
def _staged(trouble: Trouble) -> Iterator[tuple[RaceWorld, Path]]:
    """A world in which the stage has something to do; our runner has brought it there."""
    with TemporaryDirectory() as name, race_world(trouble.size, Path(name)) as world:
        if trouble.stage != CREATE:
            _run(world, Path(name), "order_process")
            world.p.b_finishes()
        if trouble.stage in {MEMBERSHIP, REPORT}:
            _run(world, Path(name), *MODES.values())
            world.furnish()
            _run(world, Path(name), *MODES.values())
            world.change_people() if trouble.stage == MEMBERSHIP else world.change_usage()
        yield world, Path(name)


def _run(world: RaceWorld, folder: Path, *modes: str) -> None:
    for mode in dict.fromkeys(modes):
        cycle(RUNNER, mode, world.sandboxes, folder / OURS, limit=LIMIT)


def facts(world: RaceWorld) -> object:
    """What stands on both sides, without what differs from run to run."""
    a, b = world.p.a, world.p.b
    names = {UUID(resource.uuid).hex: resource.name for resource in b.resources}
    return {
        "A's orders": sorted((order.type, order.resource.name, order.state) for order in a.orders),
        "A's resources": sorted(
            (one.name, one.state, names.get(one.backend_id.replace("-", ""))) for one in a.resources
        ),
        "A's usage": sorted(row for one in a.resources for row in _used(a, one)),
        "B's orders": sorted((order.type, order.resource.name, order.state) for order in b.orders),
        "B's resources": sorted((one.name, one.state, sorted(one.limits.items())) for one in b.resources),
        "B's projects": sorted(room.backend_id for room in b.projects),
        "B's people": sorted(
            (room.backend_id, grant.user.username, grant.role.name)
            for room in b.projects
            for grant in b.grants_on(room)
        ),
    }


def _used(world: Any, resource: Any) -> Iterator[tuple[str, ...]]:
    for row in world.usages_of(resource):
        yield resource.name, "", row.component.type, str(row.billing_period), str(row.usage)
    for share in world.user_usages_of(resource):
        yield resource.name, share.username, str(share.usage)


def main(name: str) -> None:
    """Tell what became of each fault, a line of JSON each."""
    for fate in fates(CONTESTANTS[name]):
        print(json.dumps(attrs.asdict(fate)), flush=True)  # noqa: T201 -- that is how it answers


if __name__ == "__main__":
    main(*sys.argv[1:])
