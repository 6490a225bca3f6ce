"""A connection that is kept: registered, connected, subscribed, lost, and all over again, for as long as it is wanted.

```mermaid
stateDiagram-v2
    [*] --> unregistered
    unregistered --> registering
    registering --> connecting: the queue is there
    registering --> refused: the server says no
    registering --> lost: it cannot be reached
    refused --> registering: ten minutes later
    connecting --> subscribing: the broker accepts
    connecting --> lost
    subscribing --> live: the subscription is confirmed
    subscribing --> lost
    live --> lost
    lost --> connecting: after a while
    lost --> registering: after a while, where the broker had refused us
    registering --> shared: another channel listens to the queue
    shared --> registering: it has ended
```
"""

import enum
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import attrs

from federation_adapters.events_stomp.endpoint import Endpoint
from federation_adapters.events_stomp.messages import read_message
from federation_adapters.events_stomp.owners import OWNERS, QueueKey, QueueOwners
from federation_adapters.events_stomp.session import Delivered, Session, SessionError, Timing
from federation_core.domain.errors import PlaneError, Refused, Unsupported
from federation_core.domain.hints import Hint, Ignored, Malformed
from federation_core.domain.ids import Side
from federation_core.ports.hints import HintSink, Mailbox, Registrar

STOP_SECONDS = 5.0


class State(enum.Enum):
    """Where a channel stands."""

    UNREGISTERED = "unregistered"
    REGISTERING = "registering"
    REFUSED = "refused"
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    LIVE = "live"
    SHARED = "shared"
    LOST = "lost"
    STOPPED = "stopped"


@attrs.frozen
class Health:
    """How a channel is.

    Attributes:
        since: when it came into that state.
        reason: why, or what was said last.
        last_message: when one came last; None for never.
        received: messages; of them *redelivered* ones had been sent before, *handed_over* became hints, *ignored* ask for nothing,
            *malformed* could not be understood, *left* stay in the queue because the process ends.
        connects: how often it was live.
    """

    state: State
    since: datetime
    reason: str = ""
    last_message: datetime | None = None
    received: int = 0
    redelivered: int = 0
    handed_over: int = 0
    ignored: int = 0
    malformed: int = 0
    left: int = 0
    connects: int = 0

    def as_json(self) -> dict[str, object]:
        """The health as JSON values."""
        values = attrs.asdict(self)
        last = self.last_message
        return {
            **values,
            "state": self.state.value,
            "since": self.since.isoformat(timespec="seconds"),
            "last_message": None if last is None else last.isoformat(timespec="seconds"),
        }


@attrs.frozen
class Transition:
    """A change of state, and why."""

    side: Side
    was: State
    now: State
    reason: str


class StompChannel:
    """Keeps listening to one peer, in a thread of its own."""

    def __init__(
        self,
        side: Side,
        endpoint: Endpoint,
        registrar: Registrar,
        sink: HintSink,
        on_change: Callable[[Transition], None],
        *,
        timing: Timing = Timing(),  # noqa: B008 - frozen
        owners: QueueOwners = OWNERS,
        spread: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Prepare a channel.

        Args:
            side: whose messages these are.
            endpoint: the peer's broker.
            registrar: has the peer fill a queue.
            sink: takes the hints.
            on_change: told of every change of state, once; must return at once.
            timing: the time limits.
            owners: who listens to which queue in this process.
            spread: a random number between two bounds, for the waits between attempts.
        """
        self._side = side
        self._endpoint = endpoint
        self._registrar = registrar
        self.sink = sink
        self._on_change = on_change
        self._timing = timing
        self._owners = owners
        self._spread = spread
        self._bell = threading.Condition()
        self._is_stopping = False
        self._health = Health(State.UNREGISTERED, _now())
        self._mailboxes: tuple[Mailbox, ...] = ()
        self._registered = 0.0
        self._failures = 0
        self._refusals = 0
        self._thread = threading.Thread(target=self._run, name=f"events-{side}", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Have the channel end; returns at once, `join` waits."""
        with self._bell:
            self._is_stopping = True
            self._bell.notify_all()

    def join(self, seconds: float = STOP_SECONDS) -> bool:
        """Wait until it has ended, at most so long; whether it has."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def side(self) -> Side:
        """Whose messages these are."""
        return self._side

    @property
    def health(self) -> Health:
        """How it is now."""
        with self._bell:
            return self._health

    @property
    def is_live(self) -> bool:
        """Whether messages come in."""
        return self.health.state in {State.LIVE, State.SHARED}

    def wake(self) -> None:
        """Have the thread look up."""
        with self._bell:
            self._bell.notify_all()

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                try:
                    self._attempt()
                except Exception as error:  # noqa: BLE001 - nothing may ever end a channel but its owner
                    self._lose(f"a fault of ours, {type(error).__name__}: {error}", is_refusal=True)
                    self._pause()
        except KeyboardInterrupt:  # the client's word for: the process has to end
            self._is_stopping = True
        finally:
            self._owners.leave(self)
            self._change(State.STOPPED, "asked to")

    def _attempt(self) -> None:
        """One way from nothing to live, and on until it ends; then the wait before the next."""
        if not self._mailboxes and not self._register():
            return
        keys = [QueueKey(self._endpoint.host, mailbox.vhost, mailbox.queue) for mailbox in self._mailboxes]
        if not self._owners.claim(self, keys):
            self._share(keys)
            return
        sessions = [
            Session(self._endpoint, mailbox, self._timing, self._deliver, self.wake) for mailbox in self._mailboxes
        ]
        try:
            self._open(sessions)
            self._listen(sessions)
        except SessionError as error:
            self._lose(str(error), is_refusal=error.is_refusal)
        finally:
            for session in sessions:
                session.close()
        self._pause()

    def _register(self) -> bool:
        """Have the peer make or revive the queue; whether it did. Waits where it did not."""
        self._change(State.REGISTERING, "")
        try:
            if self._refusals > 2:  # noqa: PLR2004 - twice with what was registered anew: the server takes a queue for there
                self._registrar.forget()
                self._refusals = 0
            self._mailboxes = self._registrar.register()
            self._registered = time.monotonic()
        except (Refused, Unsupported) as error:
            self._change(State.REFUSED, str(error))
            self._sleep(self._timing.refused_wait)
        except PlaneError as error:
            self._lose(str(error))
            self._pause()
        return bool(self._mailboxes)

    def _open(self, sessions: list[Session]) -> None:
        self._change(State.CONNECTING, "")
        for session in sessions:
            session.connect()
        self._change(State.SUBSCRIBING, "")
        for session in sessions:
            session.subscribe()

    def _listen(self, sessions: list[Session]) -> None:
        """Be live until a session ends or the channel is stopped."""
        with self._bell:
            self._health = attrs.evolve(self._health, connects=self._health.connects + 1)
        self._change(State.LIVE, "")
        self._refusals, since = 0, time.monotonic()
        for member in self._owners.members(self):
            member.sink.catch_up(self._side)
        while not self._is_stopping:
            self._sleep(self._registered + self._timing.renewal - time.monotonic(), sessions)
            ended = next((session.ended for session in sessions if session.ended is not None), None)
            if ended is not None:
                if time.monotonic() - since >= self._timing.steady:
                    self._failures = 0
                self._lose(ended)
                return
            if not self._is_stopping:
                self._renew()

    def _renew(self) -> None:
        """Register the healthy queue once more, which revives it and finds lost rights; only a refusal counts."""
        self._registered = time.monotonic()
        try:
            self._registrar.register()
        except (Refused, Unsupported) as error:
            self._mailboxes = ()
            raise SessionError(str(error)) from None
        except PlaneError:
            return

    def _share(self, keys: list[QueueKey]) -> None:
        """Have the channel that listens to the queue hand its hints to us too, until it ends."""
        self._change(State.SHARED, "another channel of this process listens to the queue")
        self.sink.catch_up(self._side)
        while not self._is_stopping and self._owners.is_member(self, keys):
            self._sleep(self._timing.renewal)
        self._mailboxes = ()

    def _lose(self, reason: str, *, is_refusal: bool = False) -> None:
        if self._is_stopping:
            return
        self._change(State.LOST, reason)
        if is_refusal:
            self._refusals += 1
            self._mailboxes = ()

    def _pause(self) -> None:
        """Wait before the next attempt, longer each time, at random within that."""
        longest = min(self._timing.longest_wait, self._timing.first_wait * 2**self._failures)
        self._failures = min(self._failures + 1, 30)
        self._sleep(self._spread(0, longest))

    def _sleep(self, seconds: float, sessions: list[Session] | tuple[()] = ()) -> None:
        """Wait that long, or until the channel is stopped, woken for another owner, or a session ends."""
        with self._bell:
            if self._is_stopping or any(session.ended is not None for session in sessions):
                return
            self._bell.wait(max(0.0, seconds))

    def _deliver(self, message: Delivered) -> bool:
        """Turn a message into a hint and hand it over; False where it is to stay in the queue."""
        heard = read_message(message.body, self._side, message.object_type)
        taken = True
        if isinstance(heard, Hint):
            takers = [member.sink.take(heard) for member in self._owners.members(self)]
            taken = any(takers)
        with self._bell:
            known = self._health
            self._health = attrs.evolve(
                known,
                last_message=_now(),
                received=known.received + 1,
                redelivered=known.redelivered + message.is_again,
                handed_over=known.handed_over + (isinstance(heard, Hint) and taken),
                ignored=known.ignored + isinstance(heard, Ignored),
                malformed=known.malformed + isinstance(heard, Malformed),
                left=known.left + (not taken),
            )
        return taken

    def _change(self, state: State, reason: str) -> None:
        with self._bell:
            was = self._health.state
            if was is state and self._health.reason == reason:
                return
            self._health = attrs.evolve(self._health, state=state, since=_now(), reason=reason)
        self._on_change(Transition(self._side, was, state, reason))


def _now() -> datetime:
    return datetime.now(UTC)
