"""The accounts that people have in an offering: A's as its provider keeps them, B's as far as a customer sees them."""

from typing import Protocol
from uuid import UUID

from federation_core.domain.ids import AAccountId
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AAccount, BAccount


class ProviderAccounts(Protocol):
    """The accounts in our offering on A."""

    def list_all(self) -> Complete[tuple[AAccount, ...]] | Incomplete[tuple[AAccount, ...]]:
        """All that A shows; where somebody has not consented, theirs may be hidden."""

    def list_like(self, person: str, name: str) -> Complete[tuple[AAccount, ...]] | Incomplete[tuple[AAccount, ...]]:
        """Those of one person, and those with one user name."""

    def read(self, account: AAccountId) -> AAccount:
        """One account as it is now."""

    def rename(self, account: AAccountId, name: str) -> None:
        """Give it a user name; one that was still being created is OK with it."""


class ConsumerAccounts(Protocol):
    """The accounts in B's offering."""

    def list_all(self) -> Complete[tuple[BAccount, ...]] | Incomplete[tuple[BAccount, ...]]:
        """All that B shows us, which may be few."""

    def list_of(self, person: str) -> Complete[tuple[BAccount, ...]] | Incomplete[tuple[BAccount, ...]]:
        """Those of one person."""

    def read(self, account: UUID) -> BAccount:
        """One account as it is now."""
