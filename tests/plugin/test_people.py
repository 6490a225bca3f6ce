"""People, fields and usage through the official agent's core, and what looking at them costs."""

import logging
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.plugin.harness import agent
from tests.plugin.life import end as end_order
from tests.scenario.test_members import ADMIN, FIELD, MANAGER, MEMBER, SOURCE, Campus

from federation_adapters.sandbox import Fault

MODE = "membership_sync"


@contextmanager
def campus(monkeypatch, tmp_path, *, projects=1, extra=None, **options):
    with ExitStack() as stack:
        it = stack.enter_context(agent(monkeypatch, tmp_path, extra={**FIELD, **(extra or {})}, **options))
        it.play.b.edit(it.play.pair.b.consumer_user, is_staff=True)
        yield it, Campus(it.play, stack, projects)


def known(c, *names):
    for name in names:
        c.person_on_b(name)


def the_pair(c, number=0):
    """A's resource of a project, and B's."""
    on_b = next(r for r in c.p.b.resources if r.project.uuid == c.rooms[number].uuid)
    on_a = next(r for r in c.p.a.resources if r.backend_id.replace("-", "") == on_b.uuid)
    return on_a, on_b


def b_requests(c):
    return c.p.pair.b.sandbox.requests.total


class TestPeople:
    def test_come_change_and_go(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path, projects=2) as (it, c):
            known(c, "anna", "bert", "cleo")
            c.joins("anna", "bert")
            c.joins("cleo", project=1)
            it.cycle(MODE)
            assert (c.staff(), c.staff(1)) == (["anna", "bert"], ["cleo"])
            c.leaves("bert")
            c.leaves("anna")
            c.joins("anna", role=MANAGER)
            it.cycle(MODE)
            assert (c.staff(), c.roles("anna"), it.lines) == (["anna"], [MANAGER], [])

    def test_who_was_put_there_by_others_stays(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path) as (it, c):
            known(c, "anna")
            c.joins("anna")
            c.works("zoe", by=c.person_on_b("operator"))
            it.cycle(MODE)
            assert c.staff() == ["anna", "zoe"]

    def test_a_team_that_is_suddenly_empty_takes_nothing_away(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path) as (it, c):
            known(c, "anna")
            c.joins("anna")
            it.cycle(MODE)
            c.leaves("anna")
            it.cycle(MODE)
            assert c.staff() == ["anna"]

    def test_roles_are_mapped_and_end_when_they_should(self, monkeypatch, tmp_path):
        until = datetime.now(UTC) + timedelta(days=9)
        with campus(monkeypatch, tmp_path, extra={"role_mapping": {ADMIN: MEMBER}}) as (it, c):
            known(c, "anna")
            c.joins("anna", role=ADMIN, until=until)
            it.cycle(MODE)
            (grant,) = c.p.b.grants_on(c.rooms[0])
            assert grant.role.name == MEMBER
            assert abs(grant.expiration_time - until) < timedelta(seconds=1)

    def test_restricted_resources_keep_nobody(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path, projects=2) as (it, c):
            known(c, "anna", "bert")
            c.joins("anna")
            c.joins("bert", project=1)
            it.cycle(MODE)
            c.p.a.edit(the_pair(c)[0], restrict_member_access=True)
            it.cycle(MODE)
            assert (c.staff(), c.staff(1), it.lines) == ([], ["bert"], [])

    def test_accounts_of_services_and_courses_are_left_alone(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path) as (it, c):
            known(c, "anna", "robot")
            c.joins("anna")
            c.p.a.add_project_account(c.a_projects[0], "robot")
            c.p.a.add_project_account(c.a_projects[0], "class", kind="course", user=c.person_on_a("class"))
            it.cycle(MODE)
            assert (c.staff(), it.lines) == (["anna"], [])

    @pytest.mark.parametrize("path", ["", "marketplace-resources", "projects", "users"])
    def test_a_b_that_fails_errs_nothing(self, monkeypatch, tmp_path, path):
        with campus(monkeypatch, tmp_path) as (it, c):
            known(c, "anna")
            c.joins("anna")
            c.p.pair.b.sandbox.faults.add(Fault(kind="status", status=503, path=path, times=None))
            it.cycle(MODE)
            assert (c.p.a.resources[0].state, c.staff(), it.lines) == ("OK", [], [])
            c.p.pair.b.sandbox.faults.clear()
            it.cycle(MODE)
            assert (c.staff(), it.lines) == (["anna"], [])

    def test_an_unchanged_world_costs_pages(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path, projects=20) as (it, c):
            for number in range(20):
                known(c, f"p{number}")
                c.joins(f"p{number}", project=number)
            it.cycle(MODE)
            writes, before = len(c.p.b_writes()), b_requests(c)
            it.cycle(MODE)
            assert len(c.p.b_writes()) == writes
            assert b_requests(c) - before < 10

    def test_one_project_is_looked_at_alone_when_a_message_is_about_it(self, monkeypatch, tmp_path):
        from waldur_site_agent.common.processors import OfferingMembershipProcessor

        with campus(monkeypatch, tmp_path, projects=2) as (it, c):
            known(c, "anna", "bert")
            c.joins("anna")
            it.cycle(MODE)
            c.joins("bert")
            on_a, _ = the_pair(c)
            it.processor(OfferingMembershipProcessor).process_resource_by_uuid(on_a.uuid)
            assert c.staff() == ["anna", "bert"]
            (known_one,) = it.known()
            known_one.follows_events = True
            c.leaves("bert")
            user = c.person_on_a("bert")
            c.p.a.add_offering_user(c.p.pair.a.offering, user, "bert", state="OK")
            it.processor(OfferingMembershipProcessor).process_user_role_changed(
                user.uuid, c.a_projects[0].uuid, granted=False, role_name=MEMBER
            )
            assert c.staff() == ["anna"]


class TestBridge:
    def test_people_are_introduced_under_our_source(self, monkeypatch, tmp_path):
        def bridged(content):
            content["offerings"][0]["username_management_backend"] = "waldur-identity-bridge"

        extra = {"user_resolve_method": "identity_bridge", "identity_bridge_source": SOURCE}
        with campus(monkeypatch, tmp_path, extra=extra, document=bridged) as (it, c):
            c.p.b.settings.identity_bridge = True
            c.p.b.edit(c.p.pair.b.consumer_user, is_staff=False, is_identity_manager=True, managed_isds=(SOURCE,))
            c.joins("anna")
            c.p.a.add_offering_user(c.p.pair.a.offering, c.person_on_a("anna"), "anna", state="OK")
            it.cycle(MODE)
            assert c.staff() == ["anna"]
            assert next(user for user in c.p.b.users if user.username == "anna").active_isds == (SOURCE,)
            pushes = [path for _, path in c.p.b_writes() if path.endswith("/identity-bridge/")]
            assert (len(pushes), it.lines) == (1, [])
            c.joins("bert")
            it.cycle(MODE)
            c.leaves("bert")
            it.cycle(MODE)
            assert c.staff() == ["anna"]

    def test_without_a_source_it_says_what_to_write(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path) as (it, _):
            it.offering.username_management_backend = "waldur-identity-bridge"
            it.cycle(MODE)
            told = " ".join(record.getMessage() for record in it.lines)
            assert "identity_bridge_source: missing" in told


class TestFields:
    def test_dates_ids_limits_and_names(self, monkeypatch, tmp_path):
        def named(content):
            content["offerings"][0]["username_reconciliation_enabled"] = True

        end = date(2031, 5, 1)
        with campus(monkeypatch, tmp_path, document=named) as (it, c):
            order = c.p.place()
            end_order(it, order)
            on_a = c.p.resource(order)
            on_b = c.p.b.resource(on_a.backend_id.replace("-", ""))
            anna = c.person_on_a("anna")
            known(c, "anna")
            c.joins("anna")
            c.p.a.add_offering_user(c.p.pair.a.offering, anna, "anna_a", state="OK")
            c.p.b.add_offering_user(c.p.pair.b.offering, c.person_on_b("anna"), "anna_b", state="OK")
            c.p.a.edit(on_a, end_date=end, end_date_updated_at=datetime.now(UTC))
            c.p.b.edit(on_b, backend_id="slurm-7", limits={"gpu_hours": 50, "storage_gb_hours": 100})
            it.cycle(MODE)
            on_a, on_b = c.p.a.resource(on_a.uuid), c.p.b.resource(on_b.uuid)
            assert (on_a.effective_id, on_a.limits, on_b.end_date) == ("slurm-7", {"node_hours": 10}, end)
            assert c.p.a.offering_user(c.p.pair.a.offering, anna).username == "anna_b"
            assert it.lines == []

    def test_what_is_erred_on_b_is_not_set_ok_on_a(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path) as (it, c):
            on_a, on_b = the_pair(c)
            c.p.b.edit(on_b, state="Erred")
            c.p.a.edit(on_a, state="Erred")
            it.cycle(MODE)
            assert the_pair(c)[0].state == "Erred"


class TestUsage:
    def test_arrives_in_units_of_a_for_two_months(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path) as (it, c):
            on_a, on_b = the_pair(c)
            last = datetime.now(UTC).replace(day=1) - timedelta(days=3)
            c.p.b.report_usage(on_b, {"gpu_hours": 500, "storage_gb_hours": 800}, users={"gpu_hours": {"anna": 50}})
            c.p.b.report_usage(on_b, {"gpu_hours": 5}, date=last)
            it.cycle("report")
            found = {str(row.billing_period)[:7]: row.usage for row in c.p.a.usages_of(on_a)}
            assert found == {f"{last:%Y-%m}": Decimal("1.00"), f"{datetime.now(UTC):%Y-%m}": Decimal("180.00")}
            assert [(r.username, r.usage) for r in c.p.a.user_usages_of(on_a)] == [("anna", Decimal("10.00"))]
            assert it.lines == []

    def test_lower_figures_are_taken_over(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path) as (it, c):
            on_a, on_b = the_pair(c)
            for figure in (500, 400):
                c.p.b.report_usage(on_b, {"gpu_hours": figure})
                it.cycle("report")
            assert [row.usage for row in c.p.a.usages_of(on_a)] == [Decimal("80.00")]

    def test_lower_figures_are_held_where_the_settings_say_so(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path, extra={"usage_corrections": "hold"}) as (it, c):
            on_a, on_b = the_pair(c)
            for figure in (500, 400):
                c.p.b.report_usage(on_b, {"gpu_hours": figure})
                it.cycle("report")
            assert [row.usage for row in c.p.a.usages_of(on_a)] == [Decimal("100.00")]

    def test_what_cannot_be_read_is_not_written(self, monkeypatch, tmp_path, caplog):
        with campus(monkeypatch, tmp_path) as (it, c):
            on_a, on_b = the_pair(c)
            c.p.b.report_usage(on_b, {"gpu_hours": 500})
            c.p.pair.b.sandbox.faults.add(Fault(kind="wrong_count", delta=3, path="usages", times=None))
            it.cycle("report")
            assert (c.p.a.usages_of(on_a), it.lines) == ((), [])
            assert "no usage of" in " ".join(r.getMessage() for r in caplog.records if r.levelno == logging.WARNING)

    def test_history_that_cannot_be_read_is_not_replaced_by_zeroes(self, monkeypatch, tmp_path):
        from waldur_site_agent.common.historical_usage_loader import load_historical_usage_for_month

        with campus(monkeypatch, tmp_path) as (it, c):
            on_a, on_b = the_pair(c)
            c.p.b.report_usage(on_b, {"gpu_hours": 500})
            it.cycle("report")
            c.p.pair.b.sandbox.faults.add(Fault(kind="status", status=503, path="usages", times=None))
            now, options = datetime.now(UTC), {"skip_user_usage": True, "dry_run": False, "reconcile_stale": True}
            load_historical_usage_for_month(
                it.offering, it.offering.waldur_api_token, now.year, now.month, 1, 1, **options
            )
            assert [row.usage for row in c.p.a.usages_of(on_a)] == [Decimal("100.00")]
            assert "cannot be read" in " ".join(record.getMessage() for record in it.lines)

    def test_all_resources_are_read_at_once(self, monkeypatch, tmp_path):
        with campus(monkeypatch, tmp_path, projects=20) as (it, c):
            for number in range(20):
                c.p.b.report_usage(the_pair(c, number)[1], {"gpu_hours": 5})
            before = b_requests(c)
            it.cycle("report")
            assert b_requests(c) - before == 4  # totals and shares of two months
            assert all(c.p.a.usages_of(the_pair(c, number)[0]) for number in range(20))


@pytest.mark.parametrize("state", ["OK", "Erred"])
def test_a_terminated_resource_is_left_alone(monkeypatch, tmp_path, state):
    with campus(monkeypatch, tmp_path) as (it, c):
        on_a, on_b = the_pair(c)
        c.p.a.edit(on_a, state=state)
        c.p.b.edit(on_b, state="Terminated")
        it.cycle(MODE)
        assert "refresh_last_sync" not in " ".join(entry.path for entry in c.p.pair.a.sandbox.writes.entries)
