"""Addresses of the identity bridge and of the fetch from eduTEAMS."""

from federation_adapters.sandbox.areas.identity import responses
from federation_adapters.sandbox.conventions.routing import Route

_BRIDGE = "/identity-bridge"

ROUTES = (
    Route("POST", f"{_BRIDGE}/", responses.push, in_legacy=False),
    Route("POST", f"{_BRIDGE}/remove/", responses.remove, in_legacy=False),
    Route("GET", f"{_BRIDGE}/allowed-fields/", responses.retrieve_allowed_fields, in_legacy=False),
    Route("GET", f"{_BRIDGE}/stats/", responses.retrieve_stats, in_legacy=False),
    Route("GET", "/users/<uuid>/identity_bridge_status/", responses.retrieve_status, in_legacy=False),
    Route("POST", "/remote-eduteams/", responses.fetch_from_eduteams),
)
