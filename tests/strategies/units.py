"""Factors, amounts, mappings and limits, valid by construction, with the values that break naive arithmetic among them."""

from collections.abc import Mapping
from fractions import Fraction

import attrs
from hypothesis import strategies as st

from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import Attribution, SharedUsage
from federation_core.domain.units import AComponent, BComponent, Rounding, exact

A_NAMES = ("cpu", "gpu", "node hours", "")
B_NAMES = ("b-cpu", "b-gpu", "storage", "ram", "tape")

AWKWARD_FACTORS: tuple[object, ...] = (
    "0.29", 0.3, Fraction(1, 3), Fraction(7, 3), 10**12, "12.50", 0.1, 1, 5, "1e-6", " 2 ", Fraction(1, 10**12),
)  # fmt: skip
AWKWARD_AMOUNTS = (
    Fraction(0), Fraction(1), Fraction(29, 100), Fraction(3, 10), Fraction(1, 3), Fraction(10**12), Fraction(10**12 + 1),
)  # fmt: skip

factors = st.sampled_from(AWKWARD_FACTORS) | st.fractions(Fraction(1, 1000), 1000, max_denominator=1000)
amounts = st.sampled_from(AWKWARD_AMOUNTS) | st.fractions(0, 10**6, max_denominator=1000)
wholes = st.sampled_from([0, 1, 7, 10**12]) | st.integers(0, 1000)
roundings = st.sampled_from(Rounding)
shared_rules = st.sampled_from(SharedUsage)


@attrs.frozen
class Wish:
    """A mapping as plain values, as an operator writes it."""

    targets: Mapping[str, Mapping[str, object]]
    rounding: Rounding = Rounding.CEIL
    attribution: Mapping[str, Attribution] = attrs.field(factory=dict)
    primary: Mapping[str, str] = attrs.field(factory=dict)
    shared: SharedUsage | None = None

    def build(self) -> ComponentMapping:
        return ComponentMapping.of(
            self.targets,
            rounding=self.rounding,
            attribution=self.attribution,
            primary=self.primary,
            shared=self.shared,
        )


@st.composite
def plain_wishes(draw, rounding=roundings):
    """Each B component is fed by at most one A component; an A component without any is passed through."""
    names = draw(st.lists(st.sampled_from(A_NAMES), unique=True, max_size=len(A_NAMES)))
    targets: dict[str, dict[str, object]] = {name: {} for name in names}
    for component in B_NAMES:
        owner = draw(st.sampled_from([None, *names]))
        if owner is not None:
            targets[owner][component] = draw(factors)
    return Wish(targets, draw(rounding))


@st.composite
def shared_wishes(draw, rules=shared_rules):
    """At least one B component is fed by several A components, and a rule says whose its usage is."""
    names = draw(st.lists(st.sampled_from(A_NAMES), unique=True, min_size=2, max_size=len(A_NAMES)))
    targets: dict[str, dict[str, object]] = {name: {} for name in names}
    together = draw(st.sets(st.sampled_from(names), min_size=2))
    for name in sorted(together):
        targets[name][B_NAMES[0]] = draw(factors)
    for component in B_NAMES[1:]:
        owner = draw(st.sampled_from([None, *names]))
        if owner is not None:
            targets[owner][component] = draw(factors)
    rule = draw(rules)
    primary = {draw(st.sampled_from(sorted(together))): B_NAMES[0]} if rule is SharedUsage.PRIMARY else {}
    return Wish(targets, draw(roundings), primary=primary, shared=rule)


wishes = plain_wishes() | shared_wishes()
mappings = wishes.map(Wish.build)
plain_mappings = plain_wishes().map(Wish.build)
ceil_mappings = plain_wishes(rounding=st.just(Rounding.CEIL)).map(Wish.build)
shared_mappings = shared_wishes().map(Wish.build)
split_mappings = shared_wishes(rules=st.just(SharedUsage.SPLIT)).map(Wish.build)


@st.composite
def one_to_one_mappings(draw):
    names = draw(st.lists(st.sampled_from(A_NAMES), unique=True, min_size=1))
    return ComponentMapping.of(
        {name: {component: draw(factors)} for name, component in zip(names, B_NAMES, strict=False)}
    )


@st.composite
def fan_outs(draw, rule):
    """One A component with one to four targets, credited by *rule*; the first target is the primary one."""
    names = draw(st.lists(st.sampled_from(B_NAMES), unique=True, min_size=1, max_size=4))
    return ComponentMapping.of(
        {"cpu": {name: draw(factors) for name in names}}, attribution={"cpu": rule}, primary={"cpu": names[0]}
    )


@st.composite
def mappings_after(draw, first: ComponentMapping, prefix: str = "c"):
    """A mapping that takes every B component of *first* on, none of them together with another."""
    targets: dict[str, dict[str, object]] = {}
    for number, component in enumerate(sorted(first.b_components)):
        count = draw(st.integers(0, 2))
        targets[component] = {f"{prefix}{number}-{part}": draw(factors) for part in range(count)}
    return ComponentMapping.of(targets, rounding=draw(roundings))


def a_limits_of(mapping: ComponentMapping, values=amounts, *, whole_set: bool = False):
    """Limits on A for some of the components that *mapping* names, or for all of them."""
    return limits_over(sorted(mapping.a_components), values, AComponent, whole_set=whole_set)


def b_limits_of(mapping: ComponentMapping, values=amounts, *, whole_set: bool = False):
    """Limits or usage on B for some of the components that *mapping* feeds, or for all of them."""
    return limits_over(sorted(mapping.b_components), values, BComponent, whole_set=whole_set)


def limits_over(names, values, kind, *, whole_set=False):
    fractions = values.map(Fraction)
    each = {kind(name): fractions for name in names}
    return st.fixed_dictionaries(each) if whole_set else st.fixed_dictionaries({}, optional=each)


def factor_of(given: object) -> Fraction:
    """What a factor that is valid by construction amounts to."""
    found = exact(given)
    assert found is not None
    return found


def pass_through(names, rounding: Rounding = Rounding.CEIL) -> ComponentMapping:
    return ComponentMapping.of({name: {} for name in names}, rounding=rounding)
