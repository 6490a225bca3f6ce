"""The same histories with both sandboxes served over HTTP."""

from contextlib import ExitStack

from tests.stateful.engine import Socket
from tests.stateful.machine import Federations

from federation_adapters.sandbox import Server


class FederationsOverHttp(Federations):
    """One history; slower, and with real connections that break."""

    def wired(self):
        self._served = ExitStack()
        pair = self.worlds.pair
        return {name: self._carried(sandbox) for name, sandbox in (("a", pair.a.sandbox), ("b", pair.b.sandbox))}

    def _carried(self, sandbox):
        socket = Socket(self._served.enter_context(Server(sandbox)).url)
        self._served.callback(socket.close)
        return socket

    def teardown(self):
        try:
            super().teardown()
        finally:
            if hasattr(self, "_served"):
                self._served.close()
