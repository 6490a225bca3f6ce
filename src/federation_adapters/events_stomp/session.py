"""One session with a broker: connect, subscribe, hand over, acknowledge; nothing is tried twice.

Facts about RabbitMQ 3.10 and stomp.py 8.2 that shape it:

- `connect(wait=True)` has no time limit, and a refused connection object cannot be used again; so each session is a new object,
  and waits are our own.
- Why a WebSocket was not opened is written to its log alone; so the session opens it, in a thread that nobody has to wait for.
- Heart-beats count only if the constructor is told of them, and every read has to wait longer than they take.
- websocket-client checks the encoding of text in Python, half a second for 5 MB, in which nothing else of the process runs; so it
  is told not to, and whoever reads the JSON does.
- A failure after SUBSCRIBE is often a bare close, so only the receipt proves a subscription.
- An error that leaves a callback ends the session, and a callback that takes long starves the heart-beats.
"""

import enum
import logging
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs
import stomp
from stomp.exception import StompException
from websocket import WebSocketBadStatusException, WebSocketException, create_connection

from federation_adapters.events_stomp.endpoint import Endpoint
from federation_core.ports.hints import Mailbox

_RECEIPT = "subscribed"
_SUBSCRIPTION = "1"
_LONGEST_CAUSE = 100
_GONE = (StompException, OSError, WebSocketException, AttributeError)
"""What a call of stomp.py raises where the connection is gone; the last where it forgets its socket in the middle."""

logging.getLogger("stomp.py").setLevel(logging.CRITICAL + 1)  # at DEBUG it prints passcodes
logging.getLogger("websocket").setLevel(logging.CRITICAL + 1)


@attrs.frozen
class Timing:
    """The time limits of a connection, in seconds.

    Attributes:
        heart_beat: between two signs of life, either way.
        answer: how long the broker may take to accept a connection, and to confirm a subscription.
        first_wait: before the first new attempt; each further one up to twice as long, at random within that.
        longest_wait: before a new attempt, at most.
        steady: how long a connection has to live for the next wait to be the first again.
        refused_wait: before the queue is asked for again where the server refuses it.
        renewal: how often a healthy queue is registered again, which finds lost rights.
    """

    heart_beat: float = 10.0
    answer: float = 10.0
    first_wait: float = 1.0
    longest_wait: float = 120.0
    steady: float = 60.0
    refused_wait: float = 600.0
    renewal: float = 86_400.0

    @property
    def silence(self) -> float:
        """How long any read may wait: well beyond the heart-beats."""
        return 2.5 * self.heart_beat


PARTING_SECONDS = 1.0
"""How long the broker may take to answer our farewell."""

MOST_BYTES = 32 * 1024 * 1024
"""What may come in before one message of it is whole; Waldurs send a few megabytes at most."""

PREFETCH = 16
"""Messages that the broker sends ahead of their acknowledgement."""


@attrs.frozen
class Delivered:
    """A message as it came."""

    body: str | bytes
    object_type: str
    is_again: bool


class Denied(enum.Enum):
    """What the broker would not let us do; registering anew may mend it."""

    LOGIN = "login"
    SUBSCRIPTION = "subscription"


class SessionError(Exception):
    """A session did not come about; the text says why, and never repeats the passcode."""

    def __init__(self, reason: str, denied: Denied | None = None) -> None:
        """Keep the reason.

        Args:
            reason: for people.
            denied: what was denied; None where the broker was not reached, or said nothing.
        """
        super().__init__(reason)
        self.denied = denied


class Session(stomp.ConnectionListener):  # type: ignore[misc]  # stomp.py has no types
    """Listens to one mailbox until it ends; made anew for every attempt."""

    def __init__(
        self,
        endpoint: Endpoint,
        mailbox: Mailbox,
        timing: Timing,
        deliver: Callable[[Delivered], bool],
        on_end: Callable[[], None],
    ) -> None:
        """Prepare a session.

        Args:
            endpoint: the broker.
            mailbox: the queue, and what opens it.
            timing: the limits.
            deliver: takes a message over and returns at once; False where it is to stay in the queue.
            on_end: called when the session has ended by itself, from its own thread.
        """
        self._mailbox = mailbox
        self._timing = timing
        self._deliver = deliver
        self._on_end = on_end
        self._endpoint = endpoint
        self._changed = threading.Condition()
        self._is_connected = self._is_subscribed = self._is_ended_by_broker = False
        self._ended: str | None = None
        self._is_over = threading.Event()
        self._socket: Any = None
        self._pending = 0
        beat = round(timing.heart_beat * 1000)
        self._connection = stomp.WSStompConnection(
            [(endpoint.host, endpoint.port)], heartbeats=(beat, beat), vhost=mailbox.vhost, auto_decode=False
        )
        self._connection.transport.attempt_connection = self._open  # once, no other host, and it says why not
        self._connection.transport.override_threading(self._receiving)
        self._connection.set_listener("session", self)

    def connect(self) -> None:
        """Have the broker accept us.

        Raises:
            SessionError: it cannot be reached, refuses, or does not answer in time.
        """
        threading.Thread(target=self._connect, name="events-opening", daemon=True).start()
        self._wait(lambda: self._is_connected, "the broker does not answer", Denied.LOGIN)

    def subscribe(self) -> None:
        """Have the broker confirm the subscription to the queue.

        Raises:
            SessionError: it does not.
        """
        try:
            self._connection.subscribe(
                f"/amq/queue/{self._mailbox.queue}",
                id=_SUBSCRIPTION,
                ack="client-individual",
                headers={"prefetch-count": str(PREFETCH), "receipt": _RECEIPT},
            )
        except _GONE as error:
            raise SessionError(f"cannot subscribe ({type(error).__name__})", Denied.SUBSCRIPTION) from None
        self._wait(lambda: self._is_subscribed, "the subscription is not confirmed", Denied.SUBSCRIPTION)

    @property
    def ended(self) -> str | None:
        """Why the session has ended; None while it has not."""
        with self._changed:
            return self._ended

    def give_up(self) -> None:
        """Have it end soon, from any thread: nothing more is handed over, and whoever waits for the broker waits no longer."""
        self._end("given up")

    def close(self) -> None:
        """Part from the broker; what was not acknowledged goes back into the queue."""
        self._end("closed")
        with suppress(*_GONE):
            if self._is_connected and not self._is_over.is_set():
                self._connection.disconnect()
                self._is_over.wait(PARTING_SECONDS)
        self._drop()

    def on_heartbeat(self) -> None:
        """Begin to count anew: between two messages."""
        self._pending = 0

    def on_receiver_loop_completed(self, _frame: Any) -> None:  # noqa: ANN401
        """Note that nothing will be received any more."""
        self._is_over.set()

    def on_connected(self, _frame: Any) -> None:  # noqa: ANN401 - stomp.py has no types
        """Note that the broker accepted us."""
        with self._changed:
            self._is_connected = True
            self._changed.notify_all()

    def on_receipt(self, frame: Any) -> None:  # noqa: ANN401
        """Note that the subscription is confirmed."""
        if frame.headers.get("receipt-id") == _RECEIPT:
            with self._changed:
                self._is_subscribed = True
                self._changed.notify_all()

    def on_error(self, frame: Any) -> None:  # noqa: ANN401
        """End the session: after an ERROR frame it may stay up and be deaf."""
        said = [str(frame.headers.get("message", "")), _text(frame.body)]
        words = " ".join(": ".join(part for part in said if part).split())[:200]
        self._end((words or "the broker reports an error").replace(self._mailbox.passcode, "[secret]"), by_broker=True)

    def on_disconnected(self) -> None:
        """Note that the connection is gone."""
        self._end("the connection was closed", by_broker=True)

    def on_heartbeat_timeout(self) -> None:
        """Note that nothing was heard for too long."""
        self._end("the broker has fallen silent")

    def on_message(self, frame: Any) -> None:  # noqa: ANN401
        """Hand a message over, and acknowledge it."""
        self._pending = 0
        is_again = frame.headers.get("redelivered") == "true"
        message = Delivered(frame.body, self._mailbox.object_type, is_again)
        try:
            if self.ended is None and self._deliver(message):
                self._connection.ack(frame.headers["ack"])
        except (StompException, OSError, WebSocketException, KeyError):  # it will be delivered again
            return
        except Exception as error:  # noqa: BLE001 - said aloud by the channel; here it would end the thread without a word
            self._end(f"a fault of ours, {type(error).__name__}, while a message was handed over")

    def _connect(self) -> None:
        """Open the WebSocket and log in; whatever fails, and that nobody waits any more, ends the session."""
        try:
            self._connection.connect(self._mailbox.login, self._mailbox.passcode, wait=False)
        except (*_GONE, ValueError, TypeError) as error:  # the last where it is given up elsewhere in the middle
            self._end(_why_not_open(error))
        if self.ended is not None:
            self._drop()

    def _receiving(self, loop: Callable[[], None]) -> threading.Thread:
        """The thread, already running, that receives what the broker sends."""

        def receive() -> None:
            try:
                loop()
            except Exception as error:  # noqa: BLE001 - a frame that stomp.py cannot understand may raise anything
                self._end(f"the broker sends what cannot be understood ({type(error).__name__})", by_broker=True)

        thread = threading.Thread(target=receive, name="events-receiving", daemon=True)
        thread.start()
        return thread

    def _open(self) -> None:
        """Open the WebSocket where stomp.py would have done it."""
        where = self._endpoint
        trust = {"context": _trust(where.ca_file)} if where.tls else {}
        opened = create_connection(
            where.url,
            timeout=self._timing.answer,
            sslopt=trust,
            skip_utf8_validation=True,
            redirect_limit=0,  # the passcode is for this broker alone
        )
        opened.settimeout(self._timing.silence)
        opened.frame_buffer.recv = self._counting(opened.frame_buffer.recv)
        transport, self._socket = self._connection.transport, opened.sock
        transport.current_host_and_port, transport.socket = (where.host, where.port), opened
        if self.ended is not None:
            raise WebSocketException("nobody waits for it any more")

    def _counting(self, receive: Callable[[int], Any]) -> Callable[[int], Any]:
        """The same, until so much has come in that no message can be so long; then it is the end of the connection."""

        def counting(size: int) -> Any:  # noqa: ANN401 - as the library has it
            data = receive(size)
            self._pending += len(data)
            if self._pending > MOST_BYTES:
                self._end("a message of the broker is too long", by_broker=True)
                raise WebSocketException("too long")
            return data

        return counting

    def _drop(self) -> None:
        """Close the socket, whoever else may have done so."""
        with suppress(*_GONE):
            self._connection.transport.disconnect_socket()
        if self._socket is not None:  # two threads of stomp.py may each leave it to the other
            self._socket.close()

    def _wait(self, has_come: Callable[[], bool], else_: str, denied: Denied) -> None:
        with self._changed:
            self._changed.wait_for(lambda: has_come() or self._ended is not None, self._timing.answer)
            if has_come() and self._ended is None:
                return
            reason, is_denied = self._ended or else_, self._is_ended_by_broker
        raise SessionError(reason, denied if is_denied else None)

    def _end(self, reason: str, *, by_broker: bool = False) -> None:
        with self._changed:
            if self._ended is not None:
                return
            self._ended, self._is_ended_by_broker = reason, by_broker
            self._changed.notify_all()
        self._on_end()


def _trust(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise WebSocketException(f"the CA file cannot be read, {error.strerror or error}") from None


def _why_not_open(error: Exception) -> str:
    """Why a WebSocket was not opened; without what a server said, which may be a whole page."""
    match error:
        case WebSocketBadStatusException():
            cause = f"HTTP {error.status_code}"
        case ssl.SSLCertVerificationError():
            cause = f"its certificate is not trusted, {error.verify_message}"
        case OSError():
            cause = error.strerror or str(error) or type(error).__name__
        case WebSocketException():
            cause = str(error)[:_LONGEST_CAUSE] or type(error).__name__
        case _:
            cause = type(error).__name__
    return f"its WebSocket cannot be opened: {cause}"


def _text(body: object) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
