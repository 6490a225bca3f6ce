"""Offerings, components and pricing plans as JSON."""

from decimal import Decimal

from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import Fields, constant, show
from federation_adapters.sandbox.conventions.scalars import show_moment
from federation_adapters.sandbox.entities import Component, Offering, Plan


def plan_url(call: Call, offering: Offering, plan: Plan) -> str:
    """Return the address of a pricing plan, as orders take it."""
    return call.url("marketplace-public-offerings", offering.uuid, "plans", plan.uuid)


def public_url(call: Call, offering: Offering) -> str:
    """Return the address of the public view, as orders take it."""
    return call.url("marketplace-public-offerings", offering.uuid)


def plan_price(plan: Plan) -> Decimal:
    """Return the sum of the plan's component prices."""
    return sum(plan.prices.values(), Decimal(0))


def show_component(component: Component) -> dict[str, object]:
    """Return a component as JSON."""
    return {
        "uuid": component.uuid,
        "type": component.type,
        "name": component.name,
        "description": "",
        "article_code": "",
        "billing_type": component.billing_type,
        "measured_unit": component.measured_unit,
        "unit_factor": component.unit_factor,
        "factor": component.unit_factor,
        "limit_period": component.limit_period,
        "limit_amount": component.limit_amount,
        "min_value": component.min_value,
        "max_value": component.max_value,
        "max_available_limit": component.max_available_limit,
        "default_limit": component.default_limit,
        "is_boolean": component.is_boolean,
        "is_prepaid": component.is_prepaid,
        "is_builtin": False,
    }


def show_plan(call: Call, offering: Offering, plan: Plan) -> dict[str, object]:
    """Return a pricing plan as JSON."""
    return {
        "url": plan_url(call, offering, plan),
        "uuid": plan.uuid,
        "name": plan.name,
        "description": plan.description,
        "article_code": "",
        "max_amount": None,
        "archived": plan.archived,
        "is_active": not plan.archived,
        "unit": plan.unit,
        "unit_price": f"{plan_price(plan):.7f}",
        "init_price": 0,
        "switch_price": 0,
        "backend_id": "",
        "prices": {kind: float(price) for kind, price in plan.prices.items()},
        "future_prices": {},
        "quotas": {},
        "components": [],
        "organization_groups": [],
        "resources_count": 0,
        "plan_type": "limit",
        "minimal_price": 0,
    }


def billing_classification(offering: Offering) -> str:
    """Tell whether the offering is billed by limits, by usage or by both."""
    kinds = {component.billing_type for component in offering.components}
    if kinds <= {"limit"}:
        return "limit_only"
    return "mixed" if "limit" in kinds else "usage_only"


_COMMON: Fields[Offering] = {
    "uuid": lambda o, _: o.uuid,
    "created": lambda o, _: show_moment(o.created),
    "name": lambda o, _: o.name,
    "slug": lambda o, _: o.slug,
    "description": lambda o, _: o.description,
    "full_description": constant(""),
    "customer": lambda o, c: c.url("customers", o.customer.uuid),
    "customer_uuid": lambda o, _: o.customer.uuid,
    "customer_name": lambda o, _: o.customer.name,
    "project": constant(None),
    "project_uuid": constant(None),
    "project_name": constant(None),
    "attributes": lambda o, _: o.attributes,
    "options": lambda o, _: o.options or {"order": [], "options": {}},
    "resource_options": lambda o, _: o.resource_options or {"order": [], "options": {}},
    "components": lambda o, _: [show_component(component) for component in o.components],
    "plugin_options": lambda o, _: o.plugin_options,
    "state": lambda o, _: o.state,
    "plans": lambda o, c: [show_plan(c, o, plan) for plan in o.plans if not plan.archived],
    "type": lambda o, _: o.type,
    "shared": lambda o, _: o.shared,
    "billable": lambda o, _: o.billable,
    "scope": constant(None),
    "scope_uuid": constant(None),
    "paused_reason": lambda o, _: o.paused_reason,
    "backend_id": lambda o, _: o.backend_id,
    "parent_uuid": constant(None),
    "parent_name": constant(None),
    "backend_metadata": constant({}),
    "files": constant([]),
    "screenshots": constant([]),
    "endpoints": constant([]),
    "tags": constant([]),
    "organization_groups": constant([]),
    "billing_type_classification": lambda o, _: billing_classification(o),
    "effective_available_limits": constant([]),
    "has_compliance_requirements": constant(False),
}

PUBLIC_FIELDS: Fields[Offering] = {
    "url": lambda o, c: public_url(c, o),
    **_COMMON,
    "user_has_consent": lambda o, c: c.store.has_consent(c.user, o),
    "is_accessible": constant(True),
}

PROVIDER_FIELDS: Fields[Offering] = {
    "url": lambda o, c: c.url("marketplace-provider-offerings", o.uuid),
    **_COMMON,
    "plans": lambda o, c: [show_plan(c, o, plan) for plan in o.plans],
    "secret_options": lambda o, _: o.secret_options,
    "service_attributes": constant({}),
    "backend_id_rules": lambda o, _: o.backend_id_rules,
    "integration_status": constant(None),
}


def show_provider_plan(call: Call, offering: Offering, plan: Plan) -> dict[str, object]:
    """Return a pricing plan as its provider sees it."""
    return {
        **show_plan(call, offering, plan),
        "url": call.url("marketplace-plans", plan.uuid),
        "offering": call.url("marketplace-provider-offerings", offering.uuid),
    }


def offering_of_plan(call: Call, plan_uuid: str) -> tuple[Offering, Plan] | None:
    """Return a pricing plan with its offering."""
    for offering in call.store.offerings:
        plan = offering.plan(plan_uuid)
        if plan is not None:
            return offering, plan
    return None


def show_offering(call: Call, offering: Offering) -> dict[str, object]:
    """Return the public view of one offering in full."""
    return show(call, offering, PUBLIC_FIELDS)
