"""Everything the decisions about one offering's members look at, as frozen values."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from federation_core.domain.ids import AUserId, BProjectId, BUserId
from federation_core.domain.membership.records import AGrant, BMember, Holding, Hosted, Made, RoleHeld
from federation_core.domain.observed import Complete, Observed, Unreadable
from federation_core.domain.people import Disclosure

KnownMade = tuple[BUserId, RoleHeld]


@attrs.frozen
class Machines:
    """Accounts that are no persons, of services and courses; they are left alone.

    Attributes:
        names: their user names.
        a_users: those that are users of A.
        b_users: those that are users of B.
    """

    names: frozenset[str] = attrs.field(default=frozenset(), repr=False)
    a_users: frozenset[AUserId] = frozenset()
    b_users: frozenset[BUserId] = frozenset()

    def with_(self, other: "Machines") -> "Machines":
        """These and the others."""
        return Machines(self.names | other.names, self.a_users | other.a_users, self.b_users | other.b_users)


@attrs.frozen
class MemberScene:
    """What was observed for one cycle.

    Attributes:
        now: the time on B's clock.
        a_grants: roles on the projects that use something of our provider.
        holdings: the resources of our offering on A.
        hosted: all resources of our customer on B.
        members: all people of our customer on B.
        disclosures: what A's offering shows of people.
        me: our own account on B; None where it could not be read.
        blind: why not all is proven to have been shown; empty where it is.
        makers: who gave the roles of a project, where that matters.
        foreign: roles that were read before, in this process, as given by another account.
    """

    now: datetime
    a_grants: Observed[tuple[AGrant, ...]]
    holdings: Observed[tuple[Holding, ...]]
    hosted: Observed[tuple[Hosted, ...]]
    members: Observed[tuple[BMember, ...]]
    disclosures: Observed[tuple[Disclosure, ...]]
    machines: Observed[Machines]
    me: BUserId | None = None
    blind: str = ""
    makers: Mapping[BProjectId, Observed[tuple[Made, ...]]] = attrs.field(factory=dict)
    foreign: frozenset[KnownMade] = frozenset()

    @property
    def may_write(self) -> bool:
        """Whether B's side is known well enough to add to it."""
        return all(isinstance(one, Complete) for one in (self.members, self.hosted, self.machines))

    @property
    def left_alone(self) -> Machines:
        """The accounts that are no persons."""
        return Machines() if isinstance(self.machines, Unreadable) else self.machines.value

    @property
    def may_remove(self) -> bool:
        """Whether both sides are known well enough to conclude that somebody is not wanted."""
        on_a = all(isinstance(one, Complete) for one in (self.a_grants, self.holdings))
        return self.may_write and on_a and not self.blind and self.me is not None
