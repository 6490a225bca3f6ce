"""Who of A is who on B, by what both sides show of people.

| accounts on B with the same key | verdict |
| --- | --- |
| one | it is the person's |
| several | unclear: none of them is touched |
| none | no account, as far as B shows |
| A does not show the key | unclear |

E-mail addresses are compared without case, user names exactly. Where B itself keys people by user name, a person who is not found
by e-mail address is looked for by that name too: introducing the person would reach that very account.
"""

from collections.abc import Callable, Iterable, Mapping

from federation_core.domain.identity.rules import IdentityRules, MatchField
from federation_core.domain.ids import AUserId, BUserId
from federation_core.domain.people import APerson, BPerson, Identities

Key = Callable[[APerson | BPerson], str]


def _by_username(one: APerson | BPerson) -> str:
    return one.username


def _by_email(one: APerson | BPerson) -> str:
    return one.email.casefold()


def keys_of(rules: IdentityRules) -> tuple[Key, ...]:
    """By what people are compared, the first that finds somebody counts."""
    if rules.match is not MatchField.EMAIL:
        return (_by_username,)
    return (_by_email, _by_username) if rules.method.knows_usernames else (_by_email,)


def identify(persons: Iterable[APerson], accounts: Iterable[BPerson], rules: IdentityRules) -> Identities:
    """Find the account of each person among *accounts*; who is in neither part of the result has none there."""
    found = {account.id: account for account in accounts}
    indexes = [(key, _index(found.values(), key)) for key in keys_of(rules)]
    users: dict[AUserId, BUserId] = {}
    unclear: dict[AUserId, frozenset[BUserId]] = {}
    for person in persons:
        candidates = next((index[key(person)] for key, index in indexes if key(person) in index), frozenset())
        if len(candidates) == 1:
            users[person.id] = next(iter(candidates))
        elif candidates or not any(key(person) for key, _ in indexes):
            unclear[person.id] = candidates
    return Identities(users, unclear)


def _index(accounts: Iterable[BPerson], key: Key) -> Mapping[str, frozenset[BUserId]]:
    found: dict[str, set[BUserId]] = {}
    for account in accounts:
        if key(account):
            found.setdefault(key(account), set()).add(account.id)
    return {value: frozenset(users) for value, users in found.items()}
