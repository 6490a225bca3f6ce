"""Whatever a peer answers, it gets no token that is not its own, and takes no more than so much time and memory."""

import gzip
import json
import time
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime

import attrs
import httpx
import pytest
from tests.security.hostile import TOKEN, Peer, Raw, client_of, dripping, saying

from federation_adapters.http.access import ClientCredentials
from federation_adapters.waldur import peer as waldur
from federation_adapters.waldur.wire import KeyRow
from federation_core.domain import errors
from federation_core.domain.observed import Incomplete

OK = b"HTTP/1.1 200 OK\r\n"
FINE = OK + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
BASE = "https://b.example"
MOST = 64 * 1024


def read(client):
    return client.call("x.read", "GET", "/api/x/")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_to_another_origin(status, method):
    with Peer(saying(FINE)) as elsewhere:
        head = f"HTTP/1.1 {status} Go\r\nLocation: {elsewhere.url}/api/x/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with Peer(saying(head.encode())) as server, client_of(server.url) as client:
            with pytest.raises(errors.UnexpectedShape, match="redirect"):
                client.call("x.y", method, "/api/x/", body={} if method == "POST" else None)
            assert len(server.asked) == 1
    assert elsewhere.asked == []


def test_no_redirect_is_followed_within_the_origin_either():
    asked = []

    def server(request):
        asked.append(request.url.path)
        return httpx.Response(302, headers={"Location": "/api/me/?next=https://elsewhere.example"})

    with client_of(BASE, transport=httpx.MockTransport(server)) as client, pytest.raises(errors.UnexpectedShape):
        read(client)
    assert asked == ["/api/x/"]


@pytest.mark.parametrize(
    "link",
    ["https://elsewhere.example/api/x/?page=2", "//elsewhere.example/", "/api/users/", "file:///etc/passwd", "../"],
)
def test_a_next_page_is_asked_for_where_the_first_was_whatever_the_link_says(link):
    asked = []

    def server(request):
        asked.append((request.url.host, request.url.path, request.url.params.get("page")))
        number = len(asked)
        headers = {"X-Result-Count": "2", **({"Link": f'<{link}>; rel="next"'} if number == 1 else {})}
        return httpx.Response(200, json=[{"uuid": f"{number:032x}"}], headers=headers)

    with client_of(BASE, transport=httpx.MockTransport(server)) as client:
        listing(client)
    assert asked == [("b.example", "/api/x/", None), ("b.example", "/api/x/", "2")]


def listing(client):
    peer = waldur.Peer(client)
    return peer.listing("x.list", "x/", [], KeyRow, keep=lambda _row: True, translate=lambda row: row)


SLOW = {
    "a body": dripping(OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "a body without a length": dripping(OK + b"\r\n", b"x"),
    "the size of a chunk": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a header": dripping(OK + b"X-Endless: ", b"x"),
    "the status": dripping(b"HTTP/1.1 200 ", b"x"),
    "promises": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "promises without a pause": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50, seconds=0),
    "a packed body that unpacks to nothing": dripping(
        OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"n"
    ),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_an_answer_that_drips_for_ever_is_given_up(script, monkeypatch):
    monkeypatch.setattr("federation_adapters.http.client.DEADLINES", 1)
    with Peer(script) as server, client_of(server.url, timeout=0.4) as client:
        began = time.monotonic()
        with pytest.raises(errors.TimedOut):
            client.call("x.create", "POST", "/api/x/", body={})
        assert time.monotonic() - began < 4


def test_a_wait_ends_with_the_exchange_however_long_it_may_be_by_itself(monkeypatch):
    monkeypatch.setattr("federation_adapters.http.client.DEADLINES", 0.05)
    with Peer(dripping(OK, b"x", seconds=8)) as server, client_of(server.url, timeout=8) as client:
        began = time.monotonic()
        with pytest.raises(errors.TimedOut):
            client.call("x.create", "POST", "/api/x/", body={})
        assert time.monotonic() - began < 4


def test_an_answer_without_end_is_refused_as_soon_as_it_is_too_long():
    flood = dripping(OK + b"\r\n", b"x" * 65_536, seconds=0)
    with Peer(flood) as server, client_of(server.url, max_answer_bytes=MOST, timeout=5) as client:
        with pytest.raises(errors.OversizedAnswer, match=str(MOST)):
            read(client)
        assert len(server.asked) == 1


def test_headers_without_end_are_refused():
    flood = dripping(OK, b"X-Padding: " + b"x" * 8_000 + b"\r\n", seconds=0)
    with Peer(flood) as server, client_of(server.url, timeout=5) as client, pytest.raises(errors.PlaneError):
        client.call("x.create", "POST", "/api/x/", body={})


def bombs():
    """Bodies of a few kilobytes that stand for half a gigabyte."""
    bomb = gzip.compress(b"\0" * 2**29)
    return {"once": ("gzip", bomb), "twice": ("gzip, gzip", gzip.compress(bomb)), "deflate": ("deflate", bomb)}


@pytest.mark.parametrize("how", ["once", "twice", "deflate"])
def test_a_packed_body_is_unpacked_no_further_than_an_answer_may_be_long(how, packed):
    encoding, body = packed[how]
    server = httpx.MockTransport(
        lambda _: httpx.Response(200, stream=Raw(body), headers={"Content-Encoding": encoding})
    )
    assert len(body) < 2**20
    bounded = client_of(BASE, transport=server, max_answer_bytes=2**20)
    with bounded as client, memory_within(16 * 2**20), pytest.raises(errors.Unintelligible):
        read(client)


@pytest.fixture(scope="module")
def packed():
    return bombs()


@contextmanager
def memory_within(most):
    """What is inside needs no more memory than this."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most, f"{peak} bytes"


def test_a_packed_answer_within_bounds_is_read():
    body = gzip.compress(b'{"uuid": "1"}')
    server = httpx.MockTransport(lambda _: httpx.Response(200, stream=Raw(body), headers={"Content-Encoding": "gzip"}))
    with client_of(BASE, transport=server) as client:
        assert read(client).body == b'{"uuid": "1"}'


@pytest.mark.parametrize("cut", [5, 15])
def test_a_packed_answer_that_was_cut_off_or_spoilt_is_none(cut):
    body = gzip.compress(b'{"uuid": "1"}')[:-cut] + b"\0" * (cut // 10)
    server = httpx.MockTransport(lambda _: httpx.Response(200, stream=Raw(body), headers={"Content-Encoding": "gzip"}))
    with client_of(BASE, transport=server) as client, pytest.raises(errors.UnexpectedShape):
        read(client)


DEEP = b"[" * 200_000
HUGE = [DEEP, DEEP + b"]" * 200_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"9" * 100_000, b'{"detail": ' + DEEP]


@pytest.mark.parametrize("body", HUGE, ids=range(len(HUGE)))
@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 500])
def test_json_that_is_too_deep_or_too_long_is_an_error_of_ours(status, body):
    server = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    with client_of(BASE, transport=server) as client, pytest.raises(errors.PlaneError) as raised:
        waldur.Peer(client).read("x.read", "x/", KeyRow)
    assert len(str(raised.value)) < errors.MAX_DETAIL + 200


def test_of_a_refusal_with_a_million_words_some_are_kept():
    body = json.dumps({"detail": [f"no {number}" for number in range(200_000)]}).encode()
    server = httpx.MockTransport(lambda _: httpx.Response(400, content=body))
    with client_of(BASE, transport=server) as client, pytest.raises(errors.Invalid) as raised:
        read(client)
    assert raised.value.detail.startswith("no 0; no 1;")
    assert len(raised.value.detail) <= errors.MAX_DETAIL


@pytest.mark.parametrize("word", ["https://", "http://x?", "?", "'"])
def test_a_refusal_full_of_addresses_is_searched_once(word):
    body = json.dumps({"detail": word * 500_000}).encode()
    server = httpx.MockTransport(lambda _: httpx.Response(400, content=body))
    began = time.thread_time()
    with client_of(BASE, transport=server) as client, pytest.raises(errors.Invalid):
        read(client)
    assert time.thread_time() - began < 4


@pytest.mark.parametrize("count", ["9" * 5_000, "1e9", "-1", "²", "0x1"])
def test_a_count_that_is_no_count_proves_nothing(count):
    row = [{"uuid": "1" * 32}]
    headers = [(b"X-Result-Count", count.encode())]
    server = httpx.MockTransport(lambda _: httpx.Response(200, json=row, headers=headers))
    with client_of(BASE, transport=server) as client:
        assert isinstance(listing(client), Incomplete)


def test_a_list_without_end_is_given_up_by_its_rows_too(monkeypatch):
    monkeypatch.setattr(waldur, "MAX_ROWS", 500)
    pages = []

    def server(_request):
        pages.append(1)
        rows = [{"uuid": f"{len(pages) * 1000 + number:032x}"} for number in range(300)]
        return httpx.Response(200, json=rows, headers={"Link": '<x>; rel="next"', "X-Result-Count": "1"})

    with client_of(BASE, transport=httpx.MockTransport(server)) as client:
        assert isinstance(listing(client), Incomplete)
    assert len(pages) == 2 * waldur.LISTING_ATTEMPTS


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "?"])
def test_a_clock_at_the_end_of_time_is_not_believed(date):
    server = httpx.MockTransport(lambda _: httpx.Response(200, json={}, headers={"Date": date}))
    with client_of(BASE, transport=server) as client:
        read(client)
        assert abs((client.now() - datetime.now(UTC)).total_seconds()) < 60


def test_a_text_that_no_url_can_carry_is_an_error_of_ours():
    server = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    with client_of(BASE, transport=server) as client, pytest.raises(errors.Unintelligible, match="no URL can carry"):
        client.call("x.read", "GET", "/api/x/", params=[("name", "\ud800")])


@pytest.mark.parametrize(
    "name", ["a&field=token", "a#b", "a?b=c", "a/../../b", "a%26b=c", "a b+c", "a\r\nHost: x", "ä☃", "\0"]
)
def test_a_name_in_a_query_stays_one_value(name):
    asked = []

    def server(request):
        asked.append(request.url)
        return httpx.Response(200, json={})

    with client_of(BASE, transport=httpx.MockTransport(server)) as client:
        client.call("x.read", "GET", "/api/x/", params=[("name", name), ("page", "1")])
    (url,) = asked
    assert url.path == "/api/x/"
    assert url.params.multi_items() == [("name", name), ("page", "1")]


GRANT = ClientCredentials("https://id.example/token", "federation", "not-a-real-secret")
ISSUED = "issued-but-not-real"


def with_oidc(token_answer, api=lambda _: httpx.Response(200, json={}), **changes):
    def server(request):
        return token_answer() if request.url.host == "id.example" else api(request)

    return client_of(BASE, transport=httpx.MockTransport(server), credentials=GRANT, **changes)


@pytest.mark.parametrize(
    "content",
    [
        b'{"access_token": "a b"}',
        b'{"access_token": "a\\r\\nX-Forged: 1"}',
        '{"access_token": "ä"}'.encode(),
        b'{"access_token": ["a"]}',
        b'{"access_token": ""}',
        DEEP,
    ],
)
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(content):
    with (
        with_oidc(lambda: httpx.Response(200, content=content)) as client,
        pytest.raises(errors.UnexpectedShape) as raised,
    ):
        client.call("x.create", "POST", "/api/x/", body={})
    assert "Forged" not in str(raised.value)


@pytest.mark.parametrize("lifetime", ["NaN", "Infinity", "-1", "1" + "0" * 400, "null", '"soon"', "true", "[]"])
def test_a_lifetime_without_sense_is_no_trouble(lifetime):
    content = f'{{"access_token": "{ISSUED}", "expires_in": {lifetime}}}'.encode()
    with with_oidc(lambda: httpx.Response(200, content=content)) as client:
        assert read(client).status == 200


def test_an_identity_provider_is_held_to_the_same_bounds():
    long = with_oidc(lambda: httpx.Response(200, stream=Raw(b"x" * (MOST + 1))), max_answer_bytes=MOST)
    with long as client, pytest.raises(errors.OversizedAnswer):
        read(client)


def test_a_refusal_of_an_old_token_is_held_to_the_same_bounds():
    granted = {"access_token": ISSUED}
    refusal = {"api": lambda _: httpx.Response(401, stream=Raw(b"x" * (MOST + 1))), "max_answer_bytes": MOST}
    with (
        with_oidc(lambda: httpx.Response(200, json=granted), **refusal) as client,
        pytest.raises(errors.OversizedAnswer),
    ):
        read(client)


@pytest.mark.parametrize(("credentials", "secret"), [(GRANT, ISSUED), (None, TOKEN)])
def test_a_peer_that_repeats_the_token_does_not_leak_it(credentials, secret):
    def server(request):
        if request.url.host == "id.example":
            return httpx.Response(200, json={"access_token": ISSUED})
        return httpx.Response(400, json={"detail": f"bad header {request.headers['Authorization']}"})

    changes = {} if credentials is None else {"credentials": credentials}
    with (
        client_of(BASE, transport=httpx.MockTransport(server), **changes) as client,
        pytest.raises(errors.Invalid) as raised,
    ):
        read(client)
    assert secret not in f"{raised.value} {raised.value!r} {attrs.asdict(client.access.keys)}"
    assert "[secret]" in str(raised.value)
