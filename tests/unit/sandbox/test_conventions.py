import json
from datetime import timedelta

import pytest


def test_an_address_without_slash_is_redirected(market):
    answer = market.buyer.get("/projects?page_size=1")
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith("/api/projects/?page_size=1")


def test_an_unknown_address_answers_a_page_and_an_unknown_object_answers_json(market):
    assert market.buyer.get("/nothing/").headers["Content-Type"].startswith("text/html")
    answer = market.buyer.get(f"/projects/{'0' * 32}/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "No Project matches the given query."})


def test_a_wrong_method_is_405(market):
    answer = market.buyer.put("/projects/", json={})
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "PUT" not allowed.'})


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("", "Authentication credentials were not provided."),
        ("Bearer abc", "Authentication credentials were not provided."),
        ("Token", "Invalid token. No credentials provided."),
        ("Token abc", "Invalid token."),
    ],
)
def test_bad_credentials_are_401(market, header, detail):
    answer = market.client("").get("/projects/", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()) == (401, {"detail": detail})
    assert answer.headers["WWW-Authenticate"] == "Token"


def test_expired_tokens_and_inactive_users_are_401(market):
    user = market.world.add_user("short", token_expires_at=market.clock() + timedelta(hours=1))
    client = market.client(user.token)
    assert client.get("/users/me/?field=token_expires_at").json() == {"token_expires_at": "2026-03-04T11:00:00.000000Z"}
    market.clock.advance(timedelta(hours=2))
    assert client.get("/users/me/").json() == {"detail": "Token has expired."}
    gone = market.world.add_user("gone", is_active=False)
    assert market.client(gone.token).get("/users/me/").json() == {"detail": "User inactive or deleted."}


def test_the_keyword_of_the_token_ignores_case(market):
    header = {"Authorization": f"token {market.side.consumer_user.token}"}
    assert market.client("").get("/users/me/", headers=header).status_code == 200


def test_pages_are_ten_by_default_and_linked(market):
    for number in range(24):
        market.world.add_project(market.side.customer, f"P{number:02}")
    first = market.buyer.get("/projects/?o=created&field=name")
    assert len(first.json()) == 10
    assert first.headers["X-Result-Count"] == "25"
    links = first.headers["Link"]
    assert 'rel="next"' in links
    assert 'rel="prev"' not in links
    assert links.startswith('<http://sandbox/api/projects/?o=created&field=name>; rel="first", ')
    last = market.buyer.get("/projects/?o=created&field=name&page=3")
    assert len(last.json()) == 5
    assert 'rel="next"' not in last.headers["Link"]
    assert market.buyer.get("/projects/?page=4").json() == {"detail": "Invalid page."}
    assert market.buyer.get("/projects/?page=0").status_code == 404


@pytest.mark.parametrize(("size", "rows"), [("0", 10), ("-3", 10), ("many", 10), ("5", 5), ("5000", 300)])
def test_page_sizes_are_bounded(market, size, rows):
    for number in range(305):
        market.world.add_project(market.side.customer, f"P{number:03}")
    assert len(market.buyer.get(f"/projects/?page_size={size}&field=uuid").json()) == rows


def test_head_answers_the_count_alone(market):
    answer = market.buyer.head("/projects/?name=snow")
    assert (answer.status_code, answer.headers["X-Result-Count"], answer.content) == (200, "1", b"")


def test_an_empty_list_is_a_page(market):
    answer = market.buyer.get("/marketplace-orders/")
    assert (answer.json(), answer.headers["X-Result-Count"]) == ([], "0")
    assert 'rel="next"' not in answer.headers["Link"]


def test_fields_are_selected_and_unknown_ones_ignored(market):
    assert market.buyer.get("/projects/?field=name&field=nonsense").json() == [{"name": "Snow Depth"}]
    assert len(market.buyer.get("/projects/?field=nonsense").json()[0]) > 20
    assert market.buyer.get(f"/projects/{market.project.uuid}/?field=slug").json() == {"slug": "snow-depth"}


def test_an_unknown_order_is_refused(market):
    answer = market.buyer.get("/marketplace-orders/?o=modified")
    text = "Select a valid choice. modified is not one of the available choices."
    assert (answer.status_code, answer.json()) == (400, {"o": [text]})


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("state=foo", {"state": ["Select a valid choice. foo is not one of the available choices."]}),
        ("offering_uuid=12", {"offering_uuid": ["Enter a valid UUID."]}),
        ("created=yesterday", {"created": ["Enter a valid date/time."]}),
    ],
)
def test_unreadable_filters_are_refused(market, query, problem):
    answer = market.buyer.get(f"/marketplace-orders/?{query}")
    assert (answer.status_code, answer.json()) == (400, problem)


def test_unknown_filters_are_ignored(market):
    market.place()
    assert len(market.buyer.get("/marketplace-orders/?backend_id=x&attributes=y").json()) == 1


def test_both_spellings_of_a_uuid_are_read_and_hex_is_written(market):
    order = market.place()
    dashed = "-".join([order.uuid[:8], order.uuid[8:12], order.uuid[12:16], order.uuid[16:20], order.uuid[20:]])
    assert market.buyer.get(f"/marketplace-orders/{dashed}/").json()["uuid"] == order.uuid


def test_malformed_bodies_are_refused(market):
    assert (
        market.buyer.post("/projects/", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    )
    assert market.buyer.post("/projects/", content=b"a=b", headers={"Content-Type": "text/x"}).status_code == 415
    assert market.buyer.post("/projects/", json=[1]).status_code == 400


def test_version_configuration_and_roles_are_there(market):
    assert market.buyer.get("/version/").json() == {"version": "8.1.2"}
    assert market.client("").get("/configuration/").status_code == 200
    assert market.buyer.get("/roles/?name=PROJECT.MEMBER").json()[0]["content_type"] == "project"


def test_equal_seeds_make_equal_worlds(market):
    again = type(market.sandbox)(2, clock=market.clock).world.add_customer("HPC Centre B")
    assert again.uuid == market.side.provider.uuid


def test_attribute_filters_want_a_json_object(market):
    market.place(attributes={"name": "one", "mark": "m1", "n": 1})
    market.place(attributes={"name": "two", "mark": "m2", "n": True})

    def found(**wanted):
        params = {"resource_attributes": json.dumps(wanted), "field": "name"}
        return [row["name"] for row in market.buyer.get("/marketplace-resources/", params=params).json()]

    assert found(mark="m1") == ["one"]
    assert found(mark=["m1", "m2", "m3"]) == ["one", "two"]
    assert found(n=1) == ["one"]
    assert found(other=None) == []
    for text in ("[1]", "nonsense"):
        params = {"resource_attributes": text}
        assert market.buyer.get("/marketplace-resources/", params=params).status_code == 400
