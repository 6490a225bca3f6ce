"""The backend that the agent's core calls, method by method; each is one use case or one reading.

See `docs/how-to/run-it-in-the-site-agent.md` for what is asked for when.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from waldur_api_client.client import AuthenticatedClient
from waldur_api_client.models import OrderDetails, Resource, ResourceState
from waldur_site_agent.backend.backends import BaseBackend, PendingOrderDecision
from waldur_site_agent.backend.structures import BackendResourceInfo

from federation_adapters.site_agent import answers, models
from federation_adapters.site_agent.reach import of_client, of_offering
from federation_core.domain.errors import FederationError
from federation_core.domain.months import Month
from federation_runner.plugin.federated import LOG, federated
from federation_runner.plugin.follower import follow
from federation_runner.plugin.hosted import HostedDesk
from federation_runner.plugin.meters import Meters, Report
from federation_runner.plugin.orders import CREATES, OrderDesk
from federation_runner.plugin.passes import Passes


class FederationBackend(BaseBackend):  # type: ignore[misc]  # the agent has no types
    """Delivers the resources of one offering of A by one of B, for one cycle of the agent."""

    supports_async_orders = True
    supports_cycle_preflight = True
    shared_project_membership = True
    skip_resource_team_diff = True
    handled_resource_states: ClassVar = [ResourceState.OK, ResourceState.ERRED, ResourceState.CREATING]

    def __init__(self, backend_settings: dict[str, Any], backend_components: dict[str, dict[str, Any]]) -> None:
        """Prepare it; no request is made.

        Raises:
            ConfigurationError: with every mistake in the settings.
        """
        super().__init__(backend_settings, backend_components)
        self.backend_type = "waldur"
        self._federated = federated(backend_settings, backend_components)
        settings = self._federated.settings
        self.user_resolve_method = settings.people.resolve_method
        self.fetch_consented_users_only = settings.people.consented_only
        self.supports_decreasing_usage = settings.accepts_corrections
        self._orders = OrderDesk(self._federated)
        self._hosted = HostedDesk(self._federated)
        self._meters = Meters(self._federated)
        self._passes = Passes(self._federated)

    # whether B is there

    def ping(self, raise_exception: bool = False) -> bool:  # noqa: FBT001, FBT002 - as core calls it
        """Whether B answers, and knows us."""
        try:
            self._hosted.greet()
        except FederationError as error:
            if raise_exception:
                raise answers.refused(str(error)) from None
            LOG.warning("B does not serve us: %s", error)
            return False
        return True

    def run_preflight(self) -> None:
        """B answers, and knows us; and now and then it is looked for what nobody wants there any more.

        Raises:
            BackendNotReadyError: it does not; core skips the offering in this cycle.
        """
        with answers.later():
            self._hosted.greet()
        self._orders.sweep()

    def diagnostics(self) -> bool:
        """Whether B has the offering in a state in which it can be ordered, with all components that are mapped."""
        return self._hosted.examine()

    def list_components(self) -> list[str]:
        """The components of B's offering."""
        with answers.later():
            return self._hosted.components()

    # orders

    def evaluate_pending_order(
        self, order: OrderDetails, waldur_rest_client: AuthenticatedClient
    ) -> PendingOrderDecision:
        """Accept an order where it can be placed on B now."""
        accepts = self._orders.accepts(order, waldur_rest_client)
        return PendingOrderDecision.ACCEPT if accepts else PendingOrderDecision.PENDING

    def create_resource_with_id(
        self, waldur_resource: Resource, resource_backend_id: str, user_context: Mapping[str, Any] | None = None
    ) -> BackendResourceInfo:
        """Have B's resource ordered; the id that core proposes is not used."""
        del resource_backend_id, user_context
        return self._orders.place(waldur_resource)

    def set_resource_limits(self, resource_backend_id: str, limits: Mapping[str, object]) -> str | None:
        """Have new limits ordered."""
        return self._orders.change_limits(resource_backend_id, limits)

    def _setup_resource_limits(self, backend_id: str, waldur_resource: Resource) -> None:
        """Have new limits ordered for a prepaid resource, whose order core sets done as soon as this returns."""
        if self._orders.change_limits(backend_id, models.mapping(waldur_resource, "limits"), waldur_resource):
            raise answers.not_ready("B has yet to carry the new limits out")

    def delete_resource(self, waldur_resource: Resource, **_kwargs: str) -> str | None:
        """Have the termination ordered."""
        return self._orders.end(waldur_resource)

    def check_pending_order(self, order_backend_id: str) -> bool:
        """Whether B's order is done."""
        return self._orders.is_done(order_backend_id)

    # resources

    def pull_resource(self, waldur_resource: Resource) -> BackendResourceInfo | None:
        """The resource with its usage; with an order in progress, only whether it is there."""
        backend_id = models.text(waldur_resource, "backend_id")
        if models.order_under_way(waldur_resource, CREATES) is not None:
            return self._hosted.finished(backend_id)
        report = self._meters.report([backend_id], self._meters.present(self.timezone))
        if report is None:
            return None
        return BackendResourceInfo(backend_id=backend_id, usage=report.get(backend_id, {}))

    def pull_resources(self, waldur_resources: list[Resource]) -> dict[str, tuple[Resource, BackendResourceInfo]]:
        """The resources that are well on B; others are left alone by core."""
        self._passes.begin(waldur_resources)
        return self._hosted.among(waldur_resources)

    def list_resources(self) -> list[BackendResourceInfo]:
        """Our resources on B."""
        with answers.later():
            return [BackendResourceInfo(backend_id=found) for found in self._hosted.living()]

    def recreate_missing_resource(self, waldur_resource: Resource) -> bool:
        """No: what is not seen on B is never ordered twice."""
        del waldur_resource
        return False

    def get_resource_metadata(self, resource_backend_id: str) -> dict[str, str]:
        """What A keeps beside the resource."""
        found = answers.linked(resource_backend_id)
        return {} if found is None else answers.metadata(found)

    def get_resource_limits(self, resource_backend_id: str) -> dict[str, int]:
        """What B's limits are worth in A's units; empty where they cannot be read."""
        return self._hosted.limits(resource_backend_id)

    def get_resource_user_limits(self, resource_backend_id: str) -> dict[str, dict[str, int]]:
        """None: B has no limits of single users."""
        del resource_backend_id
        return {}

    def set_resource_user_limits(self, resource_backend_id: str, username: str, limits: dict[str, int]) -> None:
        """Nothing: B has no limits of single users."""

    def pause_resource(self, resource_backend_id: str) -> bool:
        """Nothing: accepted, because B's provider decides it."""
        del resource_backend_id
        return True

    downscale_resource = restore_resource = pause_resource

    # usage

    def _get_usage_report(self, resource_backend_ids: list[str]) -> Report:
        return self._meters.report(resource_backend_ids, self._meters.present(self.timezone)) or {}

    def get_usage_report_for_period(
        self, resource_backend_ids: list[str], year: int, month: int, waldur_resource: Resource | None = None
    ) -> Report:
        """The figures of one month; empty where there are none.

        Raises:
            BackendNotReadyError: they cannot be read, and core names no resource: it may have been told to write zeroes for what is
                not among them. Of a resource it writes nothing then, so that is told as empty.
        """
        report = self._meters.report(resource_backend_ids, Month(year, month))
        if report is None and waldur_resource is None:
            raise answers.not_ready(f"the usage of {Month(year, month)} cannot be read")
        return report or {}

    # people and fields

    def sync_resource_project(self, waldur_resource: Resource, source_project: object = None) -> None:
        """Projects' fields are alike, where A is known by now."""
        del waldur_resource, source_project
        self._passes.projects()

    def sync_project_end_date(
        self, waldur_resource: Resource, waldur_rest_client: AuthenticatedClient, source_project: object = None
    ) -> None:
        """Projects' fields are alike."""
        del source_project
        self._passes.meet(waldur_rest_client, waldur_resource)
        self._passes.projects()

    def add_users_to_resource(self, waldur_resource: Resource, user_ids: set[str], **details: object) -> set[str]:
        """People and roles of the project are alike; accounts of services and courses, told without details, are left alone."""
        if details:
            self._passes.members(waldur_resource)
        return user_ids if details else set()

    def remove_users_from_resource(
        self, waldur_resource: Resource, usernames: set[str], **details: object
    ) -> list[str]:
        """People and roles of the project are alike."""
        if details:
            self._passes.members(waldur_resource)
        return sorted(usernames) if details else []

    def add_user(self, waldur_resource: Resource, username: str, **_details: str) -> bool:
        """People and roles of the project are alike."""
        del username
        self._passes.members(waldur_resource)
        return True

    def remove_user(self, waldur_resource: Resource, username: str, **_details: str) -> bool:
        """People and roles of the project are alike."""
        del username
        self._passes.members(waldur_resource)
        return True

    def sync_resource_end_date(self, waldur_resource: Resource, waldur_rest_client: AuthenticatedClient) -> None:
        """The resource's fields are alike."""
        self._passes.meet(waldur_rest_client, waldur_resource)
        self._passes.resources(waldur_resource)

    sync_resource_limits = sync_resource_end_date

    def sync_resource_effective_id(self, waldur_resource: Resource, waldur_rest_client: AuthenticatedClient) -> None:
        """The resource's fields are alike; after an order that made it, so are the people of its project."""
        self.sync_resource_end_date(waldur_resource, waldur_rest_client)
        self._passes.completion(waldur_resource)

    def sync_offering_user_usernames(
        self, waldur_a_offering_uuid: str, waldur_rest_client: AuthenticatedClient
    ) -> bool:
        """User names are alike; whether A's changed."""
        reach = of_client(waldur_rest_client, UUID(str(waldur_a_offering_uuid)))
        return self._passes.accounts(self._federated.meet(reach))

    # events

    def setup_target_event_subscriptions(
        self, source_offering: object, user_agent: str = "", global_proxy: str = ""
    ) -> list[object]:
        """B's events are followed by a thread of ours, which looks after its connection itself; so core gets none to keep."""
        del user_agent
        follow(self._federated, of_offering(source_offering, global_proxy))
        return []

    # what core's own helpers would need

    def _pre_create_resource(self, waldur_resource: Resource, user_context: dict[str, Any] | None = None) -> None:
        """Nothing: B's project is made with the order."""

    def _collect_resource_limits(self, waldur_resource: Resource) -> tuple[dict[str, int], dict[str, int]]:
        """Nothing: limits are converted where they are ordered."""
        del waldur_resource
        return {}, {}
