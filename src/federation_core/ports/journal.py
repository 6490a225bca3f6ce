"""What was done and why, told as it happens."""

from typing import Protocol

import attrs

from federation_core.domain.plan.actions import Action


@attrs.frozen
class Entry:
    """One write that was tried.

    Attributes:
        action: what was to be done.
        error: why it was not (or not for certain), empty where it was.
    """

    action: Action
    error: str = ""


class Journal(Protocol):
    """Takes note of writes; must not raise."""

    def note(self, entry: Entry) -> None:
        """Take note of one write."""
