"""Laws of usage: each attribution rule keeps what it promises, and what was not metered is not invented."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.units import (
    amounts,
    b_limits_of,
    fan_outs,
    mappings,
    one_to_one_mappings,
    shared_mappings,
    shared_wishes,
    split_mappings,
)

from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import Attribution, SharedUsage
from federation_core.domain.units import AComponent, BComponent

rules = st.sampled_from(Attribution)
additive_rules = st.sampled_from([Attribution.SUM, Attribution.MEAN, Attribution.PRIMARY])


def plus(x, y):
    return {name: x[name] + y[name] for name in x}


def factors_of(mapping, name):
    (source,) = [s for s in mapping.sources if s.component == name]
    return {target.component: target.factor for target in source.targets}


@given(one_to_one_mappings(), st.data())
def test_one_to_one_usage_inverts_limits_exactly(mapping, data):
    used = data.draw(b_limits_of(mapping))
    assert mapping.exact_limits(mapping.usage_to_a(used)) == used


@given(st.data())
def test_usage_at_full_use_is_the_limit_for_max_mean_and_primary(data):
    mapping = data.draw(st.sampled_from([Attribution.MAX, Attribution.MEAN, Attribution.PRIMARY]).flatmap(fan_outs))
    limit = data.draw(amounts)
    assert mapping.usage_to_a(mapping.exact_limits({"cpu": limit})) == {"cpu": limit}


@given(fan_outs(Attribution.SUM), amounts)
def test_usage_at_full_use_is_the_limit_once_per_target_for_sum(mapping, limit):
    count = len(mapping.b_components)
    assert mapping.usage_to_a(mapping.exact_limits({"cpu": limit})) == {"cpu": limit * count}


@given(additive_rules.flatmap(fan_outs), st.data())
def test_usage_is_additive_for_sum_mean_and_primary(mapping, data):
    x, y = (data.draw(b_limits_of(mapping, whole_set=True)) for _ in range(2))
    assert mapping.usage_to_a(plus(x, y)) == plus(mapping.usage_to_a(x), mapping.usage_to_a(y))


@given(fan_outs(Attribution.SUM), st.data())
def test_max_and_mean_are_never_above_sum(mapping, data):
    targets = {"cpu": factors_of(mapping, "cpu")}
    used = data.draw(b_limits_of(mapping, whole_set=True))
    by_rule = {
        rule: ComponentMapping.of(targets, attribution={"cpu": rule}).usage_to_a(used)[AComponent("cpu")]
        for rule in (Attribution.SUM, Attribution.MAX, Attribution.MEAN)
    }
    assert by_rule[Attribution.MEAN] <= by_rule[Attribution.MAX] <= by_rule[Attribution.SUM]
    assert by_rule[Attribution.MEAN] * len(targets["cpu"]) == by_rule[Attribution.SUM]


@given(fan_outs(Attribution.PRIMARY), st.data())
def test_primary_inverts_the_mapping_of_the_named_target_and_looks_at_no_other(mapping, data):
    used = data.draw(b_limits_of(mapping, whole_set=True))
    primary = mapping.sources[0].primary
    assert mapping.usage_to_a(used) == {"cpu": used[primary] / factors_of(mapping, "cpu")[primary]}


@given(rules.flatmap(fan_outs), st.data())
def test_a_target_without_a_row_counts_zero_beside_one_that_has_a_row(mapping, data):
    used = data.draw(b_limits_of(mapping))
    filled = {component: used.get(component, Fraction(0)) for component in mapping.b_components}
    assert mapping.usage_to_a(used) == (mapping.usage_to_a(filled) if used else {})


@given(mappings, st.data())
def test_usage_is_told_only_where_a_target_has_a_row(mapping, data):
    used = data.draw(b_limits_of(mapping))
    told = mapping.usage_to_a(used)
    assert told.keys() <= {s.component for s in mapping.sources if any(t.component in used for t in s.targets)}
    if mapping.shared is not SharedUsage.PRIMARY:
        assert told.keys() == {s.component for s in mapping.sources if any(t.component in used for t in s.targets)}


@given(mappings, st.data())
def test_usage_that_is_not_mapped_is_left_out_and_named(mapping, data):
    used = data.draw(b_limits_of(mapping))
    more = {**used, BComponent("zz-foreign"): Fraction(9), BComponent("aa-foreign"): Fraction(9)}
    assert mapping.usage_to_a(more) == mapping.usage_to_a(used)
    assert mapping.unmapped(more) == ("aa-foreign", "zz-foreign")


@given(shared_mappings, amounts)
def test_split_and_primary_conserve_b_s_total(mapping, metered):
    """Nothing of a shared component is lost or doubled: Σ credited × factor = metered."""
    (shared,) = mapping.shared_components
    credited = mapping.usage_to_a({shared: metered})
    assert sum(amount * factors_of(mapping, name)[shared] for name, amount in credited.items()) == metered


@given(split_mappings, amounts)
def test_split_gives_equal_parts_of_b_s_amount(mapping, metered):
    (shared,) = mapping.shared_components
    credited = mapping.usage_to_a({shared: metered})
    parts = {amount * factors_of(mapping, name)[shared] for name, amount in credited.items()}
    assert len(credited) >= 2
    assert parts == {metered / len(credited)}


@given(shared_wishes(rules=st.just(SharedUsage.PRIMARY)), amounts)
def test_shared_primary_gives_all_to_one_and_the_others_see_nothing(wish, metered):
    mapping = wish.build()
    ((owner, shared),) = wish.primary.items()
    assert mapping.usage_to_a({shared: metered}) == {owner: metered / factors_of(mapping, owner)[shared]}


def test_the_worked_example_of_the_manual():
    """500 gpu at 5 and 800 storage at 10 are 180 node hours."""
    mapping = ComponentMapping.of({"node hours": {"gpu": 5, "storage": 10}})
    used = {BComponent("gpu"): Fraction(500), BComponent("storage"): Fraction(800)}
    assert mapping.usage_to_a(used) == {"node hours": 180}


def test_with_primary_owners_what_is_fed_by_one_alone_is_credited_to_it_all_the_same():
    mapping = ComponentMapping.of(
        {"x": {"gpu": 1, "cpu": 2}, "y": {"gpu": 1}}, shared=SharedUsage.PRIMARY, primary={"x": "gpu"}
    )
    used = {BComponent("gpu"): Fraction(10), BComponent("cpu"): Fraction(4)}
    assert mapping.usage_to_a(used) == {"x": 12}
