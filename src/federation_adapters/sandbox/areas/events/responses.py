"""Answers to those who register queues."""

from federation_adapters.sandbox.areas.agents import models as agents
from federation_adapters.sandbox.areas.agents.responses import find_managed
from federation_adapters.sandbox.areas.events import models
from federation_adapters.sandbox.areas.events.fields import CONSUMER_FIELDS
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import listing
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import EventQueue, JsonObject
from federation_adapters.sandbox.exceptions import field_error, not_found


def register_queue(call: Call, uuid: str) -> Reply:
    """Answer an agent that wants a queue: 201 when it was made, else 200."""
    identity = find_managed(call, uuid)
    return _told(*models.register_agent(call.store, identity, call.user, _types(call.body())))


def register_consumer(call: Call) -> Reply:
    """Answer somebody who wants a queue for what the scopes concern: 201 when it was made, else 200."""
    body = call.body()
    return _told(*models.register_consumer(call.store, call.user, _types(body), _scopes(body)))


def _visible(call: Call) -> list[EventQueue]:
    """Return the caller's queues, for staff those of all, the newest first; those of agents aside."""
    rows = [row for row in call.store.event_queues if row.identity is None]
    return [row for row in reversed(rows) if call.access.sees_all or row.owner is call.user]


def list_consumers(call: Call) -> Reply:
    """Answer the queues that the caller sees."""
    return listing(call, _visible(call), CONSUMER_FIELDS)


def delete_consumer(call: Call, uuid: str) -> Reply:
    """Delete a queue that the caller sees."""
    wanted = parse_uuid(uuid)
    queue = next((row for row in _visible(call) if row.uuid == wanted), None)
    if queue is None:
        raise not_found("EventConsumer")
    models.remove(call.store, queue)
    return empty(204)


def delete_identity(call: Call, uuid: str) -> Reply:
    """Delete an agent with its queue."""
    identity = find_managed(call, uuid)
    queue = models.queue_of_agent(call.store, identity)
    if queue is not None:
        models.remove(call.store, queue)
    agents.remove(call.store, identity)
    return empty(204)


def _types(body: JsonObject) -> tuple[str, ...] | None:
    given = body.get("object_types")
    if given is None:
        return None
    if not isinstance(given, list):
        raise field_error("object_types", f'Expected a list of items but got type "{type(given).__name__}".')
    wrong = {str(place): [_no_choice(word)] for place, word in enumerate(given) if word not in models.OBJECT_TYPES}
    if wrong:
        raise field_error("object_types", wrong)
    return tuple(given)


def _no_choice(word: object) -> str:
    return f'"{word}" is not a valid choice.'


def _scopes(body: JsonObject) -> tuple[tuple[str, str], ...]:
    return tuple(inputs.each(body, "scopes", _scope)) if "scopes" in body else ()


def _scope(item: JsonObject) -> tuple[str, str]:
    kind, uuid = inputs.text(item, "type"), parse_uuid(inputs.text(item, "uuid"))
    if uuid is None:
        raise field_error("uuid", "Must be a valid UUID.")
    return kind, uuid


def _told(queue: EventQueue, is_new: bool) -> Reply:  # noqa: FBT001 - as the rules return it
    body = {
        "rmq_username": queue.rmq_username,
        "queue_name": queue.queue_name,
        "vhost": queue.vhost,
        "observable_object_types": list(queue.object_types or models.OBJECT_TYPES),
    }
    return Reply(body, status=201 if is_new else 200)
