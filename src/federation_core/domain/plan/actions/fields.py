"""What can be done about the fields that both sides show of one resource, project or account.

Every action is one write. Those that would undo somebody's newer change carry what was *seen* before: where that is no longer so
when the write is due, it is left for the next cycle.
"""

import enum
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from uuid import UUID

import attrs

from federation_core.domain.ids import AAccountId, AProjectId, AResourceId, BProjectId, BResourceId
from federation_core.domain.units import AComponent


class FieldStage(enum.IntEnum):
    """One for each field: Waldur saves whole rows, so no two fields of one thing are written at the same time.

    Confirmations come last, so that they speak of what is there then.
    """

    LIMITS = enum.auto()
    EFFECTIVE_ID = enum.auto()
    END_DATE = enum.auto()
    STATE = enum.auto()
    DESCRIPTION = enum.auto()
    OECD_CODE = enum.auto()
    IS_INDUSTRY = enum.auto()
    SUB_DOMAIN = enum.auto()
    USER_NAME = enum.auto()
    CONFIRMATION = enum.auto()


class ProjectField(enum.Enum):
    """What of A's project is carried to its mirror on B."""

    DESCRIPTION = "description"
    OECD_CODE = "oecd_fos_2007_code"
    IS_INDUSTRY = "is_industry"
    SUB_DOMAIN = "science_sub_domain"
    END_DATE = "end_date"


FieldValue = str | bool | date | UUID | None
"""What a field of a project may be set to."""


@attrs.frozen
class SetLimits:
    """Show on A what B's limits can honour.

    Attributes:
        limits: the complete new set.
        seen: the set that A showed.
    """

    stage = FieldStage.LIMITS
    resource: AResourceId
    limits: Mapping[AComponent, Fraction]
    seen: Mapping[AComponent, Fraction]


@attrs.frozen
class SetEffectiveId:
    """Show on A what its last provider calls the resource."""

    stage = FieldStage.EFFECTIVE_ID
    resource: AResourceId
    effective_id: str


@attrs.frozen
class SetEndDateOnA:
    """Take B's end date over, or its removal; *seen* is what A showed."""

    stage = FieldStage.END_DATE
    resource: AResourceId
    b_resource: BResourceId
    end_date: date | None
    seen: date | None


@attrs.frozen
class SetEndDateOnB:
    """Carry A's end date over, or its removal; *seen* is what B showed."""

    stage = FieldStage.END_DATE
    b_resource: BResourceId
    resource: AResourceId
    end_date: date | None
    seen: date | None


@attrs.frozen
class MarkErred:
    """Show A's users that the resource is broken on B."""

    stage = FieldStage.STATE
    resource: AResourceId
    message: str


@attrs.frozen
class MarkOk:
    """Show A's users that the resource is well again on B."""

    stage = FieldStage.STATE
    resource: AResourceId


@attrs.frozen
class ConfirmResource:
    """Note on A that the resource was seen on B just now."""

    stage = FieldStage.CONFIRMATION
    resource: AResourceId


@attrs.frozen
class SetOnMirror:
    """Carry one field of A's project to its mirror on B, any but its end date.

    Attributes:
        value: a sub-domain by B's own UUID for it.
        code: the code of that sub-domain; empty for other fields.
    """

    b_project: BProjectId
    field: ProjectField
    value: FieldValue
    code: str = ""

    @property
    def stage(self) -> FieldStage:
        """That of its field."""
        return FieldStage[self.field.name]


@attrs.frozen
class SetProjectEndOnA:
    """Take the end date of the mirror over, or its removal; *seen* is what A showed."""

    stage = FieldStage.END_DATE
    project: AProjectId
    b_project: BProjectId
    end_date: date | None
    seen: date | None


@attrs.frozen
class SetProjectEndOnB:
    """Carry the end date of A's project over, or its removal; *seen* is what B showed."""

    stage = FieldStage.END_DATE
    b_project: BProjectId
    project: AProjectId
    end_date: date | None
    seen: date | None


@attrs.frozen
class RenameAccount:
    """Give a person's account on A the user name that B gave the same person."""

    stage = FieldStage.USER_NAME
    account: AAccountId
    name: str = attrs.field(repr=False)


FieldAction = (
    SetLimits
    | SetEffectiveId
    | SetEndDateOnA
    | SetEndDateOnB
    | MarkErred
    | MarkOk
    | ConfirmResource
    | SetOnMirror
    | SetProjectEndOnA
    | SetProjectEndOnB
    | RenameAccount
)
"""What may be done about fields."""
