import attrs
import pytest
from tests.strategies.storage import GROUPS, MOCKING, RULES, a_storage, an_order, branch, in_project, user_item

from federation_core.domain.storage.identities import GidFallback, Groups, mock_gid, mock_uid
from federation_core.domain.storage.items import grow, project_to_look_up
from federation_core.domain.storage.records import Skipped
from federation_core.domain.storage.targets import Target, TargetUnknown, needs_group, target_of
from federation_core.domain.storage.traits import TargetKind

PROJECT, USER = TargetKind.PROJECT, TargetKind.USER
USERS = {"storage_data_type": "users"}
PROJECT_ID = "1705b9e0-cd4b-567c-a8aa-61f011307421"
USER_ID = "764d47ab-311a-50ba-babc-38cf07dd910a"
NO_USER = "no user is noted in backend_metadata.user_item"
CORE = a_storage(slug="permafrost-core")
HOME = a_storage(slug="home-mkeller", attributes=USERS)
PROJECT_ITEM = {"itemId": "x", "key": "k", "name": "n", "status": "pending", "unixGid": 7, "active": False, "more": [1]}


def noting(**metadata):
    return a_storage(slug="permafrost-core", backend_metadata=metadata)


def ignored(name):
    return (f"backend_metadata.{name} is ignored: fields are missing or of another kind",)


class TestProjects:
    @pytest.mark.parametrize(("status", "active"), [("active", True), ("pending", False), ("updating", False)])
    def test_a_project_is_told_by_its_group_and_the_resources_slug(self, status, active):
        fields = {
            "itemId": PROJECT_ID,
            "key": "permafrost",
            "name": "Permafrost monitoring",
            "status": status,
            "unixGid": 31877,
            "active": active,
        }
        found = target_of(CORE, PROJECT, status, GROUPS)
        assert found == Target(PROJECT, fields)
        assert isinstance(found, Target)
        assert list(found.fields) == list(fields)

    @pytest.mark.parametrize("fallback", [GidFallback.SKIP, GidFallback.ERROR])
    def test_without_a_group_it_is_unknown(self, fallback):
        found = target_of(CORE, PROJECT, "active", Groups(fallback=fallback))
        assert found == TargetUnknown("no Unix group is known of the project permafrost")

    def test_a_group_that_is_made_up_is_marked(self):
        found = target_of(CORE, PROJECT, "active", MOCKING)
        assert isinstance(found, Target)
        assert (found.fields["unixGid"], found.fields["mock"], found.mocks) == (mock_gid("permafrost").number, True, 1)

    def test_what_the_provider_noted_is_shown_as_it_is_with_status_and_activity_of_now(self):
        found = target_of(noting(project_item=PROJECT_ITEM), PROJECT, "active", Groups())
        assert found == Target(PROJECT, {**PROJECT_ITEM, "status": "active", "active": True})

    def test_what_the_provider_left_out_is_filled_in(self):
        found = target_of(noting(project_item={"unixGid": 7}), PROJECT, "error", GROUPS)
        assert found == Target(
            PROJECT,
            {
                "itemId": PROJECT_ID,
                "key": "permafrost",
                "name": "Permafrost monitoring",
                "unixGid": 7,
                "status": "error",
                "active": False,
            },
        )

    @pytest.mark.parametrize(
        "item",
        [
            {},
            [],
            "permafrost",
            {**PROJECT_ITEM, "unixGid": "7"},
            {**PROJECT_ITEM, "unixGid": 7.0},
            {**PROJECT_ITEM, "unixGid": True},
            {**PROJECT_ITEM, "unixGid": 0},
            {**PROJECT_ITEM, "unixGid": -1},
            {**PROJECT_ITEM, "unixGid": None},
            {**PROJECT_ITEM, "itemId": 7},
            {**PROJECT_ITEM, "key": None},
            {**PROJECT_ITEM, "name": ["n"]},
        ],
    )
    def test_what_is_noted_in_another_form_is_ignored_and_told(self, item):
        resource = noting(project_item=item)
        found = target_of(resource, PROJECT, "active", GROUPS)
        plain = target_of(CORE, PROJECT, "active", GROUPS)
        assert isinstance(plain, Target)
        assert found == attrs.evolve(plain, remarks=ignored("project_item"))
        assert branch(resource).remarks == ignored("project_item")
        assert grow(resource, Groups(), RULES) == Skipped(
            resource.id,
            "capstor",
            f"no Unix group is known of the project permafrost; {ignored('project_item')[0]}",
            lacks_identity=True,
        )

    def test_nothing_noted_is_nothing_to_tell_of(self):
        assert target_of(noting(project_item=None), PROJECT, "active", GROUPS).remarks == ()

    def test_what_is_noted_of_a_user_is_not_a_projects(self):
        assert target_of(noting(user_item=user_item()), PROJECT, "active", GROUPS) == target_of(
            CORE, PROJECT, "active", GROUPS
        )

    def test_what_is_noted_does_not_count_where_items_are_to_be_made_here(self):
        assert target_of(noting(project_item={"unixGid": "x"}), PROJECT, "active", GROUPS, ignores_stored=True) == (
            target_of(CORE, PROJECT, "active", GROUPS)
        )
        assert (
            branch(noting(project_item=PROJECT_ITEM), rules=attrs.evolve(RULES, ignores_stored_items=True)).leaf.target[
                "unixGid"
            ]
            == 31877
        )


class TestUsers:
    @pytest.mark.parametrize(("status", "active"), [("active", True), ("updating", False)])
    def test_a_user_is_whom_the_provider_noted_active_as_the_storage_is(self, status, active):
        item = user_item(itemId="x", more=1, status="frozen")
        found = target_of(attrs.evolve(HOME, backend_metadata={"user_item": item}), USER, status, Groups())
        primary = {"name": "permafrost", "unixGid": 31877, "active": active}
        assert found == Target(USER, {**item, "status": status, "active": active, "primaryProject": primary})

    def test_an_id_that_was_left_out_is_filled_in(self):
        item = {key: value for key, value in user_item().items() if key != "itemId"}
        found = target_of(attrs.evolve(HOME, backend_metadata={"user_item": item}), USER, "active", Groups())
        assert found == Target(USER, user_item(itemId=USER_ID))

    @pytest.mark.parametrize("fallback", [GidFallback.SKIP, GidFallback.ERROR])
    def test_nobody_is_made_up_unless_that_was_asked_for(self, fallback):
        groups = attrs.evolve(GROUPS, fallback=fallback)
        assert target_of(HOME, USER, "active", groups) == TargetUnknown(NO_USER)
        assert grow(HOME, groups, RULES) == Skipped(HOME.id, "capstor", NO_USER, lacks_identity=True)

    @pytest.mark.parametrize(
        ("known", "gid", "mocks"), [({}, mock_gid("permafrost").number, 2), ({"permafrost": 31877}, 31877, 1)]
    )
    def test_a_user_who_is_made_up_is_marked(self, known, gid, mocks):
        found = target_of(HOME, USER, "active", Groups(known, GidFallback.MOCK))
        fields = {
            "itemId": USER_ID,
            "status": "active",
            "email": "user-home-mkeller@example.com",
            "unixUid": mock_uid("home-mkeller").number,
            "primaryProject": {"name": "permafrost", "unixGid": gid, "active": True},
            "active": True,
            "mock": True,
        }
        assert found == Target(USER, fields, mocks)

    @pytest.mark.parametrize(
        "item",
        [
            {},
            [],
            user_item(email=None),
            user_item(email=7),
            user_item(unixUid="24117"),
            user_item(unixUid=True),
            user_item(unixUid=0),
            user_item(itemId=7),
            user_item(primaryProject=None),
            user_item(primaryProject=["permafrost"]),
            user_item(primaryProject={"name": "permafrost"}),
            user_item(primaryProject={"name": None, "unixGid": 31877}),
            user_item(primaryProject={"name": "permafrost", "unixGid": "31877"}),
        ],
    )
    def test_who_is_noted_in_another_form_is_ignored_and_told(self, item):
        resource = attrs.evolve(HOME, backend_metadata={"user_item": item})
        assert target_of(resource, USER, "active", GROUPS) == TargetUnknown(NO_USER, ignored("user_item"))
        mocked = target_of(resource, USER, "active", MOCKING)
        assert isinstance(mocked, Target)
        assert (mocked.mocks, mocked.remarks) == (2, ignored("user_item"))


class TestLookingUp:
    @pytest.mark.parametrize(
        ("resource", "slug"),
        [
            (CORE, "permafrost"),
            (HOME, "permafrost"),
            (noting(project_item=PROJECT_ITEM), None),
            (noting(project_item={}), "permafrost"),
            (attrs.evolve(HOME, backend_metadata={"user_item": user_item()}), None),
            (attrs.evolve(CORE, state="Creating"), None),
            (attrs.evolve(CORE, state="Creating", order=an_order("executing")), "permafrost"),
            (attrs.evolve(CORE, attributes={"storage_data_type": 7}), None),
            (attrs.evolve(CORE, attributes={"storage_data_type": "tape"}), "permafrost"),
            (in_project("../x"), None),
            (in_project("\ud800"), None),
        ],
    )
    def test_groups_are_asked_for_where_they_decide_something(self, resource, slug):
        assert project_to_look_up(resource, RULES) == slug

    def test_what_is_noted_saves_no_asking_where_it_does_not_count(self):
        resource = noting(project_item=PROJECT_ITEM)
        assert project_to_look_up(resource, attrs.evolve(RULES, ignores_stored_items=True)) == "permafrost"
        assert needs_group(resource, PROJECT, ignores_stored=True)
        assert not needs_group(resource, PROJECT, ignores_stored=False)
