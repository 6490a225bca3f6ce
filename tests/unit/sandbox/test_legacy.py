import pytest


@pytest.mark.parametrize(
    "path",
    ["marketplace-orders/{order}/set_backend_id/", *(
        f"marketplace-provider-resources/{{resource}}/{action}/"
        for action in ("set_limits", "set_effective_id", "set_as_ok", "refresh_last_sync")
    )],
)  # fmt: skip
def test_later_endpoints_are_missing(old_market, path):
    order = old_market.place()
    answer = old_market.seller.post("/" + path.format(order=order.uuid, resource=order.resource.uuid), json={})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_creation_is_lenient_except_about_fractions(old_market):
    buyer = old_market.buyer
    body = old_market.purchase(plan=None, limits=None, attributes=None)
    assert buyer.post("/marketplace-orders/", json=body).status_code == 201
    answer = buyer.post("/marketplace-orders/", json=old_market.purchase(limits={"gpu_hours": 1.5}))
    assert (answer.status_code, answer.json()) == (400, {"limits": {"gpu_hours": ["A valid integer is required."]}})


def test_approval_answers_nothing(old_market):
    order = old_market.place()
    path = f"/marketplace-orders/{order.uuid}/approve_by_provider/"
    assert old_market.seller.post(path).content == b""
    assert old_market.seller.post(path).status_code == 409


def test_a_done_order_stays_done_when_erred(old_market):
    order = old_market.place()
    old_market.world.complete(order)
    path = f"/marketplace-orders/{order.uuid}/set_state_erred/"
    assert old_market.seller.post(path).status_code == 500
    body = {"error_message": "m", "error_traceback": "t"}
    assert old_market.seller.post(path, json=body).status_code == 200
    assert (order.state, order.resource.state) == ("done", "Erred")


def test_filters_know_less(old_market):
    old_market.place(attributes={"mark": "a"})
    old_market.place(attributes={"mark": "b"})
    buyer = old_market.buyer
    params = {"resource_attributes": '{"mark": "a"}'}
    assert len(buyer.get("/marketplace-resources/", params=params).json()) == 2
    assert buyer.get("/marketplace-orders/?state=pending-start-date").status_code == 400
    for text in ("2026-03-04", "2026-03-04T23:59:59Z"):
        assert len(buyer.get(f"/marketplace-orders/?created={text}").json()) == 2
    assert buyer.get("/marketplace-orders/?created=2026-03-05").json() == []
    assert len(buyer.get("/marketplace-orders/?created_before=2020-01-01T00:00:00Z").json()) == 2
    assert len(buyer.get("/roles/?name=PROJECT.MEMBER").json()) > 1


def test_the_version_is_for_staff(old_market):
    assert old_market.buyer.get("/version/").status_code == 403
    assert old_market.staff.get("/version/").status_code == 200


def test_a_role_on_the_offering_is_not_enough(old_market, market):
    for place, status in ((old_market, 403), (market, 200)):
        user = place.world.add_user("manager")
        place.world.grant(user, "OFFERING.MANAGER", place.side.offering)
        order = place.place()
        answer = place.client(user.token).post(f"/marketplace-orders/{order.uuid}/approve_by_provider/", json={})
        assert answer.status_code == status
