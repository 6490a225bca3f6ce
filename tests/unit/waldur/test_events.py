"""Registering for messages, against a server that answers as it is told."""

import json
from typing import Any

import httpx
import pytest
from tests.strategies.builders import b_customer_id, uuid_of

from federation_adapters.http.access import Access, ClientCredentials, StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.waldur.events import AgentRegistrar, ConsumerRegistrar, FirstThatServes, passcode_of
from federation_adapters.waldur.peer import Peer
from federation_core.domain.errors import (
    ConfigurationError,
    Conflict,
    Forbidden,
    Invalid,
    ServerFault,
    Transient,
    Unauthorised,
    Unreachable,
)
from federation_core.domain.ids import Side
from federation_core.ports.hints import Mailbox

TOKEN = "not-a-real-token"  # noqa: S105 - it says so itself
OFFERING, IDENTITY, SERVICE, SUBSCRIPTION = (uuid_of(1, number) for number in range(1, 5))
QUEUE = {"rmq_username": "u1", "queue_name": "consumer_00000000feda4abc8def000000000009", "vhost": "v1"}
MAILBOX = Mailbox("v1", "u1", QUEUE["queue_name"], TOKEN)
PAGE = httpx.Response(404, text="<html>Not Found</html>", headers={"content-type": "text/html"})


class Server:
    """Answers by method and the end of the path; remembers every body."""

    def __init__(self, **answers):
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[str, httpx.Response] = {
            "GET identities/": rows(an_identity()),
            "PUT": httpx.Response(200, json=an_identity()),
            "POST identities/": httpx.Response(201, json=an_identity()),
            "POST register_queue/": httpx.Response(201, json=QUEUE),
            "POST register_service/": httpx.Response(201, json={"uuid": SERVICE.hex}),
            "POST register_processor/": httpx.Response(201, json={}),
            "POST register_event_subscription/": httpx.Response(201, json={"uuid": SUBSCRIPTION.hex}),
            "POST create_queue/": httpx.Response(201, json={"queue_name": "subscription_1", "vhost": "v1"}),
            "POST register/": httpx.Response(201, json=QUEUE),
            "DELETE": httpx.Response(204),
        } | {key.replace("_of_", " ", 1).replace("__", "/"): answer for key, answer in answers.items()}

    def __call__(self, request):
        body = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.path, body))
        said = f"{request.method} {request.url.path}"
        for end, answer in self.answers.items():
            method, _, path = end.partition(" ")
            if said.startswith(method) and said.endswith(path):
                return answer
        raise AssertionError(said)

    def paths(self):
        return [f"{method} {path.rstrip('/').rpartition('/')[2]}" for method, path, _ in self.asked]

    @property
    def peer(self):
        access = Access(Side.B, "http://b.example", StaticToken(TOKEN))
        return Peer(HttpClient(access, transport=httpx.MockTransport(self), sleep=lambda _seconds: None))


def an_identity(number=1, name="ours", offering=OFFERING, created="2026-01-01T00:00:00Z"):
    uuid = IDENTITY if number == 1 else uuid_of(1, number)
    return {"uuid": uuid.hex, "name": name, "offering": offering.hex, "created": created}


def rows(*found):
    return httpx.Response(200, json=list(found), headers={"x-result-count": str(len(found))})


def agent(server, *types):
    return AgentRegistrar(server.peer, OFFERING, "ours", types or ("order", "resource"))


class TestAgents:
    def test_an_identity_that_is_there_is_used(self):
        server = Server()
        assert agent(server).register() == (MAILBOX,)
        assert server.paths() == [
            "GET marketplace-site-agent-identities",
            "POST register_queue",
            f"PUT {IDENTITY.hex}",
            "POST register_service",
            "POST register_processor",
        ]
        assert server.asked[1][2] == {"object_types": ["order", "resource"]}

    def test_one_that_is_not_is_made(self):
        server = Server()
        server.answers["GET identities/"] = rows(
            an_identity(2, name="another's"), an_identity(3, offering=uuid_of(9, 9))
        )
        agent(server).register()
        method, _, body = server.asked[1]
        assert method == "POST"
        assert (body["offering"], body["name"]) == (OFFERING.hex, "ours")
        assert not any(said.startswith("PUT") for said in server.paths())

    def test_where_the_list_may_be_cut_none_is_made(self):
        server = Server()
        server.answers["GET identities/"] = httpx.Response(200, json=[], headers={"x-result-count": "1"})
        with pytest.raises(Transient):
            agent(server).register()
        assert {method for method, _, _ in server.asked} == {"GET"}

    def test_of_several_the_oldest_is_used(self):
        server = Server()
        server.answers["GET identities/"] = rows(an_identity(7, created="2026-02-02T00:00:00Z"), an_identity())
        agent(server).register()
        assert IDENTITY.hex in server.asked[1][1]

    @pytest.mark.parametrize("refused", ["PUT", "POST register_service/"])
    def test_introducing_ourselves_happens_once_and_matters_to_nobody(self, refused):
        server = Server()
        server.answers[refused] = httpx.Response(500)
        registrar = agent(server)
        assert registrar.register() == registrar.register() == (MAILBOX,)
        assert server.paths().count(f"PUT {IDENTITY.hex}") == 1
        assert server.paths().count("POST register_service") <= 1

    @pytest.mark.parametrize("missing", [PAGE, httpx.Response(404, json={"detail": "Not found."}), httpx.Response(405)])
    def test_an_older_server_has_a_queue_for_each_type(self, missing):
        server = Server()
        server.answers["POST register_queue/"] = missing
        assert agent(server).register() == tuple(
            Mailbox("v1", SUBSCRIPTION.hex, "subscription_1", TOKEN, kind) for kind in ("order", "resource")
        )
        wishes = [body for _, path, body in server.asked if path.endswith("create_queue/")]
        assert wishes == [{"offering_uuid": OFFERING.hex, "object_type": kind} for kind in ("order", "resource")]

    def test_somebody_elses_queue_is_a_conflict(self):
        server = Server()
        server.answers["POST register_queue/"] = httpx.Response(409, json={"detail": "registered by user x"})
        with pytest.raises(Conflict):
            agent(server).register()

    @pytest.mark.parametrize("words", ["Failed to create RabbitMQ queue", "Failed to create queue in RabbitMQ."])
    @pytest.mark.parametrize("old", [False, True])
    def test_a_server_that_cannot_reach_its_broker_is_asked_again(self, words, old):
        server = Server()
        server.answers["POST register_queue/"] = PAGE
        server.answers[f"POST {'create_queue' if old else 'register_queue'}/"] = httpx.Response(400, json=[words])
        with pytest.raises(ServerFault):
            agent(server).register()

    def test_any_other_refusal_of_the_content_is_one(self):
        server = Server()
        server.answers["POST register_queue/"] = httpx.Response(400, json={"object_types": ["no choice"]})
        with pytest.raises(Invalid):
            agent(server).register()

    def test_it_can_be_forgotten(self):
        server = Server()
        agent(server).forget()
        assert server.asked[-1][0] == "DELETE"
        assert IDENTITY.hex in server.asked[-1][1]

    def test_what_is_gone_need_not_be_deleted(self):
        server = Server()
        server.answers["DELETE"] = httpx.Response(404, json={"detail": "Not found."})
        agent(server).forget()
        server.answers["GET identities/"] = rows()
        server.asked.clear()
        agent(server).forget()
        assert [method for method, _, _ in server.asked] == ["GET"]


class TestConsumers:
    def test_they_are_bound_to_the_customer_and_never_to_everything(self):
        server = Server()
        assert ConsumerRegistrar(server.peer, b_customer_id(), ["order"]).register() == (MAILBOX,)
        (_, path, body) = server.asked[0]
        assert path == "/api/event-consumers/register/"
        assert body == {"object_types": ["order"], "scopes": [{"type": "customer", "uuid": b_customer_id().hex}]}

    def test_they_can_be_forgotten_once_they_are_there(self):
        server = Server()
        registrar = ConsumerRegistrar(server.peer, b_customer_id(), ["order"])
        registrar.forget()
        assert server.asked == []
        registrar.register()
        registrar.forget()
        assert server.asked[-1][:2] == ("DELETE", "/api/event-consumers/00000000feda4abc8def000000000009/")
        server.answers["DELETE"] = httpx.Response(404, json={"detail": "Not found."})
        registrar.forget()


class TestSeveralWays:
    def both(self, server):
        return FirstThatServes(agent(server), ConsumerRegistrar(server.peer, b_customer_id(), ["order"]))

    def test_who_may_be_an_agent_is_one(self):
        server = Server()
        ways = self.both(server)
        ways.register()
        ways.forget()
        assert "POST register" not in server.paths()
        assert server.paths()[-1] == f"DELETE {IDENTITY.hex}"

    @pytest.mark.parametrize("refusal", [403, 400, 404, 405])
    def test_who_may_not_is_told_as_a_customer(self, refusal):
        server = Server()
        server.answers["GET identities/"] = rows()
        server.answers["POST identities/"] = httpx.Response(refusal, json={"offering": ["no"]})
        ways = self.both(server)
        assert ways.register() == (MAILBOX,)
        ways.forget()
        assert server.asked[-1][1].startswith("/api/event-consumers/")

    @pytest.mark.parametrize(("status", "error"), [(409, Conflict), (401, Unauthorised)])
    def test_what_has_to_be_seen_is_not_passed_over(self, status, error):
        server = Server()
        server.answers["POST register_queue/"] = httpx.Response(status, json={"detail": "registered by user x"})
        with pytest.raises(error):
            self.both(server).register()
        assert "POST register" not in server.paths()

    def test_where_all_refuse_the_last_refusal_counts(self):
        server = Server()
        server.answers["GET identities/"] = httpx.Response(403, json={"detail": "no"})
        server.answers["POST register/"] = httpx.Response(403, json={"detail": "neither"})
        with pytest.raises(Forbidden, match="neither"):
            self.both(server).register()

    def test_a_server_that_is_down_is_no_refusal(self):
        def down(_request):
            raise httpx.ConnectError("refused")

        server = Server()
        server.answers["GET identities/"] = httpx.Response(500)
        with pytest.raises(ServerFault):
            self.both(server).register()
        access = Access(Side.B, "http://b.example", StaticToken(TOKEN))
        peer = Peer(HttpClient(access, transport=httpx.MockTransport(down), sleep=lambda _seconds: None))
        with pytest.raises(Unreachable):
            ConsumerRegistrar(peer, b_customer_id(), ["order"]).register()

    def test_before_anything_is_registered_nothing_is_forgotten(self):
        server = Server()
        self.both(server).forget()
        assert server.asked == []


def test_brokers_know_no_oidc_tokens():
    access = Access(Side.A, "http://a.example", ClientCredentials("http://idp.example", "id", "secret"))
    with pytest.raises(ConfigurationError, match="knows only Waldur's own tokens"):
        passcode_of(Peer(HttpClient(access)))
