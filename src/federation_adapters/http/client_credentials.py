"""The OIDC client-credentials grant as an httpx flow: one access token for all threads, renewed before it ends.

| the token endpoint | is | tried again |
| --- | --- | --- |
| answers 429, or does not answer | a trouble that may pass | with the call, where that may be repeated |
| answers 5xx | a fault of the server | with the call, where that may be repeated |
| answers any other error | a refusal of the credentials | no |
"""

import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import attrs
import httpx

from federation_adapters.http.access import ClientCredentials
from federation_adapters.http.answers import fields_of
from federation_adapters.http.redaction import Redactor
from federation_core.domain import errors
from federation_core.domain.ids import Side

OPERATION = "token.fetch"
MOST_MARGIN = 30.0
MARGIN_SHARE = 0.2
DEFAULT_LIFETIME = 60.0
"""Seconds that a token is taken to live where the answer does not say."""

_REDIRECT, _BAD_REQUEST, _UNAUTHORISED, _THROTTLED, _SERVER = 300, 400, 401, 429, 500
_NEVER = float("-inf")
Requests = Generator[httpx.Request, httpx.Response, str]


def is_sendable(token: str) -> bool:
    """Whether a header can carry it, and nothing beside it."""
    return token.isascii() and token.isprintable() and " " not in token


@attrs.frozen
class _Issued:
    """A token, and until when it is used, on a clock in seconds."""

    token: str = attrs.field(default="", repr=False)
    until: float = _NEVER


class ClientCredentialsAuth(httpx.Auth):
    """Fetches, keeps and renews an access token; thread-safe.

    A token is used until shortly before it expires: thirty seconds, or a fifth of its life where that is less. One that the API
    answers 401 to is dropped, and the request made once more with a new one. However many threads need a token, one fetches it.
    """

    def __init__(
        self, grant: ClientCredentials, side: Side, timeout: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare it; nothing is fetched.

        Args:
            grant: whose token, and from where.
            side: what errors say that the token is for.
            timeout: seconds that each wait for the identity provider may take.
            monotonic: a clock in seconds.
        """
        self._grant, self._side, self._monotonic = grant, side, monotonic
        self._timeout = httpx.Timeout(timeout).as_dict()
        self._fetching = threading.Lock()
        self._issued = _Issued()
        self._redact = Redactor(self.secrets)

    def secrets(self) -> tuple[str, ...]:
        """What no text may show: what was configured, and what was fetched."""
        return self._grant.client_secret, self._issued.token

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send *request* with a valid token, and once more with a new one after a 401.

        Raises:
            PlaneError: the identity provider gives none.
        """
        token = yield from self._valid("")
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == _UNAUTHORISED:
            token = yield from self._valid(token)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _valid(self, refused: str) -> Requests:
        """A token other than *refused*; whoever comes while one is fetched waits for it."""
        with self._fetching:
            issued = self._issued
            if issued.token not in {"", refused} and self._monotonic() < issued.until:
                return issued.token
            asked = self._monotonic()
            response = yield self._request()
            response.read()
            token, lifetime = self._read(response)
            margin = min(MOST_MARGIN, MARGIN_SHARE * lifetime)
            self._issued = _Issued(token, asked + lifetime - margin if lifetime > 0 else _NEVER)
            return token

    def _request(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._grant.client_id,
            "client_secret": self._grant.client_secret,
            **({"scope": self._grant.scope} if self._grant.scope else {}),
        }
        return httpx.Request(
            "POST",
            self._grant.token_url,
            data=form,
            headers={"Accept": "application/json"},
            extensions={"timeout": self._timeout},
        )

    def _read(self, response: httpx.Response) -> tuple[str, float]:
        """The token and the seconds that it lives."""
        answer = fields_of(response.content)
        self._judge(response, answer)
        token, lifetime = answer.get("access_token"), _seconds(answer.get("expires_in"))
        if not isinstance(token, str) or not token or not is_sendable(token):
            detail = "the identity provider's answer has no access_token that can be used"
            raise errors.UnexpectedShape(self._side, OPERATION, detail, response.status_code)
        return token, lifetime

    def _judge(self, response: httpx.Response, answer: dict[str, Any]) -> None:
        status = response.status_code
        if status < _REDIRECT:
            return
        words = ": ".join(str(answer[key]) for key in ("error", "error_description") if answer.get(key))
        detail = self._redact(f" ({words})") if words else ""
        if status < _BAD_REQUEST:
            raise errors.UnexpectedShape(self._side, OPERATION, "the identity provider redirects", status)
        if status == _THROTTLED:
            raise errors.Throttled(self._side, OPERATION, f"the identity provider is throttling{detail}", status)
        if status >= _SERVER:
            raise errors.ServerFault(self._side, OPERATION, f"the identity provider failed{detail}", status)
        refusal = f"the identity provider refuses the client credentials{detail}"
        raise errors.Unauthorised(self._side, OPERATION, refusal, status)


def _seconds(lifetime: object) -> float:
    """How long a token lives; a text of digits is read too."""
    if isinstance(lifetime, bool) or not isinstance(lifetime, int | float | str):
        return DEFAULT_LIFETIME
    try:
        seconds = float(lifetime)
    except (ValueError, OverflowError):
        return DEFAULT_LIFETIME
    return seconds if seconds < float("inf") else DEFAULT_LIFETIME
