"""The worlds of the race: equal for all who run, from the orders of A's users to changed people and usage.

Two resources to a project, five people with an account in each; totals of two months, and shares of the people in them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import yaml
from tests.scenario.harness import Play, play

KNOWN_TO_ALL, OURS = "known-to-all.yaml", "with-our-keys.yaml"
AT_ONCE = {"create_settle_seconds": 0.01, "request_timeout": 20}
"""What is our own: cycles of a bench follow each other at once, where minutes lie between those of a service."""
EACH = 5
MEMBER = "PROJECT.MEMBER"
CHANGED_SHARE = 10
USED = {"gpu_hours": 500, "storage_gb_hours": 800}
USED_MORE = {"gpu_hours": 1000, "storage_gb_hours": 1600}
NODE_HOURS, MORE_NODE_HOURS = Decimal(180), Decimal(360)


@attrs.define
class RaceWorld:
    """Two sandboxes, and what was put into them.

    Attributes:
        people: of each project of A, by its UUID.
    """

    p: Play
    size: int
    orders: list[Any] = attrs.field(factory=list)
    people: dict[str, list[Any]] = attrs.field(factory=dict)

    def order(self) -> None:
        """Users of A order all resources, in new projects; people have accounts, and no roles yet."""
        a = self.p.pair.a
        for number in range(max(1, self.size // 2)):
            project = self.p.a.add_project(a.consumer, f"Group {number}")
            self.people[project.uuid] = self._people([f"p{number}-{one}" for one in range(EACH)])
        for number in range(self.size):
            project = self.projects[number % len(self.projects)]
            wanted = {"node_hours": 100}
            self.orders.append(self.p.a.place_create(a.orderer, a.offering, project, limits=wanted, name=f"r{number}"))

    def _people(self, names: list[str]) -> list[Any]:
        people = [self.p.a.add_user(name, email=f"{name}@example.org") for name in names]
        for name, person in zip(names, people, strict=True):
            self.p.a.add_offering_user(self.p.pair.a.offering, person, name, state="OK")
            self.p.b.add_user(name, email=f"{name}@example.org")
        return people

    @property
    def projects(self) -> list[Any]:
        """A's projects with people in them."""
        return [project for project in self.p.a.projects if project.name.startswith("Group ")]

    def ordered(self) -> int:
        """How many resources of A know theirs on B."""
        return sum(bool(order.resource.backend_id) for order in self.orders)

    def completed(self) -> int:
        """How many orders of A are done."""
        return sum(order.state == "done" for order in self.orders)

    def furnish(self) -> None:
        """Let people have their roles on both sides, and let B's provider meter what they used."""
        for project in self.projects:
            room = self.room(project)
            for person in self.people[project.uuid]:
                self.p.a.grant(person, MEMBER, project)
                account = self.p.b.user(person.username)
                self.p.b.grant(account, MEMBER, room, created_by=self.p.pair.b.consumer_user)
        for number in range(self.size):
            self._use(number, USED)

    def _use(self, number: int, used: dict[str, int]) -> None:
        """Totals of both months, and shares of people, of one resource."""
        order = self.orders[number]
        names = [person.username for person in self.people[order.resource.project.uuid]]
        hosted = self.p.b.resource(UUID(order.resource.backend_id).hex)
        for date in (datetime.now(UTC), datetime.now(UTC).replace(day=1) - timedelta(days=3)):
            self.p.b.report_usage(hosted, used, users={"gpu_hours": dict.fromkeys(names, 50)}, date=date)

    def room(self, project: Any) -> Any:
        """B's mirror of a project of A."""
        key = f"{UUID(self.p.pair.a.consumer.uuid)}_{UUID(project.uuid)}"
        return next(room for room in self.p.b.projects if room.backend_id == key)

    @property
    def changing(self) -> int:
        """How many resources, or projects, change: one in ten, at least one."""
        return max(1, self.size // CHANGED_SHARE)

    def change_people(self) -> None:
        """In some projects one person leaves, and another one joins."""
        for number, project in enumerate(self.projects[: self.changing]):
            leaving, (joining,) = self.people[project.uuid][0], self._people([f"new{number}"])
            self.p.a.revoke(leaving, MEMBER, project)
            self.p.a.grant(joining, MEMBER, project)

    def people_right(self) -> int:
        """In how many projects the same people work on both sides."""
        return sum(self.staff(self.p.b, self.room(one)) == self.staff(self.p.a, one) for one in self.projects)

    @staticmethod
    def staff(world: Any, project: Any) -> set[str]:
        """Who is a member of a project."""
        return {grant.user.username for grant in world.grants_on(project) if grant.role.name == MEMBER}

    def change_usage(self) -> None:
        """Some resources have used more in both months."""
        for number in range(self.changing):
            self._use(number, USED_MORE)

    def usage_right(self, changed: int) -> int:
        """How many resources show on A what was used in both months, the first *changed* of them more."""
        wanted = [MORE_NODE_HOURS] * changed + [NODE_HOURS] * (self.size - changed)
        figures = ([row.usage for row in self.p.a.usages_of(order.resource)] for order in self.orders)
        return sum(rows == [figure] * 2 for figure, rows in zip(wanted, figures, strict=True))

    @property
    def sandboxes(self) -> tuple[Any, Any]:
        """A and B."""
        return self.p.pair.a.sandbox, self.p.pair.b.sandbox

    def set_latency(self, seconds: float) -> None:
        """Let every request to either side wait."""
        self.p.pair.a.sandbox.latency = self.p.pair.b.sandbox.latency = seconds


@contextmanager
def race_world(size: int, folder: Path) -> Iterator[RaceWorld]:
    """A world of *size* orders, and its settings in files of *folder*: that which all know, and that with our own keys."""
    with play(document=_known_to_all) as p:
        p.b.edit(p.pair.b.consumer_user, is_staff=True)
        (folder / KNOWN_TO_ALL).write_text(p.config, encoding="utf-8")
        content = yaml.safe_load(p.config)
        content["offerings"][0]["backend_settings"].update(AT_ONCE)
        (folder / OURS).write_text(yaml.safe_dump(content), encoding="utf-8")
        world = RaceWorld(p, size)
        world.order()
        yield world


def _known_to_all(content: dict[str, Any]) -> None:
    """Settings that both plug-ins know; what the official one gets wrong is switched off."""
    settings = content["offerings"][0]["backend_settings"]
    for key in AT_ONCE:
        del settings[key]
    settings.update(user_resolve_method="user_field", user_match_field="username", limit_sync_direction="disabled")
