"""Where a Waldur's message broker is."""

from urllib.parse import urlsplit

import attrs

USUAL_PATH = "/rmqws-stomp"
TLS_PORT, PLAIN_PORT = 443, 80


@attrs.frozen
class Endpoint:
    """A broker's STOMP over WebSocket.

    Attributes:
        ca_file: a PEM file of certificates to trust instead of the system's; empty for the system's.
    """

    host: str
    port: int
    path: str = USUAL_PATH
    tls: bool = True
    ca_file: str = ""

    @property
    def url(self) -> str:
        """The address of the WebSocket."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.tls else 'ws'}://{host}:{self.port}{self.path}"


def endpoint_for(
    api_url: str, *, host: str = "", port: int | None = None, path: str = "", tls: bool = True, ca_file: str = ""
) -> Endpoint:
    """The endpoint beside *api_url*, which the other arguments override where they are given.

    The port is the one given, else that which the API's address names, else 443 with TLS and 80 without.
    """
    address = urlsplit(api_url)
    usual = TLS_PORT if tls else PLAIN_PORT
    return Endpoint(host or address.hostname or "", port or address.port or usual, path or USUAL_PATH, tls, ca_file)
