"""What is read of the two marketplaces only to see whether they are fit for a federation."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from federation_core.domain.health.seen import Feature, Neighbour, Page, SourceOffering, TargetShown, Terms
from federation_core.domain.ids import BOfferingId
from federation_core.domain.observed import Complete, Incomplete

Roles = Mapping[str, frozenset[str]]
"""Role -> its permissions."""


class OwnClock(Protocol):
    """The clock of this machine."""

    def now(self) -> datetime:
        """The time here."""


class Packages(Protocol):
    """The environment that this program runs in."""

    def neighbours(self) -> tuple[Neighbour, ...]:
        """What is installed beside us."""


class PeerHealth(Protocol):
    """A server as such."""

    def version(self) -> str:
        """Its release; empty where it does not tell us."""

    def list_roles(self) -> Complete[Roles] | Incomplete[Roles]:
        """All roles it has."""

    def pages(self) -> tuple[Page, ...]:
        """The first pages of lists, for what they show of how it pages."""


class ProviderHealth(PeerHealth, Protocol):
    """A, as the provider of our offering."""

    def offering(self) -> SourceOffering:
        """The offering that users order; NotFound where it is not there, or not ours to serve."""

    def lacks(self, features: Iterable[Feature]) -> frozenset[Feature]:
        """Those of *features* that this server has no call for."""


class ConsumerHealth(PeerHealth, Protocol):
    """B, as a customer of its offering."""

    def offering(self) -> TargetShown:
        """The offering that delivers, with what it demands; NotFound where it is not there, or not open to us."""

    def terms(self) -> Terms:
        """Its terms of service."""

    def type_of(self, offering: BOfferingId) -> str:
        """The type of any offering; NotFound as above."""

    def filters_marks(self) -> bool:
        """Whether resources can be filtered by their attributes, as far as those that are there show it."""
