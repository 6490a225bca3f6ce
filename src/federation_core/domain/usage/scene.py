"""Everything the decisions about one offering's usage look at, as frozen values."""

import enum
from collections.abc import Mapping
from datetime import datetime

import attrs

from federation_core.domain.ids import AResourceId, BResourceId, parse_uuid
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.months import Month
from federation_core.domain.observed import Observed
from federation_core.domain.records import AResource, BResource
from federation_core.domain.usage.names import NameBook
from federation_core.domain.usage.records import AShare, ATotal, BShare, BTotal

REPORTABLE = frozenset({"OK", "Updating", "Terminating"})
"""States of a resource in which A takes usage for it."""


TERMINATED = "Terminated"


class Corrections(enum.Enum):
    """What happens where B really shows less than A has: take it over, hold it for a person, or leave that component out."""

    ACCEPT = "accept"
    HOLD = "hold"
    OMIT = "omit"


class Dates(enum.Enum):
    """What A makes of the date that a report carries."""

    UNPROVEN = "not yet tried"
    HONOURED = "seen to be read"
    IGNORED = "not read by this server"
    REFUSED = "not allowed for our role"

    @property
    def is_useless(self) -> bool:
        """Whether a past month cannot be told by it."""
        return self in {Dates.IGNORED, Dates.REFUSED}


@attrs.frozen
class UsageRules:
    """The operator's settings that decisions about usage depend on.

    Attributes:
        mapping: how components of A stand for components of B.
        shares: whether people's shares are told too.
        zero_vanished: whether a total that B shows no figure for any more becomes zero; only ever on an operator's word.
        takers: states of resources on A that are told of.
    """

    mapping: ComponentMapping
    corrections: Corrections = Corrections.ACCEPT
    shares: bool = True
    zero_vanished: bool = False
    takers: frozenset[str] = REPORTABLE


@attrs.frozen
class Pair:
    """A resource of A that takes usage, and the resource of B that meters it."""

    a: AResourceId
    b: BResourceId


@attrs.frozen
class MonthSeen:
    """One month as both sides show it; shares are None where they are not asked for."""

    month: Month
    a_totals: Observed[tuple[ATotal, ...]]
    b_totals: Observed[tuple[BTotal, ...]]
    a_shares: Observed[tuple[AShare, ...]] | None = None
    b_shares: Observed[tuple[BShare, ...]] | None = None


@attrs.frozen
class UsageScene:
    """What was observed for one cycle.

    Attributes:
        frozen_at: the time on A's clock when reading began; all months follow from it.
        months: oldest first; the last one is the current month.
        dates: what A makes of dates, as far as known.
        closed: months of resources that A refused before.
        only: the resources that are asked for; None for all.
    """

    frozen_at: datetime
    current: Month
    a_resources: Observed[tuple[AResource, ...]]
    b_resources: Observed[tuple[BResource, ...]]
    months: tuple[MonthSeen, ...]
    names: NameBook
    dates: Dates = Dates.UNPROVEN
    closed: frozenset[tuple[AResourceId, Month]] = frozenset()
    only: frozenset[AResourceId] | None = None


def pairs_of(
    a_resources: tuple[AResource, ...], b_resources: tuple[BResource, ...], takers: frozenset[str] = REPORTABLE
) -> tuple[tuple[Pair, ...], Mapping[BResourceId, tuple[AResourceId, ...]]]:
    """The resources of A that are told of and linked to a resource of ours on B; and B resources that several claim.

    A Terminated resource, where such are told of at all, claims only what no living one does.
    """
    by_id = {resource.id: resource for resource in a_resources}
    ended = _claims(a_resources, terminated=True) if TERMINATED in takers else {}
    claims = {**ended, **_claims(a_resources, terminated=False)}
    shown = {resource.id for resource in b_resources}
    contested = {b: owners for b, owners in claims.items() if len(owners) > 1 and b in shown}
    owned = ((by_id[owners[0]], b) for b, owners in claims.items() if len(owners) == 1 and b in shown)
    return tuple(Pair(a.id, b) for a, b in owned if a.state in takers), contested


def _claims(resources: tuple[AResource, ...], *, terminated: bool) -> dict[BResourceId, tuple[AResourceId, ...]]:
    found: dict[BResourceId, list[AResourceId]] = {}
    for resource in resources:
        linked = parse_uuid(resource.backend_id)
        if linked is not None and (resource.state == TERMINATED) is terminated:
            found.setdefault(BResourceId(linked), []).append(resource.id)
    return {linked: tuple(sorted(owners)) for linked, owners in found.items()}
