"""Registering for messages: who may, what is refused, and what is left as it was."""

import pytest
from tests.unit.sandbox.listeners import CONSUMERS, IDENTITIES, Stage
from werkzeug.test import Client

from federation_adapters.sandbox import LEGACY, seed_pair
from federation_adapters.sandbox.areas.events.models import OBJECT_TYPES

SERVICES = "/api/marketplace-site-agent-services/"
SUBSCRIPTIONS = "/api/event-subscriptions/"


def manager_of_identities(stage, **changes):
    return stage.world.add_user("iris", **{"is_identity_manager": True, "managed_isds": ["isd:a"], **changes})


class TestIdentities:
    def test_names_need_not_be_unique_and_lists_are_narrowed_by_name_and_offering(self, stage):
        first, second = stage.identity(), stage.identity()
        offering = stage.pair.a.offering.uuid
        found = stage.call("GET", f"{IDENTITIES}?name=ours&offering_uuid={offering}").json
        assert [row["uuid"] for row in found] == [first, second]
        assert stage.call("GET", f"{IDENTITIES}?name=our&offering_uuid={offering}").json == []
        assert stage.call("GET", f"{IDENTITIES}?name=ours&offering_uuid={'0' * 32}").json == []

    def test_an_agent_stays_at_its_offering(self, stage):
        path = f"{IDENTITIES}{stage.identity()}/"
        other = stage.world.add_offering(stage.pair.a.provider, "Other")
        answer = stage.call("PUT", path, {"offering": other.uuid, "name": "ours"})
        assert (answer.status_code, list(answer.json)) == (400, ["offering"])
        assert stage.call("PUT", path, {"offering": stage.pair.a.offering.uuid, "name": "new"}).json["name"] == "new"
        assert stage.call("PATCH", path, {"name": "ours"}).status_code == 405

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("name", "x" * 151),
            ("config_file_path", "/" * 151),
            ("last_restarted", "yesterday"),
            ("dependencies", ["httpx"]),
            ("dependencies", [{"package": "httpx"}]),
        ],
    )
    def test_what_does_not_fit_is_refused(self, stage, key, value):
        body = {"offering": stage.pair.a.offering.uuid, "name": "ours", key: value}
        answer = stage.call("POST", IDENTITIES, body)
        assert (answer.status_code, list(answer.json)) == (400, [key])

    def test_what_it_says_about_itself_is_shown(self, stage):
        said = {
            "version": "1.4.0",
            "dependencies": [{"package": "httpx", "version": "0.28.1"}],
            "config_file_path": "",
            "config_file_content": "",
        }
        body = {"offering": stage.pair.a.offering.uuid, "name": "ours", "last_restarted": "2026-11-22T07:00:00", **said}
        shown = stage.call("POST", IDENTITIES, body).json
        assert shown.items() >= said.items()
        assert shown["last_restarted"] == "2026-11-22T07:00:00.000000Z"
        assert shown["created_by"] == stage.pair.a.provider_user.uuid

    def test_whoever_provides_the_offering_may(self, stage):
        side = stage.pair.a
        bodies = {"offering": side.offering.uuid, "name": "ours"}
        for role, scope, status in (
            ("CUSTOMER.MANAGER", side.provider, 201),
            ("OFFERING.MANAGER", side.offering, 201),
            ("CUSTOMER.SUPPORT", side.provider, 403),
        ):
            user = stage.world.add_user(role.lower())
            stage.world.grant(user, role, scope)
            assert stage.call("POST", IDENTITIES, bodies, token=user.token).status_code == status

    def test_managers_of_identities_look_after_their_own_agents(self, stage):
        iris, body = manager_of_identities(stage), {"offering": stage.pair.a.offering.uuid, "name": "hers"}
        made = stage.call("POST", IDENTITIES, body, token=iris.token)
        assert made.status_code == 201
        ours = stage.identity()
        assert [row["name"] for row in stage.call("GET", IDENTITIES, token=iris.token).json] == ["hers"]
        assert stage.call("POST", f"{IDENTITIES}{ours}/register_queue/", {}, token=iris.token).status_code == 404
        path = f"{IDENTITIES}{made.json['uuid']}/register_queue/"
        assert stage.call("POST", path, {}, token=iris.token).status_code == 201
        stage.place()
        assert stage.told() == []  # the queue is there, and nothing comes without a role

    @pytest.mark.parametrize("changes", [{"managed_isds": []}, {"is_identity_manager": False}])
    def test_who_manages_none_does_not(self, stage, changes):
        iris, body = manager_of_identities(stage, **changes), {"offering": stage.pair.a.offering.uuid, "name": "hers"}
        assert stage.call("POST", IDENTITIES, body, token=iris.token).status_code == 403

    def test_nor_for_an_offering_that_is_not_on_display(self, stage):
        iris, body = manager_of_identities(stage), {"offering": stage.pair.a.offering.uuid, "name": "hers"}
        stage.world.edit(stage.pair.a.offering, state="Draft")
        assert stage.call("POST", IDENTITIES, body, token=iris.token).status_code == 403

    def test_support_sees_all_and_changes_nothing(self, stage):
        support, identity = stage.world.add_user("support", is_support=True), stage.identity()
        assert len(stage.call("GET", IDENTITIES, token=support.token).json) == 1
        path = f"{IDENTITIES}{identity}/"
        assert stage.call("DELETE", path, token=support.token).status_code == 403
        assert stage.call("POST", f"{path}register_service/", {"name": "x"}, token=support.token).status_code == 403


class TestServices:
    def service(self, stage):
        self.identity = stage.identity()
        body = {"name": "event_process-order", "mode": "event_process"}
        return stage.call("POST", f"{IDENTITIES}{self.identity}/register_service/", body).json

    def test_they_count_and_run(self, stage):
        service = self.service(stage)
        assert (service["state"], service["statistics"], service["identity"]) == ("Active", {}, self.identity)
        path = f"{SERVICES}{service['uuid']}/"
        counted = stage.call("POST", f"{path}set_statistics/", {"statistics": {"orders": 3}})
        assert (counted.status_code, counted.json["statistics"]) == (200, {"orders": 3})
        assert stage.call("POST", f"{path}set_statistics/", {}).status_code == 400
        wish = {"name": "OrderProcessor", "backend_type": "waldur", "backend_version": "8.1.2"}
        made = stage.call("POST", f"{path}register_processor/", wish)
        again = stage.call("POST", f"{path}register_processor/", wish)
        assert (made.status_code, again.status_code) == (201, 200)
        assert again.json["last_run"] > made.json["last_run"]
        (processor,) = stage.call("GET", path).json["processors"]
        assert (processor["name"], "service" in processor) == ("OrderProcessor", False)

    def test_those_who_may_only_look_may_not(self, stage):
        path = f"{SERVICES}{self.service(stage)['uuid']}/"
        looker = stage.world.add_user("looker")
        stage.world.grant(looker, "CUSTOMER.SUPPORT", stage.pair.a.provider)
        assert stage.call("GET", path, token=looker.token).status_code == 200
        answer = stage.call("POST", f"{path}set_statistics/", {"statistics": {}}, token=looker.token)
        assert answer.status_code == 403
        assert stage.call("GET", path, token=stage.pair.a.orderer.token).status_code == 404

    def test_they_go_with_their_agent(self, stage):
        path = f"{SERVICES}{self.service(stage)['uuid']}/"
        stage.call("POST", f"{path}register_processor/", {"name": "p", "backend_type": "b"})
        stage.call("DELETE", f"{IDENTITIES}{self.identity}/")
        assert stage.call("GET", SERVICES).json == []
        assert len(stage.sandbox.store.processors) == 0


class TestQueues:
    def register(self, stage, identity, **body):
        return stage.call("POST", f"{IDENTITIES}{identity}/register_queue/", body)

    def test_the_filter_stays_where_it_is_left_out(self, stage):
        identity = stage.identity()
        everything = list(OBJECT_TYPES)
        for body, shown in (
            ({}, everything),
            ({"object_types": ["order", "resource"]}, ["order", "resource"]),
            ({}, ["order", "resource"]),
            ({"object_types": []}, everything),
        ):
            assert self.register(stage, identity, **body).json["observable_object_types"] == shown

    def test_nobody_looks_for_the_queue_of_a_login_that_is_there(self, stage):
        identity = stage.identity()
        first = self.register(stage, identity)
        stage.broker.queues.clear()
        again = self.register(stage, identity)
        assert (again.status_code, again.json) == (200, first.json)
        assert stage.broker.queues == set()
        stage.call("DELETE", f"{IDENTITIES}{identity}/")
        anew = self.register(stage, stage.identity())
        assert anew.status_code == 201
        assert stage.broker.queues == {(anew.json["vhost"], anew.json["queue_name"])}

    def test_a_login_that_vanished_is_made_anew_for_the_same_queue(self, stage):
        identity = stage.identity()
        first = self.register(stage, identity).json
        stage.broker.passwords.clear()
        again = self.register(stage, identity)
        assert again.status_code == 201
        assert again.json["queue_name"] == first["queue_name"]
        assert again.json["rmq_username"] != first["rmq_username"]
        assert len(again.json["rmq_username"]) == 32

    def test_the_password_is_the_token_of_whoever_asked(self, stage):
        identity = stage.identity()
        made = self.register(stage, identity).json
        login = (made["vhost"], made["rmq_username"])
        stage.broker.passwords[login] = "an-old-one"
        self.register(stage, identity)
        assert stage.broker.passwords == {login: stage.pair.a_token}

    @pytest.mark.parametrize("step", ["admit", "declare"])
    def test_where_a_step_fails_no_login_is_left(self, stage, step):
        stage.broker.fails = step
        answer = self.register(stage, stage.identity())
        assert (answer.status_code, answer.json) == (400, ["Failed to create RabbitMQ queue"])
        assert stage.broker.passwords == {}

    def test_logins_come_of_the_seed(self):
        names = []
        for _ in range(2):
            stage = Stage()
            names.append(stage.queue("order").json["rmq_username"])
            stage.publisher.stop()
        assert names[0] == names[1]


class TestConsumers:
    def test_staff_see_those_of_all_but_not_those_of_agents(self, stage):
        side = stage.pair.a
        stage.queue("order")
        stage.consumer("customer", side.consumer.uuid, "order", token=side.orderer.token)
        (row,) = stage.call("GET", CONSUMERS, token=side.staff.token).json
        assert (row["user_username"], row["is_global"], row["authorized_via"]) == ("alice", False, "scope_role")
        assert stage.call("DELETE", f"{CONSUMERS}{row['uuid']}/", token=side.staff.token).status_code == 204

    @pytest.mark.parametrize(("kind", "way"), [("is_staff", "staff"), ("is_support", "support")])
    def test_everything_is_for_staff_and_support(self, stage, kind, way):
        user = stage.world.add_user("other", **{kind: True})
        assert stage.call("POST", f"{CONSUMERS}register/", {}, token=user.token).status_code == 201
        (row,) = stage.call("GET", CONSUMERS, token=user.token).json
        assert (row["is_global"], row["authorized_via"], row["scopes"]) == (True, way, [])

    def test_a_role_above_the_scope_is_enough_and_one_below_is_not(self, stage):
        side = stage.pair.a
        member = stage.world.add_user("member")
        stage.world.grant(member, "PROJECT.MEMBER", side.projects[0])
        assert stage.consumer("project", side.projects[0].uuid, token=side.orderer.token).status_code == 201
        assert stage.consumer("project", side.projects[0].uuid, token=member.token).status_code == 201
        assert stage.consumer("customer", side.consumer.uuid, token=member.token).status_code == 403

    def test_one_may_always_bind_oneself(self, stage):
        nobody = stage.world.add_user("nobody")
        assert stage.consumer("user", nobody.uuid, token=nobody.token).status_code == 201
        (row,) = stage.call("GET", CONSUMERS, token=nobody.token).json
        assert row["authorized_via"] == "self"
        assert stage.consumer("user", nobody.uuid, token=stage.pair.a.orderer.token).status_code == 403

    def test_a_scope_has_a_uuid(self, stage):
        body = {"scopes": [{"type": "project", "uuid": "x"}]}
        answer = stage.call("POST", f"{CONSUMERS}register/", body)
        assert (answer.status_code, list(answer.json)) == (400, ["scopes"])


class TestTheOldWay:
    def subscribe(self, stage, kind="order", identity=None, **options):
        path = f"{IDENTITIES}{identity or stage.identity()}/register_event_subscription/"
        return stage.call("POST", path, {"observable_object_type": kind}, **options)

    def queue(self, stage, subscription, kind="order", offering=None, **options):
        body = {"offering_uuid": offering or stage.pair.a.offering.uuid, "object_type": kind}
        return stage.call("POST", f"{SUBSCRIPTIONS}{subscription}/create_queue/", body, **options)

    def test_all_agents_of_a_user_share_the_subscription_of_a_type(self, stage):
        first, second = self.subscribe(stage), self.subscribe(stage)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json == second.json
        assert first.json["observable_objects"] == [{"object_type": "order"}]
        owner = stage.pair.a.provider_user
        assert (first.json["user_uuid"], first.json["user_username"]) == (owner.uuid, owner.username)
        assert stage.broker.passwords == {(owner.uuid, first.json["uuid"]): stage.pair.a_token}
        assert stage.broker.queues == set()
        assert self.subscribe(stage, "resource").json["uuid"] != first.json["uuid"]

    def test_a_password_stays_as_it_was(self, stage):
        login = (stage.pair.a.provider_user.uuid, self.subscribe(stage).json["uuid"])
        stage.broker.passwords[login] = "an-old-one"
        self.subscribe(stage)
        assert stage.broker.passwords == {login: "an-old-one"}

    def test_each_offering_and_type_has_a_queue_of_its_own(self, stage):
        subscription = self.subscribe(stage).json["uuid"]
        first, again = self.queue(stage, subscription), self.queue(stage, subscription)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json == again.json
        offering = stage.pair.a.offering.uuid
        assert first.json["queue_name"] == f"subscription_{subscription}_offering_{offering}_order"
        assert first.json.items() >= {"object_type": "order", "event_subscription_uuid": subscription}.items()
        assert stage.broker.queues == {(first.json["vhost"], first.json["queue_name"])}

    def test_a_queue_that_vanished_is_made_again(self, stage):
        subscription = self.subscribe(stage).json["uuid"]
        self.queue(stage, subscription)
        stage.broker.queues.clear()
        assert self.queue(stage, subscription).status_code == 200
        assert len(stage.broker.queues) == 1

    def test_a_login_that_vanished_takes_the_subscription_with_it(self, stage):
        first = self.subscribe(stage).json["uuid"]
        self.queue(stage, first)
        stage.broker.passwords.clear()
        again = self.subscribe(stage)
        assert (again.status_code, again.json["uuid"] != first) == (201, True)
        assert len(stage.sandbox.store.subscription_queues) == 0

    def test_subscriptions_can_do_without_an_agent(self, stage):
        token = stage.pair.a.orderer.token
        body = {"observable_objects": [{"object_type": "order"}], "description": "mine"}
        made = stage.call("POST", SUBSCRIPTIONS, body, token=token)
        assert made.status_code == 201
        assert stage.call("GET", f"{SUBSCRIPTIONS}{made.json['uuid']}/", token=token).json == made.json
        assert stage.call("GET", SUBSCRIPTIONS, token=token).json == [made.json]
        assert stage.call("GET", SUBSCRIPTIONS).json == []
        assert len(stage.call("GET", SUBSCRIPTIONS, token=stage.pair.a.staff.token).json) == 1
        assert self.queue(stage, made.json["uuid"]).status_code == 404

    @pytest.mark.parametrize("objects", [[], [{"object_type": "orders"}], "order"])
    def test_odd_types_are_refused(self, stage, objects):
        assert stage.call("POST", SUBSCRIPTIONS, {"observable_objects": objects}).status_code == 400

    @pytest.mark.parametrize("offering", ["x", "0" * 32])
    def test_the_offering_has_to_be_there(self, stage, offering):
        answer = self.queue(stage, self.subscribe(stage).json["uuid"], offering=offering)
        assert (answer.status_code, list(answer.json)) == (400, ["offering_uuid"])

    def test_and_to_be_ones_own(self, stage):
        token = stage.pair.a.orderer.token
        body = {"observable_objects": [{"object_type": "order"}]}
        mine = stage.call("POST", SUBSCRIPTIONS, body, token=token).json["uuid"]
        answer = self.queue(stage, mine, token=token)
        assert (answer.status_code, list(answer.json)) == (400, ["offering_uuid"])

    def test_those_who_may_only_look_may_not(self, stage):
        looker, identity = stage.world.add_user("looker"), stage.identity()
        stage.world.grant(looker, "CUSTOMER.SUPPORT", stage.pair.a.provider)
        assert self.subscribe(stage, identity=identity, token=looker.token).status_code == 403

    def test_a_broker_that_is_away_is_told_of(self, stage):
        subscription = self.subscribe(stage).json["uuid"]
        stage.broker.is_down = True
        assert self.subscribe(stage).json == ["Failed to create RabbitMQ queue"]
        assert self.subscribe(stage, "resource").status_code == 400
        answer = self.queue(stage, subscription)
        assert (answer.status_code, answer.json) == (400, ["Failed to create queue in RabbitMQ. Please try again."])

    def test_a_queue_that_is_known_is_told_while_the_broker_is_away(self, stage):
        subscription = self.subscribe(stage).json["uuid"]
        self.queue(stage, subscription)
        stage.broker.is_down = True
        assert self.queue(stage, subscription).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", IDENTITIES),
        ("GET", CONSUMERS),
        ("POST", f"{CONSUMERS}register/"),
        ("GET", SUBSCRIPTIONS),
        ("POST", f"{IDENTITIES}{'0' * 32}/register_queue/"),
    ],
)
def test_a_server_of_2024_has_none_of_it(method, path):
    pair = seed_pair(profile=LEGACY)
    headers = {"Authorization": f"Token {pair.a_token}"}
    assert Client(pair.a.sandbox).open(path, method=method, json={}, headers=headers).status_code == 404
