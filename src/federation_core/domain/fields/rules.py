"""The operator's wishes about fields, and whose word counts under them."""

import enum
from datetime import timedelta

import attrs

from federation_core.domain.ids import BCustomerId
from federation_core.domain.mapping.algebra import ComponentMapping

UNTOLD_ERROR = "The resource failed in the remote marketplace. Please contact the provider."
"""What A's users read where B gives no reason, or the settings withhold it."""


class Authority(enum.Enum):
    """Whose value counts where A and B differ."""

    A = "A's"
    B = "B's"
    LATER = "the one changed last"
    NOBODY = "nobody's; the field is left alone"


class EndDates(enum.Enum):
    """Which way end dates are carried."""

    A_TO_B = "a_to_b"
    B_TO_A = "b_to_a"
    BIDIRECTIONAL = "bidirectional"
    DISABLED = "disabled"

    @property
    def authority(self) -> Authority:
        """Whose end date counts."""
        return _OF_END_DATES[self]


class LimitsWay(enum.Enum):
    """Whether B's limits are taken over."""

    B_TO_A = "b_to_a"
    DISABLED = "disabled"


_OF_END_DATES = {
    EndDates.A_TO_B: Authority.A,
    EndDates.B_TO_A: Authority.B,
    EndDates.BIDIRECTIONAL: Authority.LATER,
    EndDates.DISABLED: Authority.NOBODY,
}


@attrs.frozen
class FieldRules:
    """The operator's settings that decisions about fields depend on.

    Attributes:
        customer: our customer on B.
        mapping: how components of A stand for components of B.
        usernames: whether user names of B are carried to A.
        confirm_after: how old a resource's last confirmation on A may get; None where it is not confirmed at all.
        tell_reasons: whether A's users read B's own words about what failed.
    """

    customer: BCustomerId
    mapping: ComponentMapping
    end_dates: EndDates = EndDates.BIDIRECTIONAL
    limits: LimitsWay = LimitsWay.B_TO_A
    usernames: bool = False
    confirm_after: timedelta | None = None
    tell_reasons: bool = True
