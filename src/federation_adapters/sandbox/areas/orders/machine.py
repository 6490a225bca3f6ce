"""The life of an order as tables: states, legal moves, and what a move does to the resource.

This file knows no HTTP and no rows; it is the table that the tests read.
"""

from enum import StrEnum
from types import MappingProxyType

from federation_adapters.sandbox.entities import BASIC, SLURM, SUPPORT


class State(StrEnum):
    """States of an order, as spelled on the wire."""

    PENDING_CONSUMER = "pending-consumer"
    PENDING_PROVIDER = "pending-provider"
    PENDING_PROJECT = "pending-project"
    PENDING_START_DATE = "pending-start-date"
    EXECUTING = "executing"
    DONE = "done"
    ERRED = "erred"
    CANCELED = "canceled"
    REJECTED = "rejected"


class Kind(StrEnum):
    """Types of orders, as spelled on the wire."""

    CREATE = "Create"
    UPDATE = "Update"
    TERMINATE = "Terminate"
    RESTORE = "Restore"


class Move(StrEnum):
    """What somebody does to an order, named as in its address."""

    APPROVE_BY_CONSUMER = "approve_by_consumer"
    REJECT_BY_CONSUMER = "reject_by_consumer"
    APPROVE_BY_PROVIDER = "approve_by_provider"
    REJECT_BY_PROVIDER = "reject_by_provider"
    SET_STATE_EXECUTING = "set_state_executing"
    SET_STATE_DONE = "set_state_done"
    SET_STATE_ERRED = "set_state_erred"
    RETRY = "retry"
    CANCEL = "cancel"
    DESTROY = "destroy"


_ANY = tuple(State)
LEGAL = MappingProxyType(
    {
        Move.APPROVE_BY_CONSUMER: (State.PENDING_CONSUMER,),
        Move.REJECT_BY_CONSUMER: (State.PENDING_CONSUMER,),
        Move.APPROVE_BY_PROVIDER: (State.PENDING_PROVIDER,),
        Move.REJECT_BY_PROVIDER: (State.PENDING_PROVIDER,),
        Move.SET_STATE_EXECUTING: (State.PENDING_CONSUMER, State.PENDING_PROVIDER, State.ERRED),
        Move.SET_STATE_DONE: (State.EXECUTING,),
        Move.SET_STATE_ERRED: _ANY,  # the server has no guard here
        Move.RETRY: (State.ERRED,),
        Move.CANCEL: (State.PENDING_CONSUMER, State.PENDING_PROVIDER, State.PENDING_START_DATE, State.EXECUTING),
        Move.DESTROY: (State.PENDING_CONSUMER, State.PENDING_PROVIDER),
    }
)
"""Move -> states in which it is legal, in the order in which the 409 names them."""

TYPES = MappingProxyType(
    {
        Move.SET_STATE_EXECUTING: frozenset({SLURM}),
        Move.SET_STATE_DONE: frozenset({SLURM, BASIC, SUPPORT}),
        Move.SET_STATE_ERRED: frozenset({SLURM}),
        Move.CANCEL: frozenset({BASIC, SUPPORT}),
    }
)
"""Move -> offering types that support it; moves that are not here are supported by all."""

UNFINISHED = frozenset({State.PENDING_CONSUMER, State.PENDING_PROVIDER, State.EXECUTING})
"""States that block another order for the same resource."""

RUNNING = MappingProxyType(
    {
        Kind.CREATE: "Creating",
        Kind.UPDATE: "Updating",
        Kind.TERMINATE: "Terminating",
        Kind.RESTORE: "Creating",
    }
)
"""Type of an order -> state of its resource while it runs, and already while it is only pending."""


def resource_after_done(kind: Kind) -> str:
    """Return the state of the resource after its order is done."""
    return "Terminated" if kind is Kind.TERMINATE else "OK"


def resource_after_refusal(kind: Kind) -> str:
    """Return the state of the resource after its order was rejected or canceled."""
    return "Terminated" if kind is Kind.CREATE else "OK"


def resource_after_error(kind: Kind, *, has_backend_id: bool) -> str:
    """Return the state of the resource after its order failed."""
    if kind is Kind.TERMINATE:
        return "OK"
    if kind is Kind.CREATE and not has_backend_id:
        return "Terminated"
    return "Erred"
