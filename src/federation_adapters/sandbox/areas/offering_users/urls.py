"""Addresses of offering users."""

from federation_adapters.sandbox.areas.offering_users import choices, responses
from federation_adapters.sandbox.conventions.routing import Route, actions, crud

_BASE = "/marketplace-offering-users"
_OFFERING = "/marketplace-provider-offerings/<uuid>"
_UPDATE = f"{_OFFERING}/update-user-attribute-config/"
_ACTIONS = {**responses.STATE_ACTIONS, **responses.OTHER_ACTIONS}

ROUTES = (
    *crud(_BASE, list_=responses.list_accounts, retrieve=responses.retrieve_account),
    Route("POST", f"{_BASE}/", responses.create_account),
    Route("PATCH", f"{_BASE}/<uuid>/", responses.update_account),
    Route("PUT", f"{_BASE}/<uuid>/", responses.update_account),
    Route("DELETE", f"{_BASE}/<uuid>/", responses.delete_account),
    *actions(_BASE, _ACTIONS, new=[name for name in _ACTIONS if name != "update_restricted"]),
    Route("PATCH", f"{_BASE}/<uuid>/update_comments/", responses.update_comments, in_legacy=False),
    Route("POST", "/marketplace-service-providers/<uuid>/set_offerings_username/", responses.set_offerings_username),
    Route("GET", f"{_OFFERING}/user-attribute-config/", choices.retrieve_choice, in_legacy=False),
    *(Route(method, _UPDATE, choices.update_choice, in_legacy=False) for method in ("PUT", "PATCH", "POST")),
    Route("DELETE", f"{_OFFERING}/delete-user-attribute-config/", choices.delete_choice, in_legacy=False),
)
