import pytest
from tests.strategies.storage import GROUPS, RULES, a_storage, branch

from federation_core.domain.storage.items import grow
from federation_core.domain.storage.records import Skipped
from federation_core.domain.storage.traits import TargetKind, data_type_of, permissions_of

IGNORED = ("options.permissions is ignored: it is not three or four octal digits as a text",)


@pytest.mark.parametrize(
    ("ordered", "override", "found", "remarks"),
    [
        (None, None, "775", ()),
        ("", None, "775", ()),
        ("2770", None, "2770", ()),
        ("755", "", "755", ()),
        ("755", "2770", "2770", ()),
        (None, "700", "700", ()),
        ("755", 770, "755", IGNORED),
        ("755", "rwxrwx---", "755", IGNORED),
        ("755", "778", "755", IGNORED),
        ("755", "77", "755", IGNORED),
        ("755", "07777", "755", IGNORED),
        ("755", "770\n", "755", IGNORED),
        ("755", ["770"], "755", IGNORED),
        ("755", "\uff17\uff17\uff10", "755", IGNORED),
    ],
)
def test_an_administrators_permissions_count_before_the_orders(ordered, override, found, remarks):
    resource = a_storage(attributes={"permissions": ordered}, options={"permissions": override})
    assert permissions_of(resource) == (found, remarks)
    grown = branch(resource)
    assert (grown.leaf.permission, grown.remarks) == (found, remarks)
    assert (grown.tenant.permission, grown.customer.permission) == ("775", "775")


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"permissions": 775}, "permissions that is a int and no text"),
        ({"permissions": ["775"]}, "permissions that is a list and no text"),
        ({"permissions": False}, "permissions that is a bool and no text"),
        ({"permissions": "778"}, "permissions that are not three or four octal digits"),
        ({"permissions": "77"}, "permissions that are not three or four octal digits"),
        ({"permissions": "27700"}, "permissions that are not three or four octal digits"),
        ({"permissions": "775\n"}, "permissions that are not three or four octal digits"),
        ({"storage_data_type": 7}, "storage_data_type that is a int and no text"),
        ({"storage_data_type": {}}, "storage_data_type that is a dict and no text"),
    ],
)
@pytest.mark.parametrize("override", [None, "2770"])
def test_an_order_that_says_something_odd_makes_this_resource_unservable(attributes, reason, override):
    resource = a_storage(attributes=attributes, options={"permissions": override})
    assert grow(resource, GROUPS, RULES) == Skipped(resource.id, "capstor", reason)


@pytest.mark.parametrize(
    ("ordered", "text", "kind"),
    [
        (None, "store", TargetKind.PROJECT),
        ("", "store", TargetKind.PROJECT),
        ("store", "store", TargetKind.PROJECT),
        ("archive", "archive", TargetKind.PROJECT),
        ("users", "users", TargetKind.USER),
        ("scratch", "scratch", TargetKind.USER),
        ("Scratch", "Scratch", TargetKind.USER),
    ],
)
def test_the_data_type_says_who_uses_the_storage(ordered, text, kind):
    assert data_type_of(a_storage(attributes={"storage_data_type": ordered})) == (text, kind, ())


def test_a_data_type_that_nobody_knows_is_kept_and_a_projects():
    remark = "the data type Tape is not known, and taken for a project's"
    resource = a_storage(attributes={"storage_data_type": "Tape"})
    assert data_type_of(resource) == ("Tape", TargetKind.PROJECT, (remark,))
    found = branch(resource)
    assert (found.leaf.data_type, found.leaf.target_kind, found.remarks) == ("Tape", "project", (remark,))
    assert found.leaf.mount_point == "/capstor/tape/cscs/alpine/permafrost"
