"""The user name backend: it gives no names, and tells B's identity bridge about the people of the offering."""

import time
from typing import Any

from waldur_api_client.models import OfferingUser
from waldur_site_agent.backend.backends import AbstractUsernameManagementBackend
from waldur_site_agent.common.structures import Offering

from federation_adapters.site_agent.reach import of_offering
from federation_core.domain.errors import ConfigurationError, FederationError, Finding
from federation_runner.cycle import carry_out
from federation_runner.plugin.federated import LOG, federated

SELDOM_SECONDS = 60.0
"""How often all people are looked through at most: core asks for it with every message."""


class IdentityBridge(AbstractUsernameManagementBackend):  # type: ignore[misc]  # the agent has no types
    """Pushes the profiles of people to B."""

    def __init__(self, backend_settings: dict[str, Any] | None = None, offering: Offering | None = None) -> None:
        """Prepare it; no request is made.

        Raises:
            ConfigurationError: with every mistake in the settings.
        """
        super().__init__(backend_settings, offering)
        if not self.backend_settings.get("identity_bridge_source"):
            where = "backend_settings.identity_bridge_source"
            cause = "missing, and waldur-identity-bridge vouches for people by it"
            raise ConfigurationError(Finding(where, cause, "name who vouches for them, such as isd:example"))

    def get_username(self, offering_user: OfferingUser) -> str | None:
        """None: names are B's to give."""
        del offering_user
        return None

    def generate_username(self, offering_user: OfferingUser) -> str:
        """Empty: names are B's to give; but B knows the person from now on."""
        self.sync_user_profiles([offering_user])
        return ""

    def sync_user_profiles(self, offering_users: list[OfferingUser]) -> None:
        """B knows the people of the offering as A shows them; what cannot be told now is told the next time."""
        if not offering_users or self.offering is None:
            return
        known = federated(self.backend_settings, self.offering.backend_components_dict)
        now = time.monotonic()
        if now - known.introduced < SELDOM_SECONDS:
            return
        known.introduced = now
        federation = known.meet(of_offering(self.offering))
        try:
            carry_out(federation, "members", known.profiles_of(federation).run)
        except FederationError as error:
            LOG.warning("people's profiles could not be told: %s", error)
