"""Who uses a storage: the item of a project or a user, as the provider noted it or as it is put together here.

| noted in `backend_metadata` | becomes |
| --- | --- |
| an item of the right form, and items are not to be mocked | that item, with status and activity of now |
| an item of another form | a remark, and the next line |
| none | an item of a project: with its group's id; of a user: a mock, or nothing |
"""

from collections.abc import Mapping
from typing import Any

import attrs

from federation_core.domain.storage.identifiers import PROJECT, USER, identifier
from federation_core.domain.storage.identities import GidFallback, Groups, UnixId, mock_gid, mock_uid
from federation_core.domain.storage.records import StorageResource
from federation_core.domain.storage.status import ACTIVE
from federation_core.domain.storage.traits import TargetKind

STORED = {TargetKind.PROJECT: "project_item", TargetKind.USER: "user_item"}
MARK = "mock"
"""The field of an item that is there, and true, where a Unix id in it was made up."""

Fields = Mapping[str, Any]


@attrs.frozen
class Target:
    """Who uses a storage.

    Attributes:
        fields: the item as JSON.
        mocks: how many Unix ids in it are made up.
    """

    kind: TargetKind
    fields: Fields
    mocks: int = 0
    remarks: tuple[str, ...] = ()


@attrs.frozen
class TargetUnknown:
    """Nobody knows the Unix id of who uses a storage."""

    reason: str
    remarks: tuple[str, ...] = ()


def needs_group(resource: StorageResource, kind: TargetKind, *, ignores_stored: bool) -> bool:
    """Whether the group of the resource's project has to be looked up."""
    return ignores_stored or _stored(resource, kind) is None


def target_of(
    resource: StorageResource, kind: TargetKind, status: str, groups: Groups, *, ignores_stored: bool = False
) -> Target | TargetUnknown:
    """Who uses *resource*.

    Args:
        resource: the storage.
        kind: of whom.
        status: of the storage, now.
        groups: what is known of Unix groups.
        ignores_stored: whether items that the provider noted do not count.
    """
    now: dict[str, object] = {"status": status, "active": status == ACTIVE}
    stored = None if ignores_stored else _stored(resource, kind)
    if stored is not None:
        return Target(kind, _refreshed(resource, kind, stored, now))
    noted = resource.backend_metadata.get(STORED[kind])
    remarks = (
        ()
        if ignores_stored or noted is None
        else (f"backend_metadata.{STORED[kind]} is ignored: fields are missing or of another kind",)
    )
    group = groups.of(resource.project.slug)
    if kind is TargetKind.PROJECT:
        return _project(resource, group, now, remarks)
    return _user(resource, group, groups.fallback, now, remarks)


def _project(
    resource: StorageResource, group: UnixId | None, now: Fields, remarks: tuple[str, ...]
) -> Target | TargetUnknown:
    if group is None:
        return TargetUnknown(f"no Unix group is known of the project {resource.project.slug}", remarks)
    fields = {
        "itemId": str(identifier(PROJECT, resource.slug)),
        "key": resource.project.slug,
        "name": resource.project.name,
        "status": now["status"],
        "unixGid": group.number,
        "active": now["active"],
    }
    return Target(TargetKind.PROJECT, _marked(fields, group.is_mock), int(group.is_mock), remarks)


def _user(
    resource: StorageResource, group: UnixId | None, fallback: GidFallback, now: Fields, remarks: tuple[str, ...]
) -> Target | TargetUnknown:
    """A user is known from what the provider noted alone: there is no call by which one could be looked up."""
    if fallback is not GidFallback.MOCK:
        return TargetUnknown("no user is noted in backend_metadata.user_item", remarks)
    user, primary = mock_uid(resource.slug), group or mock_gid(resource.project.slug)
    fields = {
        "itemId": str(identifier(USER, resource.slug)),
        "status": now["status"],
        "email": f"user-{resource.slug}@example.com",
        "unixUid": user.number,
        "primaryProject": {"name": resource.project.slug, "unixGid": primary.number, "active": now["active"]},
        "active": now["active"],
    }
    return Target(TargetKind.USER, _marked(fields, is_mock=True), 1 + primary.is_mock, remarks)


def _marked(fields: Fields, is_mock: bool) -> Fields:  # noqa: FBT001 - a fact about the item
    return {**fields, MARK: True} if is_mock else fields


def _stored(resource: StorageResource, kind: TargetKind) -> Fields | None:
    """What the provider noted, where it has all that has to be there."""
    noted = resource.backend_metadata.get(STORED[kind])
    if not isinstance(noted, Mapping):
        return None
    return noted if (_is_project if kind is TargetKind.PROJECT else _is_user)(noted) else None


def _is_project(noted: Fields) -> bool:
    return _is_unix_id(noted.get("unixGid")) and _are_texts(noted, "itemId", "key", "name")


def _is_user(noted: Fields) -> bool:
    primary = noted.get("primaryProject")
    has_primary = (
        isinstance(primary, Mapping) and isinstance(primary.get("name"), str) and _is_unix_id(primary.get("unixGid"))
    )
    is_known = isinstance(noted.get("email"), str) and _is_unix_id(noted.get("unixUid"))
    return has_primary and is_known and _are_texts(noted, "itemId")


def _is_unix_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _are_texts(noted: Fields, *names: str) -> bool:
    """Whether those that are there are."""
    return all(isinstance(noted.get(name, ""), str) for name in names)


def _refreshed(resource: StorageResource, kind: TargetKind, noted: Fields, now: Fields) -> Fields:
    """What was noted, with what is known better now, and what may have been left out."""
    if kind is TargetKind.PROJECT:
        usual = {
            "itemId": str(identifier(PROJECT, resource.slug)),
            "key": resource.project.slug,
            "name": resource.project.name,
        }
        return {**usual, **noted, **now}
    primary = {**noted["primaryProject"], "active": now["active"]}
    return {"itemId": str(identifier(USER, resource.slug)), **noted, **now, "primaryProject": primary}
