import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.strategies.builders import uuid_of

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.sandbox import seed_pair
from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import Side
from federation_runner.container import Federation, StoppableClient, connections, live_channels
from federation_runner.sandbox_pair import configuration
from federation_runner.settings.load import parse

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


def settings(**changes):
    content = yaml.safe_load(configuration(seed_pair(), "http://a.example", "http://b.example", web_stomp_port=15674))
    (entry,) = content["offerings"]
    for key, value in changes.items():
        (entry["backend_settings"] if key.startswith("target_") else entry)[key] = value
    return parse(content, {}, Path()).offerings[0]


class TestEvents:
    def test_hints_of_other_offerings_are_not_ours(self):
        elsewhere = uuid_of(7, 7)
        federation = Federation(settings=settings(target_stomp_offering_uuid=str(elsewhere)))
        ours = federation.settings()
        inbox = federation.inbox()
        told: list[Any] = [
            (Side.A, ours.offering),
            (Side.B, ours.target_offering),
            (Side.B, elsewhere),
            (Side.B, None),
        ]
        foreign: list[Any] = [
            (Side.A, ours.target_offering),
            (Side.B, ours.offering),
            (Side.A, uuid_of(8, 8)),
        ]
        for number, (side, offering) in enumerate(told + foreign):
            inbox.take(Hint(side, About.ORDER, uuid_of(1, number), offering=offering))
        assert (inbox.waiting, inbox.counts.foreign) == (len(told), len(foreign))

    @pytest.mark.parametrize(
        ("changes", "types"),
        [
            ({}, {"order", "resource", "user_role", "offering_user", "service_account", "course_account"}),
            ({"stomp_membership_sync_enabled": False}, {"order", "resource"}),
            ({"order_processing_backend": "", "membership_sync_backend": ""}, {"resource"}),
        ],
    )
    def test_a_is_asked_for_what_the_modes_need(self, changes, types):
        registrar: Any = Federation(settings=settings(**changes)).a_registrar()
        assert set(registrar._types) == types | {"offering_resources_sync"}  # noqa: SLF001 - what would be asked for

    def test_only_sides_that_are_asked_for_are_listened_to(self):
        federation = Federation(settings=settings(stomp_enabled=False))
        assert list(connections(federation)) == ["b"]
        assert live_channels(federation) == frozenset()

    def test_threads_that_ask_at_once_get_the_same(self):
        federation, found = Federation(settings=settings()), []
        threads = [threading.Thread(target=lambda: found.append(federation.a_http())) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(client) for client in found}) == 1
