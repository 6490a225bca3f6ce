"""A site that is metered: a Waldur A with an offering of compute and one of storage, and the warehouse that knows their usage."""

import attrs

from federation_adapters.sandbox.app import Sandbox
from federation_adapters.sandbox.clock import Clock, real_clock
from federation_adapters.sandbox.entities import Offering, Resource, User
from federation_adapters.sandbox.warehouse import Warehouse
from federation_adapters.sandbox.world import ComponentSpec

CLUSTER = "alps"
FILESYSTEM = "capstor"
DATA_TYPE = "store"


@attrs.frozen
class Site:
    """One Waldur and one warehouse.

    Attributes:
        provider_user: Who reports: owner of the organisation that sells both offerings.
        staff: A user who may do everything.
        compute: "Alps node hours"; its resources are known by account.
        storage: "Capstor"; its resources are known by path.
        accounts: Resources of compute, ``g001`` first.
        paths: Resources of storage, ``/capstor/store/g001`` first.
    """

    sandbox: Sandbox
    warehouse: Warehouse
    provider_user: User
    staff: User
    compute: Offering
    storage: Offering
    accounts: tuple[Resource, ...]
    paths: tuple[Resource, ...]

    @property
    def token(self) -> str:
        """Token of who reports."""
        return self.provider_user.token


def seed_site(seed: int = 0, *, resources: int = 2, clock: Clock = real_clock) -> Site:
    """Build a furnished site.

    Args:
        seed: Decides all UUIDs and tokens.
        resources: How many each offering has.
        clock: Time of Waldur.
    """
    sandbox = Sandbox(seed + 1, clock=clock)
    world = sandbox.world
    provider = world.add_customer("Computing Centre", service_provider=True)
    project = world.add_project(world.add_customer("Institute of Snow"), "Avalanches")
    reporter = world.add_user("reporter")
    world.grant(reporter, "CUSTOMER.OWNER", provider)
    hours = [ComponentSpec(name, billing_type="usage") for name in ("nodeHours", "cpuHours")]
    levels = [ComponentSpec(name, billing_type="usage") for name in ("storage_space", "storage_inodes")]
    compute = world.add_offering(provider, "Alps node hours", components=hours)
    storage = world.add_offering(provider, "Capstor", components=levels)
    world.edit(compute, backend_id=CLUSTER)
    names = [f"g{number:03}" for number in range(1, resources + 1)]
    return Site(
        sandbox=sandbox,
        warehouse=Warehouse(),
        provider_user=reporter,
        staff=world.add_user("staff", is_staff=True),
        compute=compute,
        storage=storage,
        accounts=tuple(
            world.add_resource(compute, project, attributes={"name": name}, backend_id=name) for name in names
        ),
        paths=tuple(
            world.add_resource(
                storage, project, attributes={"name": f"store-{name}"}, backend_id=f"/{FILESYSTEM}/{DATA_TYPE}/{name}"
            )
            for name in names
        ),
    )
