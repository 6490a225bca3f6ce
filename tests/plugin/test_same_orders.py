"""Scenarios of the runner's orders, played with the official agent in its place: the ends are the same.

Left out are those that look at what a cycle reports, which core does not give back; `test_orders` has what they are about.
"""

from contextlib import contextmanager

import pytest
from tests.plugin.harness import agent
from tests.scenario import test_orders as scenarios

from federation_core.application.outcome import CycleReport

CREATE, UPDATE, END, AGAIN, ORPHANS = (
    scenarios.TestCreate,
    scenarios.TestUpdate,
    scenarios.TestTerminate,
    scenarios.TestRestore,
    scenarios.TestOrphans,
)
SAME = [
    (CREATE, "test_an_end_date_that_has_passed_is_not_sent"),
    (CREATE, "test_failed_on_b_ends_erred_with_its_reason"),
    (CREATE, "test_run_again_on_a_after_a_failure_asks_to_order_anew"),
    (CREATE, "test_content_that_b_refuses_ends_erred_with_bs_words"),
    (CREATE, "test_components_of_type_usage_are_ordered_without_limits"),
    (CREATE, "test_attributes_and_dates_travel_and_slugs_do_not"),
    (CREATE, "test_two_orders_of_a_new_project_make_one_project"),
    (CREATE, "test_a_project_in_the_hex_form_is_adopted"),
    (CREATE, "test_an_incumbents_resource_is_adopted_by_its_link"),
    (UPDATE, "test_done"),
    (UPDATE, "test_rejected"),
    (UPDATE, "test_limits_that_b_already_has_are_done_without_an_order"),
    (UPDATE, "test_limits_of_components_that_are_none_of_ours_stay"),
    (UPDATE, "test_pricing_plan"),
    (END, "test_done"),
    (END, "test_rejected_leaves_both_alive_and_can_be_ordered_again"),
    (END, "test_what_b_terminated_itself_is_done"),
    (END, "test_what_b_is_terminating_is_adopted"),
    (END, "test_proven_gone_is_done_and_merely_unseen_is_not"),
    (AGAIN, "test_refused_by_b_is_erred_and_never_created_anew"),
]


class AgentPlay:
    """A play whose cycles are the official agent's."""

    def __init__(self, it):
        self._it = it

    def __getattr__(self, name):
        return getattr(self._it.play, name)

    def cycle(self, **_options):
        self._it.cycle("order_process")
        return CycleReport()

    def living(self):
        order = self.place(name="living")
        self.cycle()
        self.b_finishes()
        self.cycle()
        resource = self.resource(order)
        assert resource.state == "OK"
        return resource, self.b.resource(resource.backend_id.replace("-", ""))


@pytest.fixture
def played(monkeypatch, tmp_path):
    """The scenarios' own `play`, with the agent."""

    @contextmanager
    def play(**options):
        with agent(monkeypatch, tmp_path, **options) as it:
            yield AgentPlay(it)

    monkeypatch.setattr(scenarios, "play", play)


@pytest.mark.parametrize(("group", "name"), SAME)
@pytest.mark.usefixtures("played")
def test_the_same_end(group, name):
    getattr(group(), name)()


@pytest.mark.parametrize("subtype", ["update_options", "renew"])
@pytest.mark.usefixtures("played")
def test_an_update_that_cannot_be_carried_over_is_erred_with_a_clear_text(subtype):
    scenarios.test_an_update_that_cannot_be_carried_over_is_erred_with_a_clear_text(subtype)
