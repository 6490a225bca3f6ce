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

HEAD = """# Benchmarks

What federating costs: our runner beside the official agent (`waldur-site-agent`), with our plug-in and with its own
(`waldur-site-agent-waldur`), in equal worlds and in one run; and our cycles beside the least that any program could ask. This page is written by a
run, and by nothing else:

```text
{command}
```

| | |
| --- | --- |
| date | {date} |
| machine | {machine} |
| Python | {python} |
| official agent | {agents} |

## How to read it

Two sandbox Waldurs are served on loopback, and every request waits for 20 or 100 ms before it is looked at, as it would on a way through the
internet. Who federates is a process as a user starts it, with one file of settings that all know. The stages of a world, two resources to a project:

- **create**: A's users have ordered every resource; afterwards all of them are ordered on B, and linked.
- **complete**: B's provider has finished; afterwards every order of A is done.
- **membership**: five people to a project. Unchanged: nobody comes or goes. Changed: in one project for every ten resources, one leaves and one joins.
- **report**: totals of two months, and shares of five people in each. Unchanged: A knows all of it. Changed: one resource in ten has used more.

The columns:

- **to A**, **to B**: requests. **writes**: those of them that were accepted and change something, to either side.
- **start-up s**: from the start of the process to its first request, once in the life of a service. **seconds**: the cycle itself, from its first
  request to the end of its last one; read at the sandboxes' doors, so it is the same measure for all.
- **peak MiB**: most memory that the process held. **right**: how many resources, orders or projects were as they should be afterwards.
- **× fewer**, **× faster**, **× less**: what the official agent with its own plug-in took, divided by what our runner took.

A stage that is not over after {limit:.0f} s is stopped, and shown as `> {limit:.0f}, stopped`; its requests are those until then, and nothing is
extrapolated. A stopped stage is brought to its end by our runner, without latency and unmeasured, before the next one. Before `membership` and
`report` our runner has made both sides equal, in all worlds alike.

Up to {side_by_side} worlds ran side by side, each with sandboxes in a process of its own, and those of the faults beside them: what they do most of
the time is wait for the latency. All processors together were at work for {busy:.0%} of the time, other programs of the machine included. So where a
cycle computes rather than waits, its seconds are those of a shared machine; start-up is such work, and is longer than on a machine of one's own.
Requests, writes and memory do not depend on that.

## What is not compared

- The official agent does work of its own in each cycle, with any plug-in: it registers itself, and asks A for keys, teams, plans and last
  figures of one resource after another. With our plug-in it is that work which is left; what goes to B is read in lists.
- In `report` the official agent sends people's shares again where nothing has changed; in `membership` it tells the state of every resource again.
  With either plug-in those are the writes of unchanged cycles.
- The official plug-in takes what usage is worth for what limits are worth, and changes limits of A by it. `limit_sync_direction` is `disabled` for all.
- It compares people's names on B with their account names on A, and would add everybody and remove them again where those differ. Here they are the same.
- It reads the usage of one resource after another, so no list of a month has a second page, and a fault on one cannot meet it.

## The race

"""

FAULTS = """## Faults

One fault in one cycle. **survived**: after at most two more undisturbed cycles both worlds are as they are for the same program without the fault,
nothing doubled and nothing lost, and the program told no traceback. **worlds differ**: they are not. **traceback**: it told one. The cycles follow
each other in a second or two; our program and our plug-in therefore have a short `create_settle_seconds`.

"""

BESIDE = """## Beside the theoretical minimum

The minimum is what any program would have to ask: every list once, in pages of 300 rows, and one request for each change.

"""


def write(worlds: str, extent: Extent, results: Results, beside: Sequence[Sheet]) -> Path:
    """Write the page; returns where it is."""
    head = HEAD.format(
        command=f"python -m tests.bench --worlds {worlds} --write",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=_machine(),
        python=platform.python_version(),
        agents=_versions(),
        limit=extent.limit,
        side_by_side=lanes.SIDE_BY_SIDE,
        busy=results.busy,
    )
    race = "\n".join(sheet.markdown() for sheet in [lanes.ratios(results), *lanes.costs(results)])
    faults = lanes.troubles(results).markdown()
    others = "\n".join(sheet.markdown() for sheet in beside)
    PAGE.write_text(f"{head}{race}\n{FAULTS}{faults}\n{BESIDE}{others}", encoding="utf-8")
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
