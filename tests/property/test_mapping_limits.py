"""Laws of limits: from A to B exactly, rounded once; and back to what B can honour."""

from fractions import Fraction
from math import trunc

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.strategies.units import (
    A_NAMES,
    a_limits_of,
    amounts,
    b_limits_of,
    ceil_mappings,
    factor_of,
    limits_over,
    mappings,
    one_to_one_mappings,
    pass_through,
    plain_mappings,
    plain_wishes,
    shared_mappings,
    split_mappings,
    wholes,
)

from federation_core.domain.errors import UnknownComponent
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import SharedUsage
from federation_core.domain.units import AComponent, BComponent


def plus(x, y):
    return {name: x.get(name, Fraction(0)) + y.get(name, Fraction(0)) for name in x.keys() | y.keys()}


def never_above(x, y):
    return all(value <= y[name] for name, value in x.items())


@given(limits_over(A_NAMES, amounts, AComponent))
def test_pass_through_is_identity(limits):
    assert pass_through(A_NAMES).exact_limits(limits) == limits


@given(limits_over(A_NAMES, wholes, AComponent))
def test_pass_through_is_identity_on_whole_limits_in_both_directions(limits):
    same = pass_through(A_NAMES)
    assert same.limits_to_b(limits) == limits
    assert same.limits_to_a({BComponent(name): value for name, value in limits.items()}) == limits


@given(mappings)
def test_nothing_maps_to_nothing(mapping):
    assert (
        mapping.exact_limits({}) == mapping.limits_to_b({}) == mapping.limits_to_a({}) == mapping.usage_to_a({}) == {}
    )


@given(plain_wishes(), st.data())
def test_a_limit_is_the_amount_times_the_factor_as_written(wish, data):
    mapping = wish.build()
    limits = data.draw(a_limits_of(mapping))
    expected = {
        component: limits[name] * factor_of(factor)
        for name, given_targets in wish.targets.items()
        if name in limits
        for component, factor in (given_targets or {name: 1}).items()
    }
    assert mapping.exact_limits(limits) == expected


@given(mappings, st.data())
def test_limits_are_additive(mapping, data):
    x, y = data.draw(a_limits_of(mapping)), data.draw(a_limits_of(mapping))
    assert mapping.exact_limits(plus(x, y)) == plus(mapping.exact_limits(x), mapping.exact_limits(y))


@given(mappings, amounts, st.data())
def test_limits_are_homogeneous(mapping, times, data):
    x = data.draw(a_limits_of(mapping))
    scaled = {name: value * times for name, value in x.items()}
    assert mapping.exact_limits(scaled) == {name: value * times for name, value in mapping.exact_limits(x).items()}


@given(mappings, st.data())
def test_limits_are_never_negative(mapping, data):
    x = data.draw(a_limits_of(mapping))
    assert all(value >= 0 for value in mapping.limits_to_b(x).values())


@given(mappings, st.data())
def test_more_on_a_is_never_less_on_b_after_rounding_too(mapping, data):
    x = data.draw(a_limits_of(mapping))
    more = plus(x, data.draw(a_limits_of(mapping)))
    assert never_above(mapping.exact_limits(x), mapping.exact_limits(more))
    assert never_above(mapping.limits_to_b(x), mapping.limits_to_b(more))


@given(mappings, st.data())
def test_results_name_the_targets_of_what_was_given_and_nothing_else(mapping, data):
    x = data.draw(a_limits_of(mapping))
    fed = {t.component for source in mapping.sources if source.component in x for t in source.targets}
    assert mapping.limits_to_b(x).keys() == mapping.exact_limits(x).keys() == fed
    assert fed <= mapping.b_components


@given(mappings, st.data())
def test_limits_to_a_name_only_components_of_a(mapping, data):
    y = data.draw(b_limits_of(mapping)) | {BComponent("foreign"): Fraction(1)}
    assert mapping.limits_to_a(y).keys() <= mapping.a_components


@given(mappings, st.data())
def test_an_unknown_component_raises_and_is_named_wherever_limits_of_a_are_taken(mapping, data):
    x = data.draw(a_limits_of(mapping)) | {AComponent("unheard"): Fraction(1)}
    for call in (mapping.exact_limits, mapping.limits_to_b, lambda limits: mapping.honours(limits, {})):
        with pytest.raises(UnknownComponent, match="unheard") as raised:
            call(x)
        assert [finding.path for finding in raised.value.findings] == ["unheard"]


@given(ceil_mappings, st.data())
def test_to_b_and_to_a_are_a_galois_connection_under_ceil(mapping, data):
    """What B can honour is exactly what fits: f(x) ≤ y if and only if x ≤ g(y)."""
    x = data.draw(a_limits_of(mapping, wholes, whole_set=True))
    close = {
        name: Fraction(max(0, value + data.draw(st.integers(-1, 1)))) for name, value in mapping.limits_to_b(x).items()
    }
    for y in (close, data.draw(b_limits_of(mapping, wholes, whole_set=True))):
        assert never_above(mapping.limits_to_b(x), y) == never_above(x, mapping.limits_to_a(y))


@given(plain_mappings, st.data())
def test_limits_to_a_is_the_largest_that_fits(mapping, data):
    y = data.draw(b_limits_of(mapping, whole_set=True))
    most = {name: Fraction(value) for name, value in mapping.limits_to_a(y).items()}
    assert most.keys() == mapping.a_components
    assert never_above(mapping.exact_limits(most), y)
    for name in most:
        assert not never_above(mapping.exact_limits(plus(most, {name: Fraction(1)})), y)


@given(one_to_one_mappings(), st.data())
def test_one_to_one_mappings_invert_exactly(mapping, data):
    x = data.draw(a_limits_of(mapping, wholes))
    assert mapping.limits_to_a(mapping.exact_limits(x)) == x


@given(shared_mappings, st.data())
def test_a_component_that_shares_a_target_is_not_told_by_limits(mapping, data):
    told = mapping.limits_to_a(data.draw(b_limits_of(mapping, wholes, whole_set=True))).keys()
    sharing = {s.component for s in mapping.sources if {t.component for t in s.targets} & mapping.shared_components}
    assert len(sharing) >= 2
    assert told == mapping.a_components - sharing


@given(plain_mappings, st.data())
def test_a_component_with_an_unseen_target_is_not_told_by_limits(mapping, data):
    y = data.draw(b_limits_of(mapping, wholes))
    told = {s.component for s in mapping.sources if all(t.component in y for t in s.targets)}
    assert mapping.limits_to_a(y).keys() == told


@given(mappings, st.data())
def test_quiet_fixed_point_b_already_shows_what_was_ordered(mapping, data):
    x = data.draw(a_limits_of(mapping))
    assert mapping.honours(x, mapping.limits_to_b(x))


@given(mappings, st.data())
def test_quiet_fixed_point_holds_for_limits_that_another_program_truncated(mapping, data):
    x = data.draw(a_limits_of(mapping))
    truncated = {name: Fraction(trunc(value)) for name, value in mapping.exact_limits(x).items()}
    assert mapping.honours(x, truncated)


@given(ceil_mappings, st.data())
def test_quiet_fixed_point_two_way_sync_does_not_ping_pong(mapping, data):
    x = data.draw(a_limits_of(mapping, wholes, whole_set=True))
    ordered = mapping.limits_to_b(x)
    pulled = {name: Fraction(value) for name, value in mapping.limits_to_a(ordered).items()}
    assert never_above(x, pulled)
    assert mapping.limits_to_b(pulled) == ordered
    assert mapping.honours(pulled, ordered)


@given(mappings, st.data())
def test_a_limit_a_whole_unit_off_is_not_honoured(mapping, data):
    x = data.draw(a_limits_of(mapping))
    shown = dict(mapping.exact_limits(x))
    assume(shown)
    off = data.draw(st.sampled_from(sorted(shown)))
    for wrong in (shown[off] + 1, shown[off] - 1):
        assert not mapping.honours(x, {**shown, off: wrong})
        assert mapping.honours(x, {**shown, off: wrong}, among=shown.keys() - {off})
    del shown[off]
    assert not mapping.honours(x, shown)


@given(split_mappings, st.data())
def test_amounts_for_one_target_are_summed_before_they_are_rounded(mapping, data):
    x = data.draw(a_limits_of(mapping, whole_set=True))
    (shared,) = mapping.shared_components
    parts = [x[s.component] * t.factor for s in mapping.sources for t in s.targets if t.component == shared]
    assert abs(mapping.limits_to_b(x)[shared] - sum(parts)) < 1


def test_exactness_where_binary_floats_fail():
    mapping = ComponentMapping.of({"a": {"x": 0.1}, "b": {"x": "0.2"}, "c": {"y": 0.29}}, shared=SharedUsage.SPLIT)
    limits = {AComponent("a"): Fraction(1), AComponent("b"): Fraction(1), AComponent("c"): Fraction(100)}
    assert mapping.exact_limits(limits) == {"x": Fraction(3, 10), "y": Fraction(29)}
    assert mapping.limits_to_b(limits) == {"x": 1, "y": 29}
