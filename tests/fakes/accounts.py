"""Accounts of people in memory."""

from uuid import UUID

import attrs
from tests.fakes.script import Scripted

from federation_core.domain.errors import NotFound
from federation_core.domain.ids import AAccountId, Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AAccount, BAccount


class ProviderAccounts(Scripted):
    """A's accounts; one that gets a name is OK."""

    def __init__(self, *accounts: AAccount):
        super().__init__()
        self.accounts = {account.id: account for account in accounts}
        self.flaw = ""

    def list_all(self) -> Complete[tuple[AAccount, ...]] | Incomplete[tuple[AAccount, ...]]:
        self.happens(self.before, "list_all")
        found = tuple(self.accounts.values())
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def list_like(self, person: str, name: str) -> Complete[tuple[AAccount, ...]] | Incomplete[tuple[AAccount, ...]]:
        self.happens(self.before, "list_like")
        found = tuple(
            account
            for account in self.accounts.values()
            if account.person.casefold() == person.casefold() or account.name == name
        )
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def read(self, account: AAccountId) -> AAccount:
        self.happens(self.before, "read")
        if account not in self.accounts:
            raise NotFound(Side.A, "account.read", "Not found.", 404)
        return self.accounts[account]

    def rename(self, account: AAccountId, name: str) -> None:
        self.happens(self.before, "rename")
        self.accounts[account] = attrs.evolve(self.accounts[account], name=name, state="OK")


class ConsumerAccounts(Scripted):
    """B's accounts."""

    def __init__(self, *accounts: BAccount):
        super().__init__()
        self.accounts = list(accounts)
        self.flaw = ""

    def list_all(self) -> Complete[tuple[BAccount, ...]] | Incomplete[tuple[BAccount, ...]]:
        self.happens(self.before, "list_all")
        found = tuple(self.accounts)
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def list_of(self, person: str) -> Complete[tuple[BAccount, ...]] | Incomplete[tuple[BAccount, ...]]:
        self.happens(self.before, "list_of")
        found = tuple(account for account in self.accounts if account.person.casefold() == person.casefold())
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def read(self, account: UUID) -> BAccount:
        """The account whose place in the list is the UUID's number."""
        self.happens(self.before, "read")
        return self.accounts[account.int]
