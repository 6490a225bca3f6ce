"""Serving a sandbox over real HTTP on this machine."""

import socket
import struct
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from federation_adapters.sandbox.faults import ReplyWithheldError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1 and keeps quiet."""

    protocol_version = "HTTP/1.1"

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status alone, and log nothing: the sandbox tells the time of its own clock, and keeps its own ledger."""
        self.send_response_only(code, message)


class _WithResets:
    """Turns a withheld reply into a connection that really ends."""

    def __init__(self, sandbox: "WSGIApplication") -> None:
        self._sandbox = sandbox

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        try:
            return self._sandbox(environ, start_response)
        except ReplyWithheldError:
            connection: socket.socket = environ["werkzeug.socket"]
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                connection.shutdown(socket.SHUT_RDWR)
            raise


class Server:
    """A sandbox behind a port, while the `with` block lasts.

    Args:
        sandbox: What to serve: a `Sandbox`, or a look-alike of another service.
        host: Address to bind; keep it on loopback, the sandbox has no real protection.
        port: Port to bind; 0 for any free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, sandbox: "WSGIApplication", host: str = "127.0.0.1", port: int = 0) -> None:
        self.sandbox = sandbox
        self._server = make_server(host, port, _WithResets(sandbox), threaded=True, request_handler=_Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """The address to give to clients, without `/api/`."""
        return f"http://{self._server.host}:{self.port}"

    def start(self) -> None:
        """Begin to answer, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self.stop()
