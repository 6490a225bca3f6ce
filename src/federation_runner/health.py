"""How the process is, over HTTP, for whoever supervises it.

| path | 200 | 503 |
| --- | --- | --- |
| `/healthz` | every thread lives and moves | one does not: have the process restarted |
| `/readyz` | every mode of every offering has had a cycle | the first ones are under way |

Both answer the same JSON. Connections to message brokers are told, and never decide: polling does without them.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from federation_runner.daemon import Status

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PATHS: dict[str, Callable[[Status], bool]] = {
    "/healthz": lambda status: status.is_alive,
    "/readyz": lambda status: status.is_alive and status.is_ready,
}
_FINE, _BAD, _UNKNOWN, _NOT_ALLOWED = 200, 503, 404, 405


class Probe:
    """Answers probes, as a WSGI application."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        is_fine = _PATHS.get(request.path)
        if is_fine is None:
            return Response(f"ask {' or '.join(_PATHS)}\n", _UNKNOWN)
        if request.method not in {"GET", "HEAD"}:
            return Response(status=_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        status = self._status()
        return Response(status.as_json(), _FINE if is_fine(status) else _BAD, mimetype="application/json")


class _QuietHandler(WSGIRequestHandler):
    """Logs nothing: probes come every few seconds."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        del type, message, args


@contextmanager
def serving(host: str, port: int, status: Callable[[], Status]) -> Iterator[int]:
    """Answer probes while inside; gives the port, which is a free one where *port* is 0.

    Raises:
        OSError: it cannot be listened there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server(
        (host, port), family=family
    ) as ours:  # the server itself would end the process where it cannot
        server = make_server(host, port, Probe(status), threaded=True, request_handler=_QuietHandler, fd=ours.fileno())
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield int(server.socket.getsockname()[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
