"""A message broker gets the passcode only where it was configured, and cannot fill the memory."""

import base64
import hashlib
import re
import threading

import pytest
from tests.security.hostile import Peer, certificate, saying

from federation_adapters.events_stomp import session
from federation_adapters.events_stomp.endpoint import Endpoint
from federation_adapters.events_stomp.session import Session, SessionError, Timing
from federation_core.ports.hints import Mailbox

PASSCODE = "not-a-real-passcode"
MAILBOX = Mailbox("vhost", "login", "queue", PASSCODE)
QUICK = Timing(heart_beat=1.0, answer=1.0)
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HUGE_FRAME = b"\x82\x7f" + (2**62).to_bytes(8, "big")


def session_at(url, *, tls=False, ended=lambda: None, deliver=lambda _: True):
    port = int(url.rpartition(":")[2])
    return Session(Endpoint("localhost", port, tls=tls), MAILBOX, QUICK, deliver, ended)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_a_broker_is_followed_so_the_passcode_stays_here(status):
    with Peer(saying(b"")) as elsewhere:
        where = elsewhere.url.replace("http", "ws")
        head = f"HTTP/1.1 {status} Go\r\nLocation: {where}/ws\r\nContent-Length: 0\r\n\r\n".encode()
        with Peer(saying(head)) as broker:
            one = session_at(broker.url)
            with pytest.raises(SessionError):
                one.connect()
            one.close()
    assert elsewhere.asked == []
    assert not any(PASSCODE.encode() in asked for asked in broker.asked)


def test_a_broker_whose_certificate_nobody_vouches_for_gets_no_passcode(tmp_path):
    _, context = certificate(tmp_path)
    with Peer(saying(b""), context) as broker:
        one = session_at(broker.url, tls=True)
        with pytest.raises(SessionError, match="certificate is not trusted") as raised:
            one.connect()
        one.close()
    assert broker.asked == []
    assert PASSCODE not in f"{raised.value!r}"


class Endless(Peer):
    """A broker that accepts the WebSocket, and then begins a message without an end."""

    def _serve(self, connection):
        with connection:
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", connection.recv(65_536))
            assert key is not None
            accept = base64.b64encode(hashlib.sha1(key[1] + MAGIC, usedforsecurity=False).digest())
            head = b"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            try:
                connection.sendall(head + accept + b"\r\n\r\n" + HUGE_FRAME)
                while not self._over.is_set():
                    connection.sendall(b"x" * 65_536)
            except OSError:
                return


def test_a_message_without_an_end_ends_the_connection(monkeypatch):
    monkeypatch.setattr(session, "MOST_BYTES", 1024 * 1024)
    ended = threading.Event()
    with Endless(None) as broker:
        one = session_at(broker.url, ended=ended.set)
        with pytest.raises(SessionError, match="too long"):
            one.connect()
        one.close()
    assert ended.wait(5)
