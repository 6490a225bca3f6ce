"""Addresses of offerings and pricing plans."""

from federation_adapters.sandbox.areas.offerings import responses
from federation_adapters.sandbox.conventions.routing import Route, actions, crud

_PUBLIC = "/marketplace-public-offerings"
_PROVIDER = "/marketplace-provider-offerings"

ROUTES = (
    *crud(_PUBLIC, list_=responses.list_public, retrieve=responses.retrieve_public),
    Route("GET", f"{_PUBLIC}/<uuid>/plans/", responses.list_plans),
    Route("GET", f"{_PUBLIC}/<uuid>/plans/<plan_uuid>/", responses.retrieve_plan),
    *crud(_PROVIDER, list_=responses.list_provided, retrieve=responses.retrieve_provided),
    *actions(
        _PROVIDER,
        {
            "activate": responses.life_cycle("activate", "OFFERING.UPDATE"),
            "pause": responses.life_cycle("pause", "OFFERING.PAUSE"),
            "unpause": responses.life_cycle("unpause", "OFFERING.UNPAUSE"),
            "archive": responses.life_cycle("archive", "OFFERING.ARCHIVE"),
            "make_available": responses.life_cycle("make_available", "OFFERING.UPDATE"),
            "make_unavailable": responses.life_cycle("make_unavailable", "OFFERING.UPDATE"),
        },
        new=("make_available", "make_unavailable"),
    ),
    *crud("/marketplace-plans", list_=responses.list_provider_plans, retrieve=responses.retrieve_provider_plan),
)
