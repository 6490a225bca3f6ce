"""Whatever a broker delivers is a hint, ignored or malformed, and costs no more than to look at it."""

import base64
import hashlib
import re
import threading
from functools import partial
from types import SimpleNamespace

from hypothesis import example, given
from hypothesis import strategies as st
from stomp.utils import Frame
from tests.fuzz.json_like import IDS, anything, encoded, ids, texts
from tests.security.hostile import Peer
from tests.security.test_brokers import MAGIC, PASSCODE, session_at

from federation_adapters.events_stomp import messages
from federation_adapters.events_stomp.messages import HEARD_TYPES, read_message
from federation_adapters.events_stomp.session import Delivered, SessionError
from federation_core.domain.hints import Hint, Ignored, Malformed
from federation_core.domain.ids import Side

KEYS = [
    "order_uuid",
    "resource_uuid",
    "project_uuid",
    "offering_user_uuid",
    "offering_uuid",
    "scope_uuid",
    "scope_type",
]
payloads = st.fixed_dictionaries(
    {"object_type": st.sampled_from([*HEARD_TYPES, "other", ""]) | anything},
    optional=dict.fromkeys([*KEYS, "action", "order_state"], ids | anything),
)
bodies = payloads.map(encoded) | anything.map(encoded) | st.binary(max_size=60) | st.text(max_size=60)


@given(body=bodies, object_type=st.sampled_from(["", *HEARD_TYPES]) | texts)
@example(b"[" * 100_000, "order")
@example(b'{"object_type": "order", "order_uuid": ' + b"9" * 5_000 + b"}", "")
@example(b'{"object_type": "\\ud800"}', "")
@example(b"\xff\xfe\x00{", "")
@example("\ud800", "order")
def test_any_body_is_a_hint_ignored_or_malformed(body, object_type):
    heard = read_message(body, Side.B, object_type)
    assert isinstance(heard, Hint | Ignored | Malformed)
    assert heard.because.isprintable()
    assert len(heard.because) < 2 * messages.LONGEST_WORD + 60


@given(payload=payloads)
def test_a_hint_names_only_what_was_named(payload):
    heard = read_message(encoded(payload), Side.A)
    if isinstance(heard, Hint):
        assert heard.id in IDS


def _taken(taken, message):
    """Keep it, and leave it in the queue."""
    taken.append(message)
    return False


frames = st.builds(
    Frame,
    st.none() | texts,
    st.dictionaries(texts | st.sampled_from(["message", "ack"]), texts),
    st.none() | texts | st.binary(),
)


@given(frame=frames, kind=st.sampled_from(["message", "error", "receipt", "connected"]))
@example(Frame("ERROR", {"message": f"no {PASSCODE}"}, f"{PASSCODE} is wrong".encode()), "error")
@example(Frame("ERROR", {}, None), "error")
@example(Frame("MESSAGE", {}, b"\xff"), "message")
def test_no_frame_is_more_than_a_session_bears(frame, kind):
    delivered: list[Delivered] = []
    session = session_at("wss://localhost:1", deliver=partial(_taken, delivered))
    getattr(session, f"on_{kind}")(SimpleNamespace(headers=frame.headers, body=frame.body))
    assert PASSCODE not in (session.ended or "")
    assert len(session.ended or "") < 500
    assert len(delivered) == (kind == "message")


class Saying(Peer):
    """A broker that accepts the WebSocket, says *said* in one message of it, and leaves."""

    def __init__(self, said):
        super().__init__(None)
        self._said = said

    def _serve(self, connection):
        with connection:
            connection.settimeout(5)
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", connection.recv(65_536))
            assert key is not None
            accept = base64.b64encode(hashlib.sha1(key[1] + MAGIC, usedforsecurity=False).digest())
            head = b"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            connection.sendall(head + accept + b"\r\n\r\n" + self._said)


def framed(said, first=0x82):
    """One message of the WebSocket, which may hold 65 535 bytes."""
    return bytes([first, 126]) + len(said).to_bytes(2, "big") + said


stomp_bytes = st.lists(
    st.sampled_from(
        [
            b"CONNECTED\n",
            b"MESSAGE\n",
            b"RECEIPT\n",
            b"ERROR\n",
            b"heart-beat:1,x\n",
            b"content-length:9\n",
            b"\n",
            b"\0",
            b"a:b\n",
        ]
    )
    | st.binary(max_size=20),
    max_size=8,
).map(b"".join)


@given(said=stomp_bytes.map(framed) | st.binary(max_size=60))
@example(framed(b"CONNECTED\nheart-beat:x,y\n\n\0"))
@example(framed(b"CONNECTED\nversion:\xff\n\n\0"))
@example(framed(b"MESSAGE\ncontent-length:x\n\n\0"))
@example(framed(b"\0\0\n\n\0"))
@example(framed(b"nothing of the kind"))
@example(b"\x88\x00")
def test_bytes_of_a_broker_end_the_session_at_worst(said):
    ended = threading.Event()
    with Saying(said) as broker:
        session = session_at(broker.url, ended=ended.set)
        told = ""
        try:
            session.connect()
        except SessionError as error:
            told = str(error)
        session.close()
    assert PASSCODE not in told
    assert ended.wait(5)
