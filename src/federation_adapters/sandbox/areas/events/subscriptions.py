"""Answers to those who register queues in the old way: a subscription for each type, and a queue for each offering."""

from federation_adapters.sandbox.areas.agents.responses import find_managed
from federation_adapters.sandbox.areas.events import models
from federation_adapters.sandbox.areas.events.fields import SUBSCRIPTION_FIELDS, SUBSCRIPTION_QUEUE_FIELDS
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import detail, listing, show
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import EventSubscription, JsonObject, Offering
from federation_adapters.sandbox.exceptions import field_error, not_found

_LONGEST_TEXT = 500


def register_subscription(call: Call, uuid: str) -> Reply:
    """Answer an agent that wants to be told of a type: 201 when new, else 200; all agents of a user share it."""
    identity = find_managed(call, uuid)
    body = call.body()
    kind = inputs.word(body, "observable_object_type", models.OBJECT_TYPES)
    default = f"Event subscription for {kind} ({identity.name})"
    description = inputs.text(body, "description", default=default, longest=_LONGEST_TEXT)
    row, is_new = models.subscribe(call.store, call.user, kind, description, call.request.remote_addr)
    return Reply(show(call, row, SUBSCRIPTION_FIELDS), status=201 if is_new else 200)


def create_subscription(call: Call) -> Reply:
    """Answer somebody who wants to be told of a type, without an agent; always a new one."""
    body = call.body()
    kinds = inputs.each(body, "observable_objects", _kind, may_be_empty=False)
    description = inputs.text(body, "description", default="", longest=_LONGEST_TEXT)
    row = models.add_subscription(call.store, call.user, kinds[0], description, call.request.remote_addr)
    return Reply(show(call, row, SUBSCRIPTION_FIELDS), status=201)


def _kind(item: JsonObject) -> str:
    return inputs.word(item, "object_type", models.OBJECT_TYPES)


def _visible(call: Call) -> list[EventSubscription]:
    rows = reversed(list(call.store.subscriptions))
    return [row for row in rows if call.access.sees_all or row.owner is call.user]


def _find(call: Call, uuid: str) -> EventSubscription:
    wanted = parse_uuid(uuid)
    row = next((row for row in _visible(call) if row.uuid == wanted), None)
    if row is None:
        raise not_found("EventSubscription")
    return row


def list_subscriptions(call: Call) -> Reply:
    """Answer the caller's subscriptions, for staff those of all, the newest first."""
    return listing(call, _visible(call), SUBSCRIPTION_FIELDS)


def retrieve_subscription(call: Call, uuid: str) -> Reply:
    """Answer one subscription."""
    return detail(call, _find(call, uuid), SUBSCRIPTION_FIELDS)


def create_queue(call: Call, uuid: str) -> Reply:
    """Have a queue for an offering and a type: 201 when new, else 200."""
    subscription = _find(call, uuid)
    body = call.body()
    offering = _offering(call, body)
    kind = inputs.word(body, "object_type", models.OBJECT_TYPES)
    row, is_new = models.add_subscription_queue(call.store, subscription, offering, kind)
    return Reply(show(call, row, SUBSCRIPTION_QUEUE_FIELDS), status=201 if is_new else 200)


def _offering(call: Call, body: JsonObject) -> Offering:
    given = inputs.text(body, "offering_uuid")
    uuid = parse_uuid(given)
    if uuid is None:
        raise field_error("offering_uuid", "Must be a valid UUID.")
    offering = call.store.offerings.get(uuid)
    if offering is None:
        raise field_error("offering_uuid", f"Offering with UUID {given} does not exist")
    if not models.may_queue(call.access, offering):
        raise field_error("offering_uuid", "You do not have access to this offering")
    return offering
