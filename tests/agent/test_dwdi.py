"""The official agent with our backends of the warehouse: its report and its loader of past months tell what our runner tells."""

from pathlib import Path

import pytest
from tests.agent.official import LOADS, Agent, load
from tests.dwdi_examples import COMBINED, COMPUTE, NAMES, STORAGE, example, months, on_a, people_on_a, told, used_site

from federation_adapters.sandbox import Hours, Level, Server
from federation_runner.container import Federation, close
from federation_runner.settings import load as settings


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
    for offering in settings.load(config, {}).offerings:
        federation = Federation(settings=offering)
        assert not federation.sync_usage().run().is_trouble
        close(federation)


YEAR = tuple(f"2024-{month:02}" for month in range(1, 13))


@pytest.mark.parametrize(("start", "end", "more"), LOADS)
def test_the_documented_commands_of_the_loader_run_over_our_backends(pinned, tmp_path, start, end, more):
    site = used_site()
    for number, month in enumerate(YEAR, 1):
        site.warehouse.hours += [
            Hours("g001", "alps", f"{month}-05", number + 0.25, 100, "anna"),
            Hours(
                "g001", "daint", f"{month}-05", 1000, 1000, "anna"
            ),  # the settings name the cluster, the loader does not
        ]
        site.warehouse.levels.append(Level("capstor", "store", "/capstor/store/g002", month, number * 10**9, number))
    with Server(site.sandbox) as a, Server(site.warehouse) as warehouse:
        for name, of in ((COMPUTE, site.compute), (STORAGE, site.storage)):
            config = tmp_path / f"{name}.yaml"
            config.write_text(example(name, site, a.url, warehouse.url))
            load(pinned, config, of, site.staff, start, end, *more)
    for number, month in enumerate(YEAR, 1):
        told = on_a(site, month)
        is_asked = start <= f"{month}-01" <= end
        assert told["g001"] == ({"nodeHours": f"{number}.25", "cpuHours": "100.00"} if is_asked else {})
        assert told["store-g002"] == (
            {"storage_space": f"{number}.00", "storage_inodes": f"{number}.00"} if is_asked else {}
        )
        assert told["g002"] == told["store-g001"] == {}, "what is not shown is no zero"
    hours = {amount for name, amount in people_on_a(site) if name == "anna"}
    assert hours == (set() if more else {*(f"{number}.25" for number in range(1, 13)), "100.00"})
