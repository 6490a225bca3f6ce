import pytest

from federation_adapters.sandbox import Progress


def test_nothing_happens_by_itself(market):
    order = market.place()
    for _ in range(3):
        market.buyer.get(f"/marketplace-orders/{order.uuid}/")
    assert order.state == "pending-provider"


def test_at_once_is_within_the_request(market):
    market.world.set_progress(Progress.at_once("alloc-{slug}"), market.side.offering)
    row = market.buyer.post("/marketplace-orders/", json=market.purchase()).json()
    assert row["state"] == "done"
    resource = market.world.resource(row["marketplace_resource_uuid"])
    assert (resource.state, resource.backend_id) == ("OK", "alloc-alpha")


def test_after_some_reads(market):
    market.world.set_progress(Progress.after(3))
    order = market.place()
    states = [market.buyer.get("/marketplace-orders/?field=state").json()[0]["state"] for _ in range(4)]
    assert states == ["executing", "executing", "done", "done"]
    assert order.resource.state == "OK"


def test_asking_for_the_count_is_no_reading(market):
    market.world.set_progress(Progress.after(1))
    order = market.place()
    market.buyer.head("/marketplace-orders/")
    assert order.state == "pending-provider"


@pytest.mark.parametrize(
    ("progress", "state", "resource_state"),
    [
        (Progress.reject("no room"), "rejected", "Terminated"),
        (Progress.reject("no room", reads=1), "rejected", "Terminated"),
        (Progress.fail("no power", "trace"), "erred", "Terminated"),
        (Progress.fail("no power", reads=2), "erred", "Terminated"),
    ],
)
def test_refusals_and_failures(market, progress, state, resource_state):
    market.world.set_progress(progress)
    order = market.place()
    row = [market.buyer.get(f"/marketplace-orders/{order.uuid}/").json() for _ in range(2)][-1]
    assert (row["state"], order.resource.state) == (state, resource_state)
    assert progress.text in {row["provider_rejection_comment"], row["error_message"]}


def test_only_the_next_order_is_special(market):
    market.world.set_progress(Progress.at_once(), market.side.offering)
    market.world.set_next_progress(Progress.reject(), market.side.offering)
    assert [market.place().state for _ in range(2)] == ["rejected", "done"]


def test_a_retried_order_meets_its_provider_anew(market):
    market.world.set_next_progress(Progress.fail(), market.side.offering)
    market.world.set_progress(Progress.at_once())
    order = market.place()
    order.resource.state = "Erred"
    assert market.seller.post(f"/marketplace-orders/{order.uuid}/retry/").status_code == 200
    assert (order.state, order.resource.state) == ("done", "OK")


def test_commands_play_the_provider(market):
    world = market.world
    order = market.place()
    world.approve(order)
    assert order.state == "executing"
    world.cancel(order)
    assert (order.state, order.resource.state) == ("canceled", "Terminated")
    world.unlink(order.resource)
    assert world.orders == ()
