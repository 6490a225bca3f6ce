"""Resources in memory."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import attrs
from tests.fakes.peers import PeerClock
from tests.fakes.script import Scripted
from tests.strategies.builders import NOW

from federation_core.domain.errors import NotFound
from federation_core.domain.ids import AOfferingId, AResourceId, BResourceId, Side, parse_uuid
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AResource, BResource
from federation_core.domain.units import AComponent


class ProviderResources(Scripted):
    """A's resources; limits above `most` are cut, `flaw` makes the listing incomplete."""

    def __init__(self, *resources: AResource):
        super().__init__()
        self.resources = {resource.id: resource for resource in resources}
        self.messages: dict[AResourceId, str] = {}
        self.writes: list[tuple[AResourceId, dict[str, object]]] = []
        self.most = Fraction(10**40)
        self.clock = PeerClock()
        self.flaw = ""

    def list_all(self) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        self.happens(self.before, "list_all")
        found = tuple(self.resources.values())
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def list_linked(
        self, b_resource: BResourceId
    ) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        self.happens(self.before, "list_linked")
        found = tuple(r for r in self.resources.values() if parse_uuid(r.backend_id) == b_resource)
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def read(self, resource: AResourceId) -> AResource:
        self.happens(self.before, "read")
        if resource not in self.resources:
            raise NotFound(Side.A, "resource.read", "Not found.", 404)
        return self.resources[resource]

    def link(self, resource: AResourceId, b_resource: BResourceId) -> None:
        self.happens(self.before, "link")
        self.resources[resource] = attrs.evolve(self.resources[resource], backend_id=str(b_resource))

    def stamp(self, resource: AResourceId) -> None:
        self.happens(self.before, "stamp")
        self._set(resource, last_sync=NOW)

    def set_limits(self, resource: AResourceId, limits: Mapping[AComponent, Fraction]) -> None:
        self.happens(self.before, "set_limits")
        self._set(resource, limits={name: min(amount, self.most) for name, amount in limits.items()})

    def set_effective_id(self, resource: AResourceId, effective_id: str) -> None:
        self.happens(self.before, "set_effective_id")
        self._set(resource, effective_id=effective_id)

    def set_end_date(self, resource: AResourceId, end_date: date | None) -> None:
        self.happens(self.before, "set_end_date")
        self._set(resource, end_date=end_date, end_dated_at=self.clock.now())
        self.happens(self.after, "set_end_date")

    def mark_ok(self, resource: AResourceId) -> None:
        self.happens(self.before, "mark_ok")
        self._set(resource, state="OK")

    def mark_erred(self, resource: AResourceId, message: str) -> None:
        self.happens(self.before, "mark_erred")
        self._set(resource, state="Erred")
        self.messages[resource] = message

    def _set(self, resource: AResourceId, **changes) -> None:
        self.writes.append((resource, changes))
        self.resources[resource] = attrs.evolve(self.resources[resource], **changes)


class ConsumerResources(Scripted):
    """B's resources; `flaw` makes the listing incomplete."""

    def __init__(self, *resources: BResource):
        super().__init__()
        self.resources = {resource.id: resource for resource in resources}
        self.clock = PeerClock()
        self.flaw = ""

    def list_all(self) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        self.happens(self.before, "list_all")
        found = tuple(self.resources.values())
        return Incomplete(found, self.flaw) if self.flaw else Complete(found)

    def list_marked(
        self, offering: AOfferingId, since: date
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        self.happens(self.before, "list_marked")
        kept = [r for r in self.resources.values() if r.for_offering == offering and r.created.date() >= since]
        return Complete(tuple(kept))

    def list_for(
        self, offering: AOfferingId, resource: AResourceId
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        self.happens(self.before, "list_for")
        found = [r for r in self.resources.values() if (r.for_offering, r.for_resource) == (offering, resource)]
        return Incomplete(tuple(found), self.flaw) if self.flaw else Complete(tuple(found))

    def read(self, resource: BResourceId) -> BResource:
        self.happens(self.before, "read")
        if resource not in self.resources:
            raise NotFound(Side.B, "resource.read", "Not found.", 404)
        return self.resources[resource]

    def set_end_date(self, resource: BResourceId, end_date: date | None) -> None:
        self.happens(self.before, "set_end_date")
        changed = attrs.evolve(self.resources[resource], end_date=end_date, end_dated_at=self.clock.now())
        self.resources[resource] = changed
        self.happens(self.after, "set_end_date")
