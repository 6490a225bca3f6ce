"""The backend of storage systems: nothing to do in the agent, as the storage proxy serves them and provisioners act on that."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from federation_adapters.site_agent import answers
from federation_core.domain.storage.quotas import COMPONENT
from federation_runner.plugin.federated import LOG
from federation_runner.plugin.passive import PassiveBackend
from federation_runner.settings.ownership import STORAGE_PROXY
from federation_runner.settings.proxy import judge_storage_backend


class StorageProxyBackend(PassiveBackend):
    """Answers what can be answered without a storage system."""

    supports_cycle_preflight = True
    purpose = (
        "is served by the storage proxy: run 'waldur-federation storage-proxy', and have provisioners carry orders out by the "
        "addresses that it tells"
    )

    def __init__(self, backend_settings: dict[str, Any], backend_components: Mapping[str, Any]) -> None:
        """Prepare it.

        Raises:
            ConfigurationError: with every mistake in the settings.
        """
        super().__init__(backend_settings, {name: self.plain(one) for name, one in backend_components.items()})
        self.backend_type = STORAGE_PROXY
        judge_storage_backend(backend_settings, os.environ, Path.cwd())

    def run_preflight(self) -> NoReturn:
        """Have core leave all orders alone, before it accepts any: they are the provisioner's.

        Raises:
            BackendNotReadyError: always.
        """
        raise answers.not_ready(f"{self.backend_type} {self.purpose}")

    def ping(self, raise_exception: bool = False) -> bool:  # noqa: FBT001, FBT002 - as core calls it
        """Yes: nothing is asked on behalf of the agent."""
        del raise_exception
        return True

    def diagnostics(self) -> bool:
        """Whether what is served is among the components; and in the log, by what."""
        has_component = COMPONENT in self.backend_components
        LOG.info("%s %s", self.backend_type, self.purpose)
        for name, value in sorted(self.backend_settings.items()):
            LOG.info("%s: %s", name, value)
        if not has_component:
            LOG.error("backend_components has no %s, which quotas are made of", COMPONENT)
        return has_component

    def pull_resource(self, waldur_resource: object) -> None:
        """Nothing is known here of any resource, so core tells nothing of it."""
        del waldur_resource

    def _get_usage_report(self, resource_backend_ids: list[str]) -> NoReturn:
        self._unsupported(resource_backend_ids)
