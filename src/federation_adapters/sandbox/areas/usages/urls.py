"""Addresses of usages."""

from federation_adapters.sandbox.areas.usages import responses
from federation_adapters.sandbox.conventions.routing import Route, actions, crud

_TOTALS = "/marketplace-component-usages"
_USERS = "/marketplace-component-user-usages"

ROUTES = (
    *crud(_TOTALS, list_=responses.list_usages, retrieve=responses.retrieve_usage),
    Route("POST", f"{_TOTALS}/set_usage/", responses.set_usage),
    *actions(
        _TOTALS,
        {"set_user_usage": responses.set_user_usage, "set_user_usages": responses.set_user_usages},
        new=("set_user_usages",),
    ),
    Route("GET", "/component-user-usage-limits/", responses.list_user_limits),
    *crud(_USERS, list_=responses.list_user_usages, retrieve=responses.retrieve_user_usage),
)
