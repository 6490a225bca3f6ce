"""All branches as one hierarchy: each tenant and customer once, in an order that stays; what is asked for of it; and its pages."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import attrs

from federation_core.domain.storage.items import Branch, Item, Key, Level
from federation_core.domain.storage.records import Skipped
from federation_core.domain.storage.status import TERMINATED

T = TypeVar("T")


@attrs.frozen(order=True)
class Conflict:
    """Several resources that are not terminated have one mount point."""

    mount_point: str
    resources: tuple[UUID, ...]

    def __str__(self) -> str:
        """One line for people."""
        listed = ", ".join(map(str, self.resources))
        return f"{len(self.resources)} resources have the mount point {self.mount_point}: {listed}"


@attrs.frozen
class Remark:
    """Something odd about a resource that is served all the same."""

    resource: UUID
    text: str


@attrs.frozen(eq=False)
class Hierarchy:
    """Everything that is shown, and what is not.

    Attributes:
        items: tenants, then customers, then leaves; each level by system, data type, mount point and id.
        skipped: resources that cannot be served, by id.
        conflicts: resources that share a mount point.
        remarks: what was odd.
        mocks: how many Unix ids are made up.
    """

    items: tuple[Item, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    remarks: tuple[Remark, ...] = ()
    mocks: int = 0

    @property
    def unidentified(self) -> tuple[Skipped, ...]:
        """The resources that are skipped for want of a Unix id alone."""
        return tuple(one for one in self.skipped if one.lacks_identity)


@attrs.frozen
class Wanted:
    """What is asked for; None asks for everything. Texts are compared as they are.

    Attributes:
        systems: slugs of offerings; an empty set asks for nothing.
        state: Waldur's own word; tenants and customers of no such resource are left out.
        with_ancestors: whether what stands above a leaf that is asked for is shown too.
    """

    systems: frozenset[str] | None = None
    data_type: str | None = None
    status: str | None = None
    state: str | None = None
    with_ancestors: bool = False


@attrs.frozen
class Page:
    """A part of a list.

    Attributes:
        number: from 1.
        size: the most that it may have.
        total: of the whole list.
    """

    number: int
    size: int
    total: int

    @property
    def offset(self) -> int:
        """How many come before it."""
        return (self.number - 1) * self.size

    @property
    def pages(self) -> int:
        """How many there are; none of an empty list."""
        return -(-self.total // self.size)

    @property
    def has_next(self) -> bool:
        """Whether one follows."""
        return self.number < self.pages


def assemble(branches: Mapping[UUID, Branch], skipped: Iterable[Skipped] = ()) -> Hierarchy:
    """The hierarchy of *branches*, by resource."""
    tenants = _merged(branch.tenant for branch in branches.values())
    customers = _merged(branch.customer for branch in branches.values())
    leaves = [branch.leaf for branch in branches.values()]
    levels = (tenants, customers, leaves)
    odd = {id_: branch for id_, branch in branches.items() if branch.remarks}
    return Hierarchy(
        items=tuple(item for level in levels for item in sorted(level, key=lambda item: item.order)),
        skipped=tuple(sorted(skipped)),
        conflicts=tuple(sorted(_conflicts(leaves))),
        remarks=tuple(Remark(id_, text) for id_ in sorted(odd) for text in odd[id_].remarks),
        mocks=sum(leaf.mocks for leaf in leaves),
    )


def matching(hierarchy: Hierarchy, wanted: Wanted) -> tuple[Item, ...]:
    """The items that are asked for, in their order."""
    found = [item for item in hierarchy.items if _is_wanted(item, wanted)]
    if not wanted.with_ancestors:
        return tuple(found)
    chosen = {item.key for item in found}
    parents = {item.key: item.parent_key for item in hierarchy.items if item.level is not Level.LEAF}
    for item in found:
        if item.level is Level.LEAF:
            chosen.update(_upwards(item.parent_key, parents))
    return tuple(item for item in hierarchy.items if item.key in chosen)


def sliced(rows: Sequence[T], page: Page) -> Sequence[T]:
    """The rows of one page."""
    return rows[page.offset : page.offset + page.size]


def _is_wanted(item: Item, wanted: Wanted) -> bool:
    return (
        (wanted.systems is None or item.system in wanted.systems)
        and (wanted.data_type is None or item.data_type.lower() == wanted.data_type)
        and (wanted.status is None or item.status == wanted.status)
        and (wanted.state is None or wanted.state in item.states)
    )


def _upwards(key: Key | None, parents: Mapping[Key, Key | None]) -> Iterator[Key]:
    while key is not None:
        yield key
        key = parents.get(key)


def _merged(items: Iterable[Item]) -> list[Item]:
    """Each item once, for all resources below it; names are those of the one that is written first in the alphabet."""
    first: dict[object, Item] = {}
    states: dict[object, set[str]] = defaultdict(set)
    for item in items:
        key = item.key, item.parent
        states[key] |= item.states
        if _rank(item) < _rank(first.setdefault(key, item)):
            first[key] = item
    return [
        item if states[key] == item.states else attrs.evolve(item, states=frozenset(states[key]))
        for key, item in first.items()
    ]


def _rank(item: Item) -> tuple[str, str, str]:
    return item.data_type, item.mount_point, str(item.target["name"])


def _conflicts(leaves: Iterable[Item]) -> Iterator[Conflict]:
    """A terminated resource has given its mount point up."""
    by_path: dict[str, list[UUID]] = defaultdict(list)
    for leaf in leaves:
        if leaf.states != {TERMINATED}:
            by_path[leaf.mount_point].append(leaf.id)
    for path, resources in by_path.items():
        if len(resources) > 1:
            yield Conflict(path, tuple(sorted(resources)))
