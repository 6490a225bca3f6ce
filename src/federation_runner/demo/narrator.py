"""Telling a story to people, line by line as it happens."""

from collections.abc import Callable

from federation_core.domain.plan.actions import Action, describe
from federation_core.ports.journal import Entry

_WORDS = {
    "ApproveOrder": "A  the order is accepted",
    "StampRetry": "A  another attempt is noted",
    "SubmitCreate": "B  a resource is ordered",
    "SubmitLimits": "B  new limits are ordered",
    "SubmitTerminate": "B  the termination is ordered",
    "LinkOrder": "A  B's order is linked",
    "LinkResource": "A  B's resource is linked",
    "ReportUsage": "A  usage is told",
    "ReportShares": "A  people's shares of it are told",
    "FinishOrder": "A  the order is done",
    "FailOrder": "A  the order has failed, and says why",
}


class Narrator:
    """Tells chapters, facts, and, being a journal too, every write of the engine."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._say("")
        self._say(title)

    def tell(self, text: str) -> None:
        """Tell one fact."""
        self._say(f"    {text}")

    def note(self, entry: Entry) -> None:
        """Tell one write of the engine."""
        words = _WORDS.get(type(entry.action).__name__, type(entry.action).__name__)
        self._say(f"  → {words}{_amounts(entry.action)}{f': {entry.error}' if entry.error else ''}")


def _amounts(action: Action) -> str:
    told = describe(action)
    amounts = told.get("limits") or told.get("amounts")
    return ": " + ", ".join(f"{name} = {value}" for name, value in amounts.items()) if amounts else ""
