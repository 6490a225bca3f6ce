"""Rules of event queues: registering is repeatable, an agent's queue has one owner, a consumer needs a role on its scopes."""

from collections.abc import Iterable

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.broker import BrokerError
from federation_adapters.sandbox.entities import AgentIdentity, Customer, EventQueue, Project, User
from federation_adapters.sandbox.exceptions import conflict, field_error, forbidden, rule_error
from federation_adapters.sandbox.store import Store

OBJECT_TYPES = frozenset({
    "order", "resource", "user_role", "offering_user", "service_account", "course_account", "importable_resources",
    "resource_periodic_limits", "offering_resources_sync", "resource_api_key_rotation",
    "resource_end_date_change_request", "user_profile", "user_ssh_key", "user_lifecycle",
})  # fmt: skip
_NO_QUEUE = "Failed to create RabbitMQ queue"


def queue_of_agent(store: Store, identity: AgentIdentity) -> EventQueue | None:
    """Return the agent's queue."""
    return next((queue for queue in store.event_queues if queue.identity is identity), None)


def register_agent(
    store: Store, identity: AgentIdentity, owner: User, types: tuple[str, ...] | None
) -> tuple[EventQueue, bool]:
    """Have the agent's queue, and return whether it is new; *types* of None keep what was chosen before.

    Raises:
        ApiError: 409 for another owner, 400 without a broker.
    """
    known = queue_of_agent(store, identity)
    if known is not None and known.owner is not owner:
        raise conflict(f"Queue is already registered by user {known.owner.username}.")
    return _registered(store, known, owner, types, identity=identity)


def register_consumer(
    store: Store, owner: User, types: tuple[str, ...] | None, scopes: tuple[tuple[str, str], ...]
) -> tuple[EventQueue, bool]:
    """Have the queue of somebody for a set of scopes, and return whether it is new.

    Raises:
        ApiError: 403 without a role on each scope, 400 without a broker.
    """
    chosen = tuple(sorted(set(scopes)))
    check_scopes(store, owner, chosen)
    known = next(
        (q for q in store.event_queues if q.identity is None and q.owner is owner and q.scopes == chosen), None
    )
    return _registered(store, known, owner, types, scopes=chosen)


def check_scopes(store: Store, owner: User, scopes: Iterable[tuple[str, str]]) -> None:
    """Raise 403 unless *owner* has a role on each scope, or is of the staff."""
    access, chosen = Access(store, owner), tuple(scopes)
    if not chosen and not access.sees_all:
        raise forbidden()
    for kind, uuid in chosen:
        if kind == "user":
            allowed = uuid == owner.uuid
        elif kind == "customer":
            customer = store.customers.get(uuid)
            allowed = customer is not None and _has_role(access, customer)
        elif kind == "project":
            project = store.projects.get(uuid)
            allowed = project is not None and access.sees_project(project)
        elif kind == "offering":
            offering = store.offerings.get(uuid)
            allowed = offering is not None and access.provides(offering)
        else:
            raise field_error("scopes", f"{kind} is not a valid choice.")
        if not allowed:
            raise forbidden()


def _has_role(access: Access, customer: Customer) -> bool:
    return access.sees_all or any(grant.scope is customer for grant in access.grants)


def _registered(
    store: Store,
    known: EventQueue | None,
    owner: User,
    types: tuple[str, ...] | None,
    *,
    identity: AgentIdentity | None = None,
    scopes: tuple[tuple[str, str], ...] = (),
) -> tuple[EventQueue, bool]:
    queue = known or store.event_queues.add(
        EventQueue(**store.stamp(), owner=owner, identity=identity, scopes=scopes, rmq_username=store.new_uuid())
    )
    if types is not None:
        queue.object_types = types
    if store.broker is None:
        raise rule_error(_NO_QUEUE)
    try:
        store.broker.provide(queue.vhost, queue.rmq_username, owner.token, queue.queue_name)
    except BrokerError:
        raise rule_error(_NO_QUEUE) from None
    return queue, known is None


def remove(store: Store, queue: EventQueue) -> None:
    """Delete the queue here and at the broker; a broker that is away keeps its own for now."""
    store.event_queues.remove(queue)
    if store.broker is not None:
        try:
            store.broker.withdraw(queue.vhost, queue.rmq_username, queue.queue_name)
        except BrokerError:
            return


def hears(store: Store, queue: EventQueue, object_type: str) -> bool:
    """Tell whether the queue is told of this type at all, and whether its owner may still hear."""
    if queue.object_types and object_type not in queue.object_types:
        return False
    if not queue.owner.is_active:
        return False
    access = Access(store, queue.owner)
    if queue.identity is not None:
        return access.has_as_provider("OFFERING.UPDATE", queue.identity.offering)
    return bool(queue.scopes) or access.sees_all


def is_bound(queue: EventQueue, project: Project | None) -> bool:
    """Tell whether a consumer is bound to the project or its customer."""
    if not queue.scopes:
        return True
    if project is None:
        return False
    return ("project", project.uuid) in queue.scopes or ("customer", project.customer.uuid) in queue.scopes
