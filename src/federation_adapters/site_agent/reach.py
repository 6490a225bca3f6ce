"""How the agent reaches A, as settings of ours: from its configured offering, or from the client that it hands over."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import attrs
import httpx
from waldur_api_client.api.marketplace_provider_resources import marketplace_provider_resources_retrieve
from waldur_api_client.client import AuthenticatedClient
from waldur_api_client.errors import UnexpectedStatus
from waldur_api_client.models import ResourceFieldEnum

from federation_adapters.site_agent.models import given, text, uuid
from federation_core.domain.errors import Transient
from federation_core.domain.ids import Side

UNKNOWN = "unknown"
_OFFERING_KEYS = (
    "waldur_api_url",
    "waldur_api_token",
    "oidc_token_url",
    "oidc_client_id",
    "oidc_client_secret",
    "verify_ssl",
    "username_management_backend",
)


@attrs.frozen
class Reach:
    """Keys of an offering as the agent's file has them, as far as they are known.

    Attributes:
        proxy: for calls to A; empty for none, and where that was not told.
        bearer: an access token that somebody else renews, where there is one; then the keys hold no token.
        is_configured: whether the keys are those of the agent's file, and not taken from a client.
    """

    offering: UUID
    keys: Mapping[str, Any] = attrs.field(repr=False)
    proxy: str = ""
    bearer: str = attrs.field(default="", repr=False)
    is_configured: bool = False

    def after(self, known: "Reach") -> "Reach":
        """What is known once this was met after *known*: what the file says stands, and so does a proxy that was told once."""
        best = known if known.is_configured and not self.is_configured else self
        return attrs.evolve(best, proxy=self.proxy or known.proxy)


def of_offering(offering: object, proxy: str = "") -> Reach:
    """From the agent's configured offering."""
    keys = {key: given(offering, key) for key in _OFFERING_KEYS}
    found = {key: value for key, value in keys.items() if value not in {None, ""}}
    return Reach(UUID(text(offering, "waldur_offering_uuid")), found, proxy, is_configured=True)


def of_client(client: AuthenticatedClient, offering: UUID) -> Reach:
    """From the client of A that the agent hands over, and the UUID of the offering it is for."""
    token, is_static = client.token, client.prefix == "Token"
    options = getattr(client, "_httpx_args", {})  # the client tells these by private names alone
    keys = {
        "waldur_api_url": text(client, "_base_url"),
        "waldur_api_token": token if is_static else UNKNOWN,
        "verify_ssl": getattr(client, "_verify_ssl", True) is not False,
    }
    return Reach(offering, keys, str(options.get("proxy") or ""), "" if is_static else token)


def offering_of(client: AuthenticatedClient, resource: UUID) -> UUID:
    """The offering of a resource of A, which core's lists do not show.

    Raises:
        Transient: it cannot be read now.
    """
    try:
        shown = marketplace_provider_resources_retrieve.sync(
            uuid=resource, client=client, field=[ResourceFieldEnum.OFFERING_UUID]
        )
    except (httpx.HTTPError, UnexpectedStatus) as error:
        raise Transient(Side.A, "resource.read", type(error).__name__) from None
    return uuid(shown, "offering_uuid")
