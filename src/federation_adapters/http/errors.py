"""From what httpx raises and servers answer to the core's error tree.

`TRANSPORT` is read along an exception's class hierarchy, so the most specific entry wins; a test walks httpx and fails on an
exception without an entry. `STATUS` is completed by ranges in `of_status`.
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import httpx

from federation_adapters.http.access import KeyNames
from federation_adapters.http.bounds import TooLarge
from federation_adapters.http.redaction import Redactor
from federation_core.domain import errors
from federation_core.domain.ids import Side

TRANSPORT: Mapping[type[Exception], type[errors.PlaneError]] = MappingProxyType(
    {
        TooLarge: errors.OversizedAnswer,
        httpx.TimeoutException: errors.TimedOut,
        httpx.NetworkError: errors.Unreachable,
        httpx.RemoteProtocolError: errors.Unreachable,
        httpx.ProxyError: errors.Unreachable,
        httpx.LocalProtocolError: errors.Unintelligible,
        httpx.UnsupportedProtocol: errors.Unintelligible,
        httpx.DecodingError: errors.UnexpectedShape,
        httpx.TooManyRedirects: errors.UnexpectedShape,
        httpx.HTTPStatusError: errors.UnexpectedShape,
        httpx.InvalidURL: errors.Unintelligible,
        httpx.CookieConflict: errors.Unintelligible,
        httpx.StreamError: errors.Unreachable,
        httpx.TransportError: errors.Unreachable,
        httpx.RequestError: errors.Unreachable,
        httpx.HTTPError: errors.Unreachable,
    }
)

STATUS: Mapping[int, type[errors.PlaneError]] = MappingProxyType(
    {
        401: errors.Unauthorised,
        403: errors.Forbidden,
        405: errors.Unsupported,
        408: errors.TimedOut,
        409: errors.Conflict,
        424: errors.Unsupported,
        425: errors.Transient,
        429: errors.Throttled,
    }
)

DEEPEST = 20
"""From how deep in an answer the server's words are repeated."""

_OK, _REDIRECT, _BAD_REQUEST, _NOT_FOUND, _SERVER = 200, 300, 400, 404, 500


def of_transport(error: Exception, side: Side, operation: str, redact: Redactor) -> errors.PlaneError:
    """The error of ours that stands for an exception of httpx; the caller chains the cause."""
    kind = next(TRANSPORT[base] for base in type(error).__mro__ if base in TRANSPORT)
    text = redact(str(error)) or type(error).__name__
    return kind(side, operation, text)


def of_status(
    status: int, headers: Mapping[str, str], body: bytes, side: Side, operation: str, redact: Redactor
) -> errors.PlaneError | None:
    """The error that an answer stands for, or None for a success (2xx)."""
    if _OK <= status < _REDIRECT:
        return None
    detail, fields = read_detail(body)
    detail = redact(detail)
    if status == _BAD_REQUEST:
        return errors.Invalid(side, operation, detail, status, fields=fields)
    if status == _NOT_FOUND:  # Waldur's own 404 is JSON; a page comes from the router, which does not know the call
        kind: type[errors.PlaneError] = errors.NotFound if _is_json(body) else errors.Unsupported
        return kind(side, operation, detail, status)
    if status < _BAD_REQUEST:
        return errors.UnexpectedShape(side, operation, "a redirect; check the configured URL", status)
    kind = STATUS.get(status, errors.ServerFault if status >= _SERVER else errors.Refused)
    error = kind(side, operation, detail, status)
    if isinstance(error, errors.Throttled):
        error.retry_after = retry_after(headers)
    return error


def advice_on(error: errors.PlaneError, keys: KeyNames, cause: Exception | None = None) -> str:
    """Which settings to look at for an error about the peer as a whole; empty where it is about something else."""
    if isinstance(error, errors.Unauthorised):
        return f"check {keys.token}" if keys.token else ""
    if not isinstance(error, errors.Unreachable):
        return ""
    if isinstance(cause, httpx.ProxyError):
        return f"check {keys.proxy}" if keys.proxy else ""
    key = keys.ca_file if "CERTIFICATE_VERIFY_FAILED" in error.detail else keys.url
    return f"check {key}" if key else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a server asks to wait; None where it does not say so in seconds."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def read_detail(body: bytes) -> tuple[str, tuple[str, ...]]:
    """The server's words in an error body, and the fields it names.

    Waldur answers with an object of lists, an object with ``detail``, a list, or a bare string; proxies with a page, which is
    not repeated.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ("an answer that is not JSON" if body.strip() else "an empty answer"), ()
    fields = tuple(key for key in value if key not in {"detail", "non_field_errors"}) if isinstance(value, dict) else ()
    return "; ".join(_words(value)), fields


def _words(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if depth > DEEPEST:
        return
    match value:
        case dict():
            for key, item in value.items():
                inner = path if key in {"detail", "non_field_errors"} else f"{path}.{key}" if path else key
                yield from _words(item, inner, depth + 1)
        case list():
            for item in value:
                yield from _words(item, path, depth + 1)
        case None:
            return
        case _:
            yield f"{path}: {value}" if path else str(value)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
