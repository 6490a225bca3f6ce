"""Explaining one order of A: its resource and project there, their counterparts on B, and the next step of the joint table."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import attrs

from federation_core.application.explain_chain import (
    LOOK_AGAIN,
    NEXT_RUN,
    READ_FIRST,
    Chain,
    Link,
    Mark,
    remedy_of,
    unasked,
    unread,
)
from federation_core.application.outcome import problems_of
from federation_core.domain.errors import Disposition, UnknownWord
from federation_core.domain.ids import BCustomerId, parse_uuid
from federation_core.domain.observed import Complete, Observed
from federation_core.domain.orders.counterpart import Counterpart
from federation_core.domain.orders.decide import Decision, decide
from federation_core.domain.orders.forwarding import Step
from federation_core.domain.orders.scene import Scene
from federation_core.domain.orders.states import APhase, BPhase, a_phase
from federation_core.domain.projects.backend_id import ProjectKey, format_key
from federation_core.domain.projects.match import AdoptProject, CreateProject, UndecidedProject, match_project
from federation_core.domain.records import AOrder, AResource, BOrder, BProject, BResource

_STEPS: Mapping[Step, str] = MappingProxyType(
    {
        Step.SETTLED: "nothing is left to do for this order; place a new one where one is wanted",
        Step.WAIT: LOOK_AGAIN,
        Step.APPROVE: "the next run accepts the order on A and goes on",
        Step.SUBMIT: "the next run places it on B",
        Step.FINISH: "the next run sets A's order done",
        Step.FAIL: "the next run sets A's order erred, with this reason; its user may then place a new one",
    }
)
_MARKS: Mapping[BPhase, Mark] = MappingProxyType(
    {
        BPhase.ABSENT: Mark.NO,
        BPhase.UNKNOWN: Mark.UNKNOWN,
        BPhase.AMBIGUOUS: Mark.NO,
        BPhase.OPEN: Mark.YES,
        BPhase.DONE: Mark.YES,
        BPhase.FAILED: Mark.NO,
    }
)


@attrs.frozen
class OrderSeen:
    """One order of A, and all that it depends on.

    Attributes:
        projects: those of our customer on B.
        unasked: the settings key under which the offering would have to name us; empty where it does.
    """

    order: AOrder
    scene: Scene
    projects: Observed[tuple[BProject, ...]]
    customer: BCustomerId
    unasked: str = ""


def explain_order(seen: OrderSeen) -> Chain:
    """The chain of one order of A."""
    decision = decide(seen.order, seen.scene)
    resource = seen.scene.a_by_id.get(seen.order.resource)
    links = [*unasked(seen.unasked), _order_on_a(seen.order), _resource_on_a(seen, resource)]
    if resource is not None:
        links += [_project_on_a(seen.order), *_on_b(seen, decision, resource)]
    links += [step_link("step", decision), *next_writes(decision)]
    scene = seen.scene
    read = (scene.offering, scene.a_resources, scene.b_resources, scene.b_orders, seen.projects)
    blind = (scene.b_blind,) if scene.b_blind else ()
    return Chain("order", str(seen.order.id), (*links, *unread((*problems_of(*read), *blind))))


def step_link(name: str, decision: Decision) -> Link:
    """The next step of an order, and why."""
    text = f"{decision.step.name.lower()} ({decision.step.value}): {decision.reason}"
    mark = _mark_of(decision)
    return Link(mark, name, text, "" if mark is Mark.YES else remedy_of_decision(decision))


def next_writes(decision: Decision) -> Iterator[Link]:
    """What would be written next."""
    if not decision.actions:
        yield Link(Mark.YES, "next write", "none")
    for action in decision.actions:
        yield Link(Mark.NO, "next write", type(action).__name__, NEXT_RUN)


def remedy_of_decision(decision: Decision) -> str:
    """What brings an order on; what parks it is named, because links before it hang on that too."""
    if decision.holds in {Disposition.PARKED, Disposition.BROKEN}:
        return f"the order is held: {decision.reason}; {remedy_of(decision.holds)}"
    if decision.holds is not None and not decision.actions:
        return f"{decision.reason}; {LOOK_AGAIN}"
    return _STEPS[decision.step]


def _mark_of(decision: Decision) -> Mark:
    if decision.holds in {Disposition.PARKED, Disposition.BROKEN}:
        return Mark.NO
    counterpart = decision.counterpart
    is_told = counterpart is not None and counterpart.phase is not BPhase.UNKNOWN
    return Mark.YES if decision.holds is None or is_told else Mark.UNKNOWN


def _order_on_a(order: AOrder) -> Link:
    text = f"{order.type} order {order.id}, {order.state}"
    try:
        phase = a_phase(order.state)
    except UnknownWord:
        return Link(Mark.UNKNOWN, "order on A", text, remedy_of(Disposition.BROKEN))
    match phase:
        case APhase.FOREIGN:
            return Link(Mark.NO, "order on A", f"{text}: {phase.value}", "have it approved there")
        case APhase.ENDED:
            return Link(Mark.NO, "order on A", f"{text}: {phase.value}", _STEPS[Step.SETTLED])
        case APhase.OFFERED | APhase.RUNNING | APhase.DONE:
            return Link(Mark.YES, "order on A", f"{text}: {phase.value}")


def _resource_on_a(seen: OrderSeen, resource: AResource | None) -> Link:
    if resource is not None:
        return Link(Mark.YES, "resource on A", f"{resource.name} {resource.id}, {resource.state}")
    if isinstance(seen.scene.a_resources, Complete):
        return Link(Mark.NO, "resource on A", "A does not list the order's resource", LOOK_AGAIN)
    return Link(Mark.UNKNOWN, "resource on A", seen.scene.a_resources.reason, READ_FIRST)


def _key_of(order: AOrder) -> ProjectKey:
    return ProjectKey(order.project.customer, order.project.id)


def _project_on_a(order: AOrder) -> Link:
    project = order.project
    return Link(Mark.YES, "project on A", f"{project.name} {project.id}, key {format_key(_key_of(order))}")


def _on_b(seen: OrderSeen, decision: Decision, resource: AResource) -> Iterator[Link]:
    counterpart = decision.counterpart
    if counterpart is None:  # a word of A or of B is not known, which the step tells
        return
    yield _mirror(seen, decision, counterpart)
    found = counterpart.resource
    if found is None:
        mark = _MARKS[counterpart.phase]
        yield Link(mark, "resource on B", counterpart.reason, "" if mark is Mark.YES else remedy_of_decision(decision))
    else:
        yield Link(Mark.YES, "resource on B", f"{found.id}, {found.state}, found by {how_found(resource, found)}")
        yield _order_on_b(decision, counterpart)


def how_found(resource: AResource, found: BResource) -> str:
    """By what B's resource is known to be A's."""
    return "A's link" if parse_uuid(resource.backend_id) == found.id else "our marks"


def _mirror(seen: OrderSeen, decision: Decision, counterpart: Counterpart) -> Link:
    name, found = "project on B", counterpart.resource
    match match_project(_key_of(seen.order), seen.customer, seen.projects):
        case AdoptProject(project, twins):
            others = f"; not used, with the same key: {', '.join(str(twin.id) for twin in twins)}" if twins else ""
            return Link(Mark.YES, name, f"{project.name} {project.id}{others}{_elsewhere(found, project)}")
        case CreateProject():
            mark = Mark.YES if found is not None else _MARKS[counterpart.phase]
            if mark is Mark.YES:
                return Link(mark, name, f"no project carries the key, and none is needed{_elsewhere(found, None)}")
            return Link(mark, name, "no project carries the key", remedy_of_decision(decision))
        case UndecidedProject(reason):
            return Link(Mark.UNKNOWN, name, reason, READ_FIRST)


def _elsewhere(found: BResource | None, mirror: BProject | None) -> str:
    """Where the resource is, if that is not the mirror."""
    if found is None or found.project is None or (mirror is not None and found.project == mirror.id):
        return ""
    return f"; the resource is in project {found.project}"


def _order_on_b(decision: Decision, counterpart: Counterpart) -> Link:
    order, mark = counterpart.order, _MARKS[counterpart.phase]
    text = counterpart.reason if order is None else f"{_named(order)}: {counterpart.reason}"
    if mark is Mark.NO and decision.step is Step.SETTLED and _is_done(decision.order):
        return Link(Mark.YES, "order on B", f"{text}; A's order is done all the same")
    return Link(mark, "order on B", text, "" if mark is Mark.YES else remedy_of_decision(decision))


def _named(order: BOrder) -> str:
    return f"{order.type} order {order.id}"


def _is_done(order: AOrder) -> bool:
    return a_phase(order.state) is APhase.DONE
