"""What can be done about people on B: they are introduced, get roles, keep them longer or shorter, and lose them last.

The stages are the order of one cycle: who should have access has it before anything is taken away. An account that B has not shown
yet is None in a grant; introducing the person is what brings it to light. Attributes of people are named and never repeated here.
"""

import enum
from datetime import datetime

import attrs

from federation_core.domain.ids import AUserId, BProjectId, BUserId


class MemberStage(enum.IntEnum):
    """A profile is withdrawn before the last role, because that role is all that shows, later on, that there was somebody."""

    PUSH = enum.auto()
    GRANT = enum.auto()
    CHANGE = enum.auto()
    WITHDRAW = enum.auto()
    REVOKE = enum.auto()


@attrs.frozen
class PushProfile:
    """Vouch for a person on B and tell the attributes that A exposes; B makes the account where there is none.

    Attributes:
        user: the account on B, or None where B has not shown one.
        attributes: the names of what is told, sorted.
    """

    stage = MemberStage.PUSH
    person: AUserId
    user: BUserId | None
    attributes: tuple[str, ...] = ()


@attrs.frozen
class FetchPerson:
    """Have B fetch a person from the community's own identity service."""

    stage = MemberStage.PUSH
    person: AUserId


@attrs.frozen
class GrantRole:
    """Give a person a role on a project of B.

    Attributes:
        user: the account on B, or None where an earlier stage brings it to light.
        expires: when the role ends by itself; None for never.
    """

    stage = MemberStage.GRANT
    project: BProjectId
    person: AUserId
    role: str
    expires: datetime | None = None
    user: BUserId | None = None


@attrs.frozen
class ChangeGrant:
    """Let a role that is held end at another time."""

    stage = MemberStage.CHANGE
    project: BProjectId
    user: BUserId
    role: str
    expires: datetime | None = None


@attrs.frozen
class WithdrawProfile:
    """Vouch for a person no longer; B then forgets what we told, and may deactivate the account."""

    stage = MemberStage.WITHDRAW
    user: BUserId


@attrs.frozen
class RevokeRole:
    """Take a role on a project of B from a person."""

    stage = MemberStage.REVOKE
    project: BProjectId
    user: BUserId
    role: str
    why: str = ""


MemberAction = PushProfile | FetchPerson | GrantRole | ChangeGrant | WithdrawProfile | RevokeRole
"""What may be done about people."""
