"""Storage resources: builders, where what a test does not name is ordinary; and strategies of whole inventories.

A system has one owner, a project one customer; slugs are few, so that mount points meet.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import attrs
from hypothesis import strategies as st
from tests.strategies.builders import uuid_of

from federation_core.domain.storage.hierarchy import Hierarchy, assemble
from federation_core.domain.storage.identities import GidFallback, Groups
from federation_core.domain.storage.items import Branch, StorageRules, grow
from federation_core.domain.storage.paths import MountPointSource
from federation_core.domain.storage.records import OrderSeen, Organisation, Skipped, StorageResource
from federation_core.domain.storage.status import STATES

API = "https://portal.example.org/api"
RULES = StorageRules(API)
LONG_AGO = datetime(2026, 2, 1, 12, tzinfo=UTC)
CAPSTOR = Organisation(UUID("2f6b1c0e-58d4-4c7a-9e31-0a7d5b9c4e62"), "cscs", "CSCS")
VAST = Organisation(uuid_of(0xD0, 2), "ethz", "ETH Zürich")
ALPINE = Organisation(UUID("c81e4d27-6b90-4f15-a3d8-7e2c9f0b1a44"), "alpine", "Alpine Institute")
PERMAFROST = Organisation(uuid_of(0xD2, 1), "permafrost", "Permafrost monitoring")
GROUPS = Groups({"permafrost": 31877, "avalanche": 31902})
MOCKING = Groups(fallback=GidFallback.MOCK)

ORDER_STATES = ("pending-consumer", "pending-project", "pending-start-date", "pending-provider", "executing")
PLAIN_SLUGS = ("permafrost", "avalanche", "snow-1")
BAD_SLUGS = (
    "",
    ".",
    "..",
    "../../etc",
    "a/b",
    "/",
    "/etc",
    ".snapshot",
    "straße",
    "雪",
    "a\u202eb",
    "<b>snow</b>",
    "a b",
    "a\x00b",
    "a\n",
    "\nb",
    "%2e%2e",
    "a\\b",
    "\ud800",
    "x" * 256,
)


def resource_id(number: int = 1) -> UUID:
    return uuid_of(0xD3, number)


def order_id(number: int = 1) -> UUID:
    return uuid_of(0xD4, number)


def an_order(state: str = "pending-provider", kind: str = "Update", number: int = 1, **changes: Any) -> OrderSeen:
    return OrderSeen(order_id(number), kind, state, **changes)


def a_storage(number: int = 1, **changes: Any) -> StorageResource:
    """A resource of 40 TB that is OK, in project `permafrost` of customer `alpine`, on `capstor` of `cscs`."""
    usual = StorageResource(
        id=resource_id(number),
        slug=f"permafrost-{number}",
        name="Permafrost core data",
        state="OK",
        system="capstor",
        tenant=CAPSTOR,
        customer=ALPINE,
        project=PERMAFROST,
        limits={"storage": 40},
    )
    return attrs.evolve(usual, **changes)


def in_project(slug: str, number: int = 1, **changes: Any) -> StorageResource:
    return a_storage(number, project=Organisation(uuid_of(0xD2, 9), slug, slug.title()), **changes)


def user_item(**changes: Any) -> dict[str, Any]:
    """What a provider notes of a user."""
    primary = {"name": "permafrost", "unixGid": 31877, "active": True}
    return {
        "itemId": "764d47ab-311a-50ba-babc-38cf07dd910a",
        "status": "active",
        "email": "m.keller@alpine.example",
        "unixUid": 24117,
        "primaryProject": primary,
        "active": True,
        **changes,
    }


def branch(resource: StorageResource, groups: Groups = GROUPS, rules: StorageRules = RULES) -> Branch:
    """What becomes of *resource*, which has to be shown."""
    grown = grow(resource, groups, rules)
    assert isinstance(grown, Branch), grown
    return grown


def hierarchy(*resources: StorageResource, groups: Groups = GROUPS, rules: StorageRules = RULES) -> Hierarchy:
    grown = {resource.id: grow(resource, groups, rules) for resource in resources}
    return assemble(
        {id_: one for id_, one in grown.items() if isinstance(one, Branch)},
        [one for one in grown.values() if isinstance(one, Skipped)],
    )


# strategies

_TENANTS = {"capstor": CAPSTOR, "vast": VAST, "iopsstor": attrs.evolve(VAST, id=uuid_of(0xD0, 3))}
_CUSTOMERS = [
    ALPINE,
    Organisation(uuid_of(0xD1, 2), "alpine-north", "Alpine North"),
    Organisation(uuid_of(0xD1, 3), "x", ""),
]
_PROJECTS = [Organisation(uuid_of(0xD2, number), slug, slug.upper()) for number, slug in enumerate(PLAIN_SLUGS)]

awkward_texts = st.sampled_from(BAD_SLUGS) | st.text(max_size=12)
slugs = st.sampled_from(PLAIN_SLUGS) | awkward_texts
amounts = st.sampled_from([0, 1, 40, 0.29, "0.29", "12.5", -1, None, "many", True, 1e300, float("nan")]) | st.integers(
    0, 10**6
)
option_names = [
    "soft_quota_space",
    "hard_quota_space",
    "soft_quota_inodes",
    "hard_quota_inodes",
    "soft_quota_indoes",
    "hard_quota_indoes",
]
options = st.dictionaries(st.sampled_from([*option_names, "permissions"]), amounts, max_size=4)
limits = st.dictionaries(st.sampled_from(["storage", "files"]), amounts, max_size=2)
orders = st.builds(
    OrderSeen,
    st.integers(0, 99).map(order_id),
    st.sampled_from(["Create", "Update", "Terminate"]),
    st.sampled_from([*ORDER_STATES, "done", "erred"]),
    limits,
    st.fixed_dictionaries(
        {}, optional={"old_limits": limits, "new_options": options, "old_options": st.none() | options}
    ),
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "storage_data_type": st.sampled_from(["store", "archive", "users", "scratch", "Store", "tape", "", None, 7]),
        "permissions": st.sampled_from(["775", "2770", "", None, 775, "rwx"]),
    },
)
backend_metadata = st.fixed_dictionaries(
    {},
    optional={
        "project_item": st.sampled_from([{"unixGid": 5}, {"unixGid": "5"}, None, []]),
        "user_item": st.sampled_from([user_item(), user_item(email=None), {}]),
    },
)
told_paths = st.sampled_from(["", "/store/a/b", "permafrost-core", "/../etc", "/a//b"])
states = st.sampled_from([*STATES, "Melting", ""])


projects = st.sampled_from(_PROJECTS) | awkward_texts.map(lambda slug: Organisation(uuid_of(0xD2, 7), slug, ""))
oddities: st.SearchStrategy[dict[str, Any]] = st.one_of(
    [
        st.fixed_dictionaries({name: values})
        for name, values in {
            "slug": slugs,
            "state": states,
            "project": projects,
            "backend_id": told_paths,
            "effective_id": told_paths,
            "limits": limits,
            "attributes": attributes,
            "options": options,
            "backend_metadata": backend_metadata,
            "order": orders,
        }.items()
    ]
)


@st.composite
def storages(draw: st.DrawFn) -> StorageResource:
    """Any resource, odd in a few ways; its system has one owner."""
    system = draw(st.sampled_from(sorted(_TENANTS)))
    usual = a_storage(
        draw(st.integers(0, 40)),
        system=system,
        tenant=_TENANTS[system],
        customer=draw(st.sampled_from(_CUSTOMERS)),
        project=draw(st.sampled_from(_PROJECTS)),
        state=draw(st.sampled_from(STATES)),
        order=draw(st.none() | st.sampled_from([an_order(state) for state in ORDER_STATES])),
        attributes={"storage_data_type": draw(st.sampled_from(["store", "archive", "users"]))},
    )
    for changes in draw(st.lists(oddities, max_size=3)):
        usual = attrs.evolve(usual, **changes)
    return usual


inventories = st.lists(storages(), max_size=7, unique_by=lambda one: one.id)
groups = st.builds(
    Groups,
    st.dictionaries(st.sampled_from(PLAIN_SLUGS), st.integers(1, 2**31)),
    st.sampled_from(GidFallback),
)
rules = st.builds(
    StorageRules,
    st.just(API),
    mount_points=st.sampled_from(MountPointSource),
    ignores_stored_items=st.booleans(),
    unique_hierarchy_ids=st.booleans(),
)
