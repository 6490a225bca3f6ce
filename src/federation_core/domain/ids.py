"""Typed identifiers that say which Waldur they name, and the spellings a UUID has on the wire.

Waldur emits UUIDs as 32 hex digits and takes both spellings back. In free-text fields (`backend_id`, attributes) the text is
kept verbatim, so each of our uses fixes one spelling: dashed in a `backend_id`, hex in a mark. Comparison is between UUIDs,
never between texts.
"""

import enum
import re
from typing import NewType
from uuid import UUID

_UUID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Side(enum.Enum):
    """A is where users order, B where the resource lives."""

    A = "A"
    B = "B"

    def __str__(self) -> str:
        """The letter."""
        return self.value


AOfferingId = NewType("AOfferingId", UUID)
ACustomerId = NewType("ACustomerId", UUID)
AProjectId = NewType("AProjectId", UUID)
AResourceId = NewType("AResourceId", UUID)
AOrderId = NewType("AOrderId", UUID)
AAccountId = NewType("AAccountId", UUID)
AUserId = NewType("AUserId", UUID)
BOfferingId = NewType("BOfferingId", UUID)
BCustomerId = NewType("BCustomerId", UUID)
BProjectId = NewType("BProjectId", UUID)
BResourceId = NewType("BResourceId", UUID)
BOrderId = NewType("BOrderId", UUID)
BPlanId = NewType("BPlanId", UUID)
BUserId = NewType("BUserId", UUID)
UserId = NewType("UserId", UUID)


def parse_uuid(text: object) -> UUID | None:
    """Read a UUID in either spelling; anything else, the empty text included, is None."""
    if isinstance(text, str) and _UUID.fullmatch(text):
        return UUID(text)
    return None


def dashed(value: UUID) -> str:
    """The spelling written into a `backend_id`: 36 characters with dashes, as the incumbent writes it."""
    return str(value)


def hexed(value: UUID) -> str:
    """The spelling of URLs and marks: 32 lower-case hex digits."""
    return value.hex
