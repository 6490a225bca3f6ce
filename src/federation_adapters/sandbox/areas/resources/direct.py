"""Actions that change a resource at once, without an order; most belong to the provider's agent."""

from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType

from federation_adapters.sandbox.areas.orders.limits import clamped
from federation_adapters.sandbox.areas.resources import models
from federation_adapters.sandbox.areas.resources.responses import CONSUMER, PROVIDER, View, change_end_date
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import JsonObject, Resource
from federation_adapters.sandbox.exceptions import ApiError, conflict, field_error, forbidden
from federation_adapters.sandbox.journal import Notice, Topic
from federation_adapters.sandbox.store import Store

Action = Callable[[Call, str], Reply]
_LONGEST_TEXT = 65536
_NOTICE = timedelta(days=7)


def _changed(store: Store, resource: Resource, name: str, value: object) -> Reply:
    """Store one attribute and say whether that changed anything."""
    if getattr(resource, name) == value:
        return Reply({"status": f"Resource {name} is not changed."})
    setattr(resource, name, value)
    store.touch(resource)
    return Reply({"status": f"Resource {name} has been changed."})


def set_backend_id(call: Call, uuid: str) -> Reply:
    """Store the provider's identifier, within the offering's rules."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_BACKEND_ID")
    backend_id = inputs.text(call.body(), "backend_id")
    if backend_id != resource.backend_id:
        models.check_backend_id(call.store, resource, backend_id)
    return _changed(call.store, resource, "backend_id", backend_id)


def set_effective_id(call: Call, uuid: str) -> Reply:
    """Store the identifier that counts further downstream."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_BACKEND_ID")
    return _changed(call.store, resource, "effective_id", inputs.text(call.body(), "effective_id"))


def set_limits(call: Call, uuid: str) -> Reply:
    """Replace all limits; amounts out of bounds are moved to the nearest bound."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_STATE")
    limits = inputs.amounts(inputs.mapping(call.body(), "limits", required=True), fractions=True)
    unknown = sorted(kind for kind in limits if resource.offering.component(kind) is None)
    if unknown:
        raise ApiError(400, {"limits": f"Unknown component types: {', '.join(unknown)}"})
    fitting = clamped(resource.offering, limits)
    if fitting == resource.limits:
        return Reply({"status": "The resource limits are unchanged"})
    resource.limits = fitting
    call.store.touch(resource)
    return Reply({"status": "The resource limits have been updated"})


def set_end_date_in(view: View) -> Action:
    """Make the handler of `set_end_date` in one view."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find_for(call, uuid, "RESOURCE.SET_END_DATE")
        body = call.body()
        if any(component.is_prepaid for component in resource.offering.components) and not call.user.is_staff:
            raise field_error("end_date", "Only staff can change the end date of a prepaid resource.")
        if "end_date" in body:
            change_end_date(call, resource, inputs.day(body, "end_date"))
            call.store.touch(resource)
        return empty()

    return handler


def set_end_date_by_provider(call: Call, uuid: str) -> Reply:
    """Set the end date with a week's notice; an old form of `set_end_date`."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_END_DATE")
    end_date = inputs.day(call.body(), "end_date")
    if end_date is None or end_date < call.store.now().date() + _NOTICE:
        raise field_error("end_date", "Minimal period is 7 days.")
    change_end_date(call, resource, end_date)
    call.store.touch(resource)
    return empty()


def set_end_date_by_staff_in(view: View) -> Action:
    """Make the handler of the old form of `set_end_date` for staff."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find_for(call, uuid)
        if not call.user.is_staff:
            raise forbidden()
        change_end_date(call, resource, inputs.day(call.body(), "end_date"))
        call.store.touch(resource)
        return empty()

    return handler


def set_slug_in(view: View) -> Action:
    """Make the handler that renames a resource in addresses; staff only."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find_for(call, uuid)
        if not call.user.is_staff:
            raise forbidden()
        slug = inputs.text(call.body(), "slug", blank=False)
        if slug != resource.slug:
            slug = call.store.claim_slug("resource", slug)
        return _changed(call.store, resource, "slug", slug)

    return handler


def pull_in(view: View) -> Action:
    """Make the handler that asks for a fresh look at the backend, which nobody takes here."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find_for(call, uuid)
        models.check_state(resource, "OK", "Erred")
        if not resource.backend_id:
            raise conflict("Resource does not have backend ID.")
        call.store.journal.tell(Notice(resource, Topic.LOOK, call.user))
        return Reply({"detail": "Pull operation was successfully scheduled."}, status=202)

    return handler


def set_membership_sync_statuses(call: Call, uuid: str) -> Reply:
    """Replace what the provider's agent says about the access of single people."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_BACKEND_METADATA")
    if not resource.offering.plugin_options.get("enable_membership_sync_status"):
        raise conflict("Membership sync status is not enabled for this offering.")
    statuses = inputs.each(call.body(), "statuses", _read_status)
    known = [status for status in statuses if _is_member(call, resource, status)]
    skipped = [status for status in statuses if status not in known]
    resource.membership_statuses = tuple(known)
    call.store.touch(resource)
    return Reply({"stored": len(known), "skipped": skipped})


def _read_status(item: JsonObject) -> JsonObject:
    status: JsonObject = {
        "scope_type": inputs.word(item, "scope_type", ("resource", "resource_project")),
        "role_name": inputs.text(item, "role_name"),
        "state": inputs.word(item, "state", ("synced", "pending", "error", "missing_in_idp")),
    }
    for name in ("username", "user_uuid", "message"):
        if name in item:
            status[name] = inputs.text(item, name, longest=_LONGEST_TEXT)
    return status


def _is_member(call: Call, resource: Resource, status: JsonObject) -> bool:
    """Tell whether the status is about somebody with a role in the resource's project."""
    wanted = parse_uuid(status.get("user_uuid"))
    members = [grant.user for grant in call.store.grants_on(resource.project)]
    return any(user.uuid == wanted or user.username == status.get("username") for user in members)


def set_as_ok(call: Call, uuid: str) -> Reply:
    """Bring the resource to rest and clear its errors."""
    models.set_as_ok(call.store, PROVIDER.find_for(call, uuid, "RESOURCE.SET_STATE"))
    return empty()


def set_state_ok(call: Call, uuid: str) -> Reply:
    """Bring the resource to rest and keep its error texts."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_STATE")
    models.check_state(resource, *models.RECOVERABLE)
    resource.state = "OK"
    call.store.touch(resource)
    return empty()


def set_as_erred(call: Call, uuid: str) -> Reply:
    """Mark the resource as broken."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_STATE")
    body = call.body()
    message = inputs.text(body, "error_message", default="", longest=_LONGEST_TEXT)
    traceback = inputs.text(body, "error_traceback", default="", longest=_LONGEST_TEXT)
    models.set_as_erred(call.store, resource, message, traceback)
    return empty()


def refresh_last_sync(call: Call, uuid: str) -> Reply:
    """Note that the provider's agent has just looked at the resource."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_STATE")
    resource.last_sync = call.store.now()
    call.store.touch(resource)
    return empty()


def set_backend_metadata(call: Call, uuid: str) -> Reply:
    """Replace the provider's metadata."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_BACKEND_METADATA")
    metadata = inputs.mapping(call.body(), "backend_metadata", required=True)
    return _changed(call.store, resource, "backend_metadata", metadata)


def _objects(body: JsonObject, key: str, *names: str) -> list[JsonObject]:
    """Return the list of objects under *key*, each with these names."""
    value = body.get(key)
    if not isinstance(value, list):
        raise field_error(key, inputs.REQUIRED if value is None else "Expected a list of items.")
    for item in value:
        if not isinstance(item, dict) or not all(name in item for name in names):
            raise field_error(key, [{name: [inputs.REQUIRED] for name in names}])
    return value


def set_endpoints(call: Call, uuid: str) -> Reply:
    """Replace all access points."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SET_BACKEND_METADATA")
    given = _objects(call.body(), "endpoints", "name", "url")
    new = tuple({"uuid": call.store.new_uuid(), "name": item["name"], "url": item["url"]} for item in given)
    resource.endpoints = new
    call.store.touch(resource)
    return Reply({"status": "Resource endpoints have been changed."})


def submit_report(call: Call, uuid: str) -> Reply:
    """Replace the report."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.SUBMIT_REPORT")
    resource.report = tuple(_objects(call.body(), "report", "header", "body"))
    call.store.touch(resource)
    return Reply({"status": "Report is submitted"})


def update_options_direct(call: Call, uuid: str) -> Reply:
    """Change options as the provider."""
    resource = PROVIDER.find_for(call, uuid, "RESOURCE.UPDATE_OPTIONS")
    options = inputs.mapping(call.body(), "options", required=True)
    return _changed(call.store, resource, "options", {**resource.options, **options})


def staff_flag_in(view: View, name: str) -> Action:
    """Make the handler of a flag that only staff may set."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find_for(call, uuid)
        if not call.user.is_staff:
            raise forbidden()
        return _changed(call.store, resource, name, inputs.flag(call.body(), name))

    return handler


def unlink_in(view: View) -> Action:
    """Make the handler that forgets a resource and its orders; staff only."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find_for(call, uuid)
        if not call.user.is_staff:
            raise forbidden()
        for order in call.store.orders_of(resource):
            call.store.remove_order(order)
        call.store.resources.remove(resource)
        return empty(204)

    return handler


def shared_actions(view: View) -> dict[str, Action]:
    """Return the actions that both views have, by name."""
    flags = {f"set_{name}": staff_flag_in(view, name) for name in ("paused", "downscaled", "restrict_member_access")}
    return {
        "set_end_date": set_end_date_in(view),
        "set_end_date_by_staff": set_end_date_by_staff_in(view),
        "set_slug": set_slug_in(view),
        "pull": pull_in(view),
        "unlink": unlink_in(view),
        **flags,
    }


CONSUMER_ACTIONS = MappingProxyType(shared_actions(CONSUMER))
PROVIDER_ACTIONS = MappingProxyType(
    {
        **shared_actions(PROVIDER),
        "set_backend_id": set_backend_id,
        "set_effective_id": set_effective_id,
        "set_limits": set_limits,
        "set_end_date_by_provider": set_end_date_by_provider,
        "set_membership_sync_statuses": set_membership_sync_statuses,
        "set_as_ok": set_as_ok,
        "set_state_ok": set_state_ok,
        "set_as_erred": set_as_erred,
        "refresh_last_sync": refresh_last_sync,
        "set_backend_metadata": set_backend_metadata,
        "set_endpoints": set_endpoints,
        "submit_report": submit_report,
        "update_options_direct": update_options_direct,
    }
)
