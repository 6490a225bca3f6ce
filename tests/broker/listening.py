"""What tests of connections need: a queue to put messages into, somebody who takes hints, and a wire that can be cut."""

import base64
import hashlib
import itertools
import json
import os
import random
import re
import socket
import threading
import time
from contextlib import suppress

import attrs

from federation_adapters.events_stomp.channel import StompChannel, Transition
from federation_adapters.events_stomp.endpoint import Endpoint
from federation_adapters.events_stomp.owners import QueueOwners
from federation_adapters.events_stomp.session import Timing
from federation_adapters.sandbox import RabbitMq, seed_pair
from federation_core.domain.ids import Side
from federation_core.ports.hints import Mailbox

PATIENCE = 20.0
QUICK = Timing(heart_beat=1.0, answer=2.0, first_wait=0.05, longest_wait=0.2, refused_wait=0.2)
PASSCODE = "not-a-real-token"
_SEEDS = itertools.count(os.getpid() * 100_000)


def fresh_pair(**options):
    """Two sandboxes whose users the broker has not met: it serves a whole run, and virtual hosts are named after users."""
    return seed_pair(next(_SEEDS), **options)


def until(holds, patience=PATIENCE, every=0.01):
    """Wait until *holds* does, looking so often; fails if it does not."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(every)


class Post:
    """One queue, and what the tests do to it."""

    def __init__(self, link: RabbitMq, vhost: str):
        self.link, self.vhost, self.user, self.queue = link, vhost, f"u{vhost}", f"consumer_{vhost}"
        self.provide()

    def provide(self, password=PASSCODE):
        self.link.provide(self.vhost, self.user, password, self.queue)

    def put(self, *bodies):
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self.link.publish(self.vhost, self.queue, text, "0" * 32)

    def remove_queue(self):
        self._call("DELETE", f"queues/{self.vhost}/{self.queue}")

    def remove_user(self):
        self._call("DELETE", f"users/{self.user}")

    def left(self):
        """How many messages are in the queue, once nobody listens to it any more."""
        wish = {"count": 100, "ackmode": "ack_requeue_true", "encoding": "auto"}
        return len(self._call("POST", f"queues/{self.vhost}/{self.queue}/get", wish).json())

    @property
    def mailbox(self):
        return Mailbox(self.vhost, self.user, self.queue, PASSCODE)

    def _call(self, method, path, body=None):
        answer = self.link._http.request(method, path, json=body)  # noqa: SLF001 - the same API, other calls
        answer.raise_for_status()
        return answer


@attrs.define
class Heard:
    """Takes hints; `gate` closed, it takes none."""

    hints: list[object] = attrs.field(factory=list)
    catch_ups: list[Side] = attrs.field(factory=list)
    takes: bool = True
    slowness: float = 0.0

    def take(self, hint):
        time.sleep(self.slowness)
        if self.takes:
            self.hints.append(hint)
        return self.takes

    def catch_up(self, side):
        self.catch_ups.append(side)


class Registers:
    """Hands out mailboxes; `errors` come first."""

    def __init__(self, *mailboxes):
        self.mailboxes = mailboxes
        self.errors: list[Exception] = []
        self.forget_error: Exception | None = None
        self.calls: list[str] = []
        self.before = lambda: None

    def register(self):
        self.calls.append("register")
        self.before()
        if self.errors:
            raise self.errors.pop(0)
        return self.mailboxes

    def forget(self):
        self.calls.append("forget")
        if self.forget_error is not None:
            raise self.forget_error


class Listening:
    """A channel for the length of a block, and all its changes of state."""

    def __init__(
        self, port, registrar, sink, *, timing=QUICK, side=Side.B, owners=None, spread=random.uniform, **endpoint
    ):
        self.changes: list[Transition] = []
        where = Endpoint(**{"host": "127.0.0.1", "port": port, "path": "/ws", "tls": False, **endpoint})
        self.channel = StompChannel(
            side,
            where,
            registrar,
            sink,
            self.changes.append,
            timing=timing,
            owners=owners or QueueOwners(),
            spread=spread,
        )

    def __enter__(self):
        self.channel.start()
        return self

    def __exit__(self, *_):
        self.channel.stop()
        assert self.channel.join()

    @property
    def health(self):
        return self.channel.health

    @property
    def states(self):
        return [change.now.value for change in self.changes]

    def live(self, times=1):
        until(lambda: self.health.connects >= times and self.channel.is_live)
        return self


class Mute:
    """A server that takes connections and says nothing; after the handshake of WebSockets, where that is wanted."""

    def __init__(self, *, shakes_hands: bool):
        self._shakes_hands = shakes_hands
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []

    def __enter__(self):
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for end in self._ends:
            end.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._ends.append(near)
                if self._shakes_hands:
                    self._shake(near)

    def _shake(self, near):
        asked = b""
        while b"\r\n\r\n" not in asked and (more := near.recv(4096)):
            asked += more
        found = re.search(rb"(?i)sec-websocket-key: *(\S+)", asked)
        assert found is not None
        word = found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accepted = base64.b64encode(hashlib.sha1(word).digest())  # noqa: S324 - as the protocol wants it
        lines = (
            b"HTTP/1.1 101 Yes",
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Accept: " + accepted,
        )
        near.sendall(b"\r\n".join((*lines, b"", b"")))


class Proxy:
    """A wire to a port of loopback that can be cut, kept from being joined, or swallow everything."""

    def __init__(self, target: int):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.swallows = False
        self.refuses = False
        self._pairs: list[socket.socket] = []
        self._is_over = False

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._is_over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self):
        """End every connection now."""
        pairs, self._pairs = self._pairs, []
        for end in pairs:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self):
        while not self._is_over:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.refuses:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # whoever is asked is down
                near.close()
                continue
            self._pairs += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one, other):
        with suppress(OSError):
            while data := one.recv(65536):
                if not self.swallows:
                    other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
