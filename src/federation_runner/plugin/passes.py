"""People and fields: core asks resource by resource, and the use cases run once for all of them in a cycle of core's.

| core asks for | runs |
| --- | --- |
| a project to be mirrored, or its end date | the fields of projects |
| people to be added | people and roles |
| dates, ids or limits of a resource | the fields of resources |
| user names | the names of accounts |

A whole cycle runs them for the whole offering; a single message for what it is about. Nothing they meet is raised: core would set
the resource erred on A for it.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

from waldur_api_client.client import AuthenticatedClient

from federation_adapters.site_agent import models
from federation_adapters.site_agent.reach import of_client, offering_of
from federation_core.application.configure import Part
from federation_core.application.outcome import CycleReport
from federation_core.application.readings import FRESH_SECONDS
from federation_core.domain.errors import FederationError
from federation_core.domain.ids import AProjectId, AResourceId
from federation_runner.container import Federation
from federation_runner.cycle import carry_out
from federation_runner.plugin.federated import LOG, Federated

MEMBERS, RESOURCES, PROJECTS, ACCOUNTS = "members", "resources", "projects", "accounts"


class Passes:
    """The use cases of one cycle of core's."""

    def __init__(self, federated: Federated) -> None:
        self._federated = federated
        self._federation = federated.met()
        self._is_begun = self._is_whole = False
        self._done: set[tuple[str, object]] = set()

    def begin(self, resources: Sequence[object]) -> None:
        """Note what the cycle is about: one resource read in full, those of one project, or all that are listed."""
        self._is_begun = True
        projects = {models.given(resource, "project_uuid") for resource in resources}
        is_single = len(resources) == 1 and models.given(resources[0], "offering_uuid") is not None
        is_message = self._federated.follows_events and len(projects) == 1
        self._is_whole = not (is_single or is_message)

    def meet(self, client: AuthenticatedClient, shown: object) -> None:
        """Learn how A is reached."""
        if self._federation is None or self._federation is not self._federated.met():
            offering = models.given(shown, "offering_uuid")
            try:
                found = offering if offering is not None else offering_of(client, models.uuid(shown, "uuid"))
            except FederationError as error:
                LOG.warning("nothing is carried over now: %s", error)
                return
            self._federation = self._federated.meet(of_client(client, found))

    def members(self, shown: object) -> None:
        """People and roles are alike, as far as can be told now."""
        project = AProjectId(models.uuid(shown, "project_uuid"))
        federation = self._federation
        if federation is not None and self._is_due(MEMBERS, project):
            case = self._federated.members_of(federation)
            self._run(federation, MEMBERS, case.run if self._is_whole else partial(case.run_for, project))

    def completion(self, shown: object) -> None:
        """After an order: core adds people only where they have account names, so they are seen to here."""
        if not self._is_begun:
            self.members(shown)

    def resources(self, shown: object) -> None:
        """Dates, limits, ids and states of resources are alike."""
        resource = AResourceId(models.uuid(shown, "uuid"))
        federation = self._federation
        if federation is not None and self._is_due(RESOURCES, resource):
            case = federation.sync_fields()
            whole = partial(case.run, [Part.RESOURCES])
            self._run(federation, RESOURCES, whole if self._is_whole else partial(case.run_for, resource))

    def projects(self) -> None:
        """Projects' fields are alike; for single messages seldom, because they are listed whole."""
        federation, now = self._federation, time.monotonic()
        is_recent = not self._is_whole and now - self._federated.mirrored < FRESH_SECONDS
        if federation is not None and not is_recent and self._is_due(PROJECTS, None):
            self._federated.mirrored = now
            self._run(federation, PROJECTS, partial(federation.sync_fields().run, [Part.PROJECTS]))

    def accounts(self, federation: Federation) -> bool:
        """User names are alike; whether A's changed."""
        self._federation = federation
        report = self._run(federation, ACCOUNTS, partial(federation.sync_fields().run, [Part.USERNAMES]))
        return report is not None and any(outcome.done for outcome in report.outcomes)

    def _is_due(self, task: str, about: object) -> bool:
        """Whether *task* was not yet run in this cycle; about the same, where the cycle is not about all."""
        key = (task, None if self._is_whole else about)
        is_new = key not in self._done
        self._done.add(key)
        return is_new

    @staticmethod
    def _run(federation: Federation, task: str, run: Callable[[], CycleReport]) -> CycleReport | None:
        try:
            return carry_out(federation, task, run)
        except FederationError as error:
            LOG.warning("%s could not be told: %s", task, error)
            return None
