"""Explaining one resource: its link and marks, what differs between both sides, its open orders, and whether A wants it."""

from collections.abc import Iterable, Iterator

import attrs

from federation_core.application.explain_chain import (
    NEXT_RUN,
    READ_FIRST,
    Chain,
    Link,
    Mark,
    of_hold,
    of_write,
    release,
    remedy_of,
    unasked,
    unread,
)
from federation_core.application.explain_order import how_found, next_writes, step_link
from federation_core.application.orders import OrdersPlan
from federation_core.domain.errors import Disposition
from federation_core.domain.fields.authority import View
from federation_core.domain.fields.resources import LIMITS, RESOURCE_FIELDS, STATE, ResourcePair, untold_limits
from federation_core.domain.fields.rules import Authority, FieldRules
from federation_core.domain.fields.scene import FieldScene
from federation_core.domain.ids import parse_uuid
from federation_core.domain.observed import Complete, rows
from federation_core.domain.orders.counterpart import Counterpart, find_resource
from federation_core.domain.orders.scene import Scene
from federation_core.domain.orders.states import BPhase
from federation_core.domain.plan.actions.orders import TerminateOrphan
from federation_core.domain.plan.sync import Hold, SyncPlan, Write
from federation_core.domain.records import AResource, BResource
from federation_core.domain.units import ALimits, BLimits, show

TERMINATED = "Terminated"


@attrs.frozen
class ResourceSeen:
    """All that the chain of a resource is made from.

    Attributes:
        orders: the open orders, and what A does not want on B.
        fields: what differs of fields; None where the offering does not ask for that.
        usage: what differs of usage; None likewise.
        unasked: the settings key under which the offering would have to name us for both; empty where it does.
    """

    scene: Scene
    orders: OrdersPlan
    field_scene: FieldScene
    rules: FieldRules
    fields: SyncPlan | None = None
    usage: SyncPlan | None = None
    unasked: str = ""


def explain_resource(resource: AResource, seen: ResourceSeen) -> Chain:
    """The chain of one resource of A."""
    found = find_resource(resource, seen.scene)
    links = [*_on_a(resource), *_links(resource, found)]
    if isinstance(found, BResource):
        links += [*_compared(ResourcePair(resource, found), seen)]
    links += [*_open_orders(resource, seen), *_unwanted(resource, found, seen)]
    return Chain("resource", str(resource.id), (*links, *_unread(seen)))


def explain_stray(found: BResource, seen: ResourceSeen) -> Chain:
    """The chain of a resource of B that no resource of A is linked to, and whose own one A does not list."""
    named = "" if found.for_resource is None else f"resource {found.for_resource}, which its marks name"
    text = f"A does not list {named}" if named else "none is linked to it, and it carries no marks of ours"
    if isinstance(seen.scene.a_resources, Complete):
        on_a = Link(Mark.NO, "resource on A", text, "nothing is done about it; have it terminated on B by hand")
    else:
        on_a = Link(Mark.UNKNOWN, "resource on A", text, READ_FIRST)
    on_b = Link(Mark.YES, "resource on B", f"{found.id}, {found.state}{_marks(found)}")
    return Chain("resource", str(found.id), (on_a, on_b, *_unread(seen)))


def owner_of(found: BResource, scene: Scene) -> AResource | None:
    """The resource of A that a resource of B is for: the one linked to it, else the one that its marks name."""
    linked = [resource for resource in rows(scene.a_resources) if parse_uuid(resource.backend_id) == found.id]
    owners = sorted(linked, key=lambda resource: (resource.state == TERMINATED, resource.id))
    if owners:
        return owners[0]
    is_ours = found.for_resource is not None and found.for_offering == scene.rules.offering
    return scene.a_by_id.get(found.for_resource) if is_ours and found.for_resource is not None else None


def _on_a(resource: AResource) -> Iterator[Link]:
    yield Link(Mark.YES, "resource on A", f"{resource.name} {resource.id}, {resource.state}")


def _links(resource: AResource, found: BResource | Counterpart | None) -> Iterator[Link]:
    linked = parse_uuid(resource.backend_id)
    if linked is None:
        why = "backend_id is no UUID" if resource.backend_id else "no backend_id"
        yield Link(Mark.NO, "link", why, "an open order writes it; without one, have it set by hand")
    else:
        yield Link(Mark.YES, "link", f"backend_id names resource {linked} of B")
    match found:
        case BResource():
            text = f"{found.id}, {found.state}, found by {how_found(resource, found)}{_marks(found)}"
            yield Link(Mark.YES, "resource on B", text)
        case Counterpart(BPhase.UNKNOWN, reason):
            yield Link(Mark.UNKNOWN, "resource on B", reason, READ_FIRST)
        case Counterpart(_, reason):
            yield Link(Mark.NO, "resource on B", reason, remedy_of(Disposition.PARKED))
        case None if linked is not None:
            text = f"B does not list resource {linked}, though even terminated ones stay listed"
            yield Link(Mark.NO, "resource on B", text, remedy_of(Disposition.PARKED))
        case None:
            yield Link(Mark.NO, "resource on B", "nothing on B carries its mark", "place an order for it on A")


def _marks(found: BResource) -> str:
    if found.for_resource is None and found.for_offering is None:
        return "; it carries no marks of ours"
    return f"; its marks name resource {found.for_resource} and offering {found.for_offering} of A"


def _compared(pair: ResourcePair, seen: ResourceSeen) -> Iterator[Link]:
    yield from unasked(seen.unasked)
    yield from _state(pair, seen)
    yield from _limits(pair, seen)
    told = {STATE.name, LIMITS.name}
    for field in RESOURCE_FIELDS:
        if field.name not in told:
            yield from _differing(field.name, _of_field(pair, field.name, seen))
    yield from _usage(pair, seen)


def _state(pair: ResourcePair, seen: ResourceSeen) -> Iterator[Link]:
    found = _of_field(pair, STATE.name, seen)
    text = f"A: {pair.a.state}; B: {pair.b.state}"
    if found:
        yield from _differing(STATE.name, found)
    elif (pair.a.state == TERMINATED) is not (pair.b.state == TERMINATED):
        yield Link(Mark.NO, STATE.name, text, "order the termination of the one that lives")
    else:
        yield Link(Mark.YES, STATE.name, text)


def _limits(pair: ResourcePair, seen: ResourceSeen) -> Iterator[Link]:
    found, text = _of_field(pair, LIMITS.name, seen), f"A: {_listed(pair.a.limits)}; B: {_listed(pair.b.limits)}"
    untold = tuple(untold_limits([pair], seen.rules))
    if found:
        yield from _differing(LIMITS.name, found)
    for note in untold:
        yield Link(Mark.NO, LIMITS.name, note, remedy_of(None))
    if not found and not untold:
        yield Link(Mark.YES, LIMITS.name, f"{text}{_uncompared(pair, seen)}")


def _uncompared(pair: ResourcePair, seen: ResourceSeen) -> str:
    if seen.fields is None:
        return ""
    if LIMITS.authority(seen.rules) is Authority.NOBODY:
        return "; the settings do not have them compared"
    view = View(seen.field_scene, seen.rules)
    return "; not compared in these states" if LIMITS.shown(pair, view) is None else "; B's honour A's"


def _of_field(pair: ResourcePair, name: str, seen: ResourceSeen) -> list[Write | Hold]:
    return [] if seen.fields is None else [item for item in seen.fields.found if item.chain == f"{pair.key} {name}"]


def _usage(pair: ResourcePair, seen: ResourceSeen) -> Iterator[Link]:
    if seen.usage is None:
        return
    found = [item for item in seen.usage.found if item.chain.partition(" ")[0] == pair.key]
    for item in found:
        yield from _differing(f"usage {item.chain.partition(' ')[2]}", [item])
    if not found and not seen.usage.problems:
        yield Link(Mark.YES, "usage", "nothing is to be told on A")


def _differing(name: str, found: Iterable[Write | Hold]) -> Iterator[Link]:
    for item in found:
        yield of_write(name, item) if isinstance(item, Write) else of_hold(name, item)


def _open_orders(resource: AResource, seen: ResourceSeen) -> Iterator[Link]:
    for decision in seen.orders.decisions:
        if decision.order.resource == resource.id:
            step = step_link("open order", decision)
            yield attrs.evolve(step, seen=f"{decision.order.type} order {decision.order.id}: {step.seen}")
            if decision.actions:
                yield from next_writes(decision)


def _unwanted(resource: AResource, found: BResource | Counterpart | None, seen: ResourceSeen) -> Iterator[Link]:
    """What is on B for it and is not wanted there."""
    orphans = seen.orders.orphans
    for removal in (*orphans.twins, *orphans.orphans):
        is_found = isinstance(found, BResource) and removal.b_resource == found.id
        if removal.resource == resource.id or is_found:
            kind = "twin" if removal in orphans.twins else "orphan"
            yield Link(Mark.NO, kind, f"resource {removal.b_resource} on B: {removal.why}", _removal(removal, seen))


def _removal(removal: TerminateOrphan, seen: ResourceSeen) -> str:
    guarded = seen.orders.guarded
    if removal in guarded.released:
        return NEXT_RUN
    if removal in guarded.held:
        return release(guarded.digest)
    return "have it terminated on B, or set orphan_policy: terminate"


def _unread(seen: ResourceSeen) -> Iterator[Link]:
    plans = [plan for plan in (seen.fields, seen.usage) if plan is not None]
    yield from unread((*seen.orders.problems, *(text for plan in plans for text in plan.problems)))


def _listed(limits: ALimits | BLimits) -> str:
    return ", ".join(f"{name} {show(amount)}" for name, amount in sorted(limits.items())) or "none"
