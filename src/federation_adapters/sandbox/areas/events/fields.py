"""Queues and subscriptions as JSON."""

from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import Fields, constant
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import EventQueue, EventSubscription, SubscriptionQueue


def _way(queue: EventQueue, _: Call) -> str:
    """Why the owner may have the queue."""
    if queue.owner.is_staff:
        return "staff"
    if queue.owner.is_support:
        return "support"
    return "self" if queue.scopes == (("user", queue.owner.uuid),) else "scope_role"


CONSUMER_FIELDS: Fields[EventQueue] = {
    "uuid": lambda r, _: r.uuid,
    "object_types": lambda r, _: list(r.object_types),
    "scopes": lambda r, _: [{"type": kind, "uuid": uuid} for kind, uuid in r.scopes],
    "is_global": lambda r, _: not r.scopes,
    "rmq_username": lambda r, _: r.rmq_username,
    "queue_created": constant(True),
    "user_uuid": lambda r, _: r.owner.uuid,
    "user_username": lambda r, _: r.owner.username,
    "user_full_name": lambda r, _: r.owner.full_name,
    "user_is_staff": lambda r, _: r.owner.is_staff,
    "auth_kind": constant("token"),
    "auth_token_prefix": constant(""),
    "auth_token_name": constant(""),
    "authorized_via": _way,
    "delivery_blocked_reason": constant(None),
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
}
SUBSCRIPTION_FIELDS: Fields[EventSubscription] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("event-subscriptions", r.uuid),
    "user": lambda r, c: c.url("users", r.owner.uuid),
    "user_uuid": lambda r, _: r.owner.uuid,
    "user_username": lambda r, _: r.owner.username,
    "user_full_name": lambda r, _: r.owner.full_name,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
    "source_ip": lambda r, _: r.source_ip,
    "description": lambda r, _: r.description,
    "observable_objects": lambda r, _: [{"object_type": r.object_type}],
}
SUBSCRIPTION_QUEUE_FIELDS: Fields[SubscriptionQueue] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("event-subscription-queues", r.uuid),
    "event_subscription": lambda r, c: c.url("event-subscriptions", r.subscription.uuid),
    "event_subscription_uuid": lambda r, _: r.subscription.uuid,
    "offering_uuid": lambda r, _: r.offering.uuid,
    "object_type": lambda r, _: r.object_type,
    "queue_name": lambda r, _: r.queue_name,
    "vhost": lambda r, _: r.subscription.vhost,
    "created": lambda r, _: show_moment(r.created),
}
