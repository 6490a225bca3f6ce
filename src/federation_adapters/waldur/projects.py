"""Projects over REST: A's in its provider's view, B's as our customer's."""

from datetime import date
from uuid import UUID

from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.wire import ProjectRow, ProviderRow, SellerRow, SubDomainRow
from federation_core.domain.errors import NotFound
from federation_core.domain.ids import ACustomerId, AOfferingId, AProjectId, BCustomerId, BProjectId, hexed
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.plan.actions.fields import FieldValue, ProjectField
from federation_core.domain.projects.backend_id import ProjectKey, format_key
from federation_core.domain.records import AProject, BProject, ProjectProfile, SubDomain

MAX_NAME = 500
"""Characters a project's name may have (Waldur's column length)."""


class WaldurProviderProjects:
    """The projects on A that use something of one offering's provider."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering
        self._provider: UUID | None = None

    def list_all(self) -> Complete[tuple[AProject, ...]] | Incomplete[tuple[AProject, ...]]:
        """All of them; who the provider is, is asked once."""
        if self._provider is None:
            self._provider = self._find_provider()
        return self._peer.listing(
            "project.list_all",
            path_of("marketplace-service-providers", self._provider, "projects"),
            [],
            ProjectRow,
            keep=lambda _row: True,
            translate=_a_project,
        )

    def set_end_date(self, project: AProjectId, end_date: date | None) -> None:
        """Set or clear its end date."""
        self._peer.change("project.set_end_date", path_of("projects", project), {"end_date": _plain(end_date)})

    def _find_provider(self) -> UUID:
        """The UUID that the offering's customer has as a service provider."""
        operation = "project.find_provider"
        offering = self._peer.read(operation, path_of("marketplace-provider-offerings", self._offering), SellerRow)
        found = self._peer.listing(
            operation,
            "marketplace-service-providers/",
            [("customer_uuid", hexed(offering.customer_uuid))],
            ProviderRow,
            keep=lambda row: row.customer_uuid == offering.customer_uuid,
            translate=lambda row: row.uuid,
        )
        if not found.value:
            detail = (
                f"customer {offering.customer_uuid} of the offering is no service provider, as far as the token sees"
            )
            raise NotFound(self._peer.side, operation, detail)
        return found.value[0]


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
            ProjectRow,
            keep=lambda row: row.customer_uuid == self._customer,
            translate=_b_project,
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
        return _b_project(self._peer.structured("project.create", answer, ProjectRow))

    def change(self, project: BProjectId, field: ProjectField, value: FieldValue) -> BProject:
        """Set one field; a sub-domain by its UUID."""
        answer = self._peer.change("project.change", path_of("projects", project), {field.value: _plain(value)})
        return _b_project(self._peer.structured("project.change", answer, ProjectRow))

    def sub_domains(self) -> Complete[tuple[SubDomain, ...]] | Incomplete[tuple[SubDomain, ...]]:
        """B's science sub-domains; the server has no filter for codes."""
        return self._peer.listing(
            "project.sub_domains",
            "science-sub-domains/",
            [],
            SubDomainRow,
            keep=lambda _row: True,
            translate=lambda row: SubDomain(row.uuid, row.code),
        )


def _plain(value: FieldValue) -> str | bool | None:
    match value:
        case UUID():
            return hexed(value)
        case date():
            return value.isoformat()
        case _:
            return value


def _profile(row: ProjectRow) -> ProjectProfile:
    return ProjectProfile(
        description=row.description,
        end_date=row.end_date,
        end_dated_at=row.end_date_updated_at,
        oecd_code=row.oecd_fos_2007_code,
        is_industry=row.is_industry,
        sub_domain=row.science_sub_domain_code,
    )


def _a_project(row: ProjectRow) -> AProject:
    return AProject(
        AProjectId(row.uuid), ACustomerId(row.customer_uuid), row.name, row.description or "", _profile(row)
    )


def _b_project(row: ProjectRow) -> BProject:
    return BProject(
        BProjectId(row.uuid), BCustomerId(row.customer_uuid), row.created, row.name, row.backend_id or "", _profile(row)
    )
