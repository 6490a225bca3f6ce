"""Everything the decisions about one offering's usage look at, as frozen values."""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from federation_core.domain.ids import AResourceId, BResourceId, parse_uuid
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.months import Month
from federation_core.domain.observed import Observed, rows
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
class Links:
    """What meters the resources of A.

    Attributes:
        of: A's resource -> what meters it.
        names: what meters -> how people call it, where that is not its UUID on B.
        problems: why others are not metered that should be.
        remarks: what is worth knowing of them.
    """

    of: Mapping[AResourceId, BResourceId]
    names: Mapping[BResourceId, str] = attrs.field(factory=dict)
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def name(self, linked: BResourceId) -> str:
        """What people call it."""
        return self.names.get(linked, f"resource {linked} on B")

    def told_of(self, contested: Mapping[BResourceId, Sequence[AResourceId]]) -> Iterator[str]:
        """Lines of what several resources claim."""
        for linked, owners in sorted(contested.items()):
            names = ", ".join(str(owner) for owner in owners)
            yield f"resources {names} of A are all linked to {self.name(linked)}; their usage is not told"


def links_by_backend_id(resources: Iterable[AResource]) -> Links:
    """The links of a federation: B's UUID stands in each resource's `backend_id`."""
    linked = ((resource.id, parse_uuid(resource.backend_id)) for resource in resources)
    return Links({resource: BResourceId(b) for resource, b in linked if b is not None})


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
        links: what meters A's resources.
        b_resources: None where B is a warehouse, which lists none and counts no rows: what is linked is taken to be there, each
            figure is told that could be read, and none at all prove nothing.
        months: oldest first; the last one is the current month.
        dates: what A makes of dates, as far as known.
        closed: months of resources that A refused before.
        only: the resources that are asked for; None for all.
        remarks: what was odd about B's figures.
    """

    frozen_at: datetime
    current: Month
    a_resources: Observed[tuple[AResource, ...]]
    links: Links
    b_resources: Observed[tuple[BResource, ...]] | None
    months: tuple[MonthSeen, ...]
    names: NameBook
    dates: Dates = Dates.UNPROVEN
    closed: frozenset[tuple[AResourceId, Month]] = frozenset()
    only: frozenset[AResourceId] | None = None
    remarks: tuple[str, ...] = ()


def pairs_of(
    scene: UsageScene, takers: frozenset[str] = REPORTABLE
) -> tuple[tuple[Pair, ...], Mapping[BResourceId, tuple[AResourceId, ...]]]:
    """The resources of A that are told of and linked to what meters them; and what several claim.

    A Terminated resource, where such are told of at all, claims only what no living one does.
    """
    by_id = {resource.id: resource for resource in rows(scene.a_resources)}
    ended = _claims(scene, terminated=True) if TERMINATED in takers else {}
    claims = {**ended, **_claims(scene, terminated=False)}
    if scene.b_resources is not None:
        shown = {resource.id for resource in rows(scene.b_resources)}
        claims = {b: owners for b, owners in claims.items() if b in shown}
    contested = {b: owners for b, owners in claims.items() if len(owners) > 1}
    owned = ((by_id[owners[0]], b) for b, owners in claims.items() if len(owners) == 1)
    return tuple(Pair(a.id, b) for a, b in owned if a.state in takers), contested


def _claims(scene: UsageScene, *, terminated: bool) -> dict[BResourceId, tuple[AResourceId, ...]]:
    found: dict[BResourceId, list[AResourceId]] = {}
    for resource in rows(scene.a_resources):
        linked = scene.links.of.get(resource.id)
        if linked is not None and (resource.state == TERMINATED) is terminated:
            found.setdefault(linked, []).append(resource.id)
    return {linked: tuple(sorted(owners)) for linked, owners in found.items()}
