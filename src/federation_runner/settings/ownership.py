"""Which offerings of the file are ours: those that name us as a backend, or name nobody else."""

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs

from federation_runner.settings.levels import Reading, shown

OURS = "waldur"
BRIDGE = "waldur-identity-bridge"
COMPUTE = "cscs-dwdi-compute"
STORAGE = "cscs-dwdi-storage"
WAREHOUSES = (COMPUTE, STORAGE)
STORAGE_PROXY = "cscs-hpc-storage"
SERVED = "it is a storage system, which waldur-federation storage-proxy serves"
MODES: Mapping[str, str] = MappingProxyType(
    {
        "order_process": "order_processing_backend",
        "membership_sync": "membership_sync_backend",
        "report": "reporting_backend",
    }
)
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "backend_type": (OURS, *WAREHOUSES, STORAGE_PROXY),
        MODES["order_process"]: (OURS,),
        MODES["membership_sync"]: (OURS,),
        MODES["report"]: (OURS, *WAREHOUSES),
        "username_management_backend": (BRIDGE,),
    }
)
"""Key that can name us -> the names by which it does; the usual one first."""

_CLOSE = 0.83


@attrs.frozen
class Ownership:
    """Whose an offering is.

    Attributes:
        reason: why there is nothing to run for it; empty where there is.
        is_shared: whether another backend reads the same settings, and may have keys of its own there.
        warehouse: the warehouse that meters it; empty where it is federated.
        is_served: whether the reason is that it is a storage system, whose settings are ours to judge.
    """

    reason: str
    is_shared: bool
    warehouse: str = ""
    is_served: bool = False


def ownership(entry: Mapping[Any, Any]) -> Ownership:
    """Whose the offering *entry* is, by the backends that it names."""
    kind = _word(entry, "backend_type").lower()
    named = {key: word for key in MODES.values() if (word := _word(entry, key))}
    bridged = _is_meant(_word(entry, "username_management_backend"), BRIDGE)
    warehouse = _warehouse(named.get(MODES["report"], "") if named or bridged else kind)
    ours = {key for key, word in named.items() if _is_meant(word, OURS)}
    others = [f"{key} is {shown(word)}" for key, word in named.items() if key not in ours and not _warehouse(word)]
    if warehouse:
        return Ownership("", is_shared=bool(others), warehouse=warehouse)
    if not (bridged or named) and _is_meant(kind, STORAGE_PROXY):
        return Ownership(SERVED, is_shared=False, is_served=True)
    if not (bridged or ours) and (others or (kind and not _is_meant(kind, OURS))):
        return Ownership(", ".join(others) if others else f"backend_type is {shown(kind)}", is_shared=False)
    return Ownership("", is_shared=bool(others))


def judge_names(reading: Reading, entry: Mapping[Any, Any], path: str) -> None:
    """Note names of backends that are all but ours: taken for another's, they would silently switch us off."""
    for key, names in NAMES.items():
        word = _word(entry, key)
        exact = word.lower() if key == "backend_type" else word
        meant = next((name for name in names if _is_meant(word, name)), "")
        if meant and exact not in names:
            reading.wrong(f"{path}.{key}", f"{shown(word)} is no backend", f"did you mean {_nearest(word, names)}?")


def judge_double(reading: Reading, entry: Mapping[Any, Any], path: str) -> None:
    """Note that a metered offering is to be federated in the same entry."""
    for key in (*(MODES[mode] for mode in ("order_process", "membership_sync")), "username_management_backend"):
        word = _word(entry, key)
        if word in {OURS, BRIDGE}:
            cause = f"{word} beside a warehouse as reporting_backend"
            reading.wrong(f"{path}.{key}", cause, "write two entries with the same waldur_offering_uuid")


def _warehouse(word: str) -> str:
    """The warehouse that *word* names, or is a slip of the pen away from."""
    return _nearest(word, WAREHOUSES) if any(_is_meant(word, name) for name in WAREHOUSES) else ""


def _nearest(word: str, names: Sequence[str]) -> str:
    return max(names, key=lambda name: _likeness(word, name))


def _word(entry: Mapping[Any, Any], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""


def _is_meant(word: str, name: str) -> bool:
    """Whether *word* is *name*, or a slip of the pen away from it."""
    return _likeness(word, name) >= _CLOSE


def _likeness(word: str, name: str) -> float:
    return difflib.SequenceMatcher(None, word.lower(), name).ratio()
