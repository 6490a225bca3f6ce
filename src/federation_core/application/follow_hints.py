"""Following hints: what each names is turned into keys, and the use cases that polling runs are run for these keys alone.

| hint | keys |
| --- | --- |
| an order of A | the orders of its resource, unless A shows nothing new |
| an order of B | the orders of the resource on A that it serves |
| a resource of either side | the fields of the resource of A; the people of its project, if who may use it is news |
| a project of A | its people |
| an account in the offering of A | its user name; the people of the projects that its person works in |
| an account in the offering of B | the user name of the same person on A |

Where a batch has more hints of one kind than `MOST_KEYS`, or they have more keys, one cycle over all of them replaces the reading
one by one. So does one for people who cannot be looked at project by project. A hint that could not be followed is given back.
"""

import enum
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

import attrs

from federation_core.application.order_index import OrderIndex
from federation_core.application.orders import ReconcileOrders
from federation_core.application.outcome import CycleReport, Kind
from federation_core.application.sync_fields import SyncFields
from federation_core.application.sync_members import SyncMembers
from federation_core.domain.errors import NotFound, PlaneError, Refused
from federation_core.domain.fields.scene import Part
from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import (
    AAccountId,
    AOfferingId,
    AOrderId,
    AProjectId,
    AResourceId,
    AUserId,
    BOrderId,
    BResourceId,
    Side,
)
from federation_core.domain.observed import rows
from federation_core.domain.plan.actions.fields import RenameAccount
from federation_core.domain.records import AOrder
from federation_core.ports.accounts import ConsumerAccounts, ProviderAccounts
from federation_core.ports.members import ProviderMembers
from federation_core.ports.orders import ConsumerOrders, ProviderOrders
from federation_core.ports.resources import ConsumerResources

C = TypeVar("C")
MOST_KEYS = 50
"""Things of one kind in one batch that are looked at one by one."""


class Work(enum.Enum):
    """What is looked at."""

    ORDERS = "orders"
    RESOURCES = "resources"
    MEMBERS = "members"
    ACCOUNTS = "accounts"


_CONCERNED: Mapping[tuple[Side, About], tuple[Work, ...]] = MappingProxyType(
    {
        (Side.A, About.ORDER): (Work.ORDERS,),
        (Side.B, About.ORDER): (Work.ORDERS,),
        (Side.A, About.RESOURCE): (Work.RESOURCES, Work.MEMBERS),
        (Side.B, About.RESOURCE): (Work.RESOURCES,),
        (Side.A, About.ACCOUNT): (Work.MEMBERS, Work.ACCOUNTS),
        (Side.B, About.ACCOUNT): (Work.ACCOUNTS,),
    }
)
"""What hints are about whose keys have to be read."""


@attrs.frozen
class Followed:
    """What became of a batch of hints.

    Attributes:
        reports: what was done, in order.
        again: hints that could not be followed yet.
        idle: how many hints asked for nothing.
    """

    reports: tuple[tuple[Work, CycleReport], ...] = ()
    again: tuple[Hint, ...] = ()
    idle: int = 0


@attrs.frozen
class HintPorts:
    """What is read to find out which keys a hint concerns."""

    a_orders: ProviderOrders
    a_accounts: ProviderAccounts
    a_members: ProviderMembers
    b_orders: ConsumerOrders
    b_resources: ConsumerResources
    b_accounts: ConsumerAccounts


@attrs.frozen
class HintCases:
    """The use cases that hints may call; None for those that the offering does not ask for."""

    orders: ReconcileOrders | None = None
    fields: SyncFields | None = None
    members: SyncMembers | None = None
    names: SyncFields | None = None


@attrs.frozen
class _Key:
    """One thing to look at; *of* is None for all of its kind."""

    work: Work
    of: UUID | str | None = attrs.field(default=None, repr=False)  # people are named by user name


class FollowHints:
    """Follows hints of one offering of A and of the one on B that delivers it."""

    def __init__(self, ports: HintPorts, cases: HintCases, offering: AOfferingId, index: OrderIndex) -> None:
        """Prepare the use case.

        Args:
            ports: what is read to find keys.
            cases: what is run for them.
            offering: ours on A, whose marks count on B.
            index: what the order use case knows of pairs.
        """
        self._ports = ports
        self._cases = cases
        self._offering = offering
        self._index = index
        self._given: dict[AAccountId, str] = {}

    def follow(self, hints: Collection[Hint]) -> Followed:
        """Look at all that *hints* name, each key once."""
        found = self._keys_of(hints)
        again = [hint for hint, keys in found.items() if keys is None]
        named: dict[_Key, list[Hint]] = {}
        for hint, keys in found.items():
            for key in keys or ():
                named.setdefault(key, []).append(hint)
        reports = []
        for key, several, report in self._look_at_each(_collapsed(named)):
            reports.append((key.work, report))
            if _is_unfinished(report):
                again += several
        idle = sum(keys == () for keys in found.values())
        return Followed(tuple(reports), tuple(dict.fromkeys(again)), idle)

    def _keys_of(self, hints: Collection[Hint]) -> dict[Hint, tuple[_Key, ...] | None]:
        """What each hint concerns; None where that could not be read."""
        counts = Counter(hint.about for hint in hints if hint.id not in self._index.settled)
        return {hint: self._all_keys(hint) if counts[hint.about] > MOST_KEYS else self._keys(hint) for hint in hints}

    def _all_keys(self, hint: Hint) -> tuple[_Key, ...] | None:
        """What a hint concerns that is one of many: everything of its kind, as not even keys are read one by one then."""
        works = _CONCERNED.get((hint.side, hint.about))
        if works is None:
            return self._keys(hint)
        return () if hint.id in self._index.settled else self._all_of(works)

    def _keys(self, hint: Hint) -> tuple[_Key, ...] | None:
        try:
            return tuple(self._resolvers[hint.side, hint.about](hint.id))
        except NotFound:  # the message may have overtaken what it tells of
            return None
        except Refused:
            return ()
        except PlaneError:
            return None

    @property
    def _resolvers(self) -> Mapping[tuple[Side, About], Callable[[UUID], Iterable[_Key]]]:
        return {
            (Side.A, About.ORDER): self._of_a_order,
            (Side.B, About.ORDER): self._of_b_order,
            (Side.A, About.RESOURCE): self._of_a_resource,
            (Side.B, About.RESOURCE): self._of_b_resource,
            (Side.A, About.PROJECT): self._of_a_project,
            (Side.B, About.PROJECT): _of_nothing,  # who works on B follows from who works on A
            (Side.A, About.ACCOUNT): self._of_a_account,
            (Side.B, About.ACCOUNT): self._of_b_account,
            (Side.A, About.OFFERING): self._of_everything,
            (Side.B, About.OFFERING): self._of_everything,
        }

    def _of_a_order(self, order: UUID) -> Iterator[_Key]:
        if self._cases.orders is None or order in self._index.settled:
            return
        known = self._index.a_orders.get(AOrderId(order))
        yield _Key(Work.ORDERS, self._ports.a_orders.read(AOrderId(order)).resource if known is None else known)

    def _of_b_order(self, order: UUID) -> Iterator[_Key]:
        if self._cases.orders is None or order in self._index.settled:
            return
        resource = self._index.b_orders.get(BOrderId(order))
        if resource is None:
            resource = self._served_by(self._ports.b_orders.read(BOrderId(order)).resource)
        if resource is None:
            self._index.settle(order)
        else:
            yield _Key(Work.ORDERS, resource)

    def _of_a_resource(self, resource: UUID) -> Iterator[_Key]:
        if self._cases.fields is not None:
            yield _Key(Work.RESOURCES, resource)
        if self._cases.members is not None:
            holding = self._ports.a_members.holding(AResourceId(resource))
            if self._cases.members.is_news(holding):
                yield _Key(Work.MEMBERS, holding.project)

    def _of_b_resource(self, resource: UUID) -> Iterator[_Key]:
        served = None if self._cases.fields is None else self._served_by(BResourceId(resource))
        if served is not None:
            yield _Key(Work.RESOURCES, served)

    def _served_by(self, resource: BResourceId) -> AResourceId | None:
        """A's resource that one of B is for; None where it is none of ours."""
        known = self._index.resources.get(resource)
        if known is not None:
            return known
        try:
            found = self._ports.b_resources.read(resource)
        except NotFound:  # it belongs to somebody else
            return None
        return found.for_resource if found.for_offering == self._offering else None

    def _of_a_project(self, project: UUID) -> Iterator[_Key]:
        if self._cases.members is not None:
            yield _Key(Work.MEMBERS, project)

    def _of_a_account(self, account: UUID) -> Iterator[_Key]:
        if self._cases.names is None and self._cases.members is None:
            return
        shown = self._ports.a_accounts.read(AAccountId(account))
        if self._given.pop(shown.id, None) == shown.name:  # it tells of our own writing
            return
        if self._cases.names is not None and shown.person:
            yield _Key(Work.ACCOUNTS, shown.person)
        if self._cases.members is not None and shown.user is not None:
            for project in self._projects_of(shown.user):
                yield _Key(Work.MEMBERS, project)

    def _projects_of(self, person: AUserId) -> Iterable[AProjectId]:
        members = self._ports.a_members
        return sorted({grant.project for grant in rows(members.list_grants(members.provider(), person=person))})

    def _of_b_account(self, account: UUID) -> Iterator[_Key]:
        person = "" if self._cases.names is None else self._ports.b_accounts.read(account).person
        if person:
            yield _Key(Work.ACCOUNTS, person)

    def _of_everything(self, _offering: UUID) -> Iterable[_Key]:
        return self._all_of(Work)

    def _all_of(self, works: Iterable[Work]) -> tuple[_Key, ...]:
        """Keys to everything of several kinds, as far as the offering asks for them."""
        cases = {
            Work.ORDERS: self._cases.orders,
            Work.RESOURCES: self._cases.fields,
            Work.MEMBERS: self._cases.members,
            Work.ACCOUNTS: self._cases.names,
        }
        return tuple(_Key(work) for work in works if cases[work] is not None)

    def _look_at_each(self, named: Mapping[_Key, list[Hint]]) -> Iterator[tuple[_Key, Collection[Hint], CycleReport]]:
        """Run the use cases, key by key; where people cannot be told apart by project, once for all of them in the end."""
        left: list[Hint] = []
        for key, hints in named.items():
            report = self._look_at(key, hints)
            if report is None:
                left += hints
            else:
                yield key, hints, report
        if left:
            yield _Key(Work.MEMBERS), left, self._look_at_all(Work.MEMBERS)

    def _look_at(self, key: _Key, hints: Iterable[Hint]) -> CycleReport | None:
        """Run the use case for one key, or for all of its kind; None where one cannot be looked at alone."""
        match key.of:
            case UUID() as one:
                return self._look_at_one(key.work, one, hints)
            case str() as person:
                return self._noted(_must(self._cases.names).run_for_account(person))
            case None:
                return self._look_at_all(key.work)

    def _look_at_one(self, work: Work, one: UUID, hints: Iterable[Hint]) -> CycleReport | None:
        """Run the use case for one UUID; accounts are looked at by person."""
        match work:
            case Work.ORDERS:
                return self._look_at_orders(AResourceId(one), hints)
            case Work.RESOURCES:
                return _must(self._cases.fields).run_for(AResourceId(one))
            case Work.MEMBERS | Work.ACCOUNTS:
                return _must(self._cases.members).run_alone(AProjectId(one))

    def _look_at_all(self, work: Work) -> CycleReport:
        match work:
            case Work.ORDERS:
                return _must(self._cases.orders).run(sweep=False)
            case Work.RESOURCES:
                return _must(self._cases.fields).run([Part.RESOURCES])
            case Work.MEMBERS:
                return _must(self._cases.members).run()
            case Work.ACCOUNTS:
                return self._noted(_must(self._cases.names).run([Part.USERNAMES]))

    def _look_at_orders(self, resource: AResourceId, hints: Iterable[Hint]) -> CycleReport:
        """What A alone tells may be an echo of our own writes, which A's open orders show."""
        only_a = all(hint.side is Side.A for hint in hints)
        knows = self._index.knows if only_a else _knows_nothing
        return _must(self._cases.orders).run_for(resource, knows=knows)

    def _noted(self, report: CycleReport) -> CycleReport:
        """*report*, whose names are remembered."""
        done = (action for outcome in report.outcomes for action in outcome.done)
        self._given |= {action.account: action.name for action in done if isinstance(action, RenameAccount)}
        return report


def _collapsed(named: Mapping[_Key, list[Hint]]) -> Mapping[_Key, list[Hint]]:
    """The keys, those of a kind as one where there are too many of them, or where all of the kind is asked for anyway."""
    by_work: dict[Work, list[_Key]] = {}
    for key in named:
        by_work.setdefault(key.work, []).append(key)
    found: dict[_Key, list[Hint]] = {}
    for work, keys in sorted(by_work.items(), key=lambda item: list(Work).index(item[0])):
        if len(keys) > MOST_KEYS or _Key(work) in keys:
            found[_Key(work)] = [hint for key in keys for hint in named[key]]
        else:
            found |= {key: named[key] for key in keys}
    return found


def _is_unfinished(report: CycleReport) -> bool:
    """Whether something could not be read or written for the moment."""
    return bool(report.problems) or any(o.kind is Kind.AGAIN_AFTER and o.error for o in report.outcomes)


def _of_nothing(_id: UUID) -> Iterable[_Key]:
    return ()


def _knows_nothing(_order: AOrder) -> bool:
    return False


def _must(case: C | None) -> C:
    """A use case that was asked for when its key was made."""
    if case is None:  # pragma: no cover - keys are only made where the case is there
        raise AssertionError
    return case
