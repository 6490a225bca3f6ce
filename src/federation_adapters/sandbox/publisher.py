"""Publishing: what is kept is told to the queues that hear of it, in a thread of its own.

A message is what it is, and goes to whom it goes, when the write is kept; it is sent a moment later. As on a real server
nothing waits for the broker, and what the broker does not take is lost.
"""

import hashlib
import json
import threading
from random import Random

import attrs

from federation_adapters.sandbox.areas.events.messages import messages_of
from federation_adapters.sandbox.areas.events.routing import Addressed, addressed
from federation_adapters.sandbox.areas.events.saves import events_of
from federation_adapters.sandbox.broker import Broker, BrokerError
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


class Publisher:
    """Tells a broker what happens in one sandbox, until it is stopped.

    Attributes:
        loss: How much is lost on purpose, from 0 to 1; may be changed at any time.
        log: Every message.
    """

    def __init__(self, store: Store, broker: Broker) -> None:
        self.loss = 0.0
        self.log: Log[Published] = Log()
        self._store = store
        self._broker = broker
        self._random = Random(0)  # noqa: S311 -- repeatable on purpose
        self._news = threading.Condition()
        self._due: list[Addressed] = []
        self._is_sending = False
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        store.journal.watch = self._collect
        self._thread.start()

    def stop(self) -> None:
        """Tell what is left, and end."""
        self._store.journal.watch = None
        with self._news:
            self._is_stopping = True
            self._news.notify_all()
        self._thread.join()

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until everything so far is told, and return whether it was in time."""
        with self._news:
            return self._news.wait_for(lambda: not (self._due or self._is_sending), seconds)

    def _collect(self) -> None:
        """Address what was just kept; whoever wrote it holds the sandbox's lock, so messages are in its order."""
        changes = self._store.journal.take_changes()
        if not (len(self._store.event_queues) or len(self._store.subscription_queues)):
            return
        due = [
            one
            for event in events_of(changes)
            for message in messages_of(self._store, event)
            for one in addressed(self._store, message)
        ]
        with self._news:
            self._due += due
            self._news.notify_all()

    def _run(self) -> None:
        while True:
            with self._news:
                self._is_sending = False
                self._news.notify_all()
                self._news.wait_for(lambda: self._due or self._is_stopping)
                due, self._due = self._due, []
                self._is_sending = bool(due)
            if not due:
                return
            for one in due:
                self._publish(one)

    def _publish(self, one: Addressed) -> None:
        body = json.dumps(one.body, default=str)
        fate = "lost" if self._random.random() < self.loss else self._sent(one, body)
        self.log.append(Published(one.queue, one.object_type, body, fate))

    def _sent(self, one: Addressed, body: str) -> str:
        content = f"{one.vhost}:{one.queue}:{body}".encode()
        try:
            self._broker.publish(one.vhost, one.queue, body, hashlib.sha256(content).hexdigest()[:_ID_DIGITS])
        except BrokerError:
            return "failed"
        return "sent"
