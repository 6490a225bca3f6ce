"""An unchanged world over all modes: it costs pages, and nothing is written."""

import pytest
from tests.bench.steady import ROWS_PER_PAGE, SHARES_PER_TOTAL, steady

from federation_runner.cycle import run_cycle

MONTHS, COMPONENTS = 2, 3


def pages(rows):
    return -(-rows // ROWS_PER_PAGE)


@pytest.mark.parametrize("resources", [50, 1_000])
def test_an_unchanged_world_is_listed_in_pages_and_not_written(resources):
    with steady(resources) as p:
        a, b = p.pair.a.sandbox.requests, p.pair.b.sandbox.requests
        before_a, before_b, writes = a.total, b.total, p.writes()
        reports = run_cycle(p.federation)
        assert sorted(reports) == ["members", "orders", "projects", "resources", "usage"]
        assert {task: report.outcomes for task, report in reports.items()} == dict.fromkeys(reports, ())
        assert not any(report.is_trouble for report in reports.values())
        assert p.writes() == writes
        shares = pages(resources * COMPONENTS * SHARES_PER_TOTAL) * MONTHS
        spent_a, spent_b = a.total - before_a - shares, b.total - before_b - shares
        assert spent_a + spent_b <= 120
