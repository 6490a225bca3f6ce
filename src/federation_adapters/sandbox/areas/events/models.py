"""Rules of event queues: registering is repeatable, an agent's queue has one owner, a consumer needs a role on its scopes.

What is asked of the broker stays done where the request fails later, as on a server.
"""

from collections.abc import Iterable
from contextlib import suppress

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.areas.agents.models import is_vouched_for
from federation_adapters.sandbox.broker import REFUSAL, Broker, BrokerError
from federation_adapters.sandbox.entities import (
    AgentIdentity,
    EventQueue,
    EventSubscription,
    Offering,
    SubscriptionQueue,
    User,
)
from federation_adapters.sandbox.exceptions import ApiError, conflict, field_error, forbidden, rule_error
from federation_adapters.sandbox.store import Store

OBJECT_TYPES = (
    "order", "user_role", "resource", "offering_user", "importable_resources", "service_account", "course_account",
    "resource_periodic_limits", "offering_resources_sync", "resource_api_key_rotation",
    "resource_end_date_change_request", "user_profile", "user_ssh_key", "user_lifecycle",
)  # fmt: skip
_NO_QUEUE = "Failed to create queue in RabbitMQ. Please try again."
Scope = tuple[str, str]


def queue_of_agent(store: Store, identity: AgentIdentity) -> EventQueue | None:
    """Return the agent's queue."""
    return next((queue for queue in store.event_queues if queue.identity is identity), None)


def register_agent(
    store: Store, identity: AgentIdentity, owner: User, types: tuple[str, ...] | None
) -> tuple[EventQueue, bool]:
    """Have the agent's queue, and return whether it was made; *types* of None keep what was chosen before.

    Raises:
        ApiError: 409 for another owner, 400 without a broker.
    """
    known = queue_of_agent(store, identity)
    if known is not None and known.owner is not owner:
        raise conflict(
            f"Queue is already registered by user {known.owner.username}; ask them to deregister before taking over."
        )
    queue = known or _added(store, owner, (("offering", identity.offering.uuid),), identity)
    return queue, _provided(store, queue, types)


def register_consumer(
    store: Store, owner: User, types: tuple[str, ...] | None, scopes: tuple[Scope, ...]
) -> tuple[EventQueue, bool]:
    """Have the queue of somebody for a set of scopes, and return whether it was made.

    Raises:
        ApiError: 403 without a role on each scope, 400 without a broker.
    """
    chosen = tuple(sorted(set(scopes)))
    check_scopes(store, owner, chosen)
    known = next(
        (q for q in store.event_queues if q.identity is None and q.owner is owner and q.scopes == chosen), None
    )
    queue = known or _added(store, owner, chosen)
    return queue, _provided(store, queue, types)


def _added(store: Store, owner: User, scopes: tuple[Scope, ...], identity: AgentIdentity | None = None) -> EventQueue:
    return store.event_queues.add(EventQueue(**store.stamp(), owner=owner, identity=identity, scopes=scopes))


def check_scopes(store: Store, owner: User, scopes: Iterable[Scope]) -> None:
    """Raise 403 unless *owner* has a role on each scope or what is above it, or is of the staff."""
    access, chosen = Access(store, owner), tuple(scopes)
    if not chosen and not access.sees_all:
        raise forbidden()
    for kind, uuid in chosen:
        if not _may_bind(store, access, kind, uuid):
            raise forbidden()


def _may_bind(store: Store, access: Access, kind: str, uuid: str) -> bool:
    if kind == "user":
        return uuid == access.user.uuid or (access.sees_all and store.users.get(uuid) is not None)
    if kind == "customer":
        customer = store.customers.get(uuid)
        return customer is not None and (access.sees_all or any(g.scope is customer for g in access.grants))
    if kind == "project":
        project = store.projects.get(uuid)
        return project is not None and access.sees_project(project)
    if kind == "offering":
        offering = store.offerings.get(uuid)
        return offering is not None and access.provides(offering)
    raise field_error("scopes", f'"{kind}" is not a valid choice.')


def _provided(store: Store, queue: EventQueue, types: tuple[str, ...] | None) -> bool:
    """Have the queue's login, with the owner's token as password, and tell whether it is new.

    Nobody looks whether the queue of a login that is there is there as well.
    """
    if types is not None:
        queue.object_types = types
    broker = _broker(store)
    try:
        if queue.rmq_username and broker.admits(queue.vhost, queue.rmq_username):
            broker.admit(queue.vhost, queue.rmq_username, queue.owner.token)
            return False
        if queue.rmq_username:
            broker.dismiss(queue.rmq_username)
        queue.rmq_username = store.new_uuid()
        _admit(broker, queue.vhost, queue.rmq_username, queue.owner.token)
        _declare(broker, queue)
    except BrokerError as error:
        raise rule_error(error.refusal) from None
    return True


def _broker(store: Store) -> Broker:
    if store.broker is None:
        raise rule_error(REFUSAL)
    return store.broker


def _admit(broker: Broker, vhost: str, user: str, password: str) -> None:
    try:
        broker.admit(vhost, user, password)
    except BrokerError:
        with suppress(BrokerError):
            broker.dismiss(user)
        raise


def _declare(broker: Broker, queue: EventQueue) -> None:
    try:
        broker.declare(queue.vhost, queue.queue_name)
    except BrokerError:
        with suppress(BrokerError):
            broker.dismiss(queue.rmq_username)
        raise


def remove(store: Store, queue: EventQueue) -> None:
    """Delete the queue here and at the broker; a broker that is away keeps its own for now."""
    store.event_queues.remove(queue)
    if store.broker is not None:
        with suppress(BrokerError):
            store.broker.remove(queue.vhost, queue.queue_name)
            store.broker.dismiss(queue.rmq_username)


def subscribe(
    store: Store, owner: User, object_type: str, description: str, source_ip: str | None
) -> tuple[EventSubscription, bool]:
    """Have somebody's subscription of a type, and return whether it was made; a password stays as it was.

    Raises:
        ApiError: 400 without a broker.
    """
    broker = _broker(store)
    known = next((s for s in store.subscriptions if s.owner is owner and s.object_type == object_type), None)
    try:
        if known is not None and broker.admits(known.vhost, known.uuid):
            return known, False
        if known is not None:
            _forget(store, broker, known)
    except BrokerError as error:
        raise rule_error(error.refusal) from None
    return add_subscription(store, owner, object_type, description, source_ip), True


def _forget(store: Store, broker: Broker, subscription: EventSubscription) -> None:
    broker.dismiss(subscription.uuid)
    for queue in [row for row in store.subscription_queues if row.subscription is subscription]:
        store.subscription_queues.remove(queue)
    store.subscriptions.remove(subscription)


def add_subscription(
    store: Store, owner: User, object_type: str, description: str, source_ip: str | None
) -> EventSubscription:
    """Insert a subscription with a login of its own.

    Raises:
        ApiError: 400 without a broker.
    """
    broker = _broker(store)
    row = EventSubscription(
        **store.stamp(), owner=owner, object_type=object_type, description=description, source_ip=source_ip
    )
    try:
        _admit(broker, row.vhost, row.uuid, owner.token)
    except BrokerError as error:
        raise rule_error(error.refusal) from None
    return store.subscriptions.add(row)


def add_subscription_queue(
    store: Store, subscription: EventSubscription, offering: Offering, object_type: str
) -> tuple[SubscriptionQueue, bool]:
    """Have the subscription's queue for an offering and a type, and return whether it was made.

    Raises:
        ApiError: 400 without a broker.
    """
    mine = [row for row in store.subscription_queues if row.subscription is subscription]
    known = next((row for row in mine if row.offering is offering and row.object_type == object_type), None)
    row = known or SubscriptionQueue(
        **store.stamp(), subscription=subscription, offering=offering, object_type=object_type
    )
    try:
        _broker(store).declare(subscription.vhost, row.queue_name)
    except (ApiError, BrokerError):
        if known is None:
            raise rule_error(_NO_QUEUE) from None
    return (row, False) if known else (store.subscription_queues.add(row), True)


def may_queue(access: Access, offering: Offering) -> bool:
    """Tell whether somebody may have a queue for the offering, in the old way."""
    return access.provides(offering) or is_vouched_for(access, offering)
