"""What the settings can ask for and this version does not do yet; a mode that is built leaves this table."""

from collections.abc import Mapping
from types import MappingProxyType

from federation_runner.settings.model import OfferingSettings
from federation_runner.settings.ownership import MODES

UNSERVED: Mapping[str, str] = MappingProxyType(
    {
        "membership_sync": "people and roles are not carried over to B",
    }
)
"""Mode -> what stays undone."""

BRIDGE_UNSERVED = "profiles are not pushed to B's identity bridge"
"""The same for `username_management_backend`; empty once they are."""

SERVED: Mapping[str, str] = MappingProxyType({mode: key for mode, key in MODES.items() if mode not in UNSERVED})
"""Mode that this version does -> the key that asks for it."""


def undone(offering: OfferingSettings) -> str:
    """What *offering* asks of us and this version leaves undone, key by key; empty for nothing."""
    told = [f"{key}: {UNSERVED[mode]}" for mode, key in MODES.items() if mode in offering.modes & UNSERVED.keys()]
    if BRIDGE_UNSERVED and offering.people.pushes_profiles:
        told.append(f"username_management_backend: {BRIDGE_UNSERVED}")
    return "; ".join(told)
