"""Unix ids of projects and people: as they are known, or what is done where nobody knows them.

A made-up group id would give one project's files to whoever owns that number. So it is made up only where that was asked for, it
is the same in every process, and it is marked.
"""

import enum
from collections.abc import Mapping
from hashlib import sha256

import attrs

MOCK_GIDS, MOCK_UIDS, MOCK_RANGE = 30_000, 20_000, 10_000


class GidFallback(enum.Enum):
    """What is done with a storage whose Unix id nobody knows."""

    MOCK = "mock"
    SKIP = "skip"
    ERROR = "error"


@attrs.frozen
class UnixId:
    """A Unix id, and whether it was made up."""

    number: int
    is_mock: bool = False


@attrs.frozen
class Groups:
    """What is known of Unix groups.

    Attributes:
        known: slug of a project -> its group id.
        fallback: for the others.
    """

    known: Mapping[str, int] = attrs.field(factory=dict)
    fallback: GidFallback = GidFallback.SKIP

    def of(self, slug: str) -> UnixId | None:
        """The group of a project; None where nobody knows it, and none may be made up."""
        if slug in self.known:
            return UnixId(self.known[slug])
        return mock_gid(slug) if self.fallback is GidFallback.MOCK else None


def mock_gid(slug: str) -> UnixId:
    """A group id that is made up from a project's slug."""
    return UnixId(MOCK_GIDS + _spread(slug), is_mock=True)


def mock_uid(slug: str) -> UnixId:
    """A user id that is made up from a resource's slug."""
    return UnixId(MOCK_UIDS + _spread(slug), is_mock=True)


def _spread(slug: str) -> int:
    return int.from_bytes(sha256(slug.encode("utf-8", "surrogatepass")).digest()[:8], "big") % MOCK_RANGE
