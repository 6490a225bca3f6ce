"""Connections through a proxy: HTTP by httpcore, SOCKS5 and SOCKS4 by a hand-shake of ours before httpcore speaks.

| scheme | names are looked up by | needs |
| --- | --- | --- |
| `http` | the proxy | nothing more |
| `socks5`, `socks5h` | the proxy | socksio |
| `socks4` | this machine: its messages carry addresses alone | socksio |
| `socks4a` | the proxy | socksio |

The library socksio writes and reads the messages; httpcore's own SOCKS pool knows no SOCKS4, and takes no network of ours, whose
waits are bounded.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpcore
import httpx

from federation_core.domain.errors import ConfigurationError, Finding

HTTP_SCHEMES = frozenset({"http", "https"})
SOCKS5_SCHEMES = frozenset({"socks5", "socks5h"})
SOCKS4_SCHEMES = frozenset({"socks4", "socks4a"})
SOCKS_PORT = 1080
NAMELESS = b"anonymous"
"""Whom a SOCKS4 proxy is told to be asked by, where nobody is named: the library takes no empty name."""

Read = Callable[[int], bytes]


def pool_of(
    proxy: str, trust: ssl.SSLContext, backend: httpcore.NetworkBackend, bounds: Mapping[str, Any]
) -> httpcore.ConnectionPool:
    """Pooled connections through *proxy*; direct ones where it is empty. Nothing is connected yet.

    Args:
        proxy: its URL; user and password may stand in it.
        trust: which certificates are.
        backend: makes the connections.
        bounds: of the pool, by httpcore's names.

    Raises:
        ConfigurationError: the URL has no scheme, or one that is not spoken; or the library for it is not installed.
    """
    if not proxy:
        return httpcore.ConnectionPool(ssl_context=trust, network_backend=backend, **bounds)
    url = _read(proxy)
    reached = _ToProxy(backend)
    if url.scheme in HTTP_SCHEMES:
        return httpcore.HTTPProxy(
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
            proxy_auth=_credentials(url),
            ssl_context=trust,
            network_backend=reached,
            **bounds,
        )
    require_socks()
    return httpcore.ConnectionPool(ssl_context=trust, network_backend=_Socks(reached, url), **bounds)


def require_socks() -> None:
    """Make sure that SOCKS can be spoken.

    Raises:
        ConfigurationError: the library is not installed.
    """
    try:
        import socksio  # noqa: F401, PLC0415 - an extra, asked for where it is needed
    except ImportError:
        cause = "a SOCKS proxy is set, and the library socksio is not installed"
        raise ConfigurationError(Finding("proxy", cause, "install waldur-federation[socks]")) from None


def _read(proxy: str) -> httpx.URL:
    try:
        url = httpx.URL(proxy)
    except httpx.InvalidURL:
        url = httpx.URL()
    if not url.host or url.scheme not in HTTP_SCHEMES | SOCKS5_SCHEMES | SOCKS4_SCHEMES:
        raise ConfigurationError(
            Finding("proxy", "no URL of a proxy", "write it with its scheme, such as socks5://127.0.0.1:1080")
        )
    return url


def _credentials(url: httpx.URL) -> tuple[bytes, bytes] | None:
    return (url.username.encode(), url.password.encode()) if url.username else None


class _ToProxy(httpcore.NetworkBackend):
    """Connections to the proxy itself; that it cannot be reached is told as such."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            return self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        except httpcore.ConnectError as error:
            raise httpcore.ProxyError(f"the proxy cannot be reached: {error}") from error


class _Socks(httpcore.NetworkBackend):
    """Connections that a SOCKS proxy makes for us."""

    def __init__(self, inner: httpcore.NetworkBackend, proxy: httpx.URL) -> None:
        self._inner, self._proxy = inner, proxy
        self._shake_hands = _socks5 if proxy.scheme in SOCKS5_SCHEMES else _socks4
        self._looks_up = proxy.scheme == "socks4"

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        proxy = self._proxy
        target = (_address_of(host) if self._looks_up else host, port)
        stream = self._inner.connect_tcp(proxy.host, proxy.port or SOCKS_PORT, timeout, local_address, socket_options)
        try:
            self._shake_hands(stream, target, _credentials(proxy), timeout)
        except BaseException:
            stream.close()
            raise
        return stream


def _socks5(
    stream: httpcore.NetworkStream,
    target: tuple[str, int],
    credentials: tuple[bytes, bytes] | None,
    timeout: float | None,
) -> None:
    """Have a SOCKS5 proxy connect *stream* to *target*.

    Raises:
        httpcore.ProxyError: it does not.
    """
    from socksio import socks5  # noqa: PLC0415 - an extra

    dialogue = _Dialogue(stream, socks5.SOCKS5Connection(), timeout)
    free, named = socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED, socks5.SOCKS5AuthMethod.USERNAME_PASSWORD
    methods = [free] if credentials is None else [free, named]
    answer = dialogue.ask(socks5.SOCKS5AuthMethodsRequest(methods), lambda read: read(2))
    if answer.method not in methods:
        raise httpcore.ProxyError("the proxy wants a user and a password" if credentials is None else _REFUSES)
    if answer.method == named and credentials is not None:
        answer = dialogue.ask(socks5.SOCKS5UsernamePasswordRequest(*credentials), lambda read: read(2))
        if not answer.success:
            raise httpcore.ProxyError(_REFUSES)
    wanted = socks5.SOCKS5CommandRequest.from_address(socks5.SOCKS5Command.CONNECT, target)
    answer = dialogue.ask(wanted, _socks5_reply)
    if answer.reply_code != socks5.SOCKS5ReplyCode.SUCCEEDED:
        raise httpcore.ProxyError(f"the proxy cannot connect: {_named(answer.reply_code)}")


_REFUSES = "the proxy refuses the user and the password"


def _socks5_reply(read: Read) -> bytes:
    """The whole of an answer, whose length depends on the kind of address in it."""
    head = read(4)
    match head[3]:
        case 1:
            return head + read(4 + 2)
        case 4:
            return head + read(16 + 2)
        case _:
            length = read(1)
            return head + length + read(length[0] + 2)


def _socks4(
    stream: httpcore.NetworkStream,
    target: tuple[str, int],
    credentials: tuple[bytes, bytes] | None,
    timeout: float | None,
) -> None:
    """Have a SOCKS4 proxy connect *stream* to *target*; a name is sent as SOCKS4A has it.

    Raises:
        httpcore.ProxyError: it does not.
    """
    from socksio import socks4  # noqa: PLC0415 - an extra

    kind = socks4.SOCKS4Request if _is_ipv4(target[0]) else socks4.SOCKS4ARequest
    dialogue = _Dialogue(stream, socks4.SOCKS4Connection(credentials[0] if credentials else NAMELESS), timeout)
    answer = dialogue.ask(kind.from_address(socks4.SOCKS4Command.CONNECT, target), lambda read: read(8))
    if answer.reply_code != socks4.SOCKS4ReplyCode.REQUEST_GRANTED:
        raise httpcore.ProxyError(f"the proxy cannot connect: {_named(answer.reply_code)}")


def _address_of(host: str) -> str:
    """The IPv4 address of *host*.

    Raises:
        httpcore.ConnectError: it has none.
    """
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise httpcore.ConnectError(f"no IPv4 address: {error}") from error


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _named(code: Any) -> str:  # noqa: ANN401 - one of two enumerations
    return str(code.name).replace("_", " ").lower()


class _Dialogue:
    """Question and answer with a proxy, over a connection whose waits are bounded."""

    def __init__(self, stream: httpcore.NetworkStream, protocol: Any, timeout: float | None) -> None:  # noqa: ANN401 - one of two
        self._stream, self._protocol, self._timeout = stream, protocol, timeout

    def ask(self, question: Any, receive: Callable[[Read], bytes]) -> Any:  # noqa: ANN401 - the library's messages
        """The answer to *question*, of which *receive* knows how long it is.

        Raises:
            httpcore.ProxyError: there is none that can be understood.
        """
        from socksio.exceptions import SOCKSError  # noqa: PLC0415 - an extra

        try:
            self._protocol.send(question)
            self._stream.write(self._protocol.data_to_send(), self._timeout)
            return self._protocol.receive_data(receive(self._exactly))
        except SOCKSError as error:
            raise httpcore.ProxyError(f"the proxy does not speak as it is set to: {error}") from error

    def _exactly(self, count: int) -> bytes:
        """So many bytes, and none of what follows them."""
        found = b""
        while len(found) < count:
            more = self._stream.read(count - len(found), self._timeout)
            if not more:
                raise httpcore.ProxyError("the proxy ended the connection")
            found += more
        return found
