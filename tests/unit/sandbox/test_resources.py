import json
import time

import pytest

from federation_adapters.sandbox import PlanSpec


def test_each_view_shows_its_own_resources(market):
    resource = market.running()
    outsider = market.world.add_user("outsider")

    def count(client, view):
        return len(client.get(f"/marketplace-{view}/").json())

    assert (count(market.buyer, "resources"), count(market.buyer, "provider-resources")) == (1, 0)
    assert (count(market.seller, "resources"), count(market.seller, "provider-resources")) == (0, 1)
    assert (count(market.staff, "resources"), count(market.staff, "provider-resources")) == (1, 1)
    assert count(market.client(outsider.token), "resources") == 0
    assert market.seller.get(f"/marketplace-resources/{resource.uuid}/").status_code == 404
    assert market.seller.post("/marketplace-resources/", json={}).status_code == 405
    url = market.seller.get(f"/marketplace-provider-resources/{resource.uuid}/").json()["url"]
    assert url == f"http://sandbox/api/marketplace-resources/{resource.uuid}/"


def test_backend_ids_match_exactly(market):
    resource = market.running()
    assert resource.backend_id == "backend-beta"
    buyer = market.buyer
    assert len(buyer.get("/marketplace-resources/?backend_id=backend-beta").json()) == 1
    assert buyer.get("/marketplace-resources/?backend_id=Backend-Beta").json() == []
    assert len(buyer.get("/marketplace-resources/?query=BACKEND-BETA").json()) == 1
    assert buyer.get("/marketplace-resources/?name_exact=bet").json() == []
    assert len(buyer.get("/marketplace-resources/?name=ET").json()) == 1


def test_several_offerings_may_be_asked_for(market):
    market.running()
    other = market.world.add_offering(market.side.provider, "Other", components=["x"])
    market.world.add_resource(other, market.project, limits={"x": 1})
    both = f"{market.side.offering.uuid},{other.uuid}"
    assert len(market.buyer.get(f"/marketplace-resources/?offering_uuid={both}").json()) == 2
    assert len(market.buyer.get(f"/marketplace-resources/?offering_uuid={other.uuid}").json()) == 1


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("set_backend_id", {"backend_id": "new"}, "Resource backend_id has been changed."),
        ("set_backend_id", {"backend_id": "backend-beta"}, "Resource backend_id is not changed."),
        ("set_effective_id", {"effective_id": "new"}, "Resource effective_id has been changed."),
        ("set_limits", {"limits": {"storage_gb_hours": 3}}, "The resource limits have been updated"),
        ("set_limits", {"limits": {"gpu_hours": 5}}, "The resource limits are unchanged"),
        ("set_backend_metadata", {"backend_metadata": {"k": 1}}, "Resource backend_metadata has been changed."),
    ],
)
def test_direct_actions_say_whether_they_changed_anything(market, action, body, status):
    path = f"/marketplace-provider-resources/{market.running().uuid}/{action}/"
    assert market.buyer.post(path, json=body).status_code == 404
    assert market.seller.post(path, json=body).json() == {"status": status}


def test_set_limits_replaces_all_and_clamps(market):
    resource = market.running()
    path = f"/marketplace-provider-resources/{resource.uuid}/set_limits/"
    market.side.offering.components[1].max_value = 10
    assert market.seller.post(path, json={"limits": {"storage_gb_hours": 30}}).status_code == 200
    assert resource.limits == {"storage_gb_hours": 10}
    answer = market.seller.post(path, json={"limits": {"x": 1}})
    assert (answer.status_code, answer.json()) == (400, {"limits": "Unknown component types: x"})


def test_states_of_resources_are_set_directly(market):
    resource, seller = market.running(), market.seller
    path = f"/marketplace-provider-resources/{resource.uuid}"
    assert seller.post(f"{path}/set_as_erred/", json={"error_message": "m"}).content == b""
    assert (resource.state, resource.error_message) == ("Erred", "m")
    assert seller.post(f"{path}/set_as_erred/").status_code == 200
    assert resource.error_message == "m"
    assert seller.post(f"{path}/set_state_ok/").status_code == 200
    assert (resource.state, resource.error_message) == ("OK", "m")
    assert seller.post(f"{path}/set_state_ok/").status_code == 409
    assert seller.post(f"{path}/set_as_ok/").status_code == 200
    assert resource.error_message == ""
    resource.state = "Terminated"
    assert seller.post(f"{path}/set_as_ok/").status_code == 500


def test_a_patch_without_end_date_clears_it(market):
    resource, buyer = market.running(), market.buyer
    path = f"/marketplace-resources/{resource.uuid}/"
    assert buyer.patch(path, json={"name": "new", "end_date": "2027-01-01"}).status_code == 200
    assert str(resource.end_date) == "2027-01-01"
    assert buyer.patch(path, json={"name": "newer"}).json()["end_date"] is None
    assert resource.end_date_requested_by is market.side.consumer_user


@pytest.mark.parametrize("view", ["resources", "provider-resources"])
def test_end_dates_are_set_and_cleared_by_both_sides(market, view):
    resource = market.running()
    client = market.buyer if view == "resources" else market.seller
    path = f"/marketplace-{view}/{resource.uuid}/set_end_date/"
    for body, shown in (({"end_date": "2027-01-01"}, "2027-01-01"), ({}, "2027-01-01"), ({"end_date": None}, "None")):
        assert client.post(path, json=body).content == b""
        assert str(resource.end_date) == shown
    assert client.post(path, json={"end_date": "never"}).status_code == 400


def test_an_unavailable_offering_blocks_writes(market):
    resource = market.running()
    market.side.offering.state = "Unavailable"
    answer = market.buyer.post(f"/marketplace-resources/{resource.uuid}/terminate/", json={})
    assert (answer.status_code, answer.json()) == (400, ["Offering is unavailable."])


def test_backend_id_rules_are_kept(market):
    offering = market.world.add_offering(
        market.side.provider,
        "Strict",
        components=["x"],
        backend_id_rules={"format": {"regex": "[a-z]+"}, "uniqueness": {"scope": "offering"}},
    )
    market.world.add_resource(offering, market.project, backend_id="taken")
    resource = market.world.add_resource(offering, market.project)
    path = f"/marketplace-provider-resources/{resource.uuid}/set_backend_id/"
    assert market.seller.post(path, json={"backend_id": "NO"}).status_code == 400
    assert market.seller.post(path, json={"backend_id": "taken"}).status_code == 400
    assert market.seller.post(path, json={"backend_id": "free"}).status_code == 200


def test_a_weak_terminate_is_confirmed_by_a_strong_one(market):
    resource = market.running()
    weak = market.world.add_user("weak")
    market.world.grant(weak, "PROJECT.ADMIN", market.project)
    path = f"/marketplace-resources/{resource.uuid}/terminate/"
    uuid = market.client(weak.token).post(path, json={}).json()["order_uuid"]
    assert market.world.order(uuid).state == "pending-consumer"
    assert market.client(weak.token).post(path, json={}).status_code == 409
    assert market.buyer.post(path, json={}).json() == {"order_uuid": uuid}
    assert market.world.order(uuid).state == "pending-provider"


def test_other_orders_are_placed_by_actions(market):
    offering = market.world.add_offering(
        market.side.provider,
        "Options",
        components=["x"],
        plans=[PlanSpec("Standard"), PlanSpec("Daily", unit="day")],
        plugin_options={"create_orders_on_resource_option_change": True, "can_restore_resource": True},
    )
    resource = market.world.add_resource(offering, market.project)
    path, buyer = f"/marketplace-resources/{resource.uuid}", market.buyer
    uuid = buyer.post(f"{path}/update_options/", json={"options": {"k": 1}}).json()["order_uuid"]
    market.world.complete(market.world.order(uuid))
    assert (resource.options, resource.state) == ({"k": 1}, "OK")
    assert buyer.post(f"{path}/renew/", json={"extension_months": 2}).status_code == 400
    assert buyer.post(f"{path}/restore/").status_code == 403
    daily = f"/api/marketplace-public-offerings/{offering.uuid}/plans/{offering.plans[1].uuid}/"
    assert buyer.post(f"{path}/switch_plan/", json={"plan": daily}).status_code == 400


def test_polling_a_thousand_resources_is_quick(market):
    for number in range(1000):
        market.world.add_resource(market.side.offering, market.project, attributes={"mark": number, "name": "same"})
    fields = "&".join(f"field={name}" for name in ("uuid", "state", "backend_id", "limits", "end_date", "modified"))
    started = time.perf_counter()
    rows = [
        row
        for page in range(1, 5)
        for row in market.buyer.get(f"/marketplace-resources/?page_size=300&page={page}&{fields}").json()
    ]
    assert len({row["uuid"] for row in rows}) == 1000
    assert time.perf_counter() - started < 2
    params = {"resource_attributes": json.dumps({"mark": 7}), "field": "slug"}
    assert market.buyer.get("/marketplace-resources/", params=params).json() == [{"slug": "same-7"}]


def test_nested_orders_are_shown_on_request(market):
    resource = market.running()
    row = market.buyer.get(f"/marketplace-resources/{resource.uuid}/").json()
    assert row["creation_order"]["state"] == "done"
    assert row["order_in_progress"] is None
    assert "error_traceback" not in row["creation_order"]


def test_an_order_leads_to_its_resource_and_offering(market):
    order = market.place()
    path = f"/marketplace-orders/{order.uuid}"
    assert market.buyer.get(f"{path}/resource/?field=uuid").json() == {"uuid": order.resource.uuid}
    assert market.buyer.get(f"{path}/offering/").json()["uuid"] == order.offering.uuid
    nested = f"/marketplace-provider-offerings/{order.offering.uuid}/orders/"
    assert [row["uuid"] for row in market.seller.get(nested).json()] == [order.uuid]
    assert market.seller.get(f"{nested}{order.uuid}/").status_code == 200
    assert market.buyer.get(nested).status_code == 404


def test_staff_unlinks_and_flags(market):
    resource = market.running()
    path = f"/marketplace-resources/{resource.uuid}"
    assert market.buyer.post(f"{path}/set_paused/", json={"paused": True}).status_code == 403
    assert market.staff.post(f"{path}/set_paused/", json={"paused": True}).status_code == 200
    assert resource.paused is True
    assert market.staff.post(f"{path}/unlink/").status_code == 204
    assert market.world.resources == market.world.orders == ()
