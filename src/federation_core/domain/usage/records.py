"""What A and B show of a month's usage, as frozen values."""

from datetime import datetime
from fractions import Fraction
from typing import Generic, TypeVar
from uuid import UUID

import attrs

from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.units import AComponent, BComponent

R = TypeVar("R")
C = TypeVar("C")


@attrs.frozen
class Total(Generic[R, C]):
    """One row of a resource's usage of one component in one month; a month with a plan switch has several, to be summed.

    Attributes:
        row: the row's own UUID, which people's shares hang on.
        reported: when it was last told.
    """

    row: UUID
    resource: R
    component: C
    amount: Fraction
    reported: datetime


@attrs.frozen
class Share(Generic[R, C]):
    """What one person used of one total.

    Attributes:
        total: the UUID of the total's row, or None where it is not shown.
        name: the person's user name where the resource lives.
    """

    total: UUID | None
    resource: R
    component: C
    name: str
    amount: Fraction


ATotal = Total[AResourceId, AComponent]
BTotal = Total[BResourceId, BComponent]
AShare = Share[AResourceId, AComponent]
BShare = Share[BResourceId, BComponent]
