"""One entry of the hierarchy, and how a resource becomes one: an entry, or the reason why there is none."""

import enum
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

import attrs

from federation_core.domain.storage.identifiers import CUSTOMER, TENANT, identifier
from federation_core.domain.storage.identities import Groups
from federation_core.domain.storage.links import links_of, transitions_of
from federation_core.domain.storage.paths import MountPointSource, own_path, segment, tenant_path
from federation_core.domain.storage.quotas import QuotaRules, QuotasFound, quotas_of
from federation_core.domain.storage.records import Organisation, Skipped, StorageResource, Unservable
from federation_core.domain.storage.status import PENDING, TERMINATED, shown_state, status_of
from federation_core.domain.storage.targets import TargetUnknown, needs_group, target_of
from federation_core.domain.storage.traits import DEFAULT_PERMISSIONS, data_type_of, permissions_of

MOST_ABOVE = 4096
"""Items of tenants and customers that are kept for the next resource."""

Key = tuple[UUID, str, str]
"""An id, and the system and the data type that it is repeated for."""


class Level(enum.Enum):
    """Where in the hierarchy an item stands, top first."""

    TENANT = "tenant"
    CUSTOMER = "customer"
    LEAF = "leaf"


@attrs.frozen
class StorageRules:
    """How resources become items.

    Attributes:
        api_root: address of Waldur with ``/api``.
        file_system: what every system is, such as ``lustre``.
        ignores_stored_items: whether items that the provider noted do not count.
        unique_hierarchy_ids: whether tenants and customers have an id of their own in each system and data type.
        tells_transitions: whether items list what may be done with their orders.
    """

    api_root: str
    file_system: str = "lustre"
    quotas: QuotaRules = attrs.field(factory=QuotaRules)
    mount_points: MountPointSource = MountPointSource.GENERATED
    ignores_stored_items: bool = False
    unique_hierarchy_ids: bool = False
    tells_transitions: bool = False


@attrs.frozen(eq=False)
class Item:
    """One entry.

    Attributes:
        states: Waldur's own states of the resources that it stands for; of a leaf one.
        target_kind: ``tenant``, ``customer``, ``project`` or ``user``.
        target: who uses it, as JSON.
        data_type: as it is written; lower case where things are compared.
        transitions: what may be done with the order in progress; empty where there is none, or it is not to be told.
        mocks: how many Unix ids in it are made up.
    """

    level: Level
    id: UUID
    status: str
    states: frozenset[str]
    mount_point: str
    permission: str
    system: str
    data_type: str
    target_kind: str
    target: Mapping[str, object]
    parent: UUID | None = None
    quotas: QuotasFound = attrs.field(default=QuotasFound(None))
    links: Mapping[str, str] = attrs.field(factory=dict)
    transitions: tuple[str, ...] = ()
    mocks: int = 0

    @property
    def key(self) -> Key:
        """What no other item has: Waldur's ids repeat, for each data type."""
        return self.id, self.system, self.data_type.lower()

    @property
    def parent_key(self) -> Key | None:
        """The key of its parent; a tenant has none."""
        return None if self.parent is None else (self.parent, self.system, self.data_type.lower())

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Where it stands among those of its level."""
        return self.system, self.data_type.lower(), self.mount_point, str(self.id)


@attrs.frozen(eq=False)
class Branch:
    """A resource as an item, with the two above it, and remarks of what was odd."""

    tenant: Item
    customer: Item
    leaf: Item
    remarks: tuple[str, ...] = ()


@attrs.frozen
class NotShown:
    """A resource that provisioners must not see yet."""


Grown = Branch | NotShown | Skipped


def project_to_look_up(resource: StorageResource, rules: StorageRules) -> str | None:
    """The slug of the project whose Unix group has to be known; None where none has, or nothing will be shown anyway."""
    if shown_state(resource.state, resource.order) is None:
        return None
    try:
        _, kind, _ = data_type_of(resource)
        slug = _project_slug(resource)
    except Unservable:
        return None
    return slug if needs_group(resource, kind, ignores_stored=rules.ignores_stored_items) else None


def grow(resource: StorageResource, groups: Groups, rules: StorageRules) -> Grown:
    """What becomes of one resource."""
    state = shown_state(resource.state, resource.order)
    if state is None:
        return NotShown()
    try:
        return _branch(resource, state, groups, rules)
    except Unservable as error:
        return Skipped(resource.id, resource.system, str(error))


@attrs.frozen
class _Place:
    """Where a resource stands in the hierarchy, and what all its items have in common."""

    resource: StorageResource
    rules: StorageRules
    data_type: str
    top: str
    middle: str

    @property
    def path(self) -> str:
        """The mount point made of slugs."""
        return f"{self.middle}/{_project_slug(self.resource)}"

    def above(self, who: Organisation, level: Level, parent: UUID | None) -> Item:
        """The tenant's or the customer's item."""
        resource, path = self.resource, self.top if level is Level.TENANT else self.middle
        return _above(
            self._id_of(who, level), level, parent, path, who, resource.system, self.data_type, resource.state
        )

    def _id_of(self, who: Organisation, level: Level) -> UUID:
        if not self.rules.unique_hierarchy_ids:
            return who.id
        end = f"{self.resource.system}-{self.data_type.lower()}"
        tenant = self.resource.tenant.slug
        if level is Level.TENANT:
            return identifier(TENANT, f"{tenant}-{end}")
        return identifier(CUSTOMER, f"{tenant}-{who.slug}-{end}")


@lru_cache(MOST_ABOVE)
def _above(
    item: UUID, level: Level, parent: UUID | None, path: str, who: Organisation, system: str, data_type: str, state: str
) -> Item:
    """A tenant's or a customer's item, made once for all resources below it that are in one state."""
    key = who.slug.lower() if level is Level.TENANT else who.slug
    return Item(
        level=level,
        id=item,
        status=PENDING,
        states=frozenset({state}),
        mount_point=path,
        permission=DEFAULT_PERMISSIONS,
        system=system,
        data_type=data_type,
        target_kind=level.value,
        target={"itemId": str(item), "key": key, "name": who.name or who.slug.upper()},
        parent=parent,
    )


def _branch(resource: StorageResource, state: str, groups: Groups, rules: StorageRules) -> Branch | Skipped:
    data_type, kind, of_type = data_type_of(resource)
    permission, of_permission = permissions_of(resource)
    quotas = quotas_of(resource, rules.quotas)
    place = _place(resource, data_type, rules)
    path, of_path = _mount_point(place)
    status = status_of(state)
    target = target_of(resource, kind, status, groups, ignores_stored=rules.ignores_stored_items)
    remarks = (*of_type, *of_permission, *quotas.remarks, *of_path, *target.remarks)
    if isinstance(target, TargetUnknown):
        reason = "; ".join((target.reason, *target.remarks))
        return Skipped(resource.id, resource.system, reason, lacks_identity=state != TERMINATED)
    tenant = place.above(resource.tenant, Level.TENANT, None)
    customer = place.above(resource.customer, Level.CUSTOMER, tenant.id)
    leaf = Item(
        level=Level.LEAF,
        id=resource.id,
        status=status,
        states=frozenset({resource.state}),
        mount_point=path,
        permission=permission,
        system=resource.system,
        data_type=data_type,
        target_kind=kind.value,
        target=target.fields,
        parent=customer.id,
        quotas=quotas,
        links=links_of(resource.id, state, resource.order, rules.api_root),
        transitions=transitions_of(resource.order) if rules.tells_transitions else (),
        mocks=target.mocks,
    )
    return Branch(tenant, customer, leaf, remarks)


def _place(resource: StorageResource, data_type: str, rules: StorageRules) -> _Place:
    system = segment(resource.system, "slug of the offering")
    top = tenant_path(system, data_type, segment(resource.tenant.slug.lower(), "slug of the provider"))
    return _Place(resource, rules, data_type, top, f"{top}/{segment(resource.customer.slug, 'slug of the customer')}")


def _project_slug(resource: StorageResource) -> str:
    return segment(resource.project.slug, "slug of the project")


def _mount_point(place: _Place) -> tuple[str, tuple[str, ...]]:
    resource, generated = place.resource, place.path
    if place.rules.mount_points is MountPointSource.GENERATED:
        return generated, ()
    told = own_path(resource)
    if told or not (resource.effective_id or resource.backend_id):
        return told or generated, ()
    return generated, ("neither effective_id nor backend_id is an absolute path, so the mount point is generated",)
