"""Whom B is told about where no roles are carried over: everybody with an account in A's offering.

| the account in A's offering | B is told of the person |
| --- | --- |
| is that of a service or a course | no |
| is restricted | no |
| is about to be deleted, or in a state that is not known | no |
| consent is asked for, and A does not show that it was given | no |
| does not show the user name by which B would know the person | no, which is told |
| otherwise | yes |

No role hangs on it, so nobody is withdrawn: that A shows an account no longer may only mean that a consent is gone, and what else B
lets the person do is not for us to see.
"""

from collections.abc import Iterator

from federation_core.domain.errors import Disposition
from federation_core.domain.membership.claims import BARRED, NO_CONSENT, UNTOLD_CONSENT, is_machine
from federation_core.domain.membership.decide import SEVERAL_ACCOUNTS, UNTOLD_ACCOUNT, MembersDecided
from federation_core.domain.membership.rules import MemberRules
from federation_core.domain.membership.scene import MemberScene
from federation_core.domain.observed import rows
from federation_core.domain.people import APerson, Disclosure, Identities
from federation_core.domain.plan.sync import Hold

MACHINE = "an account of a service or of a course"
GOING = "the person's account in the offering is not in use"

IN_USE = frozenset(
    {
        "",  # A does not show it
        "OK",
        "Requested",
        "Creating",
        "Error creating",
        "Pending account linking",
        "Pending additional validation",
    }
)
"""States of an account on A whose person may work with it, now or soon."""


def person_of(shown: Disclosure) -> APerson:
    """The person of an account in A's offering, as far as the account shows."""
    email = shown.profile.get("email")
    return APerson(shown.person, shown.username, email if isinstance(email, str) else "")


def why_untold(shown: Disclosure, scene: MemberScene, rules: MemberRules) -> str:
    """Why B is not told of the person of an account; empty where it is."""
    if is_machine(person_of(shown), scene.left_alone):
        return MACHINE
    if shown.is_restricted:
        return BARRED
    if shown.state not in IN_USE:
        return GOING
    if rules.consented_only and not shown.has_consent:
        return UNTOLD_CONSENT if shown.has_consent is None else NO_CONSENT
    return "" if shown.username else UNTOLD_ACCOUNT


def audience_of(scene: MemberScene, rules: MemberRules) -> tuple[APerson, ...]:
    """Whom B is told about, each once, in the order of their UUIDs; nobody where people cannot be told from services."""
    if not scene.may_write:
        return ()
    found = {one.person: person_of(one) for one in rows(scene.disclosures) if not why_untold(one, scene, rules)}
    return tuple(found[person] for person in sorted(found))


def decide_audience(scene: MemberScene, rules: MemberRules, identities: Identities) -> MembersDecided:
    """Decide whom B is told about, and tell of whom it cannot be; no role is given or taken."""
    persons = [person.id for person in audience_of(scene, rules)]
    unclear = [Hold(str(one), Disposition.PARKED, SEVERAL_ACCOUNTS) for one in persons if one in identities.unclear]
    return MembersDecided(holds=(*_nameless(scene, rules), *unclear), wanted=frozenset(persons))


def _nameless(scene: MemberScene, rules: MemberRules) -> Iterator[Hold]:
    for shown in rows(scene.disclosures):
        if why_untold(shown, scene, rules) == UNTOLD_ACCOUNT:
            yield Hold(str(shown.person), Disposition.PARKED, UNTOLD_ACCOUNT)
