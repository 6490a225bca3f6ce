"""B's offering, as a customer sees it."""

from typing import Protocol

from federation_core.domain.catalogue import TargetOffering


class Catalogue(Protocol):
    """The offering on B that delivers."""

    def read(self) -> TargetOffering:
        """Its state, components and pricing plans."""
