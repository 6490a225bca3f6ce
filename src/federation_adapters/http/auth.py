"""Authentication as httpx flows: a static token of Waldur, an OIDC client-credentials grant, or none."""

from collections.abc import Generator

import httpx

from federation_adapters.http.access import Access, Anonymous, ClientCredentials, StaticToken
from federation_adapters.http.client_credentials import ClientCredentialsAuth, is_sendable
from federation_core.domain.errors import ConfigurationError, Finding


def auth_for(access: Access) -> "TokenAuth | ClientCredentialsAuth | NoAuth":
    """The flow that *access* asks for.

    Raises:
        ConfigurationError: a static token that cannot stand in an HTTP header.
    """
    match access.credentials:
        case StaticToken(token, scheme):
            if not is_sendable(token):
                cause = (
                    f"the token for {access.side} has characters that a header cannot carry ({len(token)} characters)"
                )
                raise ConfigurationError(Finding("token", cause, "copy the token again, without spaces or line breaks"))
            return TokenAuth(token, scheme)
        case ClientCredentials() as grant:
            return ClientCredentialsAuth(grant, access.side, access.timeout)
        case Anonymous():
            return NoAuth()


class TokenAuth(httpx.Auth):
    """Sends a static token."""

    def __init__(self, token: str, scheme: str = "Token") -> None:
        self._token = token
        self._header = f"{scheme} {token}"

    def secrets(self) -> tuple[str, ...]:
        """What no text may show."""
        return (self._token,)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = self._header
        yield request


class NoAuth(httpx.Auth):
    """Sends requests as they are; nor does a user in the address become credentials."""

    def secrets(self) -> tuple[str, ...]:
        """What no text may show."""
        return ()
