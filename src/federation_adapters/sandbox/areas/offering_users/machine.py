"""The life of an offering user as a table: states, and what each action asks for and leads to."""

from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """States of an offering user, as spelled on the wire."""

    REQUESTED = "Requested"
    CREATING = "Creating"
    LINKING = "Pending account linking"
    VALIDATION = "Pending additional validation"
    OK = "OK"
    DELETION = "Requested deletion"
    DELETING = "Deleting"
    DELETED = "Deleted"
    ERROR_CREATING = "Error creating"
    ERROR_DELETING = "Error deleting"


RUNTIME_STATES = ("Active", State.LINKING.value, State.VALIDATION.value)
BEFORE_OK = frozenset({State.REQUESTED, State.CREATING, State.LINKING, State.VALIDATION, State.ERROR_CREATING})
"""States that a local name ends."""

MOVES = MappingProxyType(
    {
        "begin_creating": ((State.REQUESTED, State.ERROR_CREATING), State.CREATING),
        "set_pending_account_linking": (
            (State.CREATING, State.ERROR_CREATING, State.VALIDATION),
            State.LINKING,
        ),
        "set_pending_additional_validation": (
            (State.CREATING, State.ERROR_CREATING, State.LINKING),
            State.VALIDATION,
        ),
        "set_validation_complete": ((State.LINKING, State.VALIDATION), State.OK),
        "set_ok": (
            (
                State.REQUESTED,
                State.CREATING,
                State.LINKING,
                State.VALIDATION,
                State.ERROR_CREATING,
                State.ERROR_DELETING,
            ),
            State.OK,
        ),
        "set_error_creating": (
            (State.REQUESTED, State.CREATING, State.LINKING, State.VALIDATION),
            State.ERROR_CREATING,
        ),
        "request_deletion": ((State.OK,), State.DELETION),
        "set_deleting": ((State.DELETION, State.ERROR_DELETING), State.DELETING),
        "set_deleted": ((State.DELETING,), State.DELETED),
        "set_error_deleting": ((State.DELETION, State.DELETING), State.ERROR_DELETING),
    }
)
"""Action -> states it is legal in, state it leads to."""
EXPLAINED = frozenset({"set_pending_account_linking", "set_pending_additional_validation"})
"""Actions that take a comment."""
