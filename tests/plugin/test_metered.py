"""The official agent's core on our backends of the warehouse, cycle after cycle in one process."""

import ssl
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import yaml
from tests.plugin.harness import LOOPS, configured, trust
from tests.scenario.metered import metered
from waldur_site_agent.backend.exceptions import BackendNotReadyError
from waldur_site_agent.common import processors, utils

from federation_adapters.sandbox import Hours, Level
from federation_adapters.sandbox.troubles import changed, replaced
from federation_runner.container import close
from federation_runner.plugin import metered as process

THIS = f"{datetime.now(UTC):%Y-%m}"
COUNT, SIZE = 4, 3
TOGETHER = -(-COUNT // SIZE)


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Core neither sleeps nor reads certificates, and the process has forgotten everything."""
    monkeypatch.setattr("waldur_site_agent.common.healthz.HEARTBEAT_PATH", tmp_path / "beat", raising=False)
    monkeypatch.setattr(processors, "sleep", lambda _seconds: None)
    monkeypatch.setattr(ssl, "create_default_context", trust)
    yield
    known = process._KNOWN._found  # noqa: SLF001 - the process's memory
    for one in known.values():
        close(one.federation)
    known.clear()


class Reports:
    """Core with both offerings of a site, and what its cycles of `report` ask the warehouse for."""

    def __init__(self, m):
        self.m = m
        self.configuration = configured(yaml.safe_load(m.config), "report")

    def cycle(self):
        """One cycle; returns how many requests there were of each kind and month."""
        before = len(self.m.warehouse.data_calls())
        LOOPS["report"]._process_offerings(self.configuration, {})  # noqa: SLF001 - what the command line runs
        asked = self.m.warehouse.data_calls()[before:]
        return Counter(
            (one.path.split("/")[3], (one.query.get("from") or one.query["exact-month"])[0]) for one in asked
        )

    def hours(self, month=THIS):
        return [self.m.told(resource, month).get("nodeHours") for resource in self.m.site.accounts]


@contextmanager
def reports(**settings):
    with metered(resources=COUNT, batch_size=SIZE, **settings) as m:
        m.a.settings.invoice_days = 40
        for number in range(1, COUNT + 1):
            m.warehouse.hours.append(Hours(f"g{number:03}", "alps", f"{THIS}-01", number, number, "anna"))
            path = f"/capstor/store/g{number:03}"
            m.warehouse.levels.append(Level("capstor", "store", path, THIS, number * 10**9, number))
        yield Reports(m)


def use_more(m, number, hours):
    m.warehouse.hours.append(Hours(f"g{number:03}", "alps", f"{THIS}-02", hours, 0))


def everyones(more=0):
    return [str(number + more) for number in range(1, COUNT + 1)]


def test_from_its_second_cycle_on_a_process_asks_in_batches_and_tells_what_is_shown_then():
    with reports() as r:
        first = r.cycle()
        assert set(first.values()) == {COUNT}
        assert r.hours() == everyones()
        for number in range(1, COUNT + 1):
            use_more(r.m, number, 10)
        second = r.cycle()
        assert (len(second), set(second.values())) == (4, {TOGETHER})
        assert r.hours() == everyones(10)
        assert [r.m.told(path)["storage_space"] for path in r.m.site.paths] == everyones()
        assert r.m.warehouse.issued == 2, "one token for each offering"


def test_an_account_that_vanished_from_a_batch_keeps_its_figures():
    with reports() as r:
        r.cycle()
        r.m.warehouse.hours[:] = [row for row in r.m.warehouse.hours if row.account != "g002"]
        r.cycle()
        assert r.hours() == everyones()


TROUBLES = {
    "500": replaced(500, ""),
    "error object": replaced(200, '{"error": "try later"}'),
    "cut off": replaced(200, '{"compute": [{"account": "g0'),
    "negative": changed(lambda body: {"compute": [{**row, "totalNodeHours": -1} for row in body["compute"]]}),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_batch_that_fails_is_asked_for_one_by_one_and_nothing_is_lost_or_zero(trouble):
    with reports(max_retries=0) as r:
        r.cycle()
        use_more(r.m, 1, 10)
        r.m.warehouse.troubles = [trouble]
        asked = r.cycle()
        assert asked["compute", THIS] <= 1 + COUNT
        assert r.hours() == ["11", *everyones()[1:]]


def test_a_resource_that_is_new_is_told_in_its_first_cycle_and_one_that_went_is_asked_for_no_more():
    with reports() as r:
        r.cycle()
        first, *_, last = r.m.site.accounts
        r.m.a.edit(last, state="Terminated")
        r.m.a.edit(first, backend_id="newcomer")
        r.m.warehouse.hours.append(Hours("newcomer", "alps", f"{THIS}-01", 70, 70))
        r.cycle()
        assert r.hours()[0] == "70"
        r.cycle()
        before = len(r.m.warehouse.data_calls())
        r.cycle()
        asked = {name for one in r.m.warehouse.data_calls()[before:] for name in one.query.get("account", ())}
        assert asked == {"newcomer", *(f"g{number:03}" for number in range(2, COUNT))}


def test_two_resources_of_one_account_are_not_both_told_all_of_it():
    with reports() as r:
        first, second, *_ = r.m.site.accounts
        r.m.a.edit(second, backend_id=first.backend_id)
        r.cycle()
        assert r.hours()[:2] == ["1", None]
        use_more(r.m, 1, 10)
        r.cycle()
        assert r.hours()[:2] == ["1", None]


def test_the_loader_is_told_of_an_account_that_two_resources_name(caplog):
    with reports() as r:
        backend = utils.get_backend_for_offering(r.configuration.waldur_offerings[0], "reporting_backend")[0]
        now = datetime.now(UTC)
        assert set(backend.get_usage_report_for_period(["g001", "g002"], now.year, now.month)) == {"g001", "g002"}
        with pytest.raises(BackendNotReadyError):
            backend.get_usage_report_for_period(["g001", "g002", "g001"], now.year, now.month)
        assert "are all linked to account g001" in caplog.text
