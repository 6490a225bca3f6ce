"""What a client may ask for, and the two refusals of ``storage_system`` that the documentation of released services shows."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import attrs
from fastapi import Query

from federation_core.domain.storage.hierarchy import Wanted

SYSTEMS = ("capstor", "vast", "iopsstor")
"""The systems that are always allowed to be asked for, configured or not."""

DATA_TYPES = ("users", "scratch", "store", "archive")
STATUSES = ("pending", "removing", "active", "error", "updating", "removed")
MOST_ON_PAGE, USUAL_ON_PAGE = 500, 100


class UnfitSystem(Exception):
    """``storage_system`` is empty, or none that there is; *body* is what is answered."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__()
        self.body = body


@attrs.frozen
class Filters:
    """The filters as they were asked for; None where nothing was."""

    storage_system: str | None
    data_type: str | None
    status: str | None
    state: str | None

    def wanted(self, systems: Mapping[str, str], *, with_ancestors: bool) -> Wanted:
        """What is wanted of the hierarchy.

        Args:
            systems: name -> slug of the offering.
            with_ancestors: whether parents are wanted too.
        """
        slugs = None
        if self.storage_system is not None:
            slugs = frozenset({systems[self.storage_system]} if self.storage_system in systems else ())
        return Wanted(slugs, self.data_type, self.status, self.state, with_ancestors)


def allowed(systems: Mapping[str, str]) -> tuple[str, ...]:
    """What may be asked for: the documented names, then those that are configured beside them."""
    return (*SYSTEMS, *(name for name in systems if name not in SYSTEMS))


def judge_system(name: str | None, names: Sequence[str]) -> None:
    """Make sure that *name* may be asked for.

    Raises:
        UnfitSystem: it may not.
    """
    if name is None or name in names:
        return
    if name:
        ways = " or ".join(f"?storage_system={each}" for each in names)
        message, fix = "Invalid storage_system value.", f"Use: {ways}"
    else:
        message, fix = "storage_system cannot be empty.", f"Use ?storage_system={names[0]} (not just ?storage_system=)"
    problem = {
        "type": "enum_validation",
        "loc": ["query", "storage_system"],
        "msg": message,
        "input": name,
        "ctx": {"allowed_values": list(names), "help": fix},
    }
    raise UnfitSystem({"detail": [problem]})


def _known(*values: str) -> dict[str, Any]:
    return {"examples": list(values)}


StorageSystem = Annotated[
    str | None,
    Query(description="Storage system; all where it is left out."),
]
DataType = Annotated[
    str | None,
    Query(
        description="Data type, matched exactly; one that nothing has gives an empty list. Known values: "
        + ", ".join(f"`{value}`" for value in DATA_TYPES),
        json_schema_extra=_known(*DATA_TYPES),
    ),
]
Status = Annotated[
    str | None,
    Query(
        description="Status of the item, matched exactly; tenants and customers are `pending`. Known values: "
        + ", ".join(f"`{value}`" for value in STATUSES),
        json_schema_extra=_known(*STATUSES),
    ),
]
State = Annotated[
    Literal["Creating", "OK", "Erred", "Updating", "Terminating", "Terminated"] | None,
    Query(description="Waldur's own state of the resource; parents of no such resource are left out."),
]
PageNumber = Annotated[int, Query(ge=1, description="Number of the page; one beyond the end is empty.")]
PageSize = Annotated[int, Query(ge=1, le=MOST_ON_PAGE, description="Items on a page.")]
Debug = Annotated[bool, Query(description="Waldur's own data, untranslated, with secrets masked.")]
Ancestors = Annotated[
    bool, Query(description="Whether what stands above each matched leaf is listed too, whatever its own status.")
]
