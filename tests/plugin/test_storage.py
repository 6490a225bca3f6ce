"""The backend of storage systems in the agent: what it answers, and how it refuses the rest."""

import logging

import pytest
from tests.plugin.harness import configured
from waldur_site_agent.backend.exceptions import BackendError
from waldur_site_agent.polling_processing import agent_order_process

from federation_adapters.sandbox import Server, seed_storage_site
from federation_core.domain.errors import ConfigurationError
from federation_runner.plugin import StorageProxyBackend, StorageProxySettingsSchema

SETTINGS = {"storage_file_system": "lustre", "inode_soft_coefficient": 1.33, "inode_hard_coefficient": 2.0}
COMPONENTS = {"storage": {"measured_unit": "TB", "accounting_type": "limit", "label": "Storage", "unit_factor": 1}}
REFUSED = (
    "create_resource",
    "create_resource_with_id",
    "set_resource_limits",
    "delete_resource",
    "add_user",
    "add_users_to_resource",
    "remove_user",
    "remove_users_from_resource",
    "pause_resource",
    "downscale_resource",
    "restore_resource",
    "set_resource_user_limits",
    "_get_usage_report",
)


@pytest.fixture
def backend():
    return StorageProxyBackend(dict(SETTINGS), dict(COMPONENTS))


def test_it_answers_ping_diagnostics_and_components(backend, caplog):
    caplog.set_level(logging.INFO)
    assert backend.ping(raise_exception=True)
    assert backend.diagnostics()
    assert backend.list_components() == ["storage"]
    assert "storage_file_system: lustre" in caplog.text
    assert "waldur-federation storage-proxy" in caplog.text


def test_diagnostics_fail_without_the_component_that_quotas_are_made_of(caplog):
    assert not StorageProxyBackend(dict(SETTINGS), {"disk": {"measured_unit": "TB"}}).diagnostics()
    assert "backend_components has no storage" in caplog.text


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_and_says_who_does_it(backend, name):
    with pytest.raises(BackendError, match="run 'waldur-federation storage-proxy'"):
        getattr(backend, name)("anything")


def test_nothing_is_told_of_a_resource(backend):
    assert backend.pull_resource(object()) is None
    assert backend.list_resources() == []
    assert backend.get_resource_metadata("any") == backend.get_resource_limits("any") == {}
    assert backend.get_resource_user_limits("any") == {}
    assert not backend.recreate_missing_resource(object())


def test_all_mistakes_in_the_settings_are_told_at_once():
    wrong = {"storage_file_sytem": "lustre", "inode_hard_coefficient": 1, "use_mock_target_items": "perhaps"}
    with pytest.raises(ConfigurationError) as told:
        StorageProxyBackend(wrong, dict(COMPONENTS))
    assert [finding.path for finding in told.value.findings] == [
        "backend_settings.storage_file_sytem",
        "backend_settings.use_mock_target_items",
        "backend_settings.inode_hard_coefficient",
    ]


def test_the_agents_schema_says_the_same():
    StorageProxySettingsSchema(**SETTINGS)
    with pytest.raises(ValueError, match="less than inode_soft_coefficient; write at least as much"):
        StorageProxySettingsSchema(inode_hard_coefficient=1)


def test_core_leaves_orders_to_the_provisioner_also_where_it_is_told_to_process_them(caplog):
    site = seed_storage_site()
    offering = site.systems["capstor"]
    order = site.sandbox.world.place_create(
        site.member, offering, site.projects["avalanche"], limits={"storage": 3}, name="left-alone"
    )
    with Server(site.sandbox) as waldur:
        entry = {
            "name": "Capstor",
            "waldur_api_url": f"{waldur.url}/api/",
            "waldur_api_token": site.reader.token,
            "waldur_offering_uuid": offering.uuid,
            "backend_type": "cscs-hpc-storage",
            "order_processing_backend": "cscs-hpc-storage",
            "backend_settings": SETTINGS,
            "backend_components": COMPONENTS,
        }
        configuration = configured({"offerings": [entry]})
        agent_order_process._process_offerings(configuration, {})  # noqa: SLF001 - what the command line runs each time
    assert "Skipping order processing" in caplog.text
    assert site.sandbox.world.order(order.uuid).state == "pending-provider"
    assert not [one for one in site.sandbox.requests if one.method == "POST" and "orders" in one.path]
