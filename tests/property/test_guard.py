"""Laws of the removal guard: a mass removal waits for a person, who releases exactly what was shown."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies.builders import a_resource_id, b_resource_id
from tests.strategies.ids import uuids

from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.plan.actions.orders import TerminateOrphan
from federation_core.domain.plan.policy import digest_of, guard_removals

removals = st.builds(
    TerminateOrphan, uuids.map(BResourceId), uuids.map(AResourceId), st.sampled_from(["", "terminated on A", "twin\n"])
)
plans = st.lists(removals, max_size=15, unique_by=lambda removal: removal.b_resource)


def some(count):
    return [TerminateOrphan(b_resource_id(n), a_resource_id(n), "gone") for n in range(count)]


@given(plans, st.integers(0, 200), st.text(max_size=12))
def test_nothing_is_lost_and_nothing_is_both_released_and_held(plan, owned, approved):
    guarded = guard_removals(plan, owned, approved)
    assert not (guarded.released and guarded.held)
    assert sorted(guarded.released + guarded.held, key=repr) == sorted(plan, key=repr)


@given(plans, st.integers(0, 200))
def test_held_means_more_than_ten_and_more_than_a_fifth(plan, owned):
    too_many = len(plan) > 10 and len(plan) > Fraction(owned, 5)
    assert bool(guard_removals(plan, owned).held) == too_many


@pytest.mark.parametrize(
    ("count", "owned", "held"),
    [
        (10, 10, False),
        (10, 0, False),
        (11, 54, True),
        (11, 55, False),
        (11, 11, True),
        (100, 500, False),
        (101, 500, True),
    ],
)
def test_the_guard_s_limits_exactly(count, owned, held):
    assert bool(guard_removals(some(count), owned).held) == held


@given(plans, st.integers(0, 200))
def test_the_digest_that_was_shown_releases_exactly_this_set(plan, owned):
    shown = guard_removals(plan, owned)
    assert guard_removals(plan, owned, shown.digest).held == ()
    assert guard_removals(plan, owned, shown.digest).digest == shown.digest


@given(st.lists(removals, min_size=12, max_size=15, unique_by=lambda removal: removal.b_resource))
def test_a_digest_releases_no_other_set(plan):
    """A set that grew, shrank or changed since it was shown is held again."""
    shown = guard_removals(plan[:-1], 0).digest
    assert guard_removals(plan, 0, shown).held
    assert guard_removals(plan[1:], 0, shown).held
    assert digest_of(plan) != digest_of(plan[:-1]) != digest_of(plan[1:])


@given(plans, st.randoms(use_true_random=False))
def test_the_order_of_the_removals_changes_nothing(plan, random):
    mixed = list(plan)
    random.shuffle(mixed)
    assert digest_of(mixed) == digest_of(plan)
    assert guard_removals(mixed, 20) == guard_removals(plan, 20)


@given(plans)
def test_a_digest_is_twelve_hex_digits(plan):
    digest = digest_of(plan)
    assert len(digest) == 12
    assert int(digest, 16) >= 0


def test_no_removals_have_no_digest():
    assert guard_removals([], 100) == guard_removals([], 0, "abc")
    assert guard_removals([], 100).digest == ""


def test_an_empty_approval_releases_nothing():
    assert guard_removals(some(11), 11, "").held


@given(plans, st.integers(0, 200), st.integers(0, 15), st.text(max_size=12))
def test_what_is_doubtful_is_held_however_little_it_is_and_released_by_its_own_digest(plan, owned, some, approved):
    doubtful = plan[:some]
    shown = guard_removals(plan, owned, approved, doubtful)
    assert set(shown.released) | set(shown.held) == set(plan)
    assert set(doubtful) <= set(shown.held) or approved == shown.digest
    assert not set(shown.released) & set(shown.held)
    released = guard_removals(plan, owned, guard_removals(plan, owned, "", doubtful).digest, doubtful)
    assert released.held == ()


def test_the_rest_is_not_held_with_a_few_doubtful_ones():
    plan = some(4)
    shown = guard_removals(plan, 100, "", plan[:1])
    assert (len(shown.released), shown.held) == (3, (plan[0],))
