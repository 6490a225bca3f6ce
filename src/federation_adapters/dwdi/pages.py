"""All pages of one answer, or none of it.

No document says whether the warehouse has pages, and published clients take the first answer for all there is. Two usual ways of
saying where the next page is are followed, the header ``Link`` (RFC 8288) and a field ``next``. Whatever is wrong with a chain of
pages is an error, because a part must never be taken for the whole:

| the next page | |
| --- | --- |
| is on another server | refused: the token is for nobody else |
| is of another resource, or of other values than were asked for | refused: its rows would be added to those of another month |
| has two addresses | refused |
| was read already, or has the rows of one that was | refused: they would be counted twice |
| is one more than `MOST_PAGES`, later than `MOST_SECONDS`, or after `MOST_BYTES` | refused |
| is the last, and fewer rows came than the answer counts | refused |
"""

import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urljoin, urlsplit

import attrs

from federation_adapters.dwdi.answers import GivenRow, Page, page
from federation_adapters.http.client import HttpClient, Params
from federation_core.domain.errors import UnexpectedShape
from federation_core.domain.ids import Side

MOST_PAGES = 100
MOST_SECONDS = 300.0
MOST_BYTES = 32 * 2**20
PORTS = {"http": 80, "https": 443}


@attrs.frozen
class Call:
    """One question.

    Attributes:
        path: below the API's root.
        key: the list in the answer.
    """

    operation: str
    path: str
    params: Params
    key: str

    def refused(self, detail: str) -> UnexpectedShape:
        """The error of an answer that is not wholly there."""
        return UnexpectedShape(Side.B, self.operation, f"a part of a longer answer: {detail}")


def read_page(http: HttpClient, call: Call) -> Page:
    """The first page of an answer.

    Raises:
        PlaneError: it could not be read, or not be understood.
    """
    return page(http.call(call.operation, "GET", call.path, params=call.params), call.key, call.operation)


def read_all(
    http: HttpClient, call: Call, monotonic: Callable[[], float] = time.monotonic
) -> Sequence[Sequence[GivenRow]]:
    """The rows of all pages, page by page.

    Raises:
        PlaneError: one of them could not be read, or it cannot be told that they are all.
    """
    pages = list(_pages(http, call, monotonic))
    came = sum(len(one.rows) for one in pages)
    counted = max((one.counted for one in pages if one.counted is not None), default=came)
    if counted > came:
        raise call.refused(f"{came} rows came, and it counts {counted}")
    return [one.rows for one in pages]


def _pages(http: HttpClient, call: Call, monotonic: Callable[[], float]) -> Iterator[Page]:
    begun, params = monotonic(), call.params
    asked, seen = [sorted(params)], list[Page]()
    while True:
        found = read_page(http, attrs.evolve(call, params=params))
        if found.rows and any(found.rows == earlier.rows for earlier in seen):
            raise call.refused("the rows of a page that came before")
        yield found
        seen.append(found)
        if not found.links:
            return
        params = _following(http.access.base_url, call, params, found.links)
        if sorted(params) in asked:
            raise call.refused("its next page is one that was read already")
        excess = _excess(seen, monotonic() - begun)
        if excess:
            raise call.refused(excess)
        asked.append(sorted(params))


def _excess(seen: Sequence[Page], seconds: float) -> str:
    """Why no further page is asked for; empty where one may be."""
    if len(seen) == MOST_PAGES:
        return f"it has more than {MOST_PAGES} pages"
    if sum(one.size for one in seen) > MOST_BYTES:
        return f"its pages have more than {MOST_BYTES} bytes"
    return f"its pages take longer than {MOST_SECONDS:g} seconds" if seconds > MOST_SECONDS else ""


def _following(root: str, call: Call, params: Params, links: Sequence[str]) -> Params:
    first, *others = [next_params(root, attrs.evolve(call, params=params), call.params, link) for link in links]
    if any(sorted(other) != sorted(first) for other in others):
        raise call.refused("it names two different next pages")
    return first


def next_params(root: str, current: Call, wanted: Params, link: str) -> Params:
    """The query of the page that *link* names.

    Args:
        root: address of the API.
        current: the page that has the link.
        wanted: what was asked for at first.
        link: an address, whole or relative to that page.

    Raises:
        UnexpectedShape: it leads elsewhere, or to something else.
    """
    here = f"{root}{current.path}"
    try:
        found = urlsplit(urljoin(f"{here}?{urlencode(current.params)}", link))
        is_here = _origin(found) == _origin(urlsplit(here)) and "@" not in found.netloc
    except ValueError:
        raise current.refused("its next page has an address that is none") from None
    if not is_here:
        raise current.refused("its next page is on another server, and the token is for this one")
    if unquote(found.path) != unquote(urlsplit(here).path):
        raise current.refused("its next page is of another resource")
    params = parse_qsl(found.query, keep_blank_values=True)
    strayed = next((name for name, value in params if value not in _values(wanted, name, value)), "")
    if strayed:
        raise current.refused(f"its next page has another {strayed} than was asked for")
    return params


def _values(wanted: Params, name: str, default: str) -> set[str]:
    """What was asked for by *name*; *default* where nothing was."""
    return {value for key, value in wanted if key == name} or {default}


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)
