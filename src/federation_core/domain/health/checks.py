"""The table of all checks, in the order in which they are made; a check stands after those it needs."""

from federation_core.domain.health.components import COMPONENTS
from federation_core.domain.health.offerings import OFFERINGS
from federation_core.domain.health.peers import PEERS, clocks, features, own_clock
from federation_core.domain.health.people import PEOPLE
from federation_core.domain.health.resources import RESOURCES

CHECKS = (*PEERS, features, clocks, own_clock, *OFFERINGS, *COMPONENTS, *RESOURCES, *PEOPLE)
