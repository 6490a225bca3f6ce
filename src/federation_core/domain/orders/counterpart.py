"""Finding B's matching order: for one order of A, where does its counterpart on B stand?

How B's resource is found, first hit wins:

| A's resource | B shows | found |
| --- | --- | --- |
| linked (`backend_id` is a UUID) | the resource | that one |
| linked | not listed | nobody knows why: a Terminate is done, everything else is for a person |
| linked to, or marked for it but linked from, what another resource of A has | – | for a person, both of them |
| not linked | resources with our marks | the oldest |
| not linked | none, proven | absent |
| either | not listed, not proven | unknown |
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

import attrs

from federation_core.domain.errors import MappingError
from federation_core.domain.ids import BOrderId, BResourceId, dashed, parse_uuid
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.orders.scene import Marker, Scene
from federation_core.domain.orders.states import BPhase, BState, OrderType, b_phase, b_state
from federation_core.domain.orders.target import plan_for, whole_limits
from federation_core.domain.records import AOrder, AResource, BOrder, BResource


@attrs.frozen
class Counterpart:
    """B's side of one order of A."""

    phase: BPhase
    reason: str
    order: BOrder | None = None
    resource: BResource | None = None

    @property
    def is_done(self) -> bool:
        """Whether B did what was ordered."""
        return self.phase is BPhase.DONE


def find_counterpart(kind: OrderType, order: AOrder, resource: AResource, scene: Scene) -> Counterpart:
    """Say where B's counterpart of *order* stands.

    Raises:
        UnknownWord: B shows a state that this release does not know.
    """
    found = find_resource(resource, scene)
    if isinstance(found, Counterpart):
        return found
    return _FINDERS[kind](order, resource, found, scene)


def failure_text(counterpart: Counterpart, kind: OrderType) -> str:
    """What A's user reads where B ended the order otherwise than done."""
    reason = counterpart.reason.strip()
    sentence = reason if reason.endswith((".", "!", "?")) or not reason else f"{reason}."
    advice = "To try again, place a new order." if kind is OrderType.CREATE else ""
    return " ".join(part for part in (sentence, advice) if part)


def find_resource(resource: AResource, scene: Scene) -> BResource | Counterpart | None:
    """B's resource; None where it is proven absent; a counterpart where that already is the answer."""
    if not resource.backend_id:
        marked = scene.b_by_mark.get(resource.id, ())
        if marked:
            return _contested(marked[0].id, resource, scene) or marked[0]
        return None if scene.absence_is_proof else Counterpart(BPhase.UNKNOWN, scene.blind_spot)
    linked = parse_uuid(resource.backend_id)
    if linked is None:
        return Counterpart(BPhase.AMBIGUOUS, "A's resource has a backend_id that is no UUID of a resource on B")
    b_id = BResourceId(linked)
    contest = _contested(b_id, resource, scene)
    if contest is not None:
        return contest
    if b_id in scene.b_by_id:
        return scene.b_by_id[b_id]
    return None if scene.absence_is_proof else Counterpart(BPhase.UNKNOWN, scene.blind_spot)


def _contested(b_id: BResourceId, resource: AResource, scene: Scene) -> Counterpart | None:
    """The answer where another living resource of A is, or may be, linked to B's resource; writing for either would hit both."""
    owners = scene.claims.get(b_id, ())
    if all(owner == resource.id for owner in owners):
        return Counterpart(BPhase.UNKNOWN, scene.a_blind_spot) if scene.a_blind_spot else None
    names = ", ".join(str(owner) for owner in sorted({*owners, resource.id}))
    return Counterpart(BPhase.AMBIGUOUS, f"B's resource {b_id} would serve several resources of A: {names}")


def _gone(resource: AResource) -> Counterpart:
    reason = f"B's resource {resource.backend_id} is linked on A but not on B, where even terminated ones stay listed"
    return Counterpart(BPhase.AMBIGUOUS, reason)


def told_by(order: BOrder, resource: BResource | None = None) -> Counterpart:
    """Where the counterpart stands by B's order alone.

    Raises:
        UnknownWord: B shows a state that this release does not know.
    """
    phase = b_phase(order.state)
    reason = f"B's order is {order.state}" + (f": {order.reason}" if order.reason else "")
    return Counterpart(phase, reason, order, resource)


def _linked_order(order: AOrder, resource: BResource, scene: Scene) -> Counterpart | None:
    """The counterpart by the link that A's order carries; None where it carries none that can be followed."""
    linked = parse_uuid(order.backend_id)
    if linked is None:
        return None
    b_order = scene.b_orders_by_id.get(BOrderId(linked))
    if linked in scene.gone_orders:
        reason = f"A's order is linked to order {dashed(linked)}, which B does not have"
        return Counterpart(BPhase.AMBIGUOUS, reason, resource=resource)
    if b_order is None:
        return Counterpart(BPhase.UNKNOWN, f"B's order {dashed(linked)} could not be read", resource=resource)
    if b_order.resource != resource.id:
        reason = f"A's order is linked to order {b_order.id} of another resource on B"
        return Counterpart(BPhase.AMBIGUOUS, reason, b_order, resource)
    if b_order.type != order.type:
        reason = f"A's {order.type} order is linked to B's {b_order.type} order {b_order.id}"
        return Counterpart(BPhase.AMBIGUOUS, reason, b_order, resource)
    return told_by(b_order, resource)


def _orders_blind(found: BResource, scene: Scene) -> Counterpart | None:
    match scene.b_orders:
        case Incomplete(_, reason) | Unreadable(reason):
            return Counterpart(BPhase.UNKNOWN, f"B's orders could not be listed completely: {reason}", resource=found)
        case Complete():
            return None


def _create(order: AOrder, resource: AResource, found: BResource | None, scene: Scene) -> Counterpart:
    if found is None:
        return _gone(resource) if resource.backend_id else Counterpart(BPhase.ABSENT, "nothing on B carries its mark")
    linked = _linked_order(order, found, scene)
    if linked is not None and linked.order is not None:
        return linked
    created = [o for o in scene.b_orders_by_resource.get(found.id, ()) if o.type == OrderType.CREATE.value]
    if created:
        return told_by(created[-1], found)
    shown = _shown_by_state(found)
    if shown.phase is BPhase.FAILED:  # the reason stands on the order, so a failure waits until that can be read
        return _orders_blind(found, scene) or shown
    return shown


def _shown_by_state(found: BResource) -> Counterpart:
    """Where a Create stands by B's resource alone, its order being out of sight."""
    reason = f"B's resource is {found.state}" + (f": {found.error_message}" if found.error_message else "")
    match b_state(found.state):
        case BState.OK | BState.UPDATING:
            return Counterpart(BPhase.DONE, reason, resource=found)
        case BState.CREATING | BState.TERMINATING:
            return Counterpart(BPhase.OPEN, reason, resource=found)
        case BState.ERRED | BState.TERMINATED:
            return Counterpart(BPhase.FAILED, reason, resource=found)


def _restore(order: AOrder, resource: AResource, found: BResource | None, scene: Scene) -> Counterpart:
    if found is None:
        return (
            _gone(resource) if resource.backend_id else Counterpart(BPhase.FAILED, "there is nothing on B to restore")
        )
    told = _linked_order(order, found, scene) or _orders_blind(found, scene)
    if told is not None:
        return told
    ours = _since(order, found, scene, OrderType.RESTORE)
    if ours:
        return told_by(ours[0], found)
    match b_state(found.state):
        case BState.TERMINATED:
            return Counterpart(BPhase.ABSENT, "not yet asked of B", resource=found)
        case BState.OK:
            return Counterpart(BPhase.DONE, "B's resource is OK", resource=found)
        case BState.ERRED:
            return Counterpart(BPhase.AMBIGUOUS, "B's resource is Erred and cannot be restored", resource=found)
        case _:
            return Counterpart(BPhase.UNKNOWN, f"B's resource is {found.state}", resource=found)


def _terminate(order: AOrder, resource: AResource, found: BResource | None, scene: Scene) -> Counterpart:
    if found is None and scene.marker is Marker.LOST and not resource.backend_id:
        return Counterpart(BPhase.AMBIGUOUS, "B drops our marks, so nobody can tell whether it has the resource")
    if found is None:
        return Counterpart(BPhase.DONE, "there is nothing on B, proven by a complete listing")
    state = b_state(found.state)
    if state is BState.TERMINATED:
        return Counterpart(BPhase.DONE, "B's resource is Terminated", resource=found)
    told = _linked_order(order, found, scene) or _orders_blind(found, scene)
    if told is not None:
        return told
    on_resource = scene.b_orders_by_resource.get(found.id, ())
    ours = [o for o in on_resource if o.for_order == order.id and o.type == OrderType.TERMINATE.value]
    if ours:
        return told_by(ours[0], found)
    if state is BState.TERMINATING:
        adopted = [o for o in on_resource if o.type == OrderType.TERMINATE.value and b_phase(o.state) is BPhase.OPEN]
        return Counterpart(BPhase.OPEN, "B is already terminating it", adopted[0] if adopted else None, found)
    return _ready(found, scene, (BState.OK, BState.ERRED))


def _update(order: AOrder, resource: AResource, found: BResource | None, scene: Scene) -> Counterpart:
    if found is None:
        return (
            _gone(resource) if resource.backend_id else Counterpart(BPhase.AMBIGUOUS, "A's resource has nothing on B")
        )
    if b_state(found.state) is BState.TERMINATED:
        return Counterpart(BPhase.FAILED, "the resource is terminated on B", resource=found)
    told = _linked_order(order, found, scene) or _orders_blind(found, scene)
    if told is not None:
        return told
    match subtype_of(order):
        case "update_limits":
            return _update_limits(order, found, scene)
        case "plan_switch":
            return _switch_plan(order, found, scene)
        case other:
            reason = f"an Update of kind {other or 'unknown'!r} cannot be carried over to B; nothing was changed there"
            return Counterpart(BPhase.FAILED, reason, resource=found)


def subtype_of(order: AOrder) -> str:
    """The kind of an Update, also on servers that do not say: limits first, then the pricing plan."""
    if order.subtype:
        return order.subtype
    if order.limits:
        return "update_limits"
    return "plan_switch" if order.plan_name else ""


def _update_limits(order: AOrder, found: BResource, scene: Scene) -> Counterpart:
    if not isinstance(scene.offering, Complete):
        reason = f"B's offering could not be read: {scene.offering.reason}"
        return Counterpart(BPhase.UNKNOWN, reason, resource=found)
    offering, mapping = scene.offering.value, scene.rules.mapping
    limited = offering.limit_components()
    try:
        ours = [
            o for o in _since(order, found, scene, OrderType.UPDATE) if mapping.honours(order.limits, o.limits, limited)
        ]
        shown = mapping.honours(order.limits, found.limits, limited)
    except MappingError as error:
        return Counterpart(BPhase.AMBIGUOUS, str(error), resource=found)
    if shown and b_state(found.state) is BState.OK:
        return Counterpart(BPhase.DONE, "B's resource already has these limits", resource=found)
    if ours and whole_limits(order, scene.rules, offering):
        return told_by(ours[0], found)
    return _ready(found, scene, (BState.OK,))


def _switch_plan(order: AOrder, found: BResource, scene: Scene) -> Counterpart:
    if not isinstance(scene.offering, Complete):
        reason = f"B's offering could not be read: {scene.offering.reason}"
        return Counterpart(BPhase.UNKNOWN, reason, resource=found)
    wanted = plan_for(order, scene)
    if isinstance(wanted, str):
        return Counterpart(BPhase.AMBIGUOUS, wanted, resource=found)
    if found.plan == wanted and b_state(found.state) is BState.OK:
        return Counterpart(BPhase.DONE, "B's resource already has this pricing plan", resource=found)
    ours = [o for o in _since(order, found, scene, OrderType.UPDATE) if wanted is not None and o.plan == wanted]
    ours = [o for o in ours if o.subtype in {"", "plan_switch"}]
    if ours:
        return told_by(ours[0], found)
    ready = _ready(found, scene, (BState.OK,))
    if wanted is None and ready.phase is BPhase.ABSENT:
        return Counterpart(BPhase.FAILED, "B's offering no longer has any pricing plan to switch to", resource=found)
    return ready


def _since(order: AOrder, found: BResource, scene: Scene, kind: OrderType) -> list[BOrder]:
    """B's orders of this kind that may answer *order*, newest first.

    Clocks differ a little, so an *open* one that looks slightly older still counts. One that has ended has to be really
    younger: the end of an earlier wish says nothing of this one, while asking once more costs one request.
    """
    return [
        o
        for o in scene.b_orders_by_resource.get(found.id, ())
        if o.type == kind.value
        and o.created >= order.created - (scene.rules.skew if b_phase(o.state) is BPhase.OPEN else timedelta(0))
    ]


def _ready(found: BResource, scene: Scene, states: tuple[BState, ...]) -> Counterpart:
    """Absent, if B's resource can take the order now; else unknown until it can."""
    busy = [o for o in scene.b_orders_by_resource.get(found.id, ()) if b_phase(o.state) is BPhase.OPEN]
    if busy:
        return Counterpart(BPhase.UNKNOWN, f"another order ({busy[0].id}, {busy[0].type}) is open on B", resource=found)
    state = b_state(found.state)
    if state in states:
        return Counterpart(BPhase.ABSENT, "not yet asked of B", resource=found)
    if state is BState.ERRED:
        reason = "B's resource is Erred and takes no changes" + (
            f": {found.error_message}" if found.error_message else ""
        )
        return Counterpart(BPhase.AMBIGUOUS, reason, resource=found)
    return Counterpart(BPhase.UNKNOWN, f"B's resource is {found.state}", resource=found)


_Finder = Callable[[AOrder, AResource, BResource | None, Scene], Counterpart]
_FINDERS: Mapping[OrderType, _Finder] = MappingProxyType(
    {
        OrderType.CREATE: _create,
        OrderType.UPDATE: _update,
        OrderType.TERMINATE: _terminate,
        OrderType.RESTORE: _restore,
    }
)
