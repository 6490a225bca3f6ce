"""Which field of an answer each component is read from."""

from collections.abc import Mapping
from types import MappingProxyType

import attrs


@attrs.frozen
class Fields:
    """Where one component's figures stand.

    Attributes:
        total: the field of an account's or a path's row.
        person: the field of a person's row; empty where people have none.
    """

    total: str
    person: str = ""


COMPUTE: Mapping[str, Fields] = MappingProxyType(
    {"nodeHours": Fields("totalNodeHours", "nodeHours"), "cpuHours": Fields("totalCpuHours", "cpuHours")}
)
"""The usual components of compute; that of CPU hours is named after that of node hours, which clients read."""

STORAGE: Mapping[str, Fields] = MappingProxyType(
    {
        "storage_space": Fields("spaceUsed"),
        "storage": Fields("spaceUsed"),
        "storage_inodes": Fields("inodesUsed"),
        "inodes_usage": Fields("inodesUsed"),
    }
)
"""The usual components of storage, by the names of several releases; space is in bytes."""

SPACE = "spaceUsed"
