"""The messages of a live pair while a resource is made and ended: what each side tells of is heard."""

import time
from contextlib import ExitStack

import pytest
from dependency_injector import providers
from tests.live.pair import CONFIG, E2E, PROJECT, lacking

from federation_adapters.local.inbox import Inbox
from federation_core.domain.hints import About
from federation_core.domain.ids import Side
from federation_runner.container import connections, live_channels, start_listening, stop_listening

REASON = lacking(E2E, CONFIG, PROJECT)
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)
TO_CONNECT, TO_ARRIVE = 60.0, 30.0


class Captured(Inbox):
    """Keeps every hint that came in."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def take(self, hint):
        self.heard.append((hint.side, hint.about, hint.id))
        return super().take(hint)


def until(is_so, seconds, what):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


@pytest.fixture
def listening(pair):
    """Everything that both sides tell of; the queues are deleted again."""
    sides = {Side.A: pair.settings.a_events, Side.B: pair.settings.b_events}
    wanted = {side for side, events in sides.items() if events.enabled}
    if not wanted:
        pytest.skip("the settings ask neither side for messages (stomp_enabled, target_stomp_enabled)")
    federation, inbox = pair.federation, Captured()
    registrars = {Side.A: federation.a_registrar, Side.B: federation.b_registrar}
    with federation.inbox.override(providers.Object(inbox)), ExitStack() as stack:
        for side in wanted:
            stack.callback(registrars[side]().forget)
        stack.callback(stop_listening, [federation])
        start_listening(federation)
        until(lambda: live_channels(federation) == wanted, TO_CONNECT, lambda: connections(federation))
        yield wanted, inbox.heard


def test_each_side_tells_of_the_orders_that_concern_us(pair, listening):
    sides, heard = listening
    with ExitStack() as stack:
        ordered = pair.place(stack)
        assert pair.settle(ordered, ordered.order).state == "done"
        expected = {
            Side.A: (Side.A, About.ORDER, ordered.order),
            Side.B: (Side.B, About.ORDER, pair.order_on_b(ordered)),
        }
        for side in sides:
            until(lambda side=side: expected[side] in heard, TO_ARRIVE, lambda side=side: f"{side}: {heard}")
        assert pair.terminate(ordered).state == "done"
