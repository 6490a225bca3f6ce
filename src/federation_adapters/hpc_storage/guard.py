"""Around every request: a clock and a name for the log, and the end of every exception.

Where nobody is asked who they are, it answers no strangers.
"""

import ipaddress
import time
from collections.abc import Callable
from uuid import uuid4

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from federation_adapters.hpc_storage.errors import FORBIDDEN, of_bug
from federation_adapters.hpc_storage.watching import Served, Watcher

CALLER = "caller"
"""Where the name of who asked stands in the state of a request."""

STRANGER = (
    "Authentication is switched off, so this service answers at loopback addresses alone; "
    "switch it on, or set auth.allow_remote_without_auth as well."
)
MILLISECONDS = 1000


class Guard:
    """Wraps an application."""

    def __init__(
        self, app: ASGIApp, watcher: Watcher, *, stays_local: bool, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._app, self._watcher, self._stays_local, self._monotonic = app, watcher, stays_local, monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._monotonic()
        scope.setdefault("state", {})
        answered = _Answered(send)
        await self._answer(scope, receive, answered)
        took = (self._monotonic() - began) * MILLISECONDS
        caller = str(scope["state"].get(CALLER, ""))
        self._watcher.served(Served(scope["method"], scope["path"], answered.status, took, caller))

    async def _answer(self, scope: Scope, receive: Receive, answered: "_Answered") -> None:
        if self._stays_local and not _is_local(scope):
            await JSONResponse({"detail": STRANGER}, FORBIDDEN)(scope, receive, answered)
            return
        try:
            await self._app(scope, receive, answered)
        except Exception as error:  # noqa: BLE001 - the last one there is: it is told, and answered without its words
            request_id = uuid4().hex
            self._watcher.broken(request_id, error)
            if not answered.status:
                await of_bug(request_id)(scope, receive, answered)


class _Answered:
    """Sends, and remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _is_local(scope: Scope) -> bool:
    """Whether the request came in at a loopback address, or over a socket of this machine's files."""
    server = scope.get("server")
    if server is None or server[1] is None:
        return True
    try:
        return ipaddress.ip_address(server[0]).is_loopback
    except ValueError:
        return bool(server[0] == "localhost")
