"""Debug mode: Waldur's own data, whole, and without a secret."""

import pytest
from tests.scenario.storage import proxied, storage_site

from federation_adapters.sandbox import Fault

HUSH = "hush-of-the-storage"
DEEP = {"a": [{"b": {"api_token": HUSH, "plain": "seen"}}], "Password": HUSH, "client_secret": {"x": HUSH}, "n": 1}


@pytest.fixture(scope="module")
def p():
    site = storage_site()
    world, (first, second, _) = site.sandbox.world, site.resources
    world.edit(site.systems["capstor"], secret_options={"key": HUSH}, options={"order": [], "options": DEEP})
    world.edit(first, attributes={**first.attributes, "deep": DEEP}, backend_metadata={"user_password": HUSH})
    world.edit(second, state="Erred")
    with proxied(site) as found:
        yield found


def debugged(p, **query):
    answer = p.get(debug=True, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(body):
    return {row["slug"] for row in body["raw_resources"]["resources"]}


def test_rows_are_whole_and_asked_for_without_naming_fields(p):
    p.waldur.requests.clear()
    body = debugged(p, storage_system="capstor")
    (row,) = body["raw_resources"]["resources"]
    assert {"url", "plan_name", "last_sync", "offering_components"} <= set(row)
    asked = [one.query for one in p.waldur.requests]
    assert len(asked) == 2
    assert not [query for query in asked if "field" in query]


def test_secrets_are_masked_at_any_depth_and_the_rest_is_as_it_was(p):
    answer = p.get(debug=True)
    assert HUSH not in answer.text
    assert p.site.reader.token not in answer.text
    rows = answer.json()["raw_resources"]["resources"]
    (deep,) = [row["attributes"]["deep"] for row in rows if row["slug"] == "permafrost-core"]
    assert deep == {
        "a": [{"b": {"api_token": "[masked]", "plain": "seen"}}],
        "Password": "[masked]",
        "client_secret": "[masked]",
        "n": 1,
    }
    assert "secret_options" not in answer.text


def test_nothing_of_the_settings_is_shown_that_is_secret(p):
    config = debugged(p)["agent_offering_config"]
    assert set(config) == {"uuid", "api_url", "backend_type", "backend_settings", "backend_components"}
    assert config["backend_type"] == "cscs-hpc-storage"


def test_offerings_stand_by_name_where_several_systems_are_asked_for(p):
    body = debugged(p)
    assert {name: one["slug"] for name, one in body["waldur_offering_details"].items()} == {
        "capstor": "capstor", "vast": "vast", "iopsstor": "iopsstor"
    }  # fmt: skip
    assert body["agent_offering_config"]["uuid"] is None
    single = debugged(p, storage_system="vast")
    assert (single["waldur_offering_details"]["slug"], single["agent_offering_config"]["uuid"]) == (
        "vast", single["waldur_offering_details"]["uuid"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"permafrost-core", "avalanche-archive", "home-mkeller"}),
        ({"storage_system": "vast"}, {"avalanche-archive", "home-mkeller"}),
        ({"data_type": "users"}, {"home-mkeller"}),
        ({"data_type": "store"}, {"permafrost-core"}),
        ({"status": "error"}, {"avalanche-archive"}),
        ({"status": "active"}, {"permafrost-core", "home-mkeller"}),
        ({"state": "Erred"}, {"avalanche-archive"}),
        ({"status": "active", "data_type": "archive"}, set()),
        ({"data_type": "no such"}, set()),
    ],
)
def test_filters_are_the_same_on_waldurs_data(p, query, expected):
    body = debugged(p, **query)
    assert names(body) == expected
    wanted = {"storage_system": None, "data_type": None, "status": None, "state": None, **query}
    assert body["raw_resources"]["filters_applied"] == wanted


def test_pages_are_the_same_too(p):
    pages = [debugged(p, page_size=2, page=number)["raw_resources"] for number in (1, 2, 3)]
    assert [len(page["resources"]) for page in pages] == [2, 1, 0]
    assert pages[1]["pagination"] == {"current": 2, "limit": 2, "offset": 2, "pages": 2, "total": 3}
    assert len({row["uuid"] for page in pages for row in page["resources"]}) == 3


def test_ids_are_hyphenated(p):
    rows = debugged(p)["raw_resources"]["resources"]
    assert {row[key].count("-") for row in rows for key in ("uuid", "offering_uuid", "customer_uuid")} == {4}


def test_a_system_that_is_not_configured_has_no_data():
    with proxied(storage_systems={"capstor": "capstor"}) as p:
        body = debugged(p, storage_system="vast")
        assert (body["waldur_offering_details"], body["raw_resources"]["resources"]) == ({}, [])


def test_an_offering_that_cannot_be_read_is_an_error_in_its_place():
    site = storage_site()
    site.sandbox.faults.add(Fault(kind="status", status=500, path=r"provider-offerings.*slug=vast", times=None))
    with proxied(site) as p:
        body = debugged(p)
        assert body["waldur_offering_details"]["vast"] == {"error": "Waldur failed on the server."}
        assert body["waldur_offering_details"]["capstor"]["slug"] == "capstor"
        assert len(names(body)) == 3
        assert "failed on the server" in debugged(p, storage_system="vast")["waldur_offering_details"]["error"]


def test_resources_that_cannot_be_read_are_502():
    with proxied() as p:
        p.listed()
        p.waldur.faults.add(Fault(kind="status", status=500, path="provider-resources", times=None))
        answer = p.get(debug=True)
        assert (answer.status_code, answer.json()["detail"]) == (502, "Waldur failed on the server.")


def test_it_can_be_switched_off():
    with proxied(debug_enabled=False) as p:
        answer = p.get(debug=True)
        assert (answer.status_code, answer.json()) == (403, {"detail": "Debug mode is switched off here."})
        assert p.get().status_code == 200


def test_it_can_ask_for_a_role():
    with proxied(auth={"debug_roles": ["storage-admin"]}) as p:
        answer = p.get(debug=True)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (403, "Bearer")
        assert p.get().status_code == 200
        token = p.realm.mint(realm_access={"roles": ["storage-admin"]})
        assert p.get(debug=True, token=token).status_code == 200


@pytest.mark.parametrize("token", ["", "no.token.this"])
def test_it_needs_a_token_like_the_rest(p, token):
    assert p.get(debug=True, token=token).status_code == 401
