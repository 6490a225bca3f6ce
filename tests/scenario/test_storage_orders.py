"""Orders in progress: what provisioners see of them, and the addresses by which they tell Waldur what became of them."""

import httpx
import pytest
from tests.scenario.storage import proxied

APPROVE, REJECT, DONE, ERRED = (
    f"{action}_url" for action in ("approve_by_provider", "reject_by_provider", "set_state_done", "set_state_erred")
)
BACKEND_ID, OPTIONS, OK = "set_backend_id_url", "update_resource_options_url", "set_state_ok_url"
PATH = "/capstor/store/cscs/alpine/permafrost"


@pytest.fixture
def p():
    with proxied() as found:
        yield found


def created(p, state=""):
    """A new resource of an order, which is at the provider or in *state*."""
    capstor, project = p.site.systems["capstor"], p.site.projects["permafrost"]
    attributes = {"storage_data_type": "archive"}
    order = p.world.place_create(p.site.member, capstor, project, limits={"storage": 3}, attributes=attributes)
    if state:
        p.world.edit(order, state=state)
    p.later()
    return order


def links(item):
    return {name for name in item if name.endswith("_url")}


def posted(p, url, **body):
    answer = httpx.post(url, json=body, headers={"Authorization": f"Token {p.site.reader.token}"}, trust_env=False)
    assert answer.is_success, answer.text
    p.later()


@pytest.mark.parametrize("query", [{}, {"storage_system": "capstor"}])
@pytest.mark.parametrize("state", ["pending-consumer", "pending-project", "pending-start-date"])
def test_what_nobody_approved_is_not_to_be_seen_nor_its_parents(p, state, query):
    order = created(p, state)
    assert p.leaf(order.resource, **query) is None
    assert "archive" not in {item["storageDataType"]["key"] for item in p.listed(storage_system="capstor")}


@pytest.mark.parametrize("state", ["pending-provider", "executing"])
def test_what_is_at_the_provider_is_pending(p, state):
    order = created(p, state)
    item = p.leaf(order.resource)
    assert (item["status"], item["target"]["targetItem"]["active"]) == ("pending", False)


def test_links_are_those_of_the_orders_state(p):
    order = created(p)
    assert links(p.leaf(order.resource)) == {APPROVE, REJECT, DONE, BACKEND_ID, OPTIONS, OK}
    p.world.edit(order, state="executing")
    p.later()
    assert links(p.leaf(order.resource)) == {DONE, ERRED, BACKEND_ID, OK}
    assert links(p.leaf(p.site.resources[0])) == set()


def test_a_creation_from_approval_to_the_end(p):
    order = created(p)
    resource = order.resource
    posted(p, p.leaf(resource)[APPROVE], attributes={"new_options": {"hard_quota_space": 40.0}})
    assert order.state == "executing"
    posted(p, p.leaf(resource)[BACKEND_ID], backend_id=PATH)
    assert resource.backend_id == PATH
    posted(p, p.leaf(resource)[DONE])
    assert (order.state, p.leaf(resource)["status"], links(p.leaf(resource))) == ("done", "active", set())


@pytest.mark.parametrize(("state", "link", "end"), [("", REJECT, "rejected"), ("executing", ERRED, "erred")])
def test_what_fails_is_told_by_its_link(p, state, link, end):
    order = created(p, state)
    posted(p, p.leaf(order.resource)[link], error_message="the disk is full", error_traceback="")
    assert order.state == end


def test_options_are_set_and_count_at_once(p):
    resource = p.site.resources[0]
    p.world.place_update(p.site.member, resource, {"storage": 80})
    p.later()
    posted(p, p.leaf(resource)[OPTIONS], options={"hard_quota_space": 100, "soft_quota_space": 90})
    assert [quota["quota"] for quota in p.leaf(resource)["quotas"]][:2] == [90.0, 100.0]


def test_what_may_be_done_is_listed_where_that_is_wanted():
    with proxied(backend_settings={"allowed_transitions": True}) as p:
        order = created(p)
        assert p.leaf(order.resource)["allowed_transitions"] == [
            "approve_by_provider",
            "reject_by_provider",
            "set_backend_id",
            "set_state_done",
        ]
        assert "allowed_transitions" not in p.leaf(p.site.resources[0])


def test_an_update_shows_quotas_of_before_and_after(p):
    resource = p.site.resources[0]
    order = p.world.place_update(p.site.member, resource, {"storage": 80})
    p.later()
    item = p.leaf(resource)
    amounts = {name: [quota["quota"] for quota in item[name]] for name in ("quotas", "oldQuotas", "newQuotas")}
    before, after = [40.0, 40.0, 53_200_000.0, 80_000_000.0], [80.0, 80.0, 106_400_000.0, 160_000_000.0]
    assert (item["status"], amounts) == ("updating", {"quotas": before, "oldQuotas": before, "newQuotas": after})
    posted(p, item[APPROVE])
    posted(p, p.leaf(resource)[DONE])
    item = p.leaf(resource)
    assert (order.state, item["status"], item["oldQuotas"], item["newQuotas"]) == ("done", "active", None, None)
    assert [quota["quota"] for quota in item["quotas"]] == after


def test_an_update_that_nobody_approved_is_not_to_be_seen(p):
    resource = p.site.resources[0]
    order = p.world.place_update(p.site.member, resource, {"storage": 80})
    p.world.edit(order, state="pending-consumer")
    p.later()
    item = p.leaf(resource)
    assert (item["status"], item["oldQuotas"], item["newQuotas"]) == ("active", None, None)
    assert p.leaf(resource, status="active") == item


def test_a_removal_from_approval_to_the_end(p):
    resource = p.site.resources[0]
    p.world.place_terminate(p.site.member, resource)
    p.later()
    item = p.leaf(resource)
    assert item["status"] == "removing"
    posted(p, item[APPROVE])
    posted(p, p.leaf(resource)[DONE])
    assert p.leaf(resource)["status"] == "removed"


def test_an_order_is_seen_without_everything_being_read_again(p):
    p.listed()
    p.world.place_update(p.site.member, p.site.resources[0], {"storage": 80})
    p.later(6)
    p.listed()  # begins to look
    p.settle()
    assert p.leaf(p.site.resources[0])["status"] == "updating"
    assert p.readings() == ["GET", "GET", "HEAD"]
