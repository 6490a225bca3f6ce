"""What messages say, to whom they go, and that they follow what is kept."""

from datetime import timedelta

import pytest
from tests.unit.sandbox.listeners import CONSUMERS, Stage

from federation_adapters.sandbox import ApiError, ManualClock, Progress

ALLOWED = {"service_provider_can_create_offering_user": True}
MEMBER = "PROJECT.MEMBER"


def resource_of(stage, **options):
    return stage.world.add_resource(stage.pair.a.offering, stage.pair.a.projects[0], **options)


def account_of(stage, username="", name="ada", **person):
    user = stage.world.add_user(name, **person)
    return stage.world.add_offering_user(stage.pair.a.offering, user, username)


def provided(stage, path, body=None, **options):
    return stage.call("POST", f"/api/marketplace-provider-resources/{path}", body, **options)


def approve_in_vain(stage, order):
    with stage.sandbox.store.journal.transaction():
        stage.world.approve(order)
        raise KeyError


class TestOrders:
    def test_an_order_is_told_as_it_was(self, stage):
        """Each message shows the state of its moment, though several are kept at once."""
        stage.queue("order")
        stage.world.set_progress(Progress.at_once("alloc-{slug}"))
        stage.place()
        states = [body["order_state"] for body in stage.told()]
        assert states == ["pending-consumer", "pending-provider", "executing", "done"]

    def test_what_is_told_of_it(self, stage):
        stage.queue("order")
        order = stage.place()
        resource, project, offering = order.resource, order.project, stage.pair.a.offering
        assert stage.told()[-1] == {
            "order_uuid": order.uuid,
            "order_state": "pending-provider",
            "offering_uuid": offering.uuid,
            "order_type": "Create",
            "resource_uuid": resource.uuid,
            "resource_backend_id": "",
            "resource_name": resource.name,
            "project_uuid": project.uuid,
            "project_name": project.name,
            "attributes": {"name": "x"},
            "limits": {"node_hours": 1},
            "plan_uuid": offering.plans[0].uuid,
            "object_type": "order",
            "schema_version": 1,
        }

    def test_an_order_for_other_limits_shows_those_that_are(self, stage):
        stage.queue("order")
        resource = resource_of(stage, limits={"node_hours": 1})
        stage.world.place_update(stage.pair.a.orderer, resource, {"node_hours": 9})
        assert {body["limits"]["node_hours"] for body in stage.told()} == {1}

    @pytest.mark.parametrize("end", ["reject", "cancel", "fail"])
    def test_other_ends_are_told_too(self, stage, end):
        stage.queue("order")
        order = stage.place()
        getattr(stage.world, end)(order, *(["no"] if end == "fail" else []))
        assert stage.told()[-1]["order_state"] == {"reject": "rejected", "cancel": "canceled", "fail": "erred"}[end]

    def test_a_message_of_the_provider_comes_without_a_state_whatever_the_offering(self, stage):
        stage.queue("order")
        offering = stage.pair.a.offering
        stage.world.edit(offering, plugin_options={"enable_provider_consumer_messaging": True})
        order = stage.place()
        before = len(stage.told())
        stage.world.edit(offering, type="Marketplace.Basic")
        path = f"/api/marketplace-orders/{order.uuid}/set_provider_info/"
        assert stage.call("POST", path, {"provider_message": "Soon."}).status_code == 200
        (told,) = stage.told()[before:]
        assert (told["action"], "order_state" in told, told["order_type"]) == ("provider_info_set", False, "Create")

    @pytest.mark.parametrize("kind", ["Marketplace.Basic", "Marketplace.Script", "Support.OfferingTemplate"])
    def test_other_offerings_tell_nothing_of_orders_resources_and_roles(self, stage, kind):
        stage.queue()
        side = stage.pair.a
        stage.world.edit(side.offering, type=kind)
        order = stage.place()
        stage.world.edit(order.resource, paused=True)
        stage.world.grant(stage.world.add_user("ada"), MEMBER, side.projects[0])
        stage.world.add_project_account(side.projects[0], "svc")
        assert stage.told() == []
        account_of(stage, "ada7", "bob")
        assert [body["action"] for body in stage.told()] == ["create"]


class TestResources:
    def test_one_save_is_one_message_and_messages_are_counted(self, stage):
        stage.queue("resource")
        resource, other = resource_of(stage, backend_id="alloc-1"), resource_of(stage)
        stage.world.edit(resource, paused=True, downscaled=True)
        stage.world.edit(resource, paused=False)
        stage.world.edit(other, paused=True)
        first, second, third = stage.told()
        assert first == {
            "resource_uuid": resource.uuid,
            "resource_backend_id": "alloc-1",
            "paused": True,
            "downscaled": True,
            "restrict_member_access": False,
            "sequence_number": 1,
            "offering_uuid": stage.pair.a.offering.uuid,
            "resource_name": resource.name,
            "resource_state": "OK",
            "project_uuid": resource.project.uuid,
            "project_name": resource.project.name,
            "limits": {},
            "object_type": "resource",
            "schema_version": 1,
        }
        assert (second["sequence_number"], third["sequence_number"]) == (2, 1)

    def test_flags_set_by_staff_are_told(self, stage):
        stage.queue("resource")
        path = f"{resource_of(stage).uuid}/set_paused/"
        for _ in range(2):
            assert provided(stage, path, body={"paused": True}, token=stage.pair.a.staff.token).status_code == 200
        assert [body["paused"] for body in stage.told()] == [True]

    def test_a_wish_for_a_fresh_look_is_told(self, stage):
        stage.queue("resource")
        resource = resource_of(stage, backend_id="alloc-1")
        assert provided(stage, f"{resource.uuid}/pull/").status_code == 202
        assert [body["resource_uuid"] for body in stage.told()] == [resource.uuid]
        stage.world.edit(resource, backend_id="")
        assert provided(stage, f"{resource.uuid}/pull/").status_code == 409
        assert len(stage.told()) == 1

    def test_states_limits_and_dates_are_not(self, stage):
        stage.queue("resource")
        stage.world.edit(resource_of(stage), state="Erred", limits={"node_hours": 2}, backend_id="b", name="n")
        assert stage.told() == []


class TestRoles:
    def test_what_is_told_of_one(self, stage):
        stage.queue("user_role")
        ada, project = stage.world.add_user("ada", full_name="Ada Byron"), stage.pair.a.projects[0]
        resource_of(stage)
        stage.world.grant(ada, MEMBER, project)
        assert stage.told() == [
            {
                "user_uuid": ada.uuid,
                "user_username": "ada",
                "project_uuid": project.uuid,
                "project_name": project.name,
                "role_name": MEMBER,
                "granted": True,
                "offering_uuid": stage.pair.a.offering.uuid,
                "user_email": ada.email,
                "user_full_name": "Ada Byron",
                "object_type": "user_role",
                "schema_version": 1,
            }
        ]

    def test_what_is_over_counts_no_more(self, stage):
        stage.queue("user_role")
        resource_of(stage, state="Terminated")
        stage.world.grant(stage.world.add_user("ada"), MEMBER, stage.pair.a.projects[0])
        assert stage.told() == []

    def test_the_person_and_those_who_are_told_everything_hear_it_in_another_shape(self, stage):
        staff, ada = stage.pair.a.staff, stage.world.add_user("ada")
        stage.call("POST", f"{CONSUMERS}register/", {"object_types": ["user_role"]}, token=staff.token)
        own = stage.consumer("user", ada.uuid, token=ada.token).json["queue_name"]
        resource_of(stage)
        stage.world.grant(ada, MEMBER, stage.pair.a.projects[0])
        stage.world.revoke(ada, MEMBER, stage.pair.a.projects[0])
        stage.world.grant(ada, "CUSTOMER.SUPPORT", stage.pair.a.consumer)
        hers = stage.told(own)
        assert [(one["event_type"], one["scope_type"], one["granted"]) for one in hers] == [
            ("role_granted", "project", True),
            ("role_revoked", "project", False),
            ("role_granted", "customer", True),
        ]
        assert hers[0].items() >= {"email": ada.email, "full_name": "ada", "role_name": MEMBER}.items()
        assert "offering_uuid" not in hers[0]
        assert len(stage.told()) == 6  # each twice: hers, and one for staff

    def test_the_members_of_a_project_can_be_asked_for_by_staff(self, stage):
        stage.queue("user_role")
        resource_of(stage)
        project = stage.pair.a.projects[0]
        path, staff = f"/api/projects/{project.uuid}/sync_user_roles/", stage.pair.a.staff.token
        assert stage.call("POST", path).status_code == 403
        assert stage.call("POST", path, token=staff).status_code == 200
        assert stage.call("POST", f"/api/projects/{'0' * 32}/sync_user_roles/", token=staff).status_code == 404
        (told,) = stage.told()
        assert (told["project_uuid"], "user_uuid" in told, "resource_uuid" in told) == (project.uuid, False, False)

    def test_those_of_a_resource_by_its_provider_not_too_often(self):
        clock = ManualClock()
        stage = Stage(clock=clock)
        stage.queue("user_role")
        resource = resource_of(stage)
        path = f"{resource.uuid}/sync_user_roles/"
        assert provided(stage, path).status_code == 409
        stage.world.edit(stage.pair.a.offering, plugin_options={"enable_membership_sync_status": True})
        assert provided(stage, path, token=stage.pair.a.orderer.token).status_code == 403
        assert provided(stage, f"{'0' * 32}/sync_user_roles/").status_code == 404
        assert [provided(stage, path).status_code for _ in range(2)] == [200, 429]
        clock.advance(timedelta(seconds=30))
        assert provided(stage, path).status_code == 200
        assert [body["resource_uuid"] for body in stage.told()] == [resource.uuid] * 2
        stage.publisher.stop()

    def test_other_offerings_have_nobody_to_tell(self, stage):
        stage.queue("user_role")
        options = {"enable_membership_sync_status": True}
        stage.world.edit(stage.pair.a.offering, type="Marketplace.Basic", plugin_options=options)
        assert provided(stage, f"{resource_of(stage).uuid}/sync_user_roles/").status_code == 200
        assert stage.told() == []


class TestAccounts:
    @pytest.fixture(autouse=True)
    def allowed(self, stage):
        stage.world.edit(stage.pair.a.offering, plugin_options=ALLOWED)
        stage.queue("offering_user")

    def test_a_new_one_shows_what_the_offering_shows_of_the_person(self, stage):
        account = account_of(stage, full_name="Ada Byron", profile={"nationality": "GB"})
        (told,) = stage.told()
        assert told == {
            "offering_user_uuid": account.uuid,
            "user_uuid": account.user.uuid,
            "username": "",
            "state": "Requested",
            "runtime_state": "Active",
            "attributes": {"first_name": "Ada", "last_name": "Byron", "email": account.user.email},
            "action": "create",
            "offering_uuid": account.offering.uuid,
            "object_type": "offering_user",
            "schema_version": 1,
        }

    def test_a_name_is_told_twice_in_words_and_in_numbers(self, stage):
        account = account_of(stage)
        resources = [resource_of(stage, backend_id=f"alloc-{number}") for number in range(2)]
        stage.world.edit(resources[1], state="Terminated")
        resource_of(stage)
        stage.world.grant(account.user, MEMBER, stage.pair.a.projects[0])
        path = f"/api/marketplace-offering-users/{account.uuid}/"
        assert stage.call("PATCH", path, {"username": "ada7"}).status_code == 200
        _, update, name = stage.told()
        assert (update["action"], update["state"], update["changed_fields"]) == ("update", "OK", ["username", "state"])
        assert (name["action"], name["state"], name["username"]) == ("username_set", 5, "ada7")
        assert name["resource_backend_ids"] == ["alloc-0"]

    def test_a_name_from_the_beginning_is_no_change(self, stage):
        account_of(stage, "ada7")
        assert [body["action"] for body in stage.told()] == ["create", "username_set"]
        assert {body["username"] for body in stage.told()} == {"ada7"}

    def test_a_name_that_is_taken_away_is_an_update(self, stage):
        stage.world.edit(account_of(stage, "ada7"), username="")
        assert [body["action"] for body in stage.told()][2:] == ["update"]

    def test_its_end_is_told(self, stage):
        account = account_of(stage)
        assert stage.call("DELETE", f"/api/marketplace-offering-users/{account.uuid}/").status_code == 204
        assert stage.told()[-1].keys() == {
            *("offering_user_uuid", "user_uuid", "username", "action"),
            *("offering_uuid", "object_type", "schema_version"),
        }
        assert stage.told()[-1]["action"] == "delete"

    def test_each_step_of_its_life_is_one_update(self, stage):
        account = account_of(stage)
        path = f"/api/marketplace-offering-users/{account.uuid}"
        stage.call("POST", f"{path}/begin_creating/")
        body = {"comment": "Please link."}
        stage.call("POST", f"{path}/set_pending_account_linking/", body)
        changes = [one["changed_fields"] for one in stage.told()[1:]]
        assert changes == [["state"], ["service_provider_comment", "state"]]

    def test_of_a_profile_only_what_is_shown_is_told(self, stage):
        account = account_of(stage, full_name="Ada Byron", profile={"nationality": "GB", "gender": "2"})
        world, user = stage.world, account.user
        world.edit(user, profile={"nationality": "FR", "gender": "2"})
        assert len(stage.told()) == 1
        world.edit(account.offering, exposed_attributes=frozenset({"full_name", "nationality"}))
        world.edit(user, profile={"nationality": "DE"}, last_name="", email="new@example.org")
        _, told = stage.told()
        assert told["action"] == "attribute_update"
        assert told["changed_attributes"] == ["last_name", "nationality"]
        assert told["attributes"] == {"first_name": "Ada", "nationality": "DE"}


class TestAccountsOfProjects:
    @pytest.fixture(autouse=True)
    def living(self, stage):
        stage.queue("service_account", "course_account")
        resource_of(stage)

    def test_a_service_is_told_from_its_name_to_its_end(self, stage):
        project = stage.pair.a.projects[0]
        account = stage.world.add_project_account(project, "")
        assert stage.told() == []
        stage.world.edit(account, username="svc")
        stage.world.edit(account, email="svc@example.org")
        stage.world.edit(account, state="Closed")
        told = stage.told()
        assert [(one["object_type"], one["action"]) for one in told] == [
            ("service_account", "create"),
            ("service_account", "delete"),
        ]
        same = {"account_uuid": account.uuid, "account_username": "svc", "scope_type": "project"}
        assert told[0].items() >= {**same, "project_uuid": project.uuid, "project_name": project.name}.items()

    def test_an_account_of_a_course_has_its_name_of_its_user(self, stage):
        account = stage.world.add_project_account(stage.pair.a.projects[0], "ignored", kind="course")
        assert stage.told() == []
        stage.world.edit(account, user=stage.world.add_user("pupil"))
        (told,) = stage.told()
        assert (told["object_type"], told["account_username"]) == ("course_account", "pupil")


class TestAllResources:
    def ask(self, stage, offering=None, **options):
        uuid = (offering or stage.pair.a.offering).uuid
        return stage.call("POST", f"/api/marketplace-provider-offerings/{uuid}/sync_resources/", **options)

    def test_can_be_asked_for_where_somebody_hears(self, stage):
        stage.queue("order")
        assert self.ask(stage).status_code == 409
        stage.queue("offering_resources_sync")
        answer = self.ask(stage)
        assert (answer.status_code, list(answer.json)) == (202, ["status"])
        (told,) = stage.told()
        assert told == {
            "requested_by_user_uuid": stage.pair.a.provider_user.uuid,
            "offering_uuid": stage.pair.a.offering.uuid,
            "object_type": "offering_resources_sync",
            "schema_version": 1,
        }

    def test_a_subscription_of_the_old_kind_is_enough(self, stage):
        stage.subscription("offering_resources_sync")
        assert self.ask(stage).status_code == 202
        assert [sorted(one) for one in stage.told()] == [["offering_uuid", "requested_by_user_uuid"]]

    def test_by_its_provider_for_agents_of_offerings_in_service(self, stage):
        stage.queue()
        manager = stage.world.add_user("manager")
        stage.world.grant(manager, "OFFERING.MANAGER", stage.pair.a.offering)
        assert self.ask(stage, token=manager.token).status_code == 403
        assert self.ask(stage, token=stage.pair.a.orderer.token).status_code == 404
        other = stage.world.add_offering(stage.pair.a.provider, "Other", type="Marketplace.Basic")
        assert self.ask(stage, other).status_code == 400
        stage.world.edit(stage.pair.a.offering, state="Draft")
        assert self.ask(stage).status_code == 409


class TestWhoIsTold:
    @pytest.mark.parametrize("kind", ["offering", "customer"])
    def test_whoever_is_bound_to_the_offering_or_its_provider(self, stage, kind):
        side = stage.pair.a
        uuid = {"offering": side.offering.uuid, "customer": side.provider.uuid}[kind]
        stage.consumer(kind, uuid, "order", "offering_user", token=stage.pair.a_token)
        stage.place()
        account_of(stage)
        assert {body["object_type"] for body in stage.told()} == {"order", "offering_user"}

    def test_a_customer_hears_nothing_of_accounts(self, stage):
        side = stage.pair.a
        stage.consumer("customer", side.consumer.uuid, token=side.orderer.token)
        account_of(stage)
        assert stage.told() == []

    def test_a_role_is_looked_at_with_every_message(self, stage):
        side = stage.pair.a
        stage.consumer("project", side.projects[0].uuid, "order", token=side.orderer.token)
        order = stage.place()
        heard = len(stage.told())
        stage.world.revoke(side.orderer, "CUSTOMER.OWNER", side.consumer)
        stage.world.approve(order)
        assert len(stage.told()) == heard == 2
        stage.world.grant(side.orderer, MEMBER, side.projects[0])
        stage.world.complete(order)
        assert stage.told()[-1]["order_state"] == "done"

    def test_staff_who_are_so_no_more_hear_nothing_of_everything(self, stage):
        staff = stage.pair.a.staff
        stage.call("POST", f"{CONSUMERS}register/", {}, token=staff.token)
        stage.world.edit(staff, is_staff=False)
        stage.place()
        assert stage.told() == []

    def test_any_role_on_the_offering_is_enough_for_its_agent(self, stage):
        stage.queue("order")
        user, provider = stage.pair.a.provider_user, stage.pair.a.provider
        stage.world.grant(user, "CUSTOMER.SUPPORT", provider)
        stage.world.revoke(user, "CUSTOMER.OWNER", provider)
        stage.place()
        assert len(stage.told()) == 2


class TestTheOldWay:
    def test_the_body_is_plain(self, stage):
        stage.subscription("order")
        order = stage.place()
        offering = stage.pair.a.offering.uuid
        assert stage.told() == [
            {"order_uuid": order.uuid, "order_state": state, "offering_uuid": offering}
            for state in ("pending-consumer", "pending-provider")
        ]

    def test_whoever_has_a_queue_for_all_types_gets_no_second_copy(self, stage):
        old, new = stage.subscription("order"), stage.queue("order").json["queue_name"]
        stage.place()
        assert (len(stage.told(old)), len(stage.told(new))) == (0, 2)

    def test_unless_that_queue_does_not_want_it(self, stage):
        old = stage.subscription("order")
        stage.queue("resource")
        stage.place()
        assert len(stage.told(old)) == 2

    def test_a_role_is_looked_at_here_too(self, stage):
        stage.subscription("order")
        stage.world.revoke(stage.pair.a.provider_user, "CUSTOMER.OWNER", stage.pair.a.provider)
        stage.place()
        assert stage.told() == []

    def test_and_whether_the_owner_is_active(self, stage):
        stage.subscription("order")
        stage.world.edit(stage.pair.a.provider_user, is_active=False)
        stage.place()
        assert stage.told() == []

    def test_who_sees_the_project_hears_of_its_orders(self, stage):
        side = stage.pair.a
        stage.subscription("order")
        stage.world.revoke(side.provider_user, "CUSTOMER.OWNER", side.provider)
        stage.world.grant(side.provider_user, MEMBER, side.projects[0])
        stage.place()
        assert len(stage.told()) == 2

    def test_a_type_that_was_not_asked_for_does_not_come(self, stage):
        stage.subscription("resource")
        stage.place()
        assert stage.told() == []


class TestAfterwards:
    def test_a_broker_that_hangs_keeps_nobody_waiting(self, stage):
        stage.broker.gate.clear()
        stage.queue("order")
        order = stage.place()
        path = f"/api/marketplace-orders/{order.uuid}/approve_by_provider/"
        assert stage.call("POST", path, {}).status_code == 200
        assert stage.broker.sent == []
        stage.broker.gate.set()
        states = [body["order_state"] for body in stage.told()]
        assert states == ["pending-consumer", "pending-provider", "executing"]

    def test_a_step_that_is_refused_leaves_nothing_and_tells_nothing(self, stage):
        stage.queue()
        with pytest.raises(ApiError):
            stage.world.place_update(stage.pair.a.orderer, resource_of(stage), {"unknown": 1})
        with pytest.raises(AttributeError):
            stage.world.edit(stage.pair.a.projects[0], name="new", unknown=1)
        assert stage.pair.a.projects[0].name == "Project 1"
        assert stage.told() == []

    def test_nothing_is_told_before_it_is_kept(self, stage):
        stage.queue()
        resource = resource_of(stage)
        with stage.sandbox.store.journal.transaction():
            stage.world.edit(resource, paused=True)
            assert stage.told() == []
        assert len(stage.told()) == 1

    def test_what_is_taken_back_is_never_told(self, stage):
        stage.queue()
        order = stage.place()
        before = stage.told()
        with pytest.raises(KeyError):
            approve_in_vain(stage, order)
        assert (order.state, stage.told()) == ("pending-provider", before)

    def test_some_are_lost_and_the_same_ones_each_time(self):
        fates = []
        for _ in range(2):
            stage = Stage()
            stage.queue("resource")
            stage.publisher.loss = 0.5
            resource = resource_of(stage)
            for number in range(20):
                stage.world.edit(resource, paused=number % 2 == 0)
            stage.told()
            fates.append([one.fate for one in stage.publisher.log])
            stage.publisher.stop()
        assert fates[0] == fates[1]
        assert set(fates[0]) == {"sent", "lost"}
