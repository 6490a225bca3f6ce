"""Addresses of the server's statements about itself."""

from federation_adapters.sandbox.areas.meta import responses
from federation_adapters.sandbox.conventions.routing import Route

ROUTES = (
    Route("GET", "/version/", responses.retrieve_version),
    Route("GET", "/configuration/", responses.retrieve_configuration, anonymous=True),
)
