"""Which pricing plan a resource was on, from when to when."""

from federation_adapters.sandbox.entities import PlanPeriod, Resource
from federation_adapters.sandbox.store import Store


def begin_period(store: Store, resource: Resource) -> None:
    """End the running period of the resource and begin one on its present plan, if it has one."""
    running = running_period(store, resource)
    if running is not None:
        running.end = store.now()
    if resource.plan is not None:
        stamp = store.stamp()
        store.plan_periods.add(PlanPeriod(**stamp, resource=resource, plan=resource.plan, start=stamp["created"]))


def running_period(store: Store, resource: Resource) -> PlanPeriod | None:
    """Return the period that has not ended."""
    return next((row for row in store.plan_periods.find("resource", resource.uuid) if row.end is None), None)
