"""The WSGI application: one request is one transaction, except where a fault says otherwise."""

import time
from collections.abc import Callable, Iterable
from functools import cache
from threading import Lock, RLock
from typing import TYPE_CHECKING

import attrs
from werkzeug import Request
from werkzeug.exceptions import NotFound
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import Map, RequestRedirect

from federation_adapters.sandbox import control
from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.answers import Answer, from_error, from_reply, header_list, invented, redirect, spoilt
from federation_adapters.sandbox.areas.urls import ROUTES
from federation_adapters.sandbox.broker import Broker
from federation_adapters.sandbox.clock import Clock, real_clock
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.credentials import authenticate
from federation_adapters.sandbox.conventions.routing import Endpoint, url_map
from federation_adapters.sandbox.exceptions import ApiError, method_not_allowed, no_route
from federation_adapters.sandbox.faults import Fault, FaultKind, FaultPlan, ReplyWithheldError
from federation_adapters.sandbox.ledger import Exchange, Log, RequestLog, Write
from federation_adapters.sandbox.profiles import CURRENT, PROFILES, Profile
from federation_adapters.sandbox.publisher import Publisher
from federation_adapters.sandbox.store import Store
from federation_adapters.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Observer = Callable[[int, str, str, str], object]
"""Called with exchange number, method, path, and phase (`received` or `committed`)."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@attrs.define
class _Incoming:
    """A request on its way through the application."""

    request: Request
    number: int
    endpoint: Endpoint | None
    location: str = ""
    username: str = ""
    args: dict[str, str] = attrs.field(factory=dict)

    @property
    def target(self) -> str:
        query = self.request.query_string.decode("latin-1")
        return f"{self.request.path}?{query}" if query else self.request.path


class Sandbox:
    """A Waldur look-alike, as a WSGI application.

    Serve it with `Server`, or mount it in a client with `httpx.WSGITransport(app=sandbox)`.

    Args:
        seed: Decides all UUIDs and tokens; equal seeds and equal steps give equal worlds.
        profile: Server generation: `8.1.2`, `2024-10`, or one made of switches.
        clock: Source of time; the real one by default.

    Attributes:
        world: Builds content and plays the provider.
        faults: Trouble in force.
        latency: Seconds every request waits before it is looked at; may be changed at any time.
        requests: All exchanges so far; the control API is not counted.
        writes: All writes that were kept.
        observers: Callables told of each exchange outside the lock: `received` before anything is done, `committed`
            when the request has been carried out and before its answer is written.
        publisher: Who tells a broker what happens; None without one.

    Raises:
        KeyError: the profile is unknown.
    """

    def __init__(self, seed: int = 0, *, profile: str | Profile = CURRENT.name, clock: Clock = real_clock) -> None:
        self._lock = RLock()
        self._counter = Lock()
        self._count = 0
        self.store = Store(seed, clock, PROFILES[profile] if isinstance(profile, str) else profile)
        self.world = World(self.store, self._lock)
        self.faults = FaultPlan()
        self.latency = 0.0
        self.requests = RequestLog()
        self.writes: Log[Write] = Log()
        self.observers: list[Observer] = []
        self.publisher: Publisher | None = None
        self._urls = _urls(current=self.profile.current_routes, absent=self.profile.absent)

    def connect(self, broker: Broker) -> Publisher:
        """Publish through *broker* from now on what happens here; without one, no queue can be registered.

        Stop the publisher that is returned before the broker ends.
        """
        self.store.broker = broker
        self.publisher = Publisher(self.store, broker)
        return self.publisher

    @property
    def profile(self) -> Profile:
        """The server generation."""
        return self.store.profile

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request.

        Raises:
            ReplyWithheldError: a fault ends the connection without an answer.
        """
        request = Request(environ)
        request.get_data(cache=True)
        is_control = request.path.startswith(control.PREFIX)
        answer = self._control(request) if is_control else self._exchange(request)
        phrase = HTTP_STATUS_CODES.get(answer.status, "Unknown").upper()
        start_response(f"{answer.status} {phrase}", list(header_list(answer, request.method, self.store.now())))
        return [] if request.method == "HEAD" else [answer.content]

    def _control(self, request: Request) -> Answer:
        try:
            with self._lock:
                return from_reply(Reply(control.answer(self, request)))
        except ApiError as error:
            return from_error(error)

    def _exchange(self, request: Request) -> Answer:
        with self._counter:
            self._count += 1
            number = self._count
        incoming = self._matched(request, number)
        self._tell(incoming, "received")
        fault = self.faults.draw(request.method, incoming.target)
        self._wait(self.latency)
        if fault is not None and not fault.strikes_late:
            early = self._struck_early(incoming, fault)
            if early is not None:
                return early
        with self._lock:
            answer = self._processed(incoming, fault)
        self._tell(incoming, "committed")
        return self._delivered(incoming, answer, fault)

    def _matched(self, request: Request, number: int) -> _Incoming:
        adapter = self._urls.bind_to_environ(request.environ)
        try:
            endpoint, args = adapter.match()
        except RequestRedirect as found:
            return _Incoming(request, number, None, location=found.new_url)
        except NotFound:
            return _Incoming(request, number, None)
        return _Incoming(request, number, endpoint, args=dict(args))

    def _tell(self, incoming: _Incoming, phase: str) -> None:
        for observer in list(self.observers):
            observer(incoming.number, incoming.request.method, incoming.request.path, phase)

    @staticmethod
    def _wait(seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def _struck_early(self, incoming: _Incoming, fault: Fault) -> Answer | None:
        """Return the fault's own answer, or None when it merely took its time."""
        if fault.kind is FaultKind.SLOW:
            self._wait(fault.seconds)
            return None
        if fault.kind is FaultKind.RESET:
            self._record(incoming, None, fault)
            raise ReplyWithheldError(committed=False)
        answer = invented(fault)
        if answer is not None:
            self._record(incoming, answer.status, fault)
        return answer

    def _delivered(self, incoming: _Incoming, answer: Answer, fault: Fault | None) -> Answer:
        """Record the exchange and return the answer as a late fault leaves it."""
        if fault is None or not fault.strikes_late:
            self._record(incoming, answer.status, fault)
            return answer
        if fault.kind in {FaultKind.LOST, FaultKind.RESET}:
            self._record(incoming, None, fault)
            raise ReplyWithheldError(committed=True)
        if fault.kind is FaultKind.SLOW:
            self._wait(fault.seconds)
        final = spoilt(answer, fault)
        self._record(incoming, final.status, fault)
        return final

    def _record(self, incoming: _Incoming, status: int | None, fault: Fault | None) -> None:
        request = incoming.request
        self.requests.append(
            Exchange(
                number=incoming.number,
                method=request.method,
                path=request.path,
                template=incoming.endpoint.template if incoming.endpoint else request.path,
                query=request.query_string.decode("latin-1"),
                user=incoming.username,
                status=status,
                fault=str(fault.kind) if fault else "",
            )
        )

    def _processed(self, incoming: _Incoming, fault: Fault | None) -> Answer:
        """Carry out the request as one transaction; the lock is held."""
        if incoming.location:
            return redirect(incoming.location)
        shift = fault.delta if fault is not None and fault.kind is FaultKind.PAGE_SHIFT else 0
        try:
            with self.store.journal.transaction():
                answer = from_reply(self._handled(incoming, shift))
        except ApiError as error:
            return from_error(error)
        self._note_write(incoming, answer)
        return answer

    def _handled(self, incoming: _Incoming, shift: int) -> Reply:
        request, endpoint = incoming.request, incoming.endpoint
        if endpoint is None:
            raise no_route()
        route = endpoint.route(request.method)
        if route is not None and route.anonymous:
            reply: Reply = route.handler(self.store, **incoming.args)
            return reply
        user = authenticate(request, self.store)
        incoming.username = user.username
        if route is None:
            raise method_not_allowed(request.method)
        call = Call(request=request, store=self.store, access=Access(self.store, user), page_shift=shift)
        return route.handler(call, **incoming.args)

    def _note_write(self, incoming: _Incoming, answer: Answer) -> None:
        request = incoming.request
        if request.method in _SAFE or not answer.is_success:
            return
        body = request.get_json(silent=True) if request.is_json else None
        self.writes.append(
            Write(
                number=incoming.number,
                method=request.method,
                path=request.path,
                user=incoming.username,
                body=body,
                status=answer.status,
            )
        )


@cache
def _urls(*, current: bool, absent: frozenset[str]) -> Map:
    """The addresses of a server generation; compiled once, never changed."""
    return url_map(route for route in ROUTES if (route.in_legacy or current) and route.path not in absent)
