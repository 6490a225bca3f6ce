"""Query parameters of both resource lists."""

from federation_adapters.sandbox.areas.orders.machine import State
from federation_adapters.sandbox.areas.orders.models import is_on_consumer_side
from federation_adapters.sandbox.areas.resources.fields import has_billing
from federation_adapters.sandbox.areas.resources.models import STATES
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import SortKey
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Resource


def _offering(call: Call, texts: list[str]) -> by.Test[Resource]:
    """One of the offerings given; old servers look at the last one only."""
    one: by.Filter[Resource] = by.one_uuid(lambda r: r.offering.uuid)
    several: by.Filter[Resource] = by.any_uuid(lambda r: r.offering.uuid)
    return (several if call.profile.precise_times else one)(call, texts)


def _query(_: Call, texts: list[str]) -> by.Test[Resource]:
    """The resource with that UUID, a part of name or slug, or a whole backend or effective identifier."""
    wanted, text = parse_uuid(texts[-1]), texts[-1].lower()

    def test(resource: Resource) -> bool:
        named = text in resource.name.lower() or text in resource.slug
        known = text in {resource.backend_id.lower(), resource.effective_id.lower()}
        return resource.uuid == wanted or named or known

    return test


def _order_state(call: Call, texts: list[str]) -> by.Test[Resource]:
    known = frozenset(State)
    for text in texts:
        if text not in known:
            raise by.BadValueError(f"Select a valid choice. {text} is not one of the available choices.")
    return lambda resource: any(order.state in texts for order in call.store.orders_of(resource))


def _visible_to_providers(call: Call, texts: list[str]) -> by.Test[Resource]:
    """Without resources that are being created and whose order has not reached the provider."""
    if texts[-1].lower() != "true":
        return lambda _: True
    return lambda resource: (
        resource.state != "Creating" or not any(is_on_consumer_side(order) for order in call.store.orders_of(resource))
    )


RESOURCE_FILTERS: by.Filters[Resource] = {
    "offering_uuid": _offering,
    "offering": by.by_url(
        lambda r: r.offering.uuid, "/api/marketplace-public-offerings/*/", "/api/marketplace-provider-offerings/*/"
    ),
    "customer": by.by_url(lambda r: r.project.customer.uuid, "/api/customers/*/"),
    "offering_slug": by.any_text(lambda r: r.offering.slug),
    "offering_type": by.any_text(lambda r: r.offering.type),
    "parent_offering_uuid": by.one_uuid(lambda _: None),
    "category_uuid": by.one_uuid(lambda _: None),
    "plan_uuid": by.one_uuid(lambda r: r.plan.uuid if r.plan else None),
    "project_uuid": by.one_uuid(lambda r: r.project.uuid),
    "customer_uuid": by.one_uuid(lambda r: r.project.customer.uuid),
    "provider_uuid": by.one_uuid(lambda r: r.offering.customer.uuid),
    "project_name": by.exact(lambda r: r.project.name),
    "backend_id": by.exact(lambda r: r.backend_id),
    "name": by.contains(lambda r: r.name),
    "name_exact": by.exact(lambda r: r.name),
    "slug": by.exact(lambda r: r.slug),
    "query": _query,
    "state": by.choice(lambda r: r.state, STATES),
    "order_state": _order_state,
    "created": by.since(lambda r: r.created),
    "created_before": by.until(lambda r: r.created),
    "modified": by.since(lambda r: r.modified),
    "modified_before": by.until(lambda r: r.modified),
    "has_terminate_date": by.boolean(lambda r: r.end_date is not None),
    "paused": by.boolean(lambda r: r.paused),
    "downscaled": by.boolean(lambda r: r.downscaled),
    "restrict_member_access": by.boolean(lambda r: r.restrict_member_access),
    "usage_based": by.boolean(lambda r: has_billing(r, "usage")),
    "limit_based": by.boolean(lambda r: has_billing(r, "limit")),
    "offering_billable": by.boolean(lambda r: r.offering.billable),
    "offering_shared": by.boolean(lambda r: r.offering.shared),
    "resource_attributes": by.containment(lambda r: r.attributes),
    "visible_to_providers": _visible_to_providers,
}
RESOURCE_ORDERS: dict[str, SortKey[Resource]] = {
    "name": lambda r: r.name,
    "created": lambda r: r.created.isoformat(timespec="microseconds"),
    "state": lambda r: r.state,
    "backend_id": lambda r: r.backend_id,
    "end_date": lambda r: r.end_date.isoformat() if r.end_date else "9999-12-31",
    "project_name": lambda r: r.project.name,
    "customer_name": lambda r: r.project.customer.name,
    "offering_name": lambda r: r.offering.name,
    "plan_name": lambda r: r.plan.name if r.plan else "",
}
