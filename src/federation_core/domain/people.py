"""People as both sides show them; what is personal stays out of every `repr`.

A person is known by two UUIDs, one on each side, and these are what plans, logs and errors name. User names, e-mail addresses and
profiles are only looked at to find the same person on the other side, and to tell B what A exposes.
"""

from collections.abc import Mapping

import attrs

from federation_core.domain.ids import AUserId, BUserId

Profile = Mapping[str, object]
"""A person's attributes by the names that identity services use; what is not shown is absent."""


@attrs.frozen
class APerson:
    """Somebody with a role on A.

    Attributes:
        username: the name of the person's identity, which both marketplaces know alike; empty where A does not show it.
        email: empty where A does not show it.
    """

    id: AUserId
    username: str = attrs.field(default="", repr=False)
    email: str = attrs.field(default="", repr=False)


@attrs.frozen
class Disclosure:
    """What A's offering shows its provider of one person.

    Attributes:
        has_consent: whether the person agreed to be shown to providers; None where A does not tell.
        is_restricted: whether the provider barred the person's account.
        profile: what is exposed, as A spells it.
        username: the name of the person's identity; empty where A does not show it.
        state: of the account, as A spells it; empty where A does not show it.
    """

    person: AUserId
    has_consent: bool | None = None
    is_restricted: bool = False
    profile: Profile = attrs.field(factory=dict, repr=False)
    username: str = attrs.field(default="", repr=False)
    state: str = ""


@attrs.frozen
class BPerson:
    """Somebody on B.

    Attributes:
        registration_method: how the account came to be; None where B does not show it.
        sources: the identity services that vouch for the person now; None where B does not show them.
        profile: what B shows of the attributes that identity services push.
    """

    id: BUserId
    username: str = attrs.field(default="", repr=False)
    email: str = attrs.field(default="", repr=False)
    is_active: bool = True
    registration_method: str | None = None
    sources: frozenset[str] | None = None
    profile: Profile = attrs.field(factory=dict, repr=False)


@attrs.frozen
class Identities:
    """Who of A is who on B.

    Attributes:
        users: the account on B of each person who has one.
        unclear: people whose account cannot be told, with the accounts it may be; no account where A does not say enough.
    """

    users: Mapping[AUserId, BUserId] = attrs.field(factory=dict)
    unclear: Mapping[AUserId, frozenset[BUserId]] = attrs.field(factory=dict)
