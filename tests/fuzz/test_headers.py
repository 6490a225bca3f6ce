"""Paging ends, whatever the headers say, and no header makes us wait longer than we want to."""

import string

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fuzz.json_like import IDS, anything, encoded
from tests.security.hostile import TOKEN, Peer, Raw, access_to, client_of, saying

from federation_adapters.http.access import ATTEMPTS
from federation_adapters.http.client import LONGEST_WAIT, HttpClient
from federation_adapters.waldur import peer
from federation_adapters.waldur.wire import KeyRow
from federation_core.domain.errors import PlaneError
from federation_core.domain.observed import Complete, Incomplete

MOST_PAGES = 5
LINKS = [
    '<https://elsewhere.example/>; rel="next"',
    '<>; rel="next"',
    "<x>; rel=next, <y>; rel=next",
    ";;,,<<>>",
    "rel=next",
]
COUNTS = ["0", "1", "3", "-1", "1e3", "٣", "9" * 5_000, " 3 "]
WAITS = ["0", "1", "1e400", "nan", "-1", "Fri, 31 Dec 9999 23:59:59 GMT", "999999999", "0x1"]
DATES = [
    "Mon, 23 Nov 2026 10:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "1 Jan 99999999999",
    "Mon, 23 Nov 2026 10:00:00 +99999999999999", "Mon, 30 Feb 2026 25:61:61 GMT", "0", ",", "Mon,",
]  # fmt: skip
visible = st.text(string.printable.strip() + " ", max_size=30).map(str.encode)
odd = st.binary(max_size=30) | visible
HEADERS = {
    b"Link": st.sampled_from(LINKS).map(str.encode) | odd,
    b"X-Result-Count": st.sampled_from(COUNTS).map(str.encode) | odd,
    b"Retry-After": st.sampled_from(WAITS).map(str.encode) | odd,
    b"Date": st.sampled_from(DATES).map(str.encode) | odd,
    b"Content-Type": st.just(b"application/json; charset=\xff") | odd,
    b"Content-Encoding": st.just(b"gzip") | odd,
    b"Location": odd,
    b"Set-Cookie": odd,
}
pages = st.lists(st.sampled_from(IDS).map(lambda one: {"uuid": one.hex}), max_size=3) | anything
answers = st.tuples(
    st.sampled_from([200, 200, 200, 200, 429, 503, 404]) | st.integers(200, 599),
    st.fixed_dictionaries({}, optional=HEADERS),
    pages.map(encoded),
)
"""Status, headers and body."""


class Server:
    """Gives these answers in turn, and the last for ever; keeps what was asked, and how long was waited."""

    def __init__(self, answers):
        self._answers = answers
        self.asked = 0
        self.waits: list[float] = []

    def __call__(self, _request):
        self.asked += 1
        status, headers, body = self._answers[min(self.asked, len(self._answers)) - 1]
        return httpx.Response(status, headers=list(headers.items()), stream=Raw(body))

    def client(self):
        return HttpClient(access_to("https://b.example"), transport=httpx.MockTransport(self), sleep=self.waits.append)


@pytest.fixture(scope="module", autouse=True)
def few_pages():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peer, "MAX_PAGES", MOST_PAGES)
        yield


@given(given_answers=st.lists(answers, min_size=1, max_size=4))
def test_a_list_is_read_or_refused_within_bounds(given_answers):
    server = Server(given_answers)
    with server.client() as client:
        told = ""
        try:
            found = peer.Peer(client).listing(
                "x.list", "x/", [], KeyRow, keep=lambda _: True, translate=lambda row: row.uuid
            )
        except PlaneError as error:
            told = str(error)
        else:
            assert isinstance(found, Complete | Incomplete)
            assert len(found.value) <= len(IDS) + MOST_PAGES * 4
        client.now()
    assert TOKEN not in told
    assert server.asked <= MOST_PAGES * peer.LISTING_ATTEMPTS * ATTEMPTS
    assert all(0 <= wait <= LONGEST_WAIT for wait in server.waits)


OK = b"HTTP/1.1 200 OK\r\n"
lines = st.lists(
    st.sampled_from([OK, b"Content-Length: 2\r\n", b"\r\n", b"{}", b"Transfer-Encoding: chunked\r\n"]) | odd, max_size=8
)


@given(said=lines.map(b"".join) | st.binary(max_size=100))
@example(OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n")
@example(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
@example(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 40 + b"\r\n")
@example(OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")
@example(b"HTTP/1.1 999 \r\n\r\n")
@example(b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
def test_bytes_on_the_wire_are_an_answer_or_an_error_of_ours(said):
    with Peer(saying(said)) as server, client_of(server.url, timeout=2) as client:
        try:
            client.call("x.create", "POST", "/api/x/", body={})
        except PlaneError:
            return
