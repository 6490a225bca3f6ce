"""One Waldur: its URL conventions, its lists in pages, its answers as wire types."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import attrs

from federation_adapters.http.answers import Answer
from federation_adapters.http.client import HttpClient
from federation_adapters.waldur.converter import Misshapen, structure
from federation_core.domain.errors import MAX_DETAIL, NotFound, UnexpectedShape
from federation_core.domain.ids import Side, hexed, parse_uuid
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.words import counted

T = TypeVar("T")
R = TypeVar("R")

PAGE_SIZE = 300
"""The most rows a Waldur gives at once; it cuts larger wishes silently."""

WHOLE_PAGE_SIZE = 100
"""Rows that are asked for at once with all their fields."""

MAX_PAGES = 2_000
MAX_ROWS = MAX_PAGES * PAGE_SIZE
LONGEST_COUNT = 9
"""Digits of a number of rows."""

LISTING_ATTEMPTS = 3
Params = Sequence[tuple[str, str]]
Ahead = Callable[[Callable[[], Answer]], Callable[[], Answer]]
"""Begins a call, and gives what waits for its answer."""

_Question = tuple[str, str, tuple[tuple[str, str], ...]]
"""The operation, the path, and the parameters."""


@attrs.frozen
class _Odd:
    """A row that cannot be understood."""

    why: str


@attrs.frozen
class _Dropped:
    """A row that is none of those asked for."""


_DROPPED = _Dropped()


@attrs.frozen
class _Walk:
    """One way through all pages; *flaw* says why the rows are not proven to be all, empty where they are."""

    rows: list[object]
    flaw: str


class Peer:
    """Calls one Waldur; every path has the trailing slash that Waldur demands."""

    def __init__(self, http: HttpClient, ahead: Ahead = lambda call: call) -> None:
        """Prepare it; no request is made.

        Args:
            http: calls it.
            ahead: how the next page is asked for while one is being understood; by default it is not.
        """
        self.http, self._ahead = http, ahead
        self._lock = threading.Lock()
        self._kept: dict[_Question, Complete[tuple[Any, ...]]] | None = None

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Answer the same list from what was read before, while inside and until something is written to this Waldur.

        Objects read one by one are always read anew.
        """
        self._keep({})
        try:
            yield
        finally:
            self._keep(None)

    @property
    def side(self) -> Side:
        """Which Waldur this is."""
        return self.http.access.side

    def url(self, path: str) -> str:
        """The absolute URL of an object, for bodies that take one."""
        return f"{self.http.access.base_url}/api/{path}"

    def read(self, operation: str, path: str, kind: type[T], *, sparse: bool = True) -> T:
        """Read one object as *kind*, asking for no more keys than it has.

        Raises:
            PlaneError: the call failed, or the answer is not of that form.
        """
        answer = self.http.call(operation, "GET", f"/api/{path}", params=fields_of(kind) if sparse else ())
        return self.structured(operation, answer, kind)

    def write(self, operation: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Make one POST; its answer may be empty, and is JSON otherwise.

        Raises:
            PlaneError: the call failed; after a Transient one it may have happened all the same, and after an UnexpectedShape,
                as what answered may be no Waldur.
        """
        return self._written(operation, "POST", path, {} if body is None else body)

    def change(self, operation: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Make one PATCH; keys that are not in *body* keep their values.

        Raises:
            PlaneError: as for `write`.
        """
        return self._written(operation, "PATCH", path, body)

    def replace(self, operation: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Make one PUT; keys that are not in *body* may lose their values.

        Raises:
            PlaneError: as for `write`.
        """
        return self._written(operation, "PUT", path, body)

    def remove(self, operation: str, path: str) -> None:
        """Make one DELETE.

        Raises:
            PlaneError: as for `write`.
        """
        self._written(operation, "DELETE", path, None)

    def _written(self, operation: str, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        """Make one write; lists read before it are not answered from any more, whether it succeeded or not."""
        try:
            answer = self.http.call(operation, method, f"/api/{path}", body=body)
        finally:
            with self._lock:
                if self._kept is not None:
                    self._kept = {}
        if answer.body.strip():  # if no JSON, somebody before the server answered, and may have kept the write from it
            self._json(operation, answer)
        return answer

    def structured(self, operation: str, answer: Answer, kind: type[T]) -> T:
        """Read an answer's body as *kind*.

        Raises:
            UnexpectedShape: it is not of that form.
        """
        try:
            return structure(self._json(operation, answer), kind)
        except Misshapen as error:
            raise UnexpectedShape(self.side, operation, str(error), answer.status) from None

    def listing(
        self,
        operation: str,
        path: str,
        params: Params,
        kind: type[R],
        *,
        keep: Callable[[R], bool],
        translate: Callable[[R], T],
        is_shared: bool = True,
    ) -> Complete[tuple[T, ...]] | Incomplete[tuple[T, ...]]:
        """Read a whole list.

        Complete means: as many distinct rows as the server counted, each understood. Pages are not a snapshot, so a walk whose
        count does not fit is repeated a few times.

        Args:
            operation: in the port's words.
            path: below ``/api/``.
            params: the filters. A server ignores those it does not know, hence *keep*.
            kind: the wire type of a row, which has a ``uuid``.
            keep: whether a row really passes the filters; others are dropped.
            translate: from wire to domain.
            is_shared: whether others in the same cycle may ask for it; a large list that nobody else needs is better let go.

        Raises:
            PlaneError: a page could not be read at all.
        """
        question = (operation, path, (*params, *fields_of(kind)))
        with self._lock:
            kept = self._kept if is_shared else None
            known = None if kept is None else kept.get(question)
        if known is not None:
            return known
        listed = self._listed(question, lambda raw: _understood(raw, kind, keep, translate))
        with self._lock:
            if kept is not None and kept is self._kept and isinstance(listed, Complete):
                kept[question] = listed
        return listed

    def listing_whole(
        self, operation: str, path: str, params: Params
    ) -> Complete[tuple[Mapping[str, Any], ...]] | Incomplete[tuple[Mapping[str, Any], ...]]:
        """Read a whole list with all fields that the server shows, in smaller pages, as rows may be heavy.

        Raises:
            PlaneError: a page could not be read at all.
        """
        question = (operation, path, (*params, ("page_size", str(WHOLE_PAGE_SIZE))))
        return self._listed(question, lambda raw: raw if isinstance(raw, dict) else _Odd("a row is no object"))

    def _listed(
        self, question: _Question, understand: Callable[[object], object]
    ) -> Complete[tuple[Any, ...]] | Incomplete[tuple[Any, ...]]:
        walk = self._best_walk(question, understand)
        odd = [row.why for row in walk.rows if isinstance(row, _Odd)]
        rows = tuple(row for row in walk.rows if row is not _DROPPED and not isinstance(row, _Odd))
        flaws = [walk.flaw] if walk.flaw else []
        if odd:
            flaws.append(f"{counted(len(odd), 'row')} of {self.side} {question[0]} cannot be understood ({odd[0]})")
        return Incomplete(rows, "; ".join(flaws)) if flaws else Complete(rows)

    def _keep(self, kept: dict[_Question, Complete[tuple[Any, ...]]] | None) -> None:
        with self._lock:
            self._kept = kept

    def _best_walk(self, question: _Question, understand: Callable[[object], object]) -> _Walk:
        walk = self._walk(question, understand)
        for _ in range(LISTING_ATTEMPTS - 1):
            if not walk.flaw:
                break
            walk = self._walk(question, understand)
        return walk

    def _walk(self, question: _Question, understand: Callable[[object], object]) -> _Walk:
        """Read page after page, by number: the URLs in `Link` may name a host that only the server knows.

        Each row is understood as it comes, so that the answers themselves need not be kept.
        """
        operation = question[0]
        found: dict[str, object] = {}
        nameless: list[object] = []
        counts: list[int | None] = []
        coming = self._page(question, 1)
        for page in range(1, MAX_PAGES + 1):
            try:
                answer = coming()
            except NotFound:
                if page == 1:
                    raise
                return _Walk(
                    [*found.values(), *nameless], f"{self.side} {operation}: the list shrank while it was read"
                )
            if answer.has_next:
                coming = self._page(question, page + 1)
            before = len(found) + len(nameless)
            for raw in self._rows(operation, answer):
                uuid = raw.get("uuid") if isinstance(raw, dict) else None
                if isinstance(uuid, str):
                    found[uuid] = understand(raw)
                else:
                    nameless.append(understand(raw))
            counts.append(counted_by(answer))
            seen = len(found) + len(nameless)
            if not answer.has_next or seen == before or seen > MAX_ROWS:  # the same page again would go on for ever
                break
        rows = [*found.values(), *nameless]
        return _Walk(rows, self._flaw(operation, counts, len(rows)))

    def _page(self, question: _Question, number: int) -> Callable[[], Answer]:
        operation, path, params = question
        where = [*_sized(params), *([("page", str(number))] if number > 1 else [])]
        return self._ahead(partial(self.http.call, operation, "GET", f"/api/{path}", params=where))

    def _flaw(self, operation: str, counts: Sequence[int | None], seen: int) -> str:
        """Why the rows are not proven to be all; a row that left between two pages hides another, and only the counts show it."""
        if len(set(counts)) > 1:
            return f"{self.side} {operation}: the list changed while it was read"
        counted = counts[-1]
        if counted is None:
            return f"{self.side} {operation}: the server does not say how many rows there are"
        if counted != seen:
            return f"{self.side} {operation}: {seen} distinct rows were read where the server counts {counted}"
        return ""

    def _rows(self, operation: str, answer: Answer) -> list[Any]:
        rows = self._json(operation, answer)
        if not isinstance(rows, list):
            raise UnexpectedShape(
                self.side, operation, f"{type(rows).__name__} where a list is expected", answer.status
            )
        return rows

    def _json(self, operation: str, answer: Answer) -> Any:  # noqa: ANN401 - it is structured next
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            kind = answer.headers.get("content-type", "no content type")
            detail = f"{len(answer.body)} bytes of {kind} that are not JSON"
            raise UnexpectedShape(self.side, operation, detail, answer.status) from None


def _sized(params: Params) -> Params:
    """The parameters with a number of rows in a page: the most, where none is named."""
    return params if any(name == "page_size" for name, _ in params) else (*params, ("page_size", str(PAGE_SIZE)))


def fields_of(kind: type) -> list[tuple[str, str]]:
    """The sparse selection for a wire type: one `field` per key."""
    return [("field", attribute.name) for attribute in attrs.fields(kind)]


def counted_by(answer: Answer) -> int | None:
    """How many rows the server says that a whole list has; None where it says nothing of sense."""
    text = answer.headers.get("x-result-count", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_COUNT else None


def path_of(collection: str, uuid: UUID, action: str = "") -> str:
    """The path of an object or of one of its actions, UUID in hex."""
    return f"{collection}/{hexed(uuid)}/" + (f"{action}/" if action else "")


def told(words: str) -> str:
    """A peer's reason as far as we keep it, and repeat it to A's users; they would have to read all of it."""
    return words if len(words) <= MAX_DETAIL else f"{words[:MAX_DETAIL]}…"


def _understood(
    raw: object, kind: type[R], keep: Callable[[R], bool], translate: Callable[[R], T]
) -> T | _Odd | _Dropped:
    """What a row means, why it cannot be understood, or that it is none of those asked for."""
    try:
        row = structure(raw, kind)
    except Misshapen as error:
        return _Odd(f"{_name_of(raw)}: {error}")
    return translate(row) if keep(row) else _DROPPED


def _name_of(raw: object) -> str:
    uuid = parse_uuid(raw.get("uuid")) if isinstance(raw, dict) else None
    return "a row" if uuid is None else hexed(uuid)
