"""Which offerings of the file are ours: those that name us as a backend, or name nobody else."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from federation_runner.settings.levels import Reading, shown

OURS = "waldur"
BRIDGE = "waldur-identity-bridge"
MODES: Mapping[str, str] = MappingProxyType(
    {
        "order_process": "order_processing_backend",
        "membership_sync": "membership_sync_backend",
        "report": "reporting_backend",
    }
)
NAMES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("backend_type", *MODES.values()), OURS) | {"username_management_backend": BRIDGE}
)
"""Key that can name us -> the name by which it does."""

_CLOSE = 0.83


@attrs.frozen
class Ownership:
    """Whose an offering is.

    Attributes:
        reason: why it is none of ours; empty where it is ours.
        is_shared: whether another backend reads the same settings, and may have keys of its own there.
    """

    reason: str
    is_shared: bool


def ownership(entry: Mapping[Any, Any]) -> Ownership:
    """Whose the offering *entry* is, by the backends that it names."""
    kind = _word(entry, "backend_type").lower()
    named = {key: _word(entry, key) for key in MODES.values()}
    others = [f"{key} is {shown(word)}" for key, word in named.items() if word and not _is_meant(word, OURS)]
    bridged = _is_meant(_word(entry, "username_management_backend"), BRIDGE)
    ours = bridged or any(_is_meant(word, OURS) for word in named.values())
    if not ours and (others or (kind and not _is_meant(kind, OURS))):
        return Ownership(", ".join(others) if others else f"backend_type is {shown(kind)}", is_shared=False)
    return Ownership("", is_shared=bool(others))


def judge_names(reading: Reading, entry: Mapping[Any, Any], path: str) -> None:
    """Note names of backends that are all but ours: taken for another's, they would silently switch us off."""
    for key, name in NAMES.items():
        word = _word(entry, key)
        exact = word.lower() if key == "backend_type" else word
        if exact != name and _is_meant(word, name):
            reading.wrong(f"{path}.{key}", f"{shown(word)} is no backend", f"did you mean {name}?")


def _word(entry: Mapping[Any, Any], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""


def _is_meant(word: str, name: str) -> bool:
    """Whether *word* is *name*, or a slip of the pen away from it."""
    return difflib.SequenceMatcher(None, word.lower(), name).ratio() >= _CLOSE
