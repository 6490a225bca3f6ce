"""Queues of messages: who may register them, what is told, and that only what is kept is."""

import pytest
from tests.unit.sandbox.listeners import CONSUMERS, IDENTITIES
from werkzeug.test import Client

from federation_adapters.sandbox import seed_pair
from federation_adapters.sandbox.areas.orders.machine import Kind


class TestAgentQueues:
    def test_registering_is_repeatable_and_revives_the_password(self, stage):
        identity = stage.identity()
        first = stage.call("POST", f"{IDENTITIES}{identity}/register_queue/", {"object_types": ["order"]})
        again = stage.call("POST", f"{IDENTITIES}{identity}/register_queue/", {})
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json == again.json
        vhost = stage.pair.a.provider_user.uuid
        assert first.json["vhost"] == vhost
        assert stage.broker.passwords == {(vhost, first.json["rmq_username"]): stage.pair.a_token}
        assert stage.broker.queues == {(vhost, first.json["queue_name"])}
        assert first.json["observable_object_types"] == ["order"]

    def test_another_owner_is_a_conflict(self, stage):
        identity = stage.identity()
        stage.call("POST", f"{IDENTITIES}{identity}/register_queue/", {})
        answer = stage.call("POST", f"{IDENTITIES}{identity}/register_queue/", {}, token=stage.pair.a.staff.token)
        assert answer.status_code == 409
        assert "already registered" in answer.json["detail"]

    def test_those_who_do_not_provide_the_offering_do_not_find_the_agent(self, stage):
        path = f"{IDENTITIES}{stage.identity()}/register_queue/"
        assert stage.call("POST", path, {}, token=stage.pair.a.orderer.token).status_code == 404

    def test_those_who_may_only_look_may_not(self, stage):
        path = f"{IDENTITIES}{stage.identity()}/register_queue/"
        looker = stage.world.add_user("looker")
        stage.world.grant(looker, "CUSTOMER.SUPPORT", stage.pair.a.provider)
        assert stage.call("POST", path, {}, token=looker.token).status_code == 403
        assert stage.call("DELETE", path.removesuffix("register_queue/"), token=looker.token).status_code == 403

    @pytest.mark.parametrize("types", [["orders"], "order"])
    def test_unknown_types_are_refused(self, stage, types):
        path = f"{IDENTITIES}{stage.identity()}/register_queue/"
        answer = stage.call("POST", path, {"object_types": types})
        assert (answer.status_code, list(answer.json)) == (400, ["object_types"])

    def test_without_a_broker_that_answers_there_is_none(self, stage):
        stage.broker.is_down = True
        answer = stage.queue("order")
        assert (answer.status_code, answer.json) == (400, ["Failed to create RabbitMQ queue"])
        assert len(stage.sandbox.store.event_queues) == 0

    def test_without_any_broker_there_is_none_either(self):
        pair = seed_pair()
        http = Client(pair.a.sandbox)
        headers = {"Authorization": f"Token {pair.a_token}"}
        made = http.post(IDENTITIES, json={"offering": pair.a.offering.uuid, "name": "x"}, headers=headers).get_json()
        answer = http.post(f"{IDENTITIES}{made['uuid']}/register_queue/", json={}, headers=headers)
        assert (answer.status_code, answer.json) == (400, ["Failed to create RabbitMQ queue"])

    def test_it_goes_with_its_agent(self, stage):
        identity = stage.identity()
        stage.call("POST", f"{IDENTITIES}{identity}/register_queue/", {})
        assert stage.call("DELETE", f"{IDENTITIES}{identity}/").status_code == 204
        assert (stage.broker.passwords, stage.broker.queues) == ({}, set())
        assert stage.call("GET", IDENTITIES).json == []

    def test_a_broker_that_is_away_keeps_it_for_now(self, stage):
        identity = stage.identity()
        stage.call("POST", f"{IDENTITIES}{identity}/register_queue/", {})
        stage.broker.is_down = True
        assert stage.call("DELETE", f"{IDENTITIES}{identity}/").status_code == 204

    def test_an_agent_without_a_queue_goes_as_well(self, stage):
        assert stage.call("DELETE", f"{IDENTITIES}{stage.identity()}/").status_code == 204

    def test_a_server_of_2024_has_none(self):
        pair = seed_pair(profile="2024-10")
        headers = {"Authorization": f"Token {pair.a_token}"}
        assert Client(pair.a.sandbox).post(f"{CONSUMERS}register/", json={}, headers=headers).status_code == 404


class TestConsumers:
    def test_one_for_each_set_of_scopes(self, stage):
        side = stage.pair.a
        token = side.orderer.token
        first = stage.consumer("customer", side.consumer.uuid, "order", token=token)
        again = stage.consumer("customer", side.consumer.uuid, "resource", token=token)
        other = stage.consumer("project", side.projects[0].uuid, token=token)
        assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
        assert first.json["queue_name"] == again.json["queue_name"] != other.json["queue_name"]
        listed = stage.call("GET", CONSUMERS, token=token).json
        assert [row["scopes"][0]["type"] for row in listed] == ["project", "customer"]
        assert stage.call("GET", CONSUMERS).json == []

    @pytest.mark.parametrize("kind", ["customer", "project", "offering", "user"])
    def test_each_scope_takes_a_role(self, stage, kind):
        side = stage.pair.a
        uuids = {
            "customer": side.consumer.uuid,
            "project": side.projects[0].uuid,
            "offering": side.offering.uuid,
            "user": side.orderer.uuid,
        }
        stranger = stage.world.add_user("stranger")
        assert stage.consumer(kind, uuids[kind], token=stranger.token).status_code == 403
        owners = {"offering": stage.pair.a_token}
        assert stage.consumer(kind, uuids[kind], token=owners.get(kind, side.orderer.token)).status_code == 201

    def test_everything_is_for_staff(self, stage):
        path: str = f"{CONSUMERS}register/"
        body: dict[str, list[str]] = {"scopes": []}
        assert stage.call("POST", path, body).status_code == 403
        assert stage.call("POST", path, body, token=stage.pair.a.staff.token).status_code == 201

    @pytest.mark.parametrize("scopes", [["customer"], "customer", [{"type": "planet", "uuid": "0" * 32}]])
    def test_odd_scopes_are_refused(self, stage, scopes):
        assert stage.call("POST", f"{CONSUMERS}register/", {"scopes": scopes}).status_code == 400

    def test_only_ones_own_can_be_deleted(self, stage):
        side = stage.pair.a
        stage.consumer("customer", side.consumer.uuid, token=side.orderer.token)
        (row,) = stage.call("GET", CONSUMERS, token=side.orderer.token).json
        assert stage.call("DELETE", f"{CONSUMERS}{row['uuid']}/").status_code == 404
        assert stage.call("DELETE", f"{CONSUMERS}{row['uuid']}/", token=side.orderer.token).status_code == 204


class TestMessages:
    def test_every_state_of_an_order_is_told(self, stage):
        stage.queue("order")
        order = stage.place()
        stage.world.approve(order)
        stage.world.complete(order)
        states = [body["order_state"] for body in stage.told()]
        assert states[-2:] == ["executing", "done"]
        assert "pending-provider" in states
        told = stage.told()[-1]
        assert told["order_uuid"] == order.uuid
        assert (told["object_type"], told["schema_version"], told["order_type"]) == ("order", 1, str(Kind.CREATE))
        assert told["offering_uuid"] == stage.pair.a.offering.uuid

    def test_a_request_that_is_refused_tells_nothing(self, stage):
        stage.queue("order")
        order = stage.place()
        before = stage.told()
        answer = stage.call("POST", f"/api/marketplace-orders/{order.uuid}/set_state_done/")
        assert answer.status_code == 409
        assert stage.told() == before

    @pytest.mark.parametrize("flag", ["paused", "downscaled", "restrict_member_access"])
    def test_flags_of_resources_are(self, stage, flag):
        stage.queue("resource")
        resource = stage.world.add_resource(stage.pair.a.offering, stage.pair.a.projects[0])
        stage.world.edit(resource, **{flag: True})
        stage.world.edit(resource, name="other")
        (told,) = stage.told()
        assert (told["resource_uuid"], told[flag]) == (resource.uuid, True)

    def test_roles_on_projects_with_something_living_are(self, stage):
        stage.queue("user_role")
        ada = stage.world.add_user("ada")
        project = stage.pair.a.projects[0]
        stage.world.grant(ada, "PROJECT.MEMBER", project)
        assert stage.told() == []
        stage.world.add_resource(stage.pair.a.offering, project)
        grant = stage.world.grant(ada, "PROJECT.ADMIN", project)
        stage.world.edit(grant, is_active=False)
        stage.world.grant(ada, "CUSTOMER.SUPPORT", stage.pair.a.consumer)
        told = stage.told()
        assert [(body["role_name"], body["granted"]) for body in told] == [
            ("PROJECT.ADMIN", True),
            ("PROJECT.ADMIN", False),
        ]
        assert told[0]["user_uuid"] == ada.uuid

    def test_accounts_are_from_beginning_to_end(self, stage):
        stage.queue("offering_user")
        stage.world.edit(stage.pair.a.offering, plugin_options={"service_provider_can_create_offering_user": True})
        ada = stage.world.add_user("ada")
        account = stage.world.add_offering_user(stage.pair.a.offering, ada)
        stage.world.edit(account, username="ada7")
        stage.world.edit(ada, first_name="Ada")
        told = [body["action"] for body in stage.told()]
        assert told == ["create", "update", "username_set", "attribute_update"]
        assert [body["username"] for body in stage.told()][-1] == "ada7"

    def test_accounts_of_services_are(self, stage):
        stage.queue("service_account", "course_account")
        project = stage.pair.a.projects[0]
        stage.world.add_resource(stage.pair.a.offering, project)
        stage.world.add_project_account(project, "svc")
        (told,) = stage.told()
        assert (told["object_type"], told["action"]) == ("service_account", "create")

    def test_only_the_types_that_were_asked_for_come(self, stage):
        stage.queue("resource")
        stage.place()
        assert stage.told() == []

    def test_no_types_are_all_types(self, stage):
        stage.queue()
        stage.place()
        assert stage.told() != []

    def test_who_has_lost_the_role_hears_nothing_more(self, stage):
        stage.queue("order")
        (grant,) = stage.world.grants_on(stage.pair.a.provider)
        stage.world.edit(grant, is_active=False)
        stage.place()
        assert stage.told() == []

    def test_nor_does_who_was_deactivated(self, stage):
        stage.queue("order")
        stage.world.edit(stage.pair.a.provider_user, is_active=False)
        stage.place()
        assert stage.told() == []

    def test_a_customer_hears_of_its_own_orders(self, stage):
        side = stage.pair.a
        stage.consumer("customer", side.consumer.uuid, token=side.orderer.token)
        stage.place()
        assert {body["object_type"] for body in stage.told()} == {"order"}

    def test_and_of_nobody_elses(self, stage):
        other = stage.world.add_customer("Other")
        owner = stage.world.add_user("owner")
        stage.world.grant(owner, "CUSTOMER.OWNER", other)
        stage.consumer("customer", other.uuid, token=owner.token)
        stage.place()
        assert stage.told() == []

    def test_staff_may_hear_everything(self, stage):
        stage.call("POST", f"{CONSUMERS}register/", {"scopes": []}, token=stage.pair.a.staff.token)
        stage.place()
        assert stage.told() != []


class TestLoss:
    def test_what_is_lost_on_purpose_is_logged(self, stage):
        stage.queue("order")
        stage.publisher.loss = 1.0
        stage.place()
        assert stage.told() == []
        assert {one.fate for one in stage.publisher.log} == {"lost"}
        assert "order_uuid" not in repr(stage.publisher.log.entries[0])

    def test_a_broker_that_is_down_loses_it_and_delays_nobody(self, stage):
        stage.queue("order")
        stage.broker.is_down = True
        stage.place()
        stage.told()
        assert {one.fate for one in stage.publisher.log} == {"failed"}

    def test_once_it_has_stopped_nothing_is_collected(self, stage):
        stage.publisher.stop()
        stage.place()
        assert stage.sandbox.store.journal.take_changes() == []
        stage.publisher = stage.sandbox.connect(stage.broker)
