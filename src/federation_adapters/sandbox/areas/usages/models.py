"""Rules of usage reports: what may be reported, by whom, for which month; and the rows that result."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import attrs

from federation_adapters.sandbox.access import Access
from federation_adapters.sandbox.areas.orders.periods import running_period
from federation_adapters.sandbox.entities import (
    Component,
    ComponentUsage,
    ComponentUserUsage,
    OfferingUser,
    PlanPeriod,
    Resource,
    User,
)
from federation_adapters.sandbox.exceptions import cross_field_error, field_error, rule_error, server_error
from federation_adapters.sandbox.store import Store

MISSING_USAGE_POLICIES = ("none", "reuse", "zero")
REPORTABLE_STATES = frozenset({"OK", "Updating", "Terminating"})
_ZERO = Decimal("0.00")


@attrs.frozen
class Reading:
    """One component's amount in a report."""

    type: str
    amount: Decimal
    description: str = ""
    missing_usage_policy: str = "none"


@attrs.frozen
class UserReading:
    """One account's amount in a report; without an amount only a new row can be made."""

    username: str
    usage: Decimal | None
    account: OfferingUser | None = None
    date: datetime | None = None


def month_of(store: Store, moment: datetime) -> date:
    """Return the first day of the month in which *moment* lies, in the server's time zone."""
    return moment.astimezone(store.settings.time_zone).date().replace(day=1)


def period_to_report(store: Store, resource: Resource, given: PlanPeriod | None) -> PlanPeriod | None:
    """Return the period on a pricing plan that a report is about.

    Raises:
        ApiError: 400 when the one given ended before this month, or the resource has no plan.
    """
    if given is not None:
        if given.end is not None and month_of(store, given.end) < month_of(store, store.now()):
            raise field_error("plan_period", "Billing period is closed.")
        return given
    if resource.plan is None:
        raise field_error("plan", "Resource must have a plan to report usage.")
    return running_period(store, resource)


def check_reportable(resource: Resource) -> None:
    """Raise 400 unless the resource is in service."""
    if resource.state not in REPORTABLE_STATES:
        raise field_error("resource", "Resource is not in valid state.")


def components_of(store: Store, resource: Resource, types: Sequence[str]) -> list[Component]:
    """Return the components of these types.

    Raises:
        ApiError: 400 naming all types that do not exist or are not reported.
    """
    reported = {"usage", "limit", "one"} if store.profile.reports_once else {"usage", "limit"}
    known = {c.type: c for c in resource.offering.components if c.billing_type in reported}
    invalid = sorted({kind for kind in types if kind not in known})
    if invalid:
        raise rule_error(f"These components are invalid: {', '.join(invalid)}.")
    return [known[kind] for kind in types]


def check_date(
    store: Store, user: User, resource: Resource, components: Sequence[Component], moment: datetime | None
) -> datetime:
    """Return the moment a report is about: the one given where it may be given, else now.

    Raises:
        ApiError: 400 for the future, a role on the offering alone, and a past month that is closed.
    """
    now = store.now()
    if moment is None or not store.profile.honours_date:
        return now
    if moment > now:
        raise field_error("date", "Date cannot be in the future.")
    if user.is_staff:
        return moment
    if not Access(store, user).has("RESOURCE.SET_USAGE", resource.offering.customer):
        raise field_error("date", "Only staff users and service providers can specify date for backfilling.")
    month = month_of(store, moment)
    counted = any(component.billing_type == "usage" for component in components)
    if month < month_of(store, now) and counted and not _is_invoice_open(store, month):
        raise field_error("date", "Invoice of this month is already final.")
    return moment


def _is_invoice_open(store: Store, month: date) -> bool:
    """Tell whether the consumer's invoice of a past month can still change."""
    following = (month + timedelta(days=31)).replace(day=1)
    today = store.now().astimezone(store.settings.time_zone).date()
    return today < following + timedelta(days=store.settings.invoice_days)


def set_usage(
    store: Store,
    resource: Resource,
    period: PlanPeriod | None,
    moment: datetime,
    readings: Sequence[Reading],
    user: User | None = None,
) -> list[ComponentUsage]:
    """Make the readings the month's totals, whatever stood there, and return the rows.

    Components that are not mentioned keep their rows; what earlier pricing plans of the month hold is taken off.

    Raises:
        ApiError: 400 for an unfit component, or an amount beyond what a month or year may take.
    """
    components = components_of(store, resource, [reading.type for reading in readings])
    month = month_of(store, moment)
    rows = []
    for component, reading in zip(components, readings, strict=True):
        check_amount(store, resource, component, reading.amount, month)
        row = total_of(store, resource, component, period, month, moment)
        row.usage = reading.amount - frozen_part(store, row)
        row.date, row.description, row.modified_by = moment, reading.description, user
        row.missing_usage_policy = reading.missing_usage_policy
        store.touch(row)
        rows.append(row)
    shown = {reading.type: f"{reading.amount:.2f}" for reading in readings}
    kept = resource.current_usages if store.profile.keeps_other_usages else {}
    resource.current_usages = {**kept, **shown}
    return rows


def check_amount(store: Store, resource: Resource, component: Component, amount: Decimal, month: date) -> None:
    """Refuse more than a component may use in its period; what is stored counts in full, also what is overwritten.

    Raises:
        ApiError: 400 naming both numbers.
    """
    if component.limit_amount is None or component.billing_type != "usage":
        return
    rows = [row for row in store.usages.find("resource", resource.uuid) if row.component is component]
    if component.limit_period == "month":
        rows = [row for row in rows if row.billing_period == month]
    elif component.limit_period == "annual":
        rows = [row for row in rows if row.billing_period.year == month.year]
    total = sum((row.usage for row in rows), amount)
    if total > component.limit_amount:
        text = f"Total amount exceeds limit. Total amount: {total}, limit: {component.limit_amount}."
        raise rule_error(text)


def total_of(
    store: Store,
    resource: Resource,
    component: Component,
    period: PlanPeriod | None,
    month: date,
    moment: datetime,
) -> ComponentUsage:
    """Return the month's row of a component on a pricing plan; a new one says zero."""
    for row in store.usages.find("resource", resource.uuid):
        if row.component is component and row.billing_period == month and row.plan_period is period:
            return row
    return store.usages.add(
        ComponentUsage(
            **store.stamp(),
            resource=resource,
            component=component,
            plan_period=period,
            billing_period=month,
            date=moment,
            usage=_ZERO,
        )
    )


def frozen_part(store: Store, row: ComponentUsage) -> Decimal:
    """Return what the month's rows of the same component on other pricing plans hold."""
    others = (
        other.usage
        for other in store.usages.find("resource", row.resource.uuid)
        if other.component is row.component and other.billing_period == row.billing_period and other is not row
    )
    return sum(others, _ZERO)


def set_user_usages(
    store: Store, total: ComponentUsage, readings: Sequence[UserReading], user: User
) -> list[ComponentUserUsage]:
    """Make the readings the accounts' parts of the total, or of the total of the month each is dated in.

    Raises:
        ApiError: 400 for a date that is refused, 500 for a known account without an amount.
    """
    rows = []
    for reading in readings:
        target = _dated_total(store, total, reading, user)
        rows.append(put_user_usage(store, target, reading))
        if store.profile.raises_empty_totals and target.usage == 0:
            parts = sum((row.usage for row in store.user_usages.find("total", target.uuid)), _ZERO)
            target.usage = max(parts, target.usage)
    return rows


def _dated_total(store: Store, total: ComponentUsage, reading: UserReading, user: User) -> ComponentUsage:
    if reading.date is None or not store.profile.honours_date:
        return total
    moment = check_date(store, user, total.resource, [total.component], reading.date)
    month = month_of(store, moment)
    if month == total.billing_period:
        return total
    return total_of(store, total.resource, total.component, total.plan_period, month, moment)


def put_user_usage(store: Store, total: ComponentUsage, reading: UserReading) -> ComponentUserUsage:
    """Make the reading the account's part of the total and return its row; the account's link is set once.

    Raises:
        ApiError: 500 for a known account without an amount, as the server does.
    """
    row = next(iter(store.user_usages.find("account", (total.uuid, reading.username))), None)
    if row is None:
        return store.user_usages.add(
            ComponentUserUsage(
                **store.stamp(),
                total=total,
                username=reading.username,
                usage=_ZERO if reading.usage is None else reading.usage,
                user=reading.account,
            )
        )
    if reading.usage is None:
        raise server_error()
    row.usage = reading.usage
    store.touch(row)
    return row


def check_subject(resource: Resource | None, period: PlanPeriod | None) -> Resource:
    """Return the resource a report is about, or raise 400 when it names none."""
    if period is not None:
        return period.resource
    if resource is None:
        raise cross_field_error("Either plan_period or resource should be provided.")
    return resource
