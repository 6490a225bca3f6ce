"""Unix groups of projects, as a site's user service knows them."""

from collections.abc import Collection, Mapping
from typing import Protocol


class ProjectGroups(Protocol):
    """Group ids by project; only ever read."""

    def look_up(self, slugs: Collection[str]) -> Mapping[str, int]:
        """The Unix group id of each of *slugs* that the service knows by exactly this name; the others are absent.

        Raises:
            PlaneError: the service could not be asked, or its answer cannot be relied on.
        """
