"""What a cycle over all modes costs in a world in which nothing has changed: it is listed, and not written.

The world: resources over a fifth as many projects, half as many people with a role in each of two projects, three components that
pass through, two months of totals, and shares of two people in each total. Both sides are equal from the start.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import attrs
from tests.scenario.harness import Play, play

COMPONENTS = ("cpu", "gpu", "storage")
ROWS_PER_PAGE = 300
SHARES_PER_TOTAL = 2
MONTHS = 2
MEMBER = "PROJECT.MEMBER"
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
"""Runs a command in a small process of its own: a child starts with the peak of whoever forked it."""


@attrs.frozen
class SteadyCost:
    """What one cycle over all modes cost.

    Attributes:
        shares: people's shares of usage on each side, which dominate the pages.
        peak_mb: most memory the process that ran the cycle held, in MiB.
        minimum: the pages of every list that has to be read once, on both sides.
    """

    resources: int
    requests_a: int
    requests_b: int
    writes: int
    shares: int
    seconds: float
    peak_mb: float
    minimum: int

    @property
    def requests(self) -> int:
        """To both sides."""
        return self.requests_a + self.requests_b


def all_modes(content: dict[str, Any]) -> None:
    """Ask for every mode, with components that pass through, and people matched by user name."""
    (offering,) = content["offerings"]
    offering["backend_components"] = {
        name: {"measured_unit": "Hours", "accounting_type": "limit", "label": name} for name in COMPONENTS
    }
    offering["backend_settings"].update(user_resolve_method="user_field", user_match_field="username")


@contextmanager
def steady(resources: int, *, latency: float = 0.0, served: bool = False) -> Iterator[Play]:
    """A world of *resources* that is equal on both sides."""
    with play(
        served=served,
        document=all_modes,
        a_components=COMPONENTS,
        b_components=COMPONENTS,
        extra={"request_timeout": 60},
    ) as p:
        people = [_person(p, number) for number in range(resources // 2)]
        projects = [_project(p, number, people) for number in range(max(1, resources // 5))]
        for number in range(resources):
            _resource(p, number, projects[number % len(projects)])
        p.pair.a.sandbox.latency = p.pair.b.sandbox.latency = latency
        yield p


def _person(p: Play, number: int) -> tuple[Any, Any]:
    name = f"person{number}"
    return p.a.add_user(name, email=f"{name}@example.org"), p.b.add_user(name, email=f"{name}@example.org")


def _project(p: Play, number: int, people: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    a, b = p.pair.a, p.pair.b
    project = p.a.add_project(a.consumer, f"Project {number}", description="Snow")
    key = f"{UUID(a.consumer.uuid)}_{UUID(project.uuid)}"
    mirror = p.b.add_project(b.customer, project.name, description="Snow", backend_id=key)
    for on_a, on_b in people[number * 5 % max(1, len(people)) :][:5]:
        p.a.grant(on_a, MEMBER, project, created_by=a.orderer)
        p.b.grant(on_b, MEMBER, mirror, created_by=b.consumer_user)
    return project, mirror


def _resource(p: Play, number: int, home: tuple[Any, Any]) -> None:
    a, b = p.pair.a, p.pair.b
    limits = dict.fromkeys(COMPONENTS, 100)
    last_month = datetime.now(UTC).replace(day=1) - timedelta(days=10)
    made = p.a.add_resource(a.offering, home[0], limits=limits)
    marks = {
        "name": f"r{number}",
        "waldur_federation_resource": UUID(made.uuid).hex,
        "waldur_federation_offering": UUID(a.offering.uuid).hex,
    }
    hosted = p.b.add_resource(b.offering, home[1], limits=limits, attributes=marks)
    p.a.edit(made, backend_id=str(UUID(hosted.uuid)))
    users = {name: {f"person{number % 7}": 5, f"person{number % 7 + 7}": 4} for name in COMPONENTS}
    for world, resource in ((p.a, made), (p.b, hosted)):
        for moment in (None, last_month):
            world.report_usage(resource, dict.fromkeys(COMPONENTS, 10), date=moment, users=users)


def minimum_of(resources: int) -> int:
    """The least that any program could ask: every list once, in full pages, on both sides.

    Per side: resources, totals and shares of each month, people's roles, projects, and one look at offering and rights each.
    """
    totals, shares = resources * len(COMPONENTS), resources * len(COMPONENTS) * SHARES_PER_TOTAL
    projects = max(1, resources // 5)
    lists = [resources, *[totals, shares] * MONTHS, projects * 5, projects]
    return 2 * (sum(max(1, -(-rows // ROWS_PER_PAGE)) for rows in lists) + 2)


def one_cycle(resources: int, *, latency: float) -> SteadyCost:
    """Run `run --once` as a process of its own on a served world, and measure it."""
    with TemporaryDirectory() as folder, steady(resources, latency=latency, served=True) as p:
        path = Path(folder, "federation.yaml")
        path.write_text(p.config, encoding="utf-8")
        a, b = p.pair.a.sandbox.requests, p.pair.b.sandbox.requests
        before_a, before_b, writes = a.total, b.total, p.writes()
        command = [sys.executable, "-m", "federation_runner", "run", "--once", "--json", "-c", str(path)]
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
        told, _, peak = done.stdout.rpartition("peak ")
        if done.returncode != 0:
            raise RuntimeError(told[:2000] + done.stderr[-2000:])
        return SteadyCost(
            resources=resources,
            requests_a=a.total - before_a,
            requests_b=b.total - before_b,
            writes=p.writes() - writes,
            shares=resources * len(COMPONENTS) * SHARES_PER_TOTAL * MONTHS,
            seconds=seconds,
            peak_mb=int(peak) / 1024,
            minimum=minimum_of(resources),
        )
