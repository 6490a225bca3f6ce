"""Answers to those who want agents to be told something again: the members of a project, or all resources."""

from datetime import timedelta

from federation_adapters.sandbox.areas.events.messages import messages_of
from federation_adapters.sandbox.areas.events.routing import addressed
from federation_adapters.sandbox.areas.offerings.responses import find_provided
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import SLURM
from federation_adapters.sandbox.exceptions import ApiError, conflict, forbidden, not_found, rule_error, wrong_state
from federation_adapters.sandbox.journal import Notice, Topic

_PAUSE = timedelta(seconds=30)
_SERVED = ("Active", "Paused", "Unavailable")


def sync_project(call: Call, uuid: str) -> Reply:
    """Have agents told to look at a project's members; staff only."""
    if not call.user.is_staff:
        raise forbidden()
    project = call.store.projects.get(parse_uuid(uuid))
    if project is None or project.is_removed:
        raise not_found("Project")
    call.store.journal.tell(Notice(project, Topic.MEMBERS, call.user))
    return empty()


def sync_resource(call: Call, uuid: str) -> Reply:
    """Have the agent told to look at a resource's members, not more often than every half minute."""
    resource = call.store.resources.get(parse_uuid(uuid))
    if resource is None:
        raise not_found("Resource")
    if not call.access.has("OFFERING.UPDATE", resource.offering, resource.offering.customer):
        raise forbidden()
    if not resource.offering.plugin_options.get("enable_membership_sync_status"):
        raise conflict("Membership sync status is not enabled for this offering.")
    now, last = call.store.now(), resource.members_asked_at
    if last is not None and now < last + _PAUSE:
        raise ApiError(429, {"detail": "Sync was already requested recently."})
    resource.members_asked_at = now
    call.store.journal.tell(Notice(resource, Topic.MEMBERS, call.user))
    return empty()


def sync_offering(call: Call, uuid: str) -> Reply:
    """Have agents told to look at all resources of an offering; refused where nobody would hear of it."""
    offering = find_provided(call, uuid)
    if not call.access.has("OFFERING.UPDATE_INTEGRATION", offering, offering.customer):
        raise forbidden()
    if offering.state not in _SERVED:
        raise wrong_state(_SERVED)
    if offering.type != SLURM:
        raise rule_error("Resource synchronization is supported for site agent offerings only.")
    notice = Notice(offering, Topic.EVERYTHING, call.user)
    heard = (one for message in messages_of(call.store, notice) for one in addressed(call.store, message))
    if next(heard, None) is None:
        raise conflict("No site agent is subscribed to resource synchronization of this offering.")
    call.store.journal.tell(notice)
    return Reply({"status": "Resource synchronization has been requested."}, status=202)
