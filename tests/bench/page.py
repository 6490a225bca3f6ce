"""The pages of the manual that tell what a run has shown."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.agent import environments
from tests.agent.environments import Environment
from tests.bench import lanes
from tests.bench.dwdi import sheets as metered
from tests.bench.lanes import Extent, Results
from tests.bench.machine import machine
from tests.bench.sheets import Sheet

DOCS = Path(__file__).parents[2] / "docs/explanation"
TEMPLATES = Path(__file__).parent


def write(worlds: str, extent: Extent, results: Results, beside: Sequence[Sheet]) -> Path:
    """Write the page of the race between federations; returns where it is."""
    race = [lanes.ratios(results.costs), *lanes.costs(results.costs)]
    return _written(
        "benchmarks.md",
        "page.md",
        _of_the_run(worlds, "waldur", results, (environments.ours(), environments.incumbent())),
        limit=extent.limit,
        race=_markdown(race),
        faults=lanes.troubles(results).markdown(),
        others=_markdown(beside),
    )


def write_metered(worlds: str, extent: Extent, results: Results) -> Path:
    """Write the page of the race with a warehouse; returns where it is."""
    return _written(
        "benchmarks-of-the-warehouse.md",
        "dwdi/page.md",
        _of_the_run(worlds, "warehouse", results, [made() for made in metered.MADE]),
        limit=extent.limit,
        pinned=environments.PINNED,
        race=_markdown(metered.race(results)),
        odd=metered.oddities(results.fates).markdown(),
    )


def _written(name: str, template: str, run: Mapping[str, object], **tables: object) -> Path:
    text = (TEMPLATES / template).read_text(encoding="utf-8").format(**run, **tables)
    page = DOCS / name
    page.write_text(text, encoding="utf-8")
    return page


def _markdown(sheets: Sequence[Sheet]) -> str:
    return "\n".join(sheet.markdown() for sheet in sheets)


def _of_the_run(worlds: str, race: str, results: Results, agents: Sequence[Environment]) -> Mapping[str, object]:
    """When, where and with what it was run."""
    return {
        "command": f"python -m tests.bench --worlds {worlds} --race {race} --write",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "python": platform.python_version(),
        "agents": " · ".join(", ".join(_installed(agent)) for agent in agents),
        "side_by_side": lanes.SIDE_BY_SIDE,
        "busy": results.busy,
    }


def _installed(environment: Environment) -> list[str]:
    """What of Waldur is installed there."""
    said = subprocess.run(
        [environment.python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [f"{one['name']} {one['version']}" for one in json.loads(said.stdout) if one["name"].startswith("waldur")]
