"""Rules of resources: backend identifiers, states, what may be asked of them."""

import re

from federation_adapters.sandbox.areas.orders.machine import UNFINISHED, Kind, State
from federation_adapters.sandbox.areas.orders.models import (
    approve_by_consumer,
    check_no_other_order,
    needs_consumer_review,
)
from federation_adapters.sandbox.entities import Order, Resource, User
from federation_adapters.sandbox.exceptions import field_error, rule_error, server_error, wrong_state
from federation_adapters.sandbox.store import Store

STATES = ("Creating", "OK", "Erred", "Updating", "Terminating", "Terminated")
RECOVERABLE = ("Erred", "Creating", "Updating", "Terminating")


def check_state(resource: Resource, *states: str) -> None:
    """Raise 409 unless the resource is in one of the states."""
    if resource.state not in states:
        raise wrong_state(states)


def check_offering_available(resource: Resource) -> None:
    """Raise 400 when the offering is out of service, as for every write on a resource."""
    if resource.offering.state == "Unavailable":
        raise rule_error("Offering is unavailable.")


def check_ready_for_order(store: Store, resource: Resource, *states: str) -> None:
    """Raise 409 or 400 unless an order for the resource may be placed."""
    check_state(resource, *states)
    check_no_other_order(store, resource)
    if resource.offering.state not in {"Active", "Paused"}:
        raise field_error("offering", "Offering is not available.")


def check_backend_id(store: Store, resource: Resource, backend_id: str) -> None:
    """Refuse an identifier that breaks the offering's rules; without rules anything goes.

    Raises:
        ApiError: 400 when the format does not fit or the value is taken where it must be unique.
    """
    rules = resource.offering.backend_id_rules
    form = rules.get("format")
    pattern = form.get("regex") if isinstance(form, dict) else None
    if isinstance(pattern, str) and backend_id and not re.fullmatch(pattern, backend_id):
        raise field_error("backend_id", "Backend ID does not match the required format.")
    unique = rules.get("uniqueness")
    scope = unique.get("scope") if isinstance(unique, dict) else None
    if scope and backend_id and any(_clashes(other, resource, backend_id, str(scope)) for other in store.resources):
        raise field_error("backend_id", "Backend ID is already in use.")


def _clashes(other: Resource, resource: Resource, backend_id: str, scope: str) -> bool:
    if other is resource or other.backend_id != backend_id or other.state == "Terminated":
        return False
    if scope == "service_provider":
        return other.offering.customer is resource.offering.customer
    return other.offering is resource.offering


def set_as_ok(store: Store, resource: Resource) -> None:
    """Bring the resource to rest and clear its errors.

    Raises:
        ApiError: 500 for a terminated resource, as the server does.
    """
    if resource.state == "Terminated":
        raise server_error()
    resource.state = "OK"
    resource.error_message = resource.error_traceback = ""
    store.touch(resource)


def set_as_erred(store: Store, resource: Resource, message: str, traceback: str) -> None:
    """Mark the resource as broken, from any state; empty texts leave the old ones."""
    resource.state = "Erred"
    resource.error_message = message or resource.error_message
    resource.error_traceback = traceback or resource.error_traceback
    store.touch(resource)


def confirm_termination(store: Store, resource: Resource, user: User) -> Order | None:
    """Approve and return the Terminate order that waits for its consumer, when *user* may approve it; else None."""
    for order in store.orders_of(resource):
        if order.type == Kind.TERMINATE and order.state == State.PENDING_CONSUMER:
            if needs_consumer_review(store, order, user):
                return None
            approve_by_consumer(store, order, user)
            return order
    return None


def order_in_progress(store: Store, resource: Resource) -> Order | None:
    """Return the unfinished order of the resource, if any."""
    return next((order for order in reversed(store.orders_of(resource)) if order.state in UNFINISHED), None)


def creation_order(store: Store, resource: Resource) -> Order | None:
    """Return the order that created the resource, if it is still there."""
    return next((order for order in store.orders_of(resource) if order.type == Kind.CREATE), None)
