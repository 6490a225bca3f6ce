"""Addresses of event queues."""

from federation_adapters.sandbox.areas.events import responses
from federation_adapters.sandbox.conventions.routing import Route

_IDENTITIES = "/marketplace-site-agent-identities"
_CONSUMERS = "/event-consumers"

ROUTES = (
    Route("POST", f"{_IDENTITIES}/<uuid>/register_queue/", responses.register_queue, in_legacy=False),
    Route("DELETE", f"{_IDENTITIES}/<uuid>/", responses.delete_identity, in_legacy=False),
    Route("GET", f"{_CONSUMERS}/", responses.list_consumers, in_legacy=False),
    Route("POST", f"{_CONSUMERS}/register/", responses.register_consumer, in_legacy=False),
    Route("DELETE", f"{_CONSUMERS}/<uuid>/", responses.delete_consumer, in_legacy=False),
)
