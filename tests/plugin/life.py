"""The life of one resource as the official agent brings it about: created, changed, terminated."""

from tests.scenario.test_faults import SETTLING

MODE = "order_process"


def life(it):
    """Create, update and terminate one resource of A; the three orders."""
    order = it.play.place(name="life")
    end(it, order)
    update = it.play.place_update(it.play.resource(order), {"node_hours": 7})
    end(it, update)
    stop = it.play.place_terminate(it.play.resource(order))
    end(it, stop)
    return order, update, stop


def end(it, order):
    """Cycle until *order* has ended, B's provider doing its part in between."""
    for _ in range(SETTLING):
        it.cycle(MODE)
        it.play.b_finishes()
        if it.play.order(order).state in {"done", "erred"}:
            return
