"""The closed set of things that can be done to A or B, as frozen values; a module per use case, each with its stages.

An action names its `stage`. What an order, resource or person still has to come through in later stages is not done once one of
its actions failed.
"""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

import attrs

from federation_core.domain.plan.actions.fields import FieldAction
from federation_core.domain.plan.actions.membership import MemberAction, RevokeRole
from federation_core.domain.plan.actions.orders import OrderAction, TerminateOrphan
from federation_core.domain.plan.actions.usage import UsageAction
from federation_core.domain.projects.backend_id import ProjectKey, format_key
from federation_core.domain.records import AProject
from federation_core.domain.units import show

SyncAction = UsageAction | FieldAction | MemberAction
"""What may be done to keep two sides equal."""

Action = OrderAction | TerminateOrphan | SyncAction
"""Everything that may be done."""

Removal = TerminateOrphan | RevokeRole
"""The actions that take something away without an order asking for it; policies and guards look at these."""


def describe(action: Action) -> dict[str, Any]:
    """The action as JSON values: ``action`` names it, the other keys are its fields; UUIDs dashed."""
    fields = {field.name: _plain(getattr(action, field.name)) for field in attrs.fields(type(action))}
    return {"action": type(action).__name__, **fields}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON values have no narrower type
    match value:
        case None | bool() | int() | str() | float():
            return value
        case date():
            return value.isoformat()
        case Fraction():
            return show(value)
        case Enum():
            return value.value
        case ProjectKey():
            return format_key(value)
        case AProject():
            return str(value.id)
        case Mapping():
            return {str(key): _plain(item) for key, item in sorted(value.items())}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return str(value)
