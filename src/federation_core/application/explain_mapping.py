"""Explaining a component mapping with amounts: what becomes of them on B, and on the way back."""

from collections.abc import Mapping
from fractions import Fraction

import attrs

from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.units import AComponent, BComponent, show


@attrs.frozen
class MappingLine:
    """One target of one A component, for people."""

    a_component: str
    b_component: str
    factor: str
    attribution: str


@attrs.frozen
class LimitsExplained:
    """Limits on A, what is ordered on B for them, and what those limits stand for on A."""

    given: Mapping[str, str]
    exact: Mapping[str, str]
    ordered: Mapping[str, str]
    back: Mapping[str, str]


@attrs.frozen
class UsageExplained:
    """Usage metered on B, what is reported on A for it, and what is left out."""

    given: Mapping[str, str]
    reported: Mapping[str, str]
    left_out: tuple[str, ...]


def lines_of(mapping: ComponentMapping) -> tuple[MappingLine, ...]:
    """Every arrow of the mapping."""
    return tuple(
        MappingLine(source.component, target.component, show(target.factor), source.attribution.value)
        for source in mapping.sources
        for target in source.targets
    )


def explain_limits(mapping: ComponentMapping, limits: Mapping[str, Fraction]) -> LimitsExplained:
    """Follow limits from A to B and back.

    Raises:
        UnknownComponent: a component of *limits* is not mapped.
    """
    given = {AComponent(name): value for name, value in limits.items()}
    ordered = mapping.limits_to_b(given)
    back = mapping.limits_to_a({name: Fraction(value) for name, value in ordered.items()})
    return LimitsExplained(
        given=_shown(given),
        exact=_shown(mapping.exact_limits(given)),
        ordered=_shown({name: Fraction(value) for name, value in ordered.items()}),
        back=_shown({name: Fraction(value) for name, value in back.items()}),
    )


def explain_usage(mapping: ComponentMapping, usage: Mapping[str, Fraction]) -> UsageExplained:
    """Follow usage from B to A."""
    given = {BComponent(name): value for name, value in usage.items()}
    return UsageExplained(
        given=_shown(given), reported=_shown(mapping.usage_to_a(given)), left_out=mapping.unmapped(given)
    )


def _shown(amounts: Mapping[AComponent, Fraction] | Mapping[BComponent, Fraction]) -> dict[str, str]:
    return {str(name): show(value) for name, value in sorted(amounts.items())}
