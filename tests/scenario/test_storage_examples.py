"""The documented answers, field by field, as the served proxy gives them."""

import json
from pathlib import Path

import httpx
import pytest
from tests.scenario.storage import proxied, storage_site

ANSWERS = Path(__file__).parents[1] / "storage_answers"
PORTAL = "https://portal.example.org"
HUSH = "hush-of-an-offering"
IDS = {
    "capstor": "2f6b1c0e58d44c7a9e310a7d5b9c4e62",
    "alpine": "c81e4d276b904f15a3d87e2c9f0b1a44",
    "store": "9d3a7f51e2084b6c8a1754c0d2e6b983",
    "home": "70b5e9c41d2f4836b0a9c3f6e8d71b25",
    "order": "5ac2d6e81f3b47909b14e7c0a2d8f653",
}


def expected(name):
    return json.loads((ANSWERS / f"{name}.json").read_text())


def assert_shows(answer, wanted, where="$"):
    """All that is wanted is there, and equal; an object may have more fields."""
    if isinstance(wanted, dict):
        assert isinstance(answer, dict), where
        for key, value in wanted.items():
            assert key in answer, f"{where}.{key}"
            assert_shows(answer[key], value, f"{where}.{key}")
    elif isinstance(wanted, list):
        assert len(answer) == len(wanted), where
        for number, (one, other) in enumerate(zip(answer, wanted, strict=True)):
            assert_shows(one, other, f"{where}[{number}]")
    else:
        assert answer == wanted, where


def example_site():
    """The world of the first examples, with the ids that they show."""
    site = storage_site()
    world, (store, archive, home) = site.sandbox.world, site.resources
    world.unlink(archive)
    ids = {site.systems["capstor"]: "capstor", site.customer: "alpine", store: "store", home: "home"}
    for row, name in ids.items():
        world.edit(row, uuid=IDS[name])
    world.edit(world.place_update(site.member, home, {"storage": 1}), uuid=IDS["order"])
    return site


def raw_waldur(request):
    """A Waldur that shows the raw rows of the example, with something secret beside them."""
    example = expected("debug")
    row = example["raw_resources"]["resources"][0]
    shown = {**row, "attributes": {**row["attributes"], "api_token": HUSH}}
    offering = {**example["waldur_offering_details"], "secret_options": {"any": HUSH}}
    rows = [offering] if "provider-offerings" in request.url.path else [shown]
    return httpx.Response(200, json=rows, headers={"X-Result-Count": str(len(rows))})


@pytest.fixture(scope="module")
def p():
    site = example_site()
    mounted = httpx.WSGITransport(app=site.sandbox)
    with proxied(site, waldur_transport=mounted, waldur_api_url=f"{PORTAL}/api/") as found:
        yield found


def test_a_store(p):
    answer = p.get(storage_system="capstor", data_type="store")
    assert answer.json() == expected("store")


def test_the_storage_of_a_user_that_is_being_updated(p):
    answer = p.get(storage_system="vast", data_type="users", status="updating")
    assert answer.json() == expected("users")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("storage_system=tape", "unknown-system"),
        ("storage_system=", "empty-system"),
        ("page_size=900", "page-size"),
    ],
)
def test_filters_that_are_refused(p, query, name):
    answer = p.get(f"/api/storage-resources/?{query}")
    assert (answer.status_code, answer.json()) == (422, expected(name))


def test_debug_shows_all_that_is_documented():
    with proxied(waldur_transport=httpx.MockTransport(raw_waldur), waldur_api_url=f"{PORTAL}/api/") as p:
        answer = p.get(storage_system="capstor", debug=True)
    assert_shows(answer.json(), expected("debug"))
    shown = answer.json()["raw_resources"]["resources"][0]["attributes"]
    assert shown == {"permissions": "2770", "storage_data_type": "store", "api_token": "[masked]"}
    assert set(answer.json()["waldur_offering_details"]) == set(expected("debug")["waldur_offering_details"])
    assert HUSH not in answer.text


def test_a_system_that_is_known_and_not_configured_has_nothing():
    with proxied(storage_systems={"capstor": "capstor", "vast": "vast"}) as p:
        answer = p.get(storage_system="iopsstor")
    assert answer.status_code == 200
    assert answer.json() == {
        "version": "1.0.0",
        "status": "success",
        "resources": [],
        "pagination": {"current": 1, "limit": 100, "offset": 0, "pages": 0, "total": 0, "has_next": False},
        "filters_applied": {"storage_system": "iopsstor", "data_type": None, "status": None, "state": None},
    }


def test_the_examples_of_the_description_are_what_is_answered(p):
    described = p.get("/openapi.json", token="").json()["paths"]["/api/storage-resources/"]["get"]["responses"]
    leaf = expected("store")["resources"][2]
    assert described["200"]["content"]["application/json"]["examples"]["one"]["value"]["resources"] == [leaf]
    refused = described["422"]["content"]["application/json"]["examples"]
    assert (refused["unknown"]["value"], refused["empty"]["value"]) == (
        expected("unknown-system"),
        expected("empty-system"),
    )
