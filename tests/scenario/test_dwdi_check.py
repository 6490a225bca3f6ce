"""The doctor on a metered site over real HTTP, with one mistake each: the right finding, with the key to look at."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from tests.command import ended
from tests.proxies import proxy
from tests.scenario.metered import metered

from federation_adapters.sandbox import Hours, Level

THIS = f"{datetime.now(UTC):%Y-%m}"
PATIENCE = 120


@contextmanager
def site(**settings):
    """Two accounts and two paths that the warehouse knows."""
    with metered(**settings) as m:
        for name in ("g001", "g002"):
            m.warehouse.hours.append(Hours(name, "alps", f"{THIS}-01", 1, 1))
            m.warehouse.levels.append(Level("capstor", "store", f"/capstor/store/{name}", THIS, 1, 1))
        yield m


def found(m, offering):
    """(check, what it names) of all findings about the warehouse."""
    report = (m.storage if offering == "storage" else m.compute).check_offering().run()
    return [
        (told.check, told.finding.path, f"{told.finding.cause}; {told.finding.fix}")
        for told in report.found
        if told.check.startswith(("warehouse", "meters"))
    ]


def test_nothing_is_wrong_where_nothing_is():
    with site() as m:
        assert found(m, "compute") == []
        assert found(m, "storage") == []


def wrong_client(m):
    m.warehouse.client_id = "another"


def scope_wanted(m):
    m.warehouse.scope = "dwdi.read"


def unmapped_path(m):
    m.a.edit(m.site.paths[0], backend_id="climate")


def absent_path(m):
    m.a.edit(m.site.paths[0], backend_id="/capstor/store/nobody")


def absent_account(m):
    m.a.edit(m.site.accounts[0], backend_id="nobody")


def twins(m):
    m.a.edit(m.site.accounts[0], backend_id="g002")


MISTAKES = {
    "token": ("compute", wrong_client, {}, "warehouse-answers", "cscs_dwdi_client_id", "check cscs_dwdi_client_id"),
    "scope": ("compute", scope_wanted, {}, "warehouse-answers", "cscs_dwdi_oidc_scope", "given the scope"),
    "file system": ("storage", None, {"storage_filesystem": "x"}, "meters-shown", "path ", "check storage_filesystem"),
    "data type": ("storage", None, {"storage_data_type": "x"}, "meters-shown", "path ", "storage_data_type"),
    "tenant": ("storage", None, {"storage_tenant": "x"}, "meters-shown", "path ", "storage_tenant"),
    "unmapped path": ("storage", unmapped_path, {}, "meters-known", "resource ", "storage_path_mapping"),
    "absent path": ("storage", absent_path, {}, "meters-shown", "/capstor/store/nobody", "compare the path"),
    "absent account": ("compute", absent_account, {}, "meters-shown", "account nobody", "its cluster is alps"),
    "two of one account": ("compute", twins, {}, "meters-contested", "account g002", "an account of its own"),
}


@pytest.mark.parametrize(("of", "mistake", "settings", "check", "where", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found_with_what_to_look_at(of, mistake, settings, check, where, words):
    with site(**settings) as m:
        if mistake is not None:
            mistake(m)
        told = found(m, of)
    assert {name for name, _, _ in told} == {check}
    assert all(where in path and words in text for _, path, text in told)


def test_a_scope_that_is_asked_for_is_enough():
    with site(cscs_dwdi_oidc_scope="openid dwdi.read") as m:
        scope_wanted(m)
        assert found(m, "compute") == []


def test_the_warehouse_is_looked_at_through_the_proxy_and_one_that_has_gone_is_named():
    with proxy("socks5") as served:
        with site(socks_proxy=served.url) as m:
            assert found(m, "compute") == []
            assert served.asked() == {m.compute.settings().b.host}
        url = served.url
    with site(socks_proxy=url) as m:
        ((check, _, text),) = found(m, "storage")
    assert check == "warehouse-answers"
    assert "proxy" in text
    assert "socks_proxy" in text


def test_the_command_tells_it_with_status_1(tmp_path):
    config = tmp_path / "config.yaml"
    with site() as m:
        config.write_text(m.config)
        unmapped_path(m)
        done = ended("check", "-c", config, "--json")
    assert done.returncode == 1, done.stderr
    assert "meters-known" in json.dumps(json.loads(done.stdout))
