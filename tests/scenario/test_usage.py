"""Usage of B on A, through the container and over HTTP: what arrives, what does not, and where it lands."""

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from tests.scenario.harness import play

from federation_adapters.sandbox import Fault, ManualClock, Profile
from federation_runner.cycle import run_cycle

MID_MARCH = datetime(2026, 3, 20, 9, tzinfo=UTC)
IN_FEBRUARY = datetime(2026, 2, 10, 9, tzinfo=UTC)


@contextmanager
def living(*, at=MID_MARCH, count=1, profile="8.1.2", **options):
    """A play with *count* resources that are OK on both sides."""
    clock = ManualClock(at)
    with play(clock=clock, profile=profile, served=False, **options) as p:
        yield p, clock, [p.living() for _ in range(count)]


def report(p):
    return run_cycle(p.federation, "report")["usage"]


def on_a(p, resource):
    return {(row.component.type, str(row.billing_period)[:7]): row.usage for row in p.a.usages_of(resource)}


def test_usage_arrives_over_http():
    with play() as p:
        a, b = p.living()
        p.b.report_usage(b, {"gpu_hours": 500, "storage_gb_hours": 800}, users={"gpu_hours": {"anna": 50}})
        assert not report(p).is_trouble
        assert [row.usage for row in p.a.usages_of(a)] == [Decimal("180.00")]
        assert [(row.username, row.usage) for row in p.a.user_usages_of(a)] == [("anna", Decimal("10.00"))]


def test_an_unchanged_world_is_listed_and_not_written():
    with living(count=3) as (p, _, pairs):
        for _, b in pairs:
            p.b.report_usage(b, {"gpu_hours": 500}, users={"gpu_hours": {"anna": 50}})
        report(p)
        before = p.writes()
        assert report(p).outcomes == ()
        assert p.writes() == before


TROUBLES: dict[str, dict[str, Any]] = {
    "status": {"kind": "status", "status": 500},
    "html": {"kind": "html"},
    "truncated": {"kind": "truncated"},
    "reset": {"kind": "reset"},
}


@pytest.mark.parametrize("side", "ab")
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_list_that_fails_writes_no_zero_and_no_other_month(side, trouble):
    with living() as (p, _, [(a, b)]):
        p.b.report_usage(b, {"gpu_hours": 500})
        report(p)
        p.b.report_usage(b, {"gpu_hours": 1000})
        sandbox = getattr(p.pair, side).sandbox
        sandbox.faults.add(Fault(path="marketplace-component-usages", method="GET", times=None, **TROUBLES[trouble]))
        assert report(p).is_trouble
        assert on_a(p, a) == {("node_hours", "2026-03"): Decimal("100.00")}


def test_one_resource_that_a_refuses_does_not_stop_the_others():
    with living(count=3) as (p, _, pairs):
        for _, b in pairs:
            p.b.report_usage(b, {"gpu_hours": 5})
        p.a.edit(pairs[0][0], plan=None)
        told = report(p)
        assert [len(on_a(p, a)) for a, _ in pairs] == [0, 1, 1]
        assert sorted(outcome.kind.value for outcome in told.outcomes) == ["parked", "settled", "settled"]


@pytest.mark.parametrize("state", ["Updating", "Terminating"])
def test_resources_under_way_are_reported_too(state):
    with living() as (p, _, [(a, b)]):
        p.a.edit(a, state=state)
        p.b.report_usage(b, {"gpu_hours": 5})
        report(p)
        assert on_a(p, a) == {("node_hours", "2026-03"): Decimal("1.00")}


def test_late_figures_of_last_month_land_there_where_dates_are_read():
    with living(at=datetime(2026, 3, 1, 9, tzinfo=UTC)) as (p, _, [(a, b)]):
        p.a.settings.invoice_days = 10
        p.b.report_usage(b, {"gpu_hours": 5})
        p.b.report_usage(b, {"gpu_hours": 50}, date=IN_FEBRUARY)
        report(p)
        assert on_a(p, a) == {("node_hours", "2026-03"): Decimal("1.00"), ("node_hours", "2026-02"): Decimal("10.00")}


def test_late_figures_of_last_month_land_nowhere_on_a_server_that_ignores_dates():
    with living(profile=attrs.evolve(Profile(), honours_date=False)) as (p, _, [(a, b)]):
        p.b.report_usage(b, {"gpu_hours": 50}, date=IN_FEBRUARY)
        told = [report(p) for _ in range(3)]
        assert on_a(p, a) == {}
        assert "past months not sent" in told[-1].notes[0]


@pytest.mark.parametrize("zone", ["Europe/Tallinn", "UTC", "America/Los_Angeles"])
def test_a_month_that_ends_between_reading_and_writing_does_not_swallow_the_figures(zone):
    from zoneinfo import ZoneInfo

    def in_zone(content):
        content["timezone"] = zone

    last_hour = datetime(2026, 3, 31, 23, 30, tzinfo=ZoneInfo(zone))
    profile = attrs.evolve(Profile(), honours_date=False)
    with living(at=last_hour, profile=profile, document=in_zone) as (p, clock, [(a, b)]):
        for side in (p.a, p.b):
            side.settings.time_zone = ZoneInfo(zone)
        p.b.report_usage(b, {"gpu_hours": 500})
        usage = p.federation.sync_usage()
        seen = usage.observe()
        clock.advance(datetime(2026, 4, 1, 0, 30, tzinfo=ZoneInfo(zone)) - last_hour)
        p.federation.a_clock().now()
        p.federation.a_catalogue().state()
        usage.apply(usage.plan(seen), seen)
        assert on_a(p, a) == {}


def test_a_last_reading_is_told_before_a_termination_is_told_done():
    with living() as (p, _, [(a, b)]):
        order = p.place_terminate(a)
        p.cycle()
        p.b.report_usage(b, {"gpu_hours": 500})
        p.b_finishes()
        p.cycle()
        assert p.order(order).state == "done"
        assert on_a(p, a) == {("node_hours", "2026-03"): Decimal("100.00")}


def test_a_termination_waits_while_the_last_usage_cannot_be_read():
    with living() as (p, _, [(a, b)]):
        order = p.place_terminate(a)
        p.cycle()
        p.b.report_usage(b, {"gpu_hours": 500})
        p.b_finishes()
        fault = Fault(path="marketplace-component-usages", kind="status", status=500, times=None)
        p.pair.b.sandbox.faults.add(fault)
        p.cycle()
        assert p.order(order).state == "executing"
        p.pair.b.sandbox.faults.clear()
        p.cycle()
        assert p.order(order).state == "done"
        assert on_a(p, a) == {("node_hours", "2026-03"): Decimal("100.00")}
