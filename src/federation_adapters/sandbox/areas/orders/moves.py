"""Answers of the actions on one order: reviews, the provider's agent, the consumer's regrets."""

from federation_adapters.sandbox.areas.orders import models
from federation_adapters.sandbox.areas.orders.fields import ORDER_FIELDS
from federation_adapters.sandbox.areas.orders.limits import check_limits
from federation_adapters.sandbox.areas.orders.machine import TYPES, Kind, Move, State
from federation_adapters.sandbox.areas.orders.responses import find
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import show
from federation_adapters.sandbox.entities import Order
from federation_adapters.sandbox.exceptions import (
    conflict,
    forbidden,
    server_error,
    unsupported_type,
    wrong_state,
)
from federation_adapters.sandbox.journal import Notice, Topic

_NEXT_STEP = {
    State.PENDING_PROVIDER: "Order is pending provider approval.",
    State.PENDING_PROJECT: "Order is pending project activation.",
    State.PENDING_START_DATE: "Order is pending start date.",
}
_LONGEST_TEXT = 65536


def _allow_provider(call: Call, order: Order, permission: str) -> None:
    if not call.access.has_as_provider(permission, order.offering):
        raise forbidden()


def _allow_consumer(call: Call, order: Order, permission: str) -> None:
    if not call.access.has_as_consumer(permission, order.project):
        raise forbidden()


def _allow_type(order: Order, move: Move) -> None:
    if order.offering.type not in TYPES[move]:
        raise unsupported_type(order.offering.type)


def _accepted(call: Call, order: Order) -> Reply:
    if not call.profile.answers_with_detail:
        return empty()
    text = _NEXT_STEP.get(State(order.state), "Order has been approved and is being processed.")
    return Reply({"detail": text})


def approve_by_consumer(call: Call, uuid: str) -> Reply:
    """Approve for the consumer."""
    order = find(call, uuid)
    _allow_consumer(call, order, "ORDER.APPROVE")
    models.check_legal(order, Move.APPROVE_BY_CONSUMER)
    models.approve_by_consumer(call.store, order, call.user)
    return _accepted(call, order)


def reject_by_consumer(call: Call, uuid: str) -> Reply:
    """Reject for the consumer."""
    order = find(call, uuid)
    if order.created_by is not call.user:
        _allow_consumer(call, order, "ORDER.REJECT")
    models.check_legal(order, Move.REJECT_BY_CONSUMER)
    body = call.body()
    order.consumer_rejection_comment = inputs.text(
        body, "consumer_rejection_comment", default="", longest=_LONGEST_TEXT
    )
    order.error_message = inputs.text(body, "error_message", default="", longest=_LONGEST_TEXT)
    order.error_traceback = inputs.text(body, "error_traceback", default="", longest=_LONGEST_TEXT)
    models.refuse(call.store, order, State.REJECTED)
    return empty()


def approve_by_provider(call: Call, uuid: str) -> Reply:
    """Approve for the provider; attributes given are merged into the order's."""
    order = find(call, uuid)
    _allow_provider(call, order, "ORDER.APPROVE")
    models.check_legal(order, Move.APPROVE_BY_PROVIDER)
    added = inputs.mapping(call.body(), "attributes")
    if added:
        order.attributes = {**order.attributes, **added}
        if order.type == Kind.CREATE:
            order.resource.attributes = {**order.resource.attributes, **added}
    models.approve_by_provider(call.store, order, call.user)
    return _accepted(call, order)


def reject_by_provider(call: Call, uuid: str) -> Reply:
    """Reject for the provider."""
    order = find(call, uuid)
    _allow_provider(call, order, "ORDER.REJECT")
    models.check_legal(order, Move.REJECT_BY_PROVIDER)
    comment = inputs.text(call.body(), "provider_rejection_comment", default="", longest=_LONGEST_TEXT)
    order.provider_rejection_comment = comment
    order.provider_reviewed_by = call.user
    order.provider_reviewed_at = call.store.now()
    models.refuse(call.store, order, State.REJECTED)
    return empty()


def set_state_executing(call: Call, uuid: str) -> Reply:
    """Let the order run, past all reviews or after a failure."""
    order = find(call, uuid)
    _allow_provider(call, order, "ORDER.APPROVE")
    _allow_type(order, Move.SET_STATE_EXECUTING)
    models.check_legal(order, Move.SET_STATE_EXECUTING)
    models.set_state(call.store, order, State.EXECUTING)
    return empty()


def set_state_done(call: Call, uuid: str) -> Reply:
    """Complete the order."""
    order = find(call, uuid)
    _allow_provider(call, order, "ORDER.APPROVE")
    _allow_type(order, Move.SET_STATE_DONE)
    models.check_legal(order, Move.SET_STATE_DONE)
    models.complete(call.store, order)
    return empty()


def set_state_erred(call: Call, uuid: str) -> Reply:
    """Mark the order as failed, whatever its state; a missing text is a bug of the server, hence 500."""
    order = find(call, uuid)
    _allow_provider(call, order, "ORDER.APPROVE")
    _allow_type(order, Move.SET_STATE_ERRED)
    body = call.body()
    if "error_message" not in body or "error_traceback" not in body:
        raise server_error()
    message = inputs.text(body, "error_message", longest=_LONGEST_TEXT)
    models.fail(call.store, order, message, inputs.text(body, "error_traceback", longest=_LONGEST_TEXT))
    return empty()


def set_backend_id(call: Call, uuid: str) -> Reply:
    """Store the provider's own reference; it need not be unique."""
    order = find(call, uuid)
    _allow_provider(call, order, "RESOURCE.SET_BACKEND_ID")
    wanted = inputs.text(call.body(), "backend_id")
    if wanted == order.backend_id:
        return Reply({"status": "Order backend_id is not changed."})
    order.backend_id = wanted
    call.store.touch(order)
    return Reply({"status": "Order backend_id has been changed."})


def retry(call: Call, uuid: str) -> Reply:
    """Run a failed order again."""
    order = find(call, uuid)
    _allow_provider(call, order, "ORDER.APPROVE")
    models.check_legal(order, Move.RETRY)
    models.retry(call.store, order)
    return empty()


def cancel(call: Call, uuid: str) -> Reply:
    """Cancel an order of an offering whose type allows it."""
    order = find(call, uuid)
    _allow_consumer(call, order, "ORDER.CANCEL")
    _allow_type(order, Move.CANCEL)
    models.check_legal(order, Move.CANCEL)
    models.refuse(call.store, order, State.CANCELED)
    return empty(202)


def destroy(call: Call, uuid: str) -> Reply:
    """Delete a pending order; its resource stays as it is."""
    order = find(call, uuid)
    _allow_consumer(call, order, "ORDER.DESTROY")
    models.check_legal(order, Move.DESTROY)
    call.store.remove_order(order)
    return empty(204)


def unlink(call: Call, uuid: str) -> Reply:
    """Delete an order in any state; staff only."""
    order = find(call, uuid)
    if not call.user.is_staff:
        raise forbidden()
    call.store.remove_order(order)
    return empty(204)


def update(call: Call, uuid: str) -> Reply:
    """Change limits, attributes or start date of an order that waits for its consumer."""
    order = find(call, uuid)
    _allow_consumer(call, order, "ORDER.APPROVE")
    if order.state != State.PENDING_CONSUMER:
        raise wrong_state((State.PENDING_CONSUMER,))
    body = call.body()
    if "limits" in body:
        limits = inputs.amounts(inputs.mapping(body, "limits"), fractions=call.profile.fractional_limits)
        check_limits(call.store, order.offering, limits, resource=order.resource)
        order.limits = limits
    if "attributes" in body:
        order.attributes = inputs.mapping(body, "attributes")
    if "start_date" in body:
        order.start_date = inputs.day(body, "start_date")
    call.store.touch(order)
    return Reply(show(call, order, {key: ORDER_FIELDS[key] for key in ("limits", "attributes", "start_date")}))


def set_provider_info(call: Call, uuid: str) -> Reply:
    """Leave a message of the provider on a pending order."""
    order = find(call, uuid)
    _allow_provider(call, order, "ORDER.APPROVE")
    _check_messaging(order)
    body = call.body()
    order.provider_message = inputs.text(body, "provider_message", default="", longest=_LONGEST_TEXT)
    order.provider_message_url = inputs.text(body, "provider_message_url", default="", longest=_LONGEST_TEXT)
    call.store.touch(order)
    call.store.journal.tell(Notice(order, Topic.PROVIDER_INFO, call.user))
    return Reply({"detail": "Provider info has been updated."})


def set_consumer_info(call: Call, uuid: str) -> Reply:
    """Leave a message of the consumer on a pending order."""
    order = find(call, uuid)
    _allow_consumer(call, order, "ORDER.SET_CONSUMER_INFO")
    _check_messaging(order)
    order.consumer_message = inputs.text(call.body(), "consumer_message", default="", longest=_LONGEST_TEXT)
    call.store.touch(order)
    return Reply({"detail": "Consumer info has been updated."})


def _check_messaging(order: Order) -> None:
    if order.state != State.PENDING_PROVIDER:
        raise wrong_state((State.PENDING_PROVIDER,))
    if not order.offering.plugin_options.get("enable_provider_consumer_messaging"):
        raise conflict("Messaging is not enabled for this offering.")
