"""Addresses of agents."""

from federation_adapters.sandbox.areas.agents import responses
from federation_adapters.sandbox.conventions.routing import Route

_IDENTITIES = "/marketplace-site-agent-identities"
_SERVICES = "/marketplace-site-agent-services"

ROUTES = (
    Route("GET", f"{_IDENTITIES}/", responses.list_identities, in_legacy=False),
    Route("POST", f"{_IDENTITIES}/", responses.create_identity, in_legacy=False),
    Route("GET", f"{_IDENTITIES}/<uuid>/", responses.retrieve_identity, in_legacy=False),
    Route("PUT", f"{_IDENTITIES}/<uuid>/", responses.update_identity, in_legacy=False),
    Route("POST", f"{_IDENTITIES}/<uuid>/register_service/", responses.register_service, in_legacy=False),
    Route("GET", f"{_SERVICES}/", responses.list_services, in_legacy=False),
    Route("GET", f"{_SERVICES}/<uuid>/", responses.retrieve_service, in_legacy=False),
    Route("POST", f"{_SERVICES}/<uuid>/register_processor/", responses.register_processor, in_legacy=False),
    Route("POST", f"{_SERVICES}/<uuid>/set_statistics/", responses.set_statistics, in_legacy=False),
)
