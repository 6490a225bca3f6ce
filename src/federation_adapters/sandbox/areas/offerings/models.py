"""Rules of offerings: their life cycle."""

from types import MappingProxyType

from federation_adapters.sandbox.entities import Offering
from federation_adapters.sandbox.exceptions import wrong_state
from federation_adapters.sandbox.store import Store

STATES = ("Draft", "Active", "Paused", "Archived", "Unavailable")

LIFE_CYCLE = MappingProxyType(
    {
        "activate": (("Draft", "Paused"), "Active"),
        "pause": (("Active",), "Paused"),
        "unpause": (("Paused",), "Active"),
        "archive": (("Active", "Paused", "Unavailable"), "Archived"),
        "make_unavailable": (("Active", "Paused"), "Unavailable"),
        "make_available": (("Unavailable",), "Active"),
    }
)
"""Action -> states it is legal in, state it leads to."""


def move_offering(store: Store, offering: Offering, action: str) -> None:
    """Bring the offering into the state that *action* leads to.

    Raises:
        ApiError: 409 when the action is not legal in the present state.
    """
    legal, target = LIFE_CYCLE[action]
    if offering.state not in legal:
        raise wrong_state(legal)
    offering.state = target
    store.touch(offering)
