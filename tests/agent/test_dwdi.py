"""The official agent with our backends of the warehouse: its report and its loader of past months tell what our runner tells."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.agent.official import Agent
from tests.dwdi_examples import COMBINED, COMPUTE, NAMES, STORAGE, example, months, on_a, people_on_a, told, used_site

from federation_adapters.sandbox import Server
from federation_runner.container import Federation, close
from federation_runner.settings.load import load

PATIENCE = 120
PEOPLE = {("350.25", "anna")}


def shown(name, month):
    """What is told of *month* of the offerings in an example."""
    scale = 1 + months().index(month)
    wanted = {COMPUTE: ("g",), STORAGE: ("s",), COMBINED: ("g", "s")}[name]
    return {resource: amounts if resource[0] in wanted else {} for resource, amounts in told(scale).items()}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_tells_the_same_in_the_agent_and_in_our_runner(pinned, tmp_path, name):
    this = months()[1]
    ends = []
    for engine in ("agent", "runner"):
        site = used_site()
        site.sandbox.world.settings.invoice_days = 40
        with Server(site.sandbox) as a, Server(site.warehouse) as warehouse:
            config = tmp_path / f"{engine}.yaml"
            config.write_text(example(name, site, a.url, warehouse.url))
            if engine == "agent":
                agent = Agent(pinned, config, site, tmp_path)
                agent.cycle("report")
                assert agent.errors == []
            else:
                ours(config)
            ends.append((on_a(site, this), on_a(site, months()[0]), people_on_a(site)))
    assert ends[0] == ends[1]
    assert ends[0][0] == shown(name, this)


def ours(config: Path) -> None:
    for offering in load(config, {}).offerings:
        federation = Federation(settings=offering)
        assert not federation.sync_usage().run().is_trouble
        close(federation)


@pytest.mark.parametrize("more", [[], ["--skip-user-usage"]])
def test_the_agents_loader_runs_over_our_backends(pinned, tmp_path, more):
    site = used_site()
    month = months()[0]
    with Server(site.sandbox) as a, Server(site.warehouse) as warehouse:
        for name, of in ((COMPUTE, site.compute), (STORAGE, site.storage)):
            config = tmp_path / f"{name}.yaml"  # it names the cluster, which the loader does not show
            config.write_text(example(name, site, a.url, warehouse.url))
            loaded = subprocess.run(
                [
                    pinned.command("waldur_site_load_historical_usage"),
                    *("--config", config, "--offering-uuid", of.uuid, "--user-token", site.staff.token),
                    *("--start-date", f"{month}-01", "--end-date", f"{month}-28", "--no-staff-check", *more),
                ],
                env={**os.environ, "TZ": "UTC"},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            assert loaded.returncode == 0, loaded.stderr
    assert on_a(site, month) == shown(COMBINED, month)
    assert bool(people_on_a(site)) is not bool(more)
    assert not on_a(site, f"{datetime.now(UTC):%Y-%m}")["g001"]
