"""Whether we may stop vouching for somebody who leaves the last project.

Waldur's `remove` may deactivate the account, also one that never had our source. So it needs proof from what B shows:

| sources B shows | how the account came to be | verdict |
| --- | --- | --- |
| ours is not among them | any | nothing to withdraw |
| ours and others | any | withdraw: another source still vouches |
| ours alone | through our source | withdraw: it was ours |
| ours alone | otherwise, or not shown | told, left alone |
| not shown | through our source | withdraw: it was ours |
| not shown | otherwise, or not shown | told, left alone |
"""

import enum

from federation_core.domain.people import BPerson


class Withdrawal(enum.Enum):
    """What becomes of our vouching."""

    NOTHING = enum.auto()
    DUE = enum.auto()
    UNPROVEN = enum.auto()
    """Nothing shows that the account came from us."""


def judge_withdrawal(account: BPerson | None, source: str) -> Withdrawal:
    """Whether to stop vouching for the person of *account*; None where B shows nothing of it."""
    if account is None:
        return Withdrawal.UNPROVEN
    if account.sources is not None and source not in account.sources:
        return Withdrawal.NOTHING
    others = account.sources is not None and account.sources != {source}
    return Withdrawal.DUE if others or account.registration_method == source else Withdrawal.UNPROVEN
