"""The accounts that people have in an offering, over REST."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import LocalAccountRow
from federation_core.domain.ids import AAccountId, AOfferingId, BOfferingId, hexed
from federation_core.domain.observed import Complete, Incomplete
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
        return _list(
            self._peer,
            self._offering,
            lambda row: BAccount(row.user_username or "", row.username or "", row.state),
        )


def _list(
    peer: Peer, offering: UUID, translate: Callable[[LocalAccountRow], T]
) -> Complete[tuple[T, ...]] | Incomplete[tuple[T, ...]]:
    return peer.listing(
        "account.list_all",
        f"{ACCOUNTS}/",
        [("offering_uuid", hexed(offering)), ("o", "created")],
        LocalAccountRow,
        keep=lambda row: row.offering_uuid == offering,
        translate=translate,
    )


def _a_account(row: LocalAccountRow) -> AAccount:
    return AAccount(
        id=AAccountId(row.uuid),
        person=row.user_username or "",
        name=row.username or "",
        state=row.state,
        is_restricted=row.is_restricted or False,
    )
