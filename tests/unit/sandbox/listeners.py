"""Those who register queues of messages, and a broker that only remembers."""

import json
import threading

import attrs
from werkzeug.test import Client

from federation_adapters.sandbox import BrokerError, seed_pair

IDENTITIES = "/api/marketplace-site-agent-identities/"
CONSUMERS = "/api/event-consumers/"
SUBSCRIPTIONS = "/api/event-subscriptions/"


@attrs.define
class FakeBroker:
    """Remembers what it is asked for.

    Attributes:
        passwords: Virtual host and user -> password.
        queues: Virtual host and queue.
        fails: What it does not do.
        gate: Messages wait while it is closed.
    """

    passwords: dict[tuple[str, str], str] = attrs.field(factory=dict)
    queues: set[tuple[str, str]] = attrs.field(factory=set)
    sent: list[tuple[str, dict[str, object]]] = attrs.field(factory=list)
    is_down: bool = False
    fails: str = ""
    gate: threading.Event = attrs.field(factory=threading.Event)

    def __attrs_post_init__(self):
        self.gate.set()

    def admit(self, vhost, user, password):
        self._fail("admit")
        self.passwords[vhost, user] = password

    def admits(self, vhost, user):
        self._fail("admits")
        return (vhost, user) in self.passwords

    def declare(self, vhost, queue):
        self._fail("declare")
        self.queues.add((vhost, queue))

    def dismiss(self, user):
        self._fail("dismiss")
        self.passwords = {key: password for key, password in self.passwords.items() if key[1] != user}

    def remove(self, vhost, queue):
        self._fail("remove")
        self.queues.discard((vhost, queue))

    def publish(self, _vhost, queue, body, _message_id):
        assert self.gate.wait(10)
        self._fail("publish")
        self.sent.append((queue, json.loads(body)))

    def close(self):
        return None

    def _fail(self, what):
        if self.is_down or what == self.fails:
            raise BrokerError("down")


class Stage:
    def __init__(self, **options):
        self.pair = seed_pair(**options)
        self.broker = FakeBroker()
        self.sandbox = self.pair.a.sandbox
        self.publisher = self.sandbox.connect(self.broker)
        self.world = self.sandbox.world
        self.http = Client(self.sandbox)

    def call(self, method, path, body=None, *, token=None):
        headers = {"Authorization": f"Token {token or self.pair.a_token}"}
        return self.http.open(path, method=method, json=body, headers=headers)

    def identity(self):
        body = {"offering": self.pair.a.offering.uuid, "name": "ours"}
        return self.call("POST", IDENTITIES, body).json["uuid"]

    def queue(self, *types, token=None):
        body = {"object_types": list(types)}
        return self.call("POST", f"{IDENTITIES}{self.identity()}/register_queue/", body, token=token)

    def consumer(self, kind, uuid, *types, token):
        body = {"object_types": list(types), "scopes": [{"type": kind, "uuid": uuid}]}
        return self.call("POST", f"{CONSUMERS}register/", body, token=token)

    def subscription(self, kind, token=None):
        """A queue in the old way; returns its name."""
        token = token or self.pair.a_token
        body = {"observable_objects": [{"object_type": kind}]}
        uuid = self.call("POST", SUBSCRIPTIONS, body, token=token).json["uuid"]
        wish = {"offering_uuid": self.pair.a.offering.uuid, "object_type": kind}
        return self.call("POST", f"{SUBSCRIPTIONS}{uuid}/create_queue/", wish, token=token).json["queue_name"]

    def told(self, queue=""):
        """The messages so far, in all queues or in one."""
        assert self.publisher.settle()
        return [body for name, body in self.broker.sent if queue in {"", name}]

    def place(self):
        side = self.pair.a
        return self.world.place_create(
            side.orderer, side.offering, side.projects[0], limits={"node_hours": 1}, name="x"
        )
