"""Histories that once failed, or once made us look closer, told step by step."""

from tests.stateful.engine import Trouble, Troubles
from tests.stateful.machine import Federations
from tests.stateful.worlds import Setup


def life(**setup):
    """A new history, to be told and ended."""
    told = Federations()
    told.two_marketplaces(setup=Setup(**setup))
    return told


def test_a_project_that_is_made_long_after_it_was_given_up_is_a_twin_and_the_oldest_is_used():
    told = life()
    told.somebody_joins(days=None, name="anna", project=1, role="PROJECT.MEMBER")
    told.a_user_orders(nodes=0, project=1)
    told.another_cycle_in_trouble(troubles=Troubles({}, {1: Trouble.LATE}))
    told.a_user_orders(nodes=0, project=1)
    told.b_deals_with_an_order_and_we_look(move="complete", pick=0, troubles=Troubles({0: Trouble.ANOTHER_AGENT}))
    told.time_passes(seconds=30)
    assert len(told.worlds.b.projects) == 2
    told.teardown()
    assert [[grant.user.username for grant in told.worlds.b.grants_on(one)] for one in told.worlds.b.projects] == [
        ["anna"],
        [],
    ]


def test_a_page_in_place_of_an_answer_to_a_link_is_not_taken_for_one():
    """Killed before it was linked, and done on B when we look again: it would be done on A without a link."""
    told = life()
    told.somebody_joins(days=None, name="anna", project=0, role="PROJECT.MEMBER")
    told.a_cycle(mode="all")
    told.a_user_orders(nodes=0, project=0)
    told.a_cycle_in_trouble(mode="all", troubles=Troubles({}, {3: Trouble.KILL_BEFORE}))
    assert [row.state for row in told.worlds.b.resources] == ["Creating"]
    told.bs_provider_deals_with_an_order(move="complete", pick=0)
    told.a_cycle_in_trouble(mode="order_process", troubles=Troubles({}, {1: Trouble.HTML}))
    told.teardown()
    (resource,) = told.worlds.a.resources
    assert resource.backend_id.replace("-", "") == told.worlds.b.resources[0].uuid


def test_a_twin_that_outlives_its_resource_on_a_is_ended_too():
    """Two agents made two; before either was ended, the one that is used was done, and ended by its user."""
    told = life()
    told.a_user_orders(nodes=0, project=0)
    told.a_cycle_in_trouble(mode="all", troubles=Troubles({}, {0: Trouble.KILL_AFTER}))
    told.time_passes(seconds=30)
    told.a_cycle_in_trouble(mode="all", troubles=Troubles({}, {0: Trouble.ANOTHER_AGENT}))
    told.bs_provider_completes_all()
    told.a_cycle_in_trouble(mode="all", troubles=Troubles({}, {0: Trouble.KILL_AFTER}))
    assert [row.state for row in told.worlds.b.resources] == ["OK", "OK"]
    told.a_user_ends_a_resource(pick=0)
    told.teardown()
    assert [row.state for row in told.worlds.b.resources] == ["Terminated", "Terminated"]


def test_who_may_stay_longer_on_a_is_let_in_again_where_b_carried_the_old_end_out_first():
    """No agent ran between the change on A and the end on B."""
    told = life()
    told.a_user_orders(nodes=0, project=0)
    told.somebody_joins(days=5, name="anna", project=0, role="PROJECT.MEMBER")
    told.a_cycle(mode="all")
    told.bs_provider_completes_all()
    told.a_cycle(mode="all")
    told.what_must_always_hold()
    (mirror,) = told.worlds.mirrors().values()
    assert [grant.user.username for grant in told.worlds.b.grants_on(mirror)] == ["anna"]
    told.somebody_joins(days=None, name="anna", project=0, role="PROJECT.MEMBER")
    told.time_passes(seconds=20 * 86_400)
    told.what_must_always_hold()
    assert not told.worlds.b.grants_on(mirror)
    told.teardown()
    assert [grant.user.username for grant in told.worlds.b.grants_on(mirror)] == ["anna"]


def test_who_was_withdrawn_by_another_agent_is_introduced_again():
    """The first agent, restarted since, had seen that B shows her as A does, and had never learned her account."""
    told = life()
    told.somebody_joins(days=None, name="anna", project=0, role="PROJECT.MEMBER")
    told.a_user_orders(nodes=0, project=0)
    told.a_cycle(mode="all")
    told.an_agent_is_restarted()
    told.a_cycle(mode="all")
    told.a_user_thinks_better_of_an_order(pick=0)
    told.the_other_agent_runs(mode="membership_sync")
    (mirror,) = told.worlds.mirrors().values()
    assert not told.worlds.b.grants_on(mirror)
    told.a_user_orders(nodes=0, project=0)
    told.teardown()
    assert [grant.user.username for grant in told.worlds.b.grants_on(mirror)] == ["anna"]


def test_limits_that_were_taken_back_on_a_alone_cannot_be_told_to_an_old_one():
    told = life(bridge=False, old=True)
    told.a_user_orders(nodes=0, project=0)
    told.a_cycle(mode="all")
    told.bs_provider_completes_all()
    told.a_cycle(mode="all")
    told.a_user_changes_limits(nodes=50, pick=0)
    told.a_cycle(mode="all")
    told.a_user_thinks_better_of_an_order(pick=0)
    told.teardown()
    assert told.worlds.a.resources[0].limits == {"node_hours": 0}
    assert told.worlds.b.resources[0].limits["gpu_hours"] == 250


def test_an_end_that_moves_within_a_second_is_the_same_end():
    told = life()
    told.a_user_orders(nodes=0, project=1)
    told.somebody_joins(days=5, name="anna", project=1, role="PROJECT.MANAGER")
    told.a_cycle(mode="all")
    told.somebody_joins(days=5, name="anna", project=1, role="PROJECT.MANAGER")
    told.teardown()


def test_new_limits_for_a_resource_whose_end_was_taken_back_too_late_are_refused_with_the_reason():
    told = life()
    told.a_user_orders(nodes=20, project=0)
    told.a_cycle(mode="all")
    told.bs_provider_completes_all()
    told.a_cycle(mode="all")
    told.a_user_ends_a_resource(pick=0)
    told.a_cycle(mode="all")
    told.what_must_always_hold()
    told.a_user_thinks_better_of_an_order(pick=0)
    told.a_user_changes_limits(nodes=1, pick=0)
    told.teardown()
    (order,) = [order for order in told.worlds.a.orders if order.type == "Update"]
    assert (order.state, "the resource is terminated on B" in order.error_message) == ("erred", True)
