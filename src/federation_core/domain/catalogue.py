"""B's offering as an order meets it: whether it takes orders, which components take limits, which pricing plan to order."""

import enum
from collections.abc import Iterable, Mapping

import attrs

from federation_core.domain.errors import ConfigurationError, Finding
from federation_core.domain.ids import BOfferingId, BPlanId, parse_uuid
from federation_core.domain.units import BComponent, BillingType


class Demand(enum.Enum):
    """What an order asks of the offering."""

    CREATE = "create"
    CHANGE = "change"
    TERMINATE = "terminate"


_OPEN_STATES: Mapping[Demand, frozenset[str]] = {
    Demand.CREATE: frozenset({"Active"}),
    Demand.CHANGE: frozenset({"Active", "Paused"}),
    Demand.TERMINATE: frozenset({"Active", "Paused", "Archived"}),
}


@attrs.frozen
class PricingPlan:
    """A pricing plan of B's offering."""

    id: BPlanId
    name: str
    active: bool = True


@attrs.frozen
class TargetOffering:
    """B's offering; *components* maps component types to how they are billed."""

    id: BOfferingId
    name: str
    state: str
    components: Mapping[BComponent, BillingType]
    plans: tuple[PricingPlan, ...] = ()

    def takes(self, demand: Demand) -> bool:
        """Whether the offering's state allows such orders."""
        return self.state in _OPEN_STATES[demand]

    def limit_components(self) -> frozenset[BComponent]:
        """The components an order may set a limit for."""
        return frozenset(name for name, billing in self.components.items() if billing.takes_limits)

    def missing(self, components: Iterable[BComponent]) -> tuple[BComponent, ...]:
        """Those of *components* that the offering does not have, sorted."""
        return tuple(sorted(set(components) - self.components.keys()))


def choose_plan(offering: TargetOffering, a_plan: str, configured: str) -> PricingPlan | None:
    """Choose the pricing plan to order on B.

    | B's offering has | plan |
    | --- | --- |
    | an active plan named as the plan on A | that one |
    | else the plan that `target_plan` names, by name or UUID | that one |
    | else exactly one active plan | that one |
    | else no plan at all | none: ordered without |
    | else several | configuration error |

    Raises:
        ConfigurationError: several active plans and nothing that chooses between them, or `target_plan` names none of them.
    """
    active = sorted((plan for plan in offering.plans if plan.active), key=lambda plan: plan.id)
    named = [plan for plan in active if a_plan and plan.name == a_plan]
    wanted = [plan for plan in active if configured and (configured == plan.name or parse_uuid(configured) == plan.id)]
    if named:
        return named[0]
    if wanted:
        return wanted[0]
    names = ", ".join(sorted(plan.name for plan in active)) or "none"
    if configured:
        raise ConfigurationError(_plan_finding(f"{configured!r} is not an active pricing plan of B's offering", names))
    if len(active) > 1:
        raise ConfigurationError(
            _plan_finding(f"B's offering has several pricing plans and none is named {a_plan!r}", names)
        )
    return active[0] if active else None


def _plan_finding(cause: str, names: str) -> Finding:
    return Finding("backend_settings.target_plan", cause, f"set target_plan to one of: {names}")
