"""What each reason why somebody has no role on B asks for."""

from collections.abc import Mapping
from types import MappingProxyType

from federation_core.application.explain_chain import READ_FIRST, Link, Mark, remedy_of
from federation_core.application.plan_members import INACTIVE, NO_BRIDGE, NOBODY, NOT_LOOKED_UP
from federation_core.domain.errors import Disposition
from federation_core.domain.membership.audience import GOING, MACHINE
from federation_core.domain.membership.claims import (
    BARRED,
    GONE,
    NO_CONSENT,
    NO_KEEPER,
    UNTOLD_CONSENT,
    UNTOLD_ROLE,
)
from federation_core.domain.membership.decide import SEVERAL_ACCOUNTS, UNTOLD_ACCOUNT

LEFT_ALONE = "an account of ours, of a service or of a course; such are left alone"
NO_ACCOUNT = "A shows no account of the person in its offering"
_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        GONE: "give the role on A, where the person should have it",
        NO_KEEPER: "ask why about the project's resources: one has to be linked to B's, and open to members",
        BARRED: "have the restriction of the person's account in A's offering lifted",
        NO_CONSENT: "the person has to agree to the terms of A's offering",
        UNTOLD_CONSENT: "the person needs an account in A's offering, and has to agree to its terms",
        UNTOLD_ROLE: "have A show roles to our account",
        NOBODY: "have the person sign in to B once, or see user_resolve_method and user_match_field",
        NOT_LOOKED_UP: READ_FIRST,
        NO_BRIDGE: "have B open its identity bridge to our account; see identity_bridge_source",
        INACTIVE: "have the account activated on B",
        SEVERAL_ACCOUNTS: "have all but one of them removed on B, or see user_match_field",
        UNTOLD_ACCOUNT: "have A's offering expose what user_match_field names",
        LEFT_ALONE: "nothing is to be done",
        MACHINE: "nothing is to be done",
        GOING: "have the provider of A's offering put the account in order, where the person should have it",
        NO_ACCOUNT: "the person needs an account in A's offering, and may have to agree to its terms",
    }
)


def remedy_for(reason: str) -> str:
    """What *reason* asks for; one that is not in the table waits for a person."""
    return _REMEDIES.get(reason, remedy_of(Disposition.PARKED))


def for_reason(name: str, mark: Mark, reason: str) -> Link:
    """A link that does not hold, or could not be told, for a reason of the table."""
    return Link(mark, name, reason, remedy_for(reason))
