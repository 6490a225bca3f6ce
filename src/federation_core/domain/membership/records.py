"""What A and B show of who works where, as frozen values."""

from datetime import datetime
from uuid import UUID

import attrs

from federation_core.domain.ids import (
    ACustomerId,
    AProjectId,
    AResourceId,
    BOfferingId,
    BProjectId,
    BResourceId,
    BUserId,
)
from federation_core.domain.people import APerson


@attrs.frozen
class Provider:
    """Who provides A's offering: a customer, and the UUID it has as a service provider."""

    customer: ACustomerId
    id: UUID


@attrs.frozen
class AGrant:
    """One role of one person on one project of A.

    Attributes:
        role: the name of the role; empty where A does not show it.
        expires: when it ends by itself; None for never.
    """

    project: AProjectId
    person: APerson
    role: str
    expires: datetime | None = None
    project_name: str = ""


@attrs.frozen
class Holding:
    """A resource of A as far as it decides who may use it.

    Attributes:
        backend_id: ours is the UUID of B's resource.
        is_restricted: whether members of the project are kept out of it.
    """

    id: AResourceId
    project: AProjectId
    state: str
    backend_id: str = ""
    is_restricted: bool = False

    @property
    def is_living(self) -> bool:
        """Whether it still counts."""
        return self.state != "Terminated"


@attrs.frozen
class Hosted:
    """A resource of our customer on B, of whatever offering, and the project it is in."""

    id: BResourceId
    project: BProjectId
    offering: BOfferingId
    state: str

    @property
    def is_living(self) -> bool:
        """Whether it still counts."""
        return self.state != "Terminated"


@attrs.frozen(order=True)
class RoleHeld:
    """One role on one project of B."""

    project: BProjectId
    role: str
    expires: datetime | None = attrs.field(
        default=None, order=lambda moment: "" if moment is None else moment.isoformat()
    )


@attrs.frozen
class BMember:
    """Somebody who works for our customer on B, or in its projects.

    Attributes:
        works_for_customer: whether the person has a role on the customer itself.
        roles: those on projects; the same role twice is two.
    """

    user: BUserId
    username: str = attrs.field(default="", repr=False)
    email: str = attrs.field(default="", repr=False)
    works_for_customer: bool = False
    roles: tuple[RoleHeld, ...] = ()


@attrs.frozen
class Made:
    """Whose doing a role on a project of B is; None for nobody's that is told."""

    user: BUserId
    role: str
    by: BUserId | None = None
