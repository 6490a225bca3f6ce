"""Orders as JSON."""

from federation_adapters.sandbox.areas.offerings.fields import plan_price, plan_url, public_url
from federation_adapters.sandbox.areas.orders.machine import LEGAL, TYPES, Move
from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import Fields, constant
from federation_adapters.sandbox.conventions.scalars import show_date, show_moment
from federation_adapters.sandbox.entities import Offering, Order, Plan, User


def cost(order: Order) -> str | None:
    """Return the price of the order's limits under its pricing plan, as the server writes decimals."""
    if order.plan is None:
        return None
    total = sum(float(price) * order.limits.get(kind, 0) for kind, price in order.plan.prices.items())
    return f"{total:.10f}"


def can_terminate(order: Order) -> bool:
    """Tell whether the order may be canceled."""
    return order.offering.type in TYPES[Move.CANCEL] and order.state in LEGAL[Move.CANCEL]


def _user_url(user: User | None, call: Call) -> str | None:
    return call.url("users", user.uuid) if user else None


def _plan_url(offering: Offering, plan: Plan | None, call: Call) -> str | None:
    return plan_url(call, offering, plan) if plan else None


def _plain(order: Order, _: Call) -> dict[str, object]:
    """Attributes without the offering's secret ones."""
    secret = order.offering.secret_options
    return {key: value for key, value in order.attributes.items() if key not in secret}


ORDER_FIELDS: Fields[Order] = {
    "uuid": lambda o, _: o.uuid,
    "url": lambda o, c: c.url("marketplace-orders", o.uuid),
    "slug": lambda o, _: o.slug,
    "created": lambda o, _: show_moment(o.created),
    "modified": lambda o, _: show_moment(o.modified),
    "completed_at": lambda o, _: show_moment(o.completed_at),
    "state": lambda o, _: o.state,
    "type": lambda o, _: o.type,
    "order_subtype": lambda o, _: o.subtype,
    "attributes": _plain,
    "limits": lambda o, _: o.limits,
    "offering": lambda o, c: public_url(c, o.offering),
    "offering_uuid": lambda o, _: o.offering.uuid,
    "offering_name": lambda o, _: o.offering.name,
    "offering_description": lambda o, _: o.offering.description,
    "offering_image": constant(None),
    "offering_thumbnail": constant(None),
    "offering_type": lambda o, _: o.offering.type,
    "offering_shared": lambda o, _: o.offering.shared,
    "offering_billable": lambda o, _: o.offering.billable,
    "offering_plugin_options": lambda o, _: o.offering.plugin_options,
    "provider_name": lambda o, _: o.offering.customer.name,
    "provider_uuid": lambda o, _: o.offering.customer.uuid,
    "provider_slug": lambda o, _: o.offering.customer.slug,
    "provider_description": constant(""),
    "category_title": constant("HPC"),
    "category_icon": constant(None),
    "plan": lambda o, c: _plan_url(o.offering, o.plan, c),
    "plan_uuid": lambda o, _: o.plan.uuid if o.plan else None,
    "plan_name": lambda o, _: o.plan.name if o.plan else None,
    "plan_unit": lambda o, _: o.plan.unit if o.plan else None,
    "plan_description": lambda o, _: o.plan.description if o.plan else None,
    "old_plan_uuid": lambda o, _: o.old_plan.uuid if o.old_plan else None,
    "old_plan_name": lambda o, _: o.old_plan.name if o.old_plan else None,
    "new_plan_uuid": lambda o, _: o.plan.uuid if o.plan and o.old_plan else None,
    "new_plan_name": lambda o, _: o.plan.name if o.plan and o.old_plan else None,
    "project_uuid": lambda o, _: o.project.uuid,
    "project_name": lambda o, _: o.project.name,
    "project_slug": lambda o, _: o.project.slug,
    "project_description": lambda o, _: o.project.description,
    "customer_uuid": lambda o, _: o.project.customer.uuid,
    "customer_name": lambda o, _: o.project.customer.name,
    "customer_slug": lambda o, _: o.project.customer.slug,
    "marketplace_resource_uuid": lambda o, _: o.resource.uuid,
    "resource_uuid": constant(None),
    "resource_type": constant(None),
    "resource_name": lambda o, _: o.resource.name,
    "backend_id": lambda o, _: o.backend_id,
    "start_date": lambda o, _: show_date(o.start_date),
    "request_comment": constant(None),
    "termination_comment": constant(None),
    "callback_url": constant(None),
    "attachment": constant(None),
    "cost": lambda o, _: cost(o),
    "new_cost_estimate": lambda o, _: cost(o),
    "old_cost_estimate": constant(0),
    "fixed_price": lambda o, _: float(plan_price(o.plan)) if o.plan else 0,
    "activation_price": constant(0),
    "error_message": lambda o, _: o.error_message,
    "error_traceback": lambda o, _: o.error_traceback,
    "error_updated_at": lambda o, _: show_moment(o.error_updated_at),
    "output": constant(""),
    "output_updated_at": constant(None),
    "created_by_username": lambda o, _: o.created_by.username,
    "created_by_full_name": lambda o, _: o.created_by.full_name,
    "created_by_email": lambda o, _: o.created_by.email or None,
    "created_by_civil_number": constant(None),
    "created_by_organization": constant(None),
    "consumer_reviewed_by": lambda o, c: _user_url(o.consumer_reviewed_by, c),
    "consumer_reviewed_by_full_name": lambda o, _: o.consumer_reviewed_by.full_name if o.consumer_reviewed_by else None,
    "consumer_reviewed_by_username": lambda o, _: o.consumer_reviewed_by.username if o.consumer_reviewed_by else None,
    "consumer_reviewed_at": lambda o, _: show_moment(o.consumer_reviewed_at),
    "provider_reviewed_by": lambda o, c: _user_url(o.provider_reviewed_by, c),
    "provider_reviewed_by_full_name": lambda o, _: o.provider_reviewed_by.full_name if o.provider_reviewed_by else None,
    "provider_reviewed_by_username": lambda o, _: o.provider_reviewed_by.username if o.provider_reviewed_by else None,
    "provider_reviewed_at": lambda o, _: show_moment(o.provider_reviewed_at),
    "consumer_rejection_comment": lambda o, _: o.consumer_rejection_comment,
    "provider_rejection_comment": lambda o, _: o.provider_rejection_comment,
    "provider_message": lambda o, _: o.provider_message,
    "provider_message_url": lambda o, _: o.provider_message_url,
    "consumer_message": lambda o, _: o.consumer_message,
    "auto_approved": constant(False),
    "auto_approved_by_rule_uuid": constant(None),
    "auto_approved_cost_limit_snapshot": constant(None),
    "can_terminate": lambda o, _: can_terminate(o),
    "issue": constant(None),
}
PRIVILEGED = ("error_traceback",)
