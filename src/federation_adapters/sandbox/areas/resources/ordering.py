"""Actions on a resource that place an order."""

from datetime import timedelta
from types import MappingProxyType

from federation_adapters.sandbox.areas.orders import models as orders
from federation_adapters.sandbox.areas.orders.limits import check_limits
from federation_adapters.sandbox.areas.orders.machine import Kind
from federation_adapters.sandbox.areas.orders.responses import plan_in
from federation_adapters.sandbox.areas.resources import models
from federation_adapters.sandbox.areas.resources.responses import CONSUMER, PROVIDER, View
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.entities import JsonObject, Order, Resource, User
from federation_adapters.sandbox.exceptions import cross_field_error, field_error, forbidden
from federation_adapters.sandbox.store import Store

_MONTH = timedelta(days=30)
_MOST_MONTHS = 600


def _ordered(call: Call, order: Order) -> Reply:
    orders.submit(call.store, order, call.user)
    return Reply({"order_uuid": order.uuid})


def place_update(store: Store, resource: Resource, limits: JsonObject, user: User) -> Order:
    """Place an order for new limits, the complete set.

    Raises:
        ApiError: 409 when the resource is not at rest, 400 for a pending order or unfit limits.
    """
    models.check_ready_for_order(store, resource, "OK")
    amounts = inputs.amounts(limits, fractions=store.profile.fractional_limits)
    if amounts == resource.limits:
        raise cross_field_error("Impossible to create update orders with limits set to exactly the same.")
    check_limits(store, resource.offering, amounts, resource=resource)
    note = {"old_limits": dict(resource.limits)}
    return orders.place(
        store, resource, Kind.UPDATE, user, subtype="update_limits", attributes=note, limits=amounts, plan=resource.plan
    )


def place_terminate(store: Store, resource: Resource, attributes: JsonObject, user: User) -> Order:
    """Place an order to end the resource.

    Raises:
        ApiError: 409 when the resource is neither at rest nor erred, 400 for a pending order.
    """
    models.check_ready_for_order(store, resource, "OK", "Erred")
    return orders.place(
        store, resource, Kind.TERMINATE, user, attributes=attributes, limits=dict(resource.limits), plan=resource.plan
    )


def update_limits(call: Call, uuid: str) -> Reply:
    """Order new limits."""
    resource = CONSUMER.find_for(call, uuid, "RESOURCE.SET_LIMITS", "ORDER.CREATE")
    limits = inputs.mapping(call.body(), "limits", required=True)
    _check_terms(call, resource)
    return _ordered(call, place_update(call.store, resource, limits, call.user))


def _check_terms(call: Call, resource: Resource) -> None:
    offering, user = resource.offering, call.user
    exempt = not offering.terms_of_service or user.is_staff or user.is_support
    if not exempt and not call.store.has_consent(user, offering):
        raise cross_field_error(f"Terms of service for offering '{offering.name}' have not been accepted.")


def switch_plan(call: Call, uuid: str) -> Reply:
    """Order another pricing plan."""
    resource = CONSUMER.find_for(call, uuid, "RESOURCE.SET_PLAN", "ORDER.CREATE")
    models.check_ready_for_order(call.store, resource, "OK")
    plan = plan_in(call, call.body(), resource.offering)
    if plan is None:
        raise field_error("plan", inputs.REQUIRED)
    if plan is resource.plan or plan.archived:
        raise field_error("plan", "Plan is not available for this resource.")
    if resource.plan is not None and plan.unit != resource.plan.unit:
        raise field_error("plan", "Plan should have the same billing unit.")
    order = orders.place(
        call.store, resource, Kind.UPDATE, call.user, subtype="plan_switch", plan=plan, old_plan=resource.plan
    )
    return _ordered(call, order)


def _terminate(view: View, call: Call, uuid: str) -> Reply:
    resource = view.find_for(call, uuid)
    scopes = (resource.project, resource.project.customer, resource.offering.customer)
    if not call.access.has("RESOURCE.TERMINATE", *scopes):
        raise forbidden()
    attributes = inputs.mapping(call.body(), "attributes")
    if resource.state == "Terminating" and call.profile.current_routes:
        confirmed = models.confirm_termination(call.store, resource, call.user)
        if confirmed is not None:
            return Reply({"order_uuid": confirmed.uuid})
    return _ordered(call, place_terminate(call.store, resource, attributes, call.user))


def terminate(call: Call, uuid: str) -> Reply:
    """Order the end of the resource, as its consumer."""
    return _terminate(CONSUMER, call, uuid)


def terminate_as_provider(call: Call, uuid: str) -> Reply:
    """Order the end of the resource, as its provider."""
    return _terminate(PROVIDER, call, uuid)


def restore(call: Call, uuid: str) -> Reply:
    """Order the return of a terminated resource."""
    resource = CONSUMER.find_for(call, uuid)
    if not call.access.has("RESOURCE.SET_STATE", resource.offering.customer):
        raise forbidden()
    models.check_ready_for_order(call.store, resource, "Terminated")
    if not resource.offering.plugin_options.get("can_restore_resource"):
        raise cross_field_error("Restoring is not enabled for this offering.")
    limits = dict(resource.limits)
    return _ordered(
        call, orders.place(call.store, resource, Kind.RESTORE, call.user, limits=limits, plan=resource.plan)
    )


def renew(call: Call, uuid: str) -> Reply:
    """Order more time for a resource with prepaid components."""
    resource = CONSUMER.find_for(call, uuid, "RESOURCE.SET_LIMITS")
    models.check_ready_for_order(call.store, resource, "OK", "Erred")
    body = call.body()
    months = body.get("extension_months")
    if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= _MOST_MONTHS:
        raise field_error("extension_months", "A valid integer is required.")
    if not any(component.is_prepaid for component in resource.offering.components):
        raise cross_field_error("Only resources with prepaid components can be renewed.")
    given = inputs.mapping(body, "limits")
    limits = inputs.amounts(given, fractions=call.profile.fractional_limits) if given else dict(resource.limits)
    check_limits(call.store, resource.offering, limits, resource=resource)
    start = resource.end_date or call.store.now().date()
    note: JsonObject = {"extension_months": months, "new_end_date": (start + months * _MONTH).isoformat()}
    order = orders.place(
        call.store,
        resource,
        Kind.UPDATE,
        call.user,
        subtype="renew",
        attributes=note,
        limits=limits,
        plan=resource.plan,
    )
    return _ordered(call, order)


def update_options(call: Call, uuid: str) -> Reply:
    """Change options: directly, or by an order where the offering wants one."""
    resource = CONSUMER.find_for(call, uuid, "RESOURCE.UPDATE_OPTIONS")
    models.check_state(resource, "OK")
    options = inputs.mapping(call.body(), "options", required=True)
    if not resource.offering.plugin_options.get("create_orders_on_resource_option_change"):
        resource.options = {**resource.options, **options}
        call.store.touch(resource)
        return Reply({"status": "Resource options are submitted"})
    models.check_ready_for_order(call.store, resource, "OK")
    order = orders.place(
        call.store,
        resource,
        Kind.UPDATE,
        call.user,
        subtype="update_options",
        attributes=options,
        limits=dict(resource.limits),
        plan=resource.plan,
    )
    return _ordered(call, order)


CONSUMER_ACTIONS = MappingProxyType(
    {
        "update_limits": update_limits,
        "switch_plan": switch_plan,
        "terminate": terminate,
        "restore": restore,
        "renew": renew,
        "update_options": update_options,
    }
)
