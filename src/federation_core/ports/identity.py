"""People: what A exposes of them, and B's ways to find, make and forget them."""

from collections.abc import Sequence
from typing import Protocol

from federation_core.domain.ids import BUserId
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.people import BPerson, Disclosure, Profile


class ProviderPeople(Protocol):
    """The people with an account in our offering on A."""

    def list_disclosures(self) -> Complete[tuple[Disclosure, ...]] | Incomplete[tuple[Disclosure, ...]]:
        """What A shows of each; people may be missing because they have not consented."""


class ConsumerPeople(Protocol):
    """The people of B, as far as our token may see and tell. No error repeats a person's name or address."""

    def look_up(self, usernames: Sequence[str]) -> Complete[tuple[BPerson, ...]] | Incomplete[tuple[BPerson, ...]]:
        """The accounts with exactly these names, in as few calls as B allows."""

    def look_up_email(self, email: str) -> Complete[tuple[BPerson, ...]] | Incomplete[tuple[BPerson, ...]]:
        """The accounts with this address, in any case."""

    def allowed_attributes(self) -> frozenset[str]:
        """The attributes that B's identity bridge takes."""

    def push(self, username: str, source: str, attributes: Profile) -> BUserId:
        """Vouch for a person and tell the attributes; makes the account where there is none, and may be repeated."""

    def withdraw(self, username: str, source: str) -> None:
        """Stop vouching for a person, which may deactivate the account."""

    def fetch(self, cuid: str) -> BUserId:
        """Have B fetch a person from the community's identity service; NotFound where nobody has that id there."""
