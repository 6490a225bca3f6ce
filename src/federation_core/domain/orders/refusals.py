"""What B's refusal of an order means: the user's to hear, the operator's to mend, or soon over.

| B answered | means |
| --- | --- |
| 400 that an order is already open, or that nothing would change, or that our mark is taken | look again |
| 400 naming offering, plan, project or terms of service | operator: the order is parked |
| 400 naming limits or other attributes, or the rules on quota and team | the user: A's order ends erred with B's words |
| 400 of another kind | operator: better parked than ended by mistake |
| 409 | look again: the state on B does not allow it now |
| 401, 403, 404, 405 | operator |
| any refusal of a Restore but 401 | the user: it cannot be restored there, and is never created anew |

The words are Waldur's (8.1.2 and the server of October 2024) and matched loosely, in lower case.
"""

import enum

from federation_core.domain.errors import Conflict, Invalid, Refused, Unauthorised
from federation_core.domain.orders.attributes import RESOURCE_MARK
from federation_core.domain.plan.actions import OrderAction, SubmitRestore

_LOOK_AGAIN = (
    "pending order for resource",
    "exactly the same",
    f"already has a resource with {RESOURCE_MARK}",
    RESOURCE_MARK,
)
_OPERATOR_FIELDS = frozenset({"offering", "plan", "project", "accepting_terms_of_service"})
_OPERATOR_WORDS = (
    "terms of service",
    "offering is not available",
    "offering is unavailable",
    "not available for ordering",
    "not available for selected offering",
    "plan is required",
    "terminated projects",
    "private offering",
    "blocked",
)
_CONTENT_FIELDS = ("limits", "attributes", "start_date", "end_date", "name")
_CONTENT_WORDS = (
    "maximum number of resources",
    "already has a resource",
    "team",
    "required role",
    "limit",
    "component",
    "quota",
    "attribute",
    "name",
    "date",
)


class Refusal(enum.Enum):
    """Whose a refusal is."""

    LOOK_AGAIN = "B's state moved meanwhile"
    OPERATOR = "an operator has to mend it"
    CONTENT = "the order's own content was refused"


def judge(error: Refused, action: OrderAction) -> Refusal:
    """Say what a refusal of *action* by B means, by the table above."""
    if isinstance(action, SubmitRestore) and not isinstance(error, Unauthorised):
        return Refusal.CONTENT
    match error:
        case Conflict():
            return Refusal.LOOK_AGAIN
        case Invalid():
            return _judge_content(error)
        case _:
            return Refusal.OPERATOR


def _judge_content(error: Invalid) -> Refusal:
    words = error.detail.lower()
    if any(text in words for text in _LOOK_AGAIN):
        return Refusal.LOOK_AGAIN
    if _OPERATOR_FIELDS & set(error.fields) or any(text in words for text in _OPERATOR_WORDS):
        return Refusal.OPERATOR
    if any(field.split(".")[0] in _CONTENT_FIELDS for field in error.fields):
        return Refusal.CONTENT
    return Refusal.CONTENT if any(text in words for text in _CONTENT_WORDS) else Refusal.OPERATOR
