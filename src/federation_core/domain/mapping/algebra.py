"""A component mapping as a value: limits forwards and back, usage back, composition.

A mapping sends each A component to one or more B components with positive rational factors. With x on A and factor f the
exact image is x × f; a B component fed by several A components gets their sum. Everything is exact until `limits_to_b` and
`limits_to_a` give whole numbers, because Waldur's limits are whole.

The laws are tested in tests/property/test_mapping_*.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Self

import attrs

from federation_core.domain.errors import AmbiguousMapping, BadFactor, ConfigurationError, Finding, UnknownComponent
from federation_core.domain.mapping.attribution import Attribution, Credit, SharedUsage, attribute
from federation_core.domain.units import (
    AComponent,
    ALimits,
    BComponent,
    BLimits,
    Rounding,
    ceil,
    exact,
    floor,
    to_whole,
)


@attrs.frozen
class Target:
    """One B component and the number of its units that one unit on A stands for."""

    component: BComponent
    factor: Fraction


@attrs.frozen
class Source:
    """One A component, its targets in order of name, and how their usage is credited to it."""

    component: AComponent
    targets: tuple[Target, ...]
    attribution: Attribution = Attribution.SUM
    primary: BComponent | None = None


def _located(path: str, component: str, target: str = "") -> str:
    where = f"{path}.{component}" if path else component
    return f"{where}.target_components.{target}" if target else where


@attrs.frozen
class ComponentMapping:
    """A mapping that can be computed with; build one with `ComponentMapping.of`.

    Attributes:
        sources: in order of their A component, so that equal mappings are equal values.
        rounding: which whole limit on B stands for an exact one; `ceil` sells nobody less than they bought.
        shared: the rule for B components fed by several A components, or None where there are none.
    """

    sources: tuple[Source, ...]
    rounding: Rounding = Rounding.CEIL
    shared: SharedUsage | None = None

    @classmethod
    def of(
        cls,
        targets: Mapping[str, Mapping[str, object]],
        *,
        rounding: Rounding = Rounding.CEIL,
        attribution: Mapping[str, Attribution] | None = None,
        primary: Mapping[str, str] | None = None,
        shared: SharedUsage | None = None,
        path: str = "",
    ) -> Self:
        """Build a mapping from plain values, or refuse it with every mistake named.

        Args:
            targets: A component -> B component -> factor (number or its decimal text); no B component means pass-through,
                the component of the same name with factor 1.
            rounding: the rule for limits on B.
            attribution: A component -> rule for its usage; `sum` where absent.
            primary: A component -> the target its `primary` rule reads.
            shared: the rule for B components that several A components feed.
            path: where the mapping stands in the configuration, for the findings.

        Raises:
            BadFactor: a factor that is not a finite number above zero.
            AmbiguousMapping: a shared B component without a rule that settles whose its usage is.
            UnknownComponent: a primary target, or an attribution, for a component that is not mapped.
        """
        rules, firsts = attribution or {}, primary or {}
        _refuse(UnknownComponent, _stray_rules(targets, rules, firsts, path))
        _refuse(BadFactor, _bad_factors(targets, path))
        sources = tuple(
            Source(
                AComponent(name),
                tuple(_targets_of(name, targets[name])),
                rules.get(name, Attribution.SUM),
                BComponent(firsts[name]) if name in firsts else None,
            )
            for name in sorted(targets)
        )
        mapping = cls(sources, rounding, shared)
        _refuse(AmbiguousMapping, mapping._ambiguities(path))
        return mapping

    @property
    def a_components(self) -> frozenset[AComponent]:
        """The components of A that the mapping names."""
        return frozenset(source.component for source in self.sources)

    @property
    def b_components(self) -> frozenset[BComponent]:
        """The components of B that the mapping feeds."""
        return frozenset(target.component for source in self.sources for target in source.targets)

    @property
    def shared_components(self) -> frozenset[BComponent]:
        """The components of B that several A components feed."""
        counts = Counter(target.component for source in self.sources for target in source.targets)
        return frozenset(component for component, count in counts.items() if count > 1)

    def among(self, components: Iterable[BComponent]) -> "ComponentMapping":
        """The part of the mapping that feeds only these components of B; what feeds none of them is left out."""
        kept = frozenset(components)
        parts = (
            attrs.evolve(source, targets=tuple(t for t in source.targets if t.component in kept))
            for source in self.sources
        )
        return attrs.evolve(self, sources=tuple(part for part in parts if part.targets))

    def exact_limits(self, limits: ALimits) -> dict[BComponent, Fraction]:
        """The limits on B that *limits* on A stand for, before rounding.

        Args:
            limits: A component -> amount, zero or more.

        Returns:
            B component -> exact amount; a B component that receives nothing is absent, not zero.

        Raises:
            UnknownComponent: a key of *limits* is not mapped.
        """
        self._require_known(limits)
        result: dict[BComponent, Fraction] = {}
        for source in self.sources:
            if source.component in limits:
                for target in source.targets:
                    share = limits[source.component] * target.factor
                    result[target.component] = result.get(target.component, Fraction(0)) + share
        return result

    def limits_to_b(self, limits: ALimits) -> dict[BComponent, int]:
        """The whole limits to order on B for *limits* bought on A, rounded once, after summing.

        Raises:
            UnknownComponent: a key of *limits* is not mapped.
        """
        return {component: to_whole(value, self.rounding) for component, value in self.exact_limits(limits).items()}

    def limits_to_a(self, limits: BLimits) -> dict[AComponent, int]:
        """The largest whole limits on A that *limits* on B can honour.

        With `ceil` this is the upper adjoint of `limits_to_b`: f(x) ≤ y exactly when x ≤ g(y). A component of A is absent where B
        shows no limit for one of its targets, or where a target is shared with another component: then it cannot be told.
        """
        shared = self.shared_components
        result: dict[AComponent, int] = {}
        for source in self.sources:
            names = {target.component for target in source.targets}
            if names <= limits.keys() and not names & shared:
                result[source.component] = min(floor(limits[t.component] / t.factor) for t in source.targets)
        return result

    def honours(self, a_limits: ALimits, b_limits: BLimits, among: Iterable[BComponent] | None = None) -> bool:
        """Whether *b_limits* already stand for *a_limits*: each between floor and ceiling of the exact amount.

        The band is what keeps a limit quiet that another program once truncated instead of rounding.

        Args:
            a_limits: limits on A.
            b_limits: limits that B shows.
            among: the B components to compare; all that *a_limits* reach where None.

        Raises:
            UnknownComponent: a key of *a_limits* is not mapped.
        """
        wanted = self.exact_limits(a_limits)
        names = wanted.keys() if among is None else wanted.keys() & set(among)
        return all(name in b_limits and floor(wanted[name]) <= b_limits[name] <= ceil(wanted[name]) for name in names)

    def usage_to_a(self, usage: BLimits) -> dict[AComponent, Fraction]:
        """The usage on A that *usage* metered on B stands for, exactly.

        Args:
            usage: B component -> amount; components that are not mapped are left out (`unmapped` names them).

        Returns:
            A component -> exact amount; absent where none of its targets has a row, which is not the same as zero.
        """
        claims = Counter(target.component for source in self.sources for target in source.targets)
        result: dict[AComponent, Fraction] = {}
        for source in self.sources:
            credited = [
                self._credit(source, t, usage[t.component], claims) for t in source.targets if t.component in usage
            ]
            kept = [credit for credit in credited if credit is not None]
            if kept:
                result[source.component] = attribute(source.attribution, kept, len(source.targets))
        return result

    def unmapped(self, components: Iterable[BComponent]) -> tuple[BComponent, ...]:
        """Those of *components* that no A component feeds, sorted: to be reported once."""
        return tuple(sorted(set(components) - self.b_components))

    def then(self, after: "ComponentMapping") -> "ComponentMapping":
        """The mapping A→C of this one (A→B) followed by *after* (B→C).

        Composition is associative, pass-through is neutral, and exact limits and usage compose with it (usage the other way
        round).

        Raises:
            AmbiguousMapping: *after* has a shared component, or either uses another rule than `sum`: their inverses do not compose.
            UnknownComponent: *after* does not map a component that this one feeds.
        """
        plain = all(s.attribution is Attribution.SUM for m in (self, after) for s in m.sources)
        if after.shared_components or not plain:
            cause = "only mappings with usage rule 'sum', the second without shared components, compose"
            raise AmbiguousMapping(Finding("composition", cause, "convert in two steps instead"))
        factors: dict[str, Mapping[str, object]] = {
            source.component: _by_name(after.exact_limits({_as_a(t.component): t.factor for t in source.targets}))
            for source in self.sources
        }
        return ComponentMapping.of(factors, rounding=after.rounding, shared=self.shared)

    def _conserves(self, source: Source, shared: BComponent) -> bool:
        """Whether the usage rule of *source* credits all that it is given of a shared component."""
        if source.attribution is Attribution.SUM:
            return True
        alone = source.attribution is Attribution.PRIMARY and source.primary == shared
        return alone and self.shared is not SharedUsage.SPLIT

    def _credit(self, source: Source, target: Target, metered: Fraction, claims: Counter[BComponent]) -> Credit | None:
        is_primary = source.primary == target.component
        if claims[target.component] > 1:
            if self.shared is SharedUsage.PRIMARY and not is_primary:
                return None
            if self.shared is SharedUsage.SPLIT:
                metered = metered / claims[target.component]
        return Credit(metered / target.factor, is_primary)

    def _require_known(self, limits: ALimits) -> None:
        known = ", ".join(sorted(self.a_components)) or "none"
        _refuse(
            UnknownComponent,
            [
                Finding(name, "this component of A is not mapped", f"add it to backend_components (mapped: {known})")
                for name in sorted(limits.keys() - self.a_components)
            ],
        )

    def _ambiguities(self, path: str) -> Iterable[Finding]:
        for source in self.sources:
            if source.attribution is Attribution.PRIMARY and source.primary is None:
                cause = "usage rule 'primary' without a primary target"
                yield Finding(_located(path, source.component), cause, "name one of its targets as primary_target")
        for component in sorted(self.shared_components):
            feeders = [s for s in self.sources if component in {t.component for t in s.targets}]
            primaries = [s for s in feeders if s.primary == component]
            lossy = [s.component for s in feeders if not self._conserves(s, component)]
            if lossy:
                cause = f"usage rule of {', '.join(lossy)} would lose a part of {component!r}, which several components share"
                yield Finding(path or "backend_components", cause, "use usage_attribution 'sum' for them")
            if self.shared is None or (self.shared is SharedUsage.PRIMARY and len(primaries) != 1):
                names = ", ".join(s.component for s in feeders)
                yield Finding(
                    path or "backend_components",
                    f"{names} all feed {component!r} on B, so usage of it cannot be told apart",
                    "set shared_target_usage to 'split', or to 'primary' with primary_target in exactly one of them",
                )


def _as_a(component: BComponent) -> AComponent:
    return AComponent(component)


def _by_name(factors: Mapping[BComponent, Fraction]) -> dict[str, object]:
    return {str(component): factor for component, factor in factors.items()}


def _refuse(kind: type[ConfigurationError], findings: Iterable[Finding]) -> None:
    found = tuple(findings)
    if found:
        raise kind(*found)


def _targets_of(name: str, factors: Mapping[str, object]) -> Iterable[Target]:
    for component in sorted(factors) or [name]:
        factor = exact(factors.get(component, 1))
        if factor is not None:  # pragma: no branch - _bad_factors has refused the others
            yield Target(BComponent(component), factor)


def _bad_factors(targets: Mapping[str, Mapping[str, object]], path: str) -> Iterable[Finding]:
    for name, factors in sorted(targets.items()):
        for component, given in sorted(factors.items()):
            factor = exact(given)
            if factor is None or factor <= 0:
                where = f"{_located(path, name, component)}.factor"
                yield Finding(where, f"{given!r} is not a finite number above zero", "write a number such as 5 or 0.25")


def _stray_rules(
    targets: Mapping[str, Mapping[str, object]],
    rules: Mapping[str, Attribution],
    firsts: Mapping[str, str],
    path: str,
) -> Iterable[Finding]:
    for name in sorted((rules.keys() | firsts.keys()) - targets.keys()):
        yield Finding(
            _located(path, name), "a usage rule for a component that is not mapped", "map it or drop the rule"
        )
    for name in sorted(firsts.keys() & targets.keys()):
        if firsts[name] not in (targets[name] or {name: 1}):
            cause = f"primary_target {firsts[name]!r} is not one of its targets"
            yield Finding(_located(path, name), cause, "name one of target_components")
