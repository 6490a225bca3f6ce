"""Answers made of rows: chosen fields, order, pages."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.filters import Filters, narrow
from federation_adapters.sandbox.entities import Row
from federation_adapters.sandbox.exceptions import ApiError

DEFAULT_PAGE = 10
LARGEST_PAGE = 300

RowT = TypeVar("RowT", bound=Row)
Field = Callable[[RowT, Call], object]
Fields = Mapping[str, Field[RowT]]
ABSENT = object()
"""What a field gives for a row that does not show it to this caller."""
SortKey = Callable[[RowT], Any]
"""Anything that can be compared."""


def constant(value: object) -> Callable[[object, Call], object]:
    """Make a field that is the same for all rows."""
    return lambda _row, _call: value


def wanted_fields(call: Call, fields: Fields[RowT], *, privileged: Iterable[str] = ()) -> Fields[RowT]:
    """Return the fields to show: those named by `field`, or all when none is named or no name is known.

    Fields in *privileged* exist for staff and support only.
    """
    hidden = frozenset() if call.access.sees_all else frozenset(privileged)
    named = {name: fields[name] for name in call.request.args.getlist("field") if name in fields and name not in hidden}
    return named or {name: field for name, field in fields.items() if name not in hidden}


def show(call: Call, row: RowT, fields: Fields[RowT]) -> dict[str, object]:
    """Return one row as a JSON object; only the fields given are computed, and those the caller may not see left out."""
    shown = {name: field(row, call) for name, field in fields.items()}
    return {name: value for name, value in shown.items() if value is not ABSENT}


def detail(call: Call, row: RowT, fields: Fields[RowT], *, privileged: Iterable[str] = ()) -> Reply:
    """Answer one row."""
    return Reply(show(call, row, wanted_fields(call, fields, privileged=privileged)))


def select(
    call: Call, rows: Iterable[RowT], filters: Filters[RowT], orders: Mapping[str, SortKey[RowT]], default: str = ""
) -> list[RowT]:
    """Return the rows that pass the filters of the query, in the order it asks for.

    Args:
        call: The request.
        rows: What the user may see, in the order of creation.
        filters: By parameter name.
        orders: Sort keys by the names that `o` accepts.
        default: Name of the order used without `o`; empty for the order of creation.
    """
    chosen = narrow(call, rows, filters)
    names = [name for text in call.request.args.getlist("o") for name in text.split(",") if name]
    for name in names:
        if name.removeprefix("-") not in orders:
            raise ApiError(400, {"o": [f"Select a valid choice. {name} is not one of the available choices."]})
    for name in reversed(names or ([default] if default else [])):
        chosen.sort(key=orders[name.removeprefix("-")], reverse=name.startswith("-"))
    return chosen


def chosen_once(call: Call, choose: Callable[[], list[RowT]], state: Hashable = None) -> list[RowT]:
    """Return what *choose* selects; for further pages of the same list it is asked again only after a write.

    What is selected may depend on path, query, the caller's reach and *state*, and on nothing else.
    """
    query = [(name, text) for name, text in call.request.args.items(multi=True) if name not in {"page", "page_size"}]
    reach = (call.user.uuid, *(grant.uuid for grant in call.access.grants))
    return call.store.once((call.request.path, tuple(query), reach, state), choose)


def listing(call: Call, rows: Sequence[RowT], fields: Fields[RowT], *, privileged: Iterable[str] = ()) -> Reply:
    """Answer one page of *rows* as a bare array, with the total and the neighbours in headers.

    Raises:
        ApiError: 404 past the last page.
    """
    page, headers = paged(call, rows)
    shown = wanted_fields(call, fields, privileged=privileged)
    body = [] if call.request.method == "HEAD" else [show(call, row, shown) for row in page]
    return Reply(body, headers=headers)


def paged(call: Call, rows: Sequence[RowT]) -> tuple[Sequence[RowT], dict[str, str]]:
    """Return the rows of the page asked for, and the paging headers."""
    size = _page_size(call)
    total = len(rows)
    last = max(1, -(-total // size))
    number = _page_number(call, last)
    start = (number - 1) * size
    if number > 1:
        start = max(0, start + call.page_shift)
    return rows[start : start + size], {"X-Result-Count": str(total), "Link": _links(call, number, last)}


def _page_size(call: Call) -> int:
    text = call.request.args.get("page_size", "")
    size = int(text) if text.isascii() and text.isdigit() else 0
    return min(size, LARGEST_PAGE) if size else DEFAULT_PAGE


def _page_number(call: Call, last: int) -> int:
    text = call.request.args.get("page", "") or "1"
    number = last if text == "last" else int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= last:
        raise ApiError(404, {"detail": "Invalid page."})
    return number


def _links(call: Call, number: int, last: int) -> str:
    pages = {"first": 1, "prev": number - 1, "next": number + 1, "last": last}
    parts = [
        f'<{_page_url(call, page)}>; rel="{name}"'
        for name, page in pages.items()
        if name in {"first", "last"} or 1 <= page <= last
    ]
    return ", ".join(parts)


def _page_url(call: Call, page: int) -> str:
    query = [(name, value) for name, value in call.request.args.items(multi=True) if name != "page"]
    if page > 1:
        query.append(("page", str(page)))
    return f"{call.request.base_url}?{urlencode(query)}" if query else call.request.base_url
