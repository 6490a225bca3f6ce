"""Adopt, create or leave undecided, given what B showed for the project of an order.

| B shows | decision |
| --- | --- |
| one project of our customer with the key | adopt it |
| several | adopt the oldest, report the others (Waldur does not keep `backend_id` unique) |
| none, in a complete listing | create |
| none, in any other listing | undecided: creating now could make a second one |
"""

from collections.abc import Iterable

import attrs

from federation_core.domain.ids import BCustomerId
from federation_core.domain.observed import Incomplete, Observed, Unreadable
from federation_core.domain.projects.backend_id import ProjectKey, parse_key
from federation_core.domain.records import BProject


@attrs.frozen
class AdoptProject:
    """This project on B is the mirror; *twins* carry the same key and are to be reported."""

    project: BProject
    twins: tuple[BProject, ...] = ()


@attrs.frozen
class CreateProject:
    """There is none, proven."""


@attrs.frozen
class UndecidedProject:
    """None was seen, but not all was seen."""

    reason: str


ProjectMatch = AdoptProject | CreateProject | UndecidedProject


def match_project(key: ProjectKey, customer: BCustomerId, seen: Observed[tuple[BProject, ...]]) -> ProjectMatch:
    """Decide which project on B mirrors the project of A that *key* names.

    Args:
        key: the project of A.
        customer: our customer on B; a project of another customer is never ours, whatever its `backend_id`.
        seen: projects of B, at least those whose `backend_id` may be the key's.
    """
    if isinstance(seen, Unreadable):
        return UndecidedProject(seen.reason)
    ours = oldest_first(row for row in seen.value if row.customer == customer and parse_key(row.backend_id) == key)
    if ours:
        return AdoptProject(ours[0], ours[1:])
    return UndecidedProject(seen.reason) if isinstance(seen, Incomplete) else CreateProject()


def oldest_first(projects: Iterable[BProject]) -> tuple[BProject, ...]:
    """By creation time, then by UUID, so that every agent chooses the same."""
    return tuple(sorted(projects, key=lambda project: (project.created, project.id)))
