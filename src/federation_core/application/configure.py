"""From plain configured values to the settings of the use cases; the one door for runners and plug-ins."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import TypeVar
from uuid import UUID

import attrs

from federation_core.application.wiring import OrderSettings
from federation_core.domain.errors import ConfigurationError, Finding
from federation_core.domain.ids import AOfferingId, BCustomerId
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import Attribution, SharedUsage
from federation_core.domain.orders.scene import Rules
from federation_core.domain.plan.policy import OrphanPolicy
from federation_core.domain.units import Rounding

__all__ = [
    "LIMIT_ROUNDINGS",
    "ORPHAN_POLICIES",
    "SHARED_USAGES",
    "USAGE_ATTRIBUTIONS",
    "ComponentMapping",
    "ComponentWish",
    "OrderSettings",
    "component_mapping",
    "order_settings",
]

LIMIT_ROUNDINGS = tuple(rule.value for rule in Rounding)
USAGE_ATTRIBUTIONS = tuple(rule.value for rule in Attribution)
SHARED_USAGES = tuple(rule.value for rule in SharedUsage)
ORPHAN_POLICIES = tuple(policy.value for policy in OrphanPolicy)

E = TypeVar("E", bound=Enum)


@attrs.frozen
class ComponentWish:
    """One A component as configured.

    Attributes:
        targets: B component -> factor, as a number or its decimal text; empty means pass-through.
        attribution: one of `USAGE_ATTRIBUTIONS`.
        primary_target: the target that the rule ``primary`` reads; empty for none.
    """

    targets: Mapping[str, object] = attrs.field(factory=dict)
    attribution: str = Attribution.SUM.value
    primary_target: str = ""


def component_mapping(
    components: Mapping[str, ComponentWish],
    *,
    rounding: str = Rounding.CEIL.value,
    shared: str = "",
    path: str = "backend_components",
) -> ComponentMapping:
    """Build the component mapping from configured words.

    Args:
        components: A component -> how it is mapped.
        rounding: one of `LIMIT_ROUNDINGS`.
        shared: one of `SHARED_USAGES`, or empty for none.
        path: where the components stand in the configuration; findings start with it.

    Raises:
        MappingError: what `ComponentMapping.of` refuses.
        ConfigurationError: a word that is not among the allowed ones.
    """
    rounding_rule = _word(Rounding, rounding, f"{path}: limit_rounding")
    shared_rule = _word(SharedUsage, shared, f"{path}: shared_target_usage") if shared else None
    return ComponentMapping.of(
        {name: wish.targets for name, wish in components.items()},
        rounding=rounding_rule,
        attribution={
            name: _word(Attribution, wish.attribution, f"{path}.{name}.usage_attribution")
            for name, wish in components.items()
        },
        primary={name: wish.primary_target for name, wish in components.items() if wish.primary_target},
        shared=shared_rule,
        path=path,
    )


def order_settings(
    *,
    offering: UUID,
    target_customer: UUID,
    mapping: ComponentMapping,
    target_plan: str = "",
    passthrough: Sequence[str] = (),
    accept_terms: bool = False,
    settle_seconds: float = 35.0,
    orphan_policy: str = OrphanPolicy.REPORT.value,
    tell_reasons: bool = True,
) -> OrderSettings:
    """Build the settings of the order use case from plain values.

    Raises:
        ConfigurationError: *orphan_policy* is not one of `ORPHAN_POLICIES`.
    """
    rules = Rules(
        offering=AOfferingId(offering),
        mapping=mapping,
        target_plan=target_plan,
        passthrough=tuple(passthrough),
        accept_terms=accept_terms,
        settle=timedelta(seconds=settle_seconds),
    )
    policy = _word(OrphanPolicy, orphan_policy, "orphan_policy")
    return OrderSettings(rules, BCustomerId(target_customer), policy, tell_reasons)


def _word(kind: type[E], word: str, path: str) -> E:
    try:
        return kind(word)
    except ValueError:
        allowed = ", ".join(str(member.value) for member in kind)
        raise ConfigurationError(Finding(path, f"{word!r} is not a known word", f"use one of: {allowed}")) from None
