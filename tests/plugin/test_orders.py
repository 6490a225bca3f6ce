"""Orders through the official agent's core: what is accepted, what waits, what is told, and what a restart does."""

import logging
from contextlib import ExitStack

import pytest
from tests.plugin.harness import agent
from tests.plugin.life import MODE, end

from federation_adapters.sandbox import ComponentSpec, Fault
from federation_runner.lane import SWEEP_SECONDS


@pytest.fixture
def it(monkeypatch, tmp_path):
    with agent(monkeypatch, tmp_path) as found:
        yield found


def living(it):
    """A resource of A that lives on B: both."""
    order = it.play.place(name="living")
    end(it, order)
    resource = it.play.resource(order)
    return resource, it.play.b.resource(resource.backend_id.replace("-", ""))


def warned(caplog):
    return " ".join(record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)


class TestAcceptance:
    def test_an_order_is_placed_in_the_cycle_in_which_it_is_accepted(self, it):
        order = it.play.place(name="climate")
        it.cycle(MODE)
        (made,), (b_order,) = it.play.b.resources, it.play.b.orders
        assert (made.name, made.limits) == ("climate", {"gpu_hours": 500, "storage_gb_hours": 1000})
        assert it.play.order(order).state == "executing"
        assert it.play.resource(order).backend_id.replace("-", "") == made.uuid
        assert it.play.order(order).backend_id.replace("-", "") == b_order.uuid
        assert it.lines == []

    @pytest.mark.parametrize(
        ("state", "reason"), [("Paused", "B's offering is Paused"), ("Archived", "B's offering could not be read")]
    )
    def test_nothing_is_accepted_while_bs_offering_takes_no_orders(self, it, caplog, state, reason):
        it.play.b.edit(it.play.pair.b.offering, state=state)
        order = it.play.place()
        it.cycle(MODE)
        assert it.play.order(order).state == "pending-provider"
        assert f"stays at the provider: {reason}" in warned(caplog)
        it.play.b.edit(it.play.pair.b.offering, state="Active")
        it.cycle(MODE)
        assert it.play.order(order).state == "executing"

    def test_while_b_is_down_the_offering_is_skipped(self, it, caplog):
        it.play.pair.b.sandbox.faults.add(Fault(kind="status", status=503, times=99))
        order = it.play.place()
        it.cycle(MODE)
        assert (it.play.order(order).state, it.lines) == ("pending-provider", [])
        assert "Skipping order processing" in warned(caplog)

    def test_a_lost_role_creates_nothing(self, it):
        it.play.b.revoke(it.play.pair.b.consumer_user, "CUSTOMER.OWNER", it.play.pair.b.customer)
        order = it.play.place()
        it.cycle(MODE)
        assert (it.play.order(order).state, it.play.b.resources) == ("pending-provider", ())

    def test_an_offering_that_drops_our_marks_stops_creating_after_one(self, it):
        def drop(_number, method, path, phase):
            if (method, path, phase) == ("POST", "/api/marketplace-orders/", "committed"):
                for resource in it.play.b.resources:
                    it.play.b.edit(resource, attributes={"name": "x"})

        it.play.pair.b.sandbox.observers.append(drop)
        orders = [it.play.place(name=name) for name in ("one", "two", "three")]
        for _ in range(3):
            it.cycle(MODE)
        assert len(it.play.b.resources) == 1
        states = sorted(it.play.order(order).state for order in orders)
        assert states == ["executing", "pending-provider", "pending-provider"]


class TestWaiting:
    def test_days_without_an_answer_of_b_cost_two_requests_a_cycle(self, it):
        order = it.play.place()
        it.cycle(MODE)
        it.cycle(MODE)  # in which it is looked for orphans
        writes, before = len(it.play.b_writes()), it.play.pair.b.sandbox.requests.total
        for _ in range(3):
            it.cycle(MODE)
        assert it.play.order(order).state == "executing"
        assert len(it.play.b_writes()) == writes
        assert it.play.pair.b.sandbox.requests.total - before == 3 * 2  # that B knows us, and where the order is

    def test_of_many_orders_only_those_that_have_ended_are_read(self, it):
        for number in range(12):
            it.play.place(name=f"r{number}")
        it.cycle(MODE)
        it.cycle(MODE)  # in which it is looked for orphans
        before = it.play.pair.b.sandbox.requests.total
        it.cycle(MODE)
        assert it.play.pair.b.sandbox.requests.total - before == 3

    def test_limits_wait_while_somebody_elses_order_is_open_on_b(self, it):
        resource, on_b = living(it)
        it.play.b.place_update(it.play.pair.b.consumer_user, on_b, limits={"gpu_hours": 1, "storage_gb_hours": 1})
        update = it.play.place_update(resource, {"node_hours": 7})
        it.cycle(MODE)
        assert it.play.order(update).state in {"pending-provider", "executing"}
        assert len([order for order in it.play.b.orders if order.type == "Update"]) == 1
        end(it, update)
        assert it.play.order(update).state == "done"
        assert it.play.b.resource(on_b.uuid).limits == {"gpu_hours": 35, "storage_gb_hours": 70}

    def test_a_rejection_is_told_in_bs_words_once(self, it):
        order = it.play.place()
        it.cycle(MODE)
        it.play.b_rejects("No capacity before May.")
        it.cycle(MODE)
        assert it.play.order(order).state == "erred"
        assert "No capacity before May." in it.play.order(order).error_message


class TestRestart:
    def test_what_was_placed_and_not_written_down_is_adopted(self, it):
        it.play.pair.a.sandbox.faults.add(
            Fault(kind="status", status=500, method="POST", path="/set_backend_id/", times=99)
        )
        order = it.play.place()
        it.cycle(MODE)
        assert it.play.resource(order).backend_id == ""
        it.play.pair.a.sandbox.faults.clear()
        it.restart()
        end(it, order)
        assert it.play.order(order).state == "done"
        assert len(it.play.b.resources) == 1

    def test_a_resource_whose_order_was_not_written_down_is_not_done_before_b_is(self, it):
        order = it.play.place()
        it.cycle(MODE)
        it.play.a.edit(it.play.order(order), backend_id="")
        it.restart()
        it.cycle(MODE)
        assert it.play.order(order).state == "executing"
        assert it.play.order(order).backend_id
        end(it, order)
        assert it.play.order(order).state == "done"

    def test_an_order_accepted_by_an_earlier_process_is_placed_after_a_while(self, monkeypatch, tmp_path):
        with agent(monkeypatch, tmp_path, extra={"create_settle_seconds": 3600}) as it:
            order = it.play.place()
            it.play.a.approve(it.play.order(order))
            it.cycle(MODE)
            assert it.play.b.resources == ()
            assert it.play.order(order).state == "executing"

    def test_a_new_order_is_placed_at_once_whatever_the_settings_say(self, monkeypatch, tmp_path):
        with agent(monkeypatch, tmp_path, extra={"create_settle_seconds": 3600}) as it:
            it.play.place()
            it.cycle(MODE)
            assert len(it.play.b.resources) == 1


class TestNobodyWants:
    def sweep(self, it):
        it.cycle(MODE)
        for several in it.known():
            several.swept -= SWEEP_SECONDS
        it.cycle(MODE)

    def orphan(self, it):
        resource, on_b = living(it)
        it.play.a.edit(resource, state="Terminated")
        return on_b

    def test_is_reported(self, it, caplog):
        on_b = self.orphan(it)
        caplog.set_level(logging.WARNING)
        self.sweep(it)
        assert "orphan: resource" in warned(caplog)
        assert it.play.b.resource(on_b.uuid).state == "OK"

    def test_is_removed_where_the_settings_say_so(self, monkeypatch, tmp_path):
        with agent(monkeypatch, tmp_path, extra={"orphan_policy": "terminate"}) as it:
            on_b = self.orphan(it)
            self.sweep(it)
            it.play.b_finishes()
            assert it.play.b.resource(on_b.uuid).state == "Terminated"

    def test_orders_that_wait_are_left_to_core(self, it):
        self.orphan(it)
        it.play.b.edit(it.play.pair.b.offering, state="Paused")
        order = it.play.place()
        self.sweep(it)
        assert it.play.order(order).state == "pending-provider"


class TestPrepaid:
    def test_new_limits_are_done_when_b_has_them(self, monkeypatch, tmp_path):
        def prepaid(content):
            content["offerings"][0]["backend_components"]["node_hours"]["is_prepaid"] = True

        with agent(monkeypatch, tmp_path, document=prepaid) as it:
            resource, on_b = living(it)
            update = it.play.place_update(resource, {"node_hours": 7})
            it.cycle(MODE)
            assert it.play.order(update).state == "executing"
            end(it, update)
            assert it.play.order(update).state == "done"
            assert it.play.b.resource(on_b.uuid).limits == {"gpu_hours": 35, "storage_gb_hours": 70}
            assert len([order for order in it.play.b.orders if order.type == "Update"]) == 1


def test_components_that_core_adds_are_none_of_ours(monkeypatch, tmp_path):
    with ExitStack() as stack:
        it = stack.enter_context(agent(monkeypatch, tmp_path))
        it.play.a.edit(
            it.play.pair.a.offering,
            components=(*it.play.pair.a.offering.components, it.play.a._component(ComponentSpec("extra"))),  # noqa: SLF001
        )
        it.cycle(MODE)
        assert "extra" in it.offering.backend_components
        order = it.play.place()
        end(it, order)
        assert it.play.order(order).state == "done"
