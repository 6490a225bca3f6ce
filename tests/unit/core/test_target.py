import pytest
from tests.strategies.builders import (
    a_b_resource,
    a_limits,
    a_plan,
    a_scene,
    an_offering,
    an_order,
    b_limits,
    b_plan_id,
    some_rules,
)

from federation_core.domain.errors import UnknownComponent
from federation_core.domain.observed import Incomplete, Unreadable
from federation_core.domain.orders.target import limits_of_update, misfit, plan_for, whole_limits
from federation_core.domain.units import BillingType


def test_only_components_that_take_limits_get_one():
    order = an_order(limits=a_limits(node=3, hours=100))
    assert whole_limits(order, some_rules(), an_offering()) == {"gpu": 15}


def test_an_unmapped_component_is_refused():
    with pytest.raises(UnknownComponent, match="quantum"):
        whole_limits(an_order(limits=a_limits(quantum=1)), some_rules(), an_offering())


@pytest.mark.parametrize(
    ("shown", "sent"),
    [
        (b_limits(gpu=15, tape=4), {"gpu": 20, "tape": 4}),
        (b_limits(tape="9/2"), {"gpu": 20, "tape": 4}),
        (b_limits(hours=3, retired=7), {"gpu": 20}),
        ({}, {"gpu": 20}),
    ],
)
def test_an_update_sends_the_whole_set_with_foreign_limits_as_they_stand(shown, sent):
    order = an_order(limits=a_limits(node=4))
    assert limits_of_update(order, a_b_resource(limits=shown), some_rules(), an_offering()) == sent


@pytest.mark.parametrize("offering", [Unreadable("page 2 failed"), Incomplete(an_offering(), "page 2 failed")])
def test_no_plan_is_told_while_the_offering_is_unread(offering):
    assert plan_for(an_order(), a_scene(offering=offering)) == "B's offering could not be read: page 2 failed"


@pytest.mark.parametrize(
    ("plans", "plan"), [((a_plan(),), b_plan_id()), ((), None), ((a_plan(2, active=False),), None)]
)
def test_the_plan_to_order_or_none(plans, plan):
    assert plan_for(an_order(), a_scene(offering=an_offering(plans=plans))) == plan


def test_a_plan_that_cannot_be_chosen_is_told_in_words():
    told = plan_for(an_order(), a_scene(offering=an_offering(plans=(a_plan(1), a_plan(2, "Large")))))
    assert isinstance(told, str)
    assert "set target_plan to one of: Large, Standard" in told


@pytest.mark.parametrize(
    ("order", "offering", "words"),
    [
        (an_order(), an_offering(), ""),
        (an_order(), an_offering(components={"x": BillingType.LIMIT}), "no component gpu, hours; correct"),
        (an_order(limits=a_limits(quantum=1)), an_offering(), "quantum"),
    ],
)
def test_settings_that_do_not_fit_are_told_in_words(order, offering, words):
    told = misfit(order, a_scene(), offering)
    assert words in told
    assert bool(told) == bool(words)
