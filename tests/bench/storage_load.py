"""Clients of the storage proxy, as a process of their own: raw sockets kept open, so that asking costs less than answering.

Prints one JSON object: when each answer began and how long it took, and how many were not as they should be.
"""

import json
import selectors
import socket
import sys
import time

import attrs

MILLISECONDS = 1000


@attrs.define(eq=False)
class Client:
    """One connection, with one request under way."""

    connection: socket.socket
    request: bytes
    began: float = 0.0
    got: bytearray = attrs.field(factory=bytearray)

    def ask(self) -> None:
        """Send the next request."""
        self.got.clear()
        self.began = time.perf_counter()
        self.connection.sendall(self.request)

    def read(self) -> bool:
        """Read what has come; whether the answer is whole."""
        chunk = self.connection.recv(1 << 20)
        if not chunk:
            raise ConnectionError("the proxy closed a connection")
        self.got += chunk
        head, found, body = self.got.partition(b"\r\n\r\n")
        return bool(found) and len(body) >= _length(bytes(head))


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


def load(port: int, token: str, paths: list[str], connections: int, seconds: float) -> dict[str, object]:
    """Ask for *paths* in turn over so many connections, each as soon as it has its answer."""
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        for path in paths
    ]
    took: list[tuple[float, float]] = []
    odd = 0
    with selectors.DefaultSelector() as waiting:
        for number in range(connections):
            client = Client(socket.create_connection(("127.0.0.1", port)), requests[number % len(requests)])
            client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            waiting.register(client.connection, selectors.EVENT_READ, client)
            client.ask()
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            for key, _ in waiting.select(1.0):
                client = key.data
                if client.read():
                    now = time.perf_counter()
                    took.append((client.began - began, (now - client.began) * MILLISECONDS))
                    odd += not client.got.startswith(b"HTTP/1.1 200")
                    client.request = requests[len(took) % len(requests)]
                    client.ask()
        for key in list(waiting.get_map().values()):
            key.data.connection.close()
        return {"took": took, "odd": odd, "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    json.dump(load(**json.load(sys.stdin)), sys.stdout)
