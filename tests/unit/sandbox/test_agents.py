import pytest

_IDENTITIES = "/marketplace-site-agent-identities/"


def test_an_agent_registers_itself(market):
    seller, offering = market.seller, market.side.offering
    body = {"offering": offering.uuid, "name": "agent", "version": "1"}
    created = seller.post(_IDENTITIES, json=body)
    uuid = created.json()["uuid"]
    assert (created.status_code, created.json()["offering"]) == (201, offering.uuid)
    assert seller.put(f"{_IDENTITIES}{uuid}/", json={**body, "version": "2"}).json()["version"] == "2"
    service = {"name": "orders", "mode": "order_process"}
    answers = [seller.post(f"{_IDENTITIES}{uuid}/register_service/", json=service) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    processor = {"name": "p", "backend_type": "b"}
    path = f"/marketplace-site-agent-services/{answers[0].json()['uuid']}/register_processor/"
    assert [seller.post(path, json=processor).status_code for _ in range(2)] == [201, 200]
    row = seller.get(f"{_IDENTITIES}?name=agent&offering_uuid={offering.uuid}").json()[0]
    assert row["services"][0]["name"] == "orders"
    (shown,) = seller.get("/marketplace-site-agent-services/").json()
    assert shown["processors"][0]["backend_type"] == "b"
    assert seller.get(f"{_IDENTITIES}{uuid}/?field=name").json() == {"name": "agent"}


@pytest.mark.parametrize(("who", "status"), [("buyer", 403), ("seller", 201), ("staff", 201)])
def test_agents_belong_to_providers(market, who, status):
    body = {"offering": market.side.offering.uuid, "name": "agent"}
    assert getattr(market, who).post(_IDENTITIES, json=body).status_code == status
    assert market.buyer.get(_IDENTITIES).json() == []


def test_some_offerings_have_no_agents(market):
    offering = market.world.add_offering(market.side.provider, "Other", type="Waldur.RemoteOffering")
    answer = market.seller.post(_IDENTITIES, json={"offering": offering.uuid, "name": "agent"})
    assert (answer.status_code, list(answer.json())) == (400, ["offering"])
    assert market.seller.post(_IDENTITIES, json={"offering": "0" * 32, "name": "agent"}).status_code == 400


def test_unknown_agents_are_not_found(market):
    zero = "0" * 32
    assert market.seller.get(f"{_IDENTITIES}{zero}/").status_code == 404
    path = f"/marketplace-site-agent-services/{zero}/register_processor/"
    assert market.seller.post(path, json={}).status_code == 404


def test_old_servers_know_no_agents(old_market):
    assert old_market.seller.get(_IDENTITIES).headers["Content-Type"].startswith("text/html")


def test_the_team_is_that_of_the_project(market):
    resource = market.running()
    mate = market.world.add_user("mate")
    market.world.grant(mate, "PROJECT.MEMBER", market.project)
    market.world.grant(mate, "PROJECT.ADMIN", market.project)
    rows = market.seller.get(f"/marketplace-provider-resources/{resource.uuid}/team/").json()
    assert [(row["username"], row["role"]) for row in rows] == [("mate", "PROJECT.MEMBER")]
