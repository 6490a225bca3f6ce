"""What a cycle of the official agent costs with our plug-in and with its own, in the same world, in one run.

The world: resources, two to a project, and five people with an account in each project; totals of two months, and shares of the
people in them. It is settled by one cycle of each plug-in before anything is counted, so nothing is left to be written on B.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import attrs
from tests.agent import environments
from tests.agent.environments import Environment
from tests.agent.official import QUIET, Agent
from tests.scenario.harness import Play, play

RESOURCES, EACH = 200, 5
MEMBER = "PROJECT.MEMBER"
CYCLES = ("membership_sync", "report")


@attrs.frozen
class AgentCost:
    """What one cycle cost.

    Attributes:
        writes: to B.
        seconds: of the process, its start included.
    """

    plugin: str
    cycle: str
    requests_a: int
    requests_b: int
    writes: int
    seconds: float


def race(resources: int = RESOURCES) -> list[AgentCost]:
    """The costs of both, cycle by cycle: ours first."""
    found: list[AgentCost] = []
    for plugin, environment in {"ours": environments.ours(), "its own": environments.incumbent()}.items():
        with _staged(resources) as p, TemporaryDirectory() as folder:
            found += _costs(plugin, environment, p, Path(folder))
    return sorted(found, key=lambda cost: CYCLES.index(cost.cycle))


def _costs(plugin: str, environment: Environment, p: Play, folder: Path) -> Iterator[AgentCost]:
    config = folder / "config.yaml"
    config.write_text(p.config)
    agent = Agent(environment, config, p.pair, folder)
    for cycle in CYCLES:
        agent.cycle(cycle)
        before, writes, begun = _requests(p), len(p.b_writes()), time.monotonic()
        agent.cycle(cycle)
        a, b = (now - then for now, then in zip(_requests(p), before, strict=True))
        yield AgentCost(plugin, cycle, a, b, len(p.b_writes()) - writes, time.monotonic() - begun - QUIET)


def _requests(p: Play) -> tuple[int, int]:
    return p.pair.a.sandbox.requests.total, p.pair.b.sandbox.requests.total


@contextmanager
def _staged(resources: int) -> Iterator[Play]:
    with play(document=_known_to_both) as p:
        p.b.edit(p.pair.b.consumer_user, is_staff=True)
        for number in range(resources // 2):
            _furnish(p, number)
        yield p


def _known_to_both(content: dict[str, list[dict[str, dict[str, object]]]]) -> None:
    """Settings that both plug-ins know; what the other gets wrong is switched off."""
    settings = content["offerings"][0]["backend_settings"]
    for key in ("create_settle_seconds", "request_timeout"):
        del settings[key]
    settings.update(user_resolve_method="user_field", user_match_field="username", limit_sync_direction="disabled")


def _furnish(p: Play, number: int) -> None:
    """One project with two resources on both sides, its people, and what they used."""
    a, b = p.pair.a, p.pair.b
    project = p.a.add_project(a.consumer, f"Project {number}")
    room = p.b.add_project(b.customer, project.name, backend_id=f"{UUID(a.consumer.uuid)}_{UUID(project.uuid)}")
    names = [f"p{number}-{one}" for one in range(EACH)]
    for name in names:
        person = p.a.add_user(name, email=f"{name}@example.org")
        p.a.grant(person, MEMBER, project)
        p.a.add_offering_user(a.offering, person, name, state="OK")
        p.b.grant(p.b.add_user(name, email=f"{name}@example.org"), MEMBER, room, created_by=b.consumer_user)
    for _ in range(2):
        hosted = p.b.add_resource(b.offering, room)
        p.a.add_resource(a.offering, project, backend_id=str(UUID(hosted.uuid)))
        for date in (datetime.now(UTC), datetime.now(UTC).replace(day=1) - timedelta(days=3)):
            used = {"gpu_hours": 500, "storage_gb_hours": 800}
            p.b.report_usage(hosted, used, users={"gpu_hours": dict.fromkeys(names, 50)}, date=date)
