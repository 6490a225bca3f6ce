"""What is known of pairs, and for how long."""

from functools import partial

import attrs
from tests.fakes.federation import FakeFederation
from tests.strategies.builders import (
    a_b_order,
    a_b_resource,
    a_order_id,
    a_resource_id,
    an_order,
    b_order_id,
    b_resource_id,
    linked,
    running,
    uuid_of,
)

from federation_core.application.order_index import OrderIndex
from federation_core.application.outcome import Kind, Outcome
from federation_core.domain.errors import TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.observed import Complete, Unreadable

ONE, TWO = a_resource_id(), a_resource_id(2)


def under_way(**b_order):
    return FakeFederation(
        orders=[running(backend_id=str(b_order_id()))],
        resources=[linked(state="Creating")],
        b_orders=[a_b_order(**b_order)],
        b_resources=[a_b_resource(state="Creating")],
    )


def test_a_full_reading_tells_who_is_whose():
    f = under_way()
    f.cycle()
    index = f.learned.index
    assert index.resources == {b_resource_id(): ONE}
    assert index.a_orders == {a_order_id(): ONE}
    assert index.b_orders == {b_order_id(): ONE}


def test_a_resource_that_two_are_linked_to_is_nobodys():
    index = OrderIndex()
    index.rebuild(Complete((linked(), linked(id=TWO))), Complete(()))
    assert index.resources == {}


def test_what_a_full_reading_does_not_show_is_forgotten():
    f = under_way()
    f.cycle()
    f.learned.index.rebuild(Complete(()), Complete(()))
    index = f.learned.index
    assert (index.resources, index.a_orders, index.b_orders, index.waiting) == ({}, {}, {}, {})


def test_what_could_not_be_read_forgets_nothing():
    f = under_way()
    f.cycle()
    before = attrs.evolve(f.learned.index)
    f.learned.index.rebuild(Unreadable("late"), Unreadable("late"))
    assert f.learned.index == before


def test_an_order_that_waits_for_b_alone_is_known_until_a_shows_something_else():
    f = under_way()
    f.cycle()
    order = f.a_orders.orders[a_order_id()]
    assert f.learned.index.knows(order)
    assert not f.learned.index.knows(attrs.evolve(order, backend_id=""))
    assert not f.learned.index.knows(attrs.evolve(order, state="pending-provider"))
    assert not f.learned.index.knows(an_order(id=a_order_id(2)))


def test_what_we_wrote_ourselves_is_known():
    f = FakeFederation()
    f.cycle()
    order = f.a_orders.orders[a_order_id()]
    assert order.state == "executing"
    assert order.backend_id
    assert f.learned.index.knows(order)
    assert f.learned.index.resources == {b_resource_id(100): ONE}


def test_an_order_whose_write_failed_is_not_known():
    index = OrderIndex()
    f = FakeFederation()
    (decision,) = f.use_case.plan(f.use_case.observe()).decisions
    index.note([decision], [Outcome(str(a_order_id()), str(ONE), "submit", Kind.AGAIN_AFTER, "late", error="late")])
    assert not index.knows(f.a_orders.orders[a_order_id()])
    assert index.a_orders == {a_order_id(): ONE}


def test_an_order_of_which_b_has_more_than_a_shows_is_not_known():
    f = FakeFederation()
    f.a_resources.before["link"] = [TimedOut(Side.A, "resource.link")]
    f.cycle()
    order = f.a_orders.orders[a_order_id()]
    assert order.backend_id
    assert not f.learned.index.knows(order)


def test_what_has_ended_is_settled_on_both_sides():
    f = under_way(state="done")
    f.cycle()
    index = f.learned.index
    assert set(index.settled) == {a_order_id(), b_order_id()}
    assert (index.a_orders, index.b_orders, index.waiting) == ({}, {}, {})


def test_an_order_that_waited_and_has_ended_is_not_known_any_more():
    f = under_way()
    f.cycle()
    f.b_orders.orders[b_order_id()] = a_b_order(state="done")
    f.cycle()
    assert f.a_orders.orders[a_order_id()].state == "done"
    assert f.learned.index.waiting == {}


def test_an_order_that_is_opened_again_is_not_settled_any_more():
    f = under_way(state="done")
    f.cycle()
    f.learned.index.meet(running(backend_id=str(b_order_id())))
    assert f.learned.index.settled == {}


def test_an_order_of_b_that_passed_for_somebody_elses_is_heard_of_again():
    f = under_way()
    f.learned.index.settle(b_order_id())
    f.a_orders.move(a_order_id(), backend_id="")
    f.cycle()
    assert b_order_id() not in f.learned.index.settled
    assert f.learned.index.b_orders == {b_order_id(): ONE}


def test_outcomes_of_what_was_not_decided_are_passed_over():
    index = OrderIndex()
    index.note([], [Outcome(str(a_order_id()), str(ONE), "remove", Kind.SETTLED, "")])
    assert index == OrderIndex()


def test_only_so_many_are_remembered_and_the_oldest_are_forgotten():
    index, (again, oldest, *others) = OrderIndex(), map(partial(uuid_of, 1), range(20_001))
    index.settle(again, oldest, *others[:-1])
    assert len(index.settled) == 20_000
    index.settle(again)
    index.settle(others[-1])
    assert list(index.settled) == [*others[:-1], again, others[-1]]
