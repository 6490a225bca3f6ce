"""What a use case that keeps two sides equal would write, and why: a value that is printed, filtered, compared and applied."""

from typing import Any

import attrs

from federation_core.domain.errors import Disposition
from federation_core.domain.plan.actions import SyncAction, describe
from federation_core.domain.plan.policy import Guarded


@attrs.frozen
class Write:
    """One write that is planned.

    Attributes:
        chain: what it is about, such as a resource's UUID or a person's name in a project. The writes of one chain are done by
            stage, and those after a failed one are left for the next cycle; chains do not touch each other.
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
        why: whether it settles by itself, or waits for a person.
    """

    chain: str
    why: Disposition
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
    """

    subject: str
    writes: tuple[Write, ...] = ()
    holds: tuple[Hold, ...] = ()
    removals: Guarded = attrs.field(factory=Guarded)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

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
            "held": [{"chain": hold.chain, "why": hold.why.value, "reason": hold.reason} for hold in self.holds],
            "held_removals": [describe(removal) for removal in self.removals.held],
            "digest": self.removals.digest,
            "problems": list(self.problems),
            "notes": list(self.notes),
        }
