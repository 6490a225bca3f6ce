"""The table of all checks, in the order in which they are made; a check stands after those it needs."""

from federation_core.domain.health.components import COMPONENTS
from federation_core.domain.health.meters import METERS
from federation_core.domain.health.offerings import OFFERINGS
from federation_core.domain.health.peers import PEERS, clocks, features, own_clock
from federation_core.domain.health.people import PEOPLE
from federation_core.domain.health.plugins import PLUGINS
from federation_core.domain.health.resources import RESOURCES
from federation_core.domain.health.seen import Wishes
from federation_core.domain.health.table import Check

CHECKS = (*PEERS, features, clocks, own_clock, *OFFERINGS, *COMPONENTS, *RESOURCES, *PEOPLE, *METERS, *PLUGINS)

PROFILE_CHECKS = tuple(
    one
    for one in CHECKS
    if one in {*PEERS, clocks, own_clock, *PLUGINS} or one.name in {"a-offering", "bridge", "bridge-source"}
)
"""Those that matter where people's profiles are pushed, and nothing else is done."""

_OF_METERED = frozenset(
    {"self-delivery", "a-offering", "a-fits", "a-rights", "a-components", "accounting", *(one.name for one in METERS)}
)
METERED_CHECKS = tuple(
    one for one in CHECKS if one.name in _OF_METERED or one in PLUGINS or (one in PEERS and one.name.startswith("a-"))
)
"""Those that matter where a warehouse meters; what needs another check needs one of these."""

MARKETPLACE_CHECKS = tuple(one for one in CHECKS if one not in METERS)


def checks_for(wishes: Wishes) -> tuple[Check, ...]:
    """The checks that matter for what the operator asks for."""
    if wishes.metered:
        return METERED_CHECKS
    return PROFILE_CHECKS if wishes.profiles_only else MARKETPLACE_CHECKS
