"""Members over REST: all projects at once where they are read, one call per role where they are changed."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

from federation_adapters.waldur.peer import Peer, path_of
from federation_adapters.waldur.provider import PROVIDERS, find_seller
from federation_adapters.waldur.resources import CONSUMER_VIEW, PROVIDER_VIEW
from federation_adapters.waldur.wire import (
    AGrantRow,
    BMemberRow,
    HoldingRow,
    HostedRow,
    MachineRow,
    MadeRow,
    StaffRow,
)
from federation_core.domain.errors import Forbidden, Invalid, NotFound, Unsupported
from federation_core.domain.ids import (
    ACustomerId,
    AOfferingId,
    AProjectId,
    AResourceId,
    AUserId,
    BCustomerId,
    BOfferingId,
    BProjectId,
    BResourceId,
    BUserId,
    hexed,
)
from federation_core.domain.membership.records import AGrant, BMember, Holding, Hosted, Made, Provider, RoleHeld
from federation_core.domain.membership.scene import Machines
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.people import APerson

T = TypeVar("T")
SHORT_ROLES = MappingProxyType({word: f"PROJECT.{word.upper()}" for word in ("admin", "manager", "member")})
"""What servers of 2024 call the roles on projects."""

_HELD_ALREADY = "already the same role"


class WaldurProviderMembers:
    """The people on A who may use one offering."""

    def __init__(self, peer: Peer, offering: AOfferingId) -> None:
        self._peer = peer
        self._offering = offering
        self._provider: Provider | None = None

    def provider(self) -> Provider:
        """Who provides the offering; asked once."""
        if self._provider is None:
            seller = find_seller(self._peer, self._offering, "member.provider")
            self._provider = Provider(ACustomerId(seller.customer), seller.provider)
        return self._provider

    def list_grants(
        self, provider: Provider, project: AProjectId | None = None, person: AUserId | None = None
    ) -> Complete[tuple[AGrant, ...]] | Incomplete[tuple[AGrant, ...]]:
        """All roles on projects with resources of *provider*, or those asked for; older servers hear no filter here."""
        asked = {"scope_uuid": project, "user": person}
        found = self._peer.listing(
            "member.list_grants",
            path_of(PROVIDERS, provider.id, "project_permissions"),
            [(name, hexed(wanted)) for name, wanted in asked.items() if wanted is not None],
            AGrantRow,
            keep=lambda row: project in {None, row.project_uuid} and person in {None, row.user_uuid},
            translate=lambda row: (row, _a_grant(row)),
        )
        return _without_doubles(found, f"{self._peer.side} member.list_grants")

    def list_holdings(
        self, project: AProjectId | None = None
    ) -> Complete[tuple[Holding, ...]] | Incomplete[tuple[Holding, ...]]:
        """All resources of the offering, or those of one project."""
        narrowed = [] if project is None else [("project_uuid", hexed(project))]
        return self._peer.listing(
            "member.list_holdings",
            f"{PROVIDER_VIEW}/",
            [("offering_uuid", hexed(self._offering)), ("o", "created"), *narrowed],
            HoldingRow,
            keep=lambda row: row.offering_uuid == self._offering and project in {None, row.project_uuid},
            translate=_holding,
        )

    def holding(self, resource: AResourceId) -> Holding:
        """One resource as it is now."""
        return _holding(self._peer.read("member.holding", path_of(PROVIDER_VIEW, resource), HoldingRow))

    def list_machines(self, provider: Provider) -> Complete[Machines] | Incomplete[Machines]:
        """The accounts of services and courses in the provider's projects."""
        paths = [path_of(PROVIDERS, provider.id, name) for name in ("course_accounts", "project_service_accounts")]
        return _machines(
            self._peer,
            paths,
            lambda rows: Machines(_names(rows), frozenset(AUserId(r.user_uuid) for r in rows if r.user_uuid)),
        )


class WaldurConsumerMembers:
    """The people of one customer of B."""

    def __init__(self, peer: Peer, customer: BCustomerId) -> None:
        self._peer = peer
        self._customer = customer

    def hosted(self, resource: BResourceId) -> Hosted:
        """One resource as it is now; one of another customer is none of these."""
        row = self._peer.read("member.hosted", path_of(CONSUMER_VIEW, resource), HostedRow)
        if row.customer_uuid != self._customer:
            raise NotFound(self._peer.side, "member.hosted", "it belongs to another customer")
        return _hosted(row)

    def list_hosted(
        self, project: BProjectId | None = None
    ) -> Complete[tuple[Hosted, ...]] | Incomplete[tuple[Hosted, ...]]:
        """All resources of the customer, or those in one project."""
        narrowed = [] if project is None else [("project_uuid", hexed(project))]
        return self._peer.listing(
            "member.list_hosted",
            f"{CONSUMER_VIEW}/",
            [("customer_uuid", hexed(self._customer)), ("o", "created"), *narrowed],
            HostedRow,
            keep=lambda row: row.customer_uuid == self._customer and project in {None, row.project_uuid},
            translate=_hosted,
        )

    def list_staff(self, project: BProjectId) -> Complete[tuple[BMember, ...]] | Incomplete[tuple[BMember, ...]]:
        """All people with a role on *project*, with their roles there."""
        found = self._peer.listing(
            "member.list_staff",
            path_of("projects", project, "list_users"),
            [("o", "created")],
            StaffRow,
            keep=lambda _row: True,
            translate=lambda row: row,
        )
        staff = _staff(project, found.value)
        return Incomplete(staff, found.reason) if isinstance(found, Incomplete) else Complete(staff)

    def list_members(self, customer: BCustomerId) -> Complete[tuple[BMember, ...]] | Incomplete[tuple[BMember, ...]]:
        """All people who work for *customer* or in its projects."""
        return self._peer.listing(
            "member.list_members",
            path_of("customers", customer, "users"),
            [],
            BMemberRow,
            keep=lambda _row: True,
            translate=_b_member,
        )

    def list_machines(self) -> Complete[Machines] | Incomplete[Machines]:
        """The accounts of services and courses in projects that the token sees."""
        paths = ["marketplace-course-accounts/", "marketplace-project-service-accounts/"]
        return _machines(
            self._peer,
            paths,
            lambda rows: Machines(_names(rows), b_users=frozenset(BUserId(r.user_uuid) for r in rows if r.user_uuid)),
        )

    def makers_of(self, project: BProjectId) -> Complete[tuple[Made, ...]] | Incomplete[tuple[Made, ...]]:
        """Who gave which role on *project*."""
        return self._peer.listing(
            "member.makers_of",
            path_of("projects", project, "list_users"),
            [("o", "created")],
            MadeRow,
            keep=lambda _row: True,
            translate=lambda row: Made(
                BUserId(row.user_uuid),
                row.role_name,
                None if row.created_by_uuid is None else BUserId(row.created_by_uuid),
            ),
        )

    def grant(self, project: BProjectId, user: BUserId, role: str, expires: datetime | None) -> None:
        """Give a role; a refusal because it is held already is a success."""
        try:
            self._change("grant", project, "add_user", _wish(user, role, expires))
        except Invalid as refusal:
            if _HELD_ALREADY not in refusal.detail:
                raise

    def change(self, project: BProjectId, user: BUserId, role: str, expires: datetime | None) -> None:
        """Let a role that is held end at another time."""
        self._change("change", project, "update_user", _wish(user, role, expires))

    def revoke(self, project: BProjectId, user: BUserId, role: str) -> None:
        """Take a role."""
        self._change("revoke", project, "delete_user", {"user": hexed(user), "role": role})

    def _change(self, operation: str, project: BProjectId, action: str, body: dict[str, str | None]) -> None:
        self._peer.write(f"member.{operation}", path_of("projects", project, action), body)


def _wish(user: BUserId, role: str, expires: datetime | None) -> dict[str, str | None]:
    moment = None if expires is None else expires.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"user": hexed(user), "role": role, "expiration_time": moment}


def _a_grant(row: AGrantRow) -> AGrant:
    return AGrant(
        AProjectId(row.project_uuid),
        APerson(AUserId(row.user_uuid), row.user_username or "", row.user_email or ""),
        row.role_name or SHORT_ROLES.get(row.role or "", ""),
        row.expiration_time,
        row.project_name or "",
    )


def _holding(row: HoldingRow) -> Holding:
    return Holding(
        AResourceId(row.uuid),
        AProjectId(row.project_uuid),
        row.state,
        row.backend_id or "",
        row.restrict_member_access or False,
    )


def _hosted(row: HostedRow) -> Hosted:
    return Hosted(BResourceId(row.uuid), BProjectId(row.project_uuid), BOfferingId(row.offering_uuid), row.state)


def _staff(project: BProjectId, found: Iterable[StaffRow]) -> tuple[BMember, ...]:
    """One member for each account, with all of its roles."""
    by_user: dict[BUserId, list[StaffRow]] = {}
    for row in found:
        by_user.setdefault(BUserId(row.user_uuid), []).append(row)
    return tuple(
        BMember(
            user,
            several[0].user_username or "",
            several[0].user_email or "",
            roles=tuple(RoleHeld(project, row.role_name, row.expiration_time) for row in several),
        )
        for user, several in by_user.items()
    )


def _b_member(row: BMemberRow) -> BMember:
    roles = (RoleHeld(BProjectId(held.uuid), held.role_name, held.expiration_time) for held in row.projects)
    return BMember(BUserId(row.uuid), row.username or "", row.email or "", bool(row.role_name), tuple(roles))


def _without_doubles(
    found: Complete[tuple[tuple[AGrantRow, AGrant], ...]] | Incomplete[tuple[tuple[AGrantRow, AGrant], ...]], what: str
) -> Complete[tuple[AGrant, ...]] | Incomplete[tuple[AGrant, ...]]:
    """The grants; a row that is listed twice may hide one that slipped through between two pages, as rows have no UUID here."""
    grants = tuple(grant for _, grant in found.value)
    if isinstance(found, Incomplete):
        return Incomplete(grants, found.reason)
    if len({row for row, _ in found.value}) < len(grants):
        return Incomplete(grants, f"{what}: the list changed while it was read")
    return Complete(grants)


def _names(rows: Iterable[MachineRow]) -> frozenset[str]:
    return frozenset(row.username for row in rows if row.username)


def _machines(
    peer: Peer, paths: Iterable[str], translate: Callable[[list[MachineRow]], Machines]
) -> Complete[Machines] | Incomplete[Machines]:
    """All accounts that are no persons; a list that the server does not have, or does not show us, has none."""
    rows: list[MachineRow] = []
    flaws: list[str] = []
    for path in paths:
        try:
            found = peer.listing(
                "member.list_machines", path, [], MachineRow, keep=lambda _row: True, translate=lambda row: row
            )
        except (Forbidden, NotFound, Unsupported):
            continue
        rows += found.value
        if isinstance(found, Incomplete):
            flaws.append(found.reason)
    machines = translate(rows)
    return Incomplete(machines, "; ".join(flaws)) if flaws else Complete(machines)
