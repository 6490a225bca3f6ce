"""Less travelled addresses, each once."""

from datetime import timedelta

import pytest

from federation_adapters.sandbox import ApiError, ComponentSpec, ManualClock, PlanSpec, Sandbox


def test_customers_roles_plans_and_offerings_are_retrieved(market):
    side, buyer, seller = market.side, market.buyer, market.seller
    assert buyer.get(f"/customers/{side.customer.uuid}/?field=name").json() == {"name": "Federation"}
    assert buyer.get(f"/customers/{side.provider.uuid}/").status_code == 404
    role = buyer.get("/roles/?query=owner").json()[0]
    assert buyer.get(f"/roles/{role['uuid']}/?field=name").json() == {"name": "CUSTOMER.OWNER"}
    assert buyer.get(f"/roles/{side.customer.uuid}/").status_code == 404
    plan = side.offering.plans[0].uuid
    assert seller.get(f"/marketplace-plans/{plan}/").json()["offering"].endswith(f"{side.offering.uuid}/")
    assert len(seller.get(f"/marketplace-plans/?offering_uuid={side.offering.uuid}").json()) == 1
    assert buyer.get(f"/marketplace-plans/{plan}/").status_code == 404
    public = f"/marketplace-public-offerings/{side.offering.uuid}/plans"
    assert buyer.get(f"{public}/{plan}/").json()["uuid"] == plan
    assert buyer.get(f"{public}/{side.customer.uuid}/").status_code == 404
    assert [row["name"] for row in buyer.get("/marketplace-public-offerings/?state=Active").json()] == ["HPC on B"]
    assert len(seller.get("/marketplace-provider-offerings/?type=Marketplace.Slurm").json()) == 1
    assert seller.get("/marketplace-provider-offerings/?state=odd").status_code == 400


def test_the_consumer_changes_an_order_that_waits_for_him(market):
    order = market.place()
    path = f"/marketplace-orders/{order.uuid}/"
    assert market.buyer.patch(path, json={"limits": {"gpu_hours": 7}}).status_code == 409
    order.state = "pending-consumer"
    body = {"limits": {"gpu_hours": 7}, "attributes": {"k": 1}, "start_date": None}
    assert market.buyer.patch(path, json=body).status_code == 200
    assert (order.limits, order.attributes) == ({"gpu_hours": 7}, {"k": 1})
    assert market.buyer.patch(path, json={"limits": {"x": 7}}).status_code == 400
    assert market.seller.post(f"{path}approve_by_consumer/").status_code == 403


def test_messages_are_left_where_the_offering_allows_it(market):
    order = market.place()
    path = f"/marketplace-orders/{order.uuid}"
    body = {"provider_message": "soon", "provider_message_url": "http://x/"}
    assert market.seller.post(f"{path}/set_provider_info/", json=body).status_code == 409
    market.side.offering.plugin_options = {"enable_provider_consumer_messaging": True}
    assert market.seller.post(f"{path}/set_provider_info/", json=body).status_code == 200
    assert market.buyer.post(f"{path}/set_consumer_info/", json={"consumer_message": "thanks"}).status_code == 200
    row = market.buyer.get(f"{path}/").json()
    assert (row["provider_message"], row["consumer_message"]) == ("soon", "thanks")
    market.world.approve(order)
    assert market.seller.post(f"{path}/set_provider_info/", json=body).status_code == 409


def test_staff_unlinks_orders(market):
    order = market.place()
    path = f"/marketplace-orders/{order.uuid}/unlink/"
    assert market.buyer.post(path).status_code == 403
    assert market.staff.post(path).status_code == 204
    assert market.world.orders == ()


def test_a_later_start_holds_the_order_after_all_reviews(market):
    day = (market.clock() + timedelta(days=3)).date().isoformat()
    uuid = market.buyer.post("/marketplace-orders/", json=market.purchase(start_date=day)).json()["uuid"]
    market.seller.post(f"/marketplace-orders/{uuid}/approve_by_provider/", json={})
    assert market.world.order(uuid).state == "pending-start-date"


@pytest.mark.parametrize(
    ("action", "good", "bad"),
    [
        ("set_endpoints", {"endpoints": [{"name": "n", "url": "u"}]}, {"endpoints": [{"name": "n"}]}),
        ("submit_report", {"report": [{"header": "h", "body": "b"}]}, {"report": "text"}),
        ("update_options_direct", {"options": {"k": 1}}, {"options": 1}),
        ("refresh_last_sync", {}, None),
        ("set_backend_metadata", {"backend_metadata": {"k": 1}}, {}),
        ("terminate", {}, {"attributes": 1}),
    ],
)
def test_other_actions_of_the_provider(market, action, good, bad):
    resource = market.running()
    market.world.grant(market.side.provider_user, "CUSTOMER.OWNER", market.side.customer)
    path = f"/marketplace-provider-resources/{resource.uuid}/{action}/"
    if bad is not None:
        assert market.seller.post(path, json=bad).status_code == 400
    assert market.seller.post(path, json=good).status_code == 200


def test_last_sync_moves(market):
    resource = market.running()
    market.clock.advance(timedelta(hours=1))
    market.seller.post(f"/marketplace-provider-resources/{resource.uuid}/refresh_last_sync/")
    assert resource.last_sync == resource.modified == market.clock()


def test_restoring_and_renewing(market):
    offering = market.world.add_offering(
        market.side.provider,
        "Rich",
        components=[ComponentSpec("x", is_prepaid=True)],
        plans=[PlanSpec("Standard")],
        plugin_options={"can_restore_resource": True},
    )
    resource = market.world.add_resource(offering, market.project, limits={"x": 1})
    path = f"/marketplace-resources/{resource.uuid}"
    assert market.buyer.post(f"{path}/renew/", json={"extension_months": 0}).status_code == 400
    uuid = market.buyer.post(f"{path}/renew/", json={"extension_months": 2}).json()["order_uuid"]
    assert market.world.order(uuid).subtype == "renew"
    market.world.complete(market.world.order(uuid))
    market.world.complete(market.world.place_terminate(market.side.consumer_user, resource))
    uuid = market.staff.post(f"{path}/restore/").json()["order_uuid"]
    assert (market.world.order(uuid).type, resource.state) == ("Restore", "Creating")
    market.world.complete(market.world.order(uuid))
    assert resource.state == "OK"
    with pytest.raises(ApiError):
        market.world.complete(market.world.order(uuid))


def test_options_change_at_once_where_no_order_is_wanted(market):
    resource = market.running()
    path = f"/marketplace-resources/{resource.uuid}/update_options/"
    assert market.buyer.post(path, json={"options": {"k": 1}}).json() == {"status": "Resource options are submitted"}
    assert resource.options == {"k": 1}


def test_resources_are_found_by_their_orders(market):
    market.running()
    market.place(name="gamma").state = "pending-consumer"

    def names(query):
        return [row["name"] for row in market.buyer.get(f"/marketplace-resources/?field=name&{query}").json()]

    assert names("order_state=done") == ["beta"]
    assert names("visible_to_providers=true") == ["beta"]
    assert names("visible_to_providers=false") == ["beta", "gamma"]
    assert names("o=-name&state=OK&state=Creating") == ["gamma", "beta"]
    assert names("has_terminate_date=true") == []
    assert names("limit_based=true&usage_based=false") == ["beta", "gamma"]
    assert market.buyer.get("/marketplace-resources/?order_state=odd").status_code == 400


def test_orders_respect_the_project(market):
    offering, user = market.side.offering, market.side.consumer_user
    market.project.end_date = market.clock().date() - timedelta(days=1)
    with pytest.raises(ApiError, match="terminated projects"):
        market.world.place_create(user, offering, market.project)
    market.project.end_date = None
    market.side.customer.blocked = True
    with pytest.raises(ApiError, match="Blocked"):
        market.world.place_create(user, offering, market.project)


@pytest.mark.parametrize(
    ("option", "value", "accepted"),
    [
        ({"type": "select_string", "choices": ["a"]}, "a", True),
        ({"type": "select_string", "choices": ["a"]}, "b", False),
        ({"type": "integer"}, 1, True),
        ({"type": "integer"}, "1", False),
        ({"type": "boolean"}, True, True),
        ({"type": "boolean"}, 1, False),
    ],
)
def test_declared_options_are_checked(market, option, value, accepted):
    market.side.offering.options = {"options": {"k": option}}
    body = market.purchase(attributes={"name": "x", "k": value, "free": {"nested": [1]}})
    assert market.buyer.post("/marketplace-orders/", json=body).status_code == (201 if accepted else 400)


def test_a_default_term_is_set(market):
    market.side.offering.plugin_options = {
        "is_resource_termination_date_required": True,
        "default_resource_termination_offset_in_days": 10,
    }
    assert str(market.place().resource.end_date) == "2026-03-14"
    market.side.offering.plugin_options = {"is_resource_termination_date_required": True}
    with pytest.raises(ApiError):
        market.place()


def test_more_projects(market):
    path = f"/projects/{market.project.uuid}/"
    body = {"kind": "course", "is_industry": True, "oecd_fos_2007_code": "1.1", "backend_id": "b", "start_date": None}
    row = market.buyer.patch(path, json=body).json()
    assert (row["kind"], row["is_industry"], row["oecd_fos_2007_code"]) == ("course", True, "1.1")
    assert market.buyer.patch(path, json={"is_industry": "yes"}).status_code == 400
    assert market.staff.patch(path, json={"slug": "mine"}).json()["slug"] == "mine"
    market.side.customer.blocked = True
    assert market.buyer.patch(path, json={"name": "x"}).status_code == 400


def test_a_world_is_changed_by_hand(market):
    world = market.world
    world.edit(market.project, backend_id="b")
    assert market.buyer.get("/projects/?backend_id=b").headers["X-Result-Count"] == "1"
    world.set_permissions("CUSTOMER.OWNER", ["ORDER.LIST"])
    assert market.buyer.post("/projects/", json={}).status_code == 400
    with pytest.raises(ApiError):
        market.place()
    with pytest.raises(KeyError):
        world.grant(market.side.staff, "NO.ROLE", market.project)
    with pytest.raises(KeyError):
        world.order("0" * 32)
    assert len(world.users) == 3


def test_the_real_clock_is_the_default():
    sandbox = Sandbox()
    assert sandbox.store.now().tzinfo is not None
    assert ManualClock(step=timedelta(1))() < sandbox.store.now()


def test_plans_are_switched_by_python(rich_market):
    resource = rich_market.running()
    order = rich_market.world.place_switch(rich_market.side.consumer_user, resource, rich_market.side.offering.plans[1])
    assert (order.subtype, resource.state) == ("plan_switch", "Updating")
