"""Publishing: what is kept is told to the queues that hear of it, a moment later, in a thread of its own.

As on a real server nothing waits for the broker, and what it does not take is lost.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from random import Random

import attrs

from federation_adapters.sandbox.areas.events.messages import Message, messages_of
from federation_adapters.sandbox.areas.events.models import hears, is_bound
from federation_adapters.sandbox.broker import Broker, BrokerError
from federation_adapters.sandbox.entities import EventQueue
from federation_adapters.sandbox.ledger import Log
from federation_adapters.sandbox.store import Store

_ID_DIGITS = 32


@attrs.frozen
class Published:
    """One message on its way into one queue.

    Attributes:
        fate: `sent`, `lost` on purpose, or `failed` where the broker did not take it.
    """

    queue: str
    object_type: str
    body: str = attrs.field(repr=False)
    fate: str


@attrs.frozen
class _Addressed:
    vhost: str
    queue: str
    object_type: str
    body: str


class Publisher:
    """Tells a broker what happens in one sandbox, until it is stopped.

    Attributes:
        loss: How much is lost on purpose, from 0 to 1; may be changed at any time.
        log: Every message.
    """

    def __init__(self, store: Store, lock: threading.RLock, broker: Broker) -> None:
        self.loss = 0.0
        self.log: Log[Published] = Log()
        self._store = store
        self._lock = lock
        self._broker = broker
        self._random = Random(0)  # noqa: S311 -- repeatable on purpose
        self._bell = threading.Event()
        self._is_stopping = False
        self._idle = threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        store.journal.watch = self._wake
        self._thread.start()

    def stop(self) -> None:
        """Tell what is left, and end."""
        self._store.journal.watch = None
        self._is_stopping = True
        self._bell.set()
        self._thread.join()

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until everything so far is told, and return whether it was in time."""
        return self._idle.wait(seconds)

    def _wake(self) -> None:
        self._idle.clear()
        self._bell.set()

    def _run(self) -> None:
        while True:
            self._bell.wait()
            self._bell.clear()
            with self._lock:
                changes = self._store.journal.take_changes()
                addressed = [
                    one
                    for change in changes
                    for message in messages_of(self._store, change)
                    for one in self._to(message)
                ]
            for one in addressed:
                self._publish(one)
            with self._lock:  # whoever writes holds it, so nothing comes in between
                if self._bell.is_set():
                    continue
                self._idle.set()
            if self._is_stopping:
                return

    def _to(self, message: Message) -> Iterator[_Addressed]:
        body = json.dumps(message.body, default=str)
        for queue in self._store.event_queues:
            if _concerns(queue, message) and hears(self._store, queue, message.object_type):
                yield _Addressed(queue.vhost, queue.queue_name, message.object_type, body)

    def _publish(self, one: _Addressed) -> None:
        fate = "lost" if self._random.random() < self.loss else self._sent(one)
        self.log.append(Published(one.queue, one.object_type, one.body, fate))

    def _sent(self, one: _Addressed) -> str:
        content = f"{one.vhost}:{one.queue}:{one.body}".encode()
        try:
            self._broker.publish(one.vhost, one.queue, one.body, hashlib.sha256(content).hexdigest()[:_ID_DIGITS])
        except BrokerError:
            return "failed"
        return "sent"


def _concerns(queue: EventQueue, message: Message) -> bool:
    if queue.identity is not None:
        return queue.identity.offering is message.offering
    return is_bound(queue, message.project)
