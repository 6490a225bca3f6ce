"""Laws of construction: what cannot be computed with is refused and named; the order of writing changes nothing."""

from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.units import a_limits_of, b_limits_of, mappings, wishes

from federation_core.domain.errors import AmbiguousMapping, BadFactor, MappingError, UnknownComponent
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import Attribution, SharedUsage
from federation_core.domain.units import AComponent, BComponent, exact

BAD_FACTORS = [
    0, 0.0, "0", -2, "-0.5", float("nan"), float("inf"), "-inf", "NaN", "sNaN", Decimal("Infinity"), "five", "", "1/3",
    True, False, None, [5], {"factor": 5}, b"5", 1j, Fraction(0), Fraction(-1, 3),
]  # fmt: skip


@pytest.mark.parametrize("factor", BAD_FACTORS, ids=repr)
def test_a_factor_that_is_not_a_finite_number_above_zero_is_refused_and_located(factor):
    with pytest.raises(BadFactor) as raised:
        ComponentMapping.of({"cpu": {"gpu": 5, "tape": factor}}, path="offerings[0].backend_components")
    (finding,) = raised.value.findings
    assert finding.path == "offerings[0].backend_components.cpu.target_components.tape.factor"
    assert repr(factor) in finding.cause


@given(
    st.none() | st.booleans() | st.text() | st.floats() | st.integers() | st.fractions() | st.decimals()
    | st.lists(st.integers())
)  # fmt: skip
def test_any_value_is_either_an_exact_positive_factor_or_refused(value):
    number = exact(value)
    if number is not None and number > 0:
        (source,) = ComponentMapping.of({"cpu": {"gpu": value}}).sources
        assert source.targets[0].factor == number
    else:
        with pytest.raises(BadFactor):
            ComponentMapping.of({"cpu": {"gpu": value}})


def test_every_bad_factor_is_named_at_once():
    with pytest.raises(BadFactor) as raised:
        ComponentMapping.of({"cpu": {"gpu": 0}, "ram": {"tape": -1, "disk": 2}})
    assert [finding.path for finding in raised.value.findings] == [
        "cpu.target_components.gpu.factor",
        "ram.target_components.tape.factor",
    ]


AMBIGUOUS = {
    "two feed one, no rule": {"targets": {"a": {"x": 1}, "b": {"x": 2}}},
    "fed by name and by pass-through": {"targets": {"a": {"b": 1}, "b": {}}},
    "primary rule, nobody claims": {"targets": {"a": {"x": 1}, "b": {"x": 2}}, "shared": SharedUsage.PRIMARY},
    "primary rule, both claim": {
        "targets": {"a": {"x": 1}, "b": {"x": 2}},
        "shared": SharedUsage.PRIMARY,
        "primary": {"a": "x", "b": "x"},
    },
    "primary rule, the claim is for another target": {
        "targets": {"a": {"x": 1, "y": 1}, "b": {"x": 2}},
        "shared": SharedUsage.PRIMARY,
        "primary": {"a": "y"},
    },
    "credited by primary, none named": {
        "targets": {"a": {"x": 1, "y": 1}},
        "attribution": {"a": Attribution.PRIMARY},
    },
}


@pytest.mark.parametrize("plain", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_mapping_whose_usage_could_not_be_told_apart_is_refused(plain):
    plain = dict(plain)
    with pytest.raises(AmbiguousMapping) as raised:
        ComponentMapping.of(plain.pop("targets"), **plain)
    assert len(raised.value.findings) == 1


def test_an_ambiguity_names_all_feeders_and_what_would_settle_it():
    with pytest.raises(AmbiguousMapping) as raised:
        ComponentMapping.of({"b": {"x": 2}, "a": {"x": 1}}, path="offerings[0].backend_components")
    (finding,) = raised.value.findings
    assert finding.path == "offerings[0].backend_components"
    assert finding.cause.startswith("a, b all feed 'x' on B")
    assert "split" in finding.fix


STRAY = {
    "a primary target for nothing": {"primary": {"ghost": "x"}},
    "an attribution for nothing": {"attribution": {"ghost": Attribution.MAX}},
    "a primary target that is no target": {"primary": {"a": "ghost"}},
    "a primary target other than the one passed through": {"primary": {"same": "ghost"}},
}


@pytest.mark.parametrize("plain", STRAY.values(), ids=STRAY)
def test_a_rule_for_something_unmapped_is_refused_and_named(plain):
    with pytest.raises(UnknownComponent, match="ghost"):
        ComponentMapping.of({"a": {"x": 1}, "same": {}}, **plain)


def test_what_is_passed_through_may_be_named_as_primary_target():
    mapping = ComponentMapping.of({"same": {}}, attribution={"same": Attribution.PRIMARY}, primary={"same": "same"})
    assert mapping.usage_to_a({BComponent("same"): Fraction(3)}) == {"same": 3}


@pytest.mark.parametrize("kind", [BadFactor, AmbiguousMapping, UnknownComponent])
def test_every_refusal_is_a_mapping_error(kind):
    assert issubclass(kind, MappingError)


def unstructured(mapping):
    """A mapping as plain values again."""
    return {
        "targets": {s.component: {t.component: t.factor for t in s.targets} for s in mapping.sources},
        "rounding": mapping.rounding,
        "attribution": {s.component: s.attribution for s in mapping.sources},
        "primary": {s.component: s.primary for s in mapping.sources if s.primary is not None},
        "shared": mapping.shared,
    }


@given(mappings)
def test_taken_apart_and_built_again_it_is_the_same_mapping(mapping):
    plain = unstructured(mapping)
    assert ComponentMapping.of(plain.pop("targets"), **plain) == mapping


@given(wishes, st.randoms(use_true_random=False), st.data())
def test_the_order_of_writing_changes_nothing(wish, random, data):
    def mix(values):
        items = list(values.items())
        random.shuffle(items)
        return dict(items)

    mapping = wish.build()
    mixed = attrs.evolve(wish, targets={name: mix(targets) for name, targets in mix(wish.targets).items()}).build()
    assert mixed == mapping
    assert hash(mixed) == hash(mapping)
    limits, used = data.draw(a_limits_of(mapping)), data.draw(b_limits_of(mapping))
    assert mixed.limits_to_b(mix(limits)) == mapping.limits_to_b(limits)
    assert mixed.usage_to_a(mix(used)) == mapping.usage_to_a(used)


@given(st.sampled_from(["cpu", "ram", ""]))
def test_no_targets_is_the_component_of_the_same_name_with_factor_one(name):
    assert ComponentMapping.of({name: {}}) == ComponentMapping.of({name: {name: "1.0"}})


@pytest.mark.parametrize("rule", [Attribution.MEAN, Attribution.MAX])
@pytest.mark.parametrize("shared", list(SharedUsage))
def test_a_usage_rule_that_would_lose_a_part_of_a_shared_component_is_refused(rule, shared):
    with pytest.raises(AmbiguousMapping, match="would lose a part"):
        ComponentMapping.of(
            {"cpu": {"core": 2}, "gpu": {"core": 3, "card": 1}},
            shared=shared,
            attribution={"gpu": rule},
            primary={"cpu": "core"},
        )


def by_primary_of_gpu(primary, shared, path=""):
    """Two components feed `core`, of which `cpu` is primary or nobody; the usage of `gpu` is that of its primary target."""
    firsts = {"gpu": primary} | ({"cpu": "core"} if primary != "core" else {})
    return ComponentMapping.of(
        {"cpu": {"core": 2}, "gpu": {"core": 4, "card": 1}},
        shared=shared,
        attribution={"gpu": Attribution.PRIMARY},
        primary=firsts,
        path=path,
    )


def test_the_primary_rule_loses_nothing_of_a_shared_component_that_it_reads_alone():
    mapping = by_primary_of_gpu("core", SharedUsage.PRIMARY)
    used = {BComponent("core"): Fraction(8), BComponent("card"): Fraction(5)}
    assert mapping.usage_to_a(used) == {"gpu": 2}


@pytest.mark.parametrize(("primary", "shared"), [("core", SharedUsage.SPLIT), ("card", SharedUsage.PRIMARY)])
@pytest.mark.parametrize("path", ["", "offerings[0].backend_components"])
def test_the_primary_rule_is_refused_where_it_reads_a_part_of_a_shared_component_or_another(primary, shared, path):
    with pytest.raises(AmbiguousMapping, match="usage rule of gpu would lose a part of 'core'") as raised:
        by_primary_of_gpu(primary, shared, path)
    assert [finding.path for finding in raised.value.findings] == [path or "backend_components"]


def test_a_component_that_nothing_maps_is_refused_with_what_is_mapped():
    for mapping, known in ((ComponentMapping.of({}), "none"), (ComponentMapping.of({"b": {}, "a": {}}), "a, b")):
        with pytest.raises(UnknownComponent, match=f"mapped: {known}"):
            mapping.limits_to_b({AComponent("x"): Fraction(1)})
