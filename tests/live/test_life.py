"""The life of one resource on a live pair: ordered, used, changed, worked in by people, and terminated; then nothing is left."""

from contextlib import ExitStack
from fractions import Fraction

import pytest
from tests.live.pair import CONFIG, E2E, PROJECT, lacking

from federation_core.domain.errors import Refused
from federation_core.domain.ids import AResourceId
from federation_core.domain.months import Month
from federation_core.domain.units import AComponent

REASON = lacking(E2E, CONFIG, PROJECT)
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)
USED = Fraction(20)


@pytest.fixture(scope="module")
def ordered(pair):
    """A resource that was ordered on A and lives on both sides."""
    with ExitStack() as stack:
        found = pair.place(stack)
        order = pair.settle(found, found.order)
        assert order.state == "done", order.reason
        yield found


def test_what_was_ordered_on_a_lives_on_b(pair, ordered):
    a, b = pair.federation.a_resources().read(ordered.resource), pair.on_b(ordered)
    assert (a.state, b.state) == ("OK", "OK")
    assert a.backend_id == str(b.id)
    assert pair.settings.mapping.honours(pair.limits(10), b.limits)
    assert len(pair.federation.b_resources().list_for(b.for_offering, ordered.resource).value) == 1


def test_what_b_s_provider_reports_is_told_on_a(pair, ordered):
    federation = pair.federation
    components = {AComponent(name): USED for name in sorted(pair.settings.mapping.b_components)}
    try:
        pair.b_usage.set_totals(AResourceId(ordered.on_b), components, None)
    except Refused as refusal:
        pytest.skip(f"nobody here may report usage on B: {refusal}")
    assert not federation.sync_usage().run(only=[ordered.resource]).is_trouble
    month = Month.of(federation.a_clock().now(), pair.settings.usage.zone)
    told = {total.component: total.amount for total in federation.a_usage().totals(month, ordered.resource).value}
    assert told == pair.settings.mapping.usage_to_a(dict.fromkeys(pair.settings.mapping.b_components, USED))


def test_other_limits_are_ordered_on_b_too(pair, ordered):
    order = pair.shop.change_limits(ordered.resource, pair.limits(20))
    assert pair.settle(ordered, order).state == "done"
    assert pair.settings.mapping.honours(pair.limits(20), pair.on_b(ordered).limits)
    assert pair.federation.a_resources().read(ordered.resource).limits == pair.limits(20)


def test_people_of_the_project_whom_b_knows_work_there_too(pair, ordered):
    if "membership_sync" not in pair.settings.modes:
        pytest.skip("the settings name no backend for people")
    report = pair.carry_people()
    assert report is not None, "another project of A shares the one on B, and people of others are left alone"
    working = pair.people_on_b(ordered)
    if not pair.people_on_a() & working:
        pytest.skip("B knows nobody of the project")
    assert pair.carry_people().outcomes == ()
    assert pair.people_on_b(ordered) == working


def test_what_is_terminated_on_a_ends_on_b(pair, ordered):
    assert pair.terminate(ordered).state == "done"
    assert pair.on_b(ordered).state == "Terminated"
    assert pair.federation.a_resources().read(ordered.resource).state == "Terminated"
