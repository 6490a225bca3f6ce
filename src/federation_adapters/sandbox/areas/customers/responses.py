"""Answers about customers and service providers."""

from federation_adapters.sandbox.areas.customers.fields import CUSTOMER_FIELDS, PROVIDER_FIELDS
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Customer
from federation_adapters.sandbox.exceptions import not_found

_FILTERS: by.Filters[Customer] = {
    "name": by.contains(lambda r: r.name),
    "name_exact": by.exact(lambda r: r.name),
    "query": by.contains(lambda r: r.name, lambda r: r.abbreviation, lambda r: r.slug),
    "slug": by.exact(lambda r: r.slug),
    "abbreviation": by.contains(lambda r: r.abbreviation),
    "backend_id": by.exact(lambda r: r.backend_id),
    "archived": by.boolean(lambda r: r.archived),
    "is_service_provider": by.boolean(lambda r: bool(r.service_provider_uuid)),
}
_PROVIDER_FILTERS: by.Filters[Customer] = {
    "customer": by.by_url(lambda r: r.uuid, "/api/customers/*/"),
    "customer_uuid": by.one_uuid(lambda r: r.uuid),
    "customer_keyword": by.contains(lambda r: r.name, lambda r: r.abbreviation),
}
_ORDERS = {"name": lambda r: r.name, "created": lambda r: r.created.isoformat()}
_PROVIDER_ORDERS = {"customer_name": lambda r: r.name}


def list_customers(call: Call) -> Reply:
    """Answer the customers in which the user has any role."""
    rows = [customer for customer in call.store.customers if call.access.sees_customer(customer)]
    return listing(call, select(call, rows, _FILTERS, _ORDERS, default="name"), CUSTOMER_FIELDS)


def retrieve_customer(call: Call, uuid: str) -> Reply:
    """Answer one customer in which the user has any role."""
    return detail(call, find_customer(call, uuid), CUSTOMER_FIELDS)


def find_customer(call: Call, uuid: str) -> Customer:
    """Return a customer in which the user has any role, else raise 404."""
    customer = call.store.customers.get(parse_uuid(uuid))
    if customer is None or not call.access.sees_customer(customer):
        raise not_found("Customer")
    return customer


def list_providers(call: Call) -> Reply:
    """Answer all service providers."""
    rows = [customer for customer in call.store.customers if customer.service_provider_uuid]
    return listing(call, select(call, rows, _PROVIDER_FILTERS, _PROVIDER_ORDERS), PROVIDER_FIELDS)


def retrieve_provider(call: Call, uuid: str) -> Reply:
    """Answer one service provider."""
    return detail(call, find_provider(call, uuid), PROVIDER_FIELDS)


def find_provider(call: Call, uuid: str) -> Customer:
    """Return the customer behind a service provider, found by the provider's own UUID, else raise 404."""
    wanted = parse_uuid(uuid)
    for customer in call.store.customers:
        if wanted is not None and customer.service_provider_uuid == wanted:
            return customer
    raise not_found("ServiceProvider")
