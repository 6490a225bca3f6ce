"""Every order type and outcome, over HTTP."""

import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from tests.scenario.harness import A_DAY, play, second_agent

from federation_adapters.sandbox import ComponentSpec, Fault
from federation_core.application.outcome import Kind


def only(report):
    (outcome,) = report.outcomes
    return outcome


class TestCreate:
    def test_done(self):
        with play() as p:
            order = p.place(name="climate")
            first = only(p.cycle())
            assert (first.step, first.kind) == ("approve", Kind.AGAIN_AFTER)
            (made,) = p.b.resources
            assert made.limits == {"gpu_hours": 500, "storage_gb_hours": 1000}
            assert made.name == "climate"
            assert (
                p.resource(order).backend_id
                == f"{made.uuid[:8]}-{made.uuid[8:12]}-{made.uuid[12:16]}-{made.uuid[16:20]}-{made.uuid[20:]}"
            )
            p.b_finishes()
            assert only(p.cycle()).kind is Kind.SETTLED
            assert p.order(order).state == "done"
            assert p.resource(order).state == "OK"
            assert p.cycle().outcomes == ()

    def test_an_end_date_that_has_passed_is_not_sent(self):
        with play() as p:
            order = p.place()
            p.a.edit(p.resource(order), end_date=(datetime.now(UTC) - 2 * A_DAY).date())
            p.cycle()
            assert ["end_date" in made.attributes for made in p.b.resources] == [False]

    def test_waits_for_people_on_b_for_days(self):
        with play() as p:
            order = p.place()
            p.cycle()
            before = p.writes()
            reports = p.cycles(5)
            assert all(only(report).kind is Kind.AGAIN_AFTER and not report.is_trouble for report in reports)
            assert p.order(order).state == "executing"
            assert p.writes() == before

    def test_rejected_by_b_ends_erred_with_its_reason(self):
        with play() as p:
            order = p.place()
            p.cycle()
            p.b_rejects("No capacity before May.")
            assert only(p.cycle()).kind is Kind.SETTLED
            assert p.order(order).state == "erred"
            assert "No capacity before May." in p.order(order).error_message

    def test_failed_on_b_ends_erred_with_its_reason(self):
        with play() as p:
            order = p.place()
            p.cycle()
            (b_order,) = p.b.orders
            p.b.approve(b_order)
            p.b.fail(b_order, "The disk array is full.")
            p.cycle()
            assert p.order(order).state == "erred"
            assert "The disk array is full." in p.order(order).error_message

    def test_run_again_on_a_after_a_failure_asks_to_order_anew(self):
        with play() as p:
            order = p.place()
            p.cycle()
            p.b_rejects("No.")
            p.cycle()
            p.a.edit(p.order(order), state="executing")
            p.cycle()
            assert p.order(order).state == "erred"
            assert "place a new order" in p.order(order).error_message
            assert len(p.b.resources) == 1

    def test_content_that_b_refuses_ends_erred_with_bs_words(self):
        limited = (ComponentSpec("gpu_hours", max_value=400), "storage_gb_hours")
        with play(b_components=limited) as p:
            order = p.place()
            p.cycle()
            assert p.order(order).state == "erred"
            assert "400" in p.order(order).error_message
            assert p.b.resources == ()

    def test_what_the_operator_has_to_mend_parks_and_goes_on_once_mended(self):
        with play(b_plans=("Small", "Large")) as p:
            order = p.place()
            outcome = only(p.cycle())
            assert outcome.kind is Kind.PARKED
            assert "target_plan" in outcome.reason
            assert p.order(order).state == "pending-provider"
            assert p.b.resources == ()
        with play(b_plans=("Small", "Large"), extra={"target_plan": "Large"}) as p:
            p.place()
            p.cycle()
            large = next(plan.uuid for plan in p.pair.b.offering.plans if plan.name == "Large")
            assert [order.plan.uuid for order in p.b.orders] == [large]

    def test_terms_of_service_are_accepted_only_by_explicit_setting(self):
        with play() as p:
            p.b.edit(p.pair.b.offering, terms_of_service="Be kind.")
            order = p.place()
            outcome = only(p.cycle())
            assert (outcome.kind, p.order(order).state) == (Kind.PARKED, "executing")
            assert "terms" in outcome.reason.lower()
        with play(extra={"accept_terms_of_service": True}) as p:
            p.b.edit(p.pair.b.offering, terms_of_service="Be kind.")
            p.place()
            p.cycle()
            assert len(p.b.resources) == 1

    def test_components_of_type_usage_are_ordered_without_limits(self):
        usage = tuple(ComponentSpec(name, billing_type="usage") for name in ("gpu_hours", "storage_gb_hours"))
        with play(a_components=(ComponentSpec("node_hours", billing_type="usage"),), b_components=usage) as p:
            order = p.place({})
            p.cycle()
            (made,) = p.b.resources
            assert made.limits == {}
            p.b_finishes()
            p.cycle()
            assert p.order(order).state == "done"

    def test_attributes_and_dates_travel_and_slugs_do_not(self):
        end = (datetime.now(UTC) + 30 * A_DAY).date()
        with play(extra={"passthrough_attributes": ["queue", "name"]}) as p:
            order = p.place(attributes={"queue": "long", "private": "no"}, name="named")
            p.a.edit(p.resource(order), end_date=end)
            p.cycle()
            (made,) = p.b.resources
            assert (made.attributes["queue"], made.attributes["end_date"], made.name) == (
                "long",
                end.isoformat(),
                "named",
            )
            assert "private" not in made.attributes
            assert made.attributes["waldur_federation_resource"] == order.resource.uuid
            bodies = [write.body for write in p.pair.b.sandbox.writes.entries]
            assert not any("slug" in body for body in bodies)

    def test_two_orders_of_a_new_project_make_one_project(self):
        with play() as p:
            p.place(name="one")
            p.place(name="two")
            p.cycle()
            mirrors = [project for project in p.b.projects if project.backend_id]
            assert len(mirrors) == 1
            assert len(p.b.resources) == 2

    def test_a_project_in_the_hex_form_is_adopted(self):
        with play() as p:
            key = f"{p.pair.a.consumer.uuid}_{p.pair.a.projects[0].uuid}"
            old = p.b.add_project(p.pair.b.customer, "migrated", backend_id=key)
            p.place()
            p.cycle()
            assert [resource.project.uuid for resource in p.b.resources] == [old.uuid]

    @pytest.mark.parametrize("state", ["Paused", "Archived", "Unavailable"])
    def test_nothing_is_accepted_while_bs_offering_takes_no_orders(self, state):
        with play() as p:
            p.b.edit(p.pair.b.offering, state=state)
            order = p.place()
            outcome = only(p.cycle())
            assert outcome.is_trouble or outcome.kind is Kind.AGAIN_AFTER
            assert p.order(order).state == "pending-provider"

    def test_nothing_is_accepted_while_bs_offering_cannot_be_read(self):
        with play() as p:
            p.pair.b.sandbox.faults.add(Fault(kind="status", path="public-offerings", times=None, status=503))
            order = p.place()
            report = p.cycle()
            assert only(report).kind is Kind.AGAIN_AFTER
            assert report.is_trouble
            assert p.order(order).state == "pending-provider"

    def test_a_lost_role_creates_nothing(self):
        with play() as p:
            order = p.place()
            p.b.revoke(p.pair.b.consumer_user, "CUSTOMER.OWNER", p.pair.b.customer)
            only(p.cycle())
            assert p.order(order).state == "pending-provider"
            assert p.b.resources == ()

    def test_an_offering_that_drops_our_marks_stops_creating_after_one(self):
        with play() as p:

            def drop(_number, method, path, phase):
                if (method, path, phase) == ("POST", "/api/marketplace-orders/", "committed"):
                    for resource in p.b.resources:
                        p.b.edit(resource, attributes={"name": "x"})

            p.pair.b.sandbox.observers.append(drop)
            orders = [p.place(name=f"r{number}") for number in range(3)]
            report = p.cycle()
            assert len(p.b.resources) == 1
            assert sum(outcome.kind is Kind.PARKED for outcome in report.outcomes) == 2
            p.cycles(2)
            assert len(p.b.resources) == 1
            assert {p.order(order).state for order in orders} == {"executing"}

    def test_an_incumbents_resource_is_adopted_by_its_link(self):
        with play() as p:
            order = p.place()
            project = p.b.add_project(p.pair.b.customer, "mirror")
            made = p.b.add_resource(p.pair.b.offering, project, limits={"gpu_hours": 500, "storage_gb_hours": 1000})
            p.a.edit(p.resource(order), backend_id=made.uuid)
            p.cycle()
            assert p.order(order).state == "done"
            assert len(p.b.resources) == 1


class TestUpdate:
    def test_done(self):
        with play() as p:
            resource, made = p.living()
            order = p.place_update(resource, {"node_hours": 7})
            p.cycle()
            p.b_finishes()
            p.cycle()
            assert p.order(order).state == "done"
            assert p.resource(order).limits == {"node_hours": 7}
            assert p.b.resource(made.uuid).limits == {"gpu_hours": 35, "storage_gb_hours": 70}

    def test_rejected(self):
        with play() as p:
            resource, made = p.living()
            order = p.place_update(resource, {"node_hours": 7})
            p.cycle()
            p.b_rejects("Not now.")
            p.cycle()
            assert p.order(order).state == "erred"
            assert "Not now." in p.order(order).error_message
            assert p.b.resource(made.uuid).limits == {"gpu_hours": 500, "storage_gb_hours": 1000}

    def test_limits_that_b_already_has_are_done_without_an_order(self):
        with play() as p:
            resource, made = p.living()
            p.b.edit(made, limits={"gpu_hours": 35, "storage_gb_hours": 70})
            order = p.place_update(resource, {"node_hours": 7})
            p.cycle()
            assert p.order(order).state == "done"
            assert not any("update_limits" in path for _, path in p.b_writes())

    def test_waits_while_somebody_elses_order_is_open_on_b(self):
        with play() as p:
            resource, made = p.living()
            p.b.place_update(p.pair.b.consumer_user, made, limits={"gpu_hours": 1, "storage_gb_hours": 1})
            order = p.place_update(resource, {"node_hours": 7})
            before = len(p.b.orders)
            assert only(p.cycle()).kind is Kind.AGAIN_AFTER
            assert len(p.b.orders) == before
            p.b_finishes()
            p.cycle()
            p.b_finishes()
            p.cycle()
            assert p.order(order).state == "done"

    def test_limits_of_components_that_are_none_of_ours_stay(self):
        with play(b_components=("gpu_hours", "storage_gb_hours", "licences")) as p:
            resource, made = p.living()
            p.b.edit(made, limits={"gpu_hours": 500, "storage_gb_hours": 1000, "licences": 3})
            p.place_update(resource, {"node_hours": 7})
            p.cycle()
            p.b_finishes()
            assert p.b.resource(made.uuid).limits == {"gpu_hours": 35, "storage_gb_hours": 70, "licences": 3}

    def test_pricing_plan(self):
        with play(a_plans=("Standard", "Premium"), b_plans=("Standard", "Premium")) as p:
            resource, made = p.living()
            premium = next(plan for plan in p.pair.a.offering.plans if plan.name == "Premium")
            order = p.a.place_switch(p.pair.a.orderer, resource, premium)
            p.cycle()
            p.b_finishes()
            p.cycle()
            assert p.order(order).state == "done"
            there = next(plan for plan in p.pair.b.offering.plans if plan.name == "Premium")
            assert p.b.resource(made.uuid).plan.uuid == there.uuid


class TestTerminate:
    def test_done(self):
        with play() as p:
            resource, made = p.living()
            order = p.place_terminate(resource)
            p.cycle()
            assert p.b.orders[-1].attributes["waldur_federation_order"] == order.uuid
            p.b_finishes()
            p.cycle()
            assert p.order(order).state == "done"
            assert p.resource(order).state == "Terminated"
            assert p.b.resource(made.uuid).state == "Terminated"

    def test_rejected_leaves_both_alive_and_can_be_ordered_again(self):
        with play() as p:
            resource, made = p.living()
            order = p.place_terminate(resource)
            p.cycle()
            p.b_rejects("There is unpaid usage.")
            p.cycle()
            assert p.order(order).state == "erred"
            assert "unpaid usage" in p.order(order).error_message
            assert p.resource(order).state == "OK"
            again = p.place_terminate(p.resource(order))
            p.cycle()
            p.b_finishes()
            p.cycle()
            assert p.order(again).state == "done"
            assert p.b.resource(made.uuid).state == "Terminated"

    def test_what_b_terminated_itself_is_done(self):
        with play() as p:
            resource, made = p.living()
            p.b.edit(made, state="Terminated")
            order = p.place_terminate(resource)
            p.cycle()
            assert p.order(order).state == "done"

    def test_what_b_is_terminating_is_adopted(self):
        with play() as p:
            resource, made = p.living()
            p.b.place_terminate(p.pair.b.consumer_user, made)
            order = p.place_terminate(resource)
            p.cycle()
            assert len([o for o in p.b.orders if o.type == "Terminate"]) == 1
            p.b_finishes()
            p.cycle()
            assert p.order(order).state == "done"

    def test_proven_gone_is_done_and_merely_unseen_is_not(self):
        with play() as p:
            resource, made = p.living()
            order = p.place_terminate(resource)
            p.b.revoke(p.pair.b.consumer_user, "CUSTOMER.OWNER", p.pair.b.customer)
            p.cycle()
            assert p.order(order).state != "done"
            p.b.grant(p.pair.b.consumer_user, "CUSTOMER.OWNER", p.pair.b.customer)
            p.b.unlink(made)
            p.cycle()
            assert p.order(order).state == "done"


class TestRestore:
    def test_refused_by_b_is_erred_and_never_created_anew(self):
        with play() as p:
            resource, made = p.living()
            p.b.edit(made, state="Terminated")
            order = p.place_terminate(resource)
            p.cycle()
            p.a.edit(p.order(order), type="Restore", state="pending-provider", backend_id="")
            p.a.edit(p.resource(order), state="Creating")
            p.cycle()
            assert p.order(order).state == "erred"
            assert len(p.b.resources) == 1


@pytest.mark.parametrize("subtype", ["renew", "update_options"])
def test_an_update_that_cannot_be_carried_over_is_erred_with_a_clear_text(subtype):
    with play() as p:
        resource, _ = p.living()
        order = p.place_update(resource, {"node_hours": 7})
        p.a.edit(order, subtype=subtype)
        p.cycle()
        assert p.order(order).state == "erred"
        assert subtype in p.order(order).error_message


def test_an_old_server_is_served_feature_by_feature():
    with play(profile="2024-10") as p:
        order = p.place()
        p.cycle()
        assert p.order(order).backend_id == ""
        p.b_finishes()
        p.cycle()
        assert p.order(order).state == "done"
        resource = p.resource(order)
        update = p.place_update(resource, {"node_hours": 3})
        p.cycle()
        p.b_finishes()
        p.cycle()
        assert p.order(update).state == "done"
        end = p.place_terminate(p.resource(order))
        p.cycle()
        p.b_finishes()
        p.cycle()
        assert p.order(end).state == "done"
        tried = [
            e for e in p.pair.a.sandbox.requests.entries if e.path.endswith("set_backend_id/") and "orders" in e.path
        ]
        assert len(tried) == 1


def test_two_resources_of_a_on_one_of_b_are_parked_both():
    with play() as p:
        resource, _ = p.living()
        other, _ = p.living()
        p.a.edit(other, backend_id=resource.backend_id)
        orders = [p.place_terminate(resource), p.place_terminate(other)]
        before = len(p.b.orders)
        report = p.cycle()
        assert {outcome.kind for outcome in report.outcomes} == {Kind.PARKED}
        assert all(resource.backend_id in outcome.reason for outcome in report.outcomes)
        assert len(p.b.orders) == before
        assert {p.order(order).state for order in orders} == {"pending-provider"}


def test_two_agents_at_the_same_moment_leave_one_resource():
    """The second agent looks before the first has posted, and posts after it."""
    with ExitStack() as stack:
        p = stack.enter_context(play())
        other = second_agent(stack, p).reconcile_orders()
        order = p.place()
        p.a.edit(order, state="executing", provider_reviewed_at=datetime.now(UTC) - timedelta(hours=1))
        p.a.edit(p.resource(order), last_sync=datetime.now(UTC) - timedelta(hours=1))
        late = other.plan(other.observe())
        p.cycle()
        other.apply(late)
        assert len(p.b.resources) == 2
        p.b_finishes()
        p.cycles(2)
        p.b_finishes()
        p.cycle()
        assert p.order(order).state == "done"
        states = sorted(resource.state for resource in p.b.resources)
        assert states == ["OK", "Terminated"]
        alive = next(resource for resource in p.b.resources if resource.state == "OK")
        assert alive.created == min(resource.created for resource in p.b.resources)
        assert p.resource(order).backend_id.replace("-", "") == alive.uuid


def test_two_agents_at_work_side_by_side_end_with_one_resource_each():
    """No order of events is arranged here: both agents run cycles in threads of their own."""
    with ExitStack() as stack:
        p = stack.enter_context(play(projects=3))
        orders = [p.place(project=number % 3, name=f"r{number}") for number in range(9)]
        agents = [p.federation.reconcile_orders(), second_agent(stack, p).reconcile_orders()]
        for _ in range(6):
            threads = [threading.Thread(target=agent.run) for agent in agents]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            p.b_finishes()
            time.sleep(0.2)
        assert {p.order(order).state for order in orders} == {"done"}
        alive = [resource for resource in p.b.resources if resource.state == "OK"]
        assert len(alive) == len(orders)
        linked = {p.resource(order).backend_id.replace("-", "") for order in orders}
        assert linked == {resource.uuid for resource in alive}
        assert len({resource.project.backend_id for resource in alive}) == 3


def test_several_mirrors_of_one_project_are_reported_and_the_oldest_is_used():
    with play() as p:
        key = f"{p.pair.a.consumer.uuid}_{p.pair.a.projects[0].uuid}"
        oldest = p.b.add_project(p.pair.b.customer, "first", backend_id=key)
        younger = p.b.add_project(p.pair.b.customer, "second", backend_id=key)
        p.place()
        (note,) = p.cycle().notes
        assert [resource.project.uuid for resource in p.b.resources] == [oldest.uuid]
        assert younger.uuid in note.replace("-", "")


class TestOrphans:
    def orphan(self, p):
        """B delivers what A's user has cancelled meanwhile."""
        order = p.place()
        p.cycle()
        p.a.edit(p.order(order), state="canceled")
        p.a.edit(p.resource(order), state="Terminated")
        p.b_finishes()
        return order

    def test_are_reported_with_both_ids(self):
        with play() as p:
            order = self.orphan(p)
            report = p.cycle()
            (made,) = p.b.resources
            assert made.state == "OK"
            (note,) = report.notes
            assert order.resource.uuid in note.replace("-", "")
            assert made.uuid in note.replace("-", "")

    def test_are_terminated_by_policy(self):
        with play(extra={"orphan_policy": "terminate"}) as p:
            self.orphan(p)
            p.cycle()
            p.b_finishes()
            assert [resource.state for resource in p.b.resources] == ["Terminated"]

    def test_many_at_once_are_held_until_approved(self):
        with play(extra={"orphan_policy": "terminate"}, served=False) as p:
            for number in range(12):
                p.place(name=f"r{number}")
            p.cycle()
            p.b_finishes()
            p.cycle()
            for resource in p.a.resources:
                p.a.edit(resource, state="Terminated")
            digest = p.plan().guarded.digest
            p.cycle()
            assert {resource.state for resource in p.b.resources} == {"OK"}
            p.cycle(approved="another")
            assert {resource.state for resource in p.b.resources} == {"OK"}
            p.cycle(approved=digest)
            p.b_finishes()
            assert {resource.state for resource in p.b.resources} == {"Terminated"}

    def test_a_resource_that_a_does_not_list_is_none(self):
        with play(extra={"orphan_policy": "terminate"}) as p:
            resource, made = p.living()
            p.a.unlink(resource)
            report = p.cycle()
            assert report.notes == ()
            assert p.b.resource(made.uuid).state == "OK"
