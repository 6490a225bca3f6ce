import json
import time
from threading import Thread

import attrs
import httpx
import pytest

from federation_adapters.sandbox import Fault, ReplyWithheldError, Server


@pytest.mark.parametrize(
    ("fault", "status", "content"),
    [
        (Fault(kind="status", status=502), 502, b"<h1>502</h1>"),
        (Fault(kind="status", status=401), 401, b"Invalid token."),
        (Fault(kind="status", status=403), 403, b"permission"),
        (Fault(kind="status", status=429, retry_after=7), 429, b"7 seconds"),
        (Fault(kind="html"), 200, b"<!doctype html>"),
        (Fault(kind="garbage"), 200, b"not json"),
        (Fault(kind="oversize", size=100_000), 200, b"xxxx"),
    ],
)
@pytest.mark.parametrize("after_commit", [False, True])
def test_answers_are_replaced(market, fault, status, content, after_commit):
    market.sandbox.faults.add(attrs.evolve(fault, after_commit=after_commit))
    answer = market.buyer.post("/marketplace-orders/", json=market.purchase())
    assert answer.status_code == status
    assert content in answer.content
    assert len(market.world.orders) == (1 if after_commit else 0)
    assert market.buyer.get("/projects/").status_code == 200


def test_retry_after_is_a_header(market):
    market.sandbox.faults.add(Fault(kind="status", status=429, retry_after=7))
    assert market.buyer.get("/projects/").headers["Retry-After"] == "7"


def test_faults_choose_their_victims(market):
    market.sandbox.faults.add(Fault(kind="status", method="GET", path=r"/projects/\?page=2", times=2, skip=1))
    for number in range(25):
        market.world.add_project(market.side.customer, f"P{number}")
    buyer = market.buyer
    assert [buyer.get(f"/projects/?page={page}").status_code for page in (1, 2, 2, 2, 2)] == [200, 200, 502, 502, 200]
    assert market.sandbox.faults.pending == ()


@pytest.mark.parametrize(("kind", "committed"), [("reset", False), ("lost", True)])
def test_withheld_replies_raise_in_process(market, kind, committed):
    market.sandbox.faults.add(Fault(kind=kind))
    with pytest.raises(ReplyWithheldError) as caught:
        market.buyer.post("/marketplace-orders/", json=market.purchase())
    assert caught.value.committed is committed
    assert len(market.world.orders) == len(market.sandbox.writes) == int(committed)
    assert market.sandbox.requests.entries[-1].status is None


@pytest.mark.parametrize(("kind", "committed"), [("reset", False), ("lost", True)])
def test_withheld_replies_close_the_connection(market, kind, committed):
    market.sandbox.faults.add(Fault(kind=kind))
    headers = {"Authorization": f"Token {market.side.consumer_user.token}"}
    with Server(market.sandbox) as server, httpx.Client(base_url=server.url, headers=headers) as client:
        with pytest.raises(httpx.TransportError):
            client.post("/api/marketplace-orders/", json=market.purchase())
        assert len(client.get("/api/marketplace-orders/").json()) == int(committed)


def test_truncated_answers_and_wrong_counts(market):
    market.sandbox.faults.add(Fault(kind="truncated"), Fault(kind="wrong_count", delta=3))
    with pytest.raises(json.JSONDecodeError):
        market.buyer.get("/projects/").json()
    assert market.buyer.get("/projects/").headers["X-Result-Count"] == "4"


@pytest.mark.parametrize(("delta", "seen"), [(1, 19), (-1, 20), (0, 20)])
def test_pages_shift_under_the_reader(market, delta, seen):
    for number in range(19):
        market.world.add_project(market.side.customer, f"P{number:02}")
    market.sandbox.faults.add(Fault(kind="page_shift", delta=delta, times=None))
    pages = [market.buyer.get(f"/projects/?o=created&field=uuid&page={page}").json() for page in (1, 2)]
    names = [row["uuid"] for page in pages for row in page]
    assert len(names) == seen
    assert len(set(names)) == (20 if delta == 0 else 19)


def test_slow_answers_and_latency(market):
    market.sandbox.faults.add(Fault(kind="slow", seconds=0.1), Fault(kind="slow", seconds=0.1, after_commit=True))
    market.sandbox.latency = 0.05
    started = time.perf_counter()
    for _ in range(2):
        assert market.buyer.get("/projects/").status_code == 200
    assert time.perf_counter() - started > 0.29


def test_latency_does_not_queue_up(market):
    market.sandbox.latency = 0.2
    clients = [market.buyer for _ in range(5)]
    threads = [Thread(target=client.get, args=("/projects/",)) for client in clients]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.perf_counter() - started < 0.8


def test_concurrent_writers_do_not_disturb_each_other(market):
    headers = {"Authorization": f"Token {market.side.consumer_user.token}"}
    with Server(market.sandbox) as server:

        def write():
            with httpx.Client(base_url=server.url, headers=headers) as client:
                for _ in range(5):
                    client.post("/api/marketplace-orders/", json=market.purchase()).raise_for_status()

        threads = [Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({order.slug for order in market.world.orders}) == 20


def test_the_control_api(market):
    control = httpx.Client(transport=httpx.WSGITransport(app=market.sandbox), base_url="http://sandbox/_sandbox")
    order = market.place()
    with control:
        assert control.get("/").json()["orders"][0]["state"] == "pending-provider"
        assert control.post(f"/orders/{order.uuid}/approve/").json()["state"] == "executing"
        assert control.post(f"/orders/{order.uuid}/approve/").status_code == 409
        body = {"backend_id": "b"}
        assert control.post(f"/orders/{order.uuid}/complete/", json=body).json()["resource_state"] == "OK"
        assert order.resource.backend_id == "b"
        assert (
            control.post(f"/orders/{market.place().uuid}/reject/", json={"comment": "no"}).json()["state"] == "rejected"
        )
        assert control.post(f"/orders/{market.place().uuid}/fail/", json={"message": "m"}).json()["state"] == "erred"
        assert control.post(f"/orders/{market.place().uuid}/cancel/").json()["state"] == "canceled"
        assert control.post(f"/orders/{order.uuid}/nonsense/").status_code == 404
        assert control.post(f"/orders/{'0' * 32}/approve/").status_code == 404
        assert control.get(f"/orders/{order.uuid}/approve/").status_code == 405

        assert control.post("/faults/", json={"kind": "status", "status": 503}).json() == {"faults": 1}
        assert control.get("/faults/").json()["faults"][0]["status"] == 503
        assert control.post("/faults/", json={"kind": "odd"}).status_code == 400
        assert control.post("/faults/", json={"kind": "slow", "odd": 1}).status_code == 400
        assert market.buyer.get("/projects/").status_code == 503
        assert control.delete("/faults/").json() == {"faults": 0}

        assert control.post("/latency/", json={"seconds": -1}).status_code == 400
        assert control.post("/latency/", json={"seconds": 0.001}).json() == {"latency": 0.001}
        progress = {"offering_uuid": market.side.offering.uuid, "next_only": True, "reads": 0, "outcome": "done"}
        assert control.post("/progress/", json=progress).status_code == 200
        assert [market.place().state for _ in range(2)] == ["done", "pending-provider"]
        assert control.post("/progress/", json={"reads": -1}).status_code == 400
        assert control.post("/progress/", json={"outcome": "odd"}).status_code == 400
        assert control.post("/progress/", json={"offering_uuid": "0" * 32}).status_code == 404

        assert control.get("/requests/").json() == {
            "total": 1,
            "summary": [{"method": "GET", "path": "/api/projects/", "count": 1}],
        }
        assert control.post("/reset/").status_code == 200
        assert control.get("/writes/").json() == {"total": 0, "writes": []}
        assert control.put("/latency/").status_code == 405
        assert control.get("/odd/").status_code == 404
        assert control.post("/faults/", content=b"[1]").status_code == 400


def test_the_control_api_is_for_this_machine(market):
    transport = httpx.WSGITransport(app=market.sandbox, remote_addr="192.0.2.1")
    with httpx.Client(transport=transport, base_url="http://sandbox") as client:
        assert client.get("/_sandbox/").status_code == 403
