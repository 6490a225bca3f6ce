"""Past months of a warehouse, loaded from the command line: all of a year, interrupted, repeated, and with a month that fails."""

import os
import pty
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from tests.command import PATIENCE, ended, started
from tests.scenario.metered import metered

from federation_adapters.sandbox import Hours
from federation_adapters.sandbox.troubles import replaced

YEAR = [f"2024-{month:02}" for month in range(1, 13)]
RESOURCES = 200


@contextmanager
def year(tmp_path, resources, *, is_told=True):
    """A site whose warehouse knows all of 2024; Waldur has one figure of the present month to try dates with, if *is_told*."""
    with metered(resources=resources) as m:
        if is_told:
            m.a.report_usage(m.site.accounts[0], {"nodeHours": 1, "cpuHours": 1})
        m.warehouse.hours += [
            Hours(
                f"g{number:03}", "alps", f"{month}-05", number + index / 4, number, "anna" if number % 10 == 1 else ""
            )
            for index, month in enumerate(YEAR)
            for number in range(1, resources + 1)
        ]
        m.warehouse.hours.append(Hours("g001", "alps", f"{datetime.now(UTC):%Y-%m}-01", 1, 1))
        config = tmp_path / "config.yaml"
        config.write_text(m.config)
        yield m, config


def asked(m, config, *more):
    """The words of the command, and what is in its environment."""
    words = ["history", "-c", str(config), "-o", m.site.compute.uuid, "-t", "env:STAFF"]
    return [*words, "-s", "2024-01-01", "-e", "2024-12-31", *more], {"STAFF": m.site.staff.token}


def load(m, config, *more):
    words, environ = asked(m, config, *more)
    return ended(*words, environ=environ)


def loading(m, config, **streams):
    words, environ = asked(m, config)
    return started(*words, environ={**environ, "TERM": "xterm"}, **streams)


def totals(m):
    """(resource, month) -> node hours, of 2024."""
    return {
        (resource.name, str(row.billing_period)[:7]): float(row.usage)
        for resource in m.site.accounts
        for row in m.a.usages_of(resource)
        if row.component.type == "nodeHours" and str(row.billing_period).startswith("2024")
    }


def expected(resources):
    return {
        (f"g{number:03}", month): number + index / 4
        for index, month in enumerate(YEAR)
        for number in range(1, resources + 1)
    }


def test_a_year_of_two_hundred_resources_is_loaded_interrupted_and_repeated(tmp_path):
    with year(tmp_path, RESOURCES) as (m, config):
        for number in (signal.SIGINT, signal.SIGKILL):
            with loading(m, config, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                before = m.writes()
                wait_for(lambda: m.writes() > before + 100, process)  # noqa: B023 - used at once
                process.send_signal(number)
                process.communicate(timeout=PATIENCE)
            assert process.returncode in {130, -number}
            assert 0 < len(totals(m)) < RESOURCES * 12
        done = load(m, config)
        assert (done.returncode, done.stderr) == (0, "")
        assert totals(m) == expected(RESOURCES)
        assert len(m.site.sandbox.world.usages_of(m.site.accounts[0])) == 2 * 13  # nothing is there twice
        writes, asked = m.writes(), len(m.warehouse.data_calls())
        assert load(m, config).returncode == 0
        assert m.writes() - writes <= 1  # the proof that dates are read
        assert len(m.warehouse.data_calls()) - asked == 12 * RESOURCES // 50


def test_on_a_terminal_a_bar_tells_how_far_it_is(tmp_path):
    with year(tmp_path, 1) as (m, config):
        ours, theirs = pty.openpty()
        with loading(m, config, stdout=subprocess.DEVNULL, stderr=theirs) as process:
            os.close(theirs)
            told = shown_on(ours)
        assert process.returncode == 0
        assert "months" in told
        assert "100%" in told


def shown_on(terminal):
    """What comes until its other end is closed."""
    told = b""
    with suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as shown:
        while part := shown.read(4096):
            told += part
    return told.decode()


def wait_for(holds, process):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_month_that_fails_is_status_1_and_the_others_are_loaded(tmp_path):
    with year(tmp_path, 2) as (m, config):
        m.warehouse.troubles = [None, None, *[replaced(500, "")] * 1]
        done = load(m, config)
        assert done.returncode == 1
        assert "2024-03 is not known of account g001 on alps and 1 more" in done.stdout
        assert {month for _, month in totals(m)} == set(YEAR) - {"2024-03"}
        assert load(m, config).returncode == 0
        assert totals(m) == expected(2)


def test_one_account_is_asked_for_by_its_name_and_a_dry_run_writes_nothing(tmp_path):
    with year(tmp_path, 3) as (m, config):
        writes = m.writes()
        done = load(m, config, "--resource-backend-id", "g002", "--dry-run")
        assert (done.returncode, m.writes()) == (3, writes)
        assert load(m, config, "--resource-backend-id", "g002", "--skip-user-usage").returncode == 0
        assert {name for name, _ in totals(m)} == {"g002"}
        assert load(m, config, "--resource-backend-id", "g999").returncode == 2


@pytest.mark.parametrize("stale", [False, True])
def test_stale_figures_become_zero_on_an_operators_word_where_others_prove_the_answer(tmp_path, stale):
    with year(tmp_path, 2) as (m, config):
        assert load(m, config).returncode == 0
        m.warehouse.hours[:] = [
            row for row in m.warehouse.hours if row.account != "g002" and not row.day.startswith("2024-07")
        ]
        assert load(m, config, *(["--reconcile-stale"] if stale else [])).returncode == 0
        left = {month: amount for (name, month), amount in totals(m).items() if name == "g002"}
        assert (
            left["2024-07"] == expected(2)["g002", "2024-07"]
        )  # nothing at all is shown of July, which proves nothing
        assert left["2024-08"] == (0 if stale else expected(2)["g002", "2024-08"])


def test_without_a_figure_to_try_dates_with_nothing_is_written_and_the_remedy_is_told(tmp_path):
    with year(tmp_path, 1, is_told=False) as (m, config):
        done = load(m, config)
        assert (done.returncode, totals(m)) == (1, {})
        assert "have one figure of the present month reported first" in " ".join(done.stdout.split())
        assert not m.compute.sync_usage().run().is_trouble
        assert load(m, config).returncode == 0
        assert totals(m) == expected(1)
