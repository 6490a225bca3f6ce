"""One order on its way through the stages of a cycle."""

import attrs

from federation_core.application.outcome import Kind, Outcome, kind_of
from federation_core.domain.errors import Conflict, FederationError, Refused
from federation_core.domain.orders.decide import Decision
from federation_core.domain.orders.forwarding import Step
from federation_core.domain.orders.refusals import Refusal, judge
from federation_core.domain.plan.actions import Action
from federation_core.domain.plan.actions.orders import ApproveOrder, FailOrder, FinishOrder, OrderAction, Stage


@attrs.define
class OrderRun:
    """What is still to do for one order, what was done, and what stopped it."""

    decision: Decision
    todo: list[OrderAction]
    done: list[Action] = attrs.field(factory=list)
    stopped: Kind | None = None
    reason: str = ""
    error: str = ""

    def due(self, stage: Stage) -> list[OrderAction]:
        """The actions of *stage* that are still to be done; none once the order was stopped."""
        return [] if self.stopped is not None else [action for action in self.todo if action.stage is stage]

    def stop(self, kind: Kind, reason: str, error: str = "") -> None:
        """Take the order out of the later stages of this cycle."""
        self.stopped, self.reason, self.error = kind, reason, error

    def resume(self, *more: OrderAction) -> None:
        """Put the order back with *more* to do: what had stopped it turned out otherwise."""
        self.stopped, self.reason, self.error = None, "", ""
        self.todo.extend(more)

    def failed(self, action: OrderAction, error: FederationError) -> None:
        """Turn a write that failed into what becomes of the order."""
        if isinstance(action, ApproveOrder | FinishOrder | FailOrder) and isinstance(error, Conflict):
            self.stop(Kind.AGAIN_AFTER, "A's order moved meanwhile; another agent or a person has it")
        elif action.stage is Stage.SUBMIT and isinstance(error, Refused):
            self._refused(action, error)
        else:
            self.stop(kind_of(error.disposition), str(error), str(error))

    def _refused(self, action: OrderAction, error: Refused) -> None:
        match judge(error, action):
            case Refusal.LOOK_AGAIN:
                self.stop(Kind.AGAIN_AFTER, str(error))
            case Refusal.OPERATOR:
                self.stop(Kind.PARKED, str(error), str(error))
            case Refusal.CONTENT:
                self.reason = f"B refused the order: {error.detail}"
                self.todo = [FailOrder(action.order, f"Refused by the remote marketplace: {error.detail}")]

    def outcome(self) -> Outcome:
        """What became of the order in this cycle."""
        decision = self.decision
        return Outcome(
            key=str(decision.order.id),
            resource=str(decision.order.resource),
            step=decision.step.name.lower(),
            kind=self.stopped or self._kind(),
            reason=self.reason or decision.reason,
            done=tuple(self.done),
            error=self.error,
        )

    def _kind(self) -> Kind:
        if any(isinstance(action, FinishOrder | FailOrder) for action in self.done):
            return Kind.SETTLED
        if self.decision.holds is not None:
            return kind_of(self.decision.holds)
        return Kind.SETTLED if self.decision.step is Step.SETTLED else Kind.AGAIN_AFTER
