"""One agent on two sandboxes, whose every request may meet with trouble, and which may be killed between any two of them.

Everything runs on one thread, so that a history can be played again and made shorter.
"""

import threading
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import attrs
import httpx
from dependency_injector import providers
from tests.fakes.peers import WorkPool
from tests.scenario.harness import Installed, Mounted

from federation_adapters.sandbox import Fault, Pair
from federation_core.application.outcome import CycleReport
from federation_runner.container import Federation, close
from federation_runner.cycle import run_cycle
from federation_runner.settings.model import OfferingSettings


class Killed(BaseException):
    """The process is gone: nothing catches it, and nothing is sent any more."""


class Trouble(Enum):
    """What may happen to one request."""

    KILL_BEFORE = "killed before it is sent"
    KILL_AFTER = "killed before its answer arrives"
    ANOTHER_AGENT = "another agent runs a whole cycle first"
    LATE = "given up, and carried out later"
    RESET = "connection reset"
    LOST = "reply lost after the commit"
    STATUS_500 = "500"
    STATUS_502_LATE = "502 after the commit"
    STATUS_503 = "503 with Retry-After"
    STATUS_429 = "429 with Retry-After"
    STATUS_401 = "401"
    STATUS_403 = "403"
    HTML = "a page instead of JSON"
    HTML_LATE = "a page after the commit"
    TRUNCATED = "JSON cut off"
    GARBAGE = "other JSON"
    WRONG_COUNT = "a wrong count"
    SKIPPED_ROWS = "rows left out between pages"
    SLOW = "an answer after twenty seconds"


FAULTS: Mapping[Trouble, Mapping[str, Any]] = {
    Trouble.RESET: {"kind": "reset"},
    Trouble.LOST: {"kind": "lost"},
    Trouble.STATUS_500: {"kind": "status", "status": 500},
    Trouble.STATUS_502_LATE: {"kind": "status", "status": 502, "after_commit": True},
    Trouble.STATUS_503: {"kind": "status", "status": 503, "retry_after": 7},
    Trouble.STATUS_429: {"kind": "status", "status": 429, "retry_after": 2},
    Trouble.STATUS_401: {"kind": "status", "status": 401},
    Trouble.STATUS_403: {"kind": "status", "status": 403},
    Trouble.HTML: {"kind": "html"},
    Trouble.HTML_LATE: {"kind": "html", "after_commit": True},
    Trouble.TRUNCATED: {"kind": "truncated"},
    Trouble.GARBAGE: {"kind": "garbage"},
    Trouble.WRONG_COUNT: {"kind": "wrong_count", "delta": 2},
    Trouble.SKIPPED_ROWS: {"kind": "page_shift", "delta": 1},
}


@attrs.frozen
class Troubles:
    """What happens in one cycle.

    Attributes:
        of_requests: number of the request within the cycle, from 0 -> what happens to it.
        of_writes: the same for writes alone, which are few and matter more.
    """

    of_requests: Mapping[int, Trouble] = attrs.field(factory=dict)
    of_writes: Mapping[int, Trouble] = attrs.field(factory=dict)


NONE = Troubles()
READS = frozenset({"GET", "HEAD"})


class Waits(threading.Event):
    """Never set, and waited for in no time: the clock of both worlds moves instead."""

    def __init__(self, pass_time: Callable[[float], None]) -> None:
        super().__init__()
        self._pass_time = pass_time

    def wait(self, timeout: float | None = None) -> bool:
        self._pass_time(timeout or 0)
        return False


class Socket(httpx.BaseTransport):
    """Carries requests over HTTP to a server at another address than the one in the settings."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._carrier = httpx.HTTPTransport()

    def handle_request(self, request):
        request.url = request.url.copy_with(scheme="http", host=self._url.host, port=self._url.port)
        return self._carrier.handle_request(request)

    def close(self) -> None:
        """End its connections."""
        self._carrier.close()


Wires = Mapping[str, httpx.BaseTransport]
"""``a`` and ``b`` -> what carries requests there."""


def mounted(pair: Pair) -> Wires:
    """Both sandboxes in this process."""
    return {"a": Mounted(pair.a.sandbox), "b": Mounted(pair.b.sandbox)}


class _Line(httpx.BaseTransport):
    """The wire from the engine to one side."""

    def __init__(self, engine: "Engine", side: str) -> None:
        self._engine = engine
        self._sandbox = getattr(engine.pair, side).sandbox
        self._wire = engine.wires[side]

    def handle_request(self, request):
        trouble = self._engine.next_trouble(is_write=request.method not in READS)
        match trouble:
            case Trouble.KILL_BEFORE:
                self._engine.die()
            case Trouble.KILL_AFTER:
                self._wire.handle_request(request)
                self._engine.die()
            case Trouble.ANOTHER_AGENT:
                self._engine.meanwhile()
            case Trouble.SLOW:
                self._engine.pass_time(20)
            case Trouble.LATE:
                request.read()
                self._engine.carry_out_later(lambda: self._wire.handle_request(request))
                raise httpx.ReadTimeout("given up", request=request)
            case None:
                pass
            case _:
                self._sandbox.faults.add(Fault(**FAULTS[trouble]))
        return self._wire.handle_request(request)


class Engine:
    """One agent.

    Attributes:
        sent: how many requests the cycle under way, or the last one, has sent.
        met: how many troubles its requests met with so far.
        carry_out_later: takes what is still on its way to a server although nobody waits for it any more.
        meanwhile: what another agent does in the middle of a request.
    """

    def __init__(
        self,
        pair: Pair,
        settings: OfferingSettings,
        wires: Wires,
        pass_time: Callable[[float], None],
        carry_out_later: Callable[[Callable[[], object]], None],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        self.pair, self.settings, self.wires, self.pass_time = pair, settings, wires, pass_time
        self.carry_out_later, self.meanwhile = carry_out_later, meanwhile
        self.sent = self.met = self._written = 0
        self._is_dead = False
        self._troubles = NONE
        self.start()

    def start(self) -> None:
        """Begin as a fresh process."""
        self._is_dead = False
        self.federation = Federation(settings=self.settings)
        self.federation.a_transport.override(providers.Object(_Line(self, "a")))
        self.federation.b_transport.override(providers.Object(_Line(self, "b")))
        self.federation.packages.override(providers.Object(Installed()))
        self.federation.pool.override(providers.Object(SerialPool()))
        self.federation.stop.override(providers.Object(Waits(self.pass_time)))

    def restart(self, settings: OfferingSettings | None = None) -> None:
        """End, and begin anew with nothing remembered, perhaps with other settings."""
        self.end()
        self.settings = settings or self.settings
        self.start()

    def end(self) -> None:
        """End for good."""
        close(self.federation)

    def cycle(self, mode: str, troubles: Troubles = NONE, approved: str = "") -> Mapping[str, CycleReport] | None:
        """Run one cycle; None where it was killed, and then it has been started again."""
        self.sent, self._written, self._troubles = 0, 0, troubles
        try:
            return run_cycle(self.federation, mode, approved=approved)
        except Killed:
            self.restart()
            return None
        finally:
            self._troubles = NONE
            for side in (self.pair.a, self.pair.b):
                side.sandbox.faults.clear()

    def next_trouble(self, *, is_write: bool) -> Trouble | None:
        """What happens to the request that is about to be sent."""
        if self._is_dead:
            raise Killed
        trouble = self._troubles.of_requests.get(self.sent)
        if is_write:
            trouble = self._troubles.of_writes.get(self._written, trouble)
            self._written += 1
        self.sent += 1
        self.met += trouble is not None
        return trouble

    def die(self) -> None:
        """Be killed."""
        self._is_dead = True
        raise Killed


class SerialPool(WorkPool):
    """Runs one call after the other."""

    def close(self) -> None:
        """There is nothing to end."""
