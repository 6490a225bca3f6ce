"""Limits of B as A shows them: only what B no longer honours changes.

A limit is quiet while B's limits lie between floor and ceiling of what it stands for, or are what the official agent once made of
it with binary fractions (100 × 0.29 became 28 there). Otherwise it becomes the most that B's limits can honour, which is then
quiet: the same B limits ask for no other value again.
"""

from fractions import Fraction

import attrs

from federation_core.domain.mapping.algebra import ComponentMapping, Source
from federation_core.domain.units import AComponent, ALimits, BComponent, BLimits, ceil, floor


@attrs.frozen
class Honoured:
    """What A's limits are by B's word.

    Attributes:
        limits: A's complete set, with the changed ones in place.
        untold: components that B no longer honours and whose limit cannot be told, because others share their targets.
    """

    limits: ALimits
    untold: tuple[AComponent, ...] = ()


def honoured(mapping: ComponentMapping, a_limits: ALimits, b_limits: BLimits) -> Honoured:
    """Compare in B's units, component by component; a component of B without a limit has no say.

    Args:
        mapping: how components of A stand for components of B.
        a_limits: limits that A shows; those that are not mapped stay as they are.
        b_limits: limits that B shows.
    """
    part = mapping.among(b_limits)
    known = {name: amount for name, amount in a_limits.items() if name in part.a_components}
    exact, told = part.exact_limits(known), part.limits_to_a(b_limits)
    asked = _in_binary(part, known)
    changed = [
        source.component
        for source in part.sources
        if source.component in known and not _is_quiet(source, exact, asked, b_limits)
    ]
    fresh = {name: Fraction(told[name]) for name in changed if name in told}
    return Honoured({**a_limits, **fresh}, tuple(name for name in changed if name not in told))


def _is_quiet(source: Source, exact: BLimits, asked: dict[BComponent, int], b_limits: BLimits) -> bool:
    names = [target.component for target in source.targets]
    return all(floor(exact[n]) <= b_limits[n] <= ceil(exact[n]) or b_limits[n] == asked.get(n) for n in names)


def _in_binary(mapping: ComponentMapping, limits: ALimits) -> dict[BComponent, int]:
    """What cutting off the binary product gives; amounts too large for it have none."""
    sums: dict[BComponent, float] = {}
    for source in mapping.sources:
        if source.component in limits:
            for target in source.targets:
                share = float(limits[source.component]) * float(target.factor)
                sums[target.component] = sums.get(target.component, 0.0) + share
    return {name: int(amount) for name, amount in sums.items()}
