"""Offerings that a warehouse meters."""

import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.unit.settings.documents import FOR_A, good, mistakes

from federation_adapters.dwdi.fields import Fields
from federation_adapters.http.access import ClientCredentials
from federation_core.domain.errors import ConfigurationError
from federation_core.domain.metering.meters import AccountRules, PathRules
from federation_runner.settings.load import parse
from federation_runner.settings.metered import api_root
from federation_runner.settings.model import Storage

HUSH = "kaikki-salaista-w"
ACCESS = {
    "cscs_dwdi_api_url": "https://dwdi.example.org",
    "cscs_dwdi_client_id": "reporter",
    "cscs_dwdi_client_secret": HUSH,
    "cscs_dwdi_oidc_token_url": "https://id.example.org/token",
}
FILES = {"storage_filesystem": "lustre", "storage_data_type": "projects"}
LABELS = {"measured_unit": "x", "accounting_type": "usage", "label": "X"}


def document(kind="compute", components=None, *, reporting=True, **settings) -> dict[str, Any]:
    usual = {"compute": ["nodeHours", "cpuHours"], "storage": ["storage_space", "storage_inodes"]}[kind]
    named = components if components is not None else {name: {} for name in usual}
    offering = {
        "name": "Alps",
        "waldur_api_url": "https://a.example.org/api/",
        "waldur_api_token": FOR_A,
        "waldur_offering_uuid": "0a" * 16,
        "backend_type": f"cscs-dwdi-{kind}",
        "backend_settings": {**ACCESS, **(FILES if kind == "storage" else {}), **settings},
        "backend_components": {name: {**LABELS, **of} for name, of in named.items()},
    }
    if reporting:
        offering["reporting_backend"] = f"cscs-dwdi-{kind}"
    return {"offerings": [offering]}


def read(*arguments, **changes):
    (found,) = parse(document(*arguments, **changes), {}, Path()).offerings
    return found


def wrong(*arguments, **changes):
    """What is wrong, as path -> cause and fix."""
    return {found.path: f"{found.cause}; {found.fix}" for found in mistakes(document(*arguments, **changes))}


@pytest.mark.parametrize("reporting", [True, False])
def test_compute(reporting):
    found = read(reporting=reporting, cscs_dwdi_cluster="alps")
    assert found.modes == {"report"}
    assert found.warehouse is not None
    assert found.warehouse.storage is None
    assert found.warehouse.meters.rules == AccountRules("alps")
    assert found.warehouse.fields["nodeHours"] == Fields("totalNodeHours", "nodeHours")
    assert found.b.base_url == "https://dwdi.example.org/api/v1"
    assert found.b.credentials == ClientCredentials("https://id.example.org/token", "reporter", HUSH, "openid")
    assert (found.b.timeout, found.b.connect_timeout, found.b.attempts) == (30, 10, 3)
    assert found.usage.rules.shares


def test_storage():
    found = read(
        "storage",
        storage_tenant="cscs",
        storage_path_mapping={"p1": "/store/p1"},
        storage_endpoint_style="query",
        components={"storage_space": {"unit_factor": "0.000000001"}},
    )
    assert found.warehouse is not None
    assert found.warehouse.storage == Storage("lustre", "projects", "cscs", "query")
    assert found.warehouse.meters.rules == PathRules({"p1": "/store/p1"})
    assert not found.usage.rules.shares
    assert found.mapping.usage_to_a({"storage_space": Fraction(5 * 10**9)}) == {"storage_space": 5}


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://d.example", "https://d.example/api/v1"),
        ("https://d.example/", "https://d.example/api/v1"),
        ("https://d.example/api", "https://d.example/api/v1"),
        ("https://d.example/api/v1/", "https://d.example/api/v1"),
        ("https://d.example/warehouse", "https://d.example/warehouse/api/v1"),
    ],
)
def test_the_root_of_the_api_is_found_once(given, root):
    assert api_root(given) == root


@pytest.mark.parametrize(
    ("component", "factor"),
    [
        ({"unit_factor": 2}, 2),
        ({"unit_factor": 2, "unit_factor_reporting": "0.5"}, Fraction(1, 2)),
        ({"unit_factor": 2, "unit_factor_reporting": None}, 2),
        ({}, 1),
    ],
)
def test_the_factor_for_reporting_counts_where_there_is_one(component, factor):
    mapping = read(components={"nodeHours": component}).mapping
    assert mapping.usage_to_a({"nodeHours": Fraction(10)}) == {"nodeHours": 10 * factor}


def test_bytes_are_not_made_more():
    told = wrong("storage", components={"storage_space": {"unit_factor": 1_000_000_000}})
    path = "offerings[0].backend_components.storage_space.unit_factor"
    assert "write 1e-09; or unit_conversion: divide" in told[path]
    found = read("storage", unit_conversion="divide", components={"storage_space": {"unit_factor": 1_000_000_000}})
    assert found.mapping.usage_to_a({"storage_space": Fraction(5 * 10**9)}) == {"storage_space": 5}


def test_a_component_that_nobody_knows_is_a_mistake_unless_its_fields_are_named():
    told = wrong(components={"gpuHours": {}})
    assert "use one of nodeHours, cpuHours, or name its fields" in told["offerings[0].backend_components.gpuHours"]
    fields = {"gpuHours": {"total": "totalGpuHours", "person": "gpuHours"}}
    found = read(components={"gpuHours": {}}, component_fields=fields)
    assert found.warehouse is not None
    assert found.warehouse.fields == {"gpuHours": Fields("totalGpuHours", "gpuHours")}
    assert (
        "not among backend_components"
        in wrong(component_fields=fields)["offerings[0].backend_settings.component_fields.gpuHours"]
    )


def test_an_offering_without_components_is_a_mistake():
    assert "no components" in wrong(components={})["offerings[0].backend_components"]


@pytest.mark.parametrize("key", sorted(ACCESS))
def test_what_is_missing_is_named(key):
    entry = document()
    del entry["offerings"][0]["backend_settings"][key]
    assert [found.path for found in mistakes(entry)] == [f"offerings[0].backend_settings.{key}"]


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("localhost:1080", "no scheme"),
        ("ftp://localhost:1080", "none of a proxy"),
        ("socks5://", "not usable"),
        ("socks5://localhost:port", "not usable"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_at_start(proxy, words):
    assert words in wrong(socks_proxy=proxy)["offerings[0].backend_settings.socks_proxy"]


def test_a_password_of_a_proxy_is_a_secret():
    entry = document(socks_proxy=f"socks5://me:{HUSH}-too@localhost:1080")
    settings = parse(entry, {}, Path())
    assert f"{HUSH}-too" in settings.secrets()
    assert HUSH not in repr(settings)


def test_keys_of_the_other_warehouse_are_in_the_wrong_place():
    assert "belongs in" in wrong(storage_filesystem="lustre")["offerings[0].backend_settings.storage_filesystem"]


@pytest.mark.parametrize("name", ["cscs-dwdi-computes", "CSCS-DWDI-Compute", "cscs_dwdi_compute"])
def test_a_slip_of_the_pen_is_no_other_backend(name):
    entry = document()
    entry["offerings"][0]["reporting_backend"] = name
    (found,) = mistakes(entry)
    assert found.path == "offerings[0].reporting_backend"
    assert found.fix == "did you mean cscs-dwdi-compute?"


@pytest.mark.parametrize("key", ["order_processing_backend", "membership_sync_backend"])
def test_one_entry_is_not_federated_and_metered(key):
    entry = document()
    entry["offerings"][0][key] = "waldur"
    (found,) = mistakes(entry)
    assert found.path == f"offerings[0].{key}"
    assert found.fix == "write two entries with the same waldur_offering_uuid"


def test_two_entries_federate_and_meter_one_offering_and_two_meter_it_not():
    both = good()
    metered = document()["offerings"][0]
    both["offerings"].append(metered)
    assert len(parse(both, {}, Path()).offerings) == 2
    both["offerings"].append(copy.deepcopy(metered))
    assert [found.cause for found in mistakes(both)] == ["offerings[1] meters the same offering of A"]


def test_another_backend_may_share_the_entry_and_has_its_own_keys():
    entry = document(soft_quota_of_slurm=True)
    assert len(mistakes(entry)) == 1
    entry["offerings"][0]["order_processing_backend"] = "slurm"
    assert len(parse(entry, {}, Path()).offerings) == 1


def test_all_mistakes_are_told_at_once_without_a_secret():
    entry = document("storage", batch_size=0, cscs_dwdi_api_url="dwdi", storage_endpoint_style="both")
    with pytest.raises(ConfigurationError) as caught:
        parse(entry, {}, Path())
    assert len(caught.value.findings) == 3
    assert HUSH not in str(caught.value)
