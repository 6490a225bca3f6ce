"""The page of the manual that tells what a run has shown."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.agent import environments
from tests.agent.environments import Environment
from tests.bench import lanes
from tests.bench.lanes import Extent, Results
from tests.bench.sheets import Sheet

PAGE = Path(__file__).parents[2] / "docs/explanation/benchmarks.md"
TEMPLATE = Path(__file__).with_name("page.md")


def write(worlds: str, extent: Extent, results: Results, beside: Sequence[Sheet]) -> Path:
    """Write the page; returns where it is."""
    race = [lanes.ratios(results), *lanes.costs(results)]
    text = TEMPLATE.read_text(encoding="utf-8").format(
        command=f"python -m tests.bench --worlds {worlds} --write",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=_machine(),
        python=platform.python_version(),
        agents=_versions(),
        limit=extent.limit,
        side_by_side=lanes.SIDE_BY_SIDE,
        busy=results.busy,
        race="\n".join(sheet.markdown() for sheet in race),
        faults=lanes.troubles(results).markdown(),
        others="\n".join(sheet.markdown() for sheet in beside),
    )
    PAGE.write_text(text, encoding="utf-8")
    return PAGE


def _machine() -> str:
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = model.group(1) if model else platform.machine()
    return f"{os.cpu_count()} × {name}, {memory:.0f} GiB, {platform.system()} {platform.release().partition('-')[0]}"


def _versions() -> str:
    return " · ".join(
        ", ".join(_installed(environment)) for environment in (environments.ours(), environments.incumbent())
    )


def _installed(environment: Environment) -> list[str]:
    """What of Waldur is installed there."""
    said = subprocess.run(
        [environment.python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [f"{one['name']} {one['version']}" for one in json.loads(said.stdout) if one["name"].startswith("waldur")]
