"""What B's refusal of an order means: the user's to hear, the operator's to mend, or soon over.

| B answered | means |
| --- | --- |
| 400 that an order is already open, or that nothing would change, or that our mark is taken | look again |
| 400 naming offering, plan, project or terms of service, or one of our marks | operator: the order is parked |
| 400 naming limits or other attributes, or the rules on quota and team | the user: A's order ends erred with B's words |
| 400 of another kind | operator: better parked than ended by mistake |
| 409 | look again: the state on B does not allow it now |
| 401, 403, 404, 405 | operator |
| any refusal of a Restore but 401 | the user: it cannot be restored there, and is never created anew |

The words are Waldur's (8.1.2 and the server of October 2024) and matched loosely. What is quoted are names that
people chose, and is left out of the judgement.
"""

import enum
import re

from federation_core.domain.errors import Conflict, Invalid, Refused, Unauthorised
from federation_core.domain.orders.attributes import RESOURCE_MARK
from federation_core.domain.plan.actions.orders import OrderAction, SubmitRestore

_LOOK_AGAIN = re.compile(
    rf"pending order for resource|exactly the same|already has a resource with\b.*{RESOURCE_MARK}", re.IGNORECASE
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_OPERATOR_FIELDS = frozenset({"offering", "plan", "project", "accepting_terms_of_service"})
_CONTENT_FIELDS = frozenset({"limits", "attributes", "start_date", "end_date", "name"})
_CONTENT = re.compile(
    r"maximum number of resources"
    r"|already has a resource with\b"
    r"|\bteam (members?|size)\b"
    r"|\brequired role\b"
    r"|\bcomponents? (are|is) not supported\b"
    r"|\bquota\b.*\bexceed"
    r"|\blimits?\b.*\b(exceed|above|below|maximum|minimum)",
    re.IGNORECASE,
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
    words, named = _QUOTED.sub("", error.detail), {field.split(".")[0] for field in error.fields}
    if _LOOK_AGAIN.search(error.detail):
        return Refusal.LOOK_AGAIN
    if named & _OPERATOR_FIELDS or RESOURCE_MARK in error.detail:
        return Refusal.OPERATOR
    return Refusal.CONTENT if named & _CONTENT_FIELDS or _CONTENT.search(words) else Refusal.OPERATOR
