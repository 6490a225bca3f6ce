"""What must hold after every step, whatever happened, judged by what both sandboxes hold and never by what we think.

Every check names the invariant of the design that it stands for.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.stateful.worlds import FACTORS, MOST_GPU_HOURS, NONSENSE, UNFINISHED, Worlds

from federation_adapters.sandbox.entities import Grant, Order, Project, Resource

Limits = dict[str, int | float]
Totals = dict[str, Decimal]
NEVER = datetime.max.replace(tzinfo=UTC)
ENDED_BADLY = frozenset({"rejected", "canceled", "erred"})


def ordered_on_b(limits: Limits) -> Limits:
    """What node hours of A are on B."""
    return {name: math.ceil(limits["node_hours"] * factor) for name, factor in FACTORS.items()}


def sold_by(limits: Limits) -> int:
    """The most node hours that limits of B can honour."""
    return min(int(limits[name] // factor) for name, factor in FACTORS.items())


def used_on_a(totals: Totals) -> Decimal:
    """What totals of B are in node hours."""
    exact = sum((Fraction(str(total)) / FACTORS[name] for name, total in totals.items()), Fraction(0))
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


class Watch:
    """Looks at both worlds after each step, and remembers what it saw."""

    def __init__(self, worlds: Worlds) -> None:
        self.worlds = worlds
        self.agents_met = False
        self._ended: dict[str, str] = {}
        self._effective: dict[str, str] = {}
        self._provider_ids: dict[str, str] = {}
        self._shown: defaultdict[tuple[str, str], set[Decimal]] = defaultdict(set)
        self._working: dict[tuple[str, str], datetime] = {}
        self._ends: defaultdict[tuple[str, str], set[datetime]] = defaultdict(set)
        self._by_hand: set[str] = set()
        self._seen_writes = self._seen_orders = 0

    def look(self) -> None:
        """Check everything."""
        self.one_resource_for_one_order()
        self.orders_end_only_as_b_says()
        self.nothing_is_ended_that_nobody_ended()
        self.ids_of_b_are_b_s()
        self.usage_is_what_b_showed()
        self.nobody_is_put_out()

    # I1

    def one_resource_for_one_order(self) -> None:
        """I1: one Create, one resource; two agents at once may make two for a moment, of which one stays."""
        for resource in self.worlds.a.resources:
            made = self.worlds.copies(resource)
            if self.agents_met and not self.worlds.setup.enforces:
                continue
            assert len(made) <= 1, f"I1: {len(made)} resources on B for {resource.name}"

    # I3

    def orders_end_only_as_b_says(self) -> None:
        """I3: done because B is done, erred because B failed or refused."""
        for order in self.worlds.a.orders:
            before, self._ended[order.uuid] = self._ended.get(order.uuid), order.state
            if before == order.state:
                continue
            if order.state == "done":
                assert self._is_done_on_b(order), f"I3: {order.type} of {order.resource.name} is done on A alone"
            if order.state == "erred":
                assert self._failed_on_b(order), (
                    f"I3: {order.type} of {order.resource.name} is erred: {order.error_message}"
                )
                assert order.error_message, "I3: an erred order says why"

    def _b_orders(self, order: Order) -> list[Order]:
        copies = self.worlds.copies(order.resource)
        return [row for row in self.worlds.b.orders if row.resource in copies and row.type == order.type]

    def _is_done_on_b(self, order: Order) -> bool:
        copies = self.worlds.copies(order.resource)
        match order.type:
            case "Create":
                return any(row.state == "done" for row in self._b_orders(order))
            case "Update":
                wanted = ordered_on_b(order.limits)
                told = any(row.state == "done" and row.limits == wanted for row in self._b_orders(order))
                return told or any(row.limits == wanted for row in copies)
            case _:  # a twin of two agents at once may end a cycle later, see `everything_agrees`
                linked = self.worlds.copy(order.resource)
                used = copies if linked is None or not self.agents_met else [linked]
                return all(row.state == "Terminated" for row in used)

    def _failed_on_b(self, order: Order) -> bool:
        too_many = order.type != "Terminate" and ordered_on_b(order.limits)["gpu_hours"] > MOST_GPU_HOURS
        return too_many or self._is_too_late(order) or any(row.state in ENDED_BADLY for row in self._b_orders(order))

    def _is_too_late(self, order: Order) -> bool:
        """Whether B's resource has ended, as it does where its end is taken back on A alone: nothing changes it any more."""
        copies = self.worlds.copies(order.resource)
        return order.type == "Update" and bool(copies) and all(row.state == "Terminated" for row in copies)

    # I2

    def nothing_is_ended_that_nobody_ended(self) -> None:
        """I2: a resource of B ends only because A's did, or its order came to nothing."""
        for row in self.worlds.b.orders[self._seen_orders :]:
            if row.type == "Terminate" and row.created_by is self.worlds.pair.b.consumer_user:
                assert self._may_end(row.resource), f"I2: {row.resource.name} is ended on B, and nobody wanted that"
        self._seen_orders = len(self.worlds.b.orders)

    def _may_end(self, copy: Resource) -> bool:
        mark = copy.attributes.get("waldur_federation_resource")
        resource = next(row for row in self.worlds.a.resources if row.uuid == mark)
        orders = [row for row in self.worlds.a.orders if row.resource is resource]
        wanted = any(row.type == "Terminate" and row.state not in {"rejected", "canceled"} for row in orders)
        failed = any(row.type == "Create" and row.state in ENDED_BADLY for row in orders)
        surplus = len(self.worlds.copies(resource)) > 1
        return wanted or failed or surplus or resource.state == "Terminated"

    # I4

    def ids_of_b_are_b_s(self) -> None:
        """I4: no id of B's provider is written by us, and no id that was told is blanked."""
        writes = self.worlds.pair.b.sandbox.writes.entries
        for write in writes[self._seen_writes :]:
            assert not write.path.endswith("/set_backend_id/"), f"I4: {write.path}"
            assert not isinstance(write.body, dict) or "backend_id" not in write.body or "/projects/" in write.path
        self._seen_writes = len(writes)
        for resource in self.worlds.a.resources:
            told = self._effective.get(resource.uuid, "")
            assert resource.effective_id or not told, f"I4: the effective id of {resource.name} was blanked"
            self._effective[resource.uuid] = resource.effective_id

    # I5

    def b_showed(self, copy: Resource) -> None:
        """Remember what B shows for a resource now; A may hear of it from now on."""
        mark = str(copy.attributes["waldur_federation_resource"])
        for month, totals in self._used(copy).items():
            self._shown[mark, month].add(used_on_a(totals))

    def _used(self, copy: Resource) -> dict[str, Totals]:
        """Month -> totals of B, over all pricing plans that the resource was on in it."""
        found: defaultdict[str, Totals] = defaultdict(dict)
        for row in self.worlds.b.usages_of(copy):
            totals = found[str(row.billing_period)]
            totals[row.component.type] = totals.get(row.component.type, Decimal(0)) + row.usage
        return found

    def usage_is_what_b_showed(self) -> None:
        """I5: each total on A is one that B showed for that month; no zero and no other month."""
        for resource in self.worlds.a.resources:
            for row in self.worlds.a.usages_of(resource):
                shown = self._shown[resource.uuid, str(row.billing_period)]
                assert row.usage in shown, (
                    f"I5: {row.usage} of {resource.name} in {row.billing_period}: B showed {shown}"
                )

    # I7

    def nobody_is_put_out(self) -> None:
        """I7: whoever works on B, and still may on A, goes on working; what B's staff gave stays."""
        mirrors = self.worlds.mirrors()
        for project in self.worlds.pair.a.projects:
            mirror = mirrors.get(project.uuid)
            if mirror is not None:
                self._watch_people(project, mirror)
        for mirror in mirrors.values():
            hands = {
                grant.uuid for grant in self.worlds.b.grants_on(mirror) if grant.created_by is self.worlds.pair.b.staff
            }
            gone = {uuid for uuid in self._by_hand if uuid not in hands and self._is_of(uuid, mirror)}
            assert not gone, "I7: a role that B's staff gave was taken"
            self._by_hand |= hands

    def _is_of(self, uuid: str, mirror: Project) -> bool:
        grant = next(row for row in self.worlds.pair.b.sandbox.store.grants if row.uuid == uuid)
        return grant.scope is mirror

    def _watch_people(self, project: Project, mirror: Project) -> None:
        entitled = {grant.user.username for grant in self.worlds.a.grants_on(project)}
        for grant in self.worlds.a.grants_on(project):
            self._ends[project.uuid, grant.user.username].add(_end(grant))
        works = _until(self.worlds.b.grants_on(mirror))
        kept = {name for name in entitled if self._worked(project, name) and self._has_living(project)}
        assert kept <= works.keys(), f"I7: {sorted(kept - works.keys())} of {project.name} were put out"
        self._working = {pair: end for pair, end in self._working.items() if pair[0] != project.uuid}
        self._working |= {(project.uuid, name): end for name, end in works.items() if name in entitled}

    def _worked(self, project: Project, name: str) -> bool:
        """Whether they worked on B when we last looked, but for who had an end of A's there that has come: B needs us for none."""
        key = project.uuid, name
        end = self._working.get(key)
        return end is not None and (end > self.worlds.clock() or end not in self._ends[key])

    def _has_living(self, project: Project) -> bool:
        living = [row for row in self.worlds.a.resources if row.state in {"OK", "Updating"}]
        return any(row.project is project and row.backend_id != NONSENSE for row in living)

    # The end

    def everything_agrees(self) -> None:
        """All that was under way has come to its end, and both sides show the same."""
        worlds = self.worlds
        for order in worlds.a.orders:
            assert order.state not in UNFINISHED, f"the {order.type} of {order.resource.name} is still {order.state}"
        for resource in worlds.a.resources:
            if resource.backend_id != NONSENSE:  # I12: that one is told of, and everything else goes on
                self._agrees(resource)
        self._people_agree()

    def _agrees(self, resource: Resource) -> None:
        living = [row for row in self.worlds.copies(resource) if row.state != "Terminated"]
        if resource.state == "OK":
            assert len(living) == 1, f"I1: {len(living)} resources live on B for {resource.name}"
            copy = self.worlds.copy(resource)
            assert copy is living[0], f"{resource.name} is linked to another resource"
            mirror = self.worlds.mirrors()[resource.project.uuid]
            assert copy.project is mirror, f"{resource.name} is in another project than its people"
            self._fields_agree(resource, copy)
        elif self.worlds.setup.removes_orphans or any(
            row.type == "Terminate" and row.state == "done" for row in self.worlds.a.orders if row.resource is resource
        ):
            assert not living, f"{resource.name} is {resource.state} on A and lives on B"

    def _fields_agree(self, resource: Resource, copy: Resource) -> None:
        assert copy.state == "OK"
        name = resource.name
        sold, bought = sold_by(copy.limits), resource.limits["node_hours"]
        agree = sold == bought or ordered_on_b(resource.limits) == copy.limits
        assert agree or self._cannot_follow(resource, copy), f"I6: {name}: {bought} is not {copy.limits}"
        assert resource.end_date == copy.end_date, f"the ends of {name}: {resource.end_date}, {copy.end_date}"
        assert resource.effective_id in {copy.effective_id or copy.backend_id, self._effective[resource.uuid]}
        this_month = str(self.worlds.clock().date().replace(day=1))
        told = {str(row.billing_period): row.usage for row in self.worlds.a.usages_of(resource)}
        there = self._used(copy)
        if this_month in there:
            assert told.get(this_month) == used_on_a(there[this_month]), f"I5: usage of {name}"

    def _cannot_follow(self, resource: Resource, copy: Resource) -> bool:
        """Whether B has the limits of an order that its user took back on A alone, and A is too old for a call to tell them by."""
        taken_back = (
            order for order in self.worlds.a.orders if order.resource is resource and order.state == "canceled"
        )
        return self.worlds.setup.old and any(
            order.type == "Update" and ordered_on_b(order.limits) == copy.limits for order in taken_back
        )

    def _people_agree(self) -> None:
        mirrors = self.worlds.mirrors()
        for project in self.worlds.pair.a.projects:
            mirror = mirrors.get(project.uuid)
            if mirror is None or not self._has_living(project):
                continue
            wanted = {_told(grant) for grant in self.worlds.a.grants_on(project)}
            held = self.worlds.b.grants_on(mirror)
            ours = {_told(grant) for grant in held if grant.created_by is not self.worlds.pair.b.staff}
            assert ours == wanted, f"people of {project.name}: {ours ^ wanted}"


def _until(grants: Iterable[Grant]) -> dict[str, datetime]:
    """Who works, and until when at most."""
    found: dict[str, datetime] = {}
    for grant in grants:
        found[grant.user.username] = max(_end(grant), found.get(grant.user.username, _end(grant)))
    return found


def _end(grant: Grant) -> datetime:
    """In whole seconds, as both sides may tell it."""
    return (grant.expiration_time or NEVER).replace(microsecond=0)


def _told(grant: Grant) -> tuple[str, str, datetime | None]:
    """Who has which role, and until which second."""
    end = grant.expiration_time
    return grant.user.username, grant.role.name, end and end.replace(microsecond=0)
