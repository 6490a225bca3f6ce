"""Two marketplaces and what people do there: users and owners on A, a provider and its staff on B, operators of both."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import attrs
import yaml
from tests.scenario.harness import QUICK

from federation_adapters.sandbox import ApiError, ComponentSpec, ManualClock, World, seed_pair
from federation_adapters.sandbox.entities import Customer, Order, Project, Resource, User
from federation_runner.sandbox_pair import configuration
from federation_runner.settings.load import parse
from federation_runner.settings.model import OfferingSettings

START = datetime.fromisoformat("2026-03-04T10:00:00+00:00")
SOURCE = "isd:a"
PEOPLE = ("anna", "bert", "carl", "dora")
ROLES = ("PROJECT.MEMBER", "PROJECT.MANAGER", "PROJECT.ADMIN")
HAND_MADE = "hand"
"""Somebody whom B's staff lets work in our projects; A has never heard of them."""

NONSENSE = "r/../7 \u202e?"
"""What somebody wrote into a field of A that holds an id of B."""

FACTORS = {"gpu_hours": 5, "storage_gb_hours": 10}
MOST_GPU_HOURS = 1000
TOO_MANY = MOST_GPU_HOURS // FACTORS["gpu_hours"] + 1
"""Node hours for which B has too few GPU hours: B refuses such an order for its content."""

SETTLE_SECONDS = 10.0
LATEST_SECONDS = 8
"""After which a request that was given up may still be carried out; we wait longer than that before we ask again."""

UNFINISHED = frozenset({"pending-consumer", "pending-project", "pending-start-date", "pending-provider", "executing"})


@attrs.frozen
class Setup:
    """How a pair is set up.

    Attributes:
        bridge: whether people come to B through its identity bridge; else they have accounts there, which we may all see.
        enforces: whether B's offering itself refuses a second resource with the same mark.
        removes_orphans: whether what a cancelled order left on B is ended.
        old: whether both servers are two years old.
    """

    bridge: bool = True
    enforces: bool = False
    removes_orphans: bool = False
    old: bool = False


class Worlds:
    """Both marketplaces, and everything that is done there without us."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.clock = ManualClock(START, timedelta(milliseconds=1))
        self.pair = seed_pair(
            projects=2,
            b_components=(ComponentSpec("gpu_hours", max_value=MOST_GPU_HOURS), "storage_gb_hours"),
            b_plans=("Standard", "Large"),
            profile="2024-10" if setup.old else "8.1.2",
            clock=self.clock,
        )
        self.a, self.b = self.pair.a.sandbox.world, self.pair.b.sandbox.world
        for name in PEOPLE:
            self.a.add_user(name, email=f"{name}@example.org", full_name=f"{name.title()} Ant")
        self._furnish_b()
        self.settings = self._settings()
        self._names = 0
        self._on_their_way: list[tuple[datetime, Callable[[], object]]] = []

    def _furnish_b(self) -> None:
        account = self.pair.b.consumer_user
        if self.setup.bridge:
            self.b.settings.identity_bridge = True
            self.b.edit(account, is_identity_manager=True, managed_isds=(SOURCE,))
        else:
            self.b.edit(account, is_staff=True)
            for name in PEOPLE:
                self.b.add_user(name, email=f"{name}@example.org", full_name=f"{name.title()} Ant")
        self.b.add_user(HAND_MADE)
        if self.setup.enforces:
            options = {"unique_resource_per_attribute": "waldur_federation_resource"}
            self.b.edit(self.pair.b.offering, plugin_options=options)

    def _settings(self) -> OfferingSettings:
        people = (
            {"user_resolve_method": "identity_bridge", "identity_bridge_source": SOURCE}
            if self.setup.bridge
            else {"user_resolve_method": "user_field", "user_match_field": "username"}
        )
        extra = {
            **QUICK,
            **people,
            "create_settle_seconds": SETTLE_SECONDS,
            "orphan_policy": "terminate" if self.setup.removes_orphans else "report",
        }
        text = configuration(self.pair, "http://a.example", "http://b.example", extra)
        return parse(yaml.safe_load(text), {}, Path()).offerings[0]

    # Users of A

    def order(self, project: int, nodes: int) -> None:
        """A user orders a resource."""
        self._names += 1
        a = self.pair.a
        self.a.place_create(
            a.orderer, a.offering, a.projects[project], limits={"node_hours": nodes}, name=f"r{self._names}"
        )

    def link_to_nonsense(self, project: int) -> None:
        """Somebody makes a resource by hand, and links it to what nobody understands."""
        a = self.pair.a
        self.a.add_resource(
            a.offering, a.projects[project], state="OK", attributes={"name": "by hand"}, backend_id=NONSENSE
        )

    def change_limits(self, resource: Resource, nodes: int) -> None:
        """A user orders other limits, where A lets them."""
        with suppress(ApiError):
            self.a.place_update(self.pair.a.orderer, resource, {"node_hours": nodes})

    def terminate(self, resource: Resource) -> None:
        """A user ends a resource, where A lets them."""
        with suppress(ApiError):
            self.a.place_terminate(self.pair.a.orderer, resource)

    def cancel(self, order: Order) -> None:
        """A user thinks better of an order, where A lets them."""
        with suppress(ApiError):
            self.a.cancel(order)

    def joins(self, name: str, role: str, project: int, until: datetime | None) -> None:
        """Somebody gets a role in a project, or keeps it with another end."""
        scope, user = self.pair.a.projects[project], self.a.user(name)
        held = [grant for grant in self.a.grants_on(scope) if grant.user is user and grant.role.name == role]
        if held:
            self.a.edit(held[0], expiration_time=until)
        else:
            self.a.grant(user, role, scope, expiration_time=until)

    def leaves(self, name: str, role: str, project: int) -> None:
        """Somebody loses a role in a project."""
        self.a.revoke(self.a.user(name), role, self.pair.a.projects[project])

    # B's provider and its staff

    def provider_acts(self, order: Order, move: str) -> None:
        """B's provider deals with an order, where B lets them."""
        moves = {
            "approve": lambda: self.b.approve(order),
            "complete": lambda: self.b.complete(order),
            "reject": lambda: self.b.reject(order, "no stock"),
            "fail": lambda: self.b.fail(order, "the rack is on fire"),
        }
        with suppress(ApiError):
            moves[move]()

    def provider_completes_all(self) -> None:
        """B's provider carries out whatever waits."""
        for order in self.b.orders:
            if order.state in UNFINISHED:
                self.provider_acts(order, "complete")

    def switch_plan_on_b(self, resource: Resource, number: int) -> None:
        """B's staff orders another pricing plan for a resource, where B lets them."""
        with suppress(ApiError):
            self.b.place_switch(self.pair.b.staff, resource, self.pair.b.offering.plans[number])

    def set_limits_on_b(self, resource: Resource, component: str, amount: int) -> None:
        """B's provider changes a limit by hand."""
        self.b.edit(resource, limits={**resource.limits, component: amount})

    def set_end(self, side: str, resource: Resource, day: date | None) -> None:
        """Somebody sets the last day of a resource."""
        world = self.a if side == "a" else self.b
        world.edit(resource, end_date=day, end_date_updated_at=self.clock())

    def adds_by_hand(self, project: Project, role: str) -> None:
        """B's staff lets somebody work in a project of ours."""
        user = self.b.user(HAND_MADE)
        if not any(grant.user is user for grant in self.b.grants_on(project)):
            self.b.grant(user, role, project, created_by=self.pair.b.staff)

    # Operators

    def lose_role(self, side: str) -> None:
        """Our account loses its role, so that lists get shorter and calls are refused."""
        world, user, scope = self._account(side)
        world.revoke(user, "CUSTOMER.OWNER", scope)

    def give_role_back(self, side: str) -> None:
        """Our account has its role again."""
        world, user, scope = self._account(side)
        if not any(grant.user is user for grant in world.grants_on(scope)):
            world.grant(user, "CUSTOMER.OWNER", scope)

    def _account(self, side: str) -> tuple[World, User, Customer]:
        a, b = self.pair.a, self.pair.b
        return (self.a, a.provider_user, a.provider) if side == "a" else (self.b, b.consumer_user, b.customer)

    def token_ends(self, side: str) -> None:
        """The token of our account is no longer taken."""
        world, user, _ = self._account(side)
        world.edit(user, token_expires_at=self.clock())

    def token_is_valid_again(self, side: str) -> None:
        """It is taken again."""
        world, user, _ = self._account(side)
        world.edit(user, token_expires_at=None)

    def renew_token(self, side: str) -> None:
        """Our account has another token, which stands in the settings from now on; the old one is void."""
        world, user, _ = self._account(side)
        world.renew_token(user)
        self.settings = self._settings()

    def carry_out_later(self, deliver: Callable[[], object]) -> None:
        """Have a request carried out a while after it was sent, as long as that may take at most."""
        self._on_their_way.append((self.clock() + timedelta(seconds=LATEST_SECONDS), deliver))

    def pass_time(self, seconds: float) -> None:
        """Time passes in both worlds; what is on its way arrives."""
        end = self.clock() + timedelta(seconds=seconds)
        arriving = [deliver for due, deliver in self._on_their_way if due <= end]
        self._on_their_way = [pair for pair in self._on_their_way if pair[0] > end]
        for deliver in arriving:
            deliver()
        self.clock.advance(timedelta(seconds=seconds))

    # What is to be seen

    def mirrors(self) -> dict[str, Project]:
        """UUID of A's project -> its mirror on B, which is the oldest where two agents have made two."""
        return {
            project.backend_id.partition("_")[2].replace("-", ""): project
            for project in reversed(self.b.projects)
            if project.backend_id
        }

    def copies(self, resource: Resource) -> list[Resource]:
        """The resources on B that were ordered for one of A."""
        return [row for row in self.b.resources if row.attributes.get("waldur_federation_resource") == resource.uuid]

    def copy(self, resource: Resource) -> Resource | None:
        """The resource on B that A is linked to."""
        key = resource.backend_id.replace("-", "")
        return next((row for row in self.b.resources if row.uuid == key), None)

    def deactivated(self) -> list[User]:
        """The people whose accounts on B are closed."""
        return [user for user in self.b.users if not user.is_active]

    def unfinished(self) -> list[Order]:
        """The orders of A that have not ended."""
        return [row for row in self.a.orders if row.state in UNFINISHED]

    def writes(self) -> int:
        """How many writes both sides have kept."""
        return len(self.pair.a.sandbox.writes) + len(self.pair.b.sandbox.writes)

    def requests(self) -> int:
        """How many requests both sides have seen."""
        return self.pair.a.sandbox.requests.total + self.pair.b.sandbox.requests.total
