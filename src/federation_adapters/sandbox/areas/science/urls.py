"""Addresses of fields of science."""

from federation_adapters.sandbox.areas.science import responses
from federation_adapters.sandbox.conventions.routing import Route

_DOMAINS = "/science-domains"
_SUB_DOMAINS = "/science-sub-domains"

ROUTES = (
    Route("GET", f"{_DOMAINS}/", responses.list_domains, in_legacy=False),
    Route("GET", f"{_DOMAINS}/<uuid>/", responses.retrieve_domain, in_legacy=False),
    Route("GET", f"{_SUB_DOMAINS}/", responses.list_sub_domains, in_legacy=False),
    Route("GET", f"{_SUB_DOMAINS}/<uuid>/", responses.retrieve_sub_domain, in_legacy=False),
)
