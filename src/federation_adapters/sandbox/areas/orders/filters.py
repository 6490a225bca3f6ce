"""Query parameters of the order list."""

from federation_adapters.sandbox.areas.orders.fields import cost
from federation_adapters.sandbox.areas.orders.machine import Kind, State
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call
from federation_adapters.sandbox.conventions.listing import SortKey
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Order


def _query(call: Call, texts: list[str]) -> by.Test[Order]:
    """The order with that UUID, or a part of project name, name attribute or slug."""
    wanted, text = parse_uuid(texts[-1]), texts[-1].lower()
    if wanted is not None and call.store.orders.get(wanted) is not None:
        return lambda order: order.uuid == wanted
    return lambda order: any(
        text in part.lower() for part in (order.project.name, str(order.attributes.get("name") or ""), order.slug)
    )


def _reviewable(state: State) -> by.Filter[Order]:
    """Orders waiting for one side; when asked with `true`, only those the caller may approve by a customer role."""

    def read(call: Call, texts: list[str]) -> by.Test[Order]:
        only_mine = texts[-1].lower() == "true" and not call.user.is_staff

        def test(order: Order) -> bool:
            customer = order.project.customer if state is State.PENDING_CONSUMER else order.offering.customer
            return order.state == state and (not only_mine or call.access.has("ORDER.APPROVE", customer))

        return test

    return read


ORDER_FILTERS: by.Filters[Order] = {
    "offering_uuid": by.one_uuid(lambda o: o.offering.uuid),
    "offering": by.by_url(
        lambda o: o.offering.uuid, "/api/marketplace-public-offerings/*/", "/api/marketplace-provider-offerings/*/"
    ),
    "offering_slug": by.any_text(lambda o: o.offering.slug),
    "offering_type": by.any_text(lambda o: o.offering.type),
    "parent_offering_uuid": by.one_uuid(lambda _: None),
    "provider_uuid": by.one_uuid(lambda o: o.offering.customer.uuid),
    "customer_uuid": by.one_uuid(lambda o: o.project.customer.uuid),
    "project_uuid": by.one_uuid(lambda o: o.project.uuid),
    "category_uuid": by.one_uuid(lambda _: None),
    "resource_uuid": by.one_uuid(lambda o: o.resource.uuid),
    "resource": by.by_url(lambda o: o.resource.uuid, "/api/marketplace-resources/*/"),
    "resource_name": by.exact(lambda o: o.resource.name),
    "state": by.choice(lambda o: o.state, State),
    "type": by.choice(lambda o: o.type, Kind),
    "slug": by.exact(lambda o: o.slug),
    "query": _query,
    "created": by.since(lambda o: o.created),
    "modified": by.since(lambda o: o.modified),
    "created_before": by.until(lambda o: o.created),
    "modified_before": by.until(lambda o: o.modified),
    "can_approve_as_consumer": _reviewable(State.PENDING_CONSUMER),
    "can_approve_as_provider": _reviewable(State.PENDING_PROVIDER),
    "was_auto_approved": by.boolean(lambda _: False),
}
ORDER_ORDERS: dict[str, SortKey[Order]] = {
    "created": lambda o: o.created.isoformat(timespec="microseconds"),
    "cost": lambda o: (cost(o) or "").rjust(40),
    "state": lambda o: o.state,
    "consumer_reviewed_at": lambda o: o.consumer_reviewed_at.isoformat() if o.consumer_reviewed_at else "",
}
