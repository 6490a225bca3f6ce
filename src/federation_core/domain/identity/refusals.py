"""What B's refusals say about people and their attributes."""

import re
from collections.abc import Collection

from federation_core.domain.errors import FederationError, Invalid


def is_unknown_account(error: FederationError) -> bool:
    """Whether B does not know the account that was named."""
    return isinstance(error, Invalid) and "user" in error.fields


def rejected_attributes(refusal: Invalid, sent: Collection[str]) -> frozenset[str]:
    """Which of the attributes *sent* the refusal is about: those named as fields, else those named in its words."""
    named = frozenset(refusal.fields).intersection(sent)
    return named or frozenset(re.findall(r"[a-z_]+", refusal.detail)).intersection(sent)
