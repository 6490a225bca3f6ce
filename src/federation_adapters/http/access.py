"""How one peer is reached: its address, the credentials, and the bounds of every call."""

import re
from urllib.parse import urlsplit

import attrs

from federation_core.domain.ids import Side

DEFAULT_TIMEOUT = 30.0
DEFAULT_CONCURRENCY = 4
MAX_ANSWER_BYTES = 8 * 1024 * 1024
_API_SUFFIX = re.compile(r"(?<=[^/:])/api$")  # a path, never a host that is called api


@attrs.frozen
class StaticToken:
    """A token, sent as ``Authorization: Token …``: one of Waldur's own; or one that somebody else renews, by its own scheme."""

    token: str = attrs.field(repr=False)
    scheme: str = "Token"


@attrs.frozen
class ClientCredentials:
    """An OIDC client-credentials grant; the access token is sent as ``Authorization: Bearer …``."""

    token_url: str
    client_id: str
    client_secret: str = attrs.field(repr=False)


@attrs.frozen
class KeyNames:
    """The names under which an operator set the address, the token and the CA file; empty where there is no such file."""

    url: str = ""
    token: str = ""
    ca_file: str = ""


@attrs.frozen
class Access:
    """Everything needed to call one Waldur.

    Attributes:
        url: base address, with or without a trailing ``/api``; `base_url` is the exact form.
        verify: whether the server's certificate is checked.
        ca_file: a file of certificates to trust instead of the system's; empty for the system's.
        proxy: proxy URL; empty for none.
        timeout: seconds that connecting, sending, and each wait for data may take.
        concurrency: calls in flight at once; a stock Waldur serves two to four at a time.
        max_answer_bytes: an answer longer than this is refused unread.
        keys: what an operator calls these settings, for advice in errors.
    """

    side: Side
    url: str
    credentials: StaticToken | ClientCredentials
    verify: bool = True
    ca_file: str = ""
    proxy: str = ""
    timeout: float = DEFAULT_TIMEOUT
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
