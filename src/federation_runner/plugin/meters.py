"""Usage, as core asks for it: resource by resource, and month by month."""

import time
from collections.abc import Iterable

from waldur_site_agent.backend.utils import get_current_time_in_timezone

from federation_adapters.site_agent import answers
from federation_core.application.readings import UsageReadings
from federation_core.domain.errors import FederationError
from federation_core.domain.months import Month
from federation_runner.plugin.federated import LOG, Federated

Report = dict[str, dict[str, dict[str, float]]]


class Meters:
    """B's figures for one cycle; each month is read in pages when it is first asked for."""

    def __init__(self, federated: Federated) -> None:
        self._readings = UsageReadings(federated.on_b.b_usage(), federated.settings.mapping, time.monotonic)
        self._told: set[str] = set()

    def report(self, backend_ids: Iterable[str], month: Month) -> Report | None:
        """The figures of those resources that have some in *month*; None where they cannot be read."""
        try:
            metered = self._readings.of(month)
        except FederationError as error:
            if str(error) not in self._told:
                LOG.warning("no usage of %s is told: %s", month, error)
            self._told.add(str(error))
            return None
        linked = {name: answers.linked(name) for name in backend_ids}
        figures = {name: answers.usage(metered.get(b)) for name, b in linked.items() if b is not None}
        return {name: found for name, found in figures.items() if found}

    @staticmethod
    def present(timezone: str) -> Month:
        """The month that core takes for the present one."""
        now = get_current_time_in_timezone(timezone)
        return Month(now.year, now.month)
