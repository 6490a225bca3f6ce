"""How one peer is reached: its address, the credentials, and the bounds of every call."""

import re
from urllib.parse import urlsplit

import attrs

from federation_core.domain.ids import Side

DEFAULT_TIMEOUT = 30.0
DEFAULT_CONCURRENCY = 4
ATTEMPTS = 3
MAX_ANSWER_BYTES = 8 * 1024 * 1024
_API_SUFFIX = re.compile(r"(?<=[^/:])/api$")  # a path, never a host that is called api


@attrs.frozen
class StaticToken:
    """A token, sent as ``Authorization: Token …``: one of Waldur's own; or one that somebody else renews, by its own scheme."""

    token: str = attrs.field(repr=False)
    scheme: str = "Token"


@attrs.frozen
class ClientCredentials:
    """An OIDC client-credentials grant; the access token is sent as ``Authorization: Bearer …``.

    Attributes:
        scope: what is asked for; empty for what the identity provider gives unasked.
    """

    token_url: str
    client_id: str
    client_secret: str = attrs.field(repr=False)
    scope: str = ""


@attrs.frozen
class Anonymous:
    """Nobody's: no ``Authorization`` is sent, as what everybody may read needs none."""


@attrs.frozen
class KeyNames:
    """The names under which an operator set how a peer is reached; empty where there is no such setting."""

    url: str = ""
    token: str = ""
    ca_file: str = ""
    token_url: str = ""
    proxy: str = ""


@attrs.frozen
class Access:
    """Everything needed to call one Waldur.

    Attributes:
        url: base address, with or without a trailing ``/api``; `base_url` is the exact form.
        verify: whether the server's certificate is checked.
        ca_file: a file of certificates to trust instead of the system's; empty for the system's.
        proxy: URL of a proxy, with http, socks5 or socks4; empty for none. Calls of the identity provider go through it too.
        timeout: seconds that sending, and each wait for data, may take; and connecting, where *connect_timeout* is None.
        attempts: how often a call that may be repeated is made at most.
        concurrency: calls in flight at once; a stock Waldur serves two to four at a time.
        max_answer_bytes: an answer longer than this is refused unread.
        keys: what an operator calls these settings, for advice in errors.
    """

    side: Side
    url: str
    credentials: StaticToken | ClientCredentials | Anonymous
    verify: bool = True
    ca_file: str = ""
    proxy: str = attrs.field(default="", repr=False)
    timeout: float = DEFAULT_TIMEOUT
    connect_timeout: float | None = None
    attempts: int = ATTEMPTS
    concurrency: int = DEFAULT_CONCURRENCY
    max_answer_bytes: int = MAX_ANSWER_BYTES
    keys: KeyNames = KeyNames()

    @property
    def host(self) -> str:
        """The host, with its port where one is given."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def base_url(self) -> str:
        """The address without trailing slashes and without one final ``/api``, whatever the host's name ends in."""
        return _API_SUFFIX.sub("", self.url.rstrip("/")).rstrip("/")
