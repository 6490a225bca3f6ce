"""Checks of what is federated already: links, marks, mirror projects."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping

from federation_core.domain.health.seen import Seen, whole
from federation_core.domain.health.table import Hit, Severity, check, hit
from federation_core.domain.ids import AResourceId
from federation_core.domain.links import links_of
from federation_core.domain.projects.backend_id import ProjectKey, parse_key
from federation_core.domain.records import BProject, BResource

SHOWN = 3
"""Ids that one finding names; the rest are counted."""


@check(
    "double-links",
    Severity.ERROR,
    needs=["a-lists"],
    cause="resources {resources} of A are linked to the same resource of B",
    fix="find out whose it is, and empty or correct the backend_id of the others; nothing is written for them until then",
)
def _double_links(seen: Seen) -> Iterator[Hit]:
    """Every resource of B is linked to one resource of A at most."""
    for listed in whole(seen.a_resources):
        for linked, owners in sorted(links_of(listed).items()):
            if len(owners) > 1:
                yield hit(f"B resource {linked}", resources=_few(owners))


@check(
    "lost-links",
    Severity.WARNING,
    needs=["double-links", "b-lists", "b-customer", "b-fits"],
    cause="B does not list what these resources of A are linked to, for our customer and offering: {resources}",
    fix="check target_offering_uuid and target_customer_uuid; if they are right, have the links looked at",
)
def _lost_links(seen: Seen) -> Iterator[Hit]:
    """B lists every resource that A's are linked to."""
    for on_a in whole(seen.a_resources):
        for on_b in whole(seen.b_resources):
            listed = {resource.id for resource in on_b}
            lost = [owner for link, owners in links_of(on_a).items() if link not in listed for owner in owners]
            if lost:
                yield hit("A resources", resources=_few(lost))


@check(
    "marks-kept",
    Severity.WARNING,
    needs=["double-links", "b-lists"],
    cause="the newest linked resource of B, {resource}, does not carry our marks: another agent made it, or B drops them",
    fix="if this agent made it, have B's provider declare the marks in the options of the offering",
)
def _marks_kept(seen: Seen) -> Iterator[Hit]:
    """Our marks survive on B, as the newest linked resource shows."""
    for on_a in whole(seen.a_resources):
        for on_b in whole(seen.b_resources):
            links = links_of(on_a)
            linked = [resource for resource in on_b if resource.id in links]
            newest = max(linked, key=lambda resource: resource.created, default=None)
            if newest is not None and (newest.for_resource is None or newest.for_offering is None):
                yield hit(f"B resource {newest.id}", resource=str(newest.id))


@check(
    "marks-filter",
    Severity.NOTE,
    needs=["b-reads"],
    cause="B ignores the filter by attributes, so marks are looked for in the whole list",
    fix="nothing has to be done; a newer release of Waldur has the filter",
)
def _marks_filter(seen: Seen) -> Iterator[Hit]:
    """B can filter resources by our marks."""
    if seen.filters_marks is False:
        yield hit("backend_settings.target_api_url")


@check(
    "twins",
    Severity.WARNING,
    needs=["b-lists"],
    cause="resources {resources} of B were all made for one resource of A",
    fix="the oldest is kept; look at the others, and at whether two agents run",
)
def _twins(seen: Seen) -> Iterator[Hit]:
    """Every resource of A has one living resource on B at most."""
    for listed in whole(seen.b_resources):
        living = [resource for resource in listed if resource.state != "Terminated"]
        for marked, twins in _by_mark(living, seen).items():
            if len(twins) > 1:
                yield hit(f"A resource {marked}", resources=_few(twin.id for twin in twins))


@check(
    "twin-projects",
    Severity.WARNING,
    needs=["b-lists"],
    cause="projects {projects} of B mirror one project of A",
    fix="the oldest is used; have the resources of the others moved, then delete them",
)
def _twin_projects(seen: Seen) -> Iterator[Hit]:
    """Every project of A has one mirror on B at most."""
    for listed in whole(seen.b_projects):
        for key, twins in _by_key(listed).items():
            if len(twins) > 1:
                yield hit(f"A project {key.project}", projects=_few(twin.id for twin in twins))


def _by_mark(resources: Iterable[BResource], seen: Seen) -> Mapping[AResourceId, list[BResource]]:
    found: dict[AResourceId, list[BResource]] = defaultdict(list)
    for resource in resources:
        if resource.for_resource is not None and resource.for_offering == seen.wishes.offering:
            found[resource.for_resource].append(resource)
    return found


def _by_key(projects: Iterable[BProject]) -> Mapping[ProjectKey, list[BProject]]:
    found: dict[ProjectKey, list[BProject]] = defaultdict(list)
    for project in projects:
        key = parse_key(project.backend_id)
        if key is not None:
            found[key].append(project)
    return found


def _few(ids: Iterable[Hashable]) -> str:
    texts = sorted(str(one) for one in ids)
    rest = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + rest


RESOURCES = (_double_links, _lost_links, _marks_kept, _marks_filter, _twins, _twin_projects)
