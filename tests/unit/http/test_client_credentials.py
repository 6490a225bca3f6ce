import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from federation_adapters.http.access import Access, ClientCredentials, KeyNames
from federation_adapters.http.client import HttpClient
from federation_adapters.http.client_credentials import ClientCredentialsAuth
from federation_core.domain import errors
from federation_core.domain.ids import Side

HUSH = "not-a-real-secret"
GRANT = ClientCredentials("https://id.example/token", "reporter", HUSH, "openid")


class Provider:
    """An identity provider whose tokens live *lifetime* seconds, and an API that takes the latest one."""

    def __init__(self, lifetime=300, answer=None):
        self.lifetime, self.answer = lifetime, answer
        self.issued = 0
        self.forms: list[httpx.QueryParams] = []
        self.timeouts: list[object] = []
        self.used: list[str] = []
        self.revoked: set[str] = set()
        self.slow = threading.Event()
        self.slow.set()

    def __call__(self, request):
        if request.url.host == "id.example":
            return self.token(request)
        self.used.append(request.headers["Authorization"].removeprefix("Bearer "))
        return httpx.Response(401 if self.used[-1] in self.revoked else 200, json={})

    def token(self, request):
        self.forms.append(httpx.QueryParams(request.content.decode()))
        self.timeouts.append(request.extensions.get("timeout"))
        self.slow.wait(5)
        if self.answer is not None:
            return self.answer
        self.issued += 1
        expiry = {} if self.lifetime is None else {"expires_in": self.lifetime}
        return httpx.Response(200, json={"access_token": f"issued-{self.issued}", **expiry})


class Clock:
    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


def calls(provider, clock, *moments):
    """The tokens that calls at those moments use."""
    auth = ClientCredentialsAuth(GRANT, Side.B, 7.0, clock)
    with httpx.Client(auth=auth, transport=httpx.MockTransport(provider)) as client:
        for moment in moments:
            clock.time = 1000.0 + moment
            client.get("https://b.example/x")
    return provider.used


@pytest.mark.parametrize(
    ("lifetime", "last", "too_late"),
    [(300, 269, 271), (60, 47, 49), (10, 7, 9), ("300", 269, 271), (None, 47, 49)],
)
def test_a_token_is_used_until_shortly_before_it_ends(lifetime, last, too_late):
    provider = Provider(lifetime)
    assert calls(provider, Clock(), 0, last, too_late) == ["issued-1", "issued-1", "issued-2"]


@pytest.mark.parametrize("lifetime", [0, -5])
def test_a_token_that_has_ended_already_is_used_once(lifetime):
    assert calls(Provider(lifetime), Clock(), 0, 0) == ["issued-1", "issued-2"]


def test_the_form_names_the_scope_and_waits_are_bounded():
    provider = Provider()
    calls(provider, Clock(), 0)
    assert dict(provider.forms[0]) == {
        "grant_type": "client_credentials",
        "client_id": "reporter",
        "client_secret": HUSH,
        "scope": "openid",
    }
    assert provider.timeouts == [httpx.Timeout(7.0).as_dict()]


def test_twenty_threads_fetch_one_token():
    provider = Provider()
    provider.slow.clear()
    auth = ClientCredentialsAuth(GRANT, Side.B, 7.0)
    with (
        httpx.Client(auth=auth, transport=httpx.MockTransport(provider)) as client,
        ThreadPoolExecutor(20) as pool,
    ):
        answers = [pool.submit(client.get, "https://b.example/x") for _ in range(20)]
        provider.slow.set()
        assert {answer.result().status_code for answer in answers} == {200}
    assert provider.issued == 1


def test_a_revoked_token_costs_one_fetch_and_one_repetition():
    provider = Provider()
    provider.revoked = {"issued-1"}
    assert calls(provider, Clock(), 0, 1) == ["issued-1", "issued-2", "issued-2"]


def test_a_token_that_is_never_taken_ends_as_an_error_and_not_in_a_loop():
    provider = Provider()
    provider.revoked = {f"issued-{number}" for number in range(9)}
    with opened(provider) as client, pytest.raises(errors.Unauthorised):
        client.call("x.y", "GET", "/x")
    assert provider.used == ["issued-1", "issued-2"]


def test_one_that_fails_to_be_fetched_leaves_the_way_free_for_the_next():
    provider = Provider(answer=httpx.Response(503))
    with opened(provider) as client:
        with pytest.raises(errors.ServerFault):
            client.call("x.y", "POST", "/x", body={})
        provider.answer = None
        assert client.call("x.y", "GET", "/x").status == 200


def opened(provider, **changes):
    keys = KeyNames("api_url", "client_id, client_secret", "", "token_url")
    access = Access(Side.B, "https://b.example", GRANT, keys=keys, **changes)
    return HttpClient(access, transport=httpx.MockTransport(provider), sleep=lambda _: None)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            httpx.Response(401, json={"error": "invalid_client", "error_description": f"no {HUSH} here"}),
            errors.Unauthorised,
            r"B at id\.example .*\(invalid_client: no \[secret\] here\); check client_id, client_secret",
        ),
        (httpx.Response(429, headers={"Retry-After": "900"}), errors.Throttled, "throttling"),
        (httpx.Response(302, headers={"Location": "https://other.example"}), errors.UnexpectedShape, "redirects"),
        (httpx.Response(200, json=["access_token"]), errors.UnexpectedShape, "no access_token"),
    ],
)
def test_what_the_identity_provider_refuses_is_told_with_its_keys(answer, kind, words):
    with opened(Provider(answer=answer)) as client, pytest.raises(kind, match=words):
        client.call("x.y", "GET", "/x")


def test_credentials_that_are_refused_are_not_tried_again():
    provider = Provider(answer=httpx.Response(400, json={"error": "invalid_client"}))
    with opened(provider) as client, pytest.raises(errors.Unauthorised):
        client.call("x.y", "GET", "/x")
    assert len(provider.forms) == 1
