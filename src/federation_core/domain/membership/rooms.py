"""Which projects on B are ours to staff, what keeps people there, and who else may want them there.

| a resource of A | counts as |
| --- | --- |
| Terminated, or not linked to a resource of our customer in B's offering | nothing |
| linked to the same resource on B as another one | contested: it keeps nobody, and nobody is taken out of its project |
| restricted | nothing that keeps anybody |
| otherwise | keeps the members of its project on A |

A living resource in the project that none of ours is linked to belongs to somebody else's offering, or to a person on B. It may
want the same people, so whoever is still in the project on A stays.
"""

from collections.abc import Iterable, Mapping

import attrs

from federation_core.domain.ids import AProjectId, BProjectId, BResourceId, parse_uuid
from federation_core.domain.membership.records import Holding, Hosted
from federation_core.domain.membership.rules import MemberRules
from federation_core.domain.membership.scene import MemberScene
from federation_core.domain.observed import rows


@attrs.frozen
class Room:
    """One project of B with resources of ours.

    Attributes:
        id: the project on B.
        projects: the projects of A whose resources are in it, also those that keep nobody any more.
        keepers: those whose members have a role here.
        is_contested: whether several resources of A claim one of its resources.
        has_others: whether somebody else's living resource is in it.
    """

    id: BProjectId
    projects: frozenset[AProjectId] = frozenset()
    keepers: frozenset[AProjectId] = frozenset()
    is_contested: bool = False
    has_others: bool = False


def rooms_of(scene: MemberScene, rules: MemberRules) -> tuple[Room, ...]:
    """The projects on B that resources of A are linked into, in the order of their UUIDs."""
    hosted = {row.id: row for row in rows(scene.hosted)}
    linked = _linked(rows(scene.holdings), hosted, rules)
    by_room: dict[BProjectId, list[BResourceId]] = {}
    for b_resource in linked:
        by_room.setdefault(hosted[b_resource].project, []).append(b_resource)
    strangers = {row.project for row in hosted.values() if row.is_living and row.id not in linked}
    return tuple(
        _room(room, [linked[b_resource] for b_resource in found], has_others=room in strangers)
        for room, found in sorted(by_room.items())
    )


def _linked(
    holdings: Iterable[Holding], hosted: Mapping[BResourceId, Hosted], rules: MemberRules
) -> Mapping[BResourceId, list[Holding]]:
    found: dict[BResourceId, list[Holding]] = {}
    for holding in holdings:
        link = parse_uuid(holding.backend_id)
        host = None if link is None else hosted.get(BResourceId(link))
        if host is not None and host.offering == rules.offering:
            found.setdefault(host.id, []).append(holding)
    return found


def _room(room: BProjectId, claims: Iterable[list[Holding]], *, has_others: bool) -> Room:
    claimed = list(claims)
    living = [[holding for holding in claim if holding.is_living] for claim in claimed]
    keeping = [claim[0] for claim in living if len(claim) == 1 and not claim[0].is_restricted]
    return Room(
        id=room,
        projects=frozenset(holding.project for claim in claimed for holding in claim),
        keepers=frozenset(holding.project for holding in keeping),
        is_contested=any(len(claim) > 1 for claim in living),
        has_others=has_others,
    )
