"""What is answered where there is no answer; nothing of what an exception says reaches a client.

| case | status | body |
| --- | --- | --- |
| ``storage_system`` empty or unknown | 422 | the documented form |
| another parameter | 422 | the framework's form |
| no token, or one that is not valid | 401 | ``detail`` |
| a valid token that does not suffice | 403 | ``detail`` |
| Waldur or the HPC User API failed | 502 | ``detail``, ``error``, ``message`` |
| Waldur took too long | 504 | the same |
| the identity provider gives no keys | 503 | ``detail`` |
| anything else | 500 | ``detail``, ``error``, ``request_id`` |
"""

from collections.abc import Mapping

import attrs
from fastapi.responses import JSONResponse

from federation_core.domain.callers import CallerError, NotAuthenticated
from federation_core.domain.errors import PlaneError, TimedOut

UPSTREAM = "Failed to communicate with an upstream service."
BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT, INTERNAL = 502, 503, 504, 500
UNAUTHORISED, FORBIDDEN = 401, 403
CHALLENGE: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


@attrs.frozen
class UpstreamFailed(Exception):
    """An upstream service could not be asked.

    Attributes:
        detail: what is answered.
        is_late: whether time ran out.
    """

    detail: str
    is_late: bool = False

    @classmethod
    def of(cls, who: str, error: PlaneError) -> "UpstreamFailed":
        """What is said of an *error*; its own words go to the log."""
        return cls(f"{who} {error.verdict}.", isinstance(error, TimedOut))


class NoKeys(Exception):
    """The identity provider gives no keys by which tokens could be judged."""


def of_caller(error: CallerError) -> JSONResponse:
    """The answer to one who is not let in."""
    if isinstance(error, NotAuthenticated):
        return JSONResponse({"detail": str(error)}, UNAUTHORISED, dict(CHALLENGE))
    return JSONResponse({"detail": str(error)}, FORBIDDEN, dict(CHALLENGE))


def of_upstream(error: UpstreamFailed) -> JSONResponse:
    """The answer where Waldur or the HPC User API failed."""
    body = {"detail": error.detail, "error": "UpstreamServiceError", "message": UPSTREAM}
    return JSONResponse(body, GATEWAY_TIMEOUT if error.is_late else BAD_GATEWAY)


def of_keys() -> JSONResponse:
    """The answer where no token can be judged."""
    return JSONResponse({"detail": "Unable to reach the identity provider"}, UNAVAILABLE)


def of_bug(request_id: str) -> JSONResponse:
    """The answer to what nobody expected; the log has the rest under *request_id*."""
    body = {"detail": "Internal server error", "error": "InternalServerError", "request_id": request_id}
    return JSONResponse(body, INTERNAL)
