import pytest
from tests.fakes.orders import ProviderOrders
from tests.strategies.builders import (
    a_order_id,
    a_resource,
    a_resource_id,
    an_order,
    b_order_id,
    b_resource_id,
    running,
)

from federation_adapters.site_agent.handed import (
    HandedCatalogue,
    HandedOrders,
    HandedResources,
    LinkedOrders,
    Told,
)
from federation_core.domain.errors import RuleError, Transient


class TestHanded:
    def test_what_would_be_written_is_kept(self):
        told = Told()
        orders, resources = HandedOrders(an_order(), told), HandedResources(a_resource(), told)
        orders.approve(a_order_id())
        orders.link(a_order_id(), b_order_id())
        resources.link(a_resource_id(), b_resource_id())
        resources.stamp(a_resource_id())
        orders.finish(a_order_id())
        assert told == Told(b_order_id(), b_resource_id(), is_done=True)
        orders.fail(a_order_id(), "No.")
        assert told.failure == "No."

    def test_the_order_and_its_resource_are_all_there_is(self):
        orders, resources = HandedOrders(an_order(), Told()), HandedResources(a_resource(), Told())
        assert orders.list_open().value == orders.list_open(a_resource_id()).value == (an_order(),)
        assert orders.list_open(a_resource_id(9)).value == ()
        assert orders.read(a_order_id()).state == "executing"
        assert orders.create_of(a_resource_id()) is None
        assert resources.list_all().value == (a_resource(),)
        assert resources.list_linked(b_resource_id()).value == ()
        assert HandedCatalogue().state() == "Active"

    def test_orders_change_nothing_else_of_a_resource(self):
        resources = HandedResources(a_resource(), Told())
        for write in (
            lambda: resources.set_limits(a_resource_id(), {}),
            lambda: resources.set_effective_id(a_resource_id(), "x"),
            lambda: resources.set_end_date(a_resource_id(), None),
            lambda: resources.mark_ok(a_resource_id()),
            lambda: resources.mark_erred(a_resource_id(), "x"),
        ):
            with pytest.raises(RuleError):
                write()


class TestLinked:
    def made(self, *orders):
        fake = ProviderOrders(*orders)
        return fake, LinkedOrders(fake)

    def test_only_what_core_has_finished_writing_is_shown(self):
        linked = running(backend_id=str(b_order_id()))
        waiting = an_order(id=a_order_id(2), resource=a_resource_id(2))
        _, orders = self.made(linked, waiting)
        assert orders.list_open().value == (linked,)
        assert orders.list_open(a_resource_id(2)).value == ()

    def test_an_order_that_is_being_placed_is_asked_for_again(self):
        _, orders = self.made(running())
        assert orders.list_open().value == ()
        with pytest.raises(Transient, match="is placing an order"):
            orders.list_open(a_resource_id())

    def test_the_rest_is_passed_on(self):
        fake, orders = self.made(running(backend_id=str(b_order_id())))
        orders.finish(a_order_id())
        assert orders.read(a_order_id()).state == "done"
        orders.fail(a_order_id(), "No.")
        assert orders.read(a_order_id()).state == "erred"
        assert fake.messages[a_order_id()] == "No."
        assert orders.create_of(a_resource_id()) is not None

    def test_what_is_cores_is_left_to_it(self):
        _, orders = self.made(running())
        with pytest.raises(RuleError):
            orders.approve(a_order_id())
        with pytest.raises(RuleError):
            orders.link(a_order_id(), b_order_id())
