"""The sandbox at a real broker: what it makes there, what arrives, and how soon."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from typing import Any

import attrs
import httpx
import pytest
import stomp
from stomp.exception import ConnectFailedException
from tests.broker.listening import fresh_pair, until
from tests.broker.test_events import playing

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.sandbox import CURRENT, Profile, Server
from federation_adapters.waldur.events import AgentRegistrar
from federation_adapters.waldur.peer import Peer
from federation_core.domain.ids import Side, parse_uuid

IDENTITIES = "/api/marketplace-site-agent-identities/"
QUEUE_ARGUMENTS = {
    "x-message-ttl": 3_600_000,
    "x-max-length": 10_000,
    "x-overflow": "reject-publish-dlx",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "waldur.dlq.messages",
}
MANY = 5_000
WITHOUT_UNIFIED_QUEUES = Profile(
    absent=frozenset({"/marketplace-site-agent-identities/<uuid>/register_queue/", "/event-consumers/register/"})
)


class Stage:
    """Side A behind HTTP, which publishes; and what happens at the broker."""

    def __init__(self, link, profile):
        self.pair = fresh_pair(profile=profile)
        self.link, self.side, self.world = link, self.pair.a, self.pair.a.sandbox.world
        self.publisher = self.side.sandbox.connect(link)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.side.sandbox),
            base_url="http://sandbox",
            headers={"Authorization": f"Token {self.pair.a_token}"},
        )

    def identity(self):
        body = {"offering": self.side.offering.uuid, "name": "ours"}
        return self.http.post(IDENTITIES, json=body).json()["uuid"]

    def register(self, identity, *types):
        return self.http.post(f"{IDENTITIES}{identity}/register_queue/", json={"object_types": list(types)})

    def place(self, name="x"):
        side = self.side
        return self.world.place_create(
            side.orderer, side.offering, side.projects[0], limits={"node_hours": 1}, name=name
        )

    def at_the_broker(self, method, path, body=None):
        return self.link._http.request(method, path, json=body)  # noqa: SLF001 - the same API, other calls

    def take(self, told, count):
        """So many messages of the queue, which they leave; the broker takes what is sent a moment later."""
        assert self.publisher.settle()
        wish = {"count": count, "ackmode": "ack_requeue_false", "encoding": "auto"}
        path, taken = f"queues/{told['vhost']}/{told['queue_name']}/get", []

        def are_there():
            taken.extend(self.at_the_broker("POST", path, wish).json())
            return len(taken) >= count

        until(are_there)
        return taken


@contextmanager
def staging(link, profile=CURRENT):
    stage = Stage(link, profile)
    try:
        yield stage
    finally:
        stage.publisher.stop()
        stage.http.close()


@pytest.fixture
def stage(link):
    with staging(link) as stage:
        yield stage


@attrs.define
class Ear(stomp.ConnectionListener):  # type: ignore[misc] # stomp.py has no types
    """Hears over Web-STOMP, as clients do."""

    frames: list[Any] = attrs.field(factory=list)
    is_ready: threading.Event = attrs.field(factory=threading.Event)

    def on_message(self, frame):
        self.frames.append(frame)

    def on_receipt(self, _frame):
        self.is_ready.set()

    @property
    def bodies(self):
        return [json.loads(frame.body) for frame in self.frames]


@contextmanager
def hearing(link, login, passcode, vhost, queue):
    connection = stomp.WSStompConnection(
        [("127.0.0.1", link.web_stomp_port)], ws_path="/ws", vhost=vhost, reconnect_attempts_max=1, timeout=25
    )
    ear, opened = Ear(), None
    connection.set_listener("ear", ear)
    try:
        connection.connect(login, passcode, wait=True, headers={"host": vhost})
        opened = connection.transport.socket.sock
        connection.subscribe(f"/amq/queue/{queue}", id="1", ack="auto", headers={"receipt": "sub"})
        assert ear.is_ready.wait(10)
        yield ear
    finally:
        connection.disconnect()
        if opened is not None:  # two threads of stomp.py may each leave it to the other
            opened.close()


class TestWhatIsMade:
    def test_a_queue_and_its_login(self, stage):
        told = stage.register(stage.identity(), "order").json()
        vhost, user, name = told["vhost"], told["rmq_username"], told["queue_name"]
        queue = stage.at_the_broker("GET", f"queues/{vhost}/{name}").json()
        assert (queue["durable"], queue["auto_delete"], queue["exclusive"]) == (True, False, False)
        assert queue["arguments"] == QUEUE_ARGUMENTS
        assert stage.at_the_broker("GET", f"users/{user}").json()["tags"] == []
        rights = stage.at_the_broker("GET", f"users/{user}/permissions").json()
        assert rights == [{"user": user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}]

    def test_the_login_has_the_callers_token(self, stage):
        told = stage.register(stage.identity(), "order").json()
        where = told["rmq_username"], stage.pair.a_token, told["vhost"], told["queue_name"]
        with hearing(stage.link, *where):
            pass
        with pytest.raises(ConnectFailedException), hearing(stage.link, where[0], "another", *where[2:]):
            pass

    def test_a_password_is_refreshed_and_a_queue_is_not(self, stage):
        identity = stage.identity()
        told = stage.register(identity, "order").json()
        body = {"password": "another", "tags": []}
        stage.at_the_broker("PUT", f"users/{told['rmq_username']}", body)
        stage.at_the_broker("DELETE", f"queues/{told['vhost']}/{told['queue_name']}")
        again = stage.register(identity, "order")
        assert (again.status_code, again.json()) == (200, told)
        assert stage.at_the_broker("GET", f"queues/{told['vhost']}/{told['queue_name']}").status_code == 404
        connection = stomp.Connection12([("127.0.0.1", stage.link._stomp_port)], vhost=told["vhost"])  # noqa: SLF001
        connection.connect(told["rmq_username"], stage.pair.a_token, wait=True)
        connection.disconnect()

    def test_a_login_that_vanished_is_made_anew(self, stage):
        identity = stage.identity()
        told = stage.register(identity, "order").json()
        stage.at_the_broker("DELETE", f"users/{told['rmq_username']}")
        again = stage.register(identity, "order")
        assert (again.status_code, again.json()["queue_name"]) == (201, told["queue_name"])
        assert again.json()["rmq_username"] != told["rmq_username"]

    def test_a_queue_of_other_arguments_is_in_the_way(self, stage):
        """What somebody subscribed to in the wrong way, a broker keeps."""
        told = stage.register(stage.identity(), "order").json()
        (queue,) = stage.side.sandbox.store.event_queues
        stage.at_the_broker("DELETE", f"queues/{told['vhost']}/{told['queue_name']}")
        stage.at_the_broker("PUT", f"queues/{told['vhost']}/{told['queue_name']}", {"durable": True})
        stage.at_the_broker("DELETE", f"users/{told['rmq_username']}")
        again = stage.register(queue.identity.uuid)
        assert (again.status_code, again.json()) == (400, ["Failed to create RabbitMQ queue"])
        assert stage.at_the_broker("GET", f"permissions/{told['vhost']}/{queue.rmq_username}").status_code == 404

    def test_all_of_it_goes_with_the_agent(self, stage):
        identity = stage.identity()
        told = stage.register(identity, "order").json()
        assert stage.http.delete(f"{IDENTITIES}{identity}/").status_code == 204
        assert stage.at_the_broker("GET", f"queues/{told['vhost']}/{told['queue_name']}").status_code == 404
        assert stage.at_the_broker("GET", f"users/{told['rmq_username']}").status_code == 404


class TestWhatArrives:
    def test_messages_persist_and_carry_the_headers(self, stage):
        told = stage.register(stage.identity(), "order").json()
        order = stage.place()
        first, second = stage.take(told, 2)
        assert first["properties"]["delivery_mode"] == 2
        assert first["properties"]["content_type"] == "application/json"
        ids = {one["properties"]["headers"]["x-message-id"] for one in (first, second)}
        assert {len(one) for one in ids} == {32}
        assert len(ids) == 2
        bodies = [json.loads(one["payload"]) for one in (first, second)]
        assert [body["order_state"] for body in bodies] == ["pending-consumer", "pending-provider"]
        assert {body["order_uuid"] for body in bodies} == {order.uuid}

    def test_a_consumer_hears_over_web_stomp_at_once(self, stage):
        side = stage.side
        body = {"object_types": ["order"], "scopes": [{"type": "customer", "uuid": side.consumer.uuid}]}
        headers = {"Authorization": f"Token {side.orderer.token}"}
        told = stage.http.post("/api/event-consumers/register/", json=body, headers=headers).json()
        where = told["rmq_username"], side.orderer.token, told["vhost"], told["queue_name"]
        with hearing(stage.link, *where) as ear:
            begun = time.monotonic()
            order = stage.place("Grünau ❄")
            until(lambda: len(ear.frames) == 2)
            assert time.monotonic() - begun < 2
        assert ear.bodies[-1].items() >= {"order_uuid": order.uuid, "resource_name": "Grünau ❄"}.items()
        headers = ear.frames[-1].headers
        assert (headers["persistent"], headers["content-type"]) == ("true", "application/json")
        assert headers["destination"] == f"/queue/{told['queue_name']}"

    def test_http_and_the_worlds_own_steps_are_told_in_their_order(self, stage):
        told = stage.register(stage.identity()).json()
        order = stage.place()
        stage.http.post(f"/api/marketplace-orders/{order.uuid}/approve_by_provider/", json={})
        stage.world.complete(order)
        stage.world.edit(order.resource, paused=True)
        bodies = [json.loads(one["payload"]) for one in stage.take(told, 5)]
        assert [body.get("order_state", body["object_type"]) for body in bodies] == [
            *("pending-consumer", "pending-provider", "executing", "done"),
            "resource",
        ]

    def test_repeats_share_their_id(self, stage):
        told = stage.register(stage.identity(), "user_role").json()
        project = stage.side.projects[0]
        stage.world.add_resource(stage.side.offering, project)
        ada = stage.world.add_user("ada")
        for _ in range(2):
            stage.world.grant(ada, "PROJECT.MEMBER", project)
            stage.world.revoke(ada, "PROJECT.MEMBER", project)
        ids = [one["properties"]["headers"]["x-message-id"] for one in stage.take(told, 4)]
        assert ids[:2] == ids[2:]
        assert ids[0] != ids[1]

    def test_five_thousand_messages_go_out_in_seconds_and_in_order(self, stage):
        told = stage.register(stage.identity(), "resource").json()
        resource = stage.world.add_resource(stage.side.offering, stage.side.projects[0])
        begun = time.monotonic()
        for number in range(MANY):
            stage.world.edit(resource, paused=number % 2 == 0)
        assert stage.publisher.settle(30)
        assert time.monotonic() - begun < 10
        numbers = [json.loads(one["payload"])["sequence_number"] for one in stage.take(told, MANY)]
        assert numbers == list(range(1, MANY + 1))


class TestWhatDoesNot:
    def test_a_broker_that_is_away_loses_what_is_told_meanwhile(self, stage):
        told = stage.register(stage.identity(), "order").json()
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port, stage.link._stomp_port = stage.link._stomp_port, closed.getsockname()[1]  # noqa: SLF001
        order = stage.place()
        path = f"/api/marketplace-orders/{order.uuid}/approve_by_provider/"
        assert stage.http.post(path, json={}).status_code == 200
        assert stage.publisher.settle()
        assert [one.fate for one in stage.publisher.log] == ["failed"] * 3
        stage.link._stomp_port = port  # noqa: SLF001
        stage.world.complete(order)
        (one,) = stage.take(told, 1)
        assert json.loads(one["payload"])["order_state"] == "done"
        assert [one.fate for one in stage.publisher.log][-1] == "sent"

    def test_a_queue_that_is_gone_loses_it_without_a_word(self, stage):
        told = stage.register(stage.identity(), "order").json()
        stage.at_the_broker("DELETE", f"queues/{told['vhost']}/{told['queue_name']}")
        stage.place()
        assert stage.publisher.settle()
        assert {one.fate for one in stage.publisher.log} == {"sent"}


class TestTheOldWay:
    def test_our_own_registration_falls_back_to_it_and_hears(self, link):
        """A server that has agents and no queue for all types; ours asks for one subscription for each type."""
        with staging(link, WITHOUT_UNIFIED_QUEUES) as stage, Server(stage.side.sandbox) as server:
            peer = Peer(HttpClient(Access(Side.A, server.url, StaticToken(stage.pair.a_token))))
            offering = parse_uuid(stage.side.offering.uuid)
            assert offering is not None
            boxes = AgentRegistrar(peer, offering, "ours", ("order", "resource")).register()
            assert [box.object_type for box in boxes] == ["order", "resource"]
            order = stage.place()
            told = {"vhost": boxes[0].vhost, "queue_name": boxes[0].queue}
            bodies = [json.loads(one["payload"]) for one in stage.take(told, 2)]
            assert bodies[-1] == {
                "order_uuid": order.uuid,
                "order_state": "pending-provider",
                "offering_uuid": stage.side.offering.uuid,
            }
            with hearing(link, boxes[0].login, boxes[0].passcode, boxes[0].vhost, boxes[0].queue) as ear:
                stage.world.approve(order)
                until(lambda: ear.frames)
            assert ear.bodies[-1]["order_state"] == "executing"


class TestOurOwnClient:
    def test_it_finds_out_that_its_queues_are_gone_though_registering_says_nothing(self, link, tmp_path):
        with playing(link, tmp_path) as play, play.running() as daemon:
            gone = self.queues(play)
            assert len(gone) == 2
            for vhost, name in gone:
                link.remove(vhost, name)
            until(lambda: self.queues(play).isdisjoint(gone) and play.is_live(daemon), 40)
            order = play.place()
            play.finish(play.counterpart(order))
            play.done(order)

    @staticmethod
    def queues(play):
        stores = [side.sandbox.store for side in (play.pair.a, play.pair.b)]
        return {(queue.vhost, queue.queue_name) for store in stores for queue in store.event_queues}
