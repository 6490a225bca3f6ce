"""Addresses of event queues."""

from federation_adapters.sandbox.areas.events import asking, responses, subscriptions
from federation_adapters.sandbox.conventions.routing import Route

_IDENTITIES = "/marketplace-site-agent-identities"
_CONSUMERS = "/event-consumers"
_SUBSCRIPTIONS = "/event-subscriptions"

ROUTES = (
    Route("POST", f"{_IDENTITIES}/<uuid>/register_queue/", responses.register_queue, in_legacy=False),
    Route("DELETE", f"{_IDENTITIES}/<uuid>/", responses.delete_identity, in_legacy=False),
    Route("GET", f"{_CONSUMERS}/", responses.list_consumers, in_legacy=False),
    Route("POST", f"{_CONSUMERS}/register/", responses.register_consumer, in_legacy=False),
    Route("DELETE", f"{_CONSUMERS}/<uuid>/", responses.delete_consumer, in_legacy=False),
    Route(
        "POST",
        f"{_IDENTITIES}/<uuid>/register_event_subscription/",
        subscriptions.register_subscription,
        in_legacy=False,
    ),
    Route("GET", f"{_SUBSCRIPTIONS}/", subscriptions.list_subscriptions, in_legacy=False),
    Route("POST", f"{_SUBSCRIPTIONS}/", subscriptions.create_subscription, in_legacy=False),
    Route("GET", f"{_SUBSCRIPTIONS}/<uuid>/", subscriptions.retrieve_subscription, in_legacy=False),
    Route("POST", f"{_SUBSCRIPTIONS}/<uuid>/create_queue/", subscriptions.create_queue, in_legacy=False),
    Route("POST", "/projects/<uuid>/sync_user_roles/", asking.sync_project, in_legacy=False),
    Route("POST", "/marketplace-provider-resources/<uuid>/sync_user_roles/", asking.sync_resource, in_legacy=False),
    Route("POST", "/marketplace-provider-offerings/<uuid>/sync_resources/", asking.sync_offering, in_legacy=False),
)
