"""A row of the authority table, and the one decision function.

A row says what both sides show of one field, whose value counts under which setting, what is written where, and what may stand in
the way. The decision is the same for all rows:

| both sides | decision |
| --- | --- |
| show the same, or one does not show it | nothing |
| differ, and nobody's value counts | nothing |
| differ, and the one changed last counts | as that side says; where neither says when, it is told and left |
| differ, and the value that counts is empty and was never set | nothing: an empty field is no wish |
| differ, and something stands in the way | held, with the reason |
| differ otherwise | written on the other side |
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Generic, Protocol, TypeVar

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.fields.rules import Authority, FieldRules
from federation_core.domain.fields.scene import FieldScene, Obstacle
from federation_core.domain.ids import Side
from federation_core.domain.plan.actions import SyncAction
from federation_core.domain.plan.sync import Hold, Write
from federation_core.domain.units import show

LATER, PARKED, TOLD = Disposition.AGAIN_AFTER, Disposition.PARKED, None


class Pair(Protocol):
    """One thing of A and its counterpart on B."""

    @property
    def key(self) -> str:
        """The UUID of A's thing."""


P = TypeVar("P", bound=Pair)


@attrs.frozen
class View:
    """What was seen and what is wished, as every row looks at it."""

    scene: FieldScene
    rules: FieldRules


@attrs.frozen
class Shown:
    """What one side shows of a field.

    Attributes:
        value: None where it is empty.
        changed: when it was last changed, on A's clock; None where that is not shown.
    """

    value: Any = None
    changed: datetime | None = None

    @property
    def was_never_set(self) -> bool:
        """Whether it is empty and nothing says that somebody emptied it."""
        return self.value is None and self.changed is None


def _same(a: object, b: object) -> bool:
    return a == b


@attrs.frozen
class Field(Generic[P]):
    """One row of the table.

    Attributes:
        name: what it is called.
        authority: whose value counts.
        shown: what A and B show; None where one of them does not show it, or is in no state to compare it.
        on_a: the write that gives A a value; None where there is none.
        on_b: the write that gives B a value; None where there is none.
        obstacle: what stands in the way of writing the value of a side, or None.
        is_same: whether two values stand for the same.
        needs_rest: whether it is decided only while no order is open.
        is_private: whether the values are nobody's business but the servers'.
    """

    name: str
    authority: Callable[[FieldRules], Authority]
    shown: Callable[[P, View], tuple[Shown, Shown] | None]
    on_a: Callable[[P, Any, View], SyncAction] | None = None
    on_b: Callable[[P, Any, View], SyncAction] | None = None
    obstacle: Callable[[P, Any, View], Obstacle | None] = lambda _pair, _value, _view: None
    is_same: Callable[[Any, Any], bool] = _same
    needs_rest: bool = False
    is_private: bool = False


def decide(field: Field[P], pair: P, view: View) -> Write | Hold | None:
    """Say what happens to one field of one pair; None where nothing does."""
    authority = field.authority(view.rules)
    shown = None if authority is Authority.NOBODY else field.shown(pair, view)
    if shown is None or field.is_same(shown[0].value, shown[1].value):
        return None
    chain, texts = f"{pair.key} {field.name}", [_text(field, one.value) for one in shown]
    source = _source(authority, *shown)
    if source is None:
        return Hold(chain, TOLD, f"A and B show another {field.name}, and not which was changed last", *texts)
    wanted = shown[0] if source is Side.A else shown[1]
    if wanted.was_never_set:
        return None
    found = field.obstacle(pair, wanted.value, view)
    make = field.on_b if source is Side.A else field.on_a
    if found is not None or make is None:
        obstacle = found or Obstacle(TOLD, f"{field.name} cannot be written there")
        return Hold(chain, obstacle.why, obstacle.reason, *texts)
    target = Side.B if source is Side.A else Side.A
    return Write(chain, make(pair, wanted.value, view), f"{field.name} on {target} follows {source}", *texts)


def _source(authority: Authority, a: Shown, b: Shown) -> Side | None:
    """The side whose value counts; None where it cannot be told."""
    if authority is not Authority.LATER:
        return Side.A if authority is Authority.A else Side.B
    match a.changed, b.changed:
        case None, None:
            return None
        case None, _:
            return Side.B
        case _, None:
            return Side.A
        case on_a, on_b:
            return None if on_a == on_b else Side.A if on_a > on_b else Side.B


def _text(field: Field[P], value: object) -> str:
    """A value for people."""
    match value:
        case None:
            return "none"
        case _ if field.is_private:
            return "some"
        case date():
            return value.isoformat()
        case Mapping():
            return ", ".join(f"{key} {_amount(amount)}" for key, amount in sorted(value.items()))
        case _:
            return str(value)


def _amount(value: object) -> str:
    return show(value) if isinstance(value, Fraction) else str(value)
