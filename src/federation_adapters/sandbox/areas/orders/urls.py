"""Addresses of orders."""

from federation_adapters.sandbox.areas.orders import moves, responses
from federation_adapters.sandbox.conventions.routing import Route, actions, crud

_BASE = "/marketplace-orders"
_OFFERINGS = "/marketplace-provider-offerings"

ROUTES = (
    *crud(_BASE, list_=responses.list_orders, retrieve=responses.retrieve_order),
    Route("POST", f"{_BASE}/", responses.create_order),
    Route("PATCH", f"{_BASE}/<uuid>/", moves.update),
    Route("DELETE", f"{_BASE}/<uuid>/", moves.destroy),
    Route("GET", f"{_BASE}/<uuid>/offering/", responses.retrieve_order_offering),
    *actions(
        _BASE,
        {
            "approve_by_consumer": moves.approve_by_consumer,
            "reject_by_consumer": moves.reject_by_consumer,
            "approve_by_provider": moves.approve_by_provider,
            "reject_by_provider": moves.reject_by_provider,
            "set_state_executing": moves.set_state_executing,
            "set_state_done": moves.set_state_done,
            "set_state_erred": moves.set_state_erred,
            "set_backend_id": moves.set_backend_id,
            "retry": moves.retry,
            "cancel": moves.cancel,
            "unlink": moves.unlink,
            "set_provider_info": moves.set_provider_info,
            "set_consumer_info": moves.set_consumer_info,
        },
        new=("set_backend_id", "retry", "set_provider_info", "set_consumer_info"),
    ),
    Route("GET", f"{_OFFERINGS}/<uuid>/orders/", responses.list_offering_orders),
    Route("GET", f"{_OFFERINGS}/<uuid>/orders/<order_uuid>/", responses.retrieve_offering_order),
)
