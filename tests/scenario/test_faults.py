"""Whatever one exchange does, the orders reach their right ends: every kind of fault, at every exchange of a life."""

import time
from typing import Any

import pytest
from tests.scenario.harness import play

from federation_adapters.sandbox import Fault

KINDS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "503 after the commit": {"kind": "status", "status": 503, "after_commit": True},
    "403": {"kind": "status", "status": 403},
    "401": {"kind": "status", "status": 401},
    "page instead of JSON": {"kind": "html"},
    "page after the commit": {"kind": "html", "after_commit": True},
    "JSON cut off": {"kind": "truncated"},
    "other JSON": {"kind": "garbage"},
    "10 MB": {"kind": "oversize"},
    "connection reset": {"kind": "reset"},
    "reply lost after the commit": {"kind": "lost"},
    "wrong count": {"kind": "wrong_count", "delta": 3},
}
SETTLING = 8
LONGEST_LIFE = 60
SERVED_PAUSE = 0.2  # a served sandbox tells its time in whole seconds, so settling takes up to one


def life(p, pause=0.0):
    """Create, update and terminate one resource of A, with a *pause* in seconds after each cycle."""
    order = p.place(name="life")
    _end(p, order, pause)
    update = p.place_update(p.resource(order), {"node_hours": 7})
    _end(p, update, pause)
    end = p.place_terminate(p.resource(order))
    _end(p, end, pause)
    return order, update, end


def _end(p, order, pause):
    """Cycle until *order* has ended, B's provider doing its part in between."""
    for _ in range(SETTLING):
        p.cycle()
        p.b_finishes()
        if p.order(order).state in {"done", "erred"}:
            return
        time.sleep(pause)


def check(p, orders):
    """One resource on B, linked, every order in its right end."""
    assert [p.order(order).state for order in orders] == ["done", "done", "done"]
    (made,) = p.b.resources
    assert p.resource(orders[0]).backend_id.replace("-", "") == made.uuid
    assert (p.resource(orders[0]).state, made.state) == ("Terminated", "Terminated")
    assert made.limits == {"gpu_hours": 35, "storage_gb_hours": 70}
    assert sum(order.type == "Create" for order in p.b.orders) == 1
    assert sum(bool(project.backend_id) for project in p.b.projects) == 1


def exchanges(side):
    """How many exchanges *side* sees in an undisturbed life."""
    with play(served=False) as p:
        check(p, life(p))
        count = getattr(p.pair, side).sandbox.requests.total
    assert count < LONGEST_LIFE
    return count


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["a", "b"])
def test_one_fault_at_every_exchange(side, kind):
    for number in range(exchanges(side)):
        with play(served=False) as p:
            getattr(p.pair, side).sandbox.faults.add(Fault(**KINDS[kind], skip=number))
            check(p, life(p))


@pytest.mark.parametrize("side", ["a", "b"])
def test_every_second_exchange_fails(side):
    with play(served=False) as p:
        faults = [Fault(kind="status", status=502, skip=1, after_commit=number % 2 == 0) for number in range(40)]
        getattr(p.pair, side).sandbox.faults.add(*faults)
        for _ in range(3):
            p.cycle()
        getattr(p.pair, side).sandbox.faults.clear()
        check(p, life(p))


@pytest.mark.parametrize("kind", ["connection reset", "reply lost after the commit"])
def test_over_real_http_too(kind):
    for side in ("a", "b"):
        for number in range(0, exchanges(side), 6):
            with play() as p:
                getattr(p.pair, side).sandbox.faults.add(Fault(**KINDS[kind], skip=number))
                check(p, life(p, pause=SERVED_PAUSE))


def test_one_bad_order_does_not_disturb_the_others():
    with play() as p:
        orders = [p.place(name=f"r{number}") for number in range(4)]
        p.cycle()
        p.b_finishes()
        odd, unlinked = orders[1], orders[2]
        p.b.edit(p.b.order(p.order(odd).backend_id), state="thinking")
        p.a.edit(p.order(unlinked), backend_id="not a uuid")
        report = p.cycle()
        assert [p.order(order).state for order in orders] == ["done", "executing", "done", "done"]
        assert [outcome.kind.value for outcome in report.outcomes].count("broken") == 1
        assert "thinking" in " ".join(outcome.reason for outcome in report.outcomes)
