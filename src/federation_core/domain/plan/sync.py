"""What a use case that keeps two sides equal would write, and why: a value that is printed, filtered, compared and applied."""

from collections.abc import Mapping
from typing import Any

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.plan.actions import Removal, SyncAction, describe
from federation_core.domain.plan.policy import Guarded


@attrs.frozen
class Write:
    """One write that is planned.

    Attributes:
        chain: what it is about: a UUID, and after a blank what else tells it apart. The writes of one chain are done by stage,
             and those after a failed one are left for the next cycle; chains do not touch each other.
        reason: why, for people.
        on_a: what A shows before it.
        on_b: what B shows before it.
    """

    chain: str
    action: SyncAction
    reason: str
    on_a: str = ""
    on_b: str = ""


@attrs.frozen
class Hold:
    """Something that differs and is not written.

    Attributes:
        chain: as in `Write`.
        why: whether it settles by itself, or waits for a person; None where it is only worth knowing.
    """

    chain: str
    why: Disposition | None
    reason: str
    on_a: str = ""
    on_b: str = ""


@attrs.frozen
class SyncPlan:
    """All that one cycle of a use case would do.

    Attributes:
        subject: what it is about, such as ``usage``.
        removals: what the guard said; the released ones stand among the writes.
        problems: what could not be read, or is wrong with the settings; one line each.
        notes: what is worth telling and asks for nothing.
        names: what is in the plan, by UUID, as people call it.
    """

    subject: str
    writes: tuple[Write, ...] = ()
    holds: tuple[Hold, ...] = ()
    removals: Guarded[Removal] = attrs.field(factory=Guarded)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    names: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def found(self) -> tuple[Write | Hold, ...]:
        """All that differs, whether written or held."""
        return (*self.writes, *self.holds)

    @property
    def is_trouble(self) -> bool:
        """Whether something could not be told, or needs a person."""
        waiting = {None, Disposition.AGAIN_AFTER}
        return bool(self.problems) or any(hold.why not in waiting for hold in self.holds)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written."""
        return not self.writes

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON values, with the keys that plans of orders have too."""
        return {
            "actions": [
                {**describe(write.action), "chain": write.chain, "reason": write.reason} for write in self.writes
            ],
            "held": [_held(hold) for hold in self.holds],
            "held_removals": [describe(removal) for removal in self.removals.held],
            "digest": self.removals.digest,
            "problems": list(self.problems),
            "notes": list(self.notes),
        }


def _held(hold: Hold) -> dict[str, str]:
    return {"chain": hold.chain, "outcome": "told" if hold.why is None else hold.why.value, "reason": hold.reason}
