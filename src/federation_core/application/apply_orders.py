"""Applying the decisions about orders, stage by stage, side by side.

| stage | writes | per order |
| --- | --- | --- |
| claim | approve A's order, or stamp A's resource before another attempt | 1 |
| submit | the order on B; for creates, mirror projects first and one listing of the marks afterwards | 1 |
| link | B's order UUID, then B's resource UUID, on A | 1–2 |
| (usage) | before a termination is told done, the resource's last usage, where usage is reported at all | |
| end | set A's order done, or (after reading it again) erred | 1–2 |

An order whose write failed takes no part in later stages; the others do not notice. Every gap between two writes is closed by the
next cycle's observation: a claimed order without a link is looked up by its mark, an unlinked resource is adopted.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from federation_core.application.order_run import OrderRun
from federation_core.application.outcome import Kind, Outcome, kind_of
from federation_core.application.submit_create import CreateScript
from federation_core.application.wiring import Learned, OrderPorts, OrderSettings
from federation_core.domain.errors import Conflict, FederationError, Unsupported
from federation_core.domain.ids import AResourceId, BOrderId, Side
from federation_core.domain.orders.attributes import attributes_for_terminate
from federation_core.domain.orders.decide import Decision
from federation_core.domain.orders.states import APhase, OrderType, a_phase
from federation_core.domain.plan.actions.orders import (
    ApproveOrder,
    FailOrder,
    FinishOrder,
    LinkOrder,
    LinkResource,
    OrderAction,
    Stage,
    StampRetry,
    SubmitCreate,
    SubmitLimits,
    SubmitPlanSwitch,
    SubmitRestore,
    SubmitTerminate,
    TerminateOrphan,
)
from federation_core.ports.journal import Entry

LastUsage = Callable[[Collection[AResourceId]], Mapping[AResourceId, str]]
"""Tells the usage of resources that are about to be closed, and says why those that should wait are not told for certain."""

OnCreated = Callable[[AResourceId], object]
"""Is told which resource of A is there now, because its Create order was set done."""

UNTOLD_REASON = "The remote marketplace did not carry the order out. Please contact the provider."
"""What A's users read where the settings withhold B's own words."""


class OrderApplier:
    """Applies one plan; made anew for each cycle."""

    def __init__(
        self,
        ports: OrderPorts,
        settings: OrderSettings,
        learned: Learned,
        tell_last: LastUsage | None = None,
        on_created: OnCreated | None = None,
    ) -> None:
        """Prepare to apply.

        Args:
            ports: the outside.
            settings: the operator's wishes.
            learned: what was found out about the peers.
            tell_last: tells the last usage of resources; None where somebody else reports usage, or nobody.
            on_created: is told of resources that are there now.
        """
        self._ports = ports
        self._on_created = on_created
        self._tell_last = tell_last or _nobody_waits
        self._settings = settings
        self._learned = learned
        self._creates = CreateScript(ports, settings, learned)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd on the way and asks for nothing."""
        return self._creates.notes

    def apply(self, decisions: Sequence[Decision]) -> tuple[Outcome, ...]:
        """Do the writes of all *decisions*; one outcome for each, in their order."""
        runs = [OrderRun(decision, list(decision.actions)) for decision in decisions]
        self._each(runs, Stage.CLAIM)
        creates = [(run, a) for run in runs for a in run.due(Stage.SUBMIT) if isinstance(a, SubmitCreate)]
        self._creates.run(creates)
        self._each(runs, Stage.SUBMIT)
        self._each(runs, Stage.LINK)
        self._tell_last_usage(runs)
        self._each(runs, Stage.END)
        self._tell_of_created(runs)
        return tuple(run.outcome() for run in runs)

    def remove(self, removals: Sequence[TerminateOrphan]) -> tuple[Outcome, ...]:
        """Order the termination of orphans and twins on B."""
        results = self._ports.pool.run([partial(self._remove, removal) for removal in removals])
        return tuple(_removed(removal, result) for removal, result in zip(removals, results, strict=True))

    def _each(self, runs: Iterable[OrderRun], stage: Stage) -> None:
        """Do each order's actions of *stage*, one after the other; orders side by side."""
        work = [(run, run.due(stage)) for run in runs]
        self._ports.pool.run([partial(self._in_turn, run, actions) for run, actions in work if actions])

    def _tell_last_usage(self, runs: Iterable[OrderRun]) -> None:
        """Have usage told of resources whose termination is about to be told done: afterwards A takes none for them."""
        ending = {r.decision.order.resource: r for r in runs if _ends_resource(r)}
        late = self._tell_last(tuple(ending)) if ending else {}
        for resource, reason in late.items():
            ending[resource].stop(Kind.AGAIN_AFTER, f"its last usage is to be told first: {reason}")

    def _tell_of_created(self, runs: Iterable[OrderRun]) -> None:
        if self._on_created is not None:
            for resource in [run.decision.order.resource for run in runs if _has_created(run)]:
                self._on_created(resource)

    def _in_turn(self, run: OrderRun, actions: Sequence[OrderAction]) -> None:
        for action in actions:
            if run.stopped is not None or isinstance(action, SubmitCreate):
                continue
            try:
                self._write(run, action)
            except FederationError as error:
                self._ports.journal.note(Entry(action, str(error)))
                run.failed(action, error)
            else:
                run.done.append(action)
                self._ports.journal.note(Entry(action))

    def _write(self, run: OrderRun, action: OrderAction) -> None:
        match action:
            case ApproveOrder(order):
                self._ports.a_orders.approve(order)
            case StampRetry():
                self._stamp(action)
            case LinkOrder():
                self._link_order(action)
            case LinkResource(_, resource, b_resource):
                self._ports.a_resources.link(resource, b_resource)
            case FinishOrder(order):
                self._ports.a_orders.finish(order)
            case FailOrder():
                self._fail(action)
            case SubmitCreate():  # pragma: no cover - the create script has done these
                return
            case _:
                run.todo.append(LinkOrder(action.order, self._submit(action)))

    def _submit(self, action: SubmitLimits | SubmitPlanSwitch | SubmitTerminate | SubmitRestore) -> BOrderId:
        orders = self._ports.b_orders
        match action:
            case SubmitLimits(_, resource, limits):
                return orders.change_limits(resource, limits)
            case SubmitPlanSwitch(_, resource, plan):
                return orders.switch_plan(resource, plan)
            case SubmitTerminate(order, resource):
                return orders.terminate(resource, attributes_for_terminate(order))
            case SubmitRestore(_, resource):
                return orders.restore(resource)

    def _stamp(self, action: StampRetry) -> None:
        """Stamp the resource; on a server that cannot, the approval's age is all there is to go by."""
        if self._learned.stamps_resources:
            try:
                self._ports.a_resources.stamp(action.resource)
            except Unsupported:
                self._learned.stamps_resources = False

    def _link_order(self, action: LinkOrder) -> None:
        """Link the order; on a server that cannot, B's order is found from B's resource."""
        if self._learned.links_orders:
            try:
                self._ports.a_orders.link(action.order, action.b_order)
            except Unsupported:
                self._learned.links_orders = False

    def _fail(self, action: FailOrder) -> None:
        """Err A's order if it is still running; the server would also turn a done one into an erred one."""
        state = self._ports.a_orders.read(action.order).state
        if a_phase(state) is not APhase.RUNNING:
            raise Conflict(Side.A, "order.fail", f"the order is {state} meanwhile")
        message = action.message if self._settings.tell_reasons else UNTOLD_REASON
        self._ports.a_orders.fail(action.order, message)

    def _remove(self, removal: TerminateOrphan) -> None:
        try:
            self._ports.b_orders.terminate(removal.b_resource, {})
        except FederationError as error:
            self._ports.journal.note(Entry(removal, str(error)))
            raise
        self._ports.journal.note(Entry(removal))


def _nobody_waits(_resources: Collection[AResourceId]) -> Mapping[AResourceId, str]:
    return {}


def _ends_resource(run: OrderRun) -> bool:
    finishes = any(isinstance(action, FinishOrder) for action in run.due(Stage.END))
    return finishes and run.decision.order.type == OrderType.TERMINATE.value


def _has_created(run: OrderRun) -> bool:
    is_done = any(isinstance(action, FinishOrder) for action in run.done)
    return is_done and run.decision.order.type == OrderType.CREATE.value


def _removed(removal: TerminateOrphan, result: FederationError | None) -> Outcome:
    key, resource = str(removal.b_resource), str(removal.resource)
    if result is None:
        return Outcome(key, resource, "remove", Kind.SETTLED, removal.why, (removal,))
    kind = Kind.AGAIN_AFTER if isinstance(result, Conflict) else kind_of(result.disposition)
    return Outcome(key, resource, "remove", kind, removal.why, error=str(result))
