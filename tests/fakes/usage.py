"""Usage in memory, with a server's habits about dates, and the usage use case on it."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from tests.fakes.accounts import ConsumerAccounts, ProviderAccounts
from tests.fakes.peers import WorkPool
from tests.fakes.resources import ConsumerResources, ProviderResources
from tests.fakes.script import Scripted
from tests.strategies.builders import NOW, a_b_resource, a_resource, a_resource_id, b_resource_id

from federation_adapters.local.journal import MemoryJournal
from federation_core.application.sync_usage import SyncUsage
from federation_core.application.usage_wiring import UsageLearned, UsagePorts, UsageSettings
from federation_core.domain.errors import Invalid
from federation_core.domain.ids import AAccountId, AResourceId, BResourceId, Side
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AAccount, BAccount
from federation_core.domain.units import AComponent, BComponent
from federation_core.domain.usage.records import Share, Total
from federation_core.domain.usage.scene import Corrections, UsageRules

FUTURE = Invalid(Side.A, "usage.set_totals", "date: Date cannot be in the future.", fields=["date"])
NOT_ALLOWED = Invalid(
    Side.A, "usage.set_totals", "Only staff users and service providers can specify date for backfilling."
)
CLOSED = Invalid(Side.A, "usage.set_totals", "date: The billing period is closed.", fields=["date"])


class Clock:
    """A clock that tests set."""

    def __init__(self, now: datetime = NOW):
        self.time = now

    def now(self) -> datetime:
        return self.time


def listed(usage, what, rows, month, resource):
    """The rows of one month, of one resource if asked for; incomplete where *usage* has a flaw."""
    usage.reads.append((what, resource))
    found = tuple(row for of, row in rows if of == month and resource in {None, row.resource})
    return Incomplete(found, usage.flaw[what]) if what in usage.flaw else Complete(found)


class ProviderUsage(Scripted):
    """A's usage; *habit* is what the server does with dates: reads, ignores or forbids them."""

    def __init__(self, clock: Clock, zone: tzinfo, habit: str = "reads"):
        super().__init__()
        self.clock, self.zone, self.habit = clock, zone, habit
        self.rows: list[tuple[Month, Total[Any, Any]]] = []
        self.share_rows: list[tuple[Month, Share[Any, Any]]] = []
        self.closed: set[Month] = set()
        self.writes: list[tuple[Any, ...]] = []
        self.flaw: dict[str, str] = {}
        self.reads: list[tuple[str, Any]] = []

    def totals(self, month: Month, resource: AResourceId | None = None):
        self.happens(self.before, "totals")
        return listed(self, "totals", self.rows, month, resource)

    def shares(self, month: Month, resource: AResourceId | None = None):
        self.happens(self.before, "shares")
        return listed(self, "shares", self.share_rows, month, resource)

    def set_totals(self, resource: AResourceId, amounts: Mapping[AComponent, Fraction], at: datetime | None) -> None:
        self.writes.append(("totals", resource, dict(amounts), at))
        self.happens(self.before, "set_totals")
        month = self._month(at)
        for component, amount in amounts.items():
            old = [t for of, t in self.rows if (of, t.resource, t.component) == (month, resource, component)]
            self.rows = [(of, total) for of, total in self.rows if total not in old[-1:]]
            frozen = sum((total.amount for total in old[:-1]), Fraction(0))
            row = old[-1].row if old else uuid4()
            self.rows.append((month, Total(row, resource, component, amount - frozen, self.clock.now())))

    def set_shares(self, total: UUID, amounts: Mapping[str, Fraction]) -> None:
        self.writes.append(("shares", total, dict(amounts)))
        self.happens(self.before, "set_shares")
        month, row = next((month, row) for month, row in self.rows if row.row == total)
        kept = [(m, s) for m, s in self.share_rows if s.total != total or s.name not in amounts]
        new = [(month, Share(total, row.resource, row.component, name, value)) for name, value in amounts.items()]
        self.share_rows = [*kept, *new]

    def _month(self, at: datetime | None) -> Month:
        now = self.clock.now()
        if at is None or self.habit == "ignores":
            return Month.of(now, self.zone)
        if self.habit == "forbids":
            raise NOT_ALLOWED
        if at > now:
            raise FUTURE
        month = Month.of(at, self.zone)
        if month in self.closed:
            raise CLOSED
        return month


class ConsumerUsage(Scripted):
    """B's usage, as its provider metered it."""

    def __init__(self):
        super().__init__()
        self.rows: list[tuple[Month, Total[Any, Any]]] = []
        self.share_rows: list[tuple[Month, Share[Any, Any]]] = []
        self.flaw: dict[str, str] = {}
        self.reads: list[tuple[str, Any]] = []

    def meter(self, month: Month, number: int = 1, **amounts):
        for name, value in amounts.items():
            total = Total(uuid4(), b_resource_id(number), BComponent(name), Fraction(value), NOW)
            self.rows.append((month, total))

    def share(self, month: Month, person: str, number: int = 1, **amounts):
        for name, value in amounts.items():
            of = (b_resource_id(number), name)
            row = next((t.row for m, t in self.rows if m == month and (t.resource, t.component) == of), uuid4())
            self.share_rows.append(
                (month, Share(row, b_resource_id(number), BComponent(name), person, Fraction(value)))
            )

    def totals(self, month: Month, resource: BResourceId | None = None):
        self.happens(self.before, "totals")
        return listed(self, "totals", self.rows, month, resource)

    def shares(self, month: Month, resource: BResourceId | None = None):
        self.happens(self.before, "shares")
        return listed(self, "shares", self.share_rows, month, resource)


NODE = ComponentMapping.of({"node": {"gpu": 5, "storage": 10}})


class FakeUsage:
    """One linked resource, and the usage use case on it."""

    def __init__(
        self,
        *,
        now: datetime = NOW,
        zone: str = "UTC",
        server_zone: str = "",
        habit: str = "reads",
        mapping: ComponentMapping = NODE,
        corrections: Corrections = Corrections.ACCEPT,
        periods: int = 2,
        count: int = 1,
        state: str = "OK",
    ):
        self.clock = Clock(now)
        self.zone = ZoneInfo(zone)
        numbers = range(1, count + 1)
        self.a_resources = ProviderResources(
            *(a_resource(id=a_resource_id(n), state=state, backend_id=str(b_resource_id(n))) for n in numbers)
        )
        self.b_resources = ConsumerResources(*(a_b_resource(id=b_resource_id(n)) for n in numbers))
        self.a_usage = ProviderUsage(self.clock, ZoneInfo(server_zone or zone), habit)
        self.b_usage = ConsumerUsage()
        self.a_accounts, self.b_accounts = ProviderAccounts(), ConsumerAccounts()
        self.journal = MemoryJournal()
        self.learned = UsageLearned()
        self.settings = UsageSettings(UsageRules(mapping, corrections), self.zone, periods)

    @property
    def current(self) -> Month:
        return Month.of(self.clock.now(), self.zone)

    @property
    def ports(self) -> UsagePorts:
        return UsagePorts(
            a_resources=self.a_resources,
            b_resources=self.b_resources,
            a_usage=self.a_usage,
            b_usage=self.b_usage,
            a_accounts=self.a_accounts,
            b_accounts=self.b_accounts,
            a_clock=self.clock,
            pool=WorkPool(),
            journal=self.journal,
        )

    @property
    def use_case(self) -> SyncUsage:
        return SyncUsage(self.ports, self.settings, self.learned)

    def cycle(self):
        return self.use_case.run()

    def on_a(self, month: Month, number: int = 1) -> dict[str, Fraction]:
        found: dict[str, Fraction] = {}
        for of, total in self.a_usage.rows:
            if of == month and total.resource == a_resource_id(number):
                found[total.component] = found.get(total.component, Fraction(0)) + total.amount
        return found

    def shares_on_a(self, month: Month) -> dict[str, Fraction]:
        found: dict[str, Fraction] = {}
        for of, share in self.a_usage.share_rows:
            if of == month:
                found[share.name] = found.get(share.name, Fraction(0)) + share.amount
        return found

    def known(self, person: str, *, on_a: str = "", on_b: str = ""):
        """A person with an account on either side."""
        if on_a:
            account = AAccount(AAccountId(uuid4()), person, on_a, "OK")
            self.a_accounts.accounts[account.id] = account
        if on_b:
            self.b_accounts.accounts.append(BAccount(person, on_b, "OK"))

    def told_a(self, number: int = 1, month: Month | None = None, **amounts):
        """What A was told earlier."""
        for name, value in amounts.items():
            total = Total(uuid4(), a_resource_id(number), AComponent(name), Fraction(value), NOW)
            self.a_usage.rows.append((month or self.current, total))
