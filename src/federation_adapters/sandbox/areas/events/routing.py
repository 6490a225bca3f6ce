"""Who is told of a message: the queues that are bound to what it concerns, while their owners have a part in it."""

from collections.abc import Iterator

import attrs

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.areas.agents.models import is_vouched_for
from federation_adapters.sandbox.areas.events.messages import Message
from federation_adapters.sandbox.areas.members.models import scope_kind
from federation_adapters.sandbox.entities import EventQueue, JsonObject, SubscriptionQueue, User
from federation_adapters.sandbox.store import Store


@attrs.frozen
class Addressed:
    """A message for one queue."""

    vhost: str
    queue: str
    object_type: str
    body: JsonObject


def addressed(store: Store, message: Message) -> Iterator[Addressed]:
    """Yield the message for each queue that it goes to; who has it in a queue for all types gets no second one."""
    served: set[str] = set()
    for queue in store.event_queues:
        if _hears(store, queue, message):
            served.add(queue.owner.uuid)
            yield Addressed(queue.vhost, queue.queue_name, message.object_type, message.full)
    for old in store.subscription_queues:
        owner = old.subscription.owner
        if owner.uuid not in served and _hears_in_the_old_way(store, old, message):
            yield Addressed(owner.uuid, old.queue_name, message.object_type, message.plain)


def _hears(store: Store, queue: EventQueue, message: Message) -> bool:
    if queue.object_types and message.object_type not in queue.object_types:
        return False
    if not (queue.owner.is_active and queue.rmq_username):
        return False
    access = Access(store, queue.owner)
    if not queue.scopes:
        return message.is_for_all and access.sees_all
    concerned = message.scopes
    return not concerned.isdisjoint(queue.scopes) and _has_part(access, concerned)


def _has_part(access: Access, concerned: frozenset[tuple[str, str]]) -> bool:
    """Tell whether somebody has a role on something the message concerns, or is concerned himself."""
    if access.sees_all or ("user", access.user.uuid) in concerned:
        return True
    return any((scope_kind(grant.scope), grant.scope.uuid) in concerned for grant in access.grants)


def _hears_in_the_old_way(store: Store, queue: SubscriptionQueue, message: Message) -> bool:
    owner: User = queue.subscription.owner
    if message.offering is not queue.offering or message.object_type != queue.object_type or not owner.is_active:
        return False
    access = Access(store, owner)
    if access.provides(queue.offering) or is_vouched_for(access, queue.offering):
        return True
    return message.project is not None and access.sees_project(message.project)
