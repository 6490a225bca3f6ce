"""The create script: mirror projects, the orders on B, and one look at the marks before anything is linked.

```text
projects found or made, once per key
 → while it is unproven that marks survive on B: one order alone, its resource read back
 → the other orders, side by side
 → one listing of what carries our marks: a twin made by a second agent is seen, a lost reply is made good
 → the links are handed on: to the oldest resource of each mark, unless A is linked already
```

Every arrow may be the last thing that happens; the next cycle finds by mark whatever was posted.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import attrs

from federation_core.application.mirror_projects import MirrorProjects, NoProject
from federation_core.application.order_run import OrderRun
from federation_core.application.outcome import Kind
from federation_core.application.wiring import Learned, OrderPorts, OrderSettings
from federation_core.domain.errors import PlaneError, Transient
from federation_core.domain.ids import AResourceId, BResourceId, parse_uuid
from federation_core.domain.orders.scene import MARKS_LOST, Marker, seniority
from federation_core.domain.plan.actions.orders import LinkOrder, LinkResource, SubmitCreate
from federation_core.domain.records import BResource
from federation_core.ports.journal import Entry
from federation_core.ports.orders import Placed


@attrs.frozen
class _Attempt:
    """One create that was posted; *placed* is None where the answer was lost."""

    run: OrderRun
    action: SubmitCreate
    placed: Placed | None


class CreateScript:
    """Posts the creates of one plan."""

    def __init__(self, ports: OrderPorts, settings: OrderSettings, learned: Learned) -> None:
        self._ports = ports
        self._learned = learned
        self._offering = settings.rules.offering
        self._projects = MirrorProjects(ports, settings, learned)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd about the mirror projects."""
        return self._projects.notes

    def run(self, wanted: Sequence[tuple[OrderRun, SubmitCreate]]) -> None:
        """Post them; each run gets its links to do, or is stopped with a reason."""
        if not wanted:
            return
        day_before = (self._ports.a_clock.now() - timedelta(days=1)).date()
        self._projects.ensure({action.key: action.project for _, action in wanted})
        alone = 1 if self._learned.marker is Marker.UNPROVEN else 0
        attempts = self._post(wanted[:alone])
        self._read_back(attempts)
        attempts += self._post([pair for pair in wanted[alone:] if self._may_post(pair[0])])
        if attempts:
            self._hand_on_links(attempts, day_before)

    def _may_post(self, run: OrderRun) -> bool:
        match self._learned.marker:
            case Marker.SURVIVES:
                return True
            case Marker.UNPROVEN:
                run.stop(Kind.AGAIN_AFTER, "the first order on B has yet to show that our marks survive there")
            case Marker.LOST:
                run.stop(Kind.PARKED, MARKS_LOST, MARKS_LOST)
        return False

    def _post(self, wanted: Sequence[tuple[OrderRun, SubmitCreate]]) -> list[_Attempt]:
        results = self._ports.pool.run([partial(self._post_one, run, action) for run, action in wanted])
        return [result for result in results if isinstance(result, _Attempt)]

    def _post_one(self, run: OrderRun, action: SubmitCreate) -> _Attempt | None:
        project = self._projects.of(action.key)
        if isinstance(project, NoProject):
            run.stop(project.kind, project.reason, project.reason)
            return None
        self._learned.attempts[action.order] = self._ports.a_clock.now()
        try:
            placed = self._ports.b_orders.create(
                project.id, action.attributes, action.limits, action.plan, accept_terms=action.accept_terms
            )
        except PlaneError as error:
            self._ports.journal.note(Entry(action, str(error)))
            run.failed(action, error)
            return _Attempt(run, action, None) if isinstance(error, Transient) else None
        run.done.append(action)
        self._ports.journal.note(Entry(action))
        return _Attempt(run, action, placed)

    def _read_back(self, attempts: Sequence[_Attempt]) -> None:
        """Look at the first resource made: without its mark on it, no second create may be posted."""
        for attempt in attempts:
            if attempt.placed is None:
                continue
            try:
                shown = self._ports.b_resources.read(attempt.placed.resource)
            except PlaneError:
                continue  # stays unproven, so the others wait for the next cycle
            survived = shown.for_resource == attempt.action.resource and shown.for_offering == self._offering
            self._learned.marker = Marker.SURVIVES if survived else Marker.LOST

    def _hand_on_links(self, attempts: Sequence[_Attempt], since: date) -> None:
        by_mark = self._marked(since)
        for attempt in attempts:
            winner = self._winner(attempt, by_mark.get(attempt.action.resource, []))
            if winner is not None:
                attempt.run.resume(*_links(attempt, winner))

    def _marked(self, since: date) -> Mapping[AResourceId, list[BResource]]:
        """What carries our marks now, the preferred one first; what cannot be read is noticed as a twin by a later sweep."""
        try:
            seen = self._ports.b_resources.list_marked(self._offering, since)
        except PlaneError:
            return {}
        found: dict[AResourceId, list[BResource]] = {}
        for resource in sorted(seen.value, key=seniority):
            if resource.for_resource is not None:
                found.setdefault(resource.for_resource, []).append(resource)
        return found

    def _winner(self, attempt: _Attempt, found: Sequence[BResource]) -> BResourceId | None:
        if not found:
            return attempt.placed.resource if attempt.placed is not None else None
        if len(found) == 1:
            return found[0].id
        return self._linked_on_a(attempt.action.resource, found) or found[0].id

    def _linked_on_a(self, resource: AResourceId, found: Sequence[BResource]) -> BResourceId | None:
        """Which of several twins A is linked to already: another agent may have been faster."""
        try:
            linked = parse_uuid(self._ports.a_resources.read(resource).backend_id)
        except PlaneError:
            return None
        return next((twin.id for twin in found if twin.id == linked), None)


def _links(attempt: _Attempt, winner: BResourceId) -> tuple[LinkOrder | LinkResource, ...]:
    action, placed = attempt.action, attempt.placed
    resource = LinkResource(action.order, action.resource, winner)
    if placed is not None and placed.resource == winner:
        return LinkOrder(action.order, placed.order), resource
    return (resource,)
