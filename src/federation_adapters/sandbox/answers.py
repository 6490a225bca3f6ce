"""Answers as they go over the wire, true or spoilt by a fault."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

import attrs

from federation_adapters.sandbox.conventions.call import Reply
from federation_adapters.sandbox.exceptions import ApiError
from federation_adapters.sandbox.faults import Fault, FaultKind

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
_TOO_MANY = 429
_SERVER_SIDE = 500
_PHRASES = {
    401: "Invalid token.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
}


@attrs.frozen
class Answer:
    """Status, headers and bytes."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether the request was carried out."""
        return self.status < 300  # noqa: PLR2004 -- first status that is no success


def from_reply(reply: Reply) -> Answer:
    """Return the answer of a handler as bytes."""
    headers = dict(reply.headers)
    if not reply.has_body:
        return Answer(reply.status, headers, b"")
    return Answer(reply.status, {"Content-Type": _JSON, **headers}, b"".join(reply.chunks()))


def from_error(error: ApiError) -> Answer:
    """Return a refusal as bytes."""
    content = str(error.body).encode() if error.html else json.dumps(error.body).encode()
    return Answer(error.status, {"Content-Type": _HTML if error.html else _JSON, **error.headers}, content)


def redirect(location: str) -> Answer:
    """Return the permanent redirect to the address with a trailing slash."""
    return Answer(301, {"Location": location, "Content-Type": _HTML}, b"")


def invented(fault: Fault) -> Answer | None:
    """Return the answer that a fault gives instead of the true one; None when it gives none of its own."""
    if fault.kind is FaultKind.STATUS:
        return _error(fault)
    if fault.kind is FaultKind.HTML:
        return Answer(200, {"Content-Type": _HTML}, b"<!doctype html><html><body>Please sign in.</body></html>")
    if fault.kind is FaultKind.GARBAGE:
        return Answer(200, {"Content-Type": _JSON}, b'{"uuid": <<<\x00 not json')
    if fault.kind is FaultKind.OVERSIZE:
        return Answer(200, {"Content-Type": _JSON}, b'["' + b"x" * max(0, fault.size - 4) + b'"]')
    return None


def _error(fault: Fault) -> Answer:
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    if fault.status >= _SERVER_SIDE:
        page = f"<html><head><title>{fault.status}</title></head><body><h1>{fault.status}</h1><hr>nginx</body></html>"
        return Answer(fault.status, {"Content-Type": _HTML, **headers}, page.encode())
    text = _PHRASES.get(fault.status, "Refused by the sandbox.")
    if fault.status == _TOO_MANY:
        text = f"Request was throttled. Expected available in {fault.retry_after or 1} seconds."
    return Answer(fault.status, {"Content-Type": _JSON, **headers}, json.dumps({"detail": text}).encode())


def spoilt(answer: Answer, fault: Fault) -> Answer:
    """Return the true answer as a late fault leaves it."""
    if fault.kind is FaultKind.TRUNCATED:
        return attrs.evolve(answer, content=answer.content[: len(answer.content) // 2])
    if fault.kind is FaultKind.WRONG_COUNT and "X-Result-Count" in answer.headers:
        count = int(answer.headers["X-Result-Count"]) + fault.delta
        return attrs.evolve(answer, headers={**answer.headers, "X-Result-Count": str(count)})
    return invented(fault) or answer


def header_list(answer: Answer, method: str, now: datetime) -> Iterable[tuple[str, str]]:
    """Return the headers to send, with the length of the body and the time of the sandbox, in whole seconds."""
    length = [] if method == "HEAD" else [("Content-Length", str(len(answer.content)))]
    return [*answer.headers.items(), *length, ("Date", format_datetime(now.astimezone(UTC), usegmt=True))]
