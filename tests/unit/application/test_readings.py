import pytest
from tests.fakes.orders import ConsumerOrders
from tests.fakes.resources import ConsumerResources
from tests.fakes.usage import NODE, ConsumerUsage
from tests.strategies.builders import a_b_order, a_b_resource, an_offering, b_order_id, b_resource_id

from federation_core.application.readings import (
    OrderReadings,
    ResourceReadings,
    UsageReadings,
    obstacles,
)
from federation_core.domain.errors import NotFound, ServerFault, Transient, UnknownWord
from federation_core.domain.ids import Side
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.months import Month
from federation_core.domain.orders.states import BPhase

MARCH = Month(2025, 3)
LATE = ServerFault(Side.B, "list", "", 500)


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


def an_order_list(*states):
    resources = ConsumerResources()
    orders = [a_b_order(id=b_order_id(n), state=state) for n, state in enumerate(states, 1)]
    fake = ConsumerOrders(resources, *orders)
    return fake, OrderReadings(fake, Clock())


class Counted(ConsumerOrders):
    """Counts what is asked."""

    def __init__(self, *orders):
        super().__init__(ConsumerResources(), *orders)
        self.lists = self.reads = 0

    def list_open(self):
        self.lists += 1
        return super().list_open()

    def read(self, order):
        self.reads += 1
        return super().read(order)


class TestOrders:
    @pytest.mark.parametrize(
        ("state", "phase", "is_done"),
        [("executing", BPhase.OPEN, False), ("done", BPhase.DONE, True), ("rejected", BPhase.FAILED, False)],
    )
    def test_where_an_order_stands(self, state, phase, is_done):
        _, readings = an_order_list(state)
        found = readings.of(b_order_id())
        assert (found.phase, found.is_done) == (phase, is_done)

    def test_of_many_only_those_that_have_ended_are_read(self):
        states = ["executing"] * 20 + ["done"]
        orders = Counted(*[a_b_order(id=b_order_id(n), state=state) for n, state in enumerate(states, 1)])
        readings = OrderReadings(orders, Clock())
        found = [readings.of(b_order_id(n)).is_done for n in range(1, 22)]
        assert found == [False] * 20 + [True]
        assert (orders.lists, orders.reads) == (1, 2)

    def test_one_alone_is_read_alone(self):
        orders = Counted(a_b_order())
        OrderReadings(orders, Clock()).of(b_order_id())
        assert (orders.lists, orders.reads) == (0, 1)

    def test_without_a_list_each_is_read(self):
        fake, readings = an_order_list("done", "executing")
        fake.before["list_open"].append(LATE)
        assert [readings.of(b_order_id(n)).is_done for n in (1, 2)] == [True, False]

    def test_what_cannot_be_read_is_raised(self):
        fake, readings = an_order_list("done")
        fake.before["read"].append(LATE)
        with pytest.raises(ServerFault):
            readings.of(b_order_id())

    def test_a_failure_is_told_in_words_for_users(self):
        fake, readings = an_order_list("erred")
        fake.orders[b_order_id()] = a_b_order(state="erred", reason="no nodes left")
        found = readings.of(b_order_id())
        assert readings.failure(found) == "B's order is erred: no nodes left. To try again, place a new order."

    def test_what_did_not_fail_has_no_failure(self):
        _, readings = an_order_list("done")
        assert not readings.failure(readings.of(b_order_id()))

    def test_an_unknown_state_is_never_taken_for_another(self):
        _, readings = an_order_list("paused")
        with pytest.raises(UnknownWord):
            readings.of(b_order_id())


class TestResources:
    def test_a_list_is_kept_for_a_while(self):
        fake, clock = ConsumerResources(a_b_resource()), Clock()
        readings = ResourceReadings(fake, clock)
        assert set(readings.listed()) == {b_resource_id()}
        fake.resources.clear()
        assert readings.listed()
        clock.time = 300
        assert readings.listed()
        clock.time = 300.5
        assert not readings.listed()

    def test_part_of_them_is_not_all(self):
        fake = ConsumerResources(a_b_resource())
        fake.flaw = "a page is missing"
        with pytest.raises(Transient, match="a page is missing"):
            ResourceReadings(fake, Clock()).listed()

    def test_a_failed_list_is_not_asked_for_again_at_once(self):
        fake = ConsumerResources(a_b_resource())
        fake.before["list_all"].append(LATE)
        readings = ResourceReadings(fake, Clock())
        for _ in range(2):
            with pytest.raises(Transient):
                readings.listed()

    def test_one_is_read_as_it_is(self):
        fake = ConsumerResources(a_b_resource())
        readings = ResourceReadings(fake, Clock())
        assert readings.read(b_resource_id()).state == "OK"
        with pytest.raises(NotFound):
            readings.read(b_resource_id(9))

    @pytest.mark.parametrize(
        ("on_b", "on_a", "is_served"),
        [
            ("OK", "OK", True),
            ("OK", "Erred", True),
            ("Updating", "Erred", True),
            ("Erred", "Erred", False),
            ("Creating", "Erred", False),
            ("Erred", "OK", True),
            ("Creating", "Creating", True),
            ("Terminated", "OK", False),
        ],
    )
    def test_what_failed_on_b_is_not_taken_for_well(self, on_b, on_a, is_served):
        assert ResourceReadings.is_served(a_b_resource(state=on_b), on_a) is is_served

    @pytest.mark.parametrize(
        ("state", "is_there"), [("OK", True), ("Updating", True), ("Creating", False), ("Erred", False)]
    )
    def test_a_resource_is_there_once_it_was_made(self, state, is_there):
        assert ResourceReadings.is_finished(a_b_resource(state=state)) is is_there


class TestUsage:
    def test_figures_are_told_in_units_of_a(self):
        fake = ConsumerUsage()
        fake.meter(MARCH, gpu=500, storage=800)
        fake.share(MARCH, "anna", gpu=50)
        found = UsageReadings(fake, NODE, Clock()).of(MARCH)[b_resource_id()]
        assert found.totals == {"node": 180}
        assert found.shares == {"anna": {"node": 10}}

    def test_rows_of_several_plan_periods_are_summed(self):
        fake = ConsumerUsage()
        fake.meter(MARCH, gpu=500)
        fake.meter(MARCH, gpu=5)
        assert UsageReadings(fake, NODE, Clock()).of(MARCH)[b_resource_id()].totals == {"node": 101}

    def test_what_has_no_row_has_no_figure(self):
        fake = ConsumerUsage()
        fake.meter(MARCH, 2, gpu=5)
        assert b_resource_id() not in UsageReadings(fake, NODE, Clock()).of(MARCH)

    def test_each_month_is_read_once(self):
        fake = ConsumerUsage()
        readings = UsageReadings(fake, NODE, Clock())
        for month in (MARCH, MARCH.before(), MARCH):
            readings.of(month)
        assert fake.reads == [("totals", None), ("shares", None)] * 2

    @pytest.mark.parametrize("what", ["totals", "shares"])
    def test_part_of_a_month_is_no_month(self, what):
        fake = ConsumerUsage()
        fake.meter(MARCH, gpu=5)
        fake.flaw[what] = "a page is missing"
        with pytest.raises(Transient, match="2025-03: a page is missing"):
            UsageReadings(fake, NODE, Clock()).of(MARCH)


class TestObstacles:
    def test_an_offering_that_fits_has_none(self):
        offering = an_offering()
        same = ComponentMapping.of({name: {} for name in offering.components})
        assert obstacles(offering, same) == ()

    def test_what_is_against_it_is_told(self):
        other = ComponentMapping.of({"node": {"nonesuch": 1}})
        found = obstacles(an_offering(state="Paused"), other)
        assert found == ("B's offering has no component nonesuch; correct target_components", "B's offering is Paused")
