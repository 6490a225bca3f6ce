"""Answers of the public and the provider view of offerings."""

from collections.abc import Callable

from federation_adapters.sandbox.areas.offerings.fields import (
    PROVIDER_FIELDS,
    PUBLIC_FIELDS,
    offering_of_plan,
    show_plan,
    show_provider_plan,
)
from federation_adapters.sandbox.areas.offerings.models import STATES, move_offering
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import detail, listing, paged, select
from federation_adapters.sandbox.conventions.scalars import parse_uuid
from federation_adapters.sandbox.entities import Offering
from federation_adapters.sandbox.exceptions import forbidden, not_found

_FILTERS: by.Filters[Offering] = {
    "uuid_list": by.any_uuid(lambda o: o.uuid),
    "customer_uuid": by.one_uuid(lambda o: o.customer.uuid),
    "customer": by.by_url(lambda o: o.customer.uuid, "/api/customers/*/"),
    "state": by.choice(lambda o: o.state, STATES),
    "type": by.any_text(lambda o: o.type),
    "name": by.contains(lambda o: o.name),
    "name_exact": by.exact(lambda o: o.name),
    "slug": by.exact(lambda o: o.slug),
    "query": by.contains(lambda o: o.name, lambda o: o.slug, lambda o: o.description),
    "keyword": by.contains(lambda o: o.name, lambda o: o.description, lambda o: o.customer.name),
    "created": by.since(lambda o: o.created),
    "modified": by.since(lambda o: o.modified),
    "shared": by.boolean(lambda o: o.shared),
    "billable": by.boolean(lambda o: o.billable),
}
_ORDERS = {
    "name": lambda o: o.name,
    "created": lambda o: o.created.isoformat(),
    "type": lambda o: o.type,
    "state": lambda o: o.state,
}


def find_public(call: Call, uuid: str) -> Offering:
    """Return the offering if it is on display for the user, else raise 404."""
    offering = call.store.offerings.get(parse_uuid(uuid))
    if offering is None or not call.access.sees_offering(offering):
        raise not_found("Offering")
    return offering


def find_provided(call: Call, uuid: str) -> Offering:
    """Return the offering if the user provides it, else raise 404."""
    offering = call.store.offerings.get(parse_uuid(uuid))
    if offering is None or not call.access.provides(offering):
        raise not_found("Offering")
    return offering


def list_public(call: Call) -> Reply:
    """Answer the offerings on display."""
    rows = [offering for offering in call.store.offerings if call.access.sees_offering(offering)]
    return listing(call, select(call, rows, _FILTERS, _ORDERS), PUBLIC_FIELDS)


def retrieve_public(call: Call, uuid: str) -> Reply:
    """Answer one offering on display."""
    return detail(call, find_public(call, uuid), PUBLIC_FIELDS)


def list_plans(call: Call, uuid: str) -> Reply:
    """Answer all living pricing plans of an offering, unpaged."""
    offering = find_public(call, uuid)
    return Reply([show_plan(call, offering, plan) for plan in offering.plans if not plan.archived])


def retrieve_plan(call: Call, uuid: str, plan_uuid: str) -> Reply:
    """Answer one pricing plan of an offering."""
    offering = find_public(call, uuid)
    plan = offering.plan(parse_uuid(plan_uuid) or "")
    if plan is None:
        raise not_found("Plan")
    return Reply(show_plan(call, offering, plan))


def list_provided(call: Call) -> Reply:
    """Answer the offerings the user provides."""
    rows = [offering for offering in call.store.offerings if call.access.provides(offering)]
    return listing(call, select(call, rows, _FILTERS, _ORDERS), PROVIDER_FIELDS)


def retrieve_provided(call: Call, uuid: str) -> Reply:
    """Answer one offering the user provides."""
    return detail(call, find_provided(call, uuid), PROVIDER_FIELDS)


def life_cycle(action: str, permission: str) -> Callable[[Call, str], Reply]:
    """Make the handler of one life-cycle action."""

    def handler(call: Call, uuid: str) -> Reply:
        offering = find_provided(call, uuid)
        if not call.access.has(permission, offering, offering.customer):
            raise forbidden()
        move_offering(call.store, offering, action)
        return Reply({"detail": "Offering state updated.", "state": offering.state})

    return handler


def list_provider_plans(call: Call) -> Reply:
    """Answer the pricing plans of the offerings the user provides."""
    wanted = parse_uuid(call.request.args.get("offering_uuid"))
    offerings = [o for o in call.store.offerings if call.access.provides(o) and wanted in {None, o.uuid}]
    rows = [(offering, plan) for offering in offerings for plan in offering.plans]
    page, headers = paged(call, [plan for _, plan in rows])
    shown = {plan.uuid: offering for offering, plan in rows}
    return Reply([show_provider_plan(call, shown[plan.uuid], plan) for plan in page], headers=headers)


def retrieve_provider_plan(call: Call, uuid: str) -> Reply:
    """Answer one pricing plan of an offering the user provides."""
    found = offering_of_plan(call, parse_uuid(uuid) or "")
    if found is None or not call.access.provides(found[0]):
        raise not_found("Plan")
    return Reply(show_provider_plan(call, *found))
