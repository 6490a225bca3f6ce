"""Answers of the two views of resources: reading and plain changes."""

from collections.abc import Callable
from datetime import date

import attrs

from federation_adapters.sandbox.areas.orders.responses import find as find_order
from federation_adapters.sandbox.areas.resources.fields import RESOURCE_FIELDS
from federation_adapters.sandbox.areas.resources.filters import RESOURCE_FILTERS, RESOURCE_ORDERS
from federation_adapters.sandbox.areas.resources.models import check_offering_available
from federation_adapters.sandbox.areas.usages.fields import USAGE_FIELDS
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply
from federation_adapters.sandbox.conventions.listing import chosen_once, detail, listing, select, show
from federation_adapters.sandbox.conventions.scalars import parse_uuid, show_moment
from federation_adapters.sandbox.entities import Resource
from federation_adapters.sandbox.exceptions import forbidden, not_found

PRIVILEGED = ("error_traceback",)
_LONGEST_NAME = 150
_PERIOD_USAGE = {
    name: USAGE_FIELDS[name]
    for name in ("uuid", "created", "description", "type", "name", "measured_unit", "usage", "date", "billing_period")
}
_LONGEST_TEXT = 2000


@attrs.frozen
class View:
    """One of the two ways to look at resources.

    Attributes:
        sees: Whether the caller sees a resource this way.
        may: Whether the caller holds a permission on a resource this way.
    """

    sees: Callable[[Call, Resource], bool]
    may: Callable[[Call, str, Resource], bool]

    def find(self, call: Call, uuid: str) -> Resource:
        """Return a resource the caller sees, else raise 404."""
        resource = call.store.resources.get(parse_uuid(uuid))
        if resource is None or not self.sees(call, resource):
            raise not_found("Resource")
        return resource

    def find_for(self, call: Call, uuid: str, *permissions: str) -> Resource:
        """Return a resource for a write that needs all the *permissions*.

        Raises:
            ApiError: 404 when invisible, 403 when not permitted, 400 when the offering is out of service.
        """
        resource = self.find(call, uuid)
        if not all(self.may(call, permission, resource) for permission in permissions):
            raise forbidden()
        check_offering_available(resource)
        return resource


CONSUMER = View(
    sees=lambda call, resource: call.access.sees_resource_as_consumer(resource),
    may=lambda call, permission, resource: call.access.has_as_consumer(permission, resource.project),
)
PROVIDER = View(
    sees=lambda call, resource: call.access.sees_resource_as_provider(resource),
    may=lambda call, permission, resource: call.access.has_as_provider(permission, resource.offering),
)


def list_in(view: View) -> Callable[[Call], Reply]:
    """Make the handler of one list."""

    def handler(call: Call) -> Reply:
        def choose() -> list[Resource]:
            rows = [resource for resource in call.store.resources if view.sees(call, resource)]
            return select(call, rows, RESOURCE_FILTERS, RESOURCE_ORDERS)

        return listing(call, chosen_once(call, choose), RESOURCE_FIELDS, privileged=PRIVILEGED)

    return handler


def retrieve_in(view: View) -> Callable[[Call, str], Reply]:
    """Make the handler of one resource."""

    def handler(call: Call, uuid: str) -> Reply:
        return detail(call, view.find(call, uuid), RESOURCE_FIELDS, privileged=PRIVILEGED)

    return handler


def update_in(view: View) -> Callable[[Call, str], Reply]:
    """Make the handler of plain changes; an `end_date` that is left out is cleared, as on the server."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find_for(call, uuid)
        project, offering = resource.project, resource.offering
        if not call.access.has("RESOURCE.UPDATE", project, project.customer, offering, offering.customer):
            raise forbidden()
        body = call.body()
        end_date = inputs.day(body, "end_date")
        if "name" in body:
            resource.name = inputs.text(body, "name", longest=_LONGEST_NAME)
        if "description" in body:
            resource.description = inputs.text(body, "description", longest=_LONGEST_TEXT)
        change_end_date(call, resource, end_date)
        call.store.touch(resource)
        shown = {key: RESOURCE_FIELDS[key] for key in ("name", "description", "end_date")}
        return Reply(show(call, resource, shown))

    return handler


def change_end_date(call: Call, resource: Resource, end_date: date | None) -> None:
    """Set or clear the end date and note who did it when."""
    if resource.end_date != end_date:
        resource.end_date = end_date
        resource.end_date_updated_at = call.store.now()
        resource.end_date_requested_by = call.user


def retrieve_order_resource(call: Call, uuid: str) -> Reply:
    """Answer the resource of an order."""
    resource = find_order(call, uuid).resource
    return detail(call, resource, RESOURCE_FIELDS, privileged=PRIVILEGED)


def plan_periods_in(view: View) -> Callable[[Call, str], Reply]:
    """Make the handler that answers all periods of the resource on a pricing plan, unpaged, with what was used."""

    def handler(call: Call, uuid: str) -> Reply:
        resource = view.find(call, uuid)
        usages = call.store.usages.find("resource", resource.uuid)
        return Reply(
            [
                {
                    "uuid": period.uuid,
                    "plan_name": period.plan.name,
                    "plan_uuid": period.plan.uuid,
                    "start": show_moment(period.start),
                    "end": show_moment(period.end),
                    "components": [show(call, row, _PERIOD_USAGE) for row in usages if row.plan_period is period],
                }
                for period in call.store.plan_periods.find("resource", resource.uuid)
            ]
        )

    return handler
