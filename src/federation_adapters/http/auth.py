"""Authentication as httpx flows: a static token of Waldur, or an OIDC client-credentials grant."""

import json
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import httpx

from federation_adapters.http.access import Access, ClientCredentials, StaticToken
from federation_core.domain import errors
from federation_core.domain.errors import ConfigurationError, Finding

REFRESH_MARGIN = 30.0
DEFAULT_LIFETIME = 300.0
_UNAUTHORISED, _BAD_REQUEST, _SERVER = 401, 400, 500


def is_sendable(token: str) -> bool:
    """Whether a header can carry it, and nothing beside it."""
    return token.isascii() and token.isprintable() and " " not in token


def auth_for(access: Access, monotonic: Callable[[], float] = time.monotonic) -> "TokenAuth | ClientCredentialsAuth":
    """The flow that *access* asks for.

    Raises:
        ConfigurationError: a static token that cannot stand in an HTTP header.
    """
    match access.credentials:
        case StaticToken(token, scheme):
            if not is_sendable(token):
                cause = (
                    f"the token for {access.side} has characters that a header cannot carry ({len(token)} characters)"
                )
                raise ConfigurationError(Finding("token", cause, "copy the token again, without spaces or line breaks"))
            return TokenAuth(token, scheme)
        case ClientCredentials() as grant:
            return ClientCredentialsAuth(grant, access, monotonic)


class TokenAuth(httpx.Auth):
    """Sends a static token."""

    def __init__(self, token: str, scheme: str = "Token") -> None:
        self._token = token
        self._header = f"{scheme} {token}"

    def secrets(self) -> tuple[str, ...]:
        """What no text may show."""
        return (self._token,)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = self._header
        yield request


class ClientCredentialsAuth(httpx.Auth):
    """Fetches, keeps and renews an access token; thread-safe.

    A token is used until thirty seconds before it expires (five minutes where the answer does not say), and fetched once more when
    the API answers 401.
    """

    def __init__(self, grant: ClientCredentials, access: Access, monotonic: Callable[[], float]) -> None:
        self._grant = grant
        self._side = access.side
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._expires = 0.0

    def secrets(self) -> tuple[str, ...]:
        """What no text may show: what was configured, and what was fetched."""
        with self._lock:
            return self._grant.client_secret, self._token

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send *request* with a valid token, and once more with a new one after a 401."""
        token = yield from self._current("")
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == _UNAUTHORISED:
            token = yield from self._current(token)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _current(self, stale: str) -> Generator[httpx.Request, httpx.Response, str]:
        with self._lock:
            if self._token and self._token != stale and self._monotonic() < self._expires - REFRESH_MARGIN:
                return self._token
        response = yield self._token_request()
        response.read()
        token, lifetime = self._read_token(response)
        with self._lock:
            self._token, self._expires = token, self._monotonic() + lifetime
        return token

    def _token_request(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._grant.client_id,
            "client_secret": self._grant.client_secret,
        }
        return httpx.Request("POST", self._grant.token_url, data=form, headers={"Accept": "application/json"})

    def _read_token(self, response: httpx.Response) -> tuple[str, float]:
        status = response.status_code
        if status >= _SERVER:
            raise errors.ServerFault(self._side, "token.fetch", "the identity provider failed", status)
        if status >= _BAD_REQUEST:
            detail = "the identity provider refuses the client credentials"
            raise errors.Unauthorised(self._side, "token.fetch", detail, status)
        try:
            answer: Any = json.loads(response.content)
            token, lifetime = answer["access_token"], float(answer.get("expires_in", DEFAULT_LIFETIME))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            token, lifetime = None, DEFAULT_LIFETIME
        if not isinstance(token, str) or not token or not is_sendable(token):
            detail = "the identity provider's answer has no access_token that can be used"
            raise errors.UnexpectedShape(self._side, "token.fetch", detail, status)
        return token, lifetime
