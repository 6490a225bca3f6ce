"""The mirror projects on B over REST."""

from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import BProjectRow
from federation_core.domain.ids import BCustomerId, BProjectId, hexed
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.projects.backend_id import ProjectKey, format_key
from federation_core.domain.records import AProject, BProject

MAX_NAME = 500
"""Characters a project's name may have (Waldur's column length)."""


class WaldurConsumerProjects:
    """The projects of one customer of B."""

    def __init__(self, peer: Peer, customer: BCustomerId) -> None:
        self._peer = peer
        self._customer = customer

    def list_all(self) -> Complete[tuple[BProject, ...]] | Incomplete[tuple[BProject, ...]]:
        """All of them; the filter is called `customer` here, `customer_uuid` is ignored."""
        return self._peer.listing(
            "project.list_all",
            "projects/",
            [("customer", hexed(self._customer)), ("o", "created")],
            BProjectRow,
            keep=lambda row: row.customer_uuid == self._customer,
            translate=_project,
        )

    def create(self, project: AProject, key: ProjectKey) -> BProject:
        """Make the mirror; no slug is sent, B applies its own rules."""
        body = {
            "name": project.name.strip()[:MAX_NAME] or format_key(key),
            "description": project.description,
            "customer": self._peer.url(path_of("customers", self._customer)),
            "backend_id": format_key(key),
        }
        answer = self._peer.write("project.create", "projects/", body)
        return _project(self._peer.structured("project.create", answer, BProjectRow))


def _project(row: BProjectRow) -> BProject:
    return BProject(BProjectId(row.uuid), BCustomerId(row.customer_uuid), row.created, row.name, row.backend_id or "")
