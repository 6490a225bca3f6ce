"""Filters over a finished plan, and the guard that refuses a mass removal.

A removal is something taken away on B that no order of A asked for. Removals pass the guard unless they exceed *both* ten and a
fifth of what federation owns there: such a plan is far more often a broken reading than a wish. An operator releases exactly
the set that a plan showed by its digest.
"""

import enum
import hashlib
import json
from collections.abc import Sequence
from fractions import Fraction

import attrs

from federation_core.domain.plan.actions import Removal, describe

GUARD_COUNT = 10
GUARD_SHARE = Fraction(1, 5)


class OrphanPolicy(enum.Enum):
    """What happens to orphans on B: `report` names them, `terminate` also orders their termination."""

    REPORT = "report"
    TERMINATE = "terminate"


@attrs.frozen
class Guarded:
    """The removals that may be done, those that are held back, and the digest that releases exactly these."""

    released: tuple[Removal, ...] = ()
    held: tuple[Removal, ...] = ()
    digest: str = ""


def digest_of(removals: Sequence[Removal]) -> str:
    """Twelve hex digits that stand for exactly this set of removals, in any order."""
    texts = sorted(json.dumps(describe(removal), sort_keys=True) for removal in removals)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def guard_removals(removals: Sequence[Removal], owned: int, approved: str = "") -> Guarded:
    """Hold back a mass removal.

    Args:
        removals: what the plan wants to take away.
        owned: how many such things federation owns on B in all.
        approved: the digest an operator approved, or empty.

    Returns:
        All of them released, or all of them held; in order.
    """
    ordered = tuple(sorted(removals, key=lambda removal: json.dumps(describe(removal), sort_keys=True)))
    digest = digest_of(ordered) if ordered else ""
    too_many = len(ordered) > GUARD_COUNT and len(ordered) > owned * GUARD_SHARE
    if too_many and approved != digest:
        return Guarded(held=ordered, digest=digest)
    return Guarded(released=ordered, digest=digest)
