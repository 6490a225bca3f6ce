"""Filters, pages and headers of the served hierarchy."""

import itertools
from collections import Counter

import pytest
from tests.scenario.storage import LISTING, proxied, storage_site

STATES = ("Creating", "OK", "Erred", "Updating", "Terminating", "Terminated")
ORDER_STATES = ("", "pending-consumer", "pending-project", "pending-start-date", "pending-provider", "executing")
EXTENT = 1_203


@pytest.fixture(scope="module")
def big():
    with proxied(resources=EXTENT - 3) as found:
        found.listed()
        yield found


@pytest.fixture(scope="module")
def p():
    """Every state with every state of an order, in two systems and two data types."""
    site = storage_site()
    for number, (state, order) in enumerate(itertools.product(STATES, ORDER_STATES)):
        add(site, number, state, order)
    with proxied(site) as found:
        yield found


def add(site, number, state, order_state):
    world = site.sandbox.world
    system = site.systems["capstor" if number % 2 else "vast"]
    project = world.add_project(site.customer, f"Project {number}", slug=f"project-{number}")
    site.users.projects[project.slug] = 32_000 + number
    attributes = {"storage_data_type": "store" if number % 3 else "archive"}
    made = world.add_resource(system, project, limits={"storage": 1}, attributes=attributes)
    if order_state:
        world.edit(world.place_update(site.member, made, {"storage": 2}), state=order_state)
    world.edit(made, state=state, slug=f"resource-{number}")


def key(item):
    return item["itemId"], item["storageSystem"]["key"], item["storageDataType"]["key"]


def parent(item):
    return item["parentItemId"], item["storageSystem"]["key"], item["storageDataType"]["key"]


def is_leaf(item):
    return item["target"]["targetType"] in {"project", "user"}


def everything(p, **query):
    return p.listed(page_size=500, **query)


class TestPages:
    def test_each_leaf_stands_on_one_page_and_totals_are_the_same_on_all(self, big):
        answers = [big.get(page_size=500, page=number).json() for number in (1, 2, 3)]
        leaves = Counter(item["itemId"] for answer in answers for item in answer["resources"] if is_leaf(item))
        assert (len(leaves), set(leaves.values())) == (EXTENT, {1})
        totals = {(answer["pagination"]["total"], answer["pagination"]["pages"]) for answer in answers}
        assert totals == {(sum(len(answer["resources"]) for answer in answers), 3)}
        assert [answer["pagination"]["has_next"] for answer in answers] == [True, True, False]
        assert [answer["pagination"]["offset"] for answer in answers] == [0, 500, 1000]

    def test_every_item_stands_once_with_its_system_and_data_type(self, big):
        pages = [big.listed(page_size=300, page=number) for number in range(1, 6)]
        assert set(Counter(key(item) for page in pages for item in page).values()) == {1}

    @pytest.mark.parametrize("number", [4, 10**9, 10**30])
    def test_a_page_beyond_the_end_is_empty_with_true_totals(self, big, number):
        answer = big.get(page_size=500, page=number).json()
        assert answer["resources"] == []
        assert (answer["pagination"]["pages"], answer["pagination"]["has_next"]) == (3, False)
        assert answer["pagination"]["total"] > EXTENT

    def test_a_hundred_items_are_a_page_where_nothing_is_said(self, big):
        answer = big.get().json()
        assert (len(answer["resources"]), answer["pagination"]["limit"], answer["pagination"]["current"]) == (
            100,
            100,
            1,
        )


class TestFilters:
    def test_every_parent_is_there_without_filters(self, p):
        items = everything(p)
        keys = set(map(key, items))
        assert [item for item in items if item["parentItemId"] is not None and parent(item) not in keys] == []

    @pytest.mark.parametrize("system", ["capstor", "vast", "iopsstor"])
    def test_one_system_is_the_part_of_all_that_is_its_own(self, p, system):
        expected = [item for item in everything(p) if item["storageSystem"]["key"] == system]
        assert everything(p, storage_system=system) == expected

    @pytest.mark.parametrize("data_type", ["store", "archive", "users"])
    def test_one_data_type_is_the_part_of_all_that_is_of_it(self, p, data_type):
        expected = [item for item in everything(p) if item["storageDataType"]["key"] == data_type]
        assert expected
        assert everything(p, data_type=data_type) == expected

    @pytest.mark.parametrize("status", ["pending", "active", "error", "updating", "removing", "removed"])
    def test_one_status_is_the_part_of_all_that_has_it(self, p, status):
        expected = [item for item in everything(p) if item["status"] == status]
        assert expected
        assert everything(p, status=status) == expected

    @pytest.mark.parametrize("state", STATES)
    def test_a_state_of_waldur_is_that_of_the_resource_whatever_it_is_shown_as(self, p, state):
        wanted = {resource.uuid for resource in p.world.resources if resource.state == state}
        shown = {item["itemId"].replace("-", "") for item in everything(p) if is_leaf(item)}
        found = {item["itemId"].replace("-", "") for item in everything(p, state=state) if is_leaf(item)}
        assert found == wanted & shown

    def test_filters_together_are_what_each_of_them_leaves(self, p):
        one = everything(p, storage_system="vast", data_type="store", status="active")
        other = [item for item in everything(p, storage_system="vast") if item in everything(p, data_type="store")]
        assert one == [item for item in other if item["status"] == "active"]
        assert one

    @pytest.mark.parametrize("status", ["active", "removed"])
    def test_ancestors_are_those_of_what_matched_and_no_others(self, p, status):
        matched = everything(p, status=status)
        items = everything(p, status=status, include_ancestors=True)
        above = [item for item in items if not is_leaf(item)]
        assert [item for item in items if is_leaf(item)] == matched
        needed = {parent(item) for item in matched}
        tenants = {parent(item) for item in above if item["parentItemId"] is not None}
        assert set(map(key, above)) == needed | tenants

    @pytest.mark.parametrize(
        "query", [{"data_type": "Archive"}, {"data_type": ""}, {"status": "ACTIVE"}, {"status": "no such"}]
    )
    def test_a_text_that_nothing_has_gives_an_empty_list(self, p, query):
        answer = p.get(**query)
        assert (answer.status_code, answer.json()["resources"]) == (200, [])
        assert answer.json()["pagination"] == {
            "current": 1, "limit": 100, "offset": 0, "pages": 0, "total": 0, "has_next": False
        }  # fmt: skip
        assert answer.json()["filters_applied"] == {
            "storage_system": None, "data_type": None, "status": None, "state": None, **query
        }  # fmt: skip

    @pytest.mark.parametrize(
        "query",
        [
            "page=0", "page=-1", "page=x", "page=", "page=1.5", f"page={'9' * 5000}", "page_size=0", "page_size=501",
            "state=ok", "state=", "debug=maybe", "include_ancestors=2",
        ],
    )  # fmt: skip
    def test_other_parameters_are_refused_in_the_frameworks_form(self, p, query):
        answer = p.get(f"{LISTING}?{query}")
        assert answer.status_code == 422
        (problem,) = answer.json()["detail"]
        assert problem["loc"] == ["query", query.partition("=")[0]]
        assert {"type", "msg", "input"} <= set(problem)

    @pytest.mark.parametrize("name", ["Capstor", "tape", "%00", "<b>", "capstor,vast", "a" * 2000])
    def test_a_system_that_there_is_not_is_refused_in_the_documented_form(self, p, name):
        answer = p.get(storage_system=name)
        (problem,) = answer.json()["detail"]
        assert (answer.status_code, problem["msg"], problem["input"]) == (422, "Invalid storage_system value.", name)

    def test_a_name_that_is_configured_beside_the_documented_ones_may_be_asked_for(self):
        with proxied(storage_systems={"tape": "capstor", "vast": "vast"}) as p:
            assert {item["storageSystem"]["key"] for item in p.listed(storage_system="tape")} == {"capstor"}
            problem = p.get(storage_system="x").json()["detail"][0]
            assert problem["ctx"]["allowed_values"] == ["capstor", "vast", "iopsstor", "tape"]


class TestBeside:
    def test_without_the_final_slash_there_is_a_redirect_with_the_query(self, p):
        answer = p.get("/api/storage-resources", status="active")
        assert answer.status_code == 307
        assert answer.headers["location"] == f"{p.url}{LISTING}?status=active"

    def test_health_needs_no_token(self, p):
        answers = {path: p.get(path, token="") for path in ("/healthz", "/readyz", "/version")}
        assert {answer.status_code for answer in answers.values()} == {200}
        assert answers["/healthz"].json() == answers["/readyz"].json() == {"status": "ok"}
        assert answers["/version"].json()["api"] == "1.0.0"

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    def test_nothing_can_be_written(self, p, method):
        headers = {"Authorization": f"Bearer {p.realm.mint()}"}
        assert p.client.request(method, LISTING, headers=headers).status_code == 405

    def test_the_description_lists_the_values_that_are_known(self, p):
        described = p.get("/openapi.json", token="").json()
        parameters = {one["name"]: one for one in described["paths"][LISTING]["get"]["parameters"]}
        assert set(parameters) == {
            "storage_system", "data_type", "status", "state", "page", "page_size", "debug", "include_ancestors"
        }  # fmt: skip
        for name, value in (("data_type", "scratch"), ("status", "removing"), ("storage_system", "iopsstor")):
            assert value in str(parameters[name])
        assert "HTTPBearer" in described["components"]["securitySchemes"]
        assert set(described["paths"]) == {LISTING, "/api/storage-status/", "/healthz", "/readyz", "/version"}

    def test_what_cannot_be_served_is_counted_and_told_with_its_id(self):
        site = storage_site()
        bad, good = site.resources[:2]
        site.sandbox.world.edit(bad, attributes={"permissions": 775})
        with proxied(site) as p:
            answer = p.get()
            assert (answer.headers["X-Skipped-Resources"], answer.headers["X-Mock-Identities"]) == ("1", "0")
            assert p.leaf(bad) is None
            assert p.leaf(good) is not None
            (skipped,) = p.status()["skipped"]
            assert skipped["resource"].replace("-", "") == bad.uuid
            assert "permissions" in skipped["reason"]
            assert len(p.lines.about("skipped")) == 1

    def test_two_resources_on_one_path_are_told_with_their_ids(self):
        site = storage_site()
        world, first = site.sandbox.world, site.resources[0]
        made = world.add_resource(site.systems["capstor"], first.project, limits={"storage": 1})
        with proxied(site) as p:
            assert p.get().headers["X-Mount-Point-Conflicts"] == "1"
            (conflict,) = p.status()["mount_point_conflicts"]
            assert conflict["mount_point"] == "/capstor/store/cscs/alpine/permafrost"
            assert {id_.replace("-", "") for id_ in conflict["resources"]} == {first.uuid, made.uuid}
            (line,) = p.lines.about("mount_point")
            assert all(id_ in line for id_ in conflict["resources"])

    @pytest.mark.parametrize("source", ["backend_id", "generated"])
    def test_the_effective_id_is_the_mount_point_before_the_backend_id(self, source):
        site = storage_site()
        first, second, third = site.resources
        site.sandbox.world.edit(first, backend_id="/old/path", effective_id="/scratch/mch/msclim")
        site.sandbox.world.edit(second, backend_id="/archive/mch")
        site.sandbox.world.edit(third, backend_id="/a/../../etc")
        with proxied(site, backend_settings={"mount_point_source": source}) as p:
            found = [p.leaf(one)["mountPoint"]["default"] for one in site.resources]
        generated = [
            "/capstor/store/cscs/alpine/permafrost",
            "/vast/archive/cscs/alpine/avalanche",
            "/vast/users/cscs/alpine/permafrost",
        ]
        assert found == (generated if source == "generated" else ["/scratch/mch/msclim", "/archive/mch", generated[2]])
