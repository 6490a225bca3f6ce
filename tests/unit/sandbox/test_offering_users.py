import pytest

from federation_adapters.sandbox import ApiError
from federation_adapters.sandbox.areas.offering_users.machine import MOVES, State

_BASE = "/marketplace-offering-users"


@pytest.fixture
def staffed(market):
    """A person with an account at the offering."""
    user = market.world.add_user("Mia", full_name="Mia Moon", active_isds=("isd:a",), profile={"organization": "Uni"})
    market.world.grant(user, "PROJECT.MEMBER", market.project)
    market.world.add_offering_user(market.side.offering, user)
    return market


def _account(market):
    return market.world.offering_user(market.side.offering, market.world.user("Mia"))


def _rows(client, query=""):
    return client.get(f"{_BASE}/?{query}").json()


def test_who_sees_accounts(staffed):
    manager = staffed.world.add_user("manager", is_identity_manager=True, managed_isds=("isd:a", "isd:b"))
    other = staffed.world.add_user("other", is_identity_manager=True, managed_isds=("isd:b",))
    clients = {
        "seller": (staffed.seller, 1),
        "self": (staffed.client(staffed.world.user("Mia").token), 1),
        "vouching": (staffed.client(manager.token), 1),
        "not vouching": (staffed.client(other.token), 0),
        "buyer": (staffed.buyer, 0),
        "staff": (staffed.staff, 1),
    }
    assert {who: len(_rows(client)) for who, (client, _) in clients.items()} == {
        who: count for who, (_, count) in clients.items()
    }
    assert staffed.buyer.get(f"{_BASE}/{_account(staffed).uuid}/").status_code == 404


def test_offerings_without_accounts_list_none(staffed):
    staffed.side.offering.plugin_options = {}
    assert _rows(staffed.seller) == []
    assert len(_rows(staffed.staff)) == 1


def test_consent_and_profiles_hide_accounts(staffed):
    world, offering, user = staffed.world, staffed.side.offering, staffed.world.user("Mia")
    offering.terms_of_service = "Be kind."
    assert len(_rows(staffed.seller)) == 1
    world.settings.enforce_consent = True
    assert (len(_rows(staffed.seller)), len(_rows(staffed.client(user.token)))) == (0, 1)
    world.consent(user, offering)
    row = _rows(staffed.seller)[0]
    assert (row["has_consent"], row["consent_data"]["agreement_date"][:10]) == (True, "2026-03-04")
    world.withdraw_consent(user, offering)
    world.withdraw_consent(user, offering)
    assert _rows(staffed.seller) == []
    offering.terms_of_service = ""
    world.settings.enforce_complete_profiles = True
    assert len(_rows(staffed.seller)) == 1
    world.settings.required_attributes = frozenset({"phone_number", "email"})
    assert _rows(staffed.seller) == []
    assert _rows(staffed.staff)[0]["missing_profile_attributes"] == ["phone_number"]


def test_attributes_that_are_not_shown_are_absent(staffed):
    row = _rows(staffed.seller)[0]
    assert (row["user_username"], row["user_full_name"], row["user_first_name"]) == ("Mia", "Mia Moon", "Mia")
    assert "user_organization" not in row
    path = f"/marketplace-provider-offerings/{staffed.side.offering.uuid}"
    config = f"{path}/user-attribute-config/"
    assert staffed.seller.get(config).json()["exposed_fields"] == ["username", "full_name", "email"]
    change = {"expose_organization": True, "expose_username": False, "expose_active_isds": True}
    shown = staffed.seller.patch(f"{path}/update-user-attribute-config/", json=change).json()
    assert (shown["is_default"], shown["expose_organization"], shown["expose_email"]) == (False, True, True)
    row = _rows(staffed.seller)[0]
    assert (row["user_organization"], row["user_active_isds"], "user_username" in row) == ("Uni", ["isd:a"], False)
    assert staffed.seller.delete(f"{path}/delete-user-attribute-config/").status_code == 204
    assert staffed.seller.get(config).json()["is_default"] is True
    staffed.world.set_permissions("CUSTOMER.OWNER", [])
    assert staffed.seller.patch(f"{path}/update-user-attribute-config/", json=change).status_code == 403
    assert staffed.buyer.get(config).status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("offering_uuid={offering}", 1),
        ("offering_uuid={zero}", 0),
        ("offering_uuid={zero}&offering_uuid={offering}", 1),
        ("offering_slug=hpc-on-b", 1),
        ("provider_uuid={provider}", 1),
        ("user_uuid={user}", 1),
        ("user_username=MIA", 1),
        ("user_username=mi", 0),
        ("username=u1", 1),
        ("username=u2", 0),
        ("state=OK&state=Creating", 1),
        ("state=Creating", 0),
        ("runtime_state=Active", 1),
        ("is_restricted=true", 0),
        ("has_consent=false", 1),
        ("has_complete_profile=true", 1),
        ("offering_has_active_tos=true", 0),
        ("query=moon", 1),
        ("modified=2026-03-05", 0),
    ],
)
def test_accounts_are_narrowed(staffed, query, count):
    side, zero = staffed.side, "0" * 32
    staffed.world.offering_user(side.offering, staffed.world.user("Mia"))
    staffed.seller.patch(f"{_BASE}/{_account(staffed).uuid}/", json={"username": "u1"})
    query = query.format(
        offering=side.offering.uuid, provider=side.provider.uuid, user=staffed.world.user("Mia").uuid, zero=zero
    )
    assert len(_rows(staffed.seller, query)) == count


def test_old_servers_do_not_filter_by_local_name(old_market):
    user = old_market.world.add_user("Mia")
    old_market.world.add_offering_user(old_market.side.offering, user, "u1")
    assert len(_rows(old_market.seller, "username=u2")) == 1
    assert old_market.seller.get(f"{_BASE}/?state=odd").status_code == 400


def _reach(market, state):
    account = _account(market)
    market.world.edit(account, state=str(state), service_provider_comment="old")
    return account


@pytest.mark.parametrize("action", MOVES)
@pytest.mark.parametrize("state", State)
def test_every_move_from_every_state(staffed, action, state):
    legal, target = MOVES[action]
    account = _reach(staffed, state)
    body = {"comment": "c", "comment_url": "http://x/"}
    answer = staffed.seller.post(f"{_BASE}/{account.uuid}/{action}/", json=body)
    if state not in legal:
        assert (answer.status_code, account.state) == (409, state)
        return
    assert (answer.status_code, answer.content, account.state) == (200, b"", target)
    comment = {"set_validation_complete": "", "set_pending_account_linking": "c"}
    expected = comment.get(action, "c" if action == "set_pending_additional_validation" else "old")
    assert account.service_provider_comment == expected


@pytest.mark.parametrize(
    ("state", "username", "after"),
    [
        ("Requested", "u1", "OK"),
        ("Creating", "u1", "OK"),
        ("Pending account linking", "u1", "OK"),
        ("Error creating", "u1", "OK"),
        ("Requested", "", "Requested"),
        ("Deleting", "u1", "Deleting"),
    ],
)
def test_a_local_name_ends_the_making(staffed, state, username, after):
    account = _reach(staffed, state)
    answer = staffed.seller.patch(f"{_BASE}/{account.uuid}/", json={"username": username})
    assert (answer.status_code, answer.json()["username"], account.state) == (200, username, after)


def test_accounts_are_made_and_deleted(staffed):
    side, base = staffed.side, "http://x/api"
    user = staffed.world.add_user("new")
    body = {"offering_uuid": side.offering.uuid, "user": f"{base}/users/{user.uuid}/", "username": "n1"}
    answer = staffed.seller.post(f"{_BASE}/", json=body)
    assert (answer.status_code, answer.json()["state"], answer.json()["username"]) == (201, "OK", "n1")
    assert staffed.seller.post(f"{_BASE}/", json=body).status_code == 400
    manager = staffed.world.add_user("manager")
    staffed.world.grant(manager, "OFFERING.MANAGER", side.offering)
    path = f"{_BASE}/{answer.json()['uuid']}/"
    assert staffed.client(manager.token).patch(path, json={"username": "n2"}).status_code == 200
    assert staffed.client(manager.token).patch(path, json={}).json()["username"] == "n2"
    assert staffed.client(manager.token).delete(path).status_code == 403
    assert staffed.seller.get(f"{path}?field=username").json() == {"username": "n2"}
    assert staffed.client(user.token).patch(path, json={"username": "mine"}).status_code == 403
    assert staffed.seller.delete(path).status_code == 204
    assert staffed.seller.get(path).status_code == 404
    with pytest.raises(KeyError):
        staffed.world.offering_user(side.offering, user)


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"offering_uuid": None}, {"non_field_errors": ["Exactly one of offering and offering_uuid is expected."]}),
        ({"user": "/api/users/x/"}, {"non_field_errors": ["Exactly one of user and user_uuid is expected."]}),
        ({"user_uuid": "0" * 32}, {"user_uuid": ["Object does not exist."]}),
    ],
)
def test_unfit_accounts_are_refused(staffed, changes, answer):
    user = staffed.world.add_user("new")
    body = {"offering_uuid": staffed.side.offering.uuid, "user_uuid": user.uuid, **changes}
    given = staffed.seller.post(f"{_BASE}/", json=body)
    assert (given.status_code, given.json()) == (400, answer)


def test_some_offerings_allow_no_accounts(market):
    body = {"offering_uuid": market.side.offering.uuid, "user_uuid": market.side.consumer_user.uuid}
    assert market.seller.post(f"{_BASE}/", json=body).json() == [
        "It is not allowed to create users for current offering."
    ]
    assert market.buyer.post(f"{_BASE}/", json=body).status_code == 403
    assert market.world.add_missing_offering_users(market.side.offering) == ()


def test_the_provider_comments_restricts_and_numbers(staffed):
    account = _account(staffed)
    path, seller = f"{_BASE}/{account.uuid}", staffed.seller
    note = {"service_provider_comment": "soon", "service_provider_comment_url": "http://x/"}
    assert seller.patch(f"{path}/update_comments/", json=note).json() == note
    assert seller.post(f"{path}/update_restricted/", json={"is_restricted": True}).status_code == 200
    body = {"runtime_state": "Pending account linking", "service_provider_comment": "link"}
    assert seller.post(f"{path}/update_runtime_state/", json=body).status_code == 200
    row = seller.get(f"{path}/").json()
    assert (row["is_restricted"], row["runtime_state"], row["service_provider_comment"]) == (
        True,
        "Pending account linking",
        "link",
    )
    assert seller.post(f"{path}/update_runtime_state/", json={"runtime_state": "odd"}).status_code == 400
    account.state = "Deleted"
    assert seller.post(f"{path}/update_runtime_state/", json=body).status_code == 409
    posix = {"uidnumber": 5001, "primarygroup": None, "login_shell": "/bin/sh", "home_directory": "/h"}
    assert seller.post(f"{path}/set_posix_attributes/", json=posix).json() == {
        "uidnumber": 5001,
        "primarygroup": None,
        "warnings": [],
    }
    for bad in ({}, {"uidnumber": "x"}):
        assert seller.post(f"{path}/set_posix_attributes/", json=bad).status_code == 400
    other = staffed.world.add_offering_user(staffed.side.offering, staffed.world.add_user("other"))
    answer = seller.post(f"{_BASE}/{other.uuid}/set_posix_attributes/", json={"uidnumber": 5001})
    assert answer.json() == {"uidnumber": ["This number is taken."]}


def test_one_name_for_all_offerings_of_a_provider(staffed):
    world, side, user = staffed.world, staffed.side, staffed.world.user("Mia")
    allowed = {"service_provider_can_create_offering_user": True}
    used = world.add_offering(side.provider, "Used", plugin_options=allowed)
    unused = world.add_offering(side.provider, "Unused", plugin_options=allowed)
    for offering in (used, side.offering):
        world.add_resource(offering, staffed.project)
    path = f"/marketplace-service-providers/{side.provider.service_provider_uuid}/set_offerings_username/"
    body = {"user_uuid": user.uuid, "username": "u7"}
    answer = staffed.seller.post(path, json=body)
    assert (answer.status_code, list(answer.json())) == (201, ["detail"])
    names = {offering.name: world.offering_user(offering, user).username for offering in (side.offering, used)}
    assert names == {"HPC on B": "u7", "Used": "u7"}
    with pytest.raises(KeyError):
        world.offering_user(unused, user)
    assert staffed.buyer.post(path, json=body).status_code == 403
    assert staffed.seller.post(path, json={**body, "user_uuid": "0" * 32}).status_code == 400


def test_accounts_appear_for_members_of_projects_with_resources(staffed):
    world, offering = staffed.world, staffed.side.offering
    late = world.add_user("late")
    world.grant(late, "PROJECT.MEMBER", staffed.project)
    assert world.add_missing_offering_users(offering) == ()
    world.add_resource(offering, staffed.project)
    assert [row.user for row in world.add_missing_offering_users(offering)] == [late]
    with pytest.raises(ApiError):
        world.add_offering_user(offering, late)


def test_teams_show_accounts_and_hide_the_unwilling(staffed):
    world, offering, user = staffed.world, staffed.side.offering, staffed.world.user("Mia")
    resource = world.add_resource(offering, staffed.project)
    world.add_user("spare")
    staffed.seller.patch(f"{_BASE}/{_account(staffed).uuid}/", json={"username": "u1"})
    seller, path = staffed.seller, f"/marketplace-provider-resources/{resource.uuid}/team/"
    row = seller.get(path).json()[0]
    assert (row["offering_user_username"], row["offering_user_state"], row["email"]) == ("u1", "OK", "mia@example.org")
    offering.exposed_attributes = frozenset({"username"})
    assert "email" not in seller.get(path).json()[0]
    assert seller.get(f"{path}?has_consent=true").json() == []
    offering.terms_of_service, world.settings.enforce_consent = "Be kind.", True
    assert (len(seller.get(path).json()), len(staffed.staff.get(path).json())) == (0, 1)
    assert len(staffed.buyer.get(f"/marketplace-resources/{resource.uuid}/team/").json()) == 1
    world.consent(user, offering)
    assert len(seller.get(path).json()) == 1
    own = staffed.client(user.token).get(f"/marketplace-resources/{resource.uuid}/?field=username").json()
    assert own == {"username": "u1"}


def test_only_people_themselves_agree(staffed):
    offering, path = staffed.side.offering, "/marketplace-user-offering-consents/"
    mia = staffed.client(staffed.world.user("Mia").token)
    assert mia.post(path, json={"offering": offering.uuid}).status_code == 400
    offering.terms_of_service = "Be kind."
    answer = mia.post(path, json={"offering": offering.uuid})
    row = answer.json()
    assert (answer.status_code, row["has_consent"], row["user_username"]) == (201, True, "Mia")
    assert mia.post(path, json={"offering": offering.uuid}).status_code == 400
    assert mia.post(path, json={"offering": "0" * 32}).status_code == 400
    assert len(staffed.seller.get(f"{path}?offering_uuid={offering.uuid}&has_consent=true").json()) == 1
    assert staffed.buyer.get(path).json() == []
    one = f"{path}{row['uuid']}/"
    assert staffed.seller.post(f"{one}revoke/").status_code == 403
    assert staffed.buyer.get(one).status_code == 404
    assert mia.post(f"{one}revoke/").json()["has_consent"] is False
    assert mia.get(one).json()["revocation_date"] is not None
    assert mia.get(f"{path}?has_consent=true").json() == []
    assert mia.post(path, json={"offering": offering.uuid}).status_code == 201
    assert len(mia.get(f"{path}?o=-agreement_date").json()) == 2


def test_the_settings_show_whether_consent_is_enforced(market):
    market.world.settings.enforce_consent = True
    answer = market.client("").get("/configuration/").json()
    assert answer["WALDUR_MARKETPLACE"]["ENFORCE_USER_CONSENT_FOR_OFFERINGS"] is True


def test_users_parts_link_to_accounts(staffed):
    account = _account(staffed)
    resource = staffed.world.add_resource(staffed.side.offering, staffed.project)
    total = staffed.world.report_usage(resource, {"gpu_hours": 1})[0]
    body = {"username": "u1", "usage": 1, "user": f"http://x/api{_BASE}/{account.uuid}/"}
    path = f"/marketplace-component-usages/{total.uuid}/set_user_usage/"
    assert staffed.seller.post(path, json=body).status_code == 201
    assert staffed.world.user_usages_of(resource)[0].user is account
    row = staffed.seller.get("/marketplace-component-user-usages/").json()[0]
    assert row["user"].endswith(f"{_BASE}/{account.uuid}/")
