"""What B shows of its offering and of our resources there."""

import time
from collections.abc import Mapping, Sequence

from waldur_api_client.models import Resource
from waldur_site_agent.backend.structures import BackendResourceInfo

from federation_adapters.site_agent import answers, models
from federation_core.application.readings import ResourceReadings, obstacles
from federation_core.domain.errors import FederationError
from federation_core.domain.ids import BResourceId, dashed
from federation_core.domain.records import BResource
from federation_runner.plugin.federated import LOG, Federated

Pulled = dict[str, tuple[Resource, BackendResourceInfo]]


class HostedDesk:
    """Reads B for one cycle of core's."""

    def __init__(self, federated: Federated) -> None:
        self._settings = federated.settings
        self._on_b = federated.on_b
        self._readings = ResourceReadings(federated.on_b.b_resources(), time.monotonic)

    def greet(self) -> None:
        """B answers, and knows us.

        Raises:
            PlaneError: it does not.
        """
        self._on_b.b_rights().read()

    def components(self) -> list[str]:
        """The components of B's offering.

        Raises:
            PlaneError: it could not be read.
        """
        return sorted(self._on_b.catalogue().read().components)

    def examine(self) -> bool:
        """Whether B's offering can be ordered; what is against it is logged."""
        try:
            self.greet()
            found = obstacles(self._on_b.catalogue().read(), self._settings.mapping)
        except FederationError as error:
            found = (str(error),)
        for reason in found:
            LOG.error("%s", reason)
        LOG.info("B at %s, offering %s: %s", self._settings.b.host, self._settings.target_offering, found or "fine")
        return not found

    def finished(self, backend_id: str) -> BackendResourceInfo | None:
        """The resource whose creation is in progress on A, once it is there on B.

        Raises:
            BackendNotReadyError: that could not be told; core would order it anew.
        """
        linked = answers.linked(backend_id)
        if linked is None:
            return None
        with answers.later():
            is_there = self._readings.is_finished(self._readings.read(linked))
        return BackendResourceInfo(backend_id=backend_id) if is_there else None

    def among(self, shown: Sequence[Resource]) -> Pulled:
        """Those of A's resources that are well on B."""
        try:
            found = self._readings.listed()
        except FederationError as error:
            LOG.warning("no resource is looked after now: %s", error)
            return {}
        return {
            models.text(one, "backend_id"): (one, BackendResourceInfo(backend_id=models.text(one, "backend_id")))
            for one in shown
            if self._is_served(one, found)
        }

    def living(self) -> list[str]:
        """The UUIDs of our resources on B that are not terminated.

        Raises:
            PlaneError: they cannot be listed.
        """
        return [dashed(one.id) for one in self._readings.listed().values() if self._readings.is_served(one, "OK")]

    def limits(self, backend_id: str) -> dict[str, int]:
        """What B's limits are worth in A's units; empty where they cannot be read."""
        linked = answers.linked(backend_id)
        try:
            shown = None if linked is None else self._readings.read(linked)
        except FederationError as error:
            LOG.warning("the limits of %s cannot be read: %s", backend_id, error)
            return {}
        return {} if shown is None else {str(k): v for k, v in self._settings.mapping.limits_to_a(shown.limits).items()}

    def _is_served(self, one: Resource, found: Mapping[BResourceId, BResource]) -> bool:
        linked = answers.linked(models.text(one, "backend_id"))
        on_b = None if linked is None else found.get(linked)
        try:
            return on_b is not None and self._readings.is_served(on_b, models.text(one, "state"))
        except FederationError as error:
            LOG.warning("resource %s is left alone: %s", linked, error)
            return False
