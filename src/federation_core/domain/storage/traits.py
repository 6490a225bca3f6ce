"""What an order says of a storage: its permissions and its data type, each a text or absent."""

import enum
import re

from federation_core.domain.storage.paths import segment
from federation_core.domain.storage.records import StorageResource, Unservable, Values

DEFAULT_PERMISSIONS, DEFAULT_DATA_TYPE = "775", "store"
_OCTAL = re.compile(r"[0-7]{3,4}")


class TargetKind(enum.Enum):
    """Who uses a storage."""

    PROJECT = "project"
    USER = "user"


KINDS = {
    "store": TargetKind.PROJECT,
    "archive": TargetKind.PROJECT,
    "users": TargetKind.USER,
    "scratch": TargetKind.USER,
}
"""Data type -> who uses it."""


def permissions_of(resource: StorageResource) -> tuple[str, tuple[str, ...]]:
    """The octal permissions, and remarks: an administrator's override counts before the order's own.

    Raises:
        Unservable: the order's own are no text, or not octal.
    """
    ordered = _text(resource.attributes, "permissions") or DEFAULT_PERMISSIONS
    if not _OCTAL.fullmatch(ordered):
        raise Unservable("permissions that are not three or four octal digits")
    override = resource.options.get("permissions")
    if override in (None, ""):
        return ordered, ()
    if isinstance(override, str) and _OCTAL.fullmatch(override):
        return override, ()
    return ordered, ("options.permissions is ignored: it is not three or four octal digits as a text",)


def data_type_of(resource: StorageResource) -> tuple[str, TargetKind, tuple[str, ...]]:
    """The data type as it is written, who uses such storage, and remarks; what nobody knows is a project's.

    Raises:
        Unservable: it is no text, or cannot be a part of a path.
    """
    text = segment(_text(resource.attributes, "storage_data_type") or DEFAULT_DATA_TYPE, "storage_data_type")
    kind = KINDS.get(text.lower())
    if kind is not None:
        return text, kind, ()
    return text, TargetKind.PROJECT, (f"the data type {text} is not known, and taken for a project's",)


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unservable(f"{name} that is a {type(value).__name__} and no text")
    return value
