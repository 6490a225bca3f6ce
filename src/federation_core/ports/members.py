"""Who works where: A's projects as their provider sees them, B's as our customer's."""

from datetime import datetime
from typing import Protocol

from federation_core.domain.ids import BCustomerId, BProjectId, BUserId
from federation_core.domain.membership.records import AGrant, BMember, Holding, Hosted, Made, Provider
from federation_core.domain.membership.scene import Machines
from federation_core.domain.observed import Complete, Incomplete


class ProviderMembers(Protocol):
    """The people on A who may use our offering, by project."""

    def provider(self) -> Provider:
        """Who provides the offering; NotFound where that does not show."""

    def list_grants(self, provider: Provider) -> Complete[tuple[AGrant, ...]] | Incomplete[tuple[AGrant, ...]]:
        """All roles on projects with resources of *provider*."""

    def list_holdings(self) -> Complete[tuple[Holding, ...]] | Incomplete[tuple[Holding, ...]]:
        """All resources of our offering, terminated ones included."""

    def list_machines(self, provider: Provider) -> Complete[Machines] | Incomplete[Machines]:
        """The accounts of services and courses in these projects."""


class ConsumerMembers(Protocol):
    """The people of our customers on B, by project."""

    def list_hosted(self) -> Complete[tuple[Hosted, ...]] | Incomplete[tuple[Hosted, ...]]:
        """All resources of our customer, of whatever offering, terminated ones included."""

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
