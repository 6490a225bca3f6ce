"""Usage of a warehouse on a Waldur: what is shown is told, and nothing that was not read."""

import logging
from contextlib import ExitStack
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import attrs
import pytest
from tests.proxies import KINDS, proxy
from tests.scenario.metered import metered

from federation_adapters.sandbox import Hours, Level, ManualClock, Server
from federation_adapters.sandbox.troubles import changed, replaced

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
THIS, LAST = "2026-03", "2026-02"
HUSH = "warehouse-sandbox"


@pytest.fixture
def m():
    with metered(clock=ManualClock(NOW)) as found:
        yield furnished(found)


def furnished(found):
    """The hours of two months, and what one path holds."""
    found.warehouse.hours += [
        Hours("g001", "alps", f"{THIS}-02", 8, 1024, "anna"),
        Hours("g001", "alps", f"{THIS}-03", 2.5, 320),
        Hours("g001", "daint", f"{THIS}-03", 100, 100, "anna"),
        Hours("g001", "alps", f"{LAST}-03", 5, 640, "anna"),
    ]
    found.warehouse.levels.append(Level("capstor", "store", "/capstor/store/g001", THIS, 5_000_000_000, 17))
    return found


def test_hours_of_the_cluster_arrive_in_both_months(m):
    m.a.settings.invoice_days = 30
    assert not m.report().is_trouble
    first, second = m.site.accounts
    assert m.told(first, THIS) == {"nodeHours": "10.5", "cpuHours": "1344"}
    assert m.told(first, LAST) == {"nodeHours": "5", "cpuHours": "640"}
    assert m.told(second) == {}
    people = {(str(row.usage), row.username) for row in m.a.user_usages_of(first)}
    assert people == {("8.00", "anna"), ("1024.00", "anna"), ("5.00", "anna"), ("640.00", "anna")}


def test_the_cluster_is_asked_for_in_past_months_too(m):
    m.report()
    asked = {one.query["from"]: one.query["cluster"] for one in m.warehouse.data_calls()}
    assert asked == {(LAST,): ("alps",), (THIS,): ("alps",)}


def test_levels_arrive_in_the_operators_unit(m):
    assert not m.report_storage().problems
    assert m.told(m.site.paths[0]) == {"storage_space": "5", "storage_inodes": "17"}
    assert m.told(m.site.paths[1]) == {}


def test_the_effective_id_is_the_path_and_the_operators_map_is_before_it(m):
    m.a.edit(m.site.paths[1], backend_id="archive", effective_id="/capstor/store/g001")
    m.report_storage()
    assert m.told(m.site.paths[1]) == {"storage_space": "5", "storage_inodes": "17"}
    with metered(clock=ManualClock(NOW), storage_path_mapping={"archive": "/other"}) as mapped:
        mapped.a.edit(mapped.site.paths[1], backend_id="archive", effective_id="/capstor/store/g001")
        mapped.report_storage()
        assert "/other" in mapped.warehouse.data_calls()[0].query["paths"]


@pytest.mark.parametrize("style", ["path", "query"])
def test_both_generations_of_the_api_are_spoken(style):
    with metered(clock=ManualClock(NOW), storage_endpoint_style=style) as found:
        furnished(found).report_storage()
        assert found.told(found.site.paths[0]) == {"storage_space": "5", "storage_inodes": "17"}


def test_an_unchanged_report_writes_nothing_and_costs_a_request_a_month(m):
    m.report()
    writes, asked = m.writes(), len(m.warehouse.data_calls())
    assert m.report().outcomes == ()
    assert m.writes() == writes
    assert len(m.warehouse.data_calls()) - asked == 2


TROUBLES = {
    "500": replaced(500, "Internal Server Error", "text/html"),
    "503": replaced(503, '{"detail": "maintenance"}'),
    "html": replaced(200, "<html>Sign in</html>", "text/html"),
    "error object": replaced(200, '{"error": "try later"}'),
    "no object": replaced(200, "[]"),
    "cut off": replaced(200, '{"compute": [{"account": "g0'),
    "empty": replaced(200, '{"compute": []}'),
    "nothing": replaced(204, ""),
    "null": replaced(200, '{"compute": null}'),
    "a page elsewhere": changed(lambda body: {**body, "next": "https://dwdi.example.org/2"}),
    "a page of another month": changed(lambda body: {**body, "next": "?from=2025-01&to=2025-01"}),
    "the same page": changed(lambda body: {**body, "next": "?page=1"}),
    "a token for more": changed(lambda body: {**body, "nextPageToken": "abc"}),
    "more rows counted": changed(lambda body: {**body, "count": 9}),
    "renamed list": changed(lambda body: {"results": body["compute"]}),
    "renamed fields": changed(
        lambda body: {"compute": [{"account": row["account"], "node_hours": 1} for row in body["compute"]]}
    ),
    "renamed account": changed(
        lambda body: {"compute": [{**row, "account": None, "acct": row["account"]} for row in body["compute"]]}
    ),
    "negative": changed(lambda body: {"compute": [{**row, "totalNodeHours": -1} for row in body["compute"]]}),
    "words": changed(lambda body: {"compute": [{**row, "totalCpuHours": "many"} for row in body["compute"]]}),
    "redirect": lambda _request, _response: redirected(),
}


PAGINGS = ("link", "next")


@pytest.mark.parametrize("paging", PAGINGS)
def test_an_answer_in_pages_is_told_whole(m, paging):
    m.warehouse.page_size, m.warehouse.paging = 1, paging
    m.warehouse.hours.append(Hours("g002", "alps", f"{THIS}-02", 3, 4, "bert"))
    m.warehouse.levels.append(Level("capstor", "store", "/capstor/store/g002", THIS, 7_000_000_000, 1))
    assert not m.report().problems
    assert not m.report_storage().problems
    first, second = m.site.accounts
    assert m.told(first, THIS) == {"nodeHours": "10.5", "cpuHours": "1344"}
    assert m.told(second, THIS) == {"nodeHours": "3", "cpuHours": "4"}
    assert [m.told(path)["storage_space"] for path in m.site.paths] == ["5", "7"]
    pages = [one.query.get("page") for one in m.warehouse.data_calls()]
    assert pages == [None, None, ("2",), None, None, ("2",)]  # last month has one, this month two; then storage


@pytest.mark.parametrize("paging", PAGINGS)
def test_a_page_that_fails_leaves_the_batch_untold_and_what_was_told_as_it_is(m, paging):
    m.warehouse.hours.append(Hours("g002", "alps", f"{THIS}-02", 3, 4))
    m.report()
    before = [m.told(resource) for resource in m.site.accounts]
    m.warehouse.page_size, m.warehouse.paging = 1, paging
    m.warehouse.hours[0] = attrs.evolve(m.warehouse.hours[0], node_hours=20)
    m.warehouse.troubles = [None, None, replaced(500, "")]
    report = m.report()
    assert f"{THIS} is not known of account g001 on alps and 1 more" in report.problems[0]
    assert [m.told(resource) for resource in m.site.accounts] == before
    assert not m.report().problems
    assert m.told(m.site.accounts[0], THIS)["nodeHours"] == "22.5"


def redirected():
    from werkzeug import Response

    return Response("", 302, headers={"Location": "https://elsewhere.example.org/"})


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_no_zero_is_told_that_was_not_read_and_every_trouble_is_one_clear_line(m, trouble):
    m.report()
    before = {month: m.told(m.site.accounts[0], month) for month in (THIS, LAST)}
    m.warehouse.troubles = [trouble, trouble]
    report = m.report()
    assert {month: m.told(m.site.accounts[0], month) for month in (THIS, LAST)} == before
    assert m.told(m.site.accounts[1]) == {}
    lines = [*report.problems, *report.notes]
    assert lines
    assert all(line == " ".join(line.splitlines()) for line in lines)
    assert not m.report().is_trouble


def test_a_missing_field_leaves_its_component_alone_and_tells_the_others(m):
    m.report()
    m.warehouse.hours[0] = attrs.evolve(m.warehouse.hours[0], cpu_hours=2048, node_hours=9)
    m.warehouse.troubles = [changed(without_node_hours)] * 2
    assert f"{THIS}: 1 row without totalNodeHours" in m.report().notes
    assert m.told(m.site.accounts[0], THIS) == {"nodeHours": "10.5", "cpuHours": "2368"}


def without_node_hours(body):
    return {"compute": [{key: row[key] for key in row if key != "totalNodeHours"} for row in body["compute"]]}


def test_twice_the_same_row_is_what_the_warehouse_says(m):
    m.warehouse.troubles = [changed(lambda body: {"compute": body["compute"] * 2})] * 2
    m.report()
    assert m.told(m.site.accounts[0], THIS) == {"nodeHours": "21", "cpuHours": "2688"}


def test_a_path_that_is_listed_twice_is_not_told(m):
    double = changed(lambda body: {"storage": body["storage"] * 2})
    m.warehouse.troubles = [double, double]
    report = m.report_storage()
    assert any("it is listed 2 times" in problem for problem in report.problems)
    assert m.told(m.site.paths[0]) == {}


@pytest.mark.parametrize(("policy", "left"), [("accept", "4.5"), ("hold", "10.5"), ("omit", "10.5")])
def test_a_correction_follows_the_policy(policy, left):
    with metered(clock=ManualClock(NOW), usage_corrections=policy) as found:
        furnished(found).report()
        found.warehouse.hours[0] = attrs.evolve(found.warehouse.hours[0], node_hours=2)
        report = found.report()
        assert found.told(found.site.accounts[0], THIS)["nodeHours"] == left
        assert report.is_trouble is (policy == "hold")


def test_one_batch_that_fails_leaves_the_others_told():
    with metered(clock=ManualClock(NOW), resources=4, batch_size=1, top={"reporting_periods": 1}) as found:
        names = [f"g00{number}" for number in range(1, 5)]
        found.warehouse.hours += [Hours(name, "alps", f"{THIS}-02", 1, 1) for name in names]
        found.warehouse.troubles = [None, replaced(500, "")]
        report = found.report()
        assert [bool(found.told(resource)) for resource in found.site.accounts] == [True, False, True, True]
        assert len(report.problems) == 1
        assert f"{THIS} is not known of account g002 on alps" in report.problems[0]


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 3, 31, 21, 59, 30, tzinfo=UTC), "2026-03"),
        (datetime(2026, 3, 31, 22, 0, 30, tzinfo=UTC), "2026-04"),
        (datetime(2025, 12, 31, 22, 59, 30, tzinfo=UTC), "2025-12"),
        (datetime(2025, 12, 31, 23, 0, 30, tzinfo=UTC), "2026-01"),
    ],
)
def test_the_month_is_zurichs_for_the_question_and_for_the_bill(now, month):
    with metered(clock=ManualClock(now), top={"timezone": "Europe/Zurich", "reporting_periods": 1}) as found:
        found.a.settings.time_zone = ZoneInfo("Europe/Zurich")
        found.warehouse.hours.append(Hours("g001", "alps", f"{month}-01", 3, 3))
        found.report()
        assert [one.query["from"] for one in found.warehouse.data_calls()] == [(month,)]
        assert found.told(found.site.accounts[0], month) == {"nodeHours": "3", "cpuHours": "3"}


class TestTokens:
    def test_one_token_serves_all_cycles(self, m):
        m.report()
        m.report()
        assert m.warehouse.issued == 1

    def test_a_token_that_lives_shortly_is_renewed_before_it_ends(self, m):
        m.warehouse.lifetime = 0.05
        for _ in range(3):
            assert not m.report().problems
        assert 1 < m.warehouse.issued <= len(m.warehouse.data_calls())

    def test_a_token_without_a_lifetime_is_used_for_a_minute(self, m):
        m.warehouse.lifetime = None
        m.report()
        m.report()
        assert m.warehouse.issued == 1

    def test_a_revoked_token_costs_one_new_one_and_one_repetition(self, m):
        m.report()
        m.warehouse.revoke()
        assert not m.report().problems
        assert m.warehouse.issued == 2

    def test_credentials_that_are_refused_are_one_line_with_their_keys_and_no_secret(self, m, caplog):
        m.warehouse.client_id = "another"
        with caplog.at_level(logging.DEBUG):
            report = m.report()
        assert len(report.problems) == 2
        assert all("cscs_dwdi_client_id, cscs_dwdi_client_secret" in problem for problem in report.problems)
        assert m.told(m.site.accounts[0]) == {}
        assert HUSH not in caplog.text + str(report)

    def test_an_identity_provider_in_trouble_is_told_by_its_host(self, m):
        m.warehouse.token_troubles = [replaced(503, "down")] * 4
        report = m.report()
        assert any("the identity provider failed" in problem for problem in report.problems)
        assert m.told(m.site.accounts[0]) == {}

    def test_nothing_that_is_logged_shows_a_secret_or_a_token(self, m, caplog):
        with caplog.at_level(logging.DEBUG):
            m.report()
        assert HUSH not in caplog.text
        assert "issued-token" not in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_token_and_data_calls_pass_the_proxy(kind):
    def door(environ, start_response):
        return found.warehouse(environ, start_response)  # which is made after it

    with ExitStack() as stack:
        provider, served = stack.enter_context(Server(door)), stack.enter_context(proxy(kind))
        ways = {"socks_proxy": served.url, "cscs_dwdi_oidc_token_url": f"{provider.url}/token"}
        found = stack.enter_context(metered(clock=ManualClock(NOW), **ways))
        furnished(found)
        assert not found.report().problems
        assert found.told(found.site.accounts[0], THIS) == {"nodeHours": "10.5", "cpuHours": "1344"}
        warehouse = found.compute.settings().b.host
        assert served.asked() == {f"127.0.0.1:{provider.port}", warehouse}
        assert warehouse != f"127.0.0.1:{provider.port}"


def test_a_proxy_that_has_gone_is_told_with_its_key():
    with proxy("socks5") as served:
        url = served.url
    with metered(clock=ManualClock(NOW), socks_proxy=url) as found:
        report = found.report()
        assert "the proxy cannot be reached" in report.problems[0]
        assert "check socks_proxy" in report.problems[0]


def test_a_warehouse_that_is_slow_is_waited_for_as_long_as_the_operator_says():
    with metered(clock=ManualClock(NOW), read_timeout=0.2, top={"reporting_periods": 1}) as found:
        furnished(found)
        found.warehouse.latency = 0.6
        report = found.report()
        assert "timed out" in report.problems[0]
        assert found.told(found.site.accounts[0]) == {}
        found.warehouse.latency = 0.0
        assert not found.report().problems
        assert found.told(found.site.accounts[0])
