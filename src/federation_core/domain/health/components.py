"""Checks of the component mapping against the components that both offerings really have."""

from collections.abc import Iterator

from federation_core.domain.health.seen import Seen, TargetShown, each
from federation_core.domain.health.table import Hit, Severity, check, hit
from federation_core.domain.mapping.algebra import Source
from federation_core.domain.units import BillingType

_KEY = "backend_components"


@check(
    "unit-factor",
    Severity.WARNING,
    cause="a factor of {factor} is not applied to what is federated",
    fix="write it into target_components as factor, if A's unit stands for so many of B's; else remove it",
)
def _unit_factor(seen: Seen) -> Iterator[Hit]:
    """No factor is configured where it has no effect."""
    for where, factor in sorted(seen.wishes.unit_factors.items()):
        yield hit(f"{_KEY}.{where}", factor=factor)


@check(
    "a-components",
    Severity.ERROR,
    needs=["a-fits"],
    cause="A's offering has no component {component}; it has {known}",
    fix="correct the name, or have A's provider add the component",
)
def _a_components(seen: Seen) -> Iterator[Hit]:
    """Every component that is mapped is on A's offering."""
    for offering in each(seen.a_offering):
        known = ", ".join(sorted(offering.components)) or "none"
        for component in sorted(seen.wishes.mapping.a_components - offering.components.keys()):
            yield hit(f"{_KEY}.{component}", component=component, known=known)


@check(
    "a-unmapped",
    Severity.ERROR,
    needs=["a-components"],
    cause="A's offering sells limits of {component}, which is not mapped, so orders with it are refused",
    fix="map the component, or have A's provider remove it",
)
def _a_unmapped(seen: Seen) -> Iterator[Hit]:
    """Every component of A that users buy limits of is mapped."""
    for offering in each(seen.a_offering):
        for component, billing in sorted(offering.components.items()):
            if billing.takes_limits and component not in seen.wishes.mapping.a_components:
                yield hit(_KEY, component=component)


@check(
    "accounting",
    Severity.WARNING,
    needs=["a-components"],
    cause="A bills {component} by {billing}, and the settings say {configured}",
    fix="write accounting_type: {billing}, or have A's provider change the component",
)
def _accounting(seen: Seen) -> Iterator[Hit]:
    """A bills every component as the settings say."""
    for offering in each(seen.a_offering):
        for component, configured in sorted(seen.wishes.accounting.items()):
            billing = {str(name): kind.value or "a way not known here" for name, kind in offering.components.items()}
            if billing.get(component, configured) != configured:
                where = f"{_KEY}.{component}.accounting_type"
                yield hit(where, component=component, billing=billing[component], configured=configured)


@check(
    "b-components",
    Severity.ERROR,
    needs=["b-fits"],
    cause="B's offering has no component {component}; it has {known}",
    fix="correct target_components, or have B's provider add the component",
)
def _b_components(seen: Seen) -> Iterator[Hit]:
    """Every component that the mapping feeds is on B's offering."""
    for shown in each(seen.b_offering):
        known = ", ".join(sorted(shown.offering.components)) or "none"
        for component in shown.offering.missing(seen.wishes.mapping.b_components):
            source = next(s for s in seen.wishes.mapping.sources if component in {t.component for t in s.targets})
            yield hit(f"{_KEY}.{source.component}.target_components.{component}", component=component, known=known)


@check(
    "limits-lost",
    Severity.WARNING,
    needs=["a-components", "accounting", "b-components"],
    cause="users of A buy limits of {component}, and B takes none for {targets}",
    fix="have B's provider bill it by limit, or A's by usage; limits are not ordered until then",
)
def _limits_lost(seen: Seen) -> Iterator[Hit]:
    """What users of A buy limits of takes limits on B."""
    for source, billing, shown in _sources(seen):
        lost = [t.component for t in source.targets if t.component not in shown.offering.limit_components()]
        if billing.takes_limits and lost:
            where = f"{_KEY}.{source.component}.target_components"
            yield hit(where, component=source.component, targets=", ".join(lost))


@check(
    "limits-unset",
    Severity.WARNING,
    needs=["a-components", "accounting", "b-components"],
    cause="B wants limits for {targets}, and users of A buy none of {component}",
    fix="have A's provider bill it by limit, or B's by usage; resources on B have no limit of it until then",
)
def _limits_unset(seen: Seen) -> Iterator[Hit]:
    """What takes limits on B is bought by limit on A."""
    for source, billing, shown in _sources(seen):
        unset = [t.component for t in source.targets if t.component in shown.offering.limit_components()]
        if not billing.takes_limits and unset:
            where = f"{_KEY}.{source.component}.target_components"
            yield hit(where, component=source.component, targets=", ".join(unset))


@check(
    "usage-unmetered",
    Severity.WARNING,
    needs=["a-components", "accounting", "b-components"],
    cause="A bills {component} by usage, and B meters none of {targets}",
    fix="map it to a component of B that is billed by usage or limit",
)
def _usage_unmetered(seen: Seen) -> Iterator[Hit]:
    """What A bills by usage is metered on B."""
    metered = {BillingType.USAGE, BillingType.LIMIT, BillingType.ONE}
    for source, billing, shown in _sources(seen):
        dark = [t.component for t in source.targets if shown.offering.components[t.component] not in metered]
        if billing is BillingType.USAGE and dark and seen.wishes.usage:
            where = f"{_KEY}.{source.component}.target_components"
            yield hit(where, component=source.component, targets=", ".join(dark))


@check(
    "b-unmapped",
    Severity.NOTE,
    needs=["b-components"],
    cause="B sells limits of {component}, which nothing of A stands for, so none is ordered",
    fix="map a component of A to it, if users of A need it",
)
def _b_unmapped(seen: Seen) -> Iterator[Hit]:
    """Every component of B that is sold by limit stands for something of A."""
    for shown in each(seen.b_offering):
        for component in sorted(shown.offering.limit_components() - seen.wishes.mapping.b_components):
            yield hit(f"B offering {seen.wishes.target_offering}", component=component)


def _sources(seen: Seen) -> Iterator[tuple[Source, BillingType, TargetShown]]:
    """Each mapped component, how A bills it, and B's offering; to be asked only where both sides have all components."""
    for offering in each(seen.a_offering):
        for shown in each(seen.b_offering):
            for source in seen.wishes.mapping.sources:
                yield source, offering.components[source.component], shown


COMPONENTS = (
    _unit_factor,
    _a_components,
    _a_unmapped,
    _accounting,
    _b_components,
    _limits_lost,
    _limits_unset,
    _usage_unmetered,
    _b_unmapped,
)
