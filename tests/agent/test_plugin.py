"""Our wheel in the official agent: its own command line and loops, over HTTP, for the whole life of several resources."""

import subprocess
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import attrs
import pytest
import yaml
from tests.agent.official import LOADS, Agent, load
from tests.scenario.harness import play

from federation_adapters.sandbox import Progress

MEMBER, MANAGER = "PROJECT.MEMBER", "PROJECT.MANAGER"
BACKENDS = {"waldur", "cscs-dwdi-compute", "cscs-dwdi-storage", "cscs-hpc-storage"}
ENTRY_POINTS = {
    "waldur_site_agent.backends": BACKENDS,
    "waldur_site_agent.component_schemas": BACKENDS,
    "waldur_site_agent.backend_settings_schemas": BACKENDS,
    "waldur_site_agent.username_management_backends": {"waldur-identity-bridge"},
}
LOAD = """
import sys
from importlib.metadata import entry_points
for group in {groups}:
    for entry in entry_points(group=group):
        print(group, entry.name, entry.dist.name, entry.load().__name__)
import waldur_site_agent.common.utils
"""


def test_all_entry_points_load(installed):
    code = LOAD.format(groups=list(ENTRY_POINTS))
    done = subprocess.run([installed.python, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    found: dict[str, set[str]] = {}
    for line in done.stdout.splitlines():
        group, name, distribution, _ = line.split()
        assert distribution == "waldur-federation"
        found.setdefault(group, set()).add(name)
    assert found == ENTRY_POINTS
    assert done.stderr == ""


@attrs.frozen
class Stage:
    """A pair, and the agent on it."""

    p: object
    agent: Agent


@contextmanager
def staged(environment, tmp_path, document=None, **options):
    """The agent on a fresh pair; *document* edits its settings."""

    def named(content):
        content["offerings"][0]["username_reconciliation_enabled"] = True
        content["offerings"][0]["backend_settings"]["user_resolve_method"] = "user_field"
        if document is not None:
            document(content)

    with play(document=named, **options) as p:
        config = tmp_path / "waldur-site-agent-config.yaml"
        config.write_text(p.config)
        p.b.edit(p.pair.b.consumer_user, is_staff=True)
        yield p, Agent(environment, config, p.pair, tmp_path)


def person(world, name):
    known = next((user for user in world.users if user.username == name), None)
    return known or world.add_user(name, email=f"{name}@example.org", full_name=f"{name.title()} Ant")


def room_of(p, project):
    key = f"{UUID(p.pair.a.consumer.uuid)}_{UUID(project.uuid)}"
    return next(room for room in p.b.projects if room.backend_id == key)


def staff(p, project):
    return {(grant.user.username, grant.role.name) for grant in p.b.grants_on(room_of(p, project))}


def test_the_life_of_several_resources(installed, tmp_path):
    """Created, rejected, changed, used, dated, named and terminated; people in, out, and in another role."""
    with staged(installed, tmp_path) as (p, agent):
        a, b, project = p.pair.a, p.pair.b, p.pair.a.projects[0]
        for name in ("anna", "bert"):
            p.a.grant(person(p.a, name), MEMBER, project)
            p.b.add_offering_user(b.offering, person(p.b, name), f"{name}_b", state="OK")
            p.a.add_offering_user(a.offering, person(p.a, name), f"{name}_a", state="OK")
        first, second, unlucky = (p.place(name=name) for name in ("first", "second", "unlucky"))
        agent.cycle("order_process")
        (theirs,) = [order for order in p.b.orders if order.resource.name == "unlucky"]
        p.b.reject(theirs, "No capacity before May.")
        p.b_finishes()
        agent.cycle("order_process")
        assert [p.order(order).state for order in (first, second, unlucky)] == ["done", "done", "erred"]
        assert "No capacity before May." in p.order(unlucky).error_message

        update = p.place_update(p.resource(first), {"node_hours": 7})
        end = p.place_terminate(p.resource(second))
        agent.cycle("order_process")
        p.b_finishes()
        agent.cycle("order_process")
        assert [p.order(order).state for order in (update, end)] == ["done", "done"]
        ours = p.resource(first)
        theirs = p.b.resource(UUID(ours.backend_id).hex)
        assert theirs.limits == {"gpu_hours": 35, "storage_gb_hours": 70}
        assert (p.resource(second).state, len(p.b.resources)) == ("Terminated", 3)

        last_day = date(2031, 5, 1)
        p.a.edit(ours, end_date=last_day, end_date_updated_at=datetime.now(UTC))
        p.b.edit(theirs, backend_id="slurm-7")
        agent.cycle("membership_sync")
        assert staff(p, project) == {("anna", MEMBER), ("bert", MEMBER)}
        ours, theirs = p.resource(first), p.b.resource(theirs.uuid)
        assert (ours.effective_id, theirs.end_date, ours.state) == ("slurm-7", last_day, "OK")
        assert p.a.offering_user(a.offering, person(p.a, "anna")).username == "anna_b"

        p.a.revoke(person(p.a, "anna"), MEMBER, project)
        p.a.revoke(person(p.a, "bert"), MEMBER, project)
        p.a.grant(person(p.a, "bert"), MANAGER, project)
        agent.cycle("membership_sync")
        assert staff(p, project) == {("bert", MANAGER)}

        last_month = datetime.now(UTC).replace(day=1) - timedelta(days=3)
        p.b.report_usage(theirs, {"gpu_hours": 500, "storage_gb_hours": 800}, users={"gpu_hours": {"bert_b": 50}})
        p.b.report_usage(theirs, {"gpu_hours": 5}, date=last_month)
        agent.cycle("report")
        figures = {str(row.billing_period)[:7]: row.usage for row in p.a.usages_of(ours)}
        assert figures == {f"{last_month:%Y-%m}": Decimal("1.00"), f"{datetime.now(UTC):%Y-%m}": Decimal("180.00")}
        assert [(r.username, r.usage) for r in p.a.user_usages_of(ours)] == [("bert_b", Decimal("10.00"))]

        refusal = [line for line in agent.errors if "No capacity before May." in line]
        assert agent.errors == refusal, "core tells an order that B refused as an error, and nothing else is one"
        assert len(refusal) == 1


def test_other_commands_of_the_agent(pinned, tmp_path):
    with staged(pinned, tmp_path, b_progress=Progress.at_once()) as (p, agent):
        order = p.place(name="one")
        agent.cycle("order_process")
        agent.cycle("order_process")
        theirs = p.b.resource(UUID(p.resource(order).backend_id).hex)
        p.b.report_usage(theirs, {"gpu_hours": 500})
        today = datetime.now(UTC).date()
        loader = ("--offering-uuid", p.pair.a.offering.uuid, "--user-token", p.pair.a.staff.token)
        span = ("--start-date", today.replace(day=1).isoformat(), "--end-date", today.isoformat())
        for name, words in {
            "waldur_site_diagnostics": (),
            "waldur_sync_resource_limits": (),  # lists nothing for a provider's token, whatever the plug-in
            "waldur_site_load_historical_usage": (*loader, *span),
        }.items():
            done = agent.run(name, *words)
            assert done.returncode == 0, done.stdout + done.stderr
        assert [row.usage for row in p.a.usages_of(p.resource(order))] == [Decimal("100.00")]


@pytest.mark.parametrize(("start", "end", "more"), LOADS)
def test_the_documented_commands_of_the_loader_run_over_our_backend(pinned, tmp_path, start, end, more):
    with staged(pinned, tmp_path, b_progress=Progress.at_once()) as (p, agent):
        order = p.place(name="one")
        agent.cycle("order_process")
        agent.cycle("order_process")
        ours = p.resource(order)
        theirs = p.b.resource(UUID(ours.backend_id).hex)
        for month in range(1, 13):
            moment = datetime(2024, month, 5, tzinfo=UTC)
            p.b.report_usage(theirs, {"gpu_hours": 5 * month}, date=moment, users={"gpu_hours": {"anna": 5}})
        load(pinned, agent.config, p.pair.a.offering, p.pair.a.staff, start, end, *more)
        told = {str(row.billing_period)[:10]: str(row.usage) for row in p.a.usages_of(ours)}
        days = {month: f"2024-{month:02}-01" for month in range(1, 13)}
        assert told == {day: f"{month}.00" for month, day in days.items() if start <= day <= end}
        assert {row.username for row in p.a.user_usages_of(ours)} == (set() if more else {"anna"})


def test_a_mistake_in_the_settings_is_told_with_its_place(pinned, tmp_path):
    def wrong(content):
        content["offerings"][0]["backend_components"]["node_hours"]["target_components"]["gpu_hours"]["factor"] = 5

    with staged(pinned, tmp_path, document=wrong) as (_, agent):
        content = yaml.safe_load(agent.config.read_text())
        content["offerings"][0]["backend_settings"]["target_ofering_uuid"] = "x"
        agent.config.write_text(yaml.safe_dump(content))
        done = agent.run("waldur_site_diagnostics")
        assert (
            "backend_settings.target_ofering_uuid: an unknown key; did you mean target_offering_uuid?"
            in done.stdout + done.stderr
        )
