"""What the settings can ask for and this version does not do yet; what is built leaves this table."""

from collections.abc import Mapping
from types import MappingProxyType

from federation_runner.settings.model import OfferingSettings

UNSERVED: Mapping[str, str] = MappingProxyType(
    {
        "stomp_enabled": "events from A are not received, everything is polled",
        "target_stomp_enabled": "events from B are not received, everything is polled",
    }
)
"""Key -> what stays undone."""


def undone(offering: OfferingSettings) -> str:
    """What *offering* asks of us and this version leaves undone, key by key; empty for nothing."""
    asked = {"stomp_enabled": offering.a_events.enabled, "target_stomp_enabled": offering.b_events.enabled}
    return "; ".join(f"{key}: {words}" for key, words in UNSERVED.items() if asked[key])
