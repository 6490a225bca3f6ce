"""What keeps two sides alike: fields of projects, fields of science, and direct changes of resources."""

from datetime import timedelta

import pytest


def _patch(market, client=None, **changes):
    return (client or market.buyer).patch(f"/projects/{market.project.uuid}/", json=changes)


def test_science_is_known_by_code(market):
    sub = market.world.add_sub_domain("1.2", "Computing", domain="Natural sciences")
    market.world.add_sub_domain("1.1", "Mathematics")
    rows = market.buyer.get("/science-sub-domains/").json()
    assert [(row["code"], row["name"], row["domain_code"]) for row in rows] == [
        ("1.2", "Computing", "1"),
        ("1.1", "Mathematics", "1"),
    ]
    assert len(market.buyer.get("/science-sub-domains/?code=1.1").json()) == 2
    assert len(market.buyer.get("/science-sub-domains/?name_exact=Computing").json()) == 1
    domain = market.buyer.get("/science-domains/").json()[0]
    assert (domain["name"], domain["subdomains_count"]) == ("Natural sciences", 2)
    assert market.buyer.get(f"/science-domains/{domain['uuid']}/?field=code").json() == {"code": "1"}
    assert len(market.buyer.get(f"/science-sub-domains/?domain_uuid={domain['uuid']}").json()) == 2
    row = _patch(market, science_sub_domain=sub.uuid).json()
    assert (row["science_sub_domain"], row["science_sub_domain_code"], row["science_domain_code"]) == (
        sub.uuid,
        "1.2",
        "1",
    )
    assert market.buyer.get(f"/science-sub-domains/{sub.uuid}/").json()["projects_count"] == 1
    for query in (f"science_sub_domain_uuid={sub.uuid}", f"science_domain_uuid={domain['uuid']}"):
        assert len(market.buyer.get(f"/projects/?{query}").json()) == 1
    row = _patch(market, science_sub_domain=None).json()
    assert (row["science_sub_domain"], "science_sub_domain_code" in row) == (None, False)
    for path in ("science-domains", "science-sub-domains"):
        assert market.buyer.get(f"/{path}/{'0' * 32}/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"science_sub_domain": "odd"}, "science_sub_domain"),
        ({"science_sub_domain": "0" * 32}, "science_sub_domain"),
        ({"oecd_fos_2007_code": "9.9"}, "oecd_fos_2007_code"),
        ({"oecd_fos_2007_code": 1.1}, "oecd_fos_2007_code"),
        ({"is_industry": "yes"}, "is_industry"),
        ({"user_email_patterns": "x"}, "user_email_patterns"),
        ({"description": None}, "description"),
    ],
)
def test_unfit_fields_are_refused(market, changes, key):
    answer = _patch(market, **changes)
    assert (answer.status_code, list(answer.json())) == (400, [key])


@pytest.mark.parametrize(("code", "stored"), [("1.1", "1.1"), ("1", "1"), ("2.11", "2.11"), ("", None), (None, None)])
def test_oecd_codes(market, code, stored):
    assert _patch(market, oecd_fos_2007_code=code).json()["oecd_fos_2007_code"] == stored


def test_conditions_of_projects_are_shown(market):
    row = _patch(market, user_email_patterns=["x"], user_affiliations=["a"], user_identity_sources=["i"]).json()
    assert (row["user_email_patterns"], row["user_affiliations"], row["user_identity_sources"]) == (["x"], ["a"], ["i"])


def test_projects_are_found_by_their_people(market):
    user = market.world.add_user("mate")
    market.world.add_project(market.side.customer, "Other")
    market.world.grant(user, "PROJECT.MEMBER", market.project)

    def names(client, query):
        return [row["name"] for row in client.get(f"/projects/?{query}").json()]

    assert names(market.buyer, f"user_uuid={user.uuid}") == ["Snow Depth"]
    assert names(market.client(user.token), "current_user_has_role=true") == ["Snow Depth"]
    assert names(market.buyer, "current_user_has_role=true") == []


def test_removed_projects_come_back(market):
    path = f"/projects/{market.project.uuid}"
    assert market.buyer.post(f"{path}/recover/").status_code == 409
    market.buyer.delete(f"{path}/")
    assert market.seller.post(f"{path}/recover/").status_code == 404
    assert market.buyer.post(f"{path}/recover/").json()["is_removed"] is False
    assert (market.buyer.get(f"{path}/").status_code, market.side.customer.project_count) == (200, 1)


def _post(client, resource, action, body=None, view="provider-resources"):
    return client.post(f"/marketplace-{view}/{resource.uuid}/{action}/", json=body or {})


@pytest.mark.parametrize(("days", "status"), [(6, 400), (7, 200), (None, 400)])
def test_the_old_form_of_end_dates_wants_notice(market, days, status):
    resource = market.running()
    day = None if days is None else (market.clock() + timedelta(days=days)).date().isoformat()
    assert _post(market.seller, resource, "set_end_date_by_provider", {"end_date": day}).status_code == status
    assert (resource.end_date is not None) == (status == 200)


def test_staff_set_end_dates_and_slugs(market):
    resource = market.running()
    for action, body in (("set_end_date_by_staff", {"end_date": "2027-01-01"}), ("set_slug", {"slug": "mine"})):
        assert _post(market.seller, resource, action, body).status_code == 403
        assert _post(market.staff, resource, action, body).status_code == 200
    assert (str(resource.end_date), resource.slug) == ("2027-01-01", "mine")
    assert _post(market.staff, resource, "set_slug", {"slug": "mine"}).json() == {
        "status": "Resource slug is not changed."
    }


def test_a_pull_needs_something_to_look_at(market):
    resource = market.running()
    answer = _post(market.buyer, resource, "pull", view="resources")
    assert (answer.status_code, list(answer.json())) == (202, ["detail"])
    resource.backend_id = ""
    assert _post(market.seller, resource, "pull").status_code == 409
    resource.state = "Creating"
    assert _post(market.seller, resource, "pull").status_code == 409


def test_agents_say_how_access_stands(market):
    resource, user = market.running(), market.world.add_user("mate")
    market.world.grant(user, "PROJECT.MEMBER", market.project)
    status = {"scope_type": "resource", "role_name": "PROJECT.MEMBER", "state": "synced"}
    body = {"statuses": [{**status, "user_uuid": user.uuid}, {**status, "username": "nobody"}]}
    assert _post(market.seller, resource, "set_membership_sync_statuses", body).status_code == 409
    market.side.offering.plugin_options = {"enable_membership_sync_status": True}
    answer = _post(market.seller, resource, "set_membership_sync_statuses", body).json()
    assert (answer["stored"], [row["username"] for row in answer["skipped"]]) == (1, ["nobody"])
    assert len(resource.membership_statuses) == 1
    bad = {"statuses": [{**status, "state": "odd"}]}
    assert _post(market.seller, resource, "set_membership_sync_statuses", bad).json() == {
        "statuses": [{"state": ['"odd" is not a valid choice.']}]
    }
