import pytest

from federation_adapters.sandbox.areas.orders import models


def test_a_request_that_breaks_half_way_is_taken_back(market, monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(models, "submit", broken)
    before = market.project.modified
    with pytest.raises(RuntimeError):
        market.buyer.post("/marketplace-orders/", json=market.purchase())
    monkeypatch.undo()
    assert market.world.orders == market.world.resources == ()
    assert market.project.modified == before
    assert market.place(name="alpha").resource.slug == "alpha"


def test_attribute_changes_are_taken_back(market):
    order = market.place()
    path = f"/marketplace-orders/{order.uuid}/reject_by_provider/"
    assert market.seller.post(path, json={"provider_rejection_comment": [1]}).status_code == 400
    body = {"attributes": {"k": 1}}
    store = market.sandbox.store

    def half_way():
        with store.journal.transaction():
            order.attributes = body
            store.remove_order(order)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_way()
    assert order.attributes != body
    assert market.world.orders == (order,)
    assert market.sandbox.store.orders_of(order.resource) == (order,)


def test_only_kept_writes_are_logged(market):
    market.buyer.post("/marketplace-orders/", json=market.purchase())
    market.buyer.post("/marketplace-orders/", json={})
    market.buyer.get("/projects/")
    writes = market.sandbox.writes.entries
    assert [(write.method, write.path, write.status, write.user) for write in writes] == [
        ("POST", "/api/marketplace-orders/", 201, "federation-on-b")
    ]
    assert writes[0].body == market.purchase()


def test_requests_are_counted_by_template(market):
    buyer = market.buyer
    for _ in range(2):
        buyer.get(f"/projects/{market.project.uuid}/")
    buyer.head("/projects/")
    assert market.sandbox.requests.summary() == {("GET", "/api/projects/<uuid>/"): 2, ("HEAD", "/api/projects/"): 1}
    assert market.sandbox.requests.total == 3
    market.sandbox.requests.clear()
    assert market.sandbox.requests.total == 0
    buyer.get("/projects/")
    assert [entry.number for entry in market.sandbox.requests] == [4]


def test_observers_stand_outside_the_lock(market):
    seen = []

    def observe(number, method, path, phase):
        seen.append((number, method, path, phase, len(market.world.orders)))

    market.sandbox.observers.append(observe)
    market.buyer.post("/marketplace-orders/", json=market.purchase())
    path = "/api/marketplace-orders/"
    assert seen == [(1, "POST", path, "received", 0), (1, "POST", path, "committed", 1)]
