from datetime import timedelta
from decimal import Decimal

import pytest

from federation_adapters.sandbox import ApiError, ComponentSpec, PlanSpec
from federation_adapters.sandbox.areas.orders.machine import LEGAL, Kind, Move, State

_PROVIDER_MOVES = {
    Move.APPROVE_BY_PROVIDER: (None, 200, State.EXECUTING),
    Move.REJECT_BY_PROVIDER: ({"provider_rejection_comment": "no"}, 200, State.REJECTED),
    Move.SET_STATE_EXECUTING: (None, 200, State.EXECUTING),
    Move.SET_STATE_DONE: (None, 200, State.DONE),
    Move.SET_STATE_ERRED: ({"error_message": "m", "error_traceback": "t"}, 200, State.ERRED),
}
_CONSUMER_MOVES = {
    Move.APPROVE_BY_CONSUMER: (None, 200, State.PENDING_PROVIDER),
    Move.REJECT_BY_CONSUMER: (None, 200, State.REJECTED),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", [*_PROVIDER_MOVES, *_CONSUMER_MOVES])
def test_moves_follow_the_table(market, state, move):
    order = market.place()
    order.state = str(state)
    body, status, target = {**_PROVIDER_MOVES, **_CONSUMER_MOVES}[move]
    client = market.buyer if move in _CONSUMER_MOVES else market.seller
    answer = client.post(f"/marketplace-orders/{order.uuid}/{move}/", json=body or {})
    if state in LEGAL[move]:
        assert (answer.status_code, order.state) == (status, target)
    else:
        expected = f"Valid states for operation: {', '.join(LEGAL[move])}."
        assert (answer.status_code, answer.json()) == (409, {"detail": expected})
        assert order.state == state


@pytest.mark.parametrize(
    ("kind", "move", "backend_id", "resource_state"),
    [
        (Kind.CREATE, "done", "", "OK"),
        (Kind.CREATE, "fail", "", "Terminated"),
        (Kind.CREATE, "fail", "b", "Erred"),
        (Kind.CREATE, "reject", "", "Terminated"),
        (Kind.UPDATE, "done", "b", "OK"),
        (Kind.UPDATE, "fail", "b", "Erred"),
        (Kind.UPDATE, "reject", "b", "OK"),
        (Kind.TERMINATE, "done", "b", "Terminated"),
        (Kind.TERMINATE, "fail", "b", "OK"),
        (Kind.TERMINATE, "reject", "b", "OK"),
    ],
)
def test_orders_move_their_resource(market, kind, move, backend_id, resource_state):
    world, user = market.world, market.side.consumer_user
    order = market.place()
    resource = order.resource
    resource.backend_id = backend_id
    if kind is not Kind.CREATE:
        world.complete(order)
        order = (
            world.place_update(user, resource, {"gpu_hours": 9})
            if kind is Kind.UPDATE
            else world.place_terminate(user, resource)
        )
        assert resource.state == {Kind.UPDATE: "Updating", Kind.TERMINATE: "Terminating"}[kind]
    commands = {"done": world.complete, "fail": lambda one: world.fail(one, "m"), "reject": world.reject}
    commands[move](order)
    assert resource.state == resource_state
    assert resource.limits == {"gpu_hours": 9 if (kind, move) == (Kind.UPDATE, "done") else 5}


def test_a_created_order_shows_what_clients_need(market):
    answer = market.buyer.post("/marketplace-orders/", json=market.purchase(request_comment="hi"))
    row = answer.json()
    assert answer.status_code == 201
    assert row["state"] == "pending-provider"
    assert row["type"] == "Create"
    assert row["plan_name"] == "Standard"
    assert row["resource_uuid"] is None
    assert row["request_comment"] is None
    assert row["consumer_reviewed_at"] is not None
    assert row["provider_reviewed_at"] is None
    assert "error_traceback" not in row
    assert "error_traceback" in market.staff.get(f"/marketplace-orders/{row['uuid']}/").json()
    resource = market.world.resource(row["marketplace_resource_uuid"])
    assert (resource.state, resource.name, resource.attributes) == ("Creating", "alpha", {"name": "alpha"})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"offering": None}, "offering"),
        ({"project": None}, "project"),
        ({"project": "http://x/api/customers/1/"}, "project"),
        ({"project": f"http://x/api/projects/{'0' * 32}/"}, "project"),
        ({"plan": None}, "plan"),
        ({"limits": {"nonsense": 1}}, "limits"),
        ({"limits": {"gpu_hours": -1}}, "limits"),
        ({"limits": {"gpu_hours": "many"}}, "limits"),
        ({"limits": [1]}, "limits"),
        ({"attributes": {"name": "x" * 151}}, "attributes.name"),
        ({"attributes": {"name": "x", "end_date": "2020-01-01"}}, "end_date"),
        ({"attributes": {"name": "x", "end_date": "soon"}}, "end_date"),
    ],
)
def test_refused_orders_leave_nothing_behind(market, changes, key):
    answer = market.buyer.post("/marketplace-orders/", json=market.purchase(**changes))
    assert (answer.status_code, list(answer.json())) == (400, [key])
    assert market.world.orders == market.world.resources == ()
    assert len(market.sandbox.writes) == 0


def test_an_end_date_attribute_becomes_the_end_date(market):
    body = market.purchase(attributes={"name": "x", "end_date": "2027-01-31"})
    uuid = market.buyer.post("/marketplace-orders/", json=body).json()["marketplace_resource_uuid"]
    assert market.buyer.get(f"/marketplace-resources/{uuid}/?field=end_date").json() == {"end_date": "2027-01-31"}


def _offering(market, **options):
    options.setdefault("components", ["gpu_hours"])
    return market.world.add_offering(market.side.provider, "Other", **options)


def _order(market, offering, user=None, **options):
    return market.world.place_create(user or market.side.consumer_user, offering, market.project, **options)


@pytest.mark.parametrize(
    ("options", "limits", "accepted"),
    [
        ({"components": [ComponentSpec("t", max_value=4)]}, {"t": 5}, False),
        ({"components": [ComponentSpec("t", min_value=4)]}, {"t": 3}, False),
        ({"components": [ComponentSpec("t", is_boolean=True)]}, {"t": 2}, False),
        ({"components": [ComponentSpec("t", max_available_limit=7)]}, {"t": 8}, False),
        ({"components": [ComponentSpec("t", billing_type="usage")]}, {"t": 1}, False),
        ({"components": [ComponentSpec("t", min_value=1, max_value=4)]}, {"t": 4}, True),
        ({"state": "Paused"}, {}, False),
        ({"plans": [PlanSpec("Old", archived=True)]}, {}, False),
        ({"plans": [], "shared": False}, {}, True),
        ({"terms_of_service": "Be kind."}, {}, False),
        ({"options": {"options": {"k": {"type": "string", "required": True}}}}, {}, False),
        ({"plugin_options": {"maximal_resource_count_per_project": 0}}, {}, True),
    ],
)
def test_offerings_set_their_conditions(market, options, limits, accepted):
    offering = _offering(market, **options)
    if accepted:
        assert _order(market, offering, limits=limits).state
    else:
        with pytest.raises(ApiError) as caught:
            _order(market, offering, limits=limits)
        assert caught.value.status == 400


def test_consent_is_given_once(market):
    offering = _offering(market, terms_of_service="Be kind.")
    url = f"/api/marketplace-public-offerings/{offering.uuid}/"
    plan = f"{url}plans/{offering.plans[0].uuid}/"
    body = market.purchase(offering=url, plan=plan, accepting_terms_of_service=True)
    assert market.buyer.post("/marketplace-orders/", json=body).status_code == 201
    body = market.purchase(offering=url, plan=plan)
    assert market.buyer.post("/marketplace-orders/", json=body).status_code == 201


def test_uniqueness_by_attribute_frees_with_termination(market):
    offering = _offering(market, plugin_options={"unique_resource_per_attribute": "mark"})
    order = _order(market, offering, attributes={"mark": "m"})
    with pytest.raises(ApiError, match="already has a resource with mark"):
        _order(market, offering, attributes={"mark": "m"})
    _order(market, offering, attributes={"mark": "other"})
    market.world.reject(order)
    _order(market, offering, attributes={"mark": "m"})


@pytest.mark.parametrize(
    ("role", "plugin_options", "shared", "state"),
    [
        ("CUSTOMER.OWNER", {}, True, "pending-provider"),
        ("PROJECT.MANAGER", {}, True, "pending-provider"),
        ("PROJECT.MEMBER", {}, True, "pending-consumer"),
        ("PROJECT.MEMBER", {"auto_approve_for_roles": ["PROJECT.MEMBER"]}, True, "pending-provider"),
        ("CUSTOMER.OWNER", {"require_purchase_order_upload": True}, True, "pending-consumer"),
    ],
)
def test_reviewers_decide_the_first_state(market, role, plugin_options, shared, state):
    user = market.world.add_user("weak")
    market.world.grant(user, role, market.project if role.startswith("PROJECT") else market.side.customer)
    offering = _offering(market, plugin_options=plugin_options, shared=shared)
    assert _order(market, offering, user).state == state


@pytest.mark.parametrize(
    ("kind", "options", "state"),
    [
        ("Marketplace.Slurm", {}, "pending-provider"),
        ("Marketplace.Basic", {}, "pending-provider"),
        ("Marketplace.Script", {}, "executing"),
        ("Marketplace.Script", {"auto_approve_marketplace_script": False}, "pending-provider"),
        ("Waldur.RemoteOffering", {}, "pending-provider"),
        ("Waldur.RemoteOffering", {"auto_approve_remote_orders": True}, "executing"),
        ("OpenStack.Tenant", {}, "executing"),
    ],
)
def test_the_type_decides_about_the_providers_review(market, kind, options, state):
    assert _order(market, _offering(market, type=kind, plugin_options=options)).state == state


def test_state_actions_are_405_for_other_types(market):
    order = _order(market, _offering(market, type="Marketplace.Basic"))
    path = f"/marketplace-orders/{order.uuid}"
    answer = market.seller.post(f"{path}/set_state_executing/")
    assert answer.status_code == 405
    assert "Marketplace.Basic" in answer.json()["detail"]
    assert market.buyer.post(f"/marketplace-orders/{market.place().uuid}/cancel/").status_code == 405
    assert market.buyer.post(f"{path}/cancel/").status_code == 202
    assert order.state == "canceled"


def test_only_one_unfinished_order_per_resource(market):
    resource = market.running()
    buyer, path = market.buyer, f"/marketplace-resources/{resource.uuid}"
    first = buyer.post(f"{path}/update_limits/", json={"limits": {"gpu_hours": 9}})
    assert (first.status_code, list(first.json())) == (200, ["order_uuid"])
    assert buyer.post(f"{path}/update_limits/", json={"limits": {"gpu_hours": 8}}).status_code == 409
    resource.state = "OK"
    second = buyer.post(f"{path}/update_limits/", json={"limits": {"gpu_hours": 8}})
    assert (second.status_code, second.json()) == (400, ["Pending order for resource already exists."])


def test_equal_limits_are_refused(market):
    path = f"/marketplace-resources/{market.running().uuid}/update_limits/"
    answer = market.buyer.post(path, json={"limits": {"gpu_hours": 5}})
    assert answer.status_code == 400
    assert "exactly the same" in answer.text


def test_plan_switches_name_both_plans(rich_market):
    resource = rich_market.running()
    large = rich_market.side.offering.plans[1]
    plan = f"http://x/api/marketplace-public-offerings/{rich_market.side.offering.uuid}/plans/{large.uuid}/"
    uuid = rich_market.buyer.post(f"/marketplace-resources/{resource.uuid}/switch_plan/", json={"plan": plan}).json()
    row = rich_market.buyer.get(f"/marketplace-orders/{uuid['order_uuid']}/").json()
    assert (row["order_subtype"], row["old_plan_name"], row["new_plan_name"]) == ("plan_switch", "Standard", "Large")
    rich_market.world.complete(rich_market.world.order(row["uuid"]))
    assert resource.plan is large
    assert resource.limits == {"gpu_hours": 5}


def test_erring_without_texts_is_a_500_and_changes_nothing(market):
    order = market.place()
    answer = market.seller.post(f"/marketplace-orders/{order.uuid}/set_state_erred/", json={"error_message": "x"})
    assert (answer.status_code, order.state) == (500, "pending-provider")


def test_erring_is_not_guarded_and_sets_no_completion(market):
    order = market.place()
    market.world.complete(order)
    completed = order.completed_at
    body = {"error_message": "m", "error_traceback": "t"}
    assert market.seller.post(f"/marketplace-orders/{order.uuid}/set_state_erred/", json=body).status_code == 200
    assert (order.state, order.completed_at, order.error_message) == ("erred", completed, "m")


def test_an_order_backend_id_reports_changes_and_moves_modified(market):
    order, seller = market.place(), market.seller
    before = order.modified
    market.clock.advance(timedelta(minutes=1))
    path = f"/marketplace-orders/{order.uuid}/set_backend_id/"
    assert "has been changed" in seller.post(path, json={"backend_id": "b"}).json()["status"]
    assert order.modified == before + timedelta(minutes=1)
    assert "is not changed" in seller.post(path, json={"backend_id": "b"}).json()["status"]
    assert seller.post(path, json={"backend_id": "b" * 256}).status_code == 400
    assert market.buyer.post(path, json={"backend_id": "c"}).status_code == 403


def test_approval_merges_attributes(market):
    order = market.place(attributes={"name": "x"})
    path = f"/marketplace-orders/{order.uuid}/approve_by_provider/"
    answer = market.seller.post(path, json={"attributes": {"k": 1}})
    assert answer.json() == {"detail": "Order has been approved and is being processed."}
    assert order.attributes == order.resource.attributes == {"name": "x", "k": 1}
    assert order.provider_reviewed_at is not None


def test_deleting_a_pending_order_leaves_the_resource(market):
    order = market.place()
    assert market.buyer.delete(f"/marketplace-orders/{order.uuid}/").status_code == 204
    assert market.world.orders == ()
    assert market.world.resources[0].state == "Creating"
    path = f"/marketplace-resources/{order.resource.uuid}/terminate/"
    assert market.buyer.post(path, json={}).status_code == 409


def test_retry_runs_a_failed_order_again(market):
    order = market.place()
    order.resource.backend_id = "b"
    market.world.fail(order, "broken")
    assert market.seller.post(f"/marketplace-orders/{order.uuid}/retry/").status_code == 200
    assert (order.state, order.error_message, order.resource.state) == ("executing", "", "Creating")


def test_a_project_that_starts_later_holds_the_order(market):
    market.project.start_date = (market.clock() + timedelta(days=9)).date()
    assert market.place().state == "pending-project"


def test_filters_find_orders(market):
    resource = market.running()
    market.clock.advance(timedelta(hours=1))
    late = market.place(name="gamma")
    buyer = market.buyer

    def found(**params):
        rows = buyer.get("/marketplace-orders/", params={**params, "field": ["uuid"]}).json()
        return [row["uuid"] for row in rows]

    everything = [order.uuid for order in market.world.orders]
    assert found() == everything
    assert found(state=["done", "executing"]) == everything[:1]
    assert found(type="Update") == []
    assert found(resource_uuid=resource.uuid) == everything[:1]
    assert found(query="amm") == [late.uuid]
    assert found(query=late.uuid) == [late.uuid]
    assert found(resource_name="gamma") == [late.uuid]
    assert found(created="2026-03-04T11:00:00Z") == [late.uuid]
    assert found(created_before="2026-03-04T10:30:00+00:00") == everything[:1]
    assert found(provider_uuid=market.side.provider.uuid) == everything
    assert found(customer_uuid=market.side.provider.uuid) == []
    assert found(offering_uuid=market.side.offering.uuid, o="-created") == everything[::-1]
    assert found(offering=f"http://h/api/marketplace-public-offerings/{market.side.offering.uuid}/") == everything
    assert found(can_approve_as_provider="false") == [late.uuid]
    assert found(can_approve_as_provider="true") == []


def test_costs_follow_the_pricing_plan(market):
    offering = _offering(market, plans=[PlanSpec("Paid", prices={"gpu_hours": Decimal("1.5")})])
    order = _order(market, offering, limits={"gpu_hours": 4})
    assert market.buyer.get(f"/marketplace-orders/{order.uuid}/?field=cost").json() == {"cost": "6.0000000000"}
