"""Which resource of A is linked to which resource of B, as A tells it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from federation_core.domain.ids import AResourceId, BResourceId, parse_uuid
from federation_core.domain.records import AResource


def links_of(resources: Iterable[AResource]) -> Mapping[BResourceId, tuple[AResourceId, ...]]:
    """Which of these resources of A are linked to which resource of B; Terminated ones do not count."""
    found: dict[BResourceId, list[AResourceId]] = defaultdict(list)
    for resource in resources:
        linked = parse_uuid(resource.backend_id)
        if linked is not None and resource.state != "Terminated":
            found[BResourceId(linked)].append(resource.id)
    return {linked: tuple(sorted(owners)) for linked, owners in found.items()}
