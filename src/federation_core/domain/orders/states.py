"""Both sides' order and resource states, folded from the server's words into phases.

The words are Waldur's (`marketplace-orders` and `marketplace-resources`, 8.1.2). A word that is not in the tables is an
`UnknownWord`, never a default: a server that grew a state must not be misread as one of the old ones.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from federation_core.domain.errors import UnknownWord
from federation_core.domain.ids import Side


class OrderType(enum.Enum):
    """What an order asks for."""

    CREATE = "Create"
    UPDATE = "Update"
    TERMINATE = "Terminate"
    RESTORE = "Restore"


class APhase(enum.Enum):
    """Where an order of A stands, seen from us."""

    FOREIGN = "waits on somebody else on A"
    OFFERED = "offered to us, not yet accepted"
    RUNNING = "accepted by us, not yet ended"
    DONE = "done"
    ENDED = "ended otherwise: erred, canceled or rejected"


class BPhase(enum.Enum):
    """Where the matching order of B stands, seen from us."""

    ABSENT = "proven not to exist"
    UNKNOWN = "could not be told"
    AMBIGUOUS = "contradicts itself, a person must look"
    OPEN = "under way"
    DONE = "done, or the resource shows what was ordered"
    FAILED = "ended otherwise: erred, canceled or rejected"


class BState(enum.Enum):
    """The state of a resource on B."""

    CREATING = "Creating"
    OK = "OK"
    ERRED = "Erred"
    UPDATING = "Updating"
    TERMINATING = "Terminating"
    TERMINATED = "Terminated"


A_ORDER_PHASES: Mapping[str, APhase] = MappingProxyType(
    {
        "pending-consumer": APhase.FOREIGN,
        "pending-project": APhase.FOREIGN,
        "pending-start-date": APhase.FOREIGN,
        "pending-provider": APhase.OFFERED,
        "executing": APhase.RUNNING,
        "done": APhase.DONE,
        "erred": APhase.ENDED,
        "canceled": APhase.ENDED,
        "rejected": APhase.ENDED,
    }
)

B_ORDER_PHASES: Mapping[str, BPhase] = MappingProxyType(
    {
        "pending-consumer": BPhase.OPEN,
        "pending-project": BPhase.OPEN,
        "pending-start-date": BPhase.OPEN,
        "pending-provider": BPhase.OPEN,
        "executing": BPhase.OPEN,
        "done": BPhase.DONE,
        "erred": BPhase.FAILED,
        "canceled": BPhase.FAILED,
        "rejected": BPhase.FAILED,
    }
)


def a_phase(word: str) -> APhase:
    """Fold the state of an order of A.

    Raises:
        UnknownWord: not a state this release knows.
    """
    if word not in A_ORDER_PHASES:
        raise UnknownWord(Side.A, "order.state", repr(word))
    return A_ORDER_PHASES[word]


def b_phase(word: str) -> BPhase:
    """Fold the state of an order of B.

    Raises:
        UnknownWord: not a state this release knows.
    """
    if word not in B_ORDER_PHASES:
        raise UnknownWord(Side.B, "order.state", repr(word))
    return B_ORDER_PHASES[word]


def b_state(word: str) -> BState:
    """Fold the state of a resource on B.

    Raises:
        UnknownWord: not a state this release knows.
    """
    try:
        return BState(word)
    except ValueError:
        raise UnknownWord(Side.B, "resource.state", repr(word)) from None


def order_type(word: str) -> OrderType:
    """Read the type of an order of A.

    Raises:
        UnknownWord: not a type this release knows.
    """
    try:
        return OrderType(word)
    except ValueError:
        raise UnknownWord(Side.A, "order.type", repr(word)) from None
