"""The modes: which use cases each of them runs for an offering, and how often.

| mode | asked for by | runs |
| --- | --- | --- |
| `order_process` | `order_processing_backend` | orders, and what they left behind on B |
| `report` | `reporting_backend` | usage; limits, dates, ids and states of resources |
| `report` | `reporting_backend` that names a warehouse | usage |
| `membership_sync` | `membership_sync_backend` | people and roles; projects' profiles; user names |
| `membership_sync` | `username_management_backend` alone | people's profiles |
| `event_process` | `stomp_enabled`, `target_stomp_enabled` | what the others run, `report` aside, for what A and B tell of |
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import attrs

from federation_core.application.configure import Part
from federation_core.application.orders import OrdersPlan
from federation_core.application.outcome import CycleReport
from federation_core.domain.ids import Side
from federation_core.domain.plan.sync import SyncPlan
from federation_runner.container import Federation, live_channels
from federation_runner.settings.model import Intervals, OfferingSettings

ALL = "all"
EVENTS = "event_process"
ORDERS = "orders"
Plan = OrdersPlan | SyncPlan
Seconds = Callable[[Intervals], float]


@attrs.frozen
class Task:
    """One use case of one offering, as a mode runs it.

    Attributes:
        name: what it is about, as output and log lines call it.
        plan: takes the digest of removals that an operator released; only reads.
        run: takes whether to look for what nobody asks for any more, and such a digest.
    """

    name: str
    plan: Callable[[str], Plan]
    run: Callable[[bool, str], CycleReport]


def _orders(federation: Federation) -> Sequence[Task]:
    orders = federation.reconcile_orders()
    return (
        Task(
            ORDERS,
            lambda approved: orders.plan(orders.observe(), approved=approved),
            lambda sweep, approved: orders.run(sweep=sweep, approved=approved),
        ),
    )


def _report(federation: Federation) -> Sequence[Task]:
    usage = federation.sync_usage()
    tell = Task("usage", lambda _approved: usage.plan(usage.observe()), lambda _sweep, _approved: usage.run())
    is_metered = federation.settings().warehouse is not None
    return (tell,) if is_metered else (tell, _fields(federation, "resources", Part.RESOURCES))


def _membership(federation: Federation) -> Sequence[Task]:
    settings, members = federation.settings(), federation.sync_members()
    people = Task(
        "members",
        lambda approved: members.plan(members.observe(), approved=approved),
        lambda _sweep, approved: members.run(approved=approved),
    )
    if settings.tells_profiles_only:
        return (people,)
    names = (_fields(federation, "accounts", Part.USERNAMES),) if settings.fields.rules.usernames else ()
    return (people, _fields(federation, "projects", Part.PROJECTS), *names)


def _fields(federation: Federation, name: str, part: Part) -> Task:
    fields = federation.sync_fields()
    return Task(
        name,
        lambda _approved: fields.plan(fields.observe([part])),
        lambda _sweep, _approved: fields.run([part]),
    )


_TASKS: Mapping[str, Callable[[Federation], Sequence[Task]]] = MappingProxyType(
    {"order_process": _orders, "report": _report, "membership_sync": _membership}
)
MODES = tuple(_TASKS)
"""The modes that this version serves, in the order in which a cycle over all of them runs."""

INTERVALS: Mapping[str, Seconds] = MappingProxyType(
    {
        "order_process": lambda intervals: intervals.order_process_seconds,
        "report": lambda intervals: intervals.report_seconds,
        "membership_sync": lambda intervals: intervals.membership_sync_seconds,
    }
)


SERVED_BY_EVENTS = frozenset({"order_process", "membership_sync"})
"""Modes that poll less often while events come in."""


def modes_of(settings: OfferingSettings, wanted: str = ALL) -> tuple[str, ...]:
    """The polling modes that are wanted and that the offering asks for; for events, those that they serve."""
    ran = {ALL: frozenset(MODES), EVENTS: SERVED_BY_EVENTS}.get(wanted, frozenset({wanted}))
    return tuple(mode for mode in MODES if mode in settings.asked_modes & ran)


def listens(settings: OfferingSettings, wanted: str = ALL) -> bool:
    """Whether events are listened to for the offering."""
    asks = settings.a_events.enabled or settings.b_events.enabled
    return asks and wanted in {ALL, EVENTS} and bool(settings.modes & SERVED_BY_EVENTS)


def is_told(federation: Federation, mode: str) -> bool:
    """Whether events tell now what *mode* would find by polling."""
    settings = federation.settings()
    channels = live_channels(federation)
    if mode == "order_process":
        return channels >= {Side.A, Side.B}
    is_followed = mode == "membership_sync" and mode in settings.modes
    return is_followed and settings.a_events.membership and Side.A in channels


def tasks_of(federation: Federation, wanted: str = ALL) -> tuple[Task, ...]:
    """What is to be run for the offering, in order."""
    return tuple(task for mode in modes_of(federation.settings(), wanted) for task in _TASKS[mode](federation))
