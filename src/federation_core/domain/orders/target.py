"""What to order on B: whole limits, pricing plan, and whether the configuration fits B's offering at all."""

from federation_core.domain.catalogue import TargetOffering, choose_plan
from federation_core.domain.errors import ConfigurationError
from federation_core.domain.ids import BPlanId
from federation_core.domain.observed import Complete
from federation_core.domain.orders.scene import Rules, Scene
from federation_core.domain.records import AOrder, BResource
from federation_core.domain.units import BComponent, floor


def whole_limits(order: AOrder, rules: Rules, offering: TargetOffering) -> dict[BComponent, int]:
    """The limits that *order* stands for, as far as B's components take limits.

    Raises:
        UnknownComponent: the order has a component that the mapping does not name.
    """
    limited = offering.limit_components()
    return {name: value for name, value in rules.mapping.limits_to_b(order.limits).items() if name in limited}


def limits_of_update(order: AOrder, found: BResource, rules: Rules, offering: TargetOffering) -> dict[BComponent, int]:
    """The complete new set of limits for B's resource.

    B replaces the whole set, so limits of components that are none of ours are sent as they stand.

    Raises:
        UnknownComponent: the order has a component that the mapping does not name.
    """
    ours = rules.mapping.b_components
    kept = {
        name: floor(value)
        for name, value in found.limits.items()
        if name not in ours and name in offering.limit_components()
    }
    return {**kept, **whole_limits(order, rules, offering)}


def plan_for(order: AOrder, scene: Scene) -> BPlanId | str | None:
    """The pricing plan to order on B, None to order without, or a text saying why it cannot be told."""
    if not isinstance(scene.offering, Complete):
        return f"B's offering could not be read: {scene.offering.reason}"
    try:
        plan = choose_plan(scene.offering.value, order.plan_name, scene.rules.target_plan)
    except ConfigurationError as error:
        return str(error)
    return plan.id if plan else None


def misfit(order: AOrder, scene: Scene, offering: TargetOffering) -> str:
    """Why the configuration does not fit B's offering or this order; empty where it does."""
    missing = offering.missing(scene.rules.mapping.b_components)
    if missing:
        return f"B's offering has no component {', '.join(missing)}; correct target_components"
    try:
        whole_limits(order, scene.rules, offering)
    except ConfigurationError as error:
        return str(error)
    return ""
