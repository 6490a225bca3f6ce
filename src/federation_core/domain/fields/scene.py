"""Everything the decisions about one offering's fields look at, as frozen values."""

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.observed import Observed, Unreadable
from federation_core.domain.records import AAccount, AProject, AResource, BAccount, BProject, BResource, SubDomain

NOT_ASKED = Unreadable("not asked for")


class Part(enum.Enum):
    """What can be kept equal on its own."""

    RESOURCES = enum.auto()
    PROJECTS = enum.auto()
    USERNAMES = enum.auto()


@attrs.frozen
class Obstacle:
    """What stands in the way of a write; *why* as in `federation_core.domain.plan.sync.Hold`."""

    why: Disposition | None
    reason: str


@attrs.frozen
class ResourcesSeen:
    """Both sides' resources; open orders and failed creations are read only where something depends on them.

    Attributes:
        a_open: resources of A with an open order.
        b_open: resources of B with an open order.
        stillborn: resources of A whose Create order was read as ended without success.
        unclear: resources of A whose Create order could not be read, and why.
    """

    a: Observed[tuple[AResource, ...]]
    b: Observed[tuple[BResource, ...]]
    a_open: Observed[frozenset[AResourceId]] = NOT_ASKED
    b_open: Observed[frozenset[BResourceId]] = NOT_ASKED
    stillborn: frozenset[AResourceId] = frozenset()
    unclear: Mapping[AResourceId, str] = attrs.field(factory=dict)


@attrs.frozen
class ProjectsSeen:
    """Both sides' projects; B's sub-domains are read only where some project needs one."""

    a: Observed[tuple[AProject, ...]]
    b: Observed[tuple[BProject, ...]]
    sub_domains: Observed[tuple[SubDomain, ...]] = NOT_ASKED


@attrs.frozen
class AccountsSeen:
    """Both sides' accounts of the people in the offering."""

    a: Observed[tuple[AAccount, ...]]
    b: Observed[tuple[BAccount, ...]]


@attrs.frozen
class FieldScene:
    """What was observed for one cycle; a part that was not asked for is None.

    Attributes:
        now: the time on A's clock.
        b_ahead: how far B's clock is ahead of A's.
        refused: writes that a server refused lately, or carried out in its own way, by `identity_of`.
        unknown: kinds of action that a server does not know, and why.
    """

    now: datetime
    b_ahead: timedelta = timedelta(0)
    resources: ResourcesSeen | None = None
    projects: ProjectsSeen | None = None
    accounts: AccountsSeen | None = None
    refused: Mapping[str, Obstacle] = attrs.field(factory=dict)
    unknown: Mapping[str, str] = attrs.field(factory=dict)

    def on_a_clock(self, moment: datetime | None) -> datetime | None:
        """A moment on B's clock, as A's clock would show it."""
        return None if moment is None else moment - self.b_ahead

    def sub_domain(self, code: str) -> UUID | None:
        """B's UUID for the sub-domain with that code; None where it has none, or was not read."""
        if self.projects is None or isinstance(self.projects.sub_domains, Unreadable):
            return None
        return next((found.id for found in self.projects.sub_domains.value if found.code == code), None)
