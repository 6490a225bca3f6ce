"""Addresses of agreements."""

from federation_adapters.sandbox.areas.consents import responses
from federation_adapters.sandbox.conventions.routing import Route

_BASE = "/marketplace-user-offering-consents"

ROUTES = (
    Route("GET", f"{_BASE}/", responses.list_consents, in_legacy=False),
    Route("POST", f"{_BASE}/", responses.give_consent, in_legacy=False),
    Route("GET", f"{_BASE}/<uuid>/", responses.retrieve_consent, in_legacy=False),
    Route("POST", f"{_BASE}/<uuid>/revoke/", responses.revoke_consent, in_legacy=False),
)
