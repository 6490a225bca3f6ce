from datetime import UTC, datetime

import pytest

from federation_adapters.sandbox.slugs import SlugRegister, project_base, slugify


def _create(market, client=None, **changes):
    body = {"name": "Snow", "customer": f"http://x/api/customers/{market.side.customer.uuid}/", **changes}
    return (client or market.buyer).post("/projects/", json=body)


def test_backend_ids_of_projects_repeat_and_match_exactly(market):
    for _ in range(2):
        assert _create(market, backend_id="same").status_code == 201
    assert len(market.buyer.get("/projects/?backend_id=same").json()) == 2
    assert market.buyer.get("/projects/?backend_id=SAME").json() == []
    assert len(market.buyer.get("/projects/?backend_id=").json()) == 3


def test_the_customer_filter_is_called_customer(market):
    other = market.world.add_customer("Other")
    market.world.add_project(other, "Elsewhere")
    staff = market.staff
    assert len(staff.get(f"/projects/?customer={other.uuid}").json()) == 1
    assert len(staff.get(f"/projects/?customer_uuid={other.uuid}").json()) == 2
    assert len(staff.get(f"/projects/?customer={other.uuid},{market.side.customer.uuid}").json()) == 2


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"customer": "nonsense"}, "customer"),
        ({"customer": f"/api/customers/{'0' * 32}/"}, "customer"),
        ({"backend_id": "x" * 256}, "backend_id"),
        ({"backend_id": None}, "backend_id"),
        ({"end_date": "2020-01-01"}, "end_date"),
        ({"end_date": "tomorrow"}, "end_date"),
        ({"kind": "odd"}, "kind"),
    ],
)
def test_bad_projects_are_refused(market, changes, key):
    answer = _create(market, **changes)
    assert (answer.status_code, list(answer.json())) == (400, [key])
    assert len(market.world.projects) == 1
    assert market.side.customer.project_count == 1


def test_descriptions_are_cleaned(market):
    answer = _create(market, description="R&D <b>bold</b> <blink>x</blink><script>alert(1)</script> &amp;")
    assert answer.json()["description"] == "R&amp;D <b>bold</b> x &amp;"


def test_a_patch_keeps_what_it_does_not_name(market):
    uuid = _create(market, description="d", end_date="2027-01-01").json()["uuid"]
    answer = market.buyer.patch(f"/projects/{uuid}/", json={"name": "New"}).json()
    assert (answer["name"], answer["description"], answer["end_date"]) == ("New", "d", "2027-01-01")
    assert market.buyer.patch(f"/projects/{uuid}/", json={"end_date": None}).json()["end_date"] is None
    assert market.buyer.patch(f"/projects/{uuid}/", json={"end_date": "2020-01-01"}).status_code == 400


def test_end_dates_need_the_right_to_delete(market):
    user = market.world.add_user("manager")
    market.world.grant(user, "PROJECT.MANAGER", market.project)
    client, path = market.client(user.token), f"/projects/{market.project.uuid}/"
    assert client.patch(path, json={"name": "New", "end_date": "2027-01-01"}).status_code == 403
    assert market.project.name == "Snow Depth"
    assert client.patch(path, json={"name": "New"}).status_code == 200


def test_projects_with_resources_stay(market):
    resource = market.running()
    path = f"/projects/{market.project.uuid}/"
    assert market.buyer.delete(path).status_code == 409
    resource.state = "Terminated"
    assert market.buyer.delete(path).status_code == 204
    assert market.buyer.get(path).status_code == 404
    assert market.buyer.get("/projects/").json() == []
    assert len(market.buyer.get("/projects/?include_terminated=true").json()) == 1
    assert _create(market, name="Snow Depth").json()["slug"] == "snow-depth-1"


def test_roles_open_projects(market):
    user = market.world.add_user("guest")
    client = market.client(user.token)
    assert client.get("/projects/").json() == client.get("/customers/").json() == []
    assert _create(market, client).json() == {"customer": ["Invalid hyperlink - Object does not exist."]}
    market.world.grant(user, "PROJECT.MEMBER", market.project)
    assert len(client.get("/projects/").json()) == len(client.get("/customers/").json()) == 1
    assert _create(market, client).status_code == 403
    market.world.revoke(user, "PROJECT.MEMBER", market.project)
    assert client.get("/projects/").json() == []
    assert client.get(f"/projects/{market.project.uuid}/").status_code == 404


def test_slugs_count_up_and_stay_taken():
    register = SlugRegister()
    assert [register.claim("data") for _ in range(3)] == ["data", "data-1", "data-2"]
    register.release("data-1")
    assert [register.claim("data") for _ in range(2)] == ["data-1", "data-3"]
    assert register.claim("") == "item"


@pytest.mark.parametrize(
    ("text", "slug"), [("Snow Depth!", "snow-depth"), ("Ärger", "arger"), ("雪", ""), ("a--b", "a-b")]
)
def test_slugs_are_plain(text, slug):
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("template", "slug"),
    [
        ("", "snow-depth"),
        ("{customer_slug}-{counter_padded}", "glac-004"),
        ("{customer_slug}-{year}{month}-{counter_padded}", "glac-202611-004"),
        ("{project_name}-{counter}", "snow-depth-4"),
        ("{dept}-{counter}", "snow-depth"),
        ("{broken", "snow-depth"),
    ],
)
def test_templates_shape_project_slugs(template, slug):
    now = datetime(2026, 11, 5, tzinfo=UTC)
    assert project_base(template, customer_slug="glac", name="Snow Depth", now=now, counter=4) == slug


def test_only_staff_choose_slugs(market):
    assert _create(market, slug="mine").json()["slug"] == "snow"
    assert _create(market, market.staff, slug="mine").json()["slug"] == "mine"


def test_service_providers_are_found_by_customer(market):
    row = market.buyer.get(f"/marketplace-service-providers/?customer_uuid={market.side.provider.uuid}").json()[0]
    assert row["uuid"] != row["customer_uuid"] == market.side.provider.uuid
    assert market.buyer.get(f"/marketplace-service-providers/{row['uuid']}/").status_code == 200
    assert market.buyer.get(f"/marketplace-service-providers/{row['customer_uuid']}/").status_code == 404


def test_offerings_have_two_views(market):
    offering = market.side.offering
    public, provider = (
        f"/marketplace-public-offerings/{offering.uuid}/",
        f"/marketplace-provider-offerings/{offering.uuid}/",
    )
    row = market.buyer.get(public).json()
    assert [component["type"] for component in row["components"]] == ["gpu_hours", "storage_gb_hours"]
    assert row["plans"][0]["url"] == f"http://sandbox/api{public}plans/{offering.plans[0].uuid}/"
    assert market.buyer.get(f"{public}plans/").json() == row["plans"]
    assert "secret_options" not in row
    assert market.buyer.get(provider).status_code == 404
    assert market.seller.get(provider).json()["secret_options"] == {}
    assert market.seller.post(f"{provider}pause/").json()["state"] == "Paused"
    assert market.seller.post(f"{provider}pause/").status_code == 409
    assert market.seller.post(f"{provider}archive/").status_code == 200
    assert market.buyer.get(public).status_code == 404


def test_people_see_those_they_work_with(market):
    stranger = market.world.add_user("stranger")
    mate = market.world.add_user("mate")
    market.world.grant(mate, "PROJECT.MEMBER", market.project)
    names = [row["username"] for row in market.buyer.get("/users/").json()]
    assert names == ["federation-on-b", "mate"]
    assert market.buyer.get(f"/users/{stranger.uuid}/").status_code == 404
    me = market.client(mate.token).get("/users/me/?field=permissions&field=is_staff").json()
    assert me["is_staff"] is False
    assert [(one["role_name"], one["scope_type"]) for one in me["permissions"]] == [("PROJECT.MEMBER", "project")]
