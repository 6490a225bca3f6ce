"""Resources in memory."""

from datetime import date

import attrs
from tests.fakes.script import Scripted
from tests.strategies.builders import NOW

from federation_core.domain.errors import NotFound
from federation_core.domain.ids import AOfferingId, AResourceId, BResourceId, Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AResource, BResource


class ProviderResources(Scripted):
    """A's resources."""

    def __init__(self, *resources: AResource):
        super().__init__()
        self.resources = {resource.id: resource for resource in resources}

    def list_all(self) -> Complete[tuple[AResource, ...]] | Incomplete[tuple[AResource, ...]]:
        self.happens(self.before, "list_all")
        return Complete(tuple(self.resources.values()))

    def read(self, resource: AResourceId) -> AResource:
        self.happens(self.before, "read")
        return self.resources[resource]

    def link(self, resource: AResourceId, b_resource: BResourceId) -> None:
        self.happens(self.before, "link")
        self.resources[resource] = attrs.evolve(self.resources[resource], backend_id=str(b_resource))

    def stamp(self, resource: AResourceId) -> None:
        self.happens(self.before, "stamp")
        self.resources[resource] = attrs.evolve(self.resources[resource], last_sync=NOW)


class ConsumerResources(Scripted):
    """B's resources."""

    def __init__(self, *resources: BResource):
        super().__init__()
        self.resources = {resource.id: resource for resource in resources}

    def list_all(self) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        self.happens(self.before, "list_all")
        return Complete(tuple(self.resources.values()))

    def list_marked(
        self, offering: AOfferingId, since: date
    ) -> Complete[tuple[BResource, ...]] | Incomplete[tuple[BResource, ...]]:
        self.happens(self.before, "list_marked")
        kept = [r for r in self.resources.values() if r.for_offering == offering and r.created.date() >= since]
        return Complete(tuple(kept))

    def read(self, resource: BResourceId) -> BResource:
        self.happens(self.before, "read")
        if resource not in self.resources:
            raise NotFound(Side.B, "resource.read", "Not found.", 404)
        return self.resources[resource]
