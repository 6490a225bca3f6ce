"""Mirror projects in memory."""

from tests.fakes.script import Scripted
from tests.strategies.builders import NOW, a_b_project, b_customer_id, b_project_id

from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.projects.backend_id import ProjectKey, format_key
from federation_core.domain.records import AProject, BProject


class ConsumerProjects(Scripted):
    """B's projects; `flaw` makes listings incomplete."""

    def __init__(self, *projects: BProject):
        super().__init__()
        self.projects = list(projects)
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
