"""Resources on B that carry our marks and that nobody on A wants any more.

| the resource of A that the mark names | B's resource | verdict |
| --- | --- | --- |
| not listed on A | any | not an orphan: not found proves nothing |
| linked to another B resource that lives and carries the same marks | OK or Erred | a twin: always to be terminated |
| read as Terminated, linked to another B resource that carries the same marks, ended or not | OK or Erred | such a twin too |
| linked to another B resource that lives and was not ordered for it | OK or Erred | an orphan: a person relinked it |
| read as Terminated, otherwise | OK or Erred | an orphan |
| its Create order ended erred, canceled or rejected | OK or Erred | an orphan |
| otherwise | any | wanted |

A resource on B that is still Creating, Updating or Terminating cannot be terminated; it is left for a later cycle. One whose
resource on A has an order open is left alone too: that order decides.
"""

from collections.abc import Iterable, Iterator

import attrs

from federation_core.domain.ids import AResourceId, BResourceId, parse_uuid
from federation_core.domain.observed import Complete, rows
from federation_core.domain.orders.scene import Scene
from federation_core.domain.plan.actions.orders import TerminateOrphan
from federation_core.domain.plan.policy import OrphanPolicy
from federation_core.domain.records import AResource, BResource

TERMINABLE = frozenset({"OK", "Erred"})
"""The states in which B lets a resource be terminated."""


@attrs.frozen
class OrphansSeen:
    """What there is of ours on B that A does not want.

    Attributes:
        twins: doubles of what A's resource is linked to, or was until it ended.
        orphans: resources without anybody who wants them.
        owned: how many living resources on B carry our marks in all.
    """

    twins: tuple[TerminateOrphan, ...] = ()
    orphans: tuple[TerminateOrphan, ...] = ()
    owned: int = 0

    def wanted_gone(self, policy: OrphanPolicy) -> tuple[TerminateOrphan, ...]:
        """The removals that *policy* asks for; twins go under every policy, because I bought one and B bills two."""
        return self.twins + (self.orphans if policy is OrphanPolicy.TERMINATE else ())


def find_orphans(scene: Scene, ended: Iterable[AResourceId], busy: Iterable[AResourceId]) -> OrphansSeen:
    """Name the orphans and twins among what was seen.

    Args:
        scene: the observation; where A's resources are not all read, nothing is an orphan, because one of those may be linked.
        ended: resources of A whose Create order was read as erred, canceled or rejected.
        busy: resources of A with an open order.
    """
    over, working = frozenset(ended), frozenset(busy)
    ours = [r for r in rows(scene.b_resources) if r.for_resource is not None and r.for_offering == scene.rules.offering]
    living = [r for r in ours if r.state != "Terminated"]
    twins, orphans = [], []
    for found in living if isinstance(scene.a_resources, Complete) else ():
        wanted = scene.a_by_id.get(found.for_resource) if found.for_resource is not None else None
        if (
            wanted is None
            or wanted.id in working
            or found.state not in TERMINABLE
            or _claimed_elsewhere(found, wanted, scene)
        ):
            continue
        twins += list(_twin(found, wanted, scene))
        orphans += list(_orphan(found, wanted, over, scene))
    return OrphansSeen(tuple(twins), tuple(orphans), len(living))


def _claimed_elsewhere(found: BResource, wanted: AResource, scene: Scene) -> bool:
    """Whether another living resource of A is linked to this one; then it is nobody's to take away."""
    return any(owner != wanted.id for owner in scene.claims.get(found.id, ()))


def _in_its_place(found: BResource, wanted: AResource, scene: Scene) -> BResource | None:
    """The resource on B that A's resource is linked to instead of this one; an ended one only where A's has ended too."""
    linked = parse_uuid(wanted.backend_id)
    if linked is None or linked == found.id:
        return None
    other = scene.b_by_id.get(BResourceId(linked))
    if other is None or (other.state == "Terminated" and wanted.state != "Terminated"):
        return None
    return other


def _is_twin(found: BResource, wanted: AResource, scene: Scene) -> bool:
    """Whether both were ordered for the same one; a link that a person set to something else makes no twin."""
    other = _in_its_place(found, wanted, scene)
    return other is not None and (other.for_resource, other.for_offering) == (found.for_resource, found.for_offering)


def _twin(found: BResource, wanted: AResource, scene: Scene) -> Iterator[TerminateOrphan]:
    if _is_twin(found, wanted, scene):
        yield TerminateOrphan(
            found.id, wanted.id, f"a second resource for the same one on A, which uses {wanted.backend_id}"
        )


def _orphan(
    found: BResource, wanted: AResource, over: frozenset[AResourceId], scene: Scene
) -> Iterator[TerminateOrphan]:
    if _is_twin(found, wanted, scene):
        return
    if wanted.state == "Terminated":
        yield TerminateOrphan(found.id, wanted.id, "its resource on A is Terminated")
    elif _in_its_place(found, wanted, scene) is not None:
        yield TerminateOrphan(found.id, wanted.id, f"its resource on A uses {wanted.backend_id} instead")
    elif wanted.id in over:
        yield TerminateOrphan(found.id, wanted.id, "its order on A ended without success")
