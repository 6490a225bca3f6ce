import attrs
import pytest
from tests.strategies.storage import BAD_SLUGS, GROUPS, RULES, a_storage, branch, in_project

from federation_core.domain.storage.items import grow
from federation_core.domain.storage.paths import MountPointSource, own_path, segment, tenant_path
from federation_core.domain.storage.records import Organisation, Skipped, Unservable

BY_BACKEND = attrs.evolve(RULES, mount_points=MountPointSource.BACKEND_ID)
PARTS = {
    "slug of the offering": lambda slug: a_storage(system=slug),
    "slug of the provider": lambda slug: a_storage(tenant=Organisation(a_storage().tenant.id, slug, "")),
    "slug of the customer": lambda slug: a_storage(customer=Organisation(a_storage().customer.id, slug, "")),
    "slug of the project": in_project,
    "storage_data_type": lambda slug: a_storage(attributes={"storage_data_type": slug}),
}


@pytest.mark.parametrize("text", ["a", "A", "0", "_", "permafrost", "snow_1", "a.b", "a..b", "a.", "x" * 255])
def test_a_plain_name_is_a_part_as_it_is(text):
    assert segment(text, "slug") == text


@pytest.mark.parametrize("text", BAD_SLUGS, ids=ascii)
def test_what_is_no_plain_name_is_refused_without_showing_it(text):
    with pytest.raises(Unservable) as refused:
        segment(text, "slug of somebody")
    assert str(refused.value) in {"no slug of somebody", "a slug of somebody that cannot be a part of a path"}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", [text for text in BAD_SLUGS if text], ids=ascii)
def test_a_resource_with_such_a_part_is_skipped_and_the_part_named(part, text):
    resource = PARTS[part](text)
    for rules in (RULES, BY_BACKEND):
        assert grow(resource, GROUPS, rules) == Skipped(
            resource.id, resource.system, f"a {part} that cannot be a part of a path"
        )


@pytest.mark.parametrize("part", [part for part in PARTS if part != "storage_data_type"])
def test_a_part_that_is_missing_is_told_as_missing(part):
    grown = grow(PARTS[part](""), GROUPS, RULES)
    assert isinstance(grown, Skipped)
    assert grown.reason == f"no {part}"


def test_mount_points_are_made_of_slugs_from_the_top_down():
    found = branch(a_storage(attributes={"storage_data_type": "Archive"}, system="vast"))
    assert [item.mount_point for item in (found.tenant, found.customer, found.leaf)] == [
        "/vast/archive/cscs",
        "/vast/archive/cscs/alpine",
        "/vast/archive/cscs/alpine/permafrost",
    ]


def test_the_system_stands_in_a_path_as_its_slug_is_and_the_tenant_in_lower_case():
    found = branch(a_storage(system="Capstor", tenant=Organisation(a_storage().tenant.id, "CSCS", "CSCS")))
    assert found.leaf.mount_point == "/Capstor/store/cscs/alpine/permafrost"
    assert tenant_path("vast", "STORE", "eth") == "/vast/store/eth"


@pytest.mark.parametrize(
    ("effective", "backend", "path"),
    [
        ("", "", ""),
        ("/scratch/mch/msclim", "", "/scratch/mch/msclim"),
        ("", "/scratch/mch/msclim", "/scratch/mch/msclim"),
        ("/effective", "/backend", "/effective"),
        ("permafrost-core", "/backend", "/backend"),
        ("/effective", "permafrost-core", "/effective"),
        ("permafrost-core", "", ""),
        ("a/b", "", ""),
        ("/", "", ""),
        ("//a", "", ""),
        ("/a/", "", ""),
        ("/a//b", "", ""),
        ("/a/../b", "", ""),
        ("/a/./b", "", ""),
        ("/a/.snapshot", "", ""),
        ("/a b", "", ""),
        ("/a\n", "", ""),
        ("/a\x00", "", ""),
        ("/straße", "", ""),
        ("/" + "x" * 255, "", "/" + "x" * 255),
        ("/" + "x" * 256, "", ""),
        ("/x" * 2048, "", "/x" * 2048),
        ("/x" * 2048 + "x", "", ""),
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_what_the_provider_told_counts_where_it_is_absolute_and_leads_nowhere_else(effective, backend, path):
    assert own_path(a_storage(effective_id=effective, backend_id=backend)) == path


def test_what_was_told_is_the_mount_point_of_the_leaf_alone():
    found = branch(a_storage(backend_id="/scratch/mch/msclim"), rules=BY_BACKEND)
    assert [item.mount_point for item in (found.tenant, found.customer, found.leaf)] == [
        "/capstor/store/cscs",
        "/capstor/store/cscs/alpine",
        "/scratch/mch/msclim",
    ]
    assert not found.remarks


def test_what_was_told_does_not_count_where_paths_are_generated():
    assert (
        branch(a_storage(backend_id="/scratch/mch/msclim")).leaf.mount_point == "/capstor/store/cscs/alpine/permafrost"
    )


@pytest.mark.parametrize(
    ("told", "remarks"),
    [
        ("", ()),
        (
            "permafrost-core",
            ("neither effective_id nor backend_id is an absolute path, so the mount point is generated",),
        ),
    ],
)
def test_where_no_path_was_told_it_is_generated(told, remarks):
    for name in ("backend_id", "effective_id"):
        found = branch(a_storage(**{name: told}), rules=BY_BACKEND)
        assert found.leaf.mount_point == "/capstor/store/cscs/alpine/permafrost"
        assert found.remarks == remarks
