"""The plug-in of the official site agent: what its entry points name.

Core makes these objects itself, often, and calls them from several threads; so they are cheap, and what has to last is in
`federation_runner.plugin.federated`.
"""

from federation_runner.plugin.backend import FederationBackend
from federation_runner.plugin.metered import ComputeBackend, StorageBackend
from federation_runner.plugin.schemas import (
    ComponentSchema,
    ComputeSettingsSchema,
    MeteredComponentSchema,
    SettingsSchema,
    StorageProxyComponentSchema,
    StorageProxySettingsSchema,
    StorageSettingsSchema,
)
from federation_runner.plugin.storage import StorageProxyBackend
from federation_runner.plugin.usernames import IdentityBridge

__all__ = [
    "ComponentSchema",
    "ComputeBackend",
    "ComputeSettingsSchema",
    "FederationBackend",
    "IdentityBridge",
    "MeteredComponentSchema",
    "SettingsSchema",
    "StorageBackend",
    "StorageProxyBackend",
    "StorageProxyComponentSchema",
    "StorageProxySettingsSchema",
    "StorageSettingsSchema",
]
