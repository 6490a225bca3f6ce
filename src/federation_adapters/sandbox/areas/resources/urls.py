"""Addresses of resources, in the consumer's and in the provider's view."""

from federation_adapters.sandbox.areas.resources import direct, ordering, responses, team
from federation_adapters.sandbox.areas.resources.responses import CONSUMER, PROVIDER, View
from federation_adapters.sandbox.conventions.routing import Route, actions, crud

_CONSUMER = "/marketplace-resources"
_PROVIDER = "/marketplace-provider-resources"
_NEW = (
    "set_effective_id",
    "set_limits",
    "set_as_ok",
    "set_state_ok",
    "set_membership_sync_statuses",
    "refresh_last_sync",
    "renew",
    "restore",
)


def _readable(path: str, view: View) -> tuple[Route, ...]:
    return (
        *crud(path, list_=responses.list_in(view), retrieve=responses.retrieve_in(view)),
        Route("GET", f"{path}/<uuid>/team/", team.team_in(view)),
        Route("GET", f"{path}/<uuid>/plan_periods/", responses.plan_periods_in(view)),
        Route("PATCH", f"{path}/<uuid>/", responses.update_in(view)),
        Route("PUT", f"{path}/<uuid>/", responses.update_in(view)),
    )


ROUTES = (
    *_readable(_CONSUMER, CONSUMER),
    *actions(_CONSUMER, {**ordering.CONSUMER_ACTIONS, **direct.CONSUMER_ACTIONS}, new=_NEW),
    *_readable(_PROVIDER, PROVIDER),
    *actions(_PROVIDER, {**direct.PROVIDER_ACTIONS, "terminate": ordering.terminate_as_provider}, new=_NEW),
    Route("GET", "/marketplace-orders/<uuid>/resource/", responses.retrieve_order_resource),
)
