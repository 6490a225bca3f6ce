"""What is installed in our own environment, as far as the official agent would load it."""

import importlib.metadata
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution

from federation_core.domain.health.seen import Neighbour

OURS = "waldur-federation"
GROUPS = "waldur_site_agent."
"""How the groups begin in which the official agent looks for plug-ins."""


class InstalledPackages:
    """The distributions that Python finds here."""

    def __init__(self, folders: Iterable[str] | None = None) -> None:
        """Look into *folders*; where Python itself looks, without any."""
        self._folders = sys.path if folders is None else list(folders)

    def neighbours(self) -> tuple[Neighbour, ...]:
        """The others, by name, with what they and we register for the official agent."""
        found = dict(self._named())
        ours = _entries(found.pop(OURS)) if OURS in found else frozenset[tuple[str, str]]()
        return tuple(_neighbour(name, package, ours) for name, package in sorted(found.items()))

    def _named(self) -> Iterator[tuple[str, Distribution]]:
        """Each distribution by its name in the usual spelling; of several copies the one that is imported comes last."""
        for package in reversed(list(importlib.metadata.distributions(path=self._folders))):
            if "Name" in package.metadata:  # a broken installation has none
                yield re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower(), package


def _neighbour(name: str, package: Distribution, ours: frozenset[tuple[str, str]]) -> Neighbour:
    theirs = _entries(package)
    return Neighbour(
        name,
        package.version,
        frozenset(entry for _, entry in theirs),
        frozenset(entry for _, entry in theirs & ours),
    )


def _entries(package: Distribution) -> frozenset[tuple[str, str]]:
    """What a distribution registers for the official agent: group and name."""
    return frozenset((entry.group, entry.name) for entry in package.entry_points if entry.group.startswith(GROUPS))
