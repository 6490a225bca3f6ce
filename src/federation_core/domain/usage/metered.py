"""What B metered in a month, in A's units: of all that a resource used, and of each person's share."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import attrs

from federation_core.domain.ids import BResourceId
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.units import AComponent, BComponent, to_hundredths
from federation_core.domain.usage.compare import summed
from federation_core.domain.usage.names import NameBook
from federation_core.domain.usage.records import BShare, BTotal

Person = tuple[AComponent, str]
"""A component, and what somebody is called on A."""


@attrs.frozen
class Metered:
    """The figures of one resource in one month, with two decimals, as A stores them.

    Attributes:
        totals: of the whole resource.
        shares: user name on A -> that person's figures.
    """

    totals: Mapping[AComponent, Fraction]
    shares: Mapping[str, Mapping[AComponent, Fraction]] = attrs.field(factory=dict, repr=False)


def in_a_units(metered: Mapping[BComponent, Fraction], mapping: ComponentMapping) -> dict[AComponent, Fraction]:
    """What the sums of B's figures are on A."""
    return {name: to_hundredths(value) for name, value in mapping.usage_to_a(metered).items()}


def shares_in_a_units(seen: Iterable[BShare], names: NameBook, mapping: ComponentMapping) -> dict[Person, Fraction]:
    """What people used, by what they are called on A; those whose name is somebody else's there are left out."""
    by_name: dict[str, list[BShare]] = {}
    for share in seen:
        name = names.on_a(share.name)
        if name is not None:
            by_name.setdefault(name, []).append(share)
    return {
        (component, name): value
        for name, shares in by_name.items()
        for component, value in in_a_units(summed((s.component, s.amount) for s in shares), mapping).items()
    }


def metered_by_resource(
    totals: Iterable[BTotal], shares: Iterable[BShare], mapping: ComponentMapping
) -> dict[BResourceId, Metered]:
    """The figures of each resource that has a total; one without any has no figure at all, which is no zero."""
    totals_of: dict[BResourceId, list[BTotal]] = {}
    shares_of: dict[BResourceId, list[BShare]] = {}
    for total in totals:
        totals_of.setdefault(total.resource, []).append(total)
    for share in shares:
        shares_of.setdefault(share.resource, []).append(share)
    return {
        resource: Metered(
            in_a_units(summed((one.component, one.amount) for one in rows), mapping),
            _by_person(shares_in_a_units(shares_of.get(resource, ()), NameBook(), mapping)),
        )
        for resource, rows in totals_of.items()
    }


def _by_person(shares: Mapping[Person, Fraction]) -> dict[str, dict[AComponent, Fraction]]:
    found: dict[str, dict[AComponent, Fraction]] = {}
    for (component, name), value in shares.items():
        found.setdefault(name, {})[component] = value
    return found
