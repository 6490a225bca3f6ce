import os
import subprocess
import sys
from uuid import UUID

import pytest
from tests.strategies.storage import BAD_SLUGS

from federation_core.domain.storage.identifiers import (
    CUSTOMER,
    DATA_TYPE,
    FILE_SYSTEM,
    PROJECT,
    SYSTEM,
    TENANT,
    USER,
    identifier,
)
from federation_core.domain.storage.identities import GidFallback, Groups, UnixId, mock_gid, mock_uid

SLUGS = ["permafrost", "avalanche", "permafrost-core", ""]
TELL = """
import sys
from federation_core.domain.storage.identities import mock_gid, mock_uid
print([(mock_gid(slug).number, mock_uid(slug).number) for slug in sys.argv[1:]])
"""


@pytest.mark.parametrize(
    ("scope", "name", "expected"),
    [
        (SYSTEM, "capstor", "4b4a996a-8d6b-556d-ad60-202cefa6ecc3"),
        (SYSTEM, "vast", "d37943e8-04d0-572c-ae9b-859249b00cb4"),
        (SYSTEM, "iopsstor", "82c007ce-1f82-5b99-9d5f-2bbfcbb598d8"),
        (FILE_SYSTEM, "lustre", "a04204cf-e3bf-5eb6-8323-0f3121afdd3b"),
        (FILE_SYSTEM, "gpfs", "f9119e02-a1d5-5ae0-8663-0bb23359d988"),
        (DATA_TYPE, "store", "6cea66c5-3133-54e1-9e5d-469deb675ceb"),
        (DATA_TYPE, "users", "3e8e89e4-0613-54cd-80bc-00fe1d8cafe6"),
        (DATA_TYPE, "scratch", "0368ba53-7bcd-5800-8a9f-e7867c0a4d53"),
        (DATA_TYPE, "archive", "1bbb85a8-bb81-51cd-8bc4-affd7e97e2aa"),
        (PROJECT, "permafrost-core", "1705b9e0-cd4b-567c-a8aa-61f011307421"),
        (USER, "home-mkeller", "764d47ab-311a-50ba-babc-38cf07dd910a"),
        (TENANT, "cscs", "f40b3d5c-68bf-5544-bd01-e6438ff4339e"),
    ],
)
def test_ids_are_those_that_released_services_give(scope, name, expected):
    assert identifier(scope, name) == UUID(expected)


def test_an_id_is_of_what_is_written_and_of_its_scope():
    ids = {identifier(scope, name) for scope in (SYSTEM, PROJECT, CUSTOMER) for name in ("capstor", "Capstor")}
    assert len(ids) == 6


@pytest.mark.parametrize("name", BAD_SLUGS, ids=ascii)
def test_any_text_has_an_id(name):
    found = identifier(PROJECT, name)
    assert (found.version, found) == (5, identifier(PROJECT, name))


@pytest.mark.parametrize(
    ("slug", "gid", "uid"),
    [("permafrost", 33_765, 23_765), ("avalanche", 38_636, 28_636)],
)
def test_made_up_ids_are_these_and_marked(slug, gid, uid):
    assert mock_gid(slug) == UnixId(gid, is_mock=True)
    assert mock_uid(slug) == UnixId(uid, is_mock=True)


@pytest.mark.parametrize("slug", [*BAD_SLUGS, "a", "permafrost"], ids=ascii)
def test_made_up_ids_stay_in_their_ranges(slug):
    assert 30_000 <= mock_gid(slug).number < 40_000
    assert 20_000 <= mock_uid(slug).number < 30_000


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_every_process_makes_up_the_same(seed):
    told = subprocess.run(
        [sys.executable, "-c", TELL, *SLUGS],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == str([(mock_gid(slug).number, mock_uid(slug).number) for slug in SLUGS])


@pytest.mark.parametrize(
    ("fallback", "unknown"),
    [(GidFallback.SKIP, None), (GidFallback.ERROR, None), (GidFallback.MOCK, mock_gid("avalanche"))],
)
def test_a_group_that_is_known_is_no_mock_and_others_only_where_asked_for(fallback, unknown):
    groups = Groups({"permafrost": 31877}, fallback)
    assert groups.of("permafrost") == UnixId(31877)
    assert groups.of("avalanche") == unknown


def test_nothing_is_made_up_unless_that_was_asked_for():
    assert Groups().of("permafrost") is None
