"""Answers to those who register queues."""

from federation_adapters.sandbox.areas.agents.responses import find_identity
from federation_adapters.sandbox.areas.events import models
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import Fields, listing
from federation_adapters.sandbox.conventions.scalars import parse_uuid, show_moment
from federation_adapters.sandbox.entities import EventQueue, JsonObject
from federation_adapters.sandbox.exceptions import field_error, forbidden, not_found

CONSUMER_FIELDS: Fields[EventQueue] = {
    "uuid": lambda r, _: r.uuid,
    "queue_name": lambda r, _: r.queue_name,
    "rmq_username": lambda r, _: r.rmq_username,
    "vhost": lambda r, _: r.vhost,
    "observable_object_types": lambda r, _: list(r.object_types),
    "scopes": lambda r, _: [{"type": kind, "uuid": uuid} for kind, uuid in r.scopes],
    "created": lambda r, _: show_moment(r.created),
}


def register_queue(call: Call, uuid: str) -> Reply:
    """Answer an agent that wants a queue: 201 when new, else 200."""
    identity = find_identity(call, uuid)
    if not call.access.has_as_provider("OFFERING.UPDATE", identity.offering):
        raise forbidden()
    return _told(*models.register_agent(call.store, identity, call.user, _types(call.body())))


def register_consumer(call: Call) -> Reply:
    """Answer somebody who wants a queue for what the scopes concern: 201 when new, else 200."""
    body = call.body()
    return _told(*models.register_consumer(call.store, call.user, _types(body), _scopes(body)))


def list_consumers(call: Call) -> Reply:
    """Answer the caller's queues, those of agents aside."""
    rows = [row for row in call.store.event_queues if row.identity is None and row.owner is call.user]
    return listing(call, rows, CONSUMER_FIELDS)


def delete_consumer(call: Call, uuid: str) -> Reply:
    """Delete one of the caller's queues."""
    queue = call.store.event_queues.get(parse_uuid(uuid))
    if queue is None or queue.identity is not None or queue.owner is not call.user:
        raise not_found("EventConsumer")
    models.remove(call.store, queue)
    return empty(204)


def delete_identity(call: Call, uuid: str) -> Reply:
    """Delete an agent with its queue."""
    identity = find_identity(call, uuid)
    if not call.access.has_as_provider("OFFERING.UPDATE", identity.offering):
        raise forbidden()
    queue = models.queue_of_agent(call.store, identity)
    if queue is not None:
        models.remove(call.store, queue)
    call.store.identities.remove(identity)
    return empty(204)


def _types(body: JsonObject) -> tuple[str, ...] | None:
    given = body.get("object_types")
    if given is None:
        return None
    if not isinstance(given, list):
        raise field_error("object_types", "Expected a list of items.")
    for word in given:
        if word not in models.OBJECT_TYPES:
            raise field_error("object_types", f'"{word}" is not a valid choice.')
    return tuple(map(str, given))


def _scopes(body: JsonObject) -> tuple[tuple[str, str], ...]:
    given = body.get("scopes", [])
    if not isinstance(given, list):
        raise field_error("scopes", "Expected a list of items.")
    found = []
    for scope in given:
        uuid = parse_uuid(str(scope.get("uuid"))) if isinstance(scope, dict) else None
        if uuid is None:
            raise field_error("scopes", "A scope has a type and a uuid.")
        found.append((str(scope.get("type")), uuid))
    return tuple(found)


def _told(queue: EventQueue, is_new: bool) -> Reply:  # noqa: FBT001 - as the rules return it
    body = {
        "rmq_username": queue.rmq_username,
        "queue_name": queue.queue_name,
        "vhost": queue.vhost,
        "observable_object_types": list(queue.object_types),
    }
    return Reply(body, status=201 if is_new else 200)
