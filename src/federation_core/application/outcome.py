"""What became of one key in one cycle, and of the cycle as a whole."""

import enum
from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs

from federation_core.domain.errors import Disposition, FederationError, PlaneError
from federation_core.domain.observed import Complete, Incomplete, Observed, Unreadable
from federation_core.domain.plan.actions import Action, describe

T = TypeVar("T")


class Kind(enum.Enum):
    """The four ways a key can leave a cycle."""

    SETTLED = "settled"
    AGAIN_AFTER = "again-after"
    PARKED = "parked"
    BROKEN = "broken"


_KINDS = {
    Disposition.STOP: Kind.PARKED,
    Disposition.AGAIN_AFTER: Kind.AGAIN_AFTER,
    Disposition.PARKED: Kind.PARKED,
    Disposition.BROKEN: Kind.BROKEN,
}


def kind_of(disposition: Disposition) -> Kind:
    """What a disposition means for a key; the one place where dispositions are read."""
    return _KINDS[disposition]


@attrs.frozen
class Outcome:
    """What became of one order, or one resource on B.

    Attributes:
        key: the UUID of A's order (or of B's resource, for a removal).
        resource: the UUID of A's resource.
        step: the step the joint table called for, in lower case.
        reason: why it stands where it stands.
        done: the writes that were made, in order.
        error: what failed, empty where nothing did.
    """

    key: str
    resource: str
    step: str
    kind: Kind
    reason: str
    done: tuple[Action, ...] = ()
    error: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether something failed, or needs a person."""
        return bool(self.error) or self.kind in {Kind.PARKED, Kind.BROKEN}

    def as_json(self) -> dict[str, object]:
        """The outcome as JSON values."""
        return {
            "key": self.key,
            "resource": self.resource,
            "step": self.step,
            "outcome": self.kind.value,
            "reason": self.reason,
            "done": [describe(action) for action in self.done],
            "error": self.error,
        }


@attrs.frozen
class CycleReport:
    """What became of one cycle of one offering.

    Attributes:
        problems: what could not be read, or is wrong with the settings; one line each.
        notes: what is worth telling and asks for nothing, such as orphans that the policy only reports.
        digest: stands for the removals that the plan wanted, released or held; empty where it wanted none.
        names: what A calls the resource behind each outcome's key, as far as A lists it.
        waiting: how many orders wait for B or for a later cycle.
    """

    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    digest: str = ""
    names: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def waiting(self) -> int:
        """Orders that are under way and will be looked at again."""
        return sum(outcome.kind is Kind.AGAIN_AFTER for outcome in self.outcomes)

    def as_json(self) -> dict[str, object]:
        """The report as JSON values."""
        return {
            "outcomes": [outcome.as_json() for outcome in self.outcomes],
            "problems": list(self.problems),
            "notes": list(self.notes),
            "waiting": self.waiting,
        }

    @property
    def is_trouble(self) -> bool:
        """Whether something failed or could not be told."""
        return bool(self.problems) or any(outcome.is_trouble for outcome in self.outcomes)


def observe(read: Callable[[], T]) -> Observed[T]:
    """Read something once; a failure becomes `Unreadable` with its cause."""
    try:
        return Complete(read())
    except PlaneError as error:
        return Unreadable(str(error))


def observe_list(read: Callable[[], Complete[T] | Incomplete[T]]) -> Observed[T]:
    """Read a list once; a failure becomes `Unreadable` with its cause."""
    try:
        return read()
    except PlaneError as error:
        return Unreadable(str(error))


def observed_list(result: Complete[T] | Incomplete[T] | FederationError) -> Observed[T]:
    """What a list call from the pool gave, a failure as `Unreadable`."""
    return Unreadable(str(result)) if isinstance(result, FederationError) else result


def observed_one(result: T | FederationError) -> Observed[T]:
    """What a single read from the pool gave, a failure as `Unreadable`."""
    return Unreadable(str(result)) if isinstance(result, FederationError) else Complete(result)


def problems_of(*seen: Observed[object] | None) -> tuple[str, ...]:
    """Why observations are not complete, one line each, without repeats; nothing of what was not asked for."""
    reasons = [one.reason for one in seen if isinstance(one, Incomplete | Unreadable)]
    return tuple(dict.fromkeys(reasons))
