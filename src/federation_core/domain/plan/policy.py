"""Filters over a finished plan, and the guard that refuses a mass removal.

A removal is something taken away on B that no order of A asked for. Removals pass the guard unless they exceed *both* ten and a
fifth of what federation owns there: such a plan is far more often a broken reading than a wish. An operator releases exactly
the set that a plan showed by its digest.
"""

import enum
import hashlib
import json
from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Generic, TypeVar

import attrs

from federation_core.domain.plan.actions import Removal, describe

R_co = TypeVar("R_co", bound=Removal, covariant=True)
R = TypeVar("R", bound=Removal)
GUARD_COUNT = 10
GUARD_SHARE = Fraction(1, 5)


class OrphanPolicy(enum.Enum):
    """What happens to orphans on B: `report` names them, `terminate` also orders their termination."""

    REPORT = "report"
    TERMINATE = "terminate"


@attrs.frozen
class Guarded(Generic[R_co]):
    """The removals that may be done, those that are held back, and the digest that releases exactly what is held."""

    released: tuple[R_co, ...] = ()
    held: tuple[R_co, ...] = ()
    digest: str = ""


def digest_of(removals: Sequence[Removal]) -> str:
    """Twelve hex digits that stand for exactly this set of removals, in any order."""
    return hashlib.sha256("\n".join(sorted(map(_text, removals))).encode()).hexdigest()[:12]


def guard_removals(removals: Sequence[R], owned: int, approved: str = "", doubtful: Collection[R] = ()) -> Guarded[R]:
    """Hold back a mass removal, and removals that are odd by themselves.

    Args:
        removals: what the plan wants to take away.
        owned: how many such things federation owns on B in all.
        approved: the digest an operator approved, or empty.
        doubtful: those that are held however few they are.

    Returns:
        Each released or held, in order; a mass removal is held as a whole. The digest stands for those held, or for all where none
        is held.
    """
    ordered = tuple(sorted(removals, key=_text))
    too_many = len(ordered) > GUARD_COUNT and len(ordered) > owned * GUARD_SHARE
    held = ordered if too_many else tuple(removal for removal in ordered if removal in doubtful)
    digest = digest_of(held or ordered) if ordered else ""
    if held and approved != digest:
        return Guarded(tuple(removal for removal in ordered if removal not in held), held, digest)
    return Guarded(ordered, digest=digest)


def _text(removal: Removal) -> str:
    return json.dumps(describe(removal), sort_keys=True)
