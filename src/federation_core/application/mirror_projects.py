"""The mirror projects on B that a cycle's creates need: found by key, made where proven absent, once per key."""

from collections.abc import Mapping
from functools import partial

import attrs

from federation_core.application.outcome import Kind, kind_of
from federation_core.application.wiring import Learned, OrderPorts, OrderSettings
from federation_core.domain.errors import FederationError, PlaneError, Transient
from federation_core.domain.observed import Complete, Observed, Unreadable
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.projects.match import AdoptProject, CreateProject, UndecidedProject, match_project
from federation_core.domain.records import AProject, BProject


@attrs.frozen
class NoProject:
    """Why there is no mirror project, and what that asks for."""

    reason: str
    kind: Kind


class MirrorProjects:
    """A directory of mirror projects, filled by `ensure` for one cycle."""

    def __init__(self, ports: OrderPorts, settings: OrderSettings, learned: Learned) -> None:
        self._projects = ports.b_projects
        self._pool = ports.pool
        self._clock = ports.a_clock
        self._customer = settings.customer
        self._settle = settings.rules.settle
        self._lost = learned.lost_projects
        self._seen: Observed[tuple[BProject, ...]] = Complete(())
        self._failures: dict[ProjectKey, FederationError] = {}
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
        absent = [key for key in wanted if isinstance(match_project(key, self._customer, self._seen), CreateProject)]
        missing = [key for key in absent if not self._may_still_commit(key)]
        if not missing:
            return
        results = self._pool.run([partial(self._projects.create, wanted[key], key) for key in missing])
        self._failures = {k: r for k, r in zip(missing, results, strict=True) if isinstance(r, FederationError)}
        lost = (key for key, error in self._failures.items() if isinstance(error, Transient))
        self._lost.update(dict.fromkeys(lost, self._clock.now()))
        made = tuple(result for result in results if isinstance(result, BProject))
        again = self._list()
        self._seen = again if isinstance(again, Complete) else Complete((*_known(self._seen), *made))

    def _may_still_commit(self, key: ProjectKey) -> bool:
        """Whether an earlier request of this process, whose answer was lost, may still make the project."""
        return key in self._lost and self._clock.now() - self._lost[key] < self._settle

    def of(self, key: ProjectKey) -> BProject | NoProject:
        """The mirror project of *key*, or why there is none."""
        match match_project(key, self._customer, self._seen):
            case AdoptProject(project):
                return project
            case CreateProject():
                return self._not_made(key)
            case UndecidedProject(reason):
                return NoProject(f"B's projects could not be listed completely: {reason}", Kind.AGAIN_AFTER)

    def _not_made(self, key: ProjectKey) -> NoProject:
        error = self._failures.get(key)
        if error is not None:
            return NoProject(f"its project on B could not be made: {error}", kind_of(error.disposition))
        why = "an earlier request may still be making it" if key in self._lost else "it is not listed afterwards"
        return NoProject(f"its project on B could not be made: {why}", Kind.AGAIN_AFTER)

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
