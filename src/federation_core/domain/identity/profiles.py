"""Whom B is to be told about, and what.

| the person | pushed |
| --- | --- |
| has no account that is known | always: whatever was told went to one that is out of sight again, and telling brings it to light |
| has one that B shows nothing of | once per process, and whenever A shows something else |
| has one, and B shows everything as A does | never |
| has one, and B shows something else, or that we do not vouch | once per process, and whenever A shows something else |
| has one that is deactivated | never: B refuses it |

That B still shows something else after it was told means that somebody else's word counts there. It is not told again.
"""

import hashlib
import json
from collections.abc import Collection, Mapping

import attrs

from federation_core.domain.identity.attributes import differing, is_empty, to_tell
from federation_core.domain.ids import AUserId, BUserId
from federation_core.domain.people import APerson, BPerson, Profile


@attrs.frozen
class Told:
    """What B is told of one person.

    Attributes:
        username: what B calls the person; as on A, unless the account has another name there.
        attributes: in B's form; empty ones only where B shows something to be emptied.
        digest: stands for all that A exposes and B takes, without telling it.
    """

    person: AUserId
    user: BUserId | None
    username: str = attrs.field(repr=False)
    attributes: Profile = attrs.field(repr=False)
    digest: str


def telling(
    person: APerson, exposed: Profile, allowed: Collection[str], user: BUserId | None, account: BPerson | None
) -> Told:
    """What B may be told of *person*.

    Args:
        person: of A.
        exposed: what A shows of the person.
        allowed: the attributes that B takes.
        user: the account on B, None where there is none that is known.
        account: what B shows of it, None where it shows nothing.
    """
    full = to_tell(exposed, allowed)
    shown = account.profile if account is not None else {}
    attributes = {
        name: value for name, value in full.items() if not is_empty(value) or not is_empty(shown.get(name, ""))
    }
    username = account.username if account is not None and account.username else person.username
    digest = hashlib.sha256(json.dumps([person.username, dict(full)]).encode()).hexdigest()
    return Told(person.id, user, username, attributes, digest)


def is_due(told: Told, account: BPerson | None, source: str, known: Mapping[AUserId, str]) -> bool:
    """Whether B is to be told now.

    Args:
        told: what it would be told.
        account: what B shows of the person.
        source: whom we vouch as.
        known: digests of what B was told, or showed alike, since the process began.
    """
    if told.user is None:
        return True
    before = known.get(told.person)
    if before == told.digest or (account is not None and not account.is_active):
        return False
    if account is None or before is not None:
        return True
    is_unvouched = account.sources is not None and source not in account.sources
    return is_unvouched or bool(differing(told.attributes, account.profile))
