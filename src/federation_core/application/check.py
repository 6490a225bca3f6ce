"""The doctor: look at both marketplaces, and tell what is wrong for one federated offering, with cause and fix.

It only reads. The first thing read of a side is who the token is; where that fails, or a call fails in a way that the next one
would too, nothing more is asked of that side, so that an outage is one finding and is told at once.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, TypeVar

import attrs

from federation_core.application.metered_usage import MeterSettings
from federation_core.domain.errors import PlaneError, Transient
from federation_core.domain.health.checks import checks_for
from federation_core.domain.health.seen import Feature, MetersSeen, PeerSeen, Seen, TargetShown, Wishes, each
from federation_core.domain.health.table import Diagnosis, Severity, Skipped, judge
from federation_core.domain.ids import BOfferingId, Side
from federation_core.domain.metering.meters import MeterBook
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Incomplete, rows
from federation_core.domain.orders.attributes import OFFERING_MARK, RESOURCE_MARK
from federation_core.domain.standing import Standing
from federation_core.domain.usage.scene import TERMINATED
from federation_core.ports.health import ConsumerHealth, OwnClock, Packages, PeerHealth, ProviderHealth
from federation_core.ports.identity import ConsumerPeople
from federation_core.ports.metering import Warehouse
from federation_core.ports.projects import ConsumerProjects
from federation_core.ports.resources import ConsumerResources, ProviderResources
from federation_core.ports.rights import PeerClock, Rights

__all__ = ["MARKS", "CheckOffering", "CheckPorts", "CheckReport", "CheckSettings", "PeerKeys", "Severity", "Wishes"]

T = TypeVar("T")
MARKS = (RESOURCE_MARK, OFFERING_MARK)
_FOR_ORDERS = (Feature.LINK_ORDERS, Feature.STAMPS)
_FOR_REPORTS = tuple(feature for feature in Feature if feature not in _FOR_ORDERS)


@attrs.frozen
class CheckPorts:
    """The outside of the doctor.

    Attributes:
        warehouse: what meters in the place of B's marketplace; None where nothing does.
    """

    a_rights: Rights
    a_clock: PeerClock
    a_health: ProviderHealth
    a_resources: ProviderResources
    b_rights: Rights
    b_clock: PeerClock
    b_health: ConsumerHealth
    b_resources: ConsumerResources
    b_projects: ConsumerProjects
    b_people: ConsumerPeople
    clock: OwnClock
    packages: Packages
    warehouse: Warehouse | None = None


@attrs.frozen
class PeerKeys:
    """What the operator calls the settings of one side, and whether its certificate is checked."""

    url: str
    token: str
    verify: str
    verifies: bool = True


@attrs.frozen
class CheckSettings:
    """What is to be checked.

    Attributes:
        wishes: what the operator configured.
        a: the keys of A; likewise *b*.
        meters: how a warehouse meters; None where none does.
        zone: whose clocks say which month it is.
    """

    wishes: Wishes
    a: PeerKeys
    b: PeerKeys
    meters: MeterSettings | None = None
    zone: tzinfo = UTC


@attrs.frozen
class CheckReport:
    """What the doctor found.

    Attributes:
        found: worst first.
        passed: the checks that found nothing.
        skipped: those that make no sense before something else is mended.
        facts: what both sides say of themselves, in words.
    """

    found: tuple[Diagnosis, ...] = ()
    passed: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    facts: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def is_trouble(self) -> bool:
        """Whether something is wrong, or could not be told; warnings and notes are not."""
        return any(diagnosis.severity is Severity.ERROR for diagnosis in self.found)

    def count(self, severity: Severity) -> int:
        """How many findings are that severe."""
        return sum(diagnosis.severity is severity for diagnosis in self.found)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "findings": [diagnosis.as_json() for diagnosis in self.found],
            "passed": list(self.passed),
            "skipped": [{"check": one.check, "because": one.because} for one in self.skipped],
            "facts": dict(self.facts),
        }


class CheckOffering:
    """Observe and judge for one offering; there is nothing to apply."""

    def __init__(self, ports: CheckPorts, settings: CheckSettings, count_spared: Callable[[], int] = lambda: 0) -> None:
        """Prepare the use case.

        Args:
            ports: the outside.
            settings: what is to be checked.
            count_spared: how many people keep roles on B that A does not ask for, because another account gave them; only reads.
        """
        self._ports = ports
        self._settings = settings
        self._count_spared = count_spared

    def run(self) -> CheckReport:
        """Look, and tell what is wrong."""
        seen = self.observe()
        verdict = judge(checks_for(seen.wishes), seen)
        return CheckReport(verdict.found, verdict.passed, verdict.skipped, _facts(seen))

    def observe(self) -> Seen:
        """Read everything that the checks look at."""
        seen = self._with_a(self._blank())
        if self._ports.warehouse is not None and self._settings.meters is not None:
            return self._with_meters(seen, self._ports.warehouse, self._settings.meters)
        return self._with_people(self._with_b(seen))

    def _blank(self) -> Seen:
        a, b = self._settings.a, self._settings.b
        return Seen(
            wishes=self._settings.wishes,
            now=self._ports.clock.now(),
            a=PeerSeen(Side.A, a.url, a.token, a.verify, a.verifies),
            b=PeerSeen(Side.B, b.url, b.token, b.verify, b.verifies),
            neighbours=self._ports.packages.neighbours(),
        )

    def _with_a(self, seen: Seen) -> Seen:
        ports, wishes, asking = self._ports, seen.wishes, _Asking(self._ports.clock)
        follows = wishes.usage and not wishes.metered
        wanted = [*(_FOR_ORDERS if wishes.orders else ()), *(_FOR_REPORTS if follows else ())]
        peer = asking.meet(seen.a, ports.a_rights, ports.a_clock, ports.a_health)
        return attrs.evolve(
            seen,
            a=peer,
            lacks=asking.ask(partial(ports.a_health.lacks, wanted)),
            a_offering=asking.ask(ports.a_health.offering),
            a_resources=asking.ask(ports.a_resources.list_all),
        )

    def _with_b(self, seen: Seen) -> Seen:
        ports, wishes, asking = self._ports, seen.wishes, _Asking(self._ports.clock)
        peer = asking.meet(seen.b, ports.b_rights, ports.b_clock, ports.b_health)
        offering = asking.ask(ports.b_health.offering)
        is_shown = isinstance(offering, TargetShown)
        return attrs.evolve(
            seen,
            b=peer,
            b_offering=offering,
            b_resources=asking.ask(ports.b_resources.list_all),
            b_projects=asking.ask(ports.b_projects.list_all),
            terms=asking.ask(ports.b_health.terms) if is_shown else None,
            filters_marks=asking.ask(ports.b_health.filters_marks),
            bridge=asking.ask(ports.b_people.allowed_attributes) if wishes.bridge_source else None,
            events_type=self._events_type(asking, wishes.events_offering, offering),
        )

    def _with_meters(self, seen: Seen, warehouse: Warehouse, settings: MeterSettings) -> Seen:
        """Add what the warehouse shows of the resources that A lists."""
        asking = _Asking(self._ports.clock)
        listed = seen.a_resources
        shown = rows(listed) if isinstance(listed, Complete | Incomplete) else ()
        resources = [resource for resource in shown if resource.state != TERMINATED]
        book = MeterBook.of(resources, settings.rules)
        ping = asking.ask(partial(self._pinged, warehouse, seen.now))
        asking.has_given_up |= isinstance(ping, PlaneError) or not book.meters
        month = Month.of(seen.now, self._settings.zone)
        read = asking.ask(partial(warehouse.read, month, frozenset(book.meters.values())))
        names = {resource.id: resource.name for resource in resources}
        return attrs.evolve(seen, meters=MetersSeen(ping, book, names, month, read))

    @staticmethod
    def _pinged(warehouse: Warehouse, now: datetime) -> bool:
        warehouse.ping(now.astimezone(UTC).date())
        return True

    def _with_people(self, seen: Seen) -> Seen:
        """Add who is spared, where people are carried over and both sides let us look."""
        looks = seen.wishes.members and all(isinstance(peer.standing, Standing) for peer in (seen.a, seen.b))
        return attrs.evolve(seen, spared=self._count_spared()) if looks else seen

    def _events_type(
        self, asking: "_Asking", events: BOfferingId | None, offering: TargetShown | PlaneError | None
    ) -> str | PlaneError | None:
        """The type of the offering that B's events go by; where it is the one that delivers, nothing more is asked."""
        if events is None:
            return None
        if events == self._settings.wishes.target_offering:
            return offering.type if isinstance(offering, TargetShown) else None
        return asking.ask(partial(self._ports.b_health.type_of, events))


@attrs.define
class _Asking:
    """Asks one side; gives up on it where one failure says that the next call would fail too."""

    clock: OwnClock
    has_given_up: bool = False

    def meet(self, peer: PeerSeen, rights: Rights, clock: PeerClock, health: PeerHealth) -> PeerSeen:
        """What a server shows of itself; nothing more is asked where it does not say who the token is."""
        standing = self.ask(rights.read)
        self.has_given_up |= isinstance(standing, PlaneError)
        ahead = None if self.has_given_up else clock.now() - self.clock.now()
        return attrs.evolve(
            peer,
            standing=standing,
            ahead=ahead,
            version=self.ask(health.version),
            roles=self.ask(health.list_roles),
            pages=self.ask(health.pages),
        )

    def ask(self, read: Callable[[], T]) -> T | PlaneError | None:
        """The value, the error, or None where it was not asked."""
        if self.has_given_up:
            return None
        try:
            return read()
        except PlaneError as error:
            self.has_given_up = isinstance(error, Transient)
            return error


def _facts(seen: Seen) -> dict[str, str]:
    """What both sides say of themselves; no names of people."""
    facts: dict[str, str] = {}
    for peer in (seen.a, seen.b):
        for standing in each(peer.standing):
            end = standing.token_expires_at
            facts[f"token of {peer.side}"] = f"user {standing.user}, {_until(end)}"
        for version in each(peer.version):
            facts[f"release of {peer.side}"] = version or "not told"
    for source in each(seen.a_offering):
        facts["offering of A"] = f"{source.name} ({source.type}, {source.state})"
    for shown in each(seen.b_offering):
        facts["offering of B"] = f"{shown.offering.name} ({shown.type}, {shown.offering.state})"
    return facts


def _until(end: datetime | None) -> str:
    return "valid without end" if end is None else f"valid until {end:%Y-%m-%d %H:%M %Z}"
