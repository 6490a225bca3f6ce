"""The rows of the authority table about projects, and which project on B mirrors which of A."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import attrs

from federation_core.domain.fields.authority import LATER, TOLD, Field, Shown, View
from federation_core.domain.fields.dates import end_date_authority, has_passed
from federation_core.domain.fields.rules import Authority
from federation_core.domain.fields.scene import Obstacle, ProjectsSeen
from federation_core.domain.fields.texts import is_same_text
from federation_core.domain.ids import BCustomerId
from federation_core.domain.observed import Complete, Incomplete, Unreadable, rows
from federation_core.domain.plan.actions.fields import ProjectField, SetOnMirror, SetProjectEndOnA, SetProjectEndOnB
from federation_core.domain.projects.backend_id import ProjectKey, parse_key
from federation_core.domain.projects.match import oldest_first
from federation_core.domain.records import AProject, BProject, ProjectProfile


@attrs.frozen
class ProjectPair:
    """A project of A, and its mirror on B."""

    a: AProject
    b: BProject

    @property
    def key(self) -> str:
        """The UUID of A's project."""
        return str(self.a.id)


def project_pairs(seen: ProjectsSeen, customer: BCustomerId) -> tuple[ProjectPair, ...]:
    """Pair the projects by the key in B's `backend_id`; of several with one key the oldest is the mirror, as for orders.

    Where B's projects were not all read, the oldest may be missing, so there is no pair.
    """
    if not isinstance(seen.b, Complete):
        return ()
    mirrors: dict[ProjectKey, list[BProject]] = defaultdict(list)
    for project in oldest_first(row for row in seen.b.value if row.customer == customer):
        key = parse_key(project.backend_id)
        if key is not None:
            mirrors[key].append(project)
    found = [(project, mirrors.get(ProjectKey(project.customer, project.id))) for project in rows(seen.a)]
    pairs = [ProjectPair(project, same[0]) for project, same in found if same]
    return tuple(sorted(pairs, key=lambda pair: pair.key))


def _of_profile(name: str) -> Callable[[ProjectPair, View], tuple[Shown, Shown]]:
    """Both sides' values; an empty text is none."""

    def shown(pair: ProjectPair, _view: View) -> tuple[Shown, Shown]:
        return _filled(pair.a.profile, name), _filled(pair.b.profile, name)

    return shown


def _filled(profile: ProjectProfile, name: str) -> Shown:
    value = getattr(profile, name)
    return Shown(None if value == "" else value)


def _industry(pair: ProjectPair, _view: View) -> tuple[Shown, Shown] | None:
    a, b = pair.a.profile.is_industry, pair.b.profile.is_industry
    return None if a is None or b is None else (Shown(a), Shown(b))


def _end_dates(pair: ProjectPair, view: View) -> tuple[Shown, Shown]:
    a, b = pair.a.profile, pair.b.profile
    return Shown(a.end_date, a.end_dated_at), Shown(b.end_date, view.scene.on_a_clock(b.end_dated_at))


def _on_mirror(field: ProjectField) -> Callable[[ProjectPair, Any, View], SetOnMirror]:
    def write(pair: ProjectPair, value: Any, _view: View) -> SetOnMirror:  # noqa: ANN401 - of the field's kind
        return SetOnMirror(pair.b.id, field, value)

    return write


def _sub_domain(pair: ProjectPair, code: str, view: View) -> SetOnMirror:
    return SetOnMirror(pair.b.id, ProjectField.SUB_DOMAIN, view.scene.sub_domain(code), code)


def _no_sub_domain(_pair: ProjectPair, code: str, view: View) -> Obstacle | None:
    if view.scene.projects is None or view.scene.sub_domain(code) is not None:
        return None
    match view.scene.projects.sub_domains:
        case Incomplete(_, reason) | Unreadable(reason):
            return Obstacle(LATER, f"B's science sub-domains could not be listed: {reason}")
        case Complete():
            return Obstacle(TOLD, f"B has no science sub-domain with code {code}")


def _by_a(_rules: object) -> Authority:
    return Authority.A


SUB_DOMAIN: Field[ProjectPair] = Field(
    name="science sub-domain",
    authority=_by_a,
    shown=_of_profile("sub_domain"),
    on_b=_sub_domain,
    obstacle=_no_sub_domain,
)
PROJECT_FIELDS: tuple[Field[ProjectPair], ...] = (
    Field(
        name="end date",
        authority=end_date_authority,
        shown=_end_dates,
        on_a=lambda pair, value, _: SetProjectEndOnA(pair.a.id, pair.b.id, value, pair.a.profile.end_date),
        on_b=lambda pair, value, _: SetProjectEndOnB(pair.b.id, pair.a.id, value, pair.b.profile.end_date),
        obstacle=has_passed,
    ),
    Field(
        name="description",
        authority=_by_a,
        shown=_of_profile("description"),
        on_b=_on_mirror(ProjectField.DESCRIPTION),
        is_same=is_same_text,
        is_private=True,
    ),
    Field(
        name="OECD code",
        authority=_by_a,
        shown=_of_profile("oecd_code"),
        on_b=_on_mirror(ProjectField.OECD_CODE),
    ),
    Field(
        name="industry flag",
        authority=_by_a,
        shown=_industry,
        on_b=_on_mirror(ProjectField.IS_INDUSTRY),
    ),
    SUB_DOMAIN,
)
"""What both sides show of a project."""
