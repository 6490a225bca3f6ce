"""Peers that mean harm: servers on loopback that say what they like, byte by byte."""

import logging
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

import httpx

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_core.domain.ids import Side
from federation_runner import logs

TOKEN = "not-a-real-token-" + "0" * 23
PATIENCE = 10.0


def access_to(url, **changes):
    return Access(**{"side": Side.B, "url": url, "credentials": StaticToken(TOKEN), "timeout": 0.5, **changes})


@contextmanager
def client_of(url, **changes):
    transport = changes.pop("transport", None)
    with HttpClient(access_to(url, **changes), transport=transport, sleep=lambda _seconds: None) as client:
        yield client


@contextmanager
def logging_as_commands_do():
    """Logging is set up as a command does, and put back."""
    root = logging.getLogger()
    before = root.handlers, root.level
    logs.configure("DEBUG", [TOKEN])
    try:
        yield
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])


class Raw(httpx.SyncByteStream):
    """Bytes as they are on the wire."""

    def __init__(self, body):
        self.body = body

    def __iter__(self):
        yield self.body


class Peer:
    """Listens on loopback, keeps what it was asked, and answers each connection by *script*: head, then chunks for ever or not."""

    def __init__(self, script, context=None):
        self.asked: list[bytes] = []
        self._script, self._context = script, context
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._listen, daemon=True)

    @property
    def url(self):
        scheme = "http" if self._context is None else "https"
        return f"{scheme}://localhost:{self._listener.getsockname()[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)

    def _listen(self):
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, suppress(OSError):
            connection.settimeout(PATIENCE)
            stream = connection if self._context is None else self._context.wrap_socket(connection, server_side=True)
            self.asked.append(stream.recv(65_536))
            for chunk in self._script():
                if self._over.is_set():
                    return
                stream.sendall(chunk)
            stream.close()


def saying(*chunks):
    """A script that says this and ends."""
    return lambda: iter(chunks)


def dripping(head, drop, seconds=0.02):
    """A script that never ends."""

    def script():
        yield head
        while True:
            yield drop
            time.sleep(seconds)

    return script


def certificate(folder):
    """A certificate for localhost that nobody has signed, with its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    wish = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    named = ("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert))
    subprocess.run([*wish, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context
