"""The mirror projects on B that a cycle's creates need: found by key, made where proven absent, once per key."""

from collections.abc import Mapping
from functools import partial

from federation_core.application.outcome import failures
from federation_core.domain.errors import PlaneError
from federation_core.domain.ids import BCustomerId
from federation_core.domain.observed import Complete, Observed, Unreadable
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.projects.match import AdoptProject, CreateProject, UndecidedProject, match_project
from federation_core.domain.records import AProject, BProject
from federation_core.ports.pool import WorkPool
from federation_core.ports.projects import ConsumerProjects


class MirrorProjects:
    """A directory of mirror projects, filled by `ensure` for one cycle."""

    def __init__(self, projects: ConsumerProjects, pool: WorkPool, customer: BCustomerId) -> None:
        self._projects = projects
        self._pool = pool
        self._customer = customer
        self._seen: Observed[tuple[BProject, ...]] = Complete(())
        self._failures: dict[ProjectKey, str] = {}
        self.notes: tuple[str, ...] = ()

    def ensure(self, wanted: Mapping[ProjectKey, AProject]) -> None:
        """See to it that `of` knows a project for each key, as far as B allows, and that `notes` tells what is odd.

        Two orders of one new project make one project. After making any, the list is read once more: should another agent have made
        the same one meanwhile, both then choose the oldest.
        """
        self._make_missing(wanted)
        self.notes = tuple(note for key in sorted(wanted) if (note := self._note(key)))

    def _make_missing(self, wanted: Mapping[ProjectKey, AProject]) -> None:
        self._seen = self._list()
        missing = [key for key in wanted if isinstance(match_project(key, self._customer, self._seen), CreateProject)]
        if not missing:
            return
        results = self._pool.run([partial(self._projects.create, wanted[key], key) for key in missing])
        self._failures = {key: str(r) for key, r in zip(missing, results, strict=True) if failures([r])}
        made = tuple(result for result in results if isinstance(result, BProject))
        again = self._list()
        self._seen = again if isinstance(again, Complete) else Complete((*_known(self._seen), *made))

    def of(self, key: ProjectKey) -> BProject | str:
        """The mirror project of *key*, or a text saying why there is none."""
        match match_project(key, self._customer, self._seen):
            case AdoptProject(project):
                return project
            case CreateProject():
                return f"its project on B could not be made: {self._failures.get(key, 'it is not listed afterwards')}"
            case UndecidedProject(reason):
                return f"B's projects could not be listed completely: {reason}"

    def _note(self, key: ProjectKey) -> str:
        """What is odd about the projects of *key*, or nothing."""
        match match_project(key, self._customer, self._seen):
            case AdoptProject(project, twins) if twins:
                others = ", ".join(str(twin.id) for twin in twins)
                return (
                    f"several projects on B mirror project {key.project} of A: {project.id} is used, {others} are not"
                )
            case _:
                return ""

    def _list(self) -> Observed[tuple[BProject, ...]]:
        try:
            return self._projects.list_all()
        except PlaneError as error:
            return Unreadable(str(error))


def _known(seen: Observed[tuple[BProject, ...]]) -> tuple[BProject, ...]:
    return () if isinstance(seen, Unreadable) else seen.value
