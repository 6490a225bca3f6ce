"""Resources as JSON."""

from federation_adapters.sandbox.areas.offering_users.models import account_of
from federation_adapters.sandbox.areas.offerings.fields import plan_url, public_url, show_component
from federation_adapters.sandbox.areas.orders.fields import ORDER_FIELDS, PRIVILEGED
from federation_adapters.sandbox.areas.resources.models import creation_order, order_in_progress
from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import Fields, constant, show
from federation_adapters.sandbox.conventions.scalars import show_date, show_moment
from federation_adapters.sandbox.entities import Order, Resource


def _nested(order: Order | None, call: Call) -> dict[str, object] | None:
    """Return a whole order for those who may list it."""
    if order is None or not call.access.sees_order(order):
        return None
    hidden = () if call.access.sees_all else PRIVILEGED
    return show(call, order, {name: field for name, field in ORDER_FIELDS.items() if name not in hidden})


def _plain(resource: Resource, _: Call) -> dict[str, object]:
    """Attributes without the offering's secret ones."""
    secret = resource.offering.secret_options
    return {key: value for key, value in resource.attributes.items() if key not in secret}


def _own_name(resource: Resource, call: Call) -> str | None:
    """Return the caller's local name at the offering."""
    account = account_of(call.store, call.user, resource.offering)
    return account.username if account else None


def has_billing(resource: Resource, kind: str) -> bool:
    """Tell whether some component of the resource is billed that way."""
    return any(component.billing_type == kind for component in resource.offering.components)


RESOURCE_FIELDS: Fields[Resource] = {
    "uuid": lambda r, _: r.uuid,
    "url": lambda r, c: c.url("marketplace-resources", r.uuid),
    "name": lambda r, _: r.name,
    "slug": lambda r, _: r.slug,
    "description": lambda r, _: r.description,
    "state": lambda r, _: r.state,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
    "last_sync": lambda r, _: show_moment(r.last_sync),
    "backend_id": lambda r, _: r.backend_id,
    "effective_id": lambda r, _: r.effective_id,
    "attributes": _plain,
    "options": lambda r, _: r.options,
    "backend_metadata": lambda r, _: r.backend_metadata,
    "limits": lambda r, _: r.limits,
    "current_usages": lambda r, _: r.current_usages,
    "limit_usage": lambda r, _: r.current_usages,
    "offering": lambda r, c: public_url(c, r.offering),
    "offering_uuid": lambda r, _: r.offering.uuid,
    "offering_name": lambda r, _: r.offering.name,
    "offering_description": lambda r, _: r.offering.description,
    "offering_type": lambda r, _: r.offering.type,
    "offering_slug": lambda r, _: r.offering.slug,
    "offering_shared": lambda r, _: r.offering.shared,
    "offering_billable": lambda r, _: r.offering.billable,
    "offering_backend_id": lambda r, _: r.offering.backend_id,
    "offering_state": lambda r, _: r.offering.state,
    "offering_components": lambda r, _: [show_component(component) for component in r.offering.components],
    "offering_plugin_options": lambda r, _: r.offering.plugin_options,
    "provider_uuid": lambda r, _: r.offering.customer.uuid,
    "provider_name": lambda r, _: r.offering.customer.name,
    "provider_slug": lambda r, _: r.offering.customer.slug,
    "plan": lambda r, c: plan_url(c, r.offering, r.plan) if r.plan else None,
    "plan_uuid": lambda r, _: r.plan.uuid if r.plan else None,
    "plan_name": lambda r, _: r.plan.name if r.plan else None,
    "plan_unit": lambda r, _: r.plan.unit if r.plan else None,
    "project": lambda r, c: c.url("projects", r.project.uuid),
    "project_uuid": lambda r, _: r.project.uuid,
    "project_name": lambda r, _: r.project.name,
    "project_slug": lambda r, _: r.project.slug,
    "project_description": lambda r, _: r.project.description,
    "project_end_date": lambda r, _: show_date(r.project.end_date),
    "project_effective_end_date": lambda r, _: show_date(r.project.end_date),
    "project_is_in_grace_period": constant(False),
    "customer_uuid": lambda r, _: r.project.customer.uuid,
    "customer_name": lambda r, _: r.project.customer.name,
    "customer_slug": lambda r, _: r.project.customer.slug,
    "end_date": lambda r, _: show_date(r.end_date),
    "end_date_requested_by": lambda r, c: (
        c.url("users", r.end_date_requested_by.uuid) if r.end_date_requested_by else None
    ),
    "end_date_updated_at": lambda r, _: show_moment(r.end_date_updated_at),
    "resource_effective_end_date": lambda r, _: show_date(r.end_date),
    "paused": lambda r, _: r.paused,
    "downscaled": lambda r, _: r.downscaled,
    "restrict_member_access": lambda r, _: r.restrict_member_access,
    "usage_limit_restriction": constant(""),
    "error_message": lambda r, _: r.error_message,
    "error_traceback": lambda r, _: r.error_traceback,
    "order_in_progress": lambda r, c: _nested(order_in_progress(c.store, r), c),
    "creation_order": lambda r, c: _nested(creation_order(c.store, r), c),
    "scope": constant(None),
    "resource_uuid": constant(None),
    "resource_type": constant(None),
    "username": _own_name,
    "endpoints": lambda r, _: list(r.endpoints),
    "report": lambda r, _: list(r.report) or None,
    "available_actions": constant([]),
    "can_terminate": lambda r, _: r.state in {"OK", "Erred"},
    "is_usage_based": lambda r, _: has_billing(r, "usage"),
    "is_limit_based": lambda r, _: has_billing(r, "limit"),
    "has_api_keys": constant(False),
    "user_requires_reconsent": constant(False),
    "renewal_date": constant(None),
}
