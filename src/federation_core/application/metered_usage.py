"""A data warehouse in the place of B: what it shows of accounts and paths is told on A as a marketplace's usage is."""

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid5

import attrs

from federation_core.application.claims import Claims
from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.metering.figures import Figures, MonthRead, with_zeros
from federation_core.domain.metering.meters import Meter, MeterBook, MeterRules, PathMeter
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AResource
from federation_core.domain.units import BComponent
from federation_core.domain.usage.metered import Metered, metered_by_resource
from federation_core.domain.usage.records import BShare, BTotal
from federation_core.domain.usage.scene import Links
from federation_core.domain.words import counted
from federation_core.ports.metering import Warehouse

UNDATED = datetime.fromtimestamp(0, UTC)
"""When a row was reported, where nobody says."""

Linked = Mapping[BResourceId, Meter]


class _Once:
    """One reading, whoever asks for it first; thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.read: MonthRead | None = None


@attrs.frozen
class MeterSettings:
    """The operator's wishes for a warehouse.

    Attributes:
        rules: how meters of resources are found.
        components: what each meter shows.
        absent_means_zero: whether a meter that is not shown, beside others that are, shows zeros.
    """

    rules: MeterRules
    components: frozenset[BComponent]
    absent_means_zero: bool = False


class MeteredUsage:
    """The meters of one offering, and their figures; serves the ports `Meters` and `ConsumerUsage`.

    Totals and shares of a month come in one answer, which is asked for once for each time that the links are.
    """

    def __init__(self, warehouse: Warehouse, settings: MeterSettings) -> None:
        self._warehouse = warehouse
        self._settings = settings
        self._linked: Linked = {}
        self._lock = threading.Lock()
        self._months: dict[tuple[Month, BResourceId | None], _Once] = {}
        self._remarks: dict[str, None] = {}

    def links(self, resources: Sequence[AResource]) -> Links:
        """Look up what meters each of *resources*, and forget the figures read before."""
        book = MeterBook.of(resources, self._settings.rules)
        found = {resource: book.link_of(resource) for resource in book.meters}
        with self._lock:
            self._linked = {link: book.meters[resource] for resource, link in found.items()}
            self._months, self._remarks = {}, {}
        named = {resource.id: resource.name for resource in resources}
        return Links(
            of=found,
            names={link: str(meter) for link, meter in self._linked.items()},
            problems=tuple(_unmetered(book, named)),
            remarks=tuple(_shared(book, named)),
        )

    def remarks(self) -> tuple[str, ...]:
        """What was odd about the figures read since."""
        with self._lock:
            return tuple(self._remarks)

    def totals(
        self, month: Month, resource: BResourceId | None = None
    ) -> Complete[tuple[BTotal, ...]] | Incomplete[tuple[BTotal, ...]]:
        """All totals of *month*, or those of one meter; incomplete where some meters could not be read.

        Raises:
            PlaneError: the warehouse cannot be asked at all.
        """
        read = self._reading(month, resource)
        shown = tuple(total for link, figures in self._shown(read, resource) for total in _totals(link, figures))
        return Incomplete(shown, _failures(month, read)) if read.failed else Complete(shown)

    def shares(
        self, month: Month, resource: BResourceId | None = None
    ) -> Complete[tuple[BShare, ...]] | Incomplete[tuple[BShare, ...]]:
        """All shares of people in *month*, or those of one meter.

        Raises:
            PlaneError: the warehouse cannot be asked at all.
        """
        read = self._reading(month, resource)
        shown = tuple(share for link, figures in self._shown(read, resource) for share in _shares(link, figures))
        return Incomplete(shown, _failures(month, read)) if read.failed else Complete(shown)

    def _shown(self, read: MonthRead, resource: BResourceId | None) -> Iterator[tuple[BResourceId, Figures]]:
        for link, meter in self._asked(resource).items():
            if meter in read.figures:
                yield link, read.figures[meter]

    def _asked(self, resource: BResourceId | None) -> Linked:
        return self._linked if resource is None else {resource: self._linked[resource]}

    def _reading(self, month: Month, resource: BResourceId | None) -> MonthRead:
        with self._lock:
            once = self._months.setdefault((month, resource), _Once())
        with once.lock:
            if once.read is None:
                once.read = self._read(month, frozenset(self._asked(resource).values()))
            return once.read

    def _read(self, month: Month, meters: Collection[Meter]) -> MonthRead:
        if not meters:  # the warehouse would show everybody's
            return MonthRead()
        read = self._warehouse.read(month, meters)
        with self._lock:
            self._remarks.update((f"{month}: {remark}", None) for remark in read.remarks)
        return with_zeros(read, meters, self._settings.components) if self._settings.absent_means_zero else read


def _totals(link: BResourceId, figures: Figures) -> Iterator[BTotal]:
    for name, amount in figures.totals.items():
        yield BTotal(uuid5(link, name), link, name, amount, UNDATED)


def _shares(link: BResourceId, figures: Figures) -> Iterator[BShare]:
    for person, amounts in figures.shares.items():
        for name, amount in amounts.items():
            yield BShare(uuid5(link, name), link, name, person, amount)


def _failures(month: Month, read: MonthRead) -> str:
    """Why meters could not be read, each cause once, with one of them and how many there are."""
    counts = Counter(read.failed.values())
    first = {why: meter for meter, why in sorted(read.failed.items(), key=lambda item: str(item[0]), reverse=True)}
    told = [
        f"{first[why]}{f' and {count - 1} more' if count > 1 else ''}: {why}" for why, count in sorted(counts.items())
    ]
    return f"{month} is not known of {'; '.join(told)}"


def _unmetered(book: MeterBook, names: Mapping[AResourceId, str]) -> Iterator[str]:
    for resource, why in book.unmetered.items():
        yield f"the usage of {names[resource]} ({resource}) is not told: {why}"


def _shared(book: MeterBook, names: Mapping[AResourceId, str]) -> Iterator[str]:
    for meter, owners in book.shared.items():
        if isinstance(meter, PathMeter):
            listed = ", ".join(f"{names[owner]} ({owner})" for owner in owners)
            yield f"{counted(len(owners), 'resource')} have {meter}, and each is told all of it: {listed}"


@attrs.frozen
class MetersRead:
    """What some resources used in one month, in A's units.

    Attributes:
        figures: of the resources that are shown.
        problems: why others are not known.
        remarks: what was odd, and harmless.
    """

    figures: Mapping[AResourceId, Metered]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read_meters(
    metered: MeteredUsage, mapping: ComponentMapping, month: Month, resources: Sequence[AResource], claims: Claims
) -> MetersRead:
    """The figures of *resources* in *month*, for whoever tells A of them by other means.

    Args:
        metered: is read.
        mapping: from the warehouse's units to A's.
        month: which.
        resources: those that are asked for now.
        claims: what was asked for before, as one account may be of several resources that are asked for one after the other.

    Raises:
        PlaneError: the warehouse cannot be asked at all.
    """
    links = metered.links(resources)
    contested = claims.contested(links.of)
    totals, shares = metered.totals(month), metered.shares(month)
    shown = metered_by_resource(totals.value, shares.value, mapping)
    told = {resource: link for resource, link in links.of.items() if link not in contested}
    figures = {resource: shown[link] for resource, link in told.items() if link in shown}
    failures = (totals.reason,) if isinstance(totals, Incomplete) else ()
    problems = (*links.problems, *links.told_of(contested), *failures)
    return MetersRead(figures, problems, (*links.remarks, *metered.remarks()))
