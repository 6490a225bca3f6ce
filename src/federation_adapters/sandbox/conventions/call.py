"""One request as the areas see it, and the answer they give."""

import json
from collections.abc import Iterator, Mapping

import attrs
from werkzeug import Request

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.entities import JsonObject, User
from federation_adapters.sandbox.exceptions import ApiError
from federation_adapters.sandbox.profiles import Profile
from federation_adapters.sandbox.store import Store

_SHOWN_BYTES = 200


@attrs.define
class Call:
    """An authenticated request.

    Attributes:
        request: The HTTP request.
        store: The simulated database; its rules use `store.now()`.
        access: The user's reach.
        page_shift: Rows by which pages after the first are displaced (a fault; normally 0).
    """

    request: Request
    store: Store
    access: Access
    page_shift: int = 0

    @property
    def user(self) -> User:
        """Who asks."""
        return self.access.user

    @property
    def profile(self) -> Profile:
        """The server generation."""
        return self.store.profile

    def url(self, *parts: str) -> str:
        """Return the absolute address `/api/<parts>/` on this host."""
        return f"{self.request.host_url}api/{'/'.join(parts)}/"

    def body(self) -> JsonObject:
        """Return the JSON object sent; empty when nothing was sent.

        Raises:
            ApiError: 415 for another content type, 400 for text that is not a JSON object.
        """
        raw = self.request.get_data(cache=True)
        if not raw:
            return {}
        if self.request.mimetype != "application/json":
            kind = self.request.content_type or ""
            raise ApiError(415, {"detail": f'Unsupported media type "{kind}" in request.'})
        try:
            parsed = json.loads(raw)
        except ValueError as problem:
            raise ApiError(400, {"detail": f"JSON parse error - {problem}"}) from problem
        if not isinstance(parsed, dict):
            kind = type(parsed).__name__
            text = f"Invalid data. Expected a dictionary, but got {kind}."
            raise ApiError(400, {"non_field_errors": [text]})
        return parsed


@attrs.frozen
class Reply:
    """An answer: a JSON value (`EMPTY` for no body at all), a status and headers."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    has_body: bool = True

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as sent."""
        if self.has_body:
            yield json.dumps(self.body, separators=(",", ":")).encode()


def empty(status: int = 200) -> Reply:
    """Return an answer without a body."""
    return Reply(status=status, has_body=False)
