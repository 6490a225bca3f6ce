import threading
import time

import httpx
import pytest

from federation_adapters.http.access import Access, StaticToken
from federation_core.domain.ids import Side
from federation_runner.container import StoppableClient

ACCESS = Access(Side.B, "http://b.example/api/", StaticToken("not-a-real-token"))


@pytest.fixture
def peer():
    """A peer that answers with what it is told, and counts; the event that stops its client; the client."""
    stop, asked = threading.Event(), []

    def answer(request):
        asked.append(request.url.path)
        if request.url.path == "/api/orders/":
            return httpx.Response(200, json=[])
        stop.set()
        is_busy = request.url.path == "/api/busy/"
        return httpx.Response(429, headers={"Retry-After": "5"}) if is_busy else httpx.Response(200, json=[])

    with StoppableClient(ACCESS, transport=httpx.MockTransport(answer), stop=stop) as client:
        yield asked, stop, client


def test_a_client_that_is_not_stopped_calls(peer):
    asked, _, client = peer
    assert client.call("order.list", "GET", "/api/orders/").status == 200
    assert asked == ["/api/orders/"]


def test_a_request_under_way_is_finished_and_no_other_begun(peer):
    asked, _, client = peer
    assert client.call("order.list", "GET", "/api/stop/").status == 200
    with pytest.raises(KeyboardInterrupt):
        client.call("order.list", "GET", "/api/orders/")
    assert asked == ["/api/stop/"]


def test_what_would_be_tried_again_is_not(peer):
    asked, _, client = peer
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        client.call("order.list", "GET", "/api/busy/")
    assert asked == ["/api/busy/"]
    assert time.monotonic() - started < 5
