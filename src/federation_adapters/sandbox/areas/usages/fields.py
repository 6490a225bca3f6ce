"""Usages as JSON; amounts are texts with two decimals."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from federation_adapters.sandbox.conventions.listing import Fields
from federation_adapters.sandbox.conventions.scalars import show_date, show_moment
from federation_adapters.sandbox.entities import ComponentUsage, ComponentUserUsage, Resource, Row

RowT = TypeVar("RowT", bound=Row)


def show_amount(amount: Decimal) -> str:
    """Return the amount with two decimals."""
    return f"{amount:.2f}"


def _about(resource_of: Callable[[RowT], Resource]) -> Fields[RowT]:
    """Return the fields that tell what a row is about."""
    return {
        "resource_uuid": lambda r, _: resource_of(r).uuid,
        "resource_name": lambda r, _: resource_of(r).name,
        "offering_uuid": lambda r, _: resource_of(r).offering.uuid,
        "offering_name": lambda r, _: resource_of(r).offering.name,
        "project_uuid": lambda r, _: resource_of(r).project.uuid,
        "project_name": lambda r, _: resource_of(r).project.name,
        "customer_uuid": lambda r, _: resource_of(r).project.customer.uuid,
        "customer_name": lambda r, _: resource_of(r).project.customer.name,
    }


_TOTAL_SUBJECT: Fields[ComponentUsage] = _about(lambda r: r.resource)
_USER_SUBJECT: Fields[ComponentUserUsage] = _about(lambda r: r.total.resource)

USAGE_FIELDS: Fields[ComponentUsage] = {
    "uuid": lambda r, _: r.uuid,
    "created": lambda r, _: show_moment(r.created),
    "description": lambda r, _: r.description,
    "type": lambda r, _: r.component.type,
    "name": lambda r, _: r.component.name,
    "measured_unit": lambda r, _: r.component.measured_unit,
    "usage": lambda r, _: show_amount(r.usage),
    "date": lambda r, _: show_moment(r.date),
    "missing_usage_policy": lambda r, _: r.missing_usage_policy,
    "recurring": lambda r, _: r.missing_usage_policy == "reuse",
    **_TOTAL_SUBJECT,
    "billing_period": lambda r, _: show_date(r.billing_period),
    "modified_by": lambda r, _: r.modified_by.number if r.modified_by else None,
}

USER_USAGE_FIELDS: Fields[ComponentUserUsage] = {
    "uuid": lambda r, _: r.uuid,
    "user": lambda r, c: c.url("marketplace-offering-users", r.user.uuid) if r.user else None,
    "username": lambda r, _: r.username,
    "component_usage": lambda r, c: c.url("marketplace-component-usages", r.total.uuid),
    "usage": lambda r, _: show_amount(r.usage),
    "measured_unit": lambda r, _: r.total.component.measured_unit,
    "description": lambda r, _: r.description,
    "created": lambda r, _: show_moment(r.created),
    "modified": lambda r, _: show_moment(r.modified),
    "backend_id": lambda r, _: r.backend_id,
    **_USER_SUBJECT,
    "component_type": lambda r, _: r.total.component.type,
    "date": lambda r, _: show_moment(r.total.date),
    "billing_period": lambda r, _: show_date(r.total.billing_period),
}
OLD_USER_USAGE_FIELDS: Fields[ComponentUserUsage] = {
    name: field for name, field in USER_USAGE_FIELDS.items() if name != "billing_period"
}
