"""The network as a transport of httpx, every wait of which ends with the exchange that it belongs to.

httpx bounds each wait by itself, so whoever sends one byte before each of them ends is waited for without end. The library under it
takes a network of our own, and that is all that is ours here.
"""

import math
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from federation_adapters.http.proxies import pool_of


class Hourglass(threading.local):
    """When the exchange of this thread has to be over; a connection is read by the thread that asked."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = math.inf

    def turn(self, seconds: float) -> None:
        """Begin an exchange that may take so long."""
        self._end = self._monotonic() + seconds

    def cut(self, timeout: float | None = None) -> float:
        """How long one wait may take.

        Raises:
            httpcore.ReadTimeout: no time is left.
        """
        left = self._end - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer came too slowly")
        return left if timeout is None else min(left, timeout)


class Network(httpx.BaseTransport):
    """Makes exchanges over pooled connections."""

    def __init__(self, trust: ssl.SSLContext, proxy: str, connections: int, glass: Hourglass) -> None:
        """Prepare a pool; nothing is connected yet.

        Args:
            trust: which certificates are.
            proxy: its address, as `pool_of` takes it; empty for none.
            connections: the most at once, and kept.
            glass: when the exchange of a thread ends.

        Raises:
            ConfigurationError: *proxy* cannot be used.
        """
        bounds = {
            "max_connections": connections,
            "max_keepalive_connections": connections,
            "keepalive_expiry": httpx.Limits().keepalive_expiry,
        }
        self._pool = pool_of(proxy, trust, _Backend(glass), bounds)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange; the body is read later.

        Raises:
            httpx.TransportError: it failed.
        """
        asked = httpcore.Request(
            request.method,
            _url(request.url),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with in_words_of_httpx():
            answer = self._pool.handle_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


@contextmanager
def in_words_of_httpx() -> Iterator[None]:
    """What httpcore raises becomes what httpx calls by the same name.

    Raises:
        httpx.TransportError: by the same name.
    """
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


class _Body(httpx.SyncByteStream):
    """A body as it comes."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - httpcore's streams can be closed, their type does not say so
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with in_words_of_httpx():
            yield from self._inner

    def close(self) -> None:
        self._inner.close()


class _Backend(httpcore.SyncBackend):
    """Connections whose waits end with the exchange."""

    def __init__(self, glass: Hourglass) -> None:
        self._glass = glass

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, self._glass.cut(timeout), local_address, socket_options)
        return _Stream(stream, self._glass)


class _Stream(httpcore.NetworkStream):
    """A connection whose waits end with the exchange."""

    def __init__(self, inner: httpcore.NetworkStream, glass: Hourglass) -> None:
        self._inner, self._glass = inner, glass

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._glass.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._glass.cut(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._glass.cut(timeout)), self._glass)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the base class has it
        return self._inner.get_extra_info(info)
