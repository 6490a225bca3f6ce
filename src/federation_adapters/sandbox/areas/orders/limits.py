"""Which limits an offering accepts."""

from collections.abc import Mapping

from federation_adapters.sandbox.entities import Component, Number, Offering, Resource
from federation_adapters.sandbox.exceptions import field_error
from federation_adapters.sandbox.store import Store


def check_limits(
    store: Store, offering: Offering, limits: Mapping[str, Number], *, resource: Resource | None = None
) -> None:
    """Refuse limits that the offering does not sell.

    Args:
        store: For the amounts already sold.
        offering: What is ordered.
        limits: Component type -> amount.
        resource: The resource whose present limits do not count as sold, for a change.

    Raises:
        ApiError: 400 for components that are unknown or not billed by limit, and for amounts out of bounds.
    """
    for kind in limits:
        component = offering.component(kind)
        if component is None or component.billing_type != "limit":
            raise field_error("limits", f"Invalid components: {kind}.")
    for kind, amount in limits.items():
        component = offering.component(kind)
        if component is not None:
            _check_bounds(component, amount)
            _check_available(store, offering, component, amount, resource)


def _check_bounds(component: Component, amount: Number) -> None:
    if component.is_boolean and amount not in (0, 1):
        raise field_error("limits", f"The limit of boolean component {component.type} must be 0 or 1.")
    if component.max_value is not None and amount > component.max_value:
        text = f"The limit {amount} of component {component.type} exceeds the maximum {component.max_value}."
        raise field_error("limits", text)
    if component.min_value is not None and amount < component.min_value:
        text = f"The limit {amount} of component {component.type} is below the minimum {component.min_value}."
        raise field_error("limits", text)


def _check_available(
    store: Store, offering: Offering, component: Component, amount: Number, resource: Resource | None
) -> None:
    if component.max_available_limit is None:
        return
    sold = sum(
        other.limits.get(component.type, 0)
        for other in store.resources
        if other.offering is offering and other is not resource and other.state != "Terminated"
    )
    if sold + amount > component.max_available_limit:
        raise field_error("limits", f"Requested {component.type} exceeds what is available.")


def clamped(offering: Offering, limits: Mapping[str, Number]) -> dict[str, Number]:
    """Return the limits moved into the bounds of their components."""
    result: dict[str, Number] = {}
    for kind, amount in limits.items():
        component = offering.component(kind)
        low = component.min_value if component else None
        high = component.max_value if component else None
        raised = amount if low is None else max(amount, low)
        result[kind] = raised if high is None else min(raised, high)
    return result
