"""Two sandboxes as a federation needs them: A, where people order, and B, where it is delivered."""

from collections.abc import Sequence

import attrs

from federation_adapters.sandbox.app import Sandbox
from federation_adapters.sandbox.clock import Clock, real_clock
from federation_adapters.sandbox.entities import Customer, Offering, Project, User
from federation_adapters.sandbox.profiles import Profile
from federation_adapters.sandbox.progress import Progress
from federation_adapters.sandbox.world import ComponentSpec, PlanSpec


@attrs.frozen
class SourceSide:
    """Side A.

    Attributes:
        offering: "Federated HPC", sold by `provider`.
        provider_user: The federation's account: owner of `provider`.
        orderer: Owner of the consuming customer, whose orders need no consumer review.
        projects: Projects of `consumer`, in order of creation.
        staff: A user who may do everything.
    """

    sandbox: Sandbox
    provider: Customer
    offering: Offering
    provider_user: User
    consumer: Customer
    orderer: User
    projects: tuple[Project, ...]
    staff: User


@attrs.frozen
class TargetSide:
    """Side B.

    Attributes:
        offering: "HPC on B", sold by `provider`.
        customer: The federation's customer, which buys for the people of A.
        consumer_user: The federation's account: owner of `customer`, so its orders await the provider at once.
        provider_user: Owner of `provider`, who delivers.
        staff: A user who may do everything.
    """

    sandbox: Sandbox
    provider: Customer
    offering: Offering
    provider_user: User
    customer: Customer
    consumer_user: User
    staff: User


@attrs.frozen
class Pair:
    """Both sides, and the secrets a configuration needs."""

    a: SourceSide
    b: TargetSide

    @property
    def a_token(self) -> str:
        """Token of the federation's account on A."""
        return self.a.provider_user.token

    @property
    def b_token(self) -> str:
        """Token of the federation's account on B."""
        return self.b.consumer_user.token


def seed_pair(
    seed: int = 0,
    *,
    projects: int = 1,
    a_components: Sequence[ComponentSpec | str] = ("node_hours",),
    b_components: Sequence[ComponentSpec | str] = ("gpu_hours", "storage_gb_hours"),
    a_plans: Sequence[PlanSpec | str] = ("Standard",),
    b_plans: Sequence[PlanSpec | str] = ("Standard",),
    b_progress: Progress | None = None,
    profile: str | Profile = "8.1.2",
    clock: Clock = real_clock,
) -> Pair:
    """Build two furnished sandboxes that share nothing but the clock.

    Args:
        seed: Decides all UUIDs and tokens of both sides.
        projects: How many projects the consuming customer on A has.
        a_components: Components of A's offering; a text stands for a limit component.
        b_components: Components of B's offering.
        a_plans: Pricing plans of A's offering; several allow plan switches.
        b_plans: Pricing plans of B's offering; may be empty.
        b_progress: How B's provider behaves; it waits for commands by default.
        profile: Server generation of both sides.
        clock: Time of both sides.
    """
    source = _seed_a(Sandbox(2 * seed + 1, profile=profile, clock=clock), projects, a_components, a_plans)
    target = _seed_b(Sandbox(2 * seed + 2, profile=profile, clock=clock), b_components, b_plans, b_progress)
    return Pair(source, target)


def _seed_a(
    sandbox: Sandbox,
    projects: int,
    components: Sequence[ComponentSpec | str],
    plans: Sequence[PlanSpec | str],
) -> SourceSide:
    world = sandbox.world
    provider = world.add_customer("Federation Broker", service_provider=True)
    consumer = world.add_customer("Institute of Snow")
    provider_user = world.add_user("federation-on-a")
    orderer = world.add_user("alice", full_name="Alice Adams")
    world.grant(provider_user, "CUSTOMER.OWNER", provider)
    world.grant(orderer, "CUSTOMER.OWNER", consumer)
    return SourceSide(
        sandbox=sandbox,
        provider=provider,
        offering=world.add_offering(provider, "Federated HPC", components=components, plans=plans),
        provider_user=provider_user,
        consumer=consumer,
        orderer=orderer,
        projects=tuple(world.add_project(consumer, f"Project {number}") for number in range(1, projects + 1)),
        staff=world.add_user("staff-on-a", is_staff=True),
    )


def _seed_b(
    sandbox: Sandbox,
    components: Sequence[ComponentSpec | str],
    plans: Sequence[PlanSpec | str],
    progress: Progress | None,
) -> TargetSide:
    world = sandbox.world
    provider = world.add_customer("HPC Centre B", service_provider=True)
    customer = world.add_customer("Federation")
    provider_user = world.add_user("operator-on-b")
    consumer_user = world.add_user("federation-on-b")
    world.grant(provider_user, "CUSTOMER.OWNER", provider)
    world.grant(consumer_user, "CUSTOMER.OWNER", customer)
    return TargetSide(
        sandbox=sandbox,
        provider=provider,
        offering=world.add_offering(provider, "HPC on B", components=components, plans=plans, progress=progress),
        provider_user=provider_user,
        customer=customer,
        consumer_user=consumer_user,
        staff=world.add_user("staff-on-b", is_staff=True),
    )
