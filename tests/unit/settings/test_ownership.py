"""Storage systems in the agent's file: known, judged, and left to the storage proxy."""

from pathlib import Path

import pytest

from federation_core.domain.errors import ConfigurationError
from federation_runner.settings.load import parse
from federation_runner.settings.ownership import SERVED, ownership

OFFERING = {
    "name": "Capstor",
    "waldur_api_url": "https://a.example/api/",
    "waldur_api_token": "token-of-nobody",
    "waldur_offering_uuid": "1" * 32,
    "backend_type": "cscs-hpc-storage",
    "backend_settings": {"storage_file_system": "lustre"},
    "backend_components": {"storage": {"measured_unit": "TB", "accounting_type": "limit", "label": "Storage"}},
}


def parsed(**changes):
    return parse({"offerings": [{**OFFERING, **changes}]}, {}, Path())


def test_a_storage_system_is_skipped_and_says_who_serves_it():
    settings = parsed()
    assert settings.offerings == ()
    assert [(one.name, one.reason) for one in settings.skipped] == [("Capstor", SERVED)]


def test_its_settings_are_judged_all_the_same():
    with pytest.raises(ConfigurationError) as told:
        parsed(backend_settings={"storage_file_sytem": "x", "inode_base_multiplier": 0})
    assert [finding.path for finding in told.value.findings] == [
        "offerings[0].backend_settings.storage_file_sytem",
        "offerings[0].backend_settings.inode_base_multiplier",
    ]


def test_a_slip_of_the_pen_is_told():
    with pytest.raises(ConfigurationError, match="did you mean cscs-hpc-storage"):
        parsed(backend_type="cscs-hpc-storge")


@pytest.mark.parametrize("key", ["order_processing_backend", "membership_sync_backend", "reporting_backend"])
def test_one_that_another_backend_works_for_is_that_backends(key):
    assert not ownership({**OFFERING, key: "slurm"}).is_served


def test_one_that_is_federated_beside_is_ours():
    assert ownership({**OFFERING, "order_processing_backend": "waldur"}).reason == ""
