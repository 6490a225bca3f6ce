"""A transport whose every answer is bounded in time and in size, those of an identity provider and of a refusal included.

A peer may be hostile, or broken: it may let a header drip for ever, answer ``100 Continue`` without end, or pack gigabytes into a
few kilobytes. So the whole exchange has one deadline, and answers are unpacked here, in steps, and no further than they may be
long.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import cast

import httpx

from federation_adapters.http.network import Hourglass, in_words_of_httpx

ENCODING = "gzip"
"""The one packing that is asked for, and taken."""

_ANY_HEADER = zlib.MAX_WBITS | 32


class TooLarge(httpx.TransportError):
    """The answer is longer than any that is expected."""


class BoundedTransport(httpx.BaseTransport):
    """Makes each exchange through another transport, within bounds."""

    def __init__(self, inner: httpx.BaseTransport, glass: Hourglass, *, most_bytes: int, most_seconds: float) -> None:
        """Take *inner* over.

        Args:
            inner: makes the exchanges.
            glass: is turned for each of them; *inner*'s waits end by it.
            most_bytes: of an answer's body, packed or not.
            most_seconds: from the first byte sent to the last received.
        """
        self._inner, self._glass = inner, glass
        self._most_bytes, self._most_seconds = most_bytes, most_seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Make one exchange.

        Raises:
            httpx.TransportError: it failed; `TooLarge` and ``ReadTimeout`` while the body is read.
        """
        self._glass.turn(self._most_seconds)
        answer = self._inner.handle_request(request)
        encoding = answer.headers.get("content-encoding", "").strip().lower()
        headers = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-encoding"]
        body = _Body(cast("httpx.SyncByteStream", answer.stream), encoding, self._most_bytes, self._glass)
        return httpx.Response(answer.status_code, headers=headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()


class _Body(httpx.SyncByteStream):
    """A body as it comes, unpacked, and cut off where it is too long or too slow."""

    def __init__(self, inner: httpx.SyncByteStream, encoding: str, most: int, glass: Hourglass) -> None:
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
            with in_words_of_httpx():
                self._glass.cut()
            yield chunk

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
