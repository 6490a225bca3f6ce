"""Answers about usage, and the reports that write it.

Everybody with a token reads all rows: the server hides none, so a client has to ask for what it wants.
"""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from federation_adapters.sandbox.areas.usages import models
from federation_adapters.sandbox.areas.usages.fields import OLD_USER_USAGE_FIELDS, USAGE_FIELDS, USER_USAGE_FIELDS
from federation_adapters.sandbox.conventions import filters as by
from federation_adapters.sandbox.conventions import inputs
from federation_adapters.sandbox.conventions.call import Call, Reply, empty
from federation_adapters.sandbox.conventions.listing import Fields, SortKey, chosen_once, detail, listing, select
from federation_adapters.sandbox.conventions.scalars import parse_date, parse_uuid, uuids_in_url
from federation_adapters.sandbox.entities import (
    ComponentUsage,
    ComponentUserUsage,
    JsonObject,
    OfferingUser,
    PlanPeriod,
    Resource,
    Row,
)
from federation_adapters.sandbox.exceptions import field_error, forbidden, not_found
from federation_adapters.sandbox.store import Table

RowT = TypeVar("RowT", bound=Row)
_LONGEST_NAME = 100
_LONGEST_TEXT = 500
_PERIOD = "billing_period"
_USER_PERIOD = "component_usage__billing_period"
_RESOURCES = ("/api/marketplace-resources/*/", "/api/marketplace-provider-resources/*/")


def _filters(of: Callable[[RowT], ComponentUsage]) -> by.Filters[RowT]:
    """Return what both lists can be narrowed by."""
    return {
        "offering_uuid": by.one_uuid(lambda r: of(r).resource.offering.uuid),
        "resource_uuid": by.one_uuid(lambda r: of(r).resource.uuid),
        "resource": by.by_url(lambda r: of(r).resource.uuid, *_RESOURCES),
        "project_uuid": by.one_uuid(lambda r: of(r).resource.project.uuid),
        "customer_uuid": by.one_uuid(lambda r: of(r).resource.project.customer.uuid),
        "billing_period_year": by.number(lambda r: of(r).billing_period.year),
        "billing_period_month": by.number(lambda r: of(r).billing_period.month),
        "date_after": by.from_day(lambda r: of(r).date.date()),
        "date_before": by.to_day(lambda r: of(r).date.date()),
        "type": by.exact(lambda r: of(r).component.type),
    }


def _itself(row: ComponentUsage) -> ComponentUsage:
    return row


def _total(row: ComponentUserUsage) -> ComponentUsage:
    return row.total


_FILTERS: by.Filters[ComponentUsage] = {
    **_filters(_itself),
    _PERIOD: by.day(lambda r: r.billing_period),
    "missing_usage_policy": by.choice(lambda r: r.missing_usage_policy, models.MISSING_USAGE_POLICIES),
}
_USER_FILTERS: by.Filters[ComponentUserUsage] = {
    **_filters(_total),
    _USER_PERIOD: by.day(lambda r: r.total.billing_period),
    "username": by.contains(lambda r: r.username),
}
_ORDERS: dict[str, SortKey[ComponentUsage]] = {
    _PERIOD: lambda r: r.billing_period,
    "missing_usage_policy": lambda r: r.missing_usage_policy,
    "usage": lambda r: r.usage,
}
_USER_ORDERS: dict[str, SortKey[ComponentUserUsage]] = {
    _USER_PERIOD: lambda r: r.total.billing_period,
    "usage": lambda r: r.usage,
    "username": lambda r: r.username,
}


def list_usages(call: Call) -> Reply:
    """Answer totals, the latest report first."""

    def choose() -> list[ComponentUsage]:
        rows = _latest_first(_candidates(call, call.store.usages, _PERIOD), _itself)
        return select(call, rows, _FILTERS, _ORDERS)

    return listing(call, chosen_once(call, choose), USAGE_FIELDS)


def list_user_usages(call: Call) -> Reply:
    """Answer the parts of accounts, the latest report first."""

    def choose() -> list[ComponentUserUsage]:
        rows = _latest_first(_candidates(call, call.store.user_usages, _USER_PERIOD), _total)
        return select(call, rows, _USER_FILTERS, _USER_ORDERS)

    return listing(call, chosen_once(call, choose), _user_fields(call))


def list_user_limits(call: Call) -> Reply:
    """Answer the limits of single users: nobody here has any."""
    return listing(call, (), _user_fields(call))


def _user_fields(call: Call) -> Fields[ComponentUserUsage]:
    return USER_USAGE_FIELDS if call.profile.user_usage_periods else OLD_USER_USAGE_FIELDS


def _candidates(call: Call, table: Table[RowT], period: str) -> Iterable[RowT]:
    """Return the rows among which the filters have to choose: as few as the indexes tell at once."""
    args = call.request.args
    resource, offering = parse_uuid(args.get("resource_uuid")), parse_uuid(args.get("offering_uuid"))
    month = parse_date(args.get(period))
    found: list[Collection[RowT]] = []
    if resource:
        found.append(table.find("resource", resource))
    if offering and month:
        found.append(table.find("month", (offering, month)))
    elif offering:
        found.append(table.find("offering", offering))
    return min(found, key=len, default=table)


def _latest_first(rows: Iterable[RowT], of: Callable[[RowT], ComponentUsage]) -> list[RowT]:
    by_type = sorted(rows, key=lambda r: of(r).component.type)
    return sorted(by_type, key=lambda r: of(r).date, reverse=True)


def _find(call: Call, uuid: str) -> ComponentUsage:
    row = call.store.usages.get(parse_uuid(uuid))
    if row is None:
        raise not_found("ComponentUsage")
    return row


def retrieve_usage(call: Call, uuid: str) -> Reply:
    """Answer one total."""
    return detail(call, _find(call, uuid), USAGE_FIELDS)


def retrieve_user_usage(call: Call, uuid: str) -> Reply:
    """Answer the part of one account."""
    row = call.store.user_usages.get(parse_uuid(uuid))
    if row is None:
        raise not_found("ComponentUserUsage")
    return detail(call, row, _user_fields(call))


def set_usage(call: Call) -> Reply:
    """Report totals of one resource."""
    body = call.body()
    readings = inputs.each(body, "usages", _read_usage)
    moment = inputs.moment(body, "date")
    given = _plan_period(call, body)
    resource = models.check_subject(_resource(call, body), given)
    period = models.period_to_report(call.store, resource, given)
    models.check_reportable(resource)
    components = models.components_of(call.store, resource, [reading.type for reading in readings])
    _allow(call, resource)
    moment = models.check_date(call.store, call.user, resource, components, moment)
    models.set_usage(call.store, resource, period, moment, readings, call.user)
    return empty(201)


def _allow(call: Call, resource: Resource) -> None:
    if not call.access.has("RESOURCE.SET_USAGE", resource.offering, resource.offering.customer):
        raise forbidden()


def _resource(call: Call, body: JsonObject) -> Resource | None:
    if "resource" not in body:
        return None
    return _object(call.store.resources, body, "resource")


def _plan_period(call: Call, body: JsonObject) -> PlanPeriod | None:
    if "plan_period" not in body:
        return None
    return _object(call.store.plan_periods, body, "plan_period")


def _object(table: Table[RowT], body: JsonObject, key: str) -> RowT:
    text = inputs.text(body, key)
    uuid = parse_uuid(text)
    if uuid is None:
        raise field_error(key, f"“{text}” is not a valid UUID.")
    row = table.get(uuid)
    if row is None:
        raise field_error(key, f"Object with uuid={text} does not exist.")
    return row


def _read_usage(item: JsonObject) -> models.Reading:
    recurring = None if item.get("recurring") is None else inputs.flag(item, "recurring")
    policy = inputs.word(item, "missing_usage_policy", models.MISSING_USAGE_POLICIES, default="")
    wanted = {None: policy, True: "reuse", False: "none"}[recurring]
    if policy and wanted != policy:
        raise field_error("recurring", "Conflicts with missing_usage_policy.")
    return models.Reading(
        type=inputs.text(item, "type", blank=False),
        amount=inputs.amount(item, "amount"),
        description=inputs.text(item, "description", default="", longest=_LONGEST_TEXT),
        missing_usage_policy=wanted or "none",
    )


def set_user_usage(call: Call, uuid: str) -> Reply:
    """Report the part of one account in a total."""
    total = _find_for_report(call, uuid)
    models.set_user_usages(call.store, total, [_read_user_usage(call, call.body())], call.user)
    return empty(201)


def set_user_usages(call: Call, uuid: str) -> Reply:
    """Report the parts of several accounts in a total: all of them, or none."""
    total = _find_for_report(call, uuid)
    readings = inputs.each(call.body(), "usages", lambda item: _read_user_usage(call, item), may_be_empty=False)
    models.set_user_usages(call.store, total, readings, call.user)
    return empty(201)


def _find_for_report(call: Call, uuid: str) -> ComponentUsage:
    total = _find(call, uuid)
    _allow(call, total.resource)
    return total


def _read_user_usage(call: Call, item: JsonObject) -> models.UserReading:
    return models.UserReading(
        username=inputs.text(item, "username", longest=_LONGEST_NAME, blank=False),
        usage=inputs.amount(item, "usage") if "usage" in item else None,
        account=_account(call, item),
        date=inputs.moment(item, "date"),
    )


def _account(call: Call, item: JsonObject) -> OfferingUser | None:
    if item.get("user") is None:
        return None
    parts = uuids_in_url(item["user"], "/api/marketplace-offering-users/*/")
    if parts is None:
        raise field_error("user", "Invalid hyperlink - No URL match.")
    account = call.store.offering_users.get(parts[0])
    if account is None:
        raise field_error("user", "Invalid hyperlink - Object does not exist.")
    return account
