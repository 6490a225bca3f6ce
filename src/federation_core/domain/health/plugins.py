"""Checks of what is installed beside us for the official agent.

The agent looks its plug-ins up by the names under which they are registered:

| another distribution | registers a name of ours | finding |
| --- | --- | --- |
| any | yes | warning: it is chance which of the two works |
| an official plug-in for what we do, or shall do | no | note: it may stay |
| any other | no | none |
"""

from collections.abc import Iterator

from federation_core.domain.health.seen import Neighbour, Seen
from federation_core.domain.health.table import Hit, Severity, check, hit

OFFICIAL = frozenset({"waldur-site-agent-waldur", "waldur-site-agent-cscs-dwdi", "waldur-site-agent-cscs-hpc-storage"})
"""Official distributions for what this project does, or shall do."""

_HERE = "this environment"


@check(
    "plugins-clash",
    Severity.WARNING,
    cause="{package} {version} and we both register {names}, and the official agent takes whichever it enumerates last, "
    "without a message",
    fix="uninstall {package} from this environment",
)
def _clash(seen: Seen) -> Iterator[Hit]:
    """Nothing else here is registered for the official agent under a name of ours."""
    for one in seen.neighbours:
        if one.shared:
            yield _told(one, one.shared)


@check(
    "plugins-beside",
    Severity.NOTE,
    cause="{package} {version} is installed too; it registers {names} for the official agent, and this release of ours does not",
    fix="nothing: it may stay, until a release of ours registers these names",
)
def _beside(seen: Seen) -> Iterator[Hit]:
    """No official plug-in for what we do, or shall do, is installed here."""
    for one in seen.neighbours:
        if one.name in OFFICIAL and not one.shared:
            yield _told(one, one.entries)


def _told(one: Neighbour, names: frozenset[str]) -> Hit:
    return hit(_HERE, package=one.name, version=one.version, names=", ".join(sorted(names)) or "nothing by name")


PLUGINS = (_clash, _beside)
