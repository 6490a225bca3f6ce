"""What cycles cost in requests: pages and changes, never resources times calls."""

import pytest
from tests.bench.orders import completing, many, submitting, terminating, waiting
from tests.scenario.harness import play

ORDERS = 200


def test_two_hundred_orders_stay_within_their_budgets():
    with many(ORDERS, served=False) as p:
        assert submitting(p, ORDERS).requests <= 5.5 * ORDERS + 30
        assert waiting(p, ORDERS).requests <= 10
        completed, erred = completing(p, ORDERS)
        assert erred == ORDERS // 10
        assert completed.requests <= (ORDERS - erred) + 2 * erred + 10
        _, ended, count = terminating(p)
        assert ended.requests <= 3 * count + 10


@pytest.mark.parametrize("orders", [10, 100])
def test_waiting_costs_the_same_for_few_and_many(orders):
    with many(orders, served=False) as p:
        submitting(p, orders)
        cost = waiting(p, orders)
        assert (cost.requests_a, cost.requests_b) == (2, 4)


def test_a_quiet_offering_costs_one_request_without_a_sweep():
    with play(served=False) as p:
        p.living()
        before = p.pair.a.sandbox.requests.total, p.pair.b.sandbox.requests.total
        p.cycle(sweep=False)
        after = p.pair.a.sandbox.requests.total, p.pair.b.sandbox.requests.total
        assert (after[0] - before[0], after[1] - before[1]) == (1, 0)


def test_planning_writes_nothing():
    with play(served=False) as p:
        p.place()
        before = p.writes()
        plan = p.plan()
        assert not plan.is_empty
        assert p.writes() == before
