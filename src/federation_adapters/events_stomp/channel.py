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
from contextlib import suppress
from datetime import UTC, datetime

import attrs

from federation_adapters.events_stomp.endpoint import Endpoint
from federation_adapters.events_stomp.messages import read_message
from federation_adapters.events_stomp.owners import OWNERS, QueueKey, QueueOwners
from federation_adapters.events_stomp.session import Delivered, Denied, Session, SessionError, Timing
from federation_core.domain.errors import ConfigurationError, PlaneError, Refused
from federation_core.domain.hints import Hint, Ignored, Malformed
from federation_core.domain.ids import Side
from federation_core.ports.hints import HintSink, Mailbox, Registrar

STOP_SECONDS = 5.0
DEAF_TRIES = 3
"""How often the subscription to a queue that is said to be there is denied before the queue is asked for from scratch."""


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
        last_close: why it was lost last; empty for never.
        last_message: when one came last; None for never.
        received: messages; of them *redelivered* ones had been sent before, *handed_over* became hints, *ignored* ask for nothing,
            *malformed* could not be understood, *left* stay in the queue because the process ends.
        connects: how often it was live.
    """

    state: State
    since: datetime
    reason: str = ""
    last_close: str = ""
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
        self._is_stopping = self._is_woken = False
        self._sessions: tuple[Session, ...] = ()
        self._health = Health(State.UNREGISTERED, _now())
        self._mailboxes: tuple[Mailbox, ...] = ()
        self._logins: frozenset[str] = frozenset()
        self._registered = 0.0
        self._forgotten = -timing.refused_wait
        self._failures = 0
        self._denials = 0
        self._thread = threading.Thread(target=self._run, name=f"events-{side}", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Have the channel end; returns at once, `join` waits."""
        with self._bell:
            self._is_stopping = True
            sessions = self._sessions
            self._bell.notify_all()
        for session in sessions:
            session.give_up()

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
        """Whether messages come in, by way of another channel too."""
        state = self.health.state
        return state is State.LIVE or (state is State.SHARED and self._is_served())

    def wake(self) -> None:
        """Have the thread look up."""
        with self._bell:
            self._is_woken = True
            self._bell.notify_all()

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                try:
                    self._attempt()
                except Exception as error:  # noqa: BLE001 - nothing may ever end a channel but its owner
                    self._mailboxes = ()
                    self._lose(f"a fault of ours, {type(error).__name__}: {error}")
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
        sessions = tuple(
            Session(self._endpoint, mailbox, self._timing, self._deliver, self.wake) for mailbox in self._mailboxes
        )
        with self._bell:
            self._sessions = sessions
        try:
            if not self._is_stopping:  # whoever stops us from now on ends the sessions too
                self._open(sessions)
                self._listen(sessions)
        except SessionError as error:
            self._note(error.denied)
            self._lose(str(error))
        finally:
            for session in sessions:
                session.close()
        self._pause()

    def _register(self) -> bool:
        """Have the peer make or revive the queue; whether it did. Waits where it did not."""
        self._change(State.REGISTERING, "")
        try:
            self._forget_if_deaf()
            self._mailboxes = self._registrar.register()
            self._registered = time.monotonic()
        except (Refused, ConfigurationError) as error:
            self._change(State.REFUSED, str(error))
            self._rest(self._timing.refused_wait)
        except PlaneError as error:
            self._lose(str(error))
            self._pause()
        logins = frozenset(mailbox.login for mailbox in self._mailboxes)
        if self._mailboxes and logins != self._logins:  # made anew by the server itself
            self._logins, self._denials = logins, 0
        return bool(self._mailboxes)

    def _forget_if_deaf(self) -> None:
        """Delete a queue that the server takes for there while the broker has none; seldom, because others may be at fault."""
        now = time.monotonic()
        if self._denials >= DEAF_TRIES and now - self._forgotten >= self._timing.refused_wait:
            self._denials, self._forgotten = 0, now
            self._registrar.forget()

    def _note(self, denied: Denied | None) -> None:
        """Have what was denied asked for again; only denied subscriptions tell that the queue itself is gone."""
        if denied is not None:
            self._mailboxes = ()
            self._denials = self._denials + 1 if denied is Denied.SUBSCRIPTION else 0

    def _open(self, sessions: tuple[Session, ...]) -> None:
        self._change(State.CONNECTING, "")
        for session in sessions:
            session.connect()
        self._change(State.SUBSCRIBING, "")
        for session in sessions:
            session.subscribe()

    def _listen(self, sessions: tuple[Session, ...]) -> None:
        """Be live until a session ends or the channel is stopped."""
        with self._bell:
            self._health = attrs.evolve(self._health, connects=self._health.connects + 1)
        self._change(State.LIVE, "")
        self._denials, since = 0, time.monotonic()
        for member in self._owners.members(self):
            member.sink.catch_up(self._side)
        self._wake_followers()
        while not self._is_stopping:
            ended = next((session.ended for session in sessions if session.ended is not None), None)
            if ended is not None:
                if time.monotonic() - since >= self._timing.steady:
                    self._failures = 0
                self._lose(ended)
                return
            left = self._registered + self._timing.renewal - time.monotonic()
            if left > 0:
                self._look_up_after(left)
            else:
                self._renew()

    def _renew(self) -> None:
        """Register the healthy queue once more, which revives it and finds lost rights; only a refusal counts."""
        self._registered = time.monotonic()
        try:
            self._registrar.register()
        except (Refused, ConfigurationError) as error:
            self._mailboxes = ()
            raise SessionError(str(error)) from None
        except PlaneError:
            return

    def _share(self, keys: list[QueueKey]) -> None:
        """Have the channel that listens to the queue hand its hints to us too, until it ends."""
        self.sink.catch_up(self._side)
        while not self._is_stopping and self._owners.is_member(self, keys):
            state = (
                "listens to the queue" if self._is_served() else "wants to listen to the queue, and is not connected"
            )
            self._change(State.SHARED, f"another channel of this process {state}")
            self._look_up_after(self._timing.renewal)
        self._mailboxes = ()

    def _is_served(self) -> bool:
        """Whether the channel that listens for this one is live."""
        owner = self._owners.owner(self)
        return owner is not self and owner.is_live

    def _wake_followers(self) -> None:
        for member in self._owners.members(self)[1:]:
            member.wake()

    def _lose(self, reason: str) -> None:
        if self._is_stopping:
            return
        with self._bell:
            self._health = attrs.evolve(self._health, last_close=reason)
        self._change(State.LOST, reason)
        self._wake_followers()

    def _pause(self) -> None:
        """Wait before the next attempt, longer each time, at random within that."""
        longest = min(self._timing.longest_wait, self._timing.first_wait * 2**self._failures)
        self._failures = min(self._failures + 1, 30)
        self._rest(self._spread(0, longest))

    def _rest(self, seconds: float) -> None:
        """Wait that long, or until the channel is stopped."""
        with self._bell:
            self._bell.wait_for(lambda: self._is_stopping, seconds)

    def _look_up_after(self, seconds: float) -> None:
        """Wait that long, or until the channel is stopped, or was woken since it looked up last."""
        with self._bell:
            self._bell.wait_for(lambda: self._is_stopping or self._is_woken, seconds)
            self._is_woken = False

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
        with suppress(Exception):  # whoever is told cannot end the channel
            self._on_change(Transition(self._side, was, state, reason))


def _now() -> datetime:
    return datetime.now(UTC)
