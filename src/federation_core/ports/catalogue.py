"""The two offerings: B's as a customer sees it, A's as its provider does."""

from typing import Protocol

from federation_core.domain.catalogue import TargetOffering


class ProviderCatalogue(Protocol):
    """The offering on A that users order."""

    def state(self) -> str:
        """Its state, such as ``Active``; NotFound where it is not there, or not ours to serve."""


class Catalogue(Protocol):
    """The offering on B that delivers."""

    def read(self) -> TargetOffering:
        """Its state, components and pricing plans."""
