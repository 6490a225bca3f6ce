import logging

import httpx
import pytest

from federation_adapters.http.access import Access, ClientCredentials, KeyNames, StaticToken
from federation_adapters.http.client import HttpClient
from federation_core.domain import errors
from federation_core.domain.ids import Side

TOKEN = "not-a-real-token-" + "0" * 23
NAMES = KeyNames("target_api_url", "target_api_token", "target_ca_file")


def client_for(handler, **changes):
    waits: list[float] = []
    settings = {"side": Side.B, "url": "http://b.example/api/", "credentials": StaticToken(TOKEN), "timeout": 5.0}
    access = Access(**{**settings, **changes})
    client = HttpClient(access, transport=httpx.MockTransport(handler), sleep=waits.append)
    return client, waits


class Server:
    """Answers with the given responses in turn, and remembers the requests."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_call_carries_the_token_and_asks_for_json():
    server = Server(httpx.Response(200, json={}))
    client, _ = client_for(server)
    with client:
        client.call("x.y", "GET", "/api/projects/", params=[("field", "uuid"), ("field", "name")])
    (request,) = server.requests
    assert request.headers["Authorization"] == f"Token {TOKEN}"
    assert request.headers["Accept"] == "application/json"
    assert str(request.url) == "http://b.example/api/projects/?field=uuid&field=name"


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://waldur.example.fi", "https://waldur.example.fi"),
        ("https://waldur.example.fi/", "https://waldur.example.fi"),
        ("https://waldur.example.ai/api", "https://waldur.example.ai"),
        ("https://waldur.example.ai/api/", "https://waldur.example.ai"),
        ("https://host.example/waldur/api/", "https://host.example/waldur"),
        ("https://api", "https://api"),
    ],
)
def test_the_api_suffix_is_removed_exactly(given, base):
    assert Access(Side.A, given, StaticToken("x")).base_url == base


def test_reads_are_tried_again_and_honour_retry_after():
    server = Server(
        httpx.Response(503, text="busy"),
        httpx.Response(429, headers={"Retry-After": "2"}),
        httpx.Response(200, json=[]),
    )
    client, waits = client_for(server)
    with client:
        client.call("x.list", "GET", "/api/x/")
    assert len(server.requests) == 3
    assert waits[1] == 2.0


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.ReadTimeout("lost"), httpx.RemoteProtocolError("cut")])
def test_a_write_whose_answer_is_lost_is_never_sent_again(answer):
    server = Server(answer)
    client, _ = client_for(server)
    with client, pytest.raises(errors.Transient):
        client.call("x.create", "POST", "/api/x/", body={})
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [httpx.Response(429), httpx.ConnectError("refused")])
def test_a_write_that_was_certainly_not_processed_is_tried_again(answer):
    server = Server(answer, httpx.Response(201, json={}))
    client, _ = client_for(server)
    with client:
        client.call("x.create", "POST", "/api/x/", body={})
    assert len(server.requests) == 2


def test_a_long_retry_after_is_left_to_the_next_cycle():
    server = Server(httpx.Response(429, headers={"Retry-After": "3600"}))
    client, waits = client_for(server)
    with client, pytest.raises(errors.Throttled):
        client.call("x.list", "GET", "/api/x/")
    assert waits == []


def test_retries_stop_when_the_budget_is_spent():
    server = Server(httpx.Response(503))
    client, _ = client_for(server)
    with client:
        for _ in range(20):
            with pytest.raises(errors.ServerFault):
                client.call("x.list", "GET", "/api/x/")
    assert len(server.requests) == 20 + 10


def test_redirects_are_not_followed():
    server = Server(httpx.Response(301, headers={"Location": "http://elsewhere.example/"}))
    client, _ = client_for(server)
    with client, pytest.raises(errors.UnexpectedShape, match="check the configured URL"):
        client.call("x.list", "GET", "/api/x/")
    assert len(server.requests) == 1


def test_an_answer_that_is_too_large_is_refused_unread():
    server = Server(httpx.Response(200, content=b"x" * 2048))
    client, _ = client_for(server, max_answer_bytes=1024)
    with client, pytest.raises(errors.OversizedAnswer, match="1024"):
        client.call("x.list", "GET", "/api/x/")


def test_the_peers_clock_is_read_from_its_answers():
    server = Server(httpx.Response(200, json={}, headers={"Date": "Sat, 07 Mar 2026 10:00:00 GMT"}))
    client, _ = client_for(server)
    with client:
        client.call("x.y", "GET", "/api/x/")
        assert client.now().isoformat()[:16] == "2026-03-07T10:00"


def test_secrets_and_queries_reach_no_text(caplog):
    server = Server(httpx.ConnectError(f"cannot reach http://b.example/?t={TOKEN}"))
    client, _ = client_for(server)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "httpx"), client:
        with pytest.raises(errors.Unreachable) as raised:
            client.call("x.list", "GET", "/api/x/", params=[("email", "ada@example.org")])
        server.answers = [httpx.Response(200, json={})]
        client.call("x.list", "GET", "/api/x/", params=[("email", "ada@example.org")])
    told = " ".join([str(raised.value), repr(raised.value), repr(client.access), caplog.text])
    assert "HTTP Request" in caplog.text
    assert TOKEN not in told
    assert "ada@example.org" not in told


def test_a_token_with_a_line_break_is_a_configuration_error_that_does_not_show_it():
    with pytest.raises(errors.ConfigurationError) as raised:
        client_for(Server(httpx.Response(200)), credentials=StaticToken("abc\ndef-secret"))
    assert "def-secret" not in str(raised.value)


def test_a_ca_file_that_cannot_be_read_is_a_configuration_error(tmp_path):
    with pytest.raises(errors.ConfigurationError, match="CA file"):
        client_for(Server(httpx.Response(200)), ca_file=str(tmp_path / "none.pem"))


class Oidc(Server):
    """An identity provider and an API behind one transport."""

    def __init__(self, *tokens):
        super().__init__(httpx.Response(200, json={}))
        self.tokens = list(tokens)
        self.forms = []

    def __call__(self, request):
        if request.url.host == "id.example":
            self.forms.append(request.content.decode())
            return self.tokens.pop(0)
        return super().__call__(request)


GRANT = ClientCredentials("https://id.example/token", "federation", "not-a-real-secret")


def test_client_credentials_fetch_a_token_once():
    server = Oidc(httpx.Response(200, json={"access_token": "abc", "expires_in": 300}))
    client, _ = client_for(server, credentials=GRANT)
    with client:
        client.call("x.y", "GET", "/api/x/")
        client.call("x.y", "GET", "/api/x/")
    assert [request.headers["Authorization"] for request in server.requests] == ["Bearer abc"] * 2
    assert "grant_type=client_credentials" in server.forms[0]
    assert "not-a-real-secret" not in repr(client.access)


def test_a_token_is_renewed_after_a_401():
    server = Oidc(
        httpx.Response(200, json={"access_token": "old"}),
        httpx.Response(200, json={"access_token": "new"}),
    )
    server.answers = [httpx.Response(401, json={"detail": "expired"}), httpx.Response(200, json={})]
    client, _ = client_for(server, credentials=GRANT)
    with client:
        client.call("x.y", "GET", "/api/x/")
    assert server.requests[-1].headers["Authorization"] == "Bearer new"


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (httpx.Response(400, json={"error": "invalid_client"}), errors.Unauthorised),
        (httpx.Response(500), errors.ServerFault),
        (httpx.Response(200, text="<html>"), errors.UnexpectedShape),
        (httpx.Response(200, json={"expires_in": 3}), errors.UnexpectedShape),
    ],
)
def test_an_identity_provider_that_refuses_is_one_clear_error(answer, ours):
    server = Oidc(*[answer] * 5)
    client, _ = client_for(server, credentials=GRANT)
    with client, pytest.raises(ours, match="identity provider"):
        client.call("x.y", "POST", "/api/x/", body={})


def test_calls_that_fail_alike_because_of_the_peer_read_alike():
    client, _ = client_for(Server(httpx.Response(401, json={"detail": "Invalid token."})), keys=NAMES)
    told = set()
    for operation in ("x.y", "x.z"):
        with pytest.raises(errors.Unauthorised) as caught:
            client.call(operation, "GET", "/api/projects/")
        told.add(str(caught.value))
    client.close()
    assert told == {"B at b.example does not accept the token (401): Invalid token; check target_api_token"}
