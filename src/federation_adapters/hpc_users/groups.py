"""The one call of the User API: ``GET /api/v1/export/waldur/projects?projects=SLUG&projects=…``.

| in an answer | becomes |
| --- | --- |
| no JSON object, or none with the list | an error: the schema has changed |
| a sign that it is a part of a longer one | an error |
| a row whose `posixName` is not exactly a slug that was asked for | nothing |
| a row whose `unixGid` is no integer from 1 to 2³¹ - 1 | nothing |
| two group ids for one slug | nothing: which of them would hand out somebody else's files is not known |
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from federation_adapters.http.answers import Answer
from federation_adapters.http.client import HttpClient
from federation_adapters.http.rows import rows_of
from federation_core.domain.ids import Side

BATCH = 100
"""Projects that one request asks for."""

MOST_CHARACTERS = 6000
"""Characters of one request's query, so that its address is not too long for any server."""

NOBODY = "waldur-federation-ping"
PROJECTS = "/api/v1/export/waldur/projects"
GROUP_IDS = range(1, 2**31)
"""Zero is root's."""


class UserApiGroups:
    """Groups of projects by the User API; thread-safe, and nothing is kept between calls."""

    def __init__(self, http: HttpClient, batch: int = BATCH) -> None:
        """Prepare it; no request is made.

        Args:
            http: its address ends before ``/api/v1``.
            batch: projects in one request, at most.
        """
        self._http, self._batch = http, batch

    def look_up(self, slugs: Collection[str]) -> Mapping[str, int]:
        """The group id of each of *slugs* that the API knows by exactly this name; asked in batches, each slug once.

        Raises:
            PlaneError: a request failed, or its answer cannot be relied on.
        """
        found: dict[str, int] = {}
        for asked in batches(slugs, self._batch):
            found |= groups(self._ask("groups.read", asked), asked, "groups.read")
        return found

    def ping(self) -> None:
        """Make sure that groups could be asked for; of a project that nobody has, as all would be many.

        Raises:
            PlaneError: they could not.
        """
        groups(self._ask("groups.ping", [NOBODY]), [NOBODY], "groups.ping")

    def _ask(self, operation: str, asked: Sequence[str]) -> Answer:
        return self._http.call(operation, "GET", PROJECTS, params=[("projects", slug) for slug in asked])


def groups(answer: Answer, asked: Collection[str], operation: str) -> Mapping[str, int]:
    """What an answer shows of the slugs *asked* for.

    Raises:
        UnexpectedShape: it is not of the documented form, or a part.
    """
    shown: dict[str, set[int]] = {}
    for slug, group in _pairs(rows_of(answer, "projects", Side.B, operation)):
        shown.setdefault(slug, set()).add(group)
    return {slug: group for slug in asked for group in shown.get(slug, ()) if len(shown[slug]) == 1}


def _pairs(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    for row in rows:
        slug, group = row.get("posixName"), row.get("unixGid")
        if isinstance(slug, str) and isinstance(group, int) and not isinstance(group, bool) and group in GROUP_IDS:
            yield slug, group


def batches(slugs: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    """The slugs that can be asked for, each once, in groups that one request has room for."""
    group: list[str] = []
    room = MOST_CHARACTERS
    for slug in sorted(filter(_is_askable, set(slugs))):
        length = _length(slug)
        if group and (len(group) == size or length > room):
            yield group
            group, room = [], MOST_CHARACTERS
        group.append(slug)
        room -= length
    if group:
        yield group


def _is_askable(slug: str) -> bool:
    """Whether a group can be of this name: an empty one would ask for everybody's, and no query can carry half a letter."""
    return slug.isprintable() and bool(slug.strip()) and _length(slug) <= MOST_CHARACTERS


def _length(slug: str) -> int:
    """Characters that the slug takes in a query."""
    return len(f"&projects={quote(slug, safe='')}")
