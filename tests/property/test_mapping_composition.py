"""Laws of composition: A→B→C in one step is the same as in two."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.units import (
    a_limits_of,
    b_limits_of,
    mappings_after,
    pass_through,
    plain_mappings,
    split_mappings,
)

from federation_core.domain.errors import AmbiguousMapping, UnknownComponent
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import Attribution, SharedUsage
from federation_core.domain.units import AComponent

first_mappings = plain_mappings | split_mappings


def as_a(limits):
    return {AComponent(name): value for name, value in limits.items()}


@given(st.data())
def test_exact_limits_compose(data):
    first = data.draw(first_mappings)
    after = data.draw(mappings_after(first))
    x = data.draw(a_limits_of(first))
    assert first.then(after).exact_limits(x) == after.exact_limits(as_a(first.exact_limits(x)))


@given(st.data())
def test_usage_composes_the_other_way_round(data):
    first = data.draw(first_mappings)
    after = data.draw(mappings_after(first))
    used = data.draw(b_limits_of(after))
    assert first.then(after).usage_to_a(used) == first.usage_to_a(after.usage_to_a(used))


@given(st.data())
def test_composition_is_associative(data):
    first = data.draw(first_mappings)
    second = data.draw(mappings_after(first))
    third = data.draw(mappings_after(second, "d"))
    assert first.then(second).then(third) == first.then(second.then(third))


@given(first_mappings)
def test_pass_through_is_neutral(mapping):
    """On either side; the rounding is that of the last mapping, so it has to be the same one."""
    assert mapping.then(pass_through(mapping.b_components, mapping.rounding)) == mapping


@given(plain_mappings)
def test_pass_through_is_neutral_before_too(mapping):
    assert pass_through(mapping.a_components).then(mapping) == mapping


@given(st.data())
def test_whole_limits_of_a_composition_are_rounded_once_by_the_last_rule(data):
    first = data.draw(first_mappings)
    after = data.draw(mappings_after(first))
    x = data.draw(a_limits_of(first))
    assert first.then(after).limits_to_b(x) == after.limits_to_b(as_a(first.exact_limits(x)))


UNCOMPOSABLE = {
    "the second shares a target": (
        ComponentMapping.of({"a": {"x": 1, "y": 1}}),
        ComponentMapping.of({"x": {"c": 1}, "y": {"c": 1}}, shared=SharedUsage.SPLIT),
    ),
    "the first credits otherwise than by sum": (
        ComponentMapping.of({"a": {"x": 1}}, attribution={"a": Attribution.MAX}),
        pass_through("x"),
    ),
    "the second credits otherwise than by sum": (
        pass_through("x"),
        ComponentMapping.of({"x": {"c": 1}}, attribution={"x": Attribution.MEAN}),
    ),
    "the first shares by primary target": (
        ComponentMapping.of({"a": {"x": 1}, "b": {"x": 2}}, primary={"a": "x"}, shared=SharedUsage.PRIMARY),
        pass_through("x"),
    ),
}


@pytest.mark.parametrize(("first", "after"), UNCOMPOSABLE.values(), ids=UNCOMPOSABLE)
def test_mappings_whose_inverses_do_not_compose_are_refused(first, after):
    with pytest.raises(AmbiguousMapping):
        first.then(after)


def test_a_second_mapping_that_lacks_a_component_is_refused():
    with pytest.raises(UnknownComponent, match="y"):
        ComponentMapping.of({"a": {"x": 1, "y": 1}}).then(pass_through("x"))


def test_a_composition_multiplies_the_factors_exactly():
    third = ComponentMapping.of({"a": {"b": Fraction(1, 3)}}).then(ComponentMapping.of({"b": {"c": 3}}))
    assert third == ComponentMapping.of({"a": {"c": 1}})
