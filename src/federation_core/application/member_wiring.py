"""What the member use case is given: its ports, its settings, and what was learned of the peers so far."""

from datetime import datetime

import attrs

from federation_core.domain.identity.rules import IdentityRules
from federation_core.domain.ids import AUserId, BCustomerId, BUserId
from federation_core.domain.membership.rules import MemberRules
from federation_core.domain.membership.scene import KnownMade
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
    """

    rules: MemberRules
    identity: IdentityRules
    other_customers: frozenset[BCustomerId] = frozenset()


@attrs.frozen
class Refusal:
    """A write that B refused, and when."""

    at: datetime
    reason: str


@attrs.define
class MembersLearned:
    """What was found out about people, kept for the process; losing it costs a few requests.

    Attributes:
        users: accounts that came to light when people were introduced.
        told: digests of what B was told of people, or showed alike.
        foreign: roles on B that were read as given by another account.
        refused: writes by their identity.
    """

    users: dict[AUserId, BUserId] = attrs.field(factory=dict)
    told: dict[AUserId, str] = attrs.field(factory=dict)
    foreign: frozenset[KnownMade] = frozenset()
    refused: dict[str, Refusal] = attrs.field(factory=dict)
