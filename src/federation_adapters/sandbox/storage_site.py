"""A site of storage systems: a Waldur with an offering for each, resources of projects and people, and who knows Unix groups."""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from federation_adapters.sandbox.app import Sandbox
from federation_adapters.sandbox.clock import Clock, real_clock
from federation_adapters.sandbox.entities import Customer, Offering, Project, Resource, User
from federation_adapters.sandbox.identity_provider import IdentityProvider
from federation_adapters.sandbox.user_api import UserApi
from federation_adapters.sandbox.world import ComponentSpec

SYSTEMS = ("capstor", "vast", "iopsstor")
DATA_TYPES = ("store", "archive", "users", "scratch")
FIRST_GID = 31_000


@attrs.frozen
class StorageSite:
    """One Waldur, its storage systems, and the services beside it.

    Attributes:
        reader: Whose token the proxy has: owner of the organisation that sells all offerings.
        member: Who orders in both projects.
        systems: Slug -> offering.
        projects: Slug -> project.
        resources: Those that were there at the beginning.
        users: Knows the group of each project; its identity provider is `realm`.
    """

    sandbox: Sandbox
    reader: User
    member: User
    systems: Mapping[str, Offering]
    customer: Customer
    projects: Mapping[str, Project]
    resources: tuple[Resource, ...]
    users: UserApi

    @property
    def realm(self) -> IdentityProvider:
        """Whose tokens the proxy and the service of groups take."""
        return self.users.provider


def seed_storage_site(seed: int = 0, *, resources: int = 0, clock: Clock = real_clock) -> StorageSite:
    """Build a furnished site: a store, an archive, and a user's storage; and more where that is asked for.

    Args:
        seed: Decides all UUIDs and tokens.
        resources: How many more there are, spread over systems and data types, each in a project of its own.
        clock: Time of Waldur.
    """
    sandbox = Sandbox(seed + 1, clock=clock)
    world = sandbox.world
    owner = world.add_customer("CSCS", service_provider=True)
    customer = world.add_customer("Alpine Institute")
    world.edit(customer, slug="alpine")
    reader, member = world.add_user("storage-proxy"), world.add_user("mkeller")
    world.grant(reader, "CUSTOMER.OWNER", owner)
    world.grant(member, "CUSTOMER.OWNER", customer)
    systems = {
        slug: world.add_offering(owner, slug, components=[ComponentSpec("storage", measured_unit="TB")])
        for slug in SYSTEMS
    }
    names = {"permafrost": "Permafrost monitoring", "avalanche": "Avalanche bulletin"}
    projects = {slug: world.add_project(customer, name, slug=slug) for slug, name in names.items()}
    users = UserApi()
    users.projects |= {"permafrost": 31877, "avalanche": 31902}
    first = (
        _resource(sandbox, systems["capstor"], projects["permafrost"], "permafrost-core", "store", 40, "2770"),
        _resource(sandbox, systems["vast"], projects["avalanche"], "avalanche-archive", "archive", 12),
        _resource(sandbox, systems["vast"], projects["permafrost"], "home-mkeller", "users", 0.5, "700"),
    )
    item = {
        "email": "m.keller@alpine.example",
        "unixUid": 24117,
        "primaryProject": {"name": "permafrost", "unixGid": 31877, "active": True},
    }
    world.edit(first[2], backend_metadata={"user_item": item})
    more = tuple(_more(sandbox, number, customer, systems, users) for number in range(resources))
    return StorageSite(
        sandbox, reader, member, MappingProxyType(systems), customer, MappingProxyType(projects), (*first, *more), users
    )


def _more(
    sandbox: Sandbox, number: int, customer: Customer, systems: Mapping[str, Offering], users: UserApi
) -> Resource:
    slug = f"p{number:05}"
    project = sandbox.world.add_project(customer, f"Project {number}", slug=slug)
    users.projects[slug] = FIRST_GID + number
    offering = systems[SYSTEMS[number % len(SYSTEMS)]]
    data_type = DATA_TYPES[number // len(SYSTEMS) % 2]
    return _resource(sandbox, offering, project, f"r{number:05}", data_type, 1 + number % 100)


def _resource(
    sandbox: Sandbox,
    offering: Offering,
    project: Project,
    slug: str,
    data_type: str,
    limit: float,
    permissions: str = "",
) -> Resource:
    attributes = {"name": slug, "storage_data_type": data_type, **({"permissions": permissions} if permissions else {})}
    made = sandbox.world.add_resource(offering, project, limits={"storage": limit}, attributes=attributes)
    sandbox.world.edit(made, slug=slug)
    return made
