"""Answers of the order endpoints."""

from federation_adapters.sandbox.areas.offerings.fields import show_offering
from federation_adapters.sandbox.areas.offerings.responses import find_provided
from federation_adapters.sandbox.areas.orders import models
from federation_adapters.sandbox.areas.orders.creation import Purchase, check_purchase, create
from federation_adapters.sandbox.areas.orders.fields import ORDER_FIELDS, PRIVILEGED
from federation_adapters.sandbox.areas.orders.filters import ORDER_FILTERS, ORDER_ORDERS
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import (
    detail,
    listing,
    paged,
    select,
    show,
    wanted_fields,
)
from federation_adapters.sandbox.conventions.scalars import parse_uuid, uuids_in_url
from federation_adapters.sandbox.entities import JsonObject, Offering, Order, Plan, Project
from federation_adapters.sandbox.exceptions import field_error, not_found

_NO_MATCH = "Invalid hyperlink - No URL match."
_NO_OBJECT = "Invalid hyperlink - Object does not exist."


def find(call: Call, uuid: str) -> Order:
    """Return an order the user sees, else raise 404."""
    order = call.store.orders.get(parse_uuid(uuid))
    if order is None or not call.access.sees_order(order):
        raise not_found("Order")
    return order


def list_orders(call: Call) -> Reply:
    """Answer the orders the user sees, oldest first; each row shown counts as one reading."""
    rows = [order for order in call.store.orders if call.access.sees_order(order)]
    return _page(call, select(call, rows, ORDER_FILTERS, ORDER_ORDERS))


def list_offering_orders(call: Call, uuid: str) -> Reply:
    """Answer all orders of an offering the user provides."""
    offering = find_provided(call, uuid)
    return _page(call, [order for order in call.store.orders if order.offering is offering])


def _page(call: Call, rows: list[Order]) -> Reply:
    if call.request.method != "HEAD":
        for order in paged(call, rows)[0]:
            models.read(call.store, order)
    return listing(call, rows, ORDER_FIELDS, privileged=PRIVILEGED)


def retrieve_order(call: Call, uuid: str) -> Reply:
    """Answer one order; this counts as one reading."""
    order = find(call, uuid)
    models.read(call.store, order)
    return detail(call, order, ORDER_FIELDS, privileged=PRIVILEGED)


def retrieve_offering_order(call: Call, uuid: str, order_uuid: str) -> Reply:
    """Answer one order of an offering the user provides."""
    offering = find_provided(call, uuid)
    order = find(call, order_uuid)
    if order.offering is not offering:
        raise not_found("Order")
    return detail(call, order, ORDER_FIELDS, privileged=PRIVILEGED)


def retrieve_order_offering(call: Call, uuid: str) -> Reply:
    """Answer the offering of an order."""
    return Reply(show_offering(call, find(call, uuid).offering))


def create_order(call: Call) -> Reply:
    """Create a resource and the order for it; `request_comment` and `callback_url` are accepted and lost."""
    body = call.body()
    project = _project(call, body)
    offering = _offering(call, body)
    attributes = inputs.mapping(body, "attributes")
    purchase = Purchase(
        offering=offering,
        project=project,
        plan=plan_in(call, body, offering),
        attributes=attributes,
        limits=inputs.amounts(inputs.mapping(body, "limits"), fractions=call.profile.fractional_limits),
        start_date=inputs.day(body, "start_date"),
        end_date=inputs.day(attributes, "end_date"),
        accepts_terms=inputs.flag(body, "accepting_terms_of_service", default=False),
        slug=inputs.text(body, "slug", default="") if call.user.is_staff else "",
    )
    check_purchase(call.store, purchase, call.user)
    order = create(call.store, purchase, call.user)
    return Reply(show(call, order, wanted_fields(call, ORDER_FIELDS, privileged=PRIVILEGED)), status=201)


def _project(call: Call, body: JsonObject) -> Project:
    parts = _link(body, "project", "/api/projects/*/")
    project = call.store.projects.get(parts[0])
    if project is None or not call.access.sees_project(project) or project.is_removed:
        raise field_error("project", _NO_OBJECT)
    return project


def _offering(call: Call, body: JsonObject) -> Offering:
    parts = _link(body, "offering", "/api/marketplace-public-offerings/*/")
    offering = call.store.offerings.get(parts[0])
    if offering is None or not call.access.sees_offering(offering):
        raise field_error("offering", _NO_OBJECT)
    return offering


def plan_in(call: Call, body: JsonObject, offering: Offering) -> Plan | None:
    """Return the pricing plan whose address the body gives, or None when it gives none.

    Raises:
        ApiError: 400 for another kind of address, an unknown plan, or one of another offering.
    """
    if body.get("plan") in (None, ""):
        return None
    offering_uuid, plan_uuid = _link(body, "plan", "/api/marketplace-public-offerings/*/plans/*/")
    owner = call.store.offerings.get(offering_uuid)
    plan = owner.plan(plan_uuid) if owner else None
    if plan is None:
        raise field_error("plan", _NO_OBJECT)
    if owner is not offering:
        raise field_error("plan", "This plan is not available for selected offering.")
    return plan


def _link(body: JsonObject, key: str, view: str) -> tuple[str, ...]:
    if body.get(key) in (None, ""):
        raise field_error(key, inputs.NOT_NULL if key in body else inputs.REQUIRED)
    parts = uuids_in_url(body[key], view)
    if parts is None:
        raise field_error(key, _NO_MATCH)
    return parts
