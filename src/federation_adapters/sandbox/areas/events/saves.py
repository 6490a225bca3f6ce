"""What was written, save by save: a server tells of a row once it is saved, with all that changed since the last time."""

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from federation_adapters.sandbox.entities import OfferingUser, ProjectAccount, Resource, User
from federation_adapters.sandbox.journal import SAVED, Change, Notice

_TOLD_BY_SAVE = (OfferingUser, ProjectAccount, Resource, User)


@attrs.frozen
class Save:
    """One save of a row.

    Attributes:
        before: Attribute that changed -> its value before the save.
    """

    row: Any
    before: dict[str, object]


Event = Change | Notice | Save


def events_of(changes: Iterable[Change | Notice]) -> Iterator[Event]:
    """Yield what happened, in order; changes of rows that nobody saved count as saved at the end."""
    unsaved: dict[str, Save] = {}
    for change in changes:
        if isinstance(change, Change) and change.attribute and isinstance(change.row, _TOLD_BY_SAVE):
            save = unsaved.setdefault(change.row.uuid, Save(change.row, {}))
            if change.attribute == SAVED:
                yield unsaved.pop(change.row.uuid)
            elif change.attribute != "modified":
                save.before.setdefault(change.attribute, change.before)
        else:
            yield change
    yield from unsaved.values()
