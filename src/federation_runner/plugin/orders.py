"""Orders, as core hands them over one by one: what is placed on B, and what is to be told on A."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import attrs
from waldur_api_client.client import AuthenticatedClient
from waldur_site_agent.backend.structures import BackendResourceInfo

from federation_adapters.site_agent import answers, models
from federation_adapters.site_agent.handed import Told
from federation_adapters.site_agent.reach import of_client
from federation_core.application.orders import OrdersPlan, ReconcileOrders
from federation_core.application.outcome import CycleReport
from federation_core.application.readings import OrderReadings
from federation_core.domain.errors import NotFound
from federation_core.domain.ids import ACustomerId, AOrderId, AProjectId, AResourceId, BOrderId, dashed, parse_uuid
from federation_core.domain.plan.actions.orders import ApproveOrder
from federation_core.domain.records import AOrder, AProject, AResource
from federation_runner.container import Federation
from federation_runner.cycle import carry_out
from federation_runner.lane import SWEEP_SECONDS
from federation_runner.plugin.federated import LOG, Federated

ORDERS = "orders"
CREATES, UPDATES, ENDS = ("Create", "Restore"), ("Update",), ("Terminate",)
OFFERED, RUNNING = "pending-provider", "executing"


class OrderDesk:
    """Serves the orders of one cycle."""

    def __init__(self, federated: Federated) -> None:
        self._federated = federated
        self._readings = OrderReadings(federated.on_b.b_orders(), time.monotonic)
        self._accepted: set[AOrderId] = set()

    def accepts(self, details: object, client: AuthenticatedClient) -> bool:
        """Whether core is to accept an order now; what core itself cannot forward is carried out here, and not accepted by it.

        Raises:
            BackendNotReadyError: that cannot be told now.
        """
        with answers.later():
            order = models.order(details)
            federation = self._federated.meet(of_client(client, models.uuid(details, "offering_uuid")))
            if models.is_left_to_us(order):
                self._carry_out(federation, order)
                return False
            reason = _obstacle(federation.reconcile_orders(), order)
        if reason:
            LOG.warning("order %s stays at the provider: %s", order.id, reason)
            return False
        self._accepted.add(order.id)
        return True

    def sweep(self) -> None:
        """What nobody wants on B any more is reported, or removed where the settings say so; seldom, and only once A is known."""
        federation, now = self._federated.met(), time.monotonic()
        if federation is None or now - self._federated.swept < SWEEP_SECONDS:
            return
        self._federated.swept = now
        orders = federation.reconcile_orders()
        with answers.later():
            plan = attrs.evolve(orders.plan(orders.observe()), decisions=())  # orders are core's to hand over
            carry_out(federation, ORDERS, lambda: orders.apply(plan), is_sweep=True)

    def place(self, shown: object) -> BackendResourceInfo:
        """B's resource for one of A, ordered where there is none.

        Raises:
            BackendError: B refused it, or it failed there.
            BackendNotReadyError: look again later.
        """
        with answers.later():
            resource, details = models.resource(shown), models.order_under_way(shown, CREATES)
            if details is None and resource.backend_id:
                raise answers.not_ready(
                    "A does not show which order is in progress for a resource that is linked already"
                )
            order = models.order(details) if details is not None else _unseen(shown, resource)
            order = order if order.limits else attrs.evolve(order, limits=resource.limits)
            told = self._settle(self._with_claim(order), resource, models.uuid(shown, "offering_uuid"))
        found = told.resource or answers.linked(resource.backend_id)
        if found is None or not (told.order or told.is_done):
            raise answers.not_ready("B has the resource; which order made it shows later")
        return answers.created(found, None if told.is_done else told.order)

    def change_limits(self, backend_id: str, limits: Mapping[str, object], shown: object = None) -> str | None:
        """B's order for new limits; None where B's resource has them.

        Raises:
            BackendError: B refused them, or its order failed.
            BackendNotReadyError: look again later.
        """
        linked = answers.linked(backend_id)
        if linked is None:
            raise answers.not_ready("A's resource has a backend_id that is no UUID of a resource on B")
        details = None if shown is None else models.order_under_way(shown, UPDATES)
        with answers.later():
            order = models.order(details) if details is not None else _wish(linked)
            order = attrs.evolve(order, subtype="update_limits", state=RUNNING, limits=models.limits(limits))
            resource = AResource(AResourceId(linked), "", "Updating", backend_id=dashed(linked))
            return _reference(self._settle(attrs.evolve(order, resource=resource.id), resource, None))

    def end(self, shown: object) -> str | None:
        """B's order for the termination; None where B's resource is terminated, or proven never to have been.

        Raises:
            BackendError: B refused it, or its order failed.
            BackendNotReadyError: look again later.
        """
        with answers.later():
            resource, details = models.resource(shown), models.order_under_way(shown, ENDS)
            order = models.order(details) if details is not None else _unseen(shown, resource, ENDS[0])
            order = attrs.evolve(order, state=RUNNING)
            is_whole = self._is_missing(resource)
            return _reference(self._settle(order, resource, models.uuid(shown, "offering_uuid"), is_whole=is_whole))

    def is_done(self, reference: str) -> bool:
        """Whether B's order is done.

        Raises:
            BackendError: it ended otherwise.
            BackendNotReadyError: that cannot be told now.
        """
        order = parse_uuid(reference)
        if order is None:
            raise answers.not_ready("A's order has a backend_id that is no UUID of an order on B")
        with answers.later():
            found = self._readings.of(BOrderId(order))
            failure = self._readings.failure(found)
        if failure:
            raise answers.refused(failure)
        return found.is_done

    def _with_claim(self, order: AOrder) -> AOrder:
        """The order as it was before core accepted it, the first time after that: then nothing of it can be on its way to B."""
        is_first = order.id in self._accepted
        self._accepted.discard(order.id)
        return attrs.evolve(order, state=OFFERED if is_first else RUNNING)

    def _is_missing(self, resource: AResource) -> bool:
        """Whether B says that it has no such resource, which only a list of all proves."""
        linked = answers.linked(resource.backend_id)
        try:
            return linked is not None and self._federated.on_b.b_resources().read(linked) is None
        except NotFound:
            return True

    def _settle(self, order: AOrder, resource: AResource, offering: UUID | None, *, is_whole: bool = False) -> Told:
        if order.state == RUNNING:  # an earlier process may have asked B just before it ended
            seen = [self._federated.began, *([] if resource.last_sync is None else [resource.last_sync])]
            resource = attrs.evolve(resource, last_sync=max(seen))
        orders, told = self._federated.orders_of(order, resource, offering)
        run = partial(orders.run, sweep=False) if is_whole else partial(orders.run_for, resource.id)
        report = carry_out(self._federated.on_b, ORDERS, run)
        if told.failure is not None:
            raise answers.refused(told.failure)
        if told.order is None and not told.is_done:
            raise answers.not_ready(_reason(report))
        return told

    def _carry_out(self, federation: Federation, order: AOrder) -> None:
        report = carry_out(federation, ORDERS, lambda: federation.reconcile_orders().run_for(order.resource))
        LOG.info("order %s is carried out beside the agent: %s", order.id, _reason(report))


def _obstacle(orders: ReconcileOrders, order: AOrder) -> str:
    """Why *order* cannot be accepted now; empty where it can. That something is gone from B only a list of all proves."""
    reason = _obstacle_in(orders.plan(orders.observe_for(order.resource)), order)
    if reason and order.type in ENDS:
        reason = _obstacle_in(orders.plan(orders.observe(sweep=False)), order)
    return reason


def _obstacle_in(plan: OrdersPlan, order: AOrder) -> str:
    decision = next((one for one in plan.decisions if one.order.id == order.id), None)
    if decision is None:
        return "; ".join(plan.problems) or "it moved meanwhile"
    return "" if ApproveOrder(order.id) in decision.actions else decision.reason


def _reason(report: CycleReport) -> str:
    reasons = [outcome.error or outcome.reason for outcome in report.outcomes]
    return "; ".join((*reasons, *report.problems)) or "nothing is known of it"


def _reference(told: Told) -> str | None:
    return None if told.is_done or told.order is None else dashed(told.order)


def _unseen(shown: object, resource: AResource, kind: str = CREATES[0]) -> AOrder:
    """The order of a resource of a server that does not show it; known by the resource, which it is the only one for."""
    return AOrder(
        id=AOrderId(resource.id),
        type=kind,
        state=RUNNING,
        created=datetime.now(UTC),
        resource=resource.id,
        project=models.project(shown),
        limits=resource.limits,
        plan_name=models.text(shown, "plan_name"),
        attributes=models.mapping(shown, "attributes"),
    )


def _wish(linked: Any) -> AOrder:  # noqa: ANN401
    """An order for new limits of which nothing is told but them: it is younger than all that has ended on B."""
    project = AProject(AProjectId(linked), ACustomerId(linked), "")
    return AOrder(AOrderId(linked), UPDATES[0], RUNNING, datetime.now(UTC), AResourceId(linked), project)
