"""A warehouse in memory, and the usage use case on it."""

from collections.abc import Collection
from datetime import date
from fractions import Fraction

import attrs
from tests.fakes.usage import FakeUsage
from tests.strategies.builders import a_resource, a_resource_id

from federation_core.application.metered_usage import MeteredUsage, MeterSettings
from federation_core.application.sync_usage import SyncUsage
from federation_core.application.usage_wiring import UsagePorts
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.metering.figures import Figures, MonthRead
from federation_core.domain.metering.meters import AccountMeter, AccountRules, Meter
from federation_core.domain.months import Month
from federation_core.domain.units import BComponent

HOURS = ComponentMapping.of({"nodeHours": {"nodeHours": 1}, "cpuHours": {"cpuHours": 1}})


class FakeWarehouse:
    """Figures of accounts; it can be down, for some meters or as a whole."""

    def __init__(self):
        self.shown: dict[tuple[Month, Meter], Figures] = {}
        self.broken: dict[Meter, str] = {}
        self.down: Exception | None = None
        self.asked: list[tuple[Month, frozenset[Meter]]] = []
        self.remarks: tuple[str, ...] = ()

    def show(self, month: Month, account: str, people=None, **amounts):
        totals = {BComponent(name): Fraction(str(value)) for name, value in amounts.items()}
        shares = {
            name: {BComponent(key): Fraction(str(value)) for key, value in of.items()}
            for name, of in (people or {}).items()
        }
        self.shown[month, AccountMeter(account)] = Figures(totals, shares)

    def ping(self, day: date) -> None:
        del day
        if self.down is not None:
            raise self.down

    def read(self, month: Month, meters: Collection[Meter]) -> MonthRead:
        self.asked.append((month, frozenset(meters)))
        if self.down is not None:
            raise self.down
        failed = {meter: why for meter, why in self.broken.items() if meter in meters}
        shown = {
            meter: self.shown[month, meter] for meter in meters if meter not in failed and (month, meter) in self.shown
        }
        return MonthRead(shown, failed, self.remarks)


class FakeMetering(FakeUsage):
    """Resources known by the accounts g1, g2 …, and the usage use case on them."""

    def __init__(self, *, count: int = 2, absent_means_zero: bool = False, **changes):
        super().__init__(count=count, mapping=HOURS, **changes)
        self.warehouse = FakeWarehouse()
        self.absent_means_zero = absent_means_zero
        for number in range(1, count + 1):
            self.known_by(number, f"g{number}")

    def known_by(self, number: int, account: str, **changes):
        found = a_resource(
            **{"id": a_resource_id(number), "name": f"n{number}", "state": "OK", "backend_id": account, **changes}
        )
        self.a_resources.resources[found.id] = found

    @property
    def ports(self) -> UsagePorts:
        components = frozenset(HOURS.b_components)
        metered = MeteredUsage(self.warehouse, MeterSettings(AccountRules(), components, self.absent_means_zero))
        return attrs.evolve(super().ports, b_resources=None, b_accounts=None, b_usage=metered, meters=metered)

    @property
    def use_case(self) -> SyncUsage:
        return SyncUsage(self.ports, self.settings, self.learned)
