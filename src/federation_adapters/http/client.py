"""One HTTP client per peer: pooled, thread-safe, bounded in time, size and number, and never raising what is not in our tree.

Retried are reads that failed for the moment, and writes that were certainly not processed: 429, or no connection at all. A write
whose answer was lost is *not* sent again; whoever asked for it has to look.
"""

import functools
import json
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import attrs
import httpx
import tenacity

from federation_adapters.http import errors as translate
from federation_adapters.http.access import Access, ClientCredentials
from federation_adapters.http.answers import Answer
from federation_adapters.http.auth import auth_for
from federation_adapters.http.bounds import ENCODING, BoundedTransport
from federation_adapters.http.budget import RetryBudget
from federation_adapters.http.network import Hourglass, Network
from federation_adapters.http.redaction import Redactor, quiet_httpx
from federation_core.domain import errors
from federation_core.domain.errors import ConfigurationError, Finding

USER_AGENT = "waldur-federation"
LONGEST_WAIT = 10.0
DEADLINES = 4
"""A whole exchange may take this many times the time-out of one step, so that a trickle of bytes ends too."""

CLOCK_SAMPLES = 64
READS = frozenset({"GET", "HEAD"})
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
Params = Sequence[tuple[str, str]]


class HttpClient:
    """Calls one peer."""

    def __init__(
        self,
        access: Access,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open the client; no request is made.

        Args:
            access: how to reach the peer.
            transport: replaces the network, for a sandbox mounted in process.
            sleep: waits between attempts.

        Raises:
            ConfigurationError: the CA file cannot be read, the token cannot stand in a header, or the proxy cannot be used.
        """
        quiet_httpx()
        self.access = access
        self.counts: Counter[str] = Counter()
        self._slots = threading.BoundedSemaphore(access.concurrency)
        self._lock = threading.Lock()
        self._budget = RetryBudget()
        self._sleep = sleep
        self._ahead: deque[timedelta] = deque(maxlen=CLOCK_SAMPLES)
        glass = Hourglass()
        network = Network(_trust(access), access.proxy, access.concurrency, glass)
        auth = auth_for(access)
        self._redact = Redactor(auth.secrets)
        self._client = httpx.Client(
            base_url=access.base_url,
            auth=auth,
            headers={"Accept": "application/json", "Accept-Encoding": ENCODING, "User-Agent": USER_AGENT},
            timeout=httpx.Timeout(access.timeout, connect=access.connect_timeout or access.timeout),
            follow_redirects=False,
            transport=BoundedTransport(
                transport or network,
                glass,
                most_bytes=access.max_answer_bytes,
                most_seconds=DEADLINES * access.timeout,
            ),
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Nothing is opened before the first request."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def now(self) -> datetime:
        """The time on the peer's clock by its latest answers, never later than it really is; ours before the first answer."""
        with self._lock:
            return datetime.now(UTC) + max(self._ahead, default=timedelta(0))

    def call(
        self, operation: str, method: str, path: str, *, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> Answer:
        """Make one call, retried where that is safe.

        Args:
            operation: what is asked, in the port's words; stands in errors.
            method: the HTTP method.
            path: below the base address, such as ``/api/projects/``; or a whole address, which stands for itself.
            params: the query, keys may repeat.
            body: sent as JSON.

        Raises:
            PlaneError: by the tree in `federation_core.domain.errors`.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.access.attempts),
            wait=_wait,
            retry=lambda state: self._may_retry(method, state),
            sleep=self._sleep,
            reraise=True,
        )
        answer: Answer = retrying(self._once, operation, method, path, params, body)
        return answer

    def _may_retry(self, method: str, state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome is not None else None
        if not isinstance(error, errors.Transient) or state.attempt_number >= self.access.attempts:
            return False
        if isinstance(error, errors.Throttled) and (error.retry_after or 0) > LONGEST_WAIT:
            return False
        unsent = isinstance(error, errors.Throttled) or isinstance(error.__cause__, _UNSENT)
        return (method in READS or unsent) and self._budget.spend()

    def _once(self, operation: str, method: str, path: str, params: Params, body: Mapping[str, Any] | None) -> Answer:
        side = self.access.side
        try:
            with self._slots:
                response, content = self._exchange(method, path, params, body)
        except errors.PlaneError as error:  # of the identity provider
            raise self._signed(error, is_about_token=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict) as error:
            told = translate.of_transport(error, side, operation, self._redact)
            raise self._signed(told, error, is_about_token=self._is_of_token(error)) from error
        except UnicodeError:  # half a letter in a name that came from the other side
            detail = "a text that no URL can carry"
            raise self._signed(errors.Unintelligible(side, operation, detail)) from None
        self._note_clock(response)
        headers = {key.lower(): value for key, value in response.headers.items()}
        problem = translate.of_status(response.status_code, headers, content, side, operation, self._redact)
        if problem is not None:
            raise self._signed(problem)
        self._budget.earn()
        return Answer(response.status_code, headers, content, _next_link(response))

    def _is_of_token(self, error: Exception) -> bool:
        """Whether it was the identity provider that could not be called."""
        request = getattr(error, "_request", None)  # httpx's own property raises where there is none
        grant = self.access.credentials
        return (
            request is not None and isinstance(grant, ClientCredentials) and request.url == httpx.URL(grant.token_url)
        )

    def _signed(
        self, error: errors.PlaneError, cause: Exception | None = None, *, is_about_token: bool = False
    ) -> errors.PlaneError:
        """The error with the host that it is about, and with the settings an operator should look at."""
        access, keys = self.access, self.access.keys
        error.host = access.host
        if is_about_token and isinstance(access.credentials, ClientCredentials):
            error.host = urlsplit(access.credentials.token_url).netloc.rpartition("@")[2]
            keys = attrs.evolve(keys, url=keys.token_url or keys.token)
        error.advice = translate.advice_on(error, keys, cause)
        return error

    def _exchange(
        self, method: str, path: str, params: Params, body: Mapping[str, Any] | None
    ) -> tuple[httpx.Response, bytes]:
        with self._lock:
            self.counts["read" if method in READS else "write"] += 1
        content = None if body is None else json.dumps(body).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        request = self._client.build_request(method, path, params=list(params), content=content, headers=headers)
        response = self._client.send(request)
        return response, response.content

    def _note_clock(self, response: httpx.Response) -> None:
        """Keep how far the peer's clock is ahead at least: its Date is cut to seconds, so the largest sample is closest.

        The first and the last year of the calendar are no dates: they leave no room to count from.
        """
        try:
            there = parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            return
        if there.year not in {MINYEAR, MAXYEAR}:
            with self._lock:
                self._ahead.append(there - datetime.now(UTC))


def _next_link(response: httpx.Response) -> str | None:
    """Where the next page is; relations are compared without regard to case, and one link may have several (RFC 8288)."""
    relations = ((link.get("rel", "").lower().split(), link["url"]) for link in response.links.values())
    return next((url for names, url in relations if "next" in names), None)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    if isinstance(error, errors.Throttled) and error.retry_after is not None:
        return min(error.retry_after, LONGEST_WAIT)
    return tenacity.wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT)(state)


@functools.cache
def _usual_trust() -> ssl.SSLContext:
    """The certificates that are trusted where no file is named; read once, because that takes long."""
    return httpx.create_ssl_context(trust_env=False)


def _trust(access: Access) -> ssl.SSLContext:
    if not access.verify:
        return httpx.create_ssl_context(verify=False, trust_env=False)
    if not access.ca_file:
        return _usual_trust()
    try:
        return ssl.create_default_context(cafile=access.ca_file)
    except (OSError, ssl.SSLError) as error:
        cause = f"the CA file for {access.side} cannot be used: {error}"
        raise ConfigurationError(Finding("ca_file", cause, "name a readable file of PEM certificates")) from error
