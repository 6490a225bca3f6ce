"""The operator's settings that decisions about identities depend on."""

import enum

import attrs


class MatchField(enum.Enum):
    """By what the same person is recognised on both sides; a community user id is the user name there."""

    CUID = "cuid"
    EMAIL = "email"
    USERNAME = "username"


class ResolveMethod(enum.Enum):
    """How an account comes to light that B does not show by itself."""

    BRIDGE = "identity_bridge"
    EDUTEAMS = "remote_eduteams"
    FIELD = "user_field"

    @property
    def knows_usernames(self) -> bool:
        """Whether B's own key for a person is the user name, whatever people are matched by."""
        return self is not ResolveMethod.FIELD


class NotFoundAction(enum.Enum):
    """What it means that somebody has no account on B: worth knowing, or a failure."""

    WARN = "warn"
    FAIL = "fail"


@attrs.frozen
class IdentityRules:
    """How identities are decided.

    Attributes:
        source: whom we vouch for people as, such as ``isd:example``; empty for nobody.
        wants_push: whether profiles are pushed also where people are found in another way.
    """

    match: MatchField = MatchField.CUID
    method: ResolveMethod = ResolveMethod.FIELD
    source: str = ""
    wants_push: bool = False
    not_found: NotFoundAction = NotFoundAction.WARN

    @property
    def pushes(self) -> bool:
        """Whether profiles are pushed to B's identity bridge."""
        return bool(self.source) and (self.wants_push or self.method is ResolveMethod.BRIDGE)
