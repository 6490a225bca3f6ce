"""The row of the authority table about user names, and whose account on B is whose on A.

Both sides know a person by the user name of their identity. What B's provider called the account there, A's users find on A. A's
account states are A's own business, so a name is given only where that moves nobody past a step that somebody else has to take:

| A's account | a name from B |
| --- | --- |
| OK | replaces another one |
| Requested, Creating, Error creating | is given: with it the account is there |
| Pending account linking, Pending additional validation | waits: the person or the provider has to act first |
| Requested deletion, Deleting, Deleted, Error deleting | is left: the account goes |
| a state that is not known | is left, and told |

An account on B counts only while it is OK there and has a name; a row that is missing may only lack a consent, and means nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.fields.authority import LATER, PARKED, Field, Shown, View
from federation_core.domain.fields.rules import Authority
from federation_core.domain.fields.scene import AccountsSeen, Obstacle
from federation_core.domain.ids import AAccountId
from federation_core.domain.observed import Complete, rows
from federation_core.domain.plan.actions.fields import RenameAccount
from federation_core.domain.records import AAccount, BAccount

T = TypeVar("T", AAccount, BAccount)

NAMED = frozenset({"OK", "Requested", "Creating", "Error creating"})
"""States of an account on A in which it takes a name."""

WAITING = frozenset({"Pending account linking", "Pending additional validation"})
LEAVING = frozenset({"Requested deletion", "Deleting", "Deleted", "Error deleting"})


@attrs.frozen
class AccountPair:
    """The accounts of one person.

    Attributes:
        is_shared: whether B's name would belong to several people on A.
    """

    a: AAccount
    b: BAccount
    is_shared: bool

    @property
    def key(self) -> str:
        """The UUID of A's account."""
        return str(self.a.id)


def account_pairs(seen: AccountsSeen) -> tuple[AccountPair, ...]:
    """Pair the accounts of the same people; a person shown twice on one side is left out.

    Where A's accounts were not all read, a name may already be somebody's who was not, so there is no pair.
    """
    if not isinstance(seen.a, Complete):
        return ()
    on_a, on_b = _alone(seen.a.value), _alone(rows(seen.b))
    pairs = [
        (account, on_b[person])
        for person, account in on_a.items()
        if person in on_b and on_b[person].state == "OK" and on_b[person].name and account.state not in LEAVING
    ]
    free = _free(seen.a.value, pairs)
    marked = [
        AccountPair(a, b, is_shared=_takes_names(a) and a.id not in free) for a, b in pairs if not a.is_restricted
    ]
    return tuple(sorted(marked, key=lambda pair: pair.key))


def unnamed_people(seen: AccountsSeen) -> Iterable[str]:
    """A note where A's people cannot be told apart at all."""
    accounts = rows(seen.a)
    if accounts and not any(account.person for account in accounts):
        yield "A does not show whose accounts are whose; let its offering expose the attribute 'username'"


def _alone(accounts: Iterable[T]) -> Mapping[str, T]:
    """Accounts by person, in one spelling, of people who have one."""
    named = [account for account in accounts if account.person]
    counts = Counter(account.person.casefold() for account in named)
    return {a.person.casefold(): a for a in named if counts[a.person.casefold()] == 1}


def _takes_names(account: AAccount) -> bool:
    return account.state in NAMED and not account.is_restricted


def _free(accounts: Iterable[AAccount], pairs: Iterable[tuple[AAccount, BAccount]]) -> frozenset[AAccountId]:
    """Accounts of A whose name from B nobody else on A will have once all of these got theirs; the others keep what they have."""
    living = [account for account in accounts if account.state not in LEAVING]
    given = {a.id: b.name for a, b in pairs if _takes_names(a)}
    while True:
        names = Counter(given.get(account.id, account.name) for account in living)
        kept = {account: name for account, name in given.items() if names[name] == 1}
        if kept == given:
            return frozenset(given)
        given = kept


def _names(pair: AccountPair, _view: View) -> tuple[Shown, Shown]:
    return Shown(pair.a.name or None), Shown(pair.b.name)


def _unready(pair: AccountPair, _name: str, _view: View) -> Obstacle | None:
    if pair.is_shared:
        return Obstacle(PARKED, "the user name on B belongs to somebody else on A")
    if pair.a.state in NAMED:
        return None
    if pair.a.state in WAITING:
        return Obstacle(LATER, f"the account on A is {pair.a.state}; its name waits")
    return Obstacle(Disposition.BROKEN, f"the account on A is {pair.a.state!r}, a state that is not known")


ACCOUNT_FIELDS: tuple[Field[AccountPair], ...] = (
    Field(
        name="user name",
        authority=lambda rules: Authority.B if rules.usernames else Authority.NOBODY,
        shown=_names,
        on_a=lambda pair, name, _: RenameAccount(pair.a.id, name),
        obstacle=_unready,
        is_private=True,
    ),
)
"""What both sides show of a person's account."""
