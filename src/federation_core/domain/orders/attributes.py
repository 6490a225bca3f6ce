"""Which attributes travel with an order to B, and the marks by which it is found again.

A mark is an attribute of ours. Waldur copies an order's attributes to the resource in the same transaction, so a mark on the
order is a mark on the resource, whatever happened to the reply. Marks are spelled in hex.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from federation_core.domain.ids import AOfferingId, AOrderId, AResourceId, hexed, parse_uuid
from federation_core.domain.records import AOrder, AResource, Attributes

RESOURCE_MARK = "waldur_federation_resource"
OFFERING_MARK = "waldur_federation_offering"
ORDER_MARK = "waldur_federation_order"


def attributes_for_create(
    order: AOrder, resource: AResource, offering: AOfferingId, passthrough: Sequence[str], today: date
) -> dict[str, Any]:
    """All attributes of the order to place on B.

    The resource's name on A, the operator's choice of pass-through attributes, both marks, and the end date unless it has passed
    (B refuses a past one). Pass-through cannot replace a mark, the name or the date.
    """
    carried = {key: order.attributes[key] for key in passthrough if key in order.attributes}
    dates = {"end_date": resource.end_date.isoformat()} if resource.end_date and resource.end_date >= today else {}
    without_past = {key: value for key, value in carried.items() if key != "end_date"}
    return {
        **without_past,
        **dates,
        "name": resource.name,
        RESOURCE_MARK: hexed(resource.id),
        OFFERING_MARK: hexed(offering),
    }


def attributes_for_terminate(order: AOrderId) -> dict[str, str]:
    """The mark by which a Terminate order on B is known as the one of *order*."""
    return {ORDER_MARK: hexed(order)}


def resource_mark(attributes: Attributes) -> AResourceId | None:
    """The resource of A that a resource on B was ordered for, or None where it carries no such mark."""
    found = parse_uuid(attributes.get(RESOURCE_MARK))
    return None if found is None else AResourceId(found)


def offering_mark(attributes: Attributes) -> AOfferingId | None:
    """The offering of A that a resource on B was ordered through."""
    found = parse_uuid(attributes.get(OFFERING_MARK))
    return None if found is None else AOfferingId(found)


def order_mark(attributes: Mapping[str, Any]) -> AOrderId | None:
    """The order of A that a Terminate order on B serves."""
    found = parse_uuid(attributes.get(ORDER_MARK))
    return None if found is None else AOrderId(found)
