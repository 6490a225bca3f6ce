"""A transport whose every answer is bounded in time and in size, those of an identity provider and of a refusal included.

A peer may be hostile, or broken: it may let a header drip for ever, answer ``100 Continue`` without end, or pack gigabytes into a
few kilobytes. So the whole exchange has one deadline, which every wait for the network is cut to, and answers are unpacked here, in
steps, and no further than they may be long.
"""

import math
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import httpcore
import httpx

ENCODING = "gzip"
"""The one packing that is asked for, and taken."""

_ANY_HEADER = zlib.MAX_WBITS | 32


class TooLarge(httpx.TransportError):
    """The answer is longer than any that is expected."""


class _Hourglass(threading.local):
    """When the exchange of this thread has to be over; sync connections are read by the thread that asked."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._end = math.inf

    def turn(self, seconds: float) -> None:
        """Begin an exchange."""
        self._end = self._monotonic() + seconds

    def cut(self, timeout: float | None) -> float:
        """How long one wait may take.

        Raises:
            httpcore.ReadTimeout: no time is left.
        """
        left = self._end - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer came too slowly")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """A connection whose waits end with the exchange."""

    def __init__(self, inner: httpcore.NetworkStream, glass: _Hourglass) -> None:
        self._inner, self._glass = inner, glass

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._glass.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._glass.cut(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: Any,  # noqa: ANN401 - as the base class has it
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._glass.cut(timeout))
        return _Stream(inner, self._glass)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the base class has it
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """The network, with connections whose waits end with the exchange."""

    def __init__(self, inner: httpcore.NetworkBackend, glass: _Hourglass) -> None:
        self._inner, self._glass = inner, glass

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.connect_tcp(host, port, self._glass.cut(timeout), local_address, socket_options)
        return _Stream(inner, self._glass)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class BoundedTransport(httpx.BaseTransport):
    """Makes each exchange through another transport, within bounds."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        most_bytes: int,
        most_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take *inner* over.

        Args:
            inner: makes the exchanges; if it is httpx's own, its waits are cut too.
            most_bytes: of an answer's body, packed or not.
            most_seconds: from the first byte sent to the last received.
            monotonic: the clock.
        """
        self._inner = inner
        self._most_bytes, self._most_seconds = most_bytes, most_seconds
        self._glass = _Hourglass(monotonic)
        if isinstance(inner, httpx.HTTPTransport):
            pool: Any = inner._pool  # noqa: SLF001 - httpx has no parameter for it; a test notices if that moves
            pool._network_backend = _Network(pool._network_backend, self._glass)  # noqa: SLF001

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange.

        Raises:
            httpx.TransportError: it failed; `TooLarge` and ``ReadTimeout`` while the body is read.
        """
        self._glass.turn(self._most_seconds)
        answer = self._inner.handle_request(request)
        encoding = answer.headers.get("content-encoding", "").strip().lower()
        headers = httpx.Headers(
            [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-encoding"]
        )
        body = _Body(cast("httpx.SyncByteStream", answer.stream), encoding, self._most_bytes, self._glass)
        return httpx.Response(answer.status_code, headers=headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()


class _Body(httpx.SyncByteStream):
    """A body as it comes, unpacked, and cut off where it is too long or too slow."""

    def __init__(self, inner: httpx.SyncByteStream, encoding: str, most: int, glass: _Hourglass) -> None:
        self._inner, self._encoding, self._most, self._glass = inner, encoding, most, glass

    def __iter__(self) -> Iterator[bytes]:
        chunks = self._within(self._inner)
        match self._encoding:
            case "" | "identity":
                yield from chunks
            case "gzip":
                yield from self._within(self._unpacked(chunks))
            case _:
                raise httpx.DecodingError("a packing that was not asked for")

    def close(self) -> None:
        self._inner.close()

    def _within(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > self._most:
                raise TooLarge(f"more than {self._most} bytes")
            self._check_time()
            yield chunk

    def _check_time(self) -> None:
        try:
            self._glass.cut(None)
        except httpcore.ReadTimeout as error:
            raise httpx.ReadTimeout(str(error)) from None

    def _unpacked(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        unpacker, is_empty = zlib.decompressobj(_ANY_HEADER), True
        try:
            for chunk in chunks:
                is_empty = is_empty and not chunk
                yield unpacker.decompress(chunk, self._most + 1)
        except zlib.error:
            raise httpx.DecodingError("a body that cannot be unpacked") from None
        if not (is_empty or unpacker.eof):
            raise httpx.DecodingError("a body that was cut off")
