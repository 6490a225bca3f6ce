"""Projects in memory, A's and their mirrors."""

from datetime import date

import attrs
from tests.fakes.peers import PeerClock
from tests.fakes.script import Scripted
from tests.strategies.builders import NOW, a_b_project, b_customer_id, b_project_id

from federation_core.domain.errors import NotFound
from federation_core.domain.ids import AProjectId, BProjectId, Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.plan.actions.fields import FieldValue, ProjectField
from federation_core.domain.projects.backend_id import ProjectKey, format_key
from federation_core.domain.records import AProject, BProject, SubDomain

PLAIN = {ProjectField.OECD_CODE: "oecd_code", ProjectField.IS_INDUSTRY: "is_industry"}


class ProviderProjects(Scripted):
    """A's projects."""

    def __init__(self, *projects: AProject):
        super().__init__()
        self.projects = {project.id: project for project in projects}
        self.clock = PeerClock()
        self.flaw = ""

    def list_all(self) -> Complete[tuple[AProject, ...]] | Incomplete[tuple[AProject, ...]]:
        self.happens(self.before, "list_all")
        found = tuple(self.projects.values())
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def set_end_date(self, project: AProjectId, end_date: date | None) -> None:
        self.happens(self.before, "set_end_date")
        self.show(project, end_date=end_date, end_dated_at=self.clock.now())

    def show(self, project: AProjectId, **changes) -> None:
        found = self.projects[project]
        self.projects[project] = attrs.evolve(found, profile=attrs.evolve(found.profile, **changes))


class ConsumerProjects(Scripted):
    """B's projects; `flaw` makes listings incomplete, `spells` is how B puts a text that it is given."""

    def __init__(self, *projects: BProject):
        super().__init__()
        self.projects = list(projects)
        self.domains: tuple[SubDomain, ...] = ()
        self.spells = str.strip
        self.takes = frozenset(ProjectField)
        self.changes: list[tuple[ProjectField, FieldValue]] = []
        self.clock = PeerClock()
        self.flaw = ""

    def list_all(self) -> Complete[tuple[BProject, ...]] | Incomplete[tuple[BProject, ...]]:
        self.happens(self.before, "list_all")
        return Incomplete(tuple(self.projects), self.flaw) if self.flaw else Complete(tuple(self.projects))

    def create(self, project: AProject, key: ProjectKey) -> BProject:
        self.happens(self.before, "create")
        made = a_b_project(
            id=b_project_id(50 + len(self.projects)),
            customer=b_customer_id(),
            created=NOW,
            name=project.name,
            backend_id=format_key(key),
        )
        self.projects.append(made)
        self.happens(self.after, "create")
        return made

    def change(self, project: BProjectId, field: ProjectField, value: FieldValue) -> BProject:
        self.happens(self.before, "change")
        self.changes.append((field, value))
        if field in self.takes:
            self.show(project, **self._shown(field, value))
        return self.one(project)

    def sub_domains(self) -> Complete[tuple[SubDomain, ...]] | Incomplete[tuple[SubDomain, ...]]:
        self.happens(self.before, "sub_domains")
        return Complete(self.domains)

    def one(self, project: BProjectId) -> BProject:
        for found in self.projects:
            if found.id == project:
                return found
        raise NotFound(Side.B, "project.change", "Not found.", 404)

    def show(self, project: BProjectId, **changes) -> None:
        found = self.one(project)
        shown = attrs.evolve(found, profile=attrs.evolve(found.profile, **changes))
        self.projects[self.projects.index(found)] = shown

    def _shown(self, field: ProjectField, value: FieldValue) -> dict[str, object]:
        match field:
            case ProjectField.SUB_DOMAIN:
                return {"sub_domain": next(domain.code for domain in self.domains if domain.id == value)}
            case ProjectField.DESCRIPTION:
                return {"description": self.spells(str(value))}
            case ProjectField.END_DATE:
                return {"end_date": value, "end_dated_at": self.clock.now()}
            case _:
                return {PLAIN[field]: value}
