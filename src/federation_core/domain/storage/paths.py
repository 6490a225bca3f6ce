"""Mount points: ``/{system}/{data type}/{tenant}/{customer}/{project}``, of parts that cannot lead anywhere else.

Slugs and data types come from Waldur, and from whoever orders; so what is no plain name is refused, not mended.
"""

import enum
import re

from federation_core.domain.storage.records import StorageResource, Unservable

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
_LONGEST_PATH = 4096


class MountPointSource(enum.Enum):
    """Where the mount point of whoever uses a storage comes from."""

    GENERATED = "generated"
    BACKEND_ID = "backend_id"


def segment(text: str, what: str) -> str:
    """A part of a path, proven to be a plain name.

    Raises:
        Unservable: it is empty, longer than 255, or not of letters and digits of ASCII, ``_``, and after the first also ``-``,
            with which options of commands begin, and points.
    """
    if not text:
        raise Unservable(f"no {what}")
    if not _SEGMENT.fullmatch(text):
        raise Unservable(f"a {what} that cannot be a part of a path")
    return text


def tenant_path(system: str, data_type: str, tenant: str) -> str:
    """The mount point of a tenant; all parts are plain names."""
    return f"/{system}/{data_type.lower()}/{tenant}"


def own_path(resource: StorageResource) -> str:
    """The path that the provider told: the effective id, else the `backend_id`; empty where neither is one.

    An older release stored slugs there, so only what is absolute and leads nowhere else counts.
    """
    return next(filter(_is_path, (resource.effective_id, resource.backend_id)), "")


def _is_path(told: str) -> bool:
    parts = told.removeprefix("/").split("/")
    return told.startswith("/") and len(told) <= _LONGEST_PATH and all(map(_SEGMENT.fullmatch, parts))
