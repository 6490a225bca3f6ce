"""Laws of limits that are taken over from B: they reach a quiet fixed point, whatever the mapping and whatever was there before."""

import math
from fractions import Fraction

import attrs
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fakes.fields import FakeFields
from tests.strategies.builders import a_limits, a_resource_pair, b_limits
from tests.strategies.units import (
    a_limits_of,
    b_limits_of,
    ceil_mappings,
    mappings,
    plain_mappings,
    wholes,
)

from federation_core.application.configure import Part
from federation_core.domain.fields.limits import honoured
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.units import ceil, floor

CYCLES = 10


@st.composite
def starts(draw, among=mappings):
    """A mapping, whole limits on A and on B."""
    mapping = draw(among)
    a, b = draw(a_limits_of(mapping, wholes)), draw(b_limits_of(mapping, wholes))
    return mapping, a, b


@st.composite
def ordered(draw):
    """A mapping, and limits on both sides as an order left them: rounded by rule, truncated, or truncated in binary."""
    mapping = draw(plain_mappings)
    a = draw(a_limits_of(mapping, wholes, whole_set=True))
    exact = mapping.exact_limits(a)
    binary = {
        target.component: Fraction(math.trunc(float(a[source.component]) * float(target.factor)))
        for source in mapping.sources
        for target in source.targets
    }
    by_rule = {name: Fraction(amount) for name, amount in mapping.limits_to_b(a).items()}
    truncated = {name: Fraction(floor(amount)) for name, amount in exact.items()}
    return mapping, a, draw(st.sampled_from([by_rule, truncated, binary]))


def cycles(mapping, a, b, count=CYCLES):
    """What A shows after each of so many cycles."""
    on_a, on_b = a_resource_pair()
    fake = FakeFields(a=[attrs.evolve(on_a, limits=a)], b=[attrs.evolve(on_b, limits=b)], mapping=mapping)
    shown = []
    for _ in range(count):
        fake.cycle([Part.RESOURCES])
        shown.append(dict(fake.on_a.limits))
    return shown, fake


FAN_OUT = ComponentMapping.of({"node": {"gpu": 5, "storage": 10}})


@given(ordered())
@example((FAN_OUT, a_limits(node=100), b_limits(gpu=500, storage=1000)))
@example((ComponentMapping.of({"node": {"gpu": "0.29"}}), a_limits(node=100), b_limits(gpu=29)))
@example((ComponentMapping.of({"node": {"gpu": "0.29"}}), a_limits(node=100), b_limits(gpu=28)))
@example((ComponentMapping.of({"node": {"gpu": "0.3"}}), a_limits(node=100), b_limits(gpu=30)))
@example((ComponentMapping.of({"node": {"gpu": "0.3"}}), a_limits(node=1), b_limits(gpu=0)))
def test_what_an_order_left_stays_for_ten_cycles(start):
    mapping, a, b = start
    shown, fake = cycles(mapping, a, b)
    assert shown == [a] * CYCLES
    assert fake.a_resources.writes == []


@given(starts())
def test_any_start_is_quiet_after_one_cycle(start):
    shown, fake = cycles(*start)
    assert shown == [shown[0]] * CYCLES
    assert len(fake.a_resources.writes) <= 1
    assert fake.plan([Part.RESOURCES]).is_empty


@given(starts())
def test_only_components_of_a_that_have_a_limit_get_another(start):
    mapping, a, b = start
    assert honoured(mapping, a, b).limits.keys() == a.keys()


@given(starts(ceil_mappings))
def test_b_can_honour_what_a_shows_then(start):
    mapping, a, b = start
    found = honoured(mapping, a, b)
    changed = {name: amount for name, amount in found.limits.items() if amount != a[name]}
    exact = mapping.among(b).exact_limits({k: v for k, v in changed.items() if k in mapping.among(b).a_components})
    assert all(ceil(amount) <= b[name] for name, amount in exact.items())


@given(starts(), st.randoms())
def test_the_order_of_names_changes_nothing(start, random):
    mapping, a, b = start
    names = list(b)
    random.shuffle(names)
    assert honoured(mapping, a, {name: b[name] for name in names}) == honoured(mapping, a, b)


@given(starts())
def test_part_of_a_mapping_feeds_only_what_it_is_asked_for(start):
    mapping, _, b = start
    part = mapping.among(b)
    assert part.b_components <= set(b) & mapping.b_components
    assert part.among(b) == part
    assert mapping.among(mapping.b_components) == mapping
