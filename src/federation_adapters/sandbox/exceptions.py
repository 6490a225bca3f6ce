"""The remote's own refusals: status codes and words as a Waldur sends them."""

from collections.abc import Mapping


class ApiError(Exception):
    """A request ends here with this answer, and none of its writes happened.

    Args:
        status: HTTP status.
        body: JSON value, or text when *html*.
        headers: Extra response headers.
        html: The body is a page, not JSON.
    """

    def __init__(
        self, status: int, body: object, *, headers: Mapping[str, str] | None = None, html: bool = False
    ) -> None:
        super().__init__(f"{status} {body!r}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self.html = html


def field_error(field: str, text: object) -> ApiError:
    """400 that blames one field; *text* is a message or a nested structure."""
    return ApiError(400, {field: [text] if isinstance(text, str) else text})


def rule_error(text: str) -> ApiError:
    """400 raised outside a serializer: a bare list with one message."""
    return ApiError(400, [text])


def cross_field_error(text: str) -> ApiError:
    """400 that blames no single field."""
    return ApiError(400, {"non_field_errors": [text]})


def unauthenticated(text: str) -> ApiError:
    """401 with the challenge header."""
    return ApiError(401, {"detail": text}, headers={"WWW-Authenticate": "Token"})


def forbidden() -> ApiError:
    """403: the object is visible, the permission is missing."""
    return ApiError(403, {"detail": "You do not have permission to perform this action."})


def not_found(kind: str = "") -> ApiError:
    """404 of the application: no such object, or one that this user may not see."""
    return ApiError(404, {"detail": f"No {kind} matches the given query." if kind else "Not found."})


def no_route() -> ApiError:
    """404 of the framework: no such address at all."""
    page = "<!doctype html><html><head><title>Not Found</title></head><body><h1>Not Found</h1></body></html>"
    return ApiError(404, page, html=True)


def method_not_allowed(method: str) -> ApiError:
    """405: the address exists, the method does not."""
    return ApiError(405, {"detail": f'Method "{method}" not allowed.'})


def unsupported_type(offering_type: str) -> ApiError:
    """405: the order's offering is of a type without this action."""
    return ApiError(405, {"detail": f"The order's offering with {offering_type} type does not support this action"})


def wrong_state(valid: tuple[str, ...]) -> ApiError:
    """409: the object is in none of the *valid* states."""
    return ApiError(409, {"detail": f"Valid states for operation: {', '.join(valid)}."})


def conflict(text: str) -> ApiError:
    """409 with *text*."""
    return ApiError(409, {"detail": text})


def server_error() -> ApiError:
    """500: a bug of the server that legal-looking input can reach."""
    return ApiError(500, "<!doctype html><html><body><h1>Server Error (500)</h1></body></html>", html=True)
