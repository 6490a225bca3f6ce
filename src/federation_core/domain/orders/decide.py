"""The next step of one order of A: fold, find the counterpart, look the pair up, and say which writes that means."""

from collections.abc import Sequence

import attrs

from federation_core.domain.catalogue import Demand, TargetOffering
from federation_core.domain.errors import Disposition, UnknownWord
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.orders.attributes import attributes_for_create
from federation_core.domain.orders.counterpart import Counterpart, failure_text, find_counterpart, subtype_of
from federation_core.domain.orders.forwarding import FORWARDING, Step
from federation_core.domain.orders.scene import MARKS_LOST, Marker, Scene
from federation_core.domain.orders.states import APhase, BPhase, OrderType, a_phase, order_type
from federation_core.domain.orders.target import limits_of_update, misfit, plan_for, whole_limits
from federation_core.domain.plan.actions.orders import (
    ApproveOrder,
    FailOrder,
    FinishOrder,
    LinkOrder,
    LinkResource,
    OrderAction,
    StampRetry,
    SubmitCreate,
    SubmitLimits,
    SubmitPlanSwitch,
    SubmitRestore,
    SubmitTerminate,
)
from federation_core.domain.projects.backend_id import ProjectKey
from federation_core.domain.records import AOrder, AResource

SETTLED, WAITING, PARKED, BROKEN = None, Disposition.AGAIN_AFTER, Disposition.PARKED, Disposition.BROKEN


@attrs.frozen
class Decision:
    """What happens to one order of A in this cycle.

    Attributes:
        actions: the writes, in order; empty where there is nothing to do or nothing may be done.
        reason: why, for people.
        holds: what keeps the order from its end, or None where the actions (if any) are the whole answer.
    """

    order: AOrder
    step: Step
    reason: str
    actions: tuple[OrderAction, ...] = ()
    holds: Disposition | None = None
    counterpart: Counterpart | None = None


@attrs.frozen
class Hold:
    """Why an order cannot be placed on B now, and what that asks for."""

    reason: str
    disposition: Disposition


def decide(order: AOrder, scene: Scene) -> Decision:
    """Say what to do for *order*; total: an order that cannot be judged is held, never dropped."""
    try:
        phase, kind = a_phase(order.state), order_type(order.type)
        resource = scene.a_by_id.get(order.resource)
        if resource is None:
            return Decision(
                order, Step.WAIT, scene.a_blind_spot or "A does not list the order's resource", holds=WAITING
            )
        counterpart = find_counterpart(kind, order, resource, scene)
    except UnknownWord as error:
        return Decision(order, Step.PARK, str(error), holds=BROKEN)
    return _Next(order, kind, resource, counterpart, scene).decision(phase)


def decide_all(orders: Sequence[AOrder], scene: Scene) -> tuple[Decision, ...]:
    """Decide each order on its own, in the order they were placed."""
    return tuple(decide(order, scene) for order in sorted(orders, key=lambda o: (o.created, o.id)))


@attrs.frozen
class _Next:
    """One order with all that its next step depends on."""

    order: AOrder
    kind: OrderType
    resource: AResource
    counterpart: Counterpart
    scene: Scene

    def decision(self, phase: APhase) -> Decision:
        step = FORWARDING[phase, self.counterpart.phase]
        if step is Step.APPROVE:
            return self._approve()
        onward = self._after_claim(step, claimed_now=False)
        return (
            onward if phase is APhase.RUNNING else attrs.evolve(onward, actions=())
        )  # the claim comes before any write

    def _approve(self) -> Decision:
        refusal = self._offering_refuses()
        if refusal is not None:
            return self._held(Step.WAIT, refusal)
        onward = self._after_claim(FORWARDING[APhase.RUNNING, self.counterpart.phase], claimed_now=True)
        if onward.holds is not None and not onward.actions and self.counterpart.phase is BPhase.ABSENT:
            return onward
        return attrs.evolve(onward, step=Step.APPROVE, actions=(ApproveOrder(self.order.id), *onward.actions))

    def _after_claim(self, step: Step, *, claimed_now: bool) -> Decision:
        reason = self.counterpart.reason
        match step:
            case Step.SETTLED:
                return self._decision(step, reason)
            case Step.WAIT | Step.APPROVE:
                return attrs.evolve(self._decision(step, reason, *self._links()), holds=WAITING)
            case Step.SUBMIT:
                return self._submit(claimed_now=claimed_now)
            case Step.FINISH:
                return self._decision(step, reason, *self._links(), FinishOrder(self.order.id))
            case Step.FAIL:
                failure = FailOrder(self.order.id, failure_text(self.counterpart, self.kind))
                return self._decision(step, reason, *self._links(), failure)
            case Step.PARK | Step.ALARM:
                return self._held(step, Hold(reason, PARKED))

    def _submit(self, *, claimed_now: bool) -> Decision:
        submission = self._submission(claimed_now=claimed_now)
        if isinstance(submission, Hold):
            return self._held(Step.SUBMIT, submission)
        again = (
            () if claimed_now or self.kind is not OrderType.CREATE else (StampRetry(self.order.id, self.resource.id),)
        )
        return self._decision(Step.SUBMIT, self.counterpart.reason, *again, submission)

    def _submission(self, *, claimed_now: bool) -> OrderAction | Hold:
        refusal = self._offering_refuses() or self._a_resources_unread()
        if refusal is not None:
            return refusal
        offering = self.scene.offering
        found = self.counterpart.resource
        if not isinstance(offering, Complete):  # pragma: no cover - _offering_refuses has answered this
            return Hold("B's offering could not be read", WAITING)
        match self.kind, found:
            case OrderType.CREATE, _:
                return self._create(offering.value, claimed_now=claimed_now)
            case OrderType.UPDATE, resource if resource is not None:
                return self._update(offering.value)
            case OrderType.TERMINATE, resource if resource is not None:
                return SubmitTerminate(self.order.id, resource.id)
            case OrderType.RESTORE, resource if resource is not None:
                return SubmitRestore(self.order.id, resource.id)
            case _:  # pragma: no cover - only a Create is absent without a resource
                return Hold("there is no resource on B", PARKED)

    def _create(self, offering: TargetOffering, *, claimed_now: bool) -> OrderAction | Hold:
        scene, order = self.scene, self.order
        if scene.marker is Marker.LOST:
            return Hold(MARKS_LOST, PARKED)
        wrong = misfit(order, scene, offering)
        plan = plan_for(order, scene)
        if wrong or isinstance(plan, str):
            return Hold(wrong or str(plan), PARKED)
        if not claimed_now and not self._has_settled():
            return Hold("an earlier request to B may still be committing", WAITING)
        return SubmitCreate(
            order=order.id,
            resource=self.resource.id,
            project=order.project,
            key=ProjectKey(order.project.customer, order.project.id),
            limits=whole_limits(order, scene.rules, offering),
            attributes=attributes_for_create(
                order, self.resource, scene.rules.offering, scene.rules.passthrough, scene.now.date()
            ),
            plan=plan,
            accept_terms=scene.rules.accept_terms,
        )

    def _has_settled(self) -> bool:
        """Whether no request of an earlier attempt can still be committing on B.

        The approval and the stamp before each further attempt both stand on A, so this also holds after a crash.
        """
        attempted = self.scene.attempts.get(self.order.id)
        claims = [when for when in (self.order.reviewed_at, self.resource.last_sync, attempted) if when is not None]
        return not claims or self.scene.now - max(claims) >= self.scene.rules.settle

    def _update(self, offering: TargetOffering) -> OrderAction | Hold:
        found = self.counterpart.resource
        if found is None:  # pragma: no cover - see _submission
            return Hold("there is no resource on B", PARKED)
        if subtype_of(self.order) == "update_limits":
            limits = limits_of_update(self.order, found, self.scene.rules, offering)
            return SubmitLimits(self.order.id, found.id, limits)
        plan = plan_for(self.order, self.scene)
        if plan is None or isinstance(plan, str):  # pragma: no cover - find_counterpart has answered this
            return Hold(str(plan), PARKED)
        return SubmitPlanSwitch(self.order.id, found.id, plan)

    def _offering_refuses(self) -> Hold | None:
        """Why B's offering takes no such order now, or None; nothing is accepted on A while it is unread."""
        demand = {OrderType.CREATE: Demand.CREATE, OrderType.TERMINATE: Demand.TERMINATE}.get(self.kind, Demand.CHANGE)
        match self.scene.offering:
            case Incomplete(_, reason) | Unreadable(reason):
                return Hold(f"B's offering could not be read: {reason}", WAITING)
            case Complete(offering) if not offering.takes(demand):
                return Hold(f"B's offering is {offering.state} and takes no {demand.value} orders", PARKED)
            case Complete():
                return None

    def _a_resources_unread(self) -> Hold | None:
        """Nothing is placed on B while another resource of A, not yet read, may be linked to the same one there."""
        match self.scene.a_resources:
            case Incomplete(_, reason) | Unreadable(reason):
                return Hold(f"A's resources could not be listed completely: {reason}", WAITING)
            case Complete():
                return None

    def _links(self) -> tuple[OrderAction, ...]:
        """What A does not yet say about its counterpart: the order first, then the resource."""
        links: list[OrderAction] = []
        b_order, b_resource = self.counterpart.order, self.counterpart.resource
        if b_order is not None and not self.order.backend_id and self.scene.links_orders:
            links.append(LinkOrder(self.order.id, b_order.id))
        if b_resource is not None and not self.resource.backend_id:
            links.append(LinkResource(self.order.id, self.resource.id, b_resource.id))
        return tuple(links)

    def _decision(self, step: Step, reason: str, *actions: OrderAction) -> Decision:
        return Decision(self.order, step, reason, actions, counterpart=self.counterpart)

    def _held(self, step: Step, hold: Hold) -> Decision:
        return Decision(self.order, step, hold.reason, holds=hold.disposition, counterpart=self.counterpart)
