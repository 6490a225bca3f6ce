"""The accounts that people have in an offering, over REST."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import attrs

from federation_adapters.waldur.peer import Params, Peer, path_of
from federation_adapters.waldur.wire import LocalAccountRow
from federation_core.domain.ids import AAccountId, AOfferingId, AUserId, BOfferingId, hexed
from federation_core.domain.observed import Complete, Incomplete, together
from federation_core.domain.records import AAccount, BAccount

T = TypeVar("T")
ACCOUNTS = "marketplace-offering-users"


class WaldurProviderAccounts:
    """The accounts in one offering of A."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def list_all(self) -> Complete[tuple[AAccount, ...]] | Incomplete[tuple[AAccount, ...]]:
        """All that A shows."""
        return _list(self._peer, self._offering, _a_account)

    def list_like(self, person: str, name: str) -> Complete[tuple[AAccount, ...]] | Incomplete[tuple[AAccount, ...]]:
        """Those of one person, and those with one user name; the server compares people's names without case."""
        found = together(
            [
                _list(
                    self._peer,
                    self._offering,
                    _a_account,
                    [("user_username", person)],
                    lambda row: _is_same(row.user_username, person),
                ),
                _list(self._peer, self._offering, _a_account, [("username", name)], lambda row: row.username == name),
            ]
        )
        return attrs.evolve(found, value=tuple({account.id: account for account in found.value}.values()))

    def read(self, account: AAccountId) -> AAccount:
        """One account as it is now."""
        return _a_account(self._peer.read("account.read", path_of(ACCOUNTS, account), LocalAccountRow))

    def rename(self, account: AAccountId, name: str) -> None:
        """Give it a user name."""
        self._peer.change("account.rename", path_of(ACCOUNTS, account), {"username": name})


class WaldurConsumerAccounts:
    """The accounts in one offering of B."""

    def __init__(self, peer: Peer, offering: BOfferingId) -> None:
        self._peer = peer
        self._offering = offering

    def list_all(self) -> Complete[tuple[BAccount, ...]] | Incomplete[tuple[BAccount, ...]]:
        """All that B shows us."""
        return _list(self._peer, self._offering, _b_account)

    def list_of(self, person: str) -> Complete[tuple[BAccount, ...]] | Incomplete[tuple[BAccount, ...]]:
        """Those of one person."""
        return _list(
            self._peer,
            self._offering,
            _b_account,
            [("user_username", person)],
            lambda row: _is_same(row.user_username, person),
        )

    def read(self, account: UUID) -> BAccount:
        """One account as it is now."""
        return _b_account(self._peer.read("account.read", path_of(ACCOUNTS, account), LocalAccountRow))


def _list(
    peer: Peer,
    offering: UUID,
    translate: Callable[[LocalAccountRow], T],
    narrowed: Params = (),
    is_wanted: Callable[[LocalAccountRow], bool] = lambda _row: True,
) -> Complete[tuple[T, ...]] | Incomplete[tuple[T, ...]]:
    return peer.listing(
        "account.list_all",
        f"{ACCOUNTS}/",
        [("offering_uuid", hexed(offering)), ("o", "created"), *narrowed],
        LocalAccountRow,
        keep=lambda row: row.offering_uuid == offering and is_wanted(row),
        translate=translate,
    )


def _a_account(row: LocalAccountRow) -> AAccount:
    return AAccount(
        id=AAccountId(row.uuid),
        person=row.user_username or "",
        name=row.username or "",
        state=row.state,
        is_restricted=row.is_restricted or False,
        user=None if row.user_uuid is None else AUserId(row.user_uuid),
    )


def _b_account(row: LocalAccountRow) -> BAccount:
    return BAccount(row.user_username or "", row.username or "", row.state)


def _is_same(shown: str | None, person: str) -> bool:
    return shown is not None and shown.casefold() == person.casefold()
