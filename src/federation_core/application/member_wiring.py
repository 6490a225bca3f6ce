"""What the member use case is given: its ports, its settings, and what was learned of the peers so far."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import attrs

from federation_core.domain.identity.rules import IdentityRules
from federation_core.domain.ids import AProjectId, AResourceId, AUserId, BCustomerId, BProjectId, BUserId
from federation_core.domain.membership.rules import MemberRules
from federation_core.domain.membership.scene import KnownMade
from federation_core.domain.people import BPerson
from federation_core.ports.identity import ConsumerPeople, ProviderPeople
from federation_core.ports.journal import Journal
from federation_core.ports.members import ConsumerMembers, ProviderMembers
from federation_core.ports.pool import WorkPool
from federation_core.ports.rights import PeerClock, Rights


@attrs.frozen
class MemberPorts:
    """The outside of the member use case."""

    a_members: ProviderMembers
    a_people: ProviderPeople
    a_rights: Rights
    b_members: ConsumerMembers
    b_people: ConsumerPeople
    b_rights: Rights
    b_clock: PeerClock
    pool: WorkPool
    journal: Journal


@attrs.frozen
class MemberSettings:
    """The operator's wishes for the member use case.

    Attributes:
        other_customers: further customers of ours on the same B, whose people we vouch for as the same source: nobody who works for
            one of them is withdrawn.
        withdraws: whether people who lose their last role on B are vouched for no longer, where that is proven to harm nobody.
    """

    rules: MemberRules
    identity: IdentityRules
    other_customers: frozenset[BCustomerId] = frozenset()
    withdraws: bool = True


@attrs.frozen
class Refusal:
    """A write that B refused, and when."""

    at: datetime
    reason: str


Use = tuple[UUID | None, bool]
"""What of a resource of A matters to people: the one on B that it is linked to, and whether its project's members are kept out."""


@attrs.define
class MembersLearned:
    """What was found out about people, kept for the process; losing it costs a few requests.

    Attributes:
        users: accounts that came to light when people were introduced.
        told: digests of what B was told of people, or showed alike.
        foreign: roles on B that were read as given by another account.
        refused: writes by their identity.
        rooms: projects of B with resources of ours -> those of A that they belong to; as the last full reading showed.
        accounts: of everybody whom the last full reading showed on B.
        taken: how many roles were taken away project by project since all were looked at together, or held back then.
        uses: resources of A -> what of them mattered to people when that was last seen to.
    """

    users: dict[AUserId, BUserId] = attrs.field(factory=dict)
    told: dict[AUserId, str] = attrs.field(factory=dict)
    foreign: frozenset[KnownMade] = frozenset()
    refused: dict[str, Refusal] = attrs.field(factory=dict)
    rooms: Mapping[BProjectId, frozenset[AProjectId]] = attrs.field(factory=dict)
    accounts: Mapping[BUserId, BPerson] = attrs.field(factory=dict)
    taken: int = 0
    uses: dict[AResourceId, Use] = attrs.field(factory=dict)
