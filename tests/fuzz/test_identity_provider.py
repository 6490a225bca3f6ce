"""Whatever an identity provider answers, there is a token that a header can carry, or an error of ours."""

import httpx
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fuzz.json_like import anything, encoded, numbers, texts
from tests.security.hostile import Raw, client_of

from federation_adapters.http.access import ClientCredentials
from federation_core.domain.errors import PlaneError

HUSH = "not-a-real-secret"
GRANT = ClientCredentials("https://id.example/token", "federation", HUSH)
MOST_ASKED = 12
"""For two calls of the API, with all attempts and one renewal each."""

tokens = st.fixed_dictionaries(
    {"access_token": texts | st.just("abc.def") | anything},
    optional={"expires_in": numbers | texts | anything, "token_type": anything},
)
bodies = tokens.map(encoded) | anything.map(encoded) | st.binary(max_size=40)


class Provider:
    """Answers so for tokens; the API behind it takes any, after *refusals*."""

    def __init__(self, status, body, refusals):
        self.answer, self.refusals = (status, body), refusals
        self.asked = 0
        self.shown: list[str] = []

    def __call__(self, request):
        if request.url.host == "id.example":
            self.asked += 1
            status, body = self.answer
            return httpx.Response(status, stream=Raw(body))
        self.shown.append(request.headers["Authorization"])
        self.refusals -= 1
        return httpx.Response(200 if self.refusals < 0 else 401, json={})


@given(
    status=st.sampled_from([200, 200, 200, 201, 302, 400, 401, 500]) | st.integers(200, 599),
    body=bodies,
    refusals=st.integers(0, 3),
)
@example(200, b'{"access_token": "x", "expires_in": 1' + b"0" * 400 + b"}", 0)
@example(200, b'{"access_token": "x", "expires_in": "1e999"}', 1)
@example(200, b'{"access_token": "x", "expires_in": NaN}', 0)
@example(200, b'{"access_token": "\\ud800"}', 0)
@example(200, b'{"access_token": "x", "expires_in": ' + b"9" * 5_000 + b"}", 0)
@example(200, b'["access_token"]', 0)
def test_there_is_a_token_or_an_error_of_ours(status, body, refusals):
    provider = Provider(status, body, refusals)
    told = ""
    with client_of("https://b.example", transport=httpx.MockTransport(provider), credentials=GRANT) as client:
        for _ in range(2):
            try:
                client.call("x.read", "GET", "/api/x/")
            except PlaneError as error:
                told += str(error)
    assert HUSH not in told
    assert provider.asked <= MOST_ASKED
    assert all(header.startswith("Bearer ") and header.isascii() and header.isprintable() for header in provider.shown)
