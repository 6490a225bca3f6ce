"""Projects: A's as their provider sees them, and the mirrors on B."""

from datetime import date
from typing import Protocol

from federation_core.domain.ids import AProjectId, BProjectId
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.plan.actions.fields import FieldValue, ProjectField
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.records import AProject, BProject, SubDomain


class ProviderProjects(Protocol):
    """The projects on A that use something of our provider."""

    def list_all(self) -> Complete[tuple[AProject, ...]] | Incomplete[tuple[AProject, ...]]:
        """All of them, with their profiles."""

    def set_end_date(self, project: AProjectId, end_date: date | None) -> None:
        """Set or clear its end date, which A lets few providers do."""


class ConsumerProjects(Protocol):
    """The projects of our customer on B."""

    def list_all(self) -> Complete[tuple[BProject, ...]] | Incomplete[tuple[BProject, ...]]:
        """All of them."""

    def create(self, project: AProject, key: ProjectKey) -> BProject:
        """Make the mirror of *project*; not idempotent, and after a Transient error it may have happened."""

    def change(self, project: BProjectId, field: ProjectField, value: FieldValue) -> BProject:
        """Set one field; the answer shows what B made of it."""

    def sub_domains(self) -> Complete[tuple[SubDomain, ...]] | Incomplete[tuple[SubDomain, ...]]:
        """B's science sub-domains; Unsupported on servers that have none."""
