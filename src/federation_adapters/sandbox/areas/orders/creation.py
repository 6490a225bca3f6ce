"""Reading and judging the order of a new resource; nothing is written here but the final rows."""

from collections.abc import Mapping
from datetime import date, timedelta

import attrs

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.areas.orders import models
from federation_adapters.sandbox.areas.orders.limits import check_limits
from federation_adapters.sandbox.areas.orders.machine import Kind
from federation_adapters.sandbox.areas.orders.periods import begin_period
from federation_adapters.sandbox.areas.projects.models import is_ended
from federation_adapters.sandbox.entities import JsonObject, Number, Offering, Order, Plan, Project, Resource, User
from federation_adapters.sandbox.exceptions import cross_field_error, field_error, forbidden
from federation_adapters.sandbox.slugs import slugify
from federation_adapters.sandbox.store import Store

_LONGEST_NAME = 150


@attrs.frozen
class Purchase:
    """What somebody wants to buy.

    Attributes:
        slug: Wanted slug of the order; only staff may choose.
        end_date: Last day of the resource, from the attribute of that name.
    """

    offering: Offering
    project: Project
    plan: Plan | None = None
    attributes: JsonObject = attrs.field(factory=dict)
    limits: dict[str, Number] = attrs.field(factory=dict)
    start_date: date | None = None
    end_date: date | None = None
    accepts_terms: bool = False
    slug: str = ""

    @property
    def name(self) -> str:
        """Name of the future resource."""
        return str(self.attributes.get("name") or "")


def check_purchase(store: Store, purchase: Purchase, user: User) -> None:
    """Refuse a purchase the server would refuse.

    Raises:
        ApiError: 403 without the right to order, 400 for everything else.
    """
    offering, project = purchase.offering, purchase.project
    if offering.state != "Active":
        raise field_error("offering", "Offering is not available.")
    if project.is_removed or is_ended(store, project):
        raise cross_field_error("Cannot create orders for terminated projects.")
    if project.customer.blocked or project.customer.archived:
        raise cross_field_error("Blocked customers are not allowed to create orders.")
    access = Access(store, user)
    if store.profile.strict_create and not access.has_as_consumer("ORDER.CREATE", project):
        raise forbidden()
    _check_plan(store, purchase)
    _check_attributes(store, purchase)
    check_limits(store, offering, purchase.limits)
    _check_counts(store, purchase)
    _check_terms(store, purchase, user)


def _check_plan(store: Store, purchase: Purchase) -> None:
    if purchase.plan is None:
        if purchase.offering.shared and store.profile.strict_create:
            raise field_error("plan", "Plan is required when creating resources.")
    elif purchase.plan.archived or purchase.offering.plan(purchase.plan.uuid) is None:
        raise field_error("plan", "This plan is not available for selected offering.")


def _check_attributes(store: Store, purchase: Purchase) -> None:
    name = purchase.attributes.get("name")
    if isinstance(name, str) and len(name) > _LONGEST_NAME:
        text = f"Ensure this value has at most {_LONGEST_NAME} characters (it has {len(name)})."
        raise field_error("attributes.name", text)
    today = store.now().date()
    if purchase.end_date is not None and purchase.end_date < today:
        raise field_error("end_date", "Cannot be earlier than the current date.")
    if purchase.start_date is not None and purchase.start_date < today:
        raise field_error("start_date", "Cannot be earlier than the current date.")
    if purchase.offering.plugin_options.get("is_resource_termination_date_required") and purchase.end_date is None:
        offset = purchase.offering.plugin_options.get("default_resource_termination_offset_in_days")
        if not isinstance(offset, int):
            raise field_error("end_date", "This field is required.")
    declared = purchase.offering.options.get("options")
    if isinstance(declared, dict):
        for key, option in declared.items():
            _check_option(key, option, purchase.attributes)


def _check_option(key: str, option: object, attributes: Mapping[str, object]) -> None:
    """Refuse a missing or unfitting value of a declared option."""
    if not isinstance(option, dict):
        return
    if key not in attributes:
        if option.get("required") and "default" not in option:
            raise field_error("attributes", {key: ["This field is required."]})
        return
    value = attributes[key]
    kind = option.get("type", "string")
    choices = option.get("choices")
    if kind == "select_string" and isinstance(choices, list) and value not in choices:
        raise field_error("attributes", {key: [f'"{value}" is not a valid choice.']})
    if kind == "integer" and (isinstance(value, bool) or not isinstance(value, int)):
        raise field_error("attributes", {key: ["A valid integer is required."]})
    if kind == "boolean" and not isinstance(value, bool):
        raise field_error("attributes", {key: ["Must be a valid boolean."]})


def _check_counts(store: Store, purchase: Purchase) -> None:
    options, project = purchase.offering.plugin_options, purchase.project
    key = options.get("unique_resource_per_attribute")
    largest = options.get("maximal_resource_count_per_project")
    if not key and not largest:
        return
    living = [
        resource
        for resource in store.resources.find("project", project.uuid)
        if resource.offering is purchase.offering and resource.state != "Terminated"
    ]
    if isinstance(largest, int) and len(living) >= largest:
        raise cross_field_error(f"Project {project.name} has reached the maximum number of resources ({largest}).")
    if isinstance(key, str) and key in purchase.attributes:
        value = purchase.attributes[key]
        if any(resource.attributes.get(key) == value for resource in living):
            raise cross_field_error(f"Project {project.name} already has a resource with {key} = {value}.")


def _check_terms(store: Store, purchase: Purchase, user: User) -> None:
    offering = purchase.offering
    if not offering.terms_of_service or user.is_staff or user.is_support or purchase.accepts_terms:
        return
    if not store.has_consent(user, offering):
        raise cross_field_error(f"Terms of service for offering '{offering.name}' have not been accepted.")


def create(store: Store, purchase: Purchase, user: User) -> Order:
    """Insert the resource and its order, send the order on its way, and return it.

    The purchase has been checked; both rows appear together.
    """
    if purchase.accepts_terms and purchase.offering.terms_of_service:
        store.record_consent(user, purchase.offering)
    resource = add_resource(store, purchase)
    order = models.place(
        store,
        resource,
        Kind.CREATE,
        user,
        attributes=dict(purchase.attributes),
        limits=dict(purchase.limits),
        plan=purchase.plan,
        start_date=purchase.start_date if store.profile.start_dates else None,
    )
    if purchase.slug:
        order.slug = store.claim_slug("order", purchase.slug)
    models.submit(store, order, user)
    return order


def add_resource(store: Store, purchase: Purchase) -> Resource:
    """Insert the resource of a purchase, in state `Creating`."""
    offering = purchase.offering
    declared = offering.resource_options.get("options")
    keys = set(declared) if isinstance(declared, dict) else set()
    offset = offering.plugin_options.get("default_resource_termination_offset_in_days")
    end_date = purchase.end_date
    if end_date is None and isinstance(offset, int):
        end_date = store.now().date() + timedelta(days=offset)
    stamp = store.stamp()
    resource = Resource(
        **stamp,
        offering=offering,
        project=purchase.project,
        name=purchase.name,
        slug=store.claim_slug("resource", slugify(purchase.name or offering.name)),
        plan=purchase.plan,
        description=str(purchase.attributes.get("description") or ""),
        attributes=dict(purchase.attributes),
        options={key: value for key, value in purchase.attributes.items() if key in keys},
        limits=dict(purchase.limits),
        end_date=end_date,
        end_date_updated_at=stamp["created"] if end_date else None,
        last_sync=stamp["created"],
    )
    store.resources.add(resource)
    begin_period(store, resource)
    return resource
