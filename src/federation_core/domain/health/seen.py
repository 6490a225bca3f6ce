"""All that the checks look at, as frozen values: the operator's wishes, and what each marketplace showed.

A reading is the value that was read, the error of the call, or None where the call was not made because another had failed.
"""

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import attrs

from federation_core.domain.catalogue import PricingPlan, TargetOffering
from federation_core.domain.errors import NotFound, PlaneError, Refused
from federation_core.domain.ids import AOfferingId, AResourceId, BCustomerId, BOfferingId, Side
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.metering.figures import MonthRead
from federation_core.domain.metering.meters import MeterBook
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.records import AResource, BProject, BResource
from federation_core.domain.standing import Standing
from federation_core.domain.units import AComponent, BillingType

T = TypeVar("T")
Listed = Complete[T] | Incomplete[T]


class Feature(enum.Enum):
    """What a server may lack because it is older; the value says what is left undone without it."""

    LINK_ORDERS = "the link from A's order to B's"
    STAMPS = "the stamp before a create is tried again"
    LIMITS = "limits that B's provider changed"
    EFFECTIVE_IDS = "effective ids"
    RECOVERY = "resources that are well again after a failure"
    SHARES = "usage by person"


@attrs.frozen
class Option:
    """One input option that an offering declares for its orders."""

    kind: str
    required: bool = False


@attrs.frozen
class SourceOffering:
    """The offering on A in its provider's view."""

    name: str
    type: str
    state: str
    customer: UUID
    components: Mapping[AComponent, BillingType]
    plans: tuple[PricingPlan, ...] = ()


@attrs.frozen
class TargetShown:
    """The offering on B with what it demands of an order.

    Attributes:
        options: the input options it declares.
        conditions: its plug-in options, as the server spells them.
    """

    offering: TargetOffering
    type: str
    options: Mapping[str, Option] = attrs.field(factory=dict)
    conditions: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Terms:
    """Whether B's offering has terms of service in force, and whether our token's user agreed to them."""

    in_force: bool
    agreed: bool = False


@attrs.frozen
class Page:
    """The first page of a list: how many rows were asked for and came, and what the server says of the rest."""

    asked: int
    rows: int
    counted: int | None
    has_next: bool


@attrs.frozen
class Neighbour:
    """Another distribution in our own environment.

    Attributes:
        name: in the usual spelling, such as ``waldur-site-agent-slurm``.
        entries: the names that it registers for the official agent.
        shared: those of them that we register too, for the same purpose.
    """

    name: str
    version: str
    entries: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()


@attrs.frozen
class Wishes:
    """What the operator configured for one offering, as far as it is checked.

    Attributes:
        orders: whether orders are forwarded; likewise *usage* and *members*.
        accounting: A component -> how it is billed on A, as configured.
        unit_factors: settings key -> factor, for factors that are not applied to what is federated.
        marks: the attributes that mark a resource and an offering on B.
        skew: how far the two clocks may be apart.
        same_server: whether A and B are one server.
        bridge_source: who vouches for people; empty where the identity bridge is not used.
        events_offering: the offering on B whose agent identity is used for events; None where there are none.
        metered: whether B is a warehouse that meters, and no marketplace.
    """

    offering: AOfferingId
    target_offering: BOfferingId
    customer: BCustomerId
    mapping: ComponentMapping
    marks: tuple[str, str]
    orders: bool = True
    usage: bool = False
    members: bool = False
    target_plan: str = ""
    passthrough: tuple[str, ...] = ()
    accept_terms: bool = False
    accounting: Mapping[str, str] = attrs.field(factory=dict)
    unit_factors: Mapping[str, str] = attrs.field(factory=dict)
    skew: timedelta = timedelta(seconds=60)
    same_server: bool = False
    role_mapping: Mapping[str, str] = attrs.field(factory=dict)
    bridge_source: str = ""
    events_offering: BOfferingId | None = None
    metered: bool = False

    @property
    def profiles_only(self) -> bool:
        """Whether people's profiles are pushed, and nothing else is done."""
        return bool(self.bridge_source) and not (self.orders or self.usage or self.members)


@attrs.frozen
class PeerSeen:
    """One marketplace as such.

    Attributes:
        url_key, token_key, verify_key: what the operator calls the settings of its address, token and certificate check.
        verifies: whether its certificate is checked.
        ahead: how far its clock is ahead of ours; None where it did not answer.
        version: empty where it does not tell us.
        roles: role -> its permissions.
    """

    side: Side
    url_key: str
    token_key: str
    verify_key: str
    verifies: bool = True
    ahead: timedelta | None = None
    standing: Standing | PlaneError | None = None
    version: str | PlaneError | None = None
    roles: Listed[Mapping[str, frozenset[str]]] | PlaneError | None = None
    pages: tuple[Page, ...] | PlaneError | None = None


@attrs.frozen
class MetersSeen:
    """A warehouse, and what it shows of A's resources.

    Attributes:
        ping: what came of asking for nobody's figures.
        book: what meters the resources.
        names: what A calls them.
        month: the present one.
        read: what is shown of it.
    """

    ping: bool | PlaneError | None
    book: MeterBook
    names: Mapping[AResourceId, str]
    month: Month
    read: MonthRead | PlaneError | None = None


@attrs.frozen
class Seen:
    """Everything that was seen for one offering.

    Attributes:
        now: the time on our own clock.
        lacks: the features of A that are wanted and not there.
        bridge: the attributes that B's identity bridge takes.
        events_type: the type of the offering on B whose agent identity is used for events.
        filters_marks: whether B filters resources by their attributes, as far as anything there shows it.
        spared: people who keep roles on B that A does not ask for, because another account gave them.
        neighbours: what is installed beside us.
        meters: the warehouse in the place of B's marketplace, where there is one.
    """

    wishes: Wishes
    now: datetime
    a: PeerSeen
    b: PeerSeen
    lacks: frozenset[Feature] | PlaneError | None = None
    a_offering: SourceOffering | PlaneError | None = None
    a_resources: Listed[tuple[AResource, ...]] | PlaneError | None = None
    b_offering: TargetShown | PlaneError | None = None
    b_resources: Listed[tuple[BResource, ...]] | PlaneError | None = None
    b_projects: Listed[tuple[BProject, ...]] | PlaneError | None = None
    terms: Terms | PlaneError | None = None
    bridge: frozenset[str] | PlaneError | None = None
    events_type: str | PlaneError | None = None
    filters_marks: bool | PlaneError | None = None
    spared: int = 0
    neighbours: tuple[Neighbour, ...] = ()
    meters: MetersSeen | None = None

    def peer(self, side: Side) -> PeerSeen:
        """The marketplace on *side*."""
        return self.a if side is Side.A else self.b

    def failures(self, side: Side) -> Iterator[PlaneError]:
        """The calls to *side* that failed, but those whose failure has a check of its own."""
        peer = self.peer(side)
        yield from _errors(peer.version, peer.pages)
        yield from _errors(peer.roles, but=Refused)
        if side is Side.A:
            yield from _errors(self.a_offering, but=NotFound)
            yield from _errors(self.lacks, self.a_resources)
        else:
            yield from _errors(self.b_offering, but=NotFound)
            yield from _errors(self.events_type, but=Refused)
            yield from _errors(self.b_resources, self.b_projects, self.terms, self.filters_marks)

    def gaps(self, side: Side) -> Iterator[str]:
        """Why lists of *side* are not complete."""
        lists = (self.a_resources,) if side is Side.A else (self.b_resources, self.b_projects)
        yield from (listed.reason for listed in (self.peer(side).roles, *lists) if isinstance(listed, Incomplete))


def _errors(*readings: object, but: type[PlaneError] | tuple[()] = ()) -> Iterator[PlaneError]:
    yield from (reading for reading in readings if isinstance(reading, PlaneError) and not isinstance(reading, but))


def each(reading: T | PlaneError | None) -> Iterator[T]:
    """The value that was read, if one was."""
    if reading is not None and not isinstance(reading, PlaneError):
        yield reading


def whole(reading: Complete[T] | Incomplete[T] | PlaneError | None) -> Iterator[T]:
    """The list that was read, if it was read completely."""
    if isinstance(reading, Complete):
        yield reading.value
