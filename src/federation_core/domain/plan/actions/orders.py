"""What can be done for A's orders, and about what they left behind on B.

Every action is one write, except `SubmitCreate`: it needs ids that do not exist when the plan is made, so it stands for a fixed
script (project found or made, order posted, marker looked up again, both ids written on A) that may be run again from the top.
"""

import enum
from collections.abc import Mapping

import attrs

from federation_core.domain.ids import AOrderId, AResourceId, BOrderId, BPlanId, BResourceId
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.records import AProject, Attributes
from federation_core.domain.units import BComponent


class Stage(enum.IntEnum):
    """The order in which the actions of one plan are done."""

    CLAIM = enum.auto()
    SUBMIT = enum.auto()
    LINK = enum.auto()
    END = enum.auto()


@attrs.frozen
class ApproveOrder:
    """Approve A's order: from now on it is ours, and another agent's approval is a conflict."""

    stage = Stage.CLAIM
    order: AOrderId


@attrs.frozen
class StampRetry:
    """Stamp A's resource before its Create is posted again, so that a crash now is seen after a restart."""

    stage = Stage.CLAIM
    order: AOrderId
    resource: AResourceId


@attrs.frozen
class SubmitCreate:
    """Order the resource on B, in the mirror project, and write both of B's ids on A.

    Attributes:
        limits: whole limits by B component; empty where no component of B takes limits.
        attributes: all that travels in the order's attributes, marks and name included.
        accept_terms: whether we consent to the offering's terms of service in the operator's name.
    """

    stage = Stage.SUBMIT
    order: AOrderId
    resource: AResourceId
    project: AProject
    key: ProjectKey
    limits: Mapping[BComponent, int]
    attributes: Attributes
    plan: BPlanId | None = None
    accept_terms: bool = False


@attrs.frozen
class SubmitLimits:
    """Order new limits on B; *limits* is the complete new set."""

    stage = Stage.SUBMIT
    order: AOrderId
    b_resource: BResourceId
    limits: Mapping[BComponent, int]


@attrs.frozen
class SubmitPlanSwitch:
    """Order another pricing plan on B."""

    stage = Stage.SUBMIT
    order: AOrderId
    b_resource: BResourceId
    plan: BPlanId


@attrs.frozen
class SubmitTerminate:
    """Order the termination on B; A's order UUID travels as its mark."""

    stage = Stage.SUBMIT
    order: AOrderId
    b_resource: BResourceId


@attrs.frozen
class SubmitRestore:
    """Ask B to restore a terminated resource."""

    stage = Stage.SUBMIT
    order: AOrderId
    b_resource: BResourceId


@attrs.frozen
class LinkOrder:
    """Write B's order UUID into the `backend_id` of A's order."""

    stage = Stage.LINK
    order: AOrderId
    b_order: BOrderId


@attrs.frozen
class LinkResource:
    """Write B's resource UUID into the `backend_id` of A's resource."""

    stage = Stage.LINK
    order: AOrderId
    resource: AResourceId
    b_resource: BResourceId


@attrs.frozen
class FinishOrder:
    """Set A's order done."""

    stage = Stage.END
    order: AOrderId


@attrs.frozen
class FailOrder:
    """Set A's order erred, with B's reason; it is read again first, because Waldur does not guard this call."""

    stage = Stage.END
    order: AOrderId
    message: str


@attrs.frozen
class TerminateOrphan:
    """Terminate a resource on B that nobody on A wants any more, or a younger twin of one."""

    stage = Stage.SUBMIT
    b_resource: BResourceId
    resource: AResourceId
    why: str


OrderAction = (
    ApproveOrder
    | StampRetry
    | SubmitCreate
    | SubmitLimits
    | SubmitPlanSwitch
    | SubmitTerminate
    | SubmitRestore
    | LinkOrder
    | LinkResource
    | FinishOrder
    | FailOrder
)
"""What may be done for one order of A."""
