"""Who works where: A's projects as their provider sees them, B's as our customer's."""

from datetime import datetime
from typing import Protocol

from federation_core.domain.ids import (
    AProjectId,
    AResourceId,
    AUserId,
    BCustomerId,
    BProjectId,
    BResourceId,
    BUserId,
)
from federation_core.domain.membership.records import AGrant, BMember, Holding, Hosted, Made, Provider
from federation_core.domain.membership.scene import Machines
from federation_core.domain.observed import Complete, Incomplete


class ProviderMembers(Protocol):
    """The people on A who may use our offering, by project."""

    def provider(self) -> Provider:
        """Who provides the offering; NotFound where that does not show."""

    def list_grants(
        self, provider: Provider, project: AProjectId | None = None, person: AUserId | None = None
    ) -> Complete[tuple[AGrant, ...]] | Incomplete[tuple[AGrant, ...]]:
        """All roles on projects with resources of *provider*; or those on one project, or of one person."""

    def list_holdings(
        self, project: AProjectId | None = None
    ) -> Complete[tuple[Holding, ...]] | Incomplete[tuple[Holding, ...]]:
        """All resources of our offering, terminated ones included; or those of one project."""

    def holding(self, resource: AResourceId) -> Holding:
        """One resource as it is now."""

    def list_machines(self, provider: Provider) -> Complete[Machines] | Incomplete[Machines]:
        """The accounts of services and courses in these projects."""


class ConsumerMembers(Protocol):
    """The people of our customers on B, by project."""

    def list_hosted(
        self, project: BProjectId | None = None
    ) -> Complete[tuple[Hosted, ...]] | Incomplete[tuple[Hosted, ...]]:
        """All resources of our customer, of whatever offering, terminated ones included; or those in one project."""

    def hosted(self, resource: BResourceId) -> Hosted:
        """One resource as it is now."""

    def list_staff(self, project: BProjectId) -> Complete[tuple[BMember, ...]] | Incomplete[tuple[BMember, ...]]:
        """All people with a role on one project, with their roles there alone."""

    def list_members(self, customer: BCustomerId) -> Complete[tuple[BMember, ...]] | Incomplete[tuple[BMember, ...]]:
        """All people who work for *customer* or in its projects."""

    def list_machines(self) -> Complete[Machines] | Incomplete[Machines]:
        """The accounts of services and courses in projects that our token sees."""

    def makers_of(self, project: BProjectId) -> Complete[tuple[Made, ...]] | Incomplete[tuple[Made, ...]]:
        """Who gave which role on *project*."""

    def grant(self, project: BProjectId, user: BUserId, role: str, expires: datetime | None) -> None:
        """Give a role; done already is done. Invalid names the field ``user`` where B does not know the account."""

    def change(self, project: BProjectId, user: BUserId, role: str, expires: datetime | None) -> None:
        """Let a role that is held end at another time; the server fails where it is not held, or held twice."""

    def revoke(self, project: BProjectId, user: BUserId, role: str) -> None:
        """Take a role; taken already is taken. The server fails where it is held twice."""
