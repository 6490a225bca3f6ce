import attrs
import pytest
from tests.strategies.builders import uuid_of
from tests.strategies.storage import (
    ALPINE,
    CAPSTOR,
    GROUPS,
    MOCKING,
    VAST,
    a_storage,
    an_order,
    hierarchy,
    in_project,
    resource_id,
)

from federation_core.domain.storage.hierarchy import (
    Conflict,
    Hierarchy,
    Page,
    Remark,
    Wanted,
    assemble,
    matching,
    sliced,
)
from federation_core.domain.storage.identities import Groups
from federation_core.domain.storage.items import Level
from federation_core.domain.storage.records import Organisation, Skipped

NORTH = Organisation(uuid_of(0xD1, 2), "north", "North")
STORE = "/capstor/store/cscs/alpine/permafrost"


def paths(items):
    return [item.mount_point for item in items]


def archive(number, **changes):
    return a_storage(number, attributes={"storage_data_type": "archive"}, **changes)


class TestAssembling:
    def test_nothing_is_nothing(self):
        assert (Hierarchy().items, Hierarchy().mocks, assemble({}).items) == ((), 0, ())

    def test_each_tenant_and_customer_is_there_once_for_each_system_and_data_type(self):
        found = hierarchy(
            a_storage(1), in_project("avalanche", 2), archive(3), a_storage(4, system="vast", tenant=VAST)
        )
        assert paths(found.items) == [
            "/capstor/archive/cscs",
            "/capstor/store/cscs",
            "/vast/store/ethz",
            "/capstor/archive/cscs/alpine",
            "/capstor/store/cscs/alpine",
            "/vast/store/ethz/alpine",
            "/capstor/archive/cscs/alpine/permafrost",
            "/capstor/store/cscs/alpine/avalanche",
            "/capstor/store/cscs/alpine/permafrost",
            "/vast/store/ethz/alpine/permafrost",
        ]
        assert [item.level for item in found.items] == [Level.TENANT] * 3 + [Level.CUSTOMER] * 3 + [Level.LEAF] * 4

    def test_leaves_of_one_mount_point_stand_by_their_ids(self):
        found = hierarchy(a_storage(3), a_storage(1), a_storage(2))
        assert [item.id for item in found.items if item.level is Level.LEAF] == [resource_id(n) for n in (1, 2, 3)]

    def test_spellings_of_a_data_type_are_one_and_sort_as_one(self):
        upper = a_storage(1, attributes={"storage_data_type": "Store"})
        found = hierarchy(in_project("snow", 2), upper, archive(3), groups=MOCKING)
        assert [item.level.value for item in found.items] == ["tenant"] * 2 + ["customer"] * 2 + ["leaf"] * 3
        assert paths(found.items)[4:] == [
            "/capstor/archive/cscs/alpine/permafrost",
            STORE,
            "/capstor/store/cscs/alpine/snow",
        ]

    def test_two_providers_of_one_customer_have_it_each(self):
        other = attrs.evolve(CAPSTOR, id=uuid_of(0xD0, 9), slug="other")
        found = hierarchy(a_storage(1), a_storage(2, tenant=other))
        customers = [item for item in found.items if item.level is Level.CUSTOMER]
        assert [item.parent for item in customers] == [CAPSTOR.id, other.id]

    @pytest.mark.parametrize("names", [("A", "B"), ("B", "A")])
    def test_of_several_names_that_first_in_the_alphabet_is_shown(self, names):
        renamed = [
            a_storage(number, customer=attrs.evolve(ALPINE, name=name)) for number, name in enumerate(names, start=1)
        ]
        (customer,) = [item for item in hierarchy(*renamed).items if item.level is Level.CUSTOMER]
        assert customer.target["name"] == "A"

    def test_those_above_stand_for_all_states_below(self):
        found = hierarchy(a_storage(1), in_project("x", 2, state="Erred"), archive(3), groups=MOCKING)
        tenants = {item.data_type: item.states for item in found.items if item.level is Level.TENANT}
        assert tenants == {"archive": {"OK"}, "store": {"OK", "Erred"}}

    def test_what_is_skipped_is_told_by_id_and_system(self):
        bad = a_storage(2, attributes={"permissions": 7})
        found = hierarchy(in_project("unknown", 3), bad, a_storage(1))
        assert [(one.id, one.lacks_identity) for one in found.skipped] == [
            (resource_id(2), False),
            (resource_id(3), True),
        ]
        assert found.unidentified == (found.skipped[1],)
        assert found.skipped[1].reason == "no Unix group is known of the project unknown"

    def test_made_up_ids_are_counted(self):
        users = {"storage_data_type": "users"}
        assert hierarchy(a_storage(1), a_storage(2, attributes=users), groups=MOCKING).mocks == 3
        assert hierarchy(a_storage(1), groups=GROUPS).mocks == 0

    def test_what_was_odd_is_told_by_resource(self):
        odd = {"permissions": 7}
        found = hierarchy(a_storage(2, options=odd), a_storage(1, options=odd))
        text = "options.permissions is ignored: it is not three or four octal digits as a text"
        assert found.remarks == (Remark(resource_id(1), text), Remark(resource_id(2), text))


class TestConflicts:
    def test_resources_of_one_mount_point_are_told_by_their_ids(self):
        found = hierarchy(a_storage(2), a_storage(1), in_project("avalanche", 3))
        assert found.conflicts == (Conflict(STORE, (resource_id(1), resource_id(2))),)
        assert str(found.conflicts[0]) == (
            f"2 resources have the mount point {STORE}: {resource_id(1)}, {resource_id(2)}"
        )
        assert len([item for item in found.items if item.mount_point == STORE]) == 2

    @pytest.mark.parametrize(
        ("changes", "conflicts"),
        [
            ({}, True),
            ({"state": "Erred"}, True),
            ({"state": "Terminating"}, True),
            ({"state": "Terminated"}, False),
            ({"state": "Creating"}, False),
            ({"state": "Creating", "order": an_order("executing", "Create")}, True),
            ({"attributes": {"permissions": 7}}, False),
            ({"attributes": {"storage_data_type": "Store"}}, True),
            ({"attributes": {"storage_data_type": "archive"}}, False),
            ({"system": "vast"}, False),
            ({"customer": NORTH}, False),
        ],
    )
    def test_what_is_gone_hidden_skipped_or_elsewhere_is_in_nobodys_way(self, changes, conflicts):
        assert bool(hierarchy(a_storage(1), a_storage(2, **changes)).conflicts) == conflicts

    def test_they_stand_by_mount_point(self):
        found = hierarchy(*(in_project(slug, number) for number, slug in enumerate("baba")), groups=MOCKING)
        assert [conflict.mount_point[-2:] for conflict in found.conflicts] == ["/a", "/b"]


FOUND = hierarchy(
    a_storage(1),
    in_project("avalanche", 2, state="Erred", customer=NORTH),
    archive(3, state="Updating", order=an_order("pending-consumer")),
    a_storage(4, system="vast", tenant=VAST, attributes={"storage_data_type": "Tape"}),
)
ALL = list(range(1, 5))


class TestMatching:
    @pytest.mark.parametrize(
        ("wanted", "leaves", "above"),
        [
            (Wanted(), ALL, 7),
            (Wanted(systems=frozenset({"capstor"})), [1, 2, 3], 5),
            (Wanted(systems=frozenset({"vast", "iopsstor"})), [4], 2),
            (Wanted(systems=frozenset({"Capstor"})), [], 0),
            (Wanted(systems=frozenset()), [], 0),
            (Wanted(data_type="store"), [1, 2], 3),
            (Wanted(data_type="Store"), [], 0),
            (Wanted(data_type="tape"), [4], 2),
            (Wanted(data_type=""), [], 0),
            (Wanted(status="active"), [1, 3, 4], 0),
            (Wanted(status="pending"), [], 7),
            (Wanted(status="error"), [2], 0),
            (Wanted(status="Error"), [], 0),
            (Wanted(state="OK"), [1, 4], 4),
            (Wanted(state="Erred"), [2], 2),
            (Wanted(state="Updating"), [3], 2),
            (Wanted(state="ok"), [], 0),
            (Wanted(systems=frozenset({"capstor"}), data_type="store", status="active", state="OK"), [1], 0),
            (Wanted(status="active", with_ancestors=True), [1, 3, 4], 6),
            (Wanted(status="error", with_ancestors=True), [2], 2),
            (Wanted(status="pending", with_ancestors=True), [], 7),
            (Wanted(status="removed", with_ancestors=True), [], 0),
        ],
    )
    def test_all_that_is_asked_for_holds_of_what_is_shown(self, wanted, leaves, above):
        items = matching(FOUND, wanted)
        shown = [item.id for item in items if item.level is Level.LEAF]
        assert sorted(shown) == [resource_id(number) for number in leaves]
        assert len(items) - len(shown) == above
        assert [item for item in FOUND.items if item in items] == list(items)

    def test_ancestors_are_those_of_the_same_system_and_data_type(self):
        found = hierarchy(a_storage(1), archive(2, state="Erred"))
        items = matching(found, Wanted(status="error", with_ancestors=True))
        assert paths(items) == [
            "/capstor/archive/cscs",
            "/capstor/archive/cscs/alpine",
            "/capstor/archive/cscs/alpine/permafrost",
        ]


class TestPages:
    @pytest.mark.parametrize(
        ("page", "offset", "pages", "has_next", "shown"),
        [
            (Page(1, 3, 7), 0, 3, True, "abc"),
            (Page(2, 3, 7), 3, 3, True, "def"),
            (Page(3, 3, 7), 6, 3, False, "g"),
            (Page(4, 3, 7), 9, 3, False, ""),
            (Page(1, 7, 7), 0, 1, False, "abcdefg"),
            (Page(1, 6, 7), 0, 2, True, "abcdef"),
            (Page(1, 500, 7), 0, 1, False, "abcdefg"),
            (Page(1, 100, 0), 0, 0, False, ""),
        ],
    )
    def test_a_page_is_its_part_of_the_list(self, page, offset, pages, has_next, shown):
        assert (page.offset, page.pages, page.has_next) == (offset, pages, has_next)
        assert sliced("abcdefg"[: page.total], page) == shown


def test_skipped_ones_stand_by_id():
    ones = [Skipped(resource_id(number), "", "why") for number in (2, 1)]
    assert assemble({}, ones).skipped == tuple(reversed(ones))


def test_a_group_that_is_not_known_leaves_no_empty_parents():
    assert hierarchy(a_storage(1), groups=Groups()).items == ()
