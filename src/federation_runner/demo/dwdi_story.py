"""The warehouse's story: usage of accounts and paths told on a Waldur, and what happens when the warehouse is not to be trusted."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
from dependency_injector import providers

from federation_adapters.sandbox import Hours, Level, Server, Site, seed_site
from federation_adapters.sandbox.troubles import replaced
from federation_core.application.outcome import CycleReport
from federation_core.domain.months import Month
from federation_runner.container import Federation, close, traffic
from federation_runner.demo.narrator import Narrator
from federation_runner.sandbox_site import configuration
from federation_runner.settings.load import load


@attrs.frozen
class Stage:
    """A metered site, and the engine for both of its offerings."""

    site: Site
    compute: Federation
    storage: Federation
    stop: threading.Event
    month: Month

    def report(self) -> Mapping[str, CycleReport]:
        """Have both offerings reported.

        Raises:
            KeyboardInterrupt: the story is to end.
        """
        if self.stop.is_set():
            raise KeyboardInterrupt
        return {name: of.sync_usage().run() for name, of in (("compute", self.compute), ("storage", self.storage))}

    def told(self) -> dict[str, dict[str, str]]:
        """What A has of the present month, by resource."""
        world = self.site.sandbox.world
        return {
            resource.name: {row.component.type: f"{row.usage.normalize():f}" for row in world.usages_of(resource)}
            for resource in (*self.site.accounts, *self.site.paths)
        }


def tell(narrator: Narrator, stop: threading.Event) -> dict[str, Any]:
    """Play the story; the result is the summary with ``ok`` and the names of the checks that failed.

    Raises:
        KeyboardInterrupt: *stop* was set.
    """
    with _set_up(narrator, stop) as stage:
        failed = [
            *_first_report(stage, narrator),
            *_nothing_new(stage, narrator),
            *_distrust(stage, narrator),
            *_correction(stage, narrator),
        ]
        spent = [traffic(stage.compute), traffic(stage.storage)]
        requests = {side: sum(one[side] for one in spent) for side in ("a", "b")}
        return {"ok": not failed, "failed": failed, "usage_on_a": stage.told(), "requests": requests}


@contextmanager
def _set_up(narrator: Narrator, stop: threading.Event) -> Iterator[Stage]:
    site = seed_site()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="waldur-federation-")))
        a = stack.enter_context(Server(site.sandbox))
        warehouse = stack.enter_context(Server(site.warehouse))
        config = folder / "config.yaml"
        config.write_text(configuration(site, a.url, warehouse.url, {"max_retries": 0}), encoding="utf-8")
        compute, storage = (Federation(settings=offering) for offering in load(config, os.environ).offerings)
        for federation in (compute, storage):
            federation.journal.override(providers.Object(narrator))
            stack.callback(close, federation)
        yield Stage(site, compute, storage, stop, Month.of(datetime.now(UTC), UTC))


def _wrong(checks: dict[str, bool]) -> list[str]:
    return [name for name, held in checks.items() if not held]


def _first_report(stage: Stage, narrator: Narrator) -> list[str]:
    narrator.chapter("1. The warehouse knows 812.5 node hours of account g001, and 48 TB below one path.")
    warehouse, day = stage.site.warehouse, f"{stage.month}-01"
    warehouse.hours += [
        Hours("g001", "alps", day, 600, 76_800, "mkeller"),
        Hours("g001", "alps", day, 212.5, 27_200, "tbianchi"),
    ]
    path = stage.site.paths[0].backend_id
    warehouse.levels.append(Level("capstor", "store", path, str(stage.month), 48_318_382_080_123, 9_120_443))
    stage.report()
    told = stage.told()
    return _wrong(
        {
            "hours as the warehouse has them": told["g001"] == {"nodeHours": "812.5", "cpuHours": "104000"},
            "bytes are gigabytes": told["store-g001"] == {"storage_space": "48318.38", "storage_inodes": "9120443"},
            "nothing is told of what is not shown": not told["g002"],
        }
    )


def _nothing_new(stage: Stage, narrator: Narrator) -> list[str]:
    narrator.chapter("2. Nothing has changed: nothing is written.")
    reports = stage.report()
    return _wrong({"an unchanged report writes nothing": not any(one.outcomes for one in reports.values())})


def _distrust(stage: Stage, narrator: Narrator) -> list[str]:
    narrator.chapter(
        "3. The warehouse loses its mind: an error object, an empty list, and a token that has been revoked."
    )
    before = stage.told()
    warehouse = stage.site.warehouse
    lost = []
    for body in ('{"error": "try later"}', '{"compute": [], "storage": []}'):
        warehouse.troubles = [replaced(200, body)] * 4
        for report in stage.report().values():
            lost += [*report.problems, *report.notes]
    for line in dict.fromkeys(lost):
        narrator.tell(line)
    warehouse.revoke()
    after_revocation = stage.report()
    return _wrong(
        {
            "no zero is told that was not read": stage.told() == before,
            "every trouble is told": bool(lost),
            "a revoked token costs a new one": not any(one.is_trouble for one in after_revocation.values()),
        }
    )


def _correction(stage: Stage, narrator: Narrator) -> list[str]:
    narrator.chapter("4. The warehouse takes 100 node hours of mkeller back.")
    first, *others = stage.site.warehouse.hours
    stage.site.warehouse.hours[:] = [attrs.evolve(first, node_hours=500), *others]
    stage.report()
    hours = stage.told()["g001"]["nodeHours"]
    narrator.tell(f"On A these are {hours} node hours now.")
    return _wrong({"a correction is taken over": hours == "712.5"})
