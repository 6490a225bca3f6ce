"""The mirror projects on B."""

from typing import Protocol

from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.records import AProject, BProject


class ConsumerProjects(Protocol):
    """The projects of our customer on B."""

    def list_all(self) -> Complete[tuple[BProject, ...]] | Incomplete[tuple[BProject, ...]]:
        """All of them."""

    def create(self, project: AProject, key: ProjectKey) -> BProject:
        """Make the mirror of *project*; not idempotent, and after a Transient error it may have happened."""
