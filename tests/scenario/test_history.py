"""`history`: past months told from the command line."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.scenario.harness import play
from tests.scenario.test_commands import Run, assert_clean, config  # noqa: F401 - a fixture

NOW = datetime.now(UTC)
LAST_MONTH = NOW.replace(day=1) - timedelta(days=3)


def asked(p, path, *more, token=None):
    offering = p.pair.a.offering.uuid
    staff = ["--user-token", token or p.pair.a.staff.token]
    day = LAST_MONTH.strftime("%Y-%m-%d")
    return Run("history", "-c", path, "--offering-uuid", offering, "-s", day, "-e", day, *staff, *more)


@pytest.fixture
def used():
    """A resource that B metered last month, and that A knows this month's usage of."""
    with play() as p:
        a, b = p.living()
        p.b.report_usage(b, {"gpu_hours": 500}, date=LAST_MONTH, users={"gpu_hours": {"anna": 50}})
        p.a.report_usage(a, {"node_hours": 7})
        yield p, a, b


def on_a(p, a):
    return {(str(row.billing_period)[:7], str(row.usage)) for row in p.a.usages_of(a)}


def test_last_month_arrives_and_a_second_run_writes_nothing(used, config):  # noqa: F811
    p, a, _ = used
    path = config(p)
    run = asked(p, path)
    assert (run.status, run.err) == (0, "")
    assert (f"{LAST_MONTH:%Y-%m}", "100.00") in on_a(p, a)
    assert [(row.username, str(row.usage)) for row in p.a.user_usages_of(a)] == [("anna", "10.00")]
    before = p.writes()
    assert asked(p, path).status == 0
    assert p.writes() - before <= 1  # the proof that dates are read
    assert_clean(run, p)
    assert p.pair.a.staff.token not in run.told


def test_a_dry_run_writes_nothing_and_is_status_3(used, config):  # noqa: F811
    p, _, _ = used
    before = p.writes()
    run = asked(p, config(p), "--dry-run")
    assert run.status == 3
    assert "B metered gpu_hours 500" in run.out
    assert p.writes() == before


def test_a_month_that_failed_is_status_1(used, config):  # noqa: F811
    p, a, _ = used
    p.a.edit(a, plan=None)
    run = asked(p, config(p))
    assert run.status == 1
    assert "is not told" in run.out


def test_a_token_that_is_not_staffs_is_refused_unless_told_otherwise(used, config):  # noqa: F811
    p, _, _ = used
    path = config(p)
    run = asked(p, path, token=p.pair.a_token)
    assert run.status == 2
    assert "--no-staff-check" in run.err
    assert asked(p, path, "--no-staff-check", token=p.pair.a_token).status in {0, 1}


MISTAKES = {
    "an offering that is not ours": (["--offering-uuid", "0" * 32], "no offering of ours has"),
    "an end before the start": (["-e", "2001-01-01"], "lies before"),
    "more than five years": (["-s", "2001-01-01"], "more than 5 years"),
    "a resource that is not linked": (["--resource-backend-id", "0" * 32], "no resource of A is linked to"),
    "a token that is not there": (["--user-token", "env:NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE is not set"),
    "a token that A refuses": (["--user-token", "f" * 40], "check --user-token"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_line(mistake, used, config):  # noqa: F811
    p, _, _ = used
    more, words = MISTAKES[mistake]
    run = asked(p, config(p), *more)
    assert run.status in {1, 2}
    assert words in run.err
    assert len(run.err.splitlines()) == 1
    assert "Traceback" not in run.told
