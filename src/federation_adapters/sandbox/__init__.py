"""A look-alike of the Waldur marketplace server, to try, test and measure against.

It is an independent oracle: it shares no code with the rest of the project.
"""

from federation_adapters.sandbox.app import Observer, Sandbox
from federation_adapters.sandbox.broker import BrokerError, RabbitMq
from federation_adapters.sandbox.clock import ManualClock
from federation_adapters.sandbox.coverage import coverage_table
from federation_adapters.sandbox.exceptions import ApiError
from federation_adapters.sandbox.faults import Fault, FaultKind, ReplyWithheldError
from federation_adapters.sandbox.identity_provider import Client, IdentityProvider
from federation_adapters.sandbox.ledger import Exchange, Write
from federation_adapters.sandbox.profiles import CURRENT, LEGACY, Profile
from federation_adapters.sandbox.progress import Outcome, Progress
from federation_adapters.sandbox.publisher import Published
from federation_adapters.sandbox.seed import Pair, SourceSide, TargetSide, seed_pair
from federation_adapters.sandbox.server import Server
from federation_adapters.sandbox.settings import Settings
from federation_adapters.sandbox.site import Site, seed_site
from federation_adapters.sandbox.storage_site import StorageSite, seed_storage_site
from federation_adapters.sandbox.user_api import UserApi
from federation_adapters.sandbox.warehouse import Hours, Level, Warehouse
from federation_adapters.sandbox.world import ComponentSpec, PlanSpec, World

__all__ = [
    "CURRENT",
    "LEGACY",
    "ApiError",
    "BrokerError",
    "Client",
    "ComponentSpec",
    "Exchange",
    "Fault",
    "FaultKind",
    "Hours",
    "IdentityProvider",
    "Level",
    "ManualClock",
    "Observer",
    "Outcome",
    "Pair",
    "PlanSpec",
    "Profile",
    "Progress",
    "Published",
    "RabbitMq",
    "ReplyWithheldError",
    "Sandbox",
    "Server",
    "Settings",
    "Site",
    "SourceSide",
    "StorageSite",
    "TargetSide",
    "UserApi",
    "Warehouse",
    "World",
    "Write",
    "coverage_table",
    "seed_pair",
    "seed_site",
    "seed_storage_site",
]
