"""The backends that only report: usage of accounts and of paths, as the CSCS data warehouse shows it.

Core asks resource by resource: with each, those are read that came after it in the cycle before. The loader of past months asks for
all at once. A figure that is not known is never a zero: core is then told that the resource is not there, or that it should come
back later.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import attrs
from waldur_api_client.models import Resource
from waldur_site_agent.backend.structures import BackendResourceInfo
from waldur_site_agent.backend.utils import get_current_time_in_timezone

from federation_adapters.site_agent import answers, models
from federation_core.application.claims import Claims
from federation_core.application.explain_mapping import lines_of
from federation_core.application.metered_usage import MeteredUsage, MetersRead, read_meters
from federation_core.application.read_ahead import Line, ReadAhead
from federation_core.domain.errors import FederationError, RuleError
from federation_core.domain.ids import AResourceId
from federation_core.domain.months import Month
from federation_core.domain.records import AResource
from federation_core.domain.words import counted
from federation_runner.container import Federation
from federation_runner.plugin.federated import LOG
from federation_runner.plugin.parsed import only_offering
from federation_runner.plugin.passive import PassiveBackend
from federation_runner.settings.model import OfferingSettings, Warehouse
from federation_runner.settings.ownership import COMPUTE, STORAGE

Report = dict[str, dict[str, dict[str, float]]]
Values = Mapping[str, Any]
_UNKNOWN = {"waldur_api_url": "https://a.invalid/", "waldur_api_token": "unknown"}


class MeteredBackend(PassiveBackend):
    """Reports what a warehouse shows, and does nothing else."""

    supports_decreasing_usage = True
    purpose = "only reports usage: it makes, changes and ends nothing, and knows no people"
    kind = ""

    def __init__(self, backend_settings: dict[str, Any], backend_components: Mapping[str, Any]) -> None:
        """Prepare it; no request is made.

        Raises:
            ConfigurationError: with every mistake in the settings.
        """
        plain = {name: self.plain(component) for name, component in backend_components.items()}
        super().__init__(backend_settings, plain)
        self.backend_type = self.kind
        known = _KNOWN.offering(self.kind, backend_settings, plain)
        self._settings, self._warehouse = known.federation.settings(), known.federation.warehouse()
        self._metered, self._claims = MeteredUsage(known.round(), known.wanted.meters), known.claims
        self._seen: dict[AResourceId, AResource] = {}

    # whether the warehouse is there

    def ping(self, raise_exception: bool = False) -> bool:  # noqa: FBT001, FBT002 - as core calls it
        """Whether figures can be asked for."""
        try:
            self._warehouse.ping(datetime.now(UTC).date())
        except FederationError as error:
            if raise_exception:
                raise answers.refused(str(error)) from None
            LOG.warning("the warehouse does not serve us: %s", error)
            return False
        return True

    def diagnostics(self) -> bool:
        """Whether figures can be asked for; and in the log, what of."""
        for name, value in self._facts():
            LOG.info("%s: %s", name, value)
        return self.ping()

    # usage

    def pull_resource(self, waldur_resource: Resource) -> BackendResourceInfo | None:
        """The resource with its usage of the present month; None where that is not known, and then core tells nothing."""
        found = models.resource(waldur_resource)
        self._seen[found.id] = found
        now = get_current_time_in_timezone(self.timezone)
        figures = self._figures(Month(now.year, now.month), [found])
        if figures is None or found.backend_id not in figures:
            return None
        return BackendResourceInfo(backend_id=found.backend_id, usage=figures[found.backend_id])

    def get_usage_report_for_period(
        self, resource_backend_ids: list[str], year: int, month: int, waldur_resource: Resource | None = None
    ) -> Report:
        """The figures of one month, of those that the warehouse shows.

        Raises:
            BackendNotReadyError: they cannot be relied on, and core names no resource: it may have been told to write zeroes for
                what is not among them. Of a resource it writes nothing then, so that is told as empty.
        """
        wanted = self._resources(resource_backend_ids, waldur_resource)
        figures = self._figures(Month(year, month), wanted)
        if waldur_resource is None and wanted and not figures:
            raise answers.not_ready(f"no figure of {Month(year, month)} is known of {counted(len(wanted), 'resource')}")
        return figures or {}

    def _get_usage_report(self, resource_backend_ids: list[str]) -> Report:
        now = get_current_time_in_timezone(self.timezone)
        return self._figures(Month(now.year, now.month), self._resources(resource_backend_ids)) or {}

    def _figures(self, month: Month, resources: Sequence[AResource]) -> Report | None:
        """The figures of *resources*; None where some could not be read."""
        try:
            read = read_meters(self._metered, self._settings.mapping, month, resources, self._claims)
        except FederationError as error:
            read = MetersRead({}, (f"{month} is not known: {error}",))
        for remark in read.remarks:
            LOG.info("%s", remark)
        for problem in read.problems:
            LOG.warning("%s", problem)
        if read.problems:
            return None
        named = {resource.id: resource.backend_id for resource in resources}
        return {named[resource]: answers.usage(metered) for resource, metered in read.figures.items()}

    def _resources(self, backend_ids: Sequence[str], shown: Resource | None = None) -> list[AResource]:
        """What is known of resources: core shows the cluster of one with the present month alone, and nothing to the loader."""
        if shown is not None:
            found = models.resource(shown)
            seen = self._seen.get(found.id, found)
            return [attrs.evolve(seen, backend_id=found.backend_id, cluster=found.cluster or seen.cluster)]
        return [
            AResource(AResourceId(uuid5(NAMESPACE_URL, f"{number} {name}")), name, "OK", backend_id=name)
            for number, name in enumerate(backend_ids)
        ]

    def _facts(self) -> list[tuple[str, str]]:
        """What is asked, and how figures are counted; without secrets."""
        access, warehouse = self._settings.b, self._settings.warehouse
        proxy = urlsplit(access.proxy)
        facts = [("backend", self.kind), ("warehouse", access.base_url)]
        facts += [("proxy", f"{proxy.scheme}://{proxy.hostname}:{proxy.port}")] if access.proxy else []
        if warehouse is not None and warehouse.storage is not None:
            facts.append(("file system", f"{warehouse.storage.filesystem}, {warehouse.storage.data_type}"))
        facts += [
            (line.a_component, f"1 on A is {line.factor} of the warehouse's")
            for line in lines_of(self._settings.mapping)
        ]
        return facts


class ComputeBackend(MeteredBackend):
    """Hours of accounts."""

    kind = COMPUTE


class StorageBackend(MeteredBackend):
    """What paths hold."""

    kind = STORAGE


@attrs.frozen
class _Metered:
    """One offering for as long as the process lives.

    Attributes:
        wanted: what is asked of the warehouse.
        line: in which order core asks, cycle after cycle.
        claims: which resources it asks for by which account.
    """

    federation: Federation
    wanted: Warehouse
    line: Line = attrs.field(factory=Line)
    claims: Claims = attrs.field(factory=Claims)

    def round(self) -> ReadAhead:
        """The warehouse for one cycle of core's, which begins."""
        self.claims.begin()
        return ReadAhead(self.federation.warehouse(), self.line, self.wanted.batch, time.monotonic)


class _Known:
    """The metered offerings of the process: core makes a new backend for each cycle, and tokens outlive cycles."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, _Metered] = {}

    def offering(self, kind: str, settings: Values, components: Mapping[str, Values]) -> _Metered:
        """The one with these settings.

        Raises:
            ConfigurationError: with every mistake in them.
        """
        key = json.dumps([kind, settings, components], sort_keys=True, default=str)
        with self._lock:
            if key not in self._found:
                self._found[key] = _metered(_parsed(kind, settings, components))
            return self._found[key]


_KNOWN = _Known()


def _metered(settings: OfferingSettings) -> _Metered:
    if settings.warehouse is None:
        raise RuleError(f"offering {settings.name} is not metered by a warehouse")
    return _Metered(Federation(settings=settings), settings.warehouse)


def _parsed(kind: str, settings: Values, components: Mapping[str, Values]) -> OfferingSettings:
    """The settings, whose mistakes are told by where they stand in an offering: which one it is, core tells."""
    offering = {
        **_UNKNOWN,
        "name": kind,
        "waldur_offering_uuid": "0" * 32,
        "backend_type": kind,
        "reporting_backend": kind,
        "backend_settings": dict(settings),
        "backend_components": {name: dict(values) for name, values in components.items()},
    }
    return only_offering({"offerings": [offering]})
