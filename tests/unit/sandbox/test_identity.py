from datetime import timedelta

import pytest

_BRIDGE = "/identity-bridge/"


@pytest.fixture
def bridged(market):
    """The buyer's account manages one source; the bridge is open."""
    market.world.settings.identity_bridge = True
    market.world.edit(market.side.consumer_user, is_identity_manager=True, managed_isds=("isd:alpha",))
    return market


def _push(market, client=None, **attributes):
    body = {"username": "mia@idp", "source": "isd:alpha", **attributes}
    return (client or market.buyer).post(_BRIDGE, json=body)


def _remove(market, username="mia@idp", source="isd:alpha", client=None):
    return (client or market.buyer).post(f"{_BRIDGE}remove/", json={"username": username, "source": source})


def _attribute(market, name):
    return market.staff.get(f"/users/{market.world.user('mia@idp').uuid}/").json()[name]


def _owner(market, name):
    return market.world.user("mia@idp").attribute_sources[name]["source"]


def test_a_push_makes_a_person(bridged):
    answer = _push(bridged, first_name="Mia", email="mia@uni.org", affiliations=["staff@uni"], organization="")
    user = bridged.world.user("mia@idp")
    assert (answer.status_code, answer.json()["uuid"], answer.json()["created"]) == (200, user.uuid, True)
    assert (user.active_isds, user.registration_method, user.notifications_enabled) == (
        ("isd:alpha",),
        "isd:alpha",
        False,
    )
    assert sorted(user.attribute_sources) == ["affiliations", "email", "first_name"]
    assert _attribute(bridged, "affiliations") == ["staff@uni"]


def test_a_repeated_push_only_moves_time(bridged):
    _push(bridged, first_name="Mia")
    bridged.clock.advance(timedelta(hours=1))
    answer = _push(bridged, first_name="Mia").json()
    assert (answer["created"], answer["updated_fields"]) == (False, [])
    assert _attribute(bridged, "attribute_sources")["first_name"]["timestamp"].startswith("2026-03-04T11")
    assert _push(bridged, first_name="Maria").json()["updated_fields"] == ["first_name"]


def test_a_known_person_gains_a_source(bridged):
    bridged.world.add_user("mia@idp", full_name="Mia Own")
    answer = _push(bridged, last_name="New").json()
    assert (answer["created"], answer["updated_fields"]) == (False, ["last_name", "active_isds"])
    assert _attribute(bridged, "full_name") == "Mia New"


@pytest.mark.parametrize(
    ("value", "locked", "kept"),
    [("Beta", (), False), ("", (), True), ("Beta", ("isd:alpha",), True), ("Beta", ("isd:other",), False)],
)
def test_ownership_moves_with_words_and_not_with_silence(bridged, value, locked, kept):
    _push(bridged, organization="Alpha")
    if locked:
        bridged.world.settings.locked_attributes = frozenset({"organization"})
        bridged.world.settings.authoritative_isd = locked[0]
    _push(bridged, bridged.staff, source="isd:beta", organization=value)
    assert _attribute(bridged, "organization") == ("Alpha" if kept else value)
    assert _owner(bridged, "organization") == ("isd:alpha" if kept else "isd:beta")


def test_the_owner_may_empty_an_attribute(bridged):
    _push(bridged, organization="Alpha")
    assert _push(bridged, organization="").json()["updated_fields"] == ["organization"]
    assert _attribute(bridged, "organization") == ""


@pytest.mark.parametrize(
    ("attributes", "answer"),
    [
        ({"source": "alpha"}, {"source": ["This value does not match the required pattern."]}),
        ({"username": ""}, {"username": ["This field may not be blank."]}),
        ({"email": "odd"}, {"email": ["Enter a valid email address."]}),
        ({"gender": "odd"}, {"gender": ['"odd" is not a valid choice.']}),
        ({"birth_date": "1.1.2000"}, {"birth_date": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."]}),
        ({"affiliations": "staff"}, {"affiliations": ['Expected a list of items but got type "str".']}),
        ({"affiliations": [1]}, {"affiliations": ["Not a valid string."]}),
        ({"uid_number": "1"}, {"uid_number": ["A valid integer is required."]}),
        ({"civil_number": "77"}, {"civil_number": ["User with this civil number already exists."]}),
    ],
)  # fmt: skip
def test_unfit_pushes_are_refused(bridged, attributes, answer):
    bridged.world.add_user("other", profile={"civil_number": "77"})
    given = _push(bridged, **attributes)
    assert (given.status_code, given.json()) == (400, answer)


def test_all_kinds_of_attributes_are_stored(bridged):
    given = {"gender": "female", "birth_date": "2000-01-31", "uid_number": 5001, "nationalities": ["EE"]}
    assert _push(bridged, **given, primary_gid=None).json()["updated_fields"] == sorted(given)
    assert {name: _attribute(bridged, name) for name in given} == given
    assert _push(bridged, gender=None, birth_date=None, uid_number=None).json()["updated_fields"] == [
        "birth_date",
        "gender",
        "uid_number",
    ]
    assert _attribute(bridged, "birth_date") is None


def test_attributes_that_are_not_allowed_spoil_the_push(bridged):
    bridged.world.settings.bridge_attributes = frozenset({"email", "first_name"})
    assert bridged.buyer.get(f"{_BRIDGE}allowed-fields/").json() == {"allowed_fields": ["email", "first_name"]}
    answer = _push(bridged, first_name="Mia", organization="x", gender=None, unknown=1)
    assert (answer.status_code, answer.json()) == (
        400,
        {"non_field_errors": ["These fields are not allowed: gender, organization."]},
    )
    assert _push(bridged, first_name="Mia", unknown=1).status_code == 200


def test_deactivated_people_are_not_revived(bridged):
    bridged.world.add_user("mia@idp", is_active=False)
    answer = _push(bridged, first_name="Mia")
    assert (answer.status_code, answer.json()) == (400, {"detail": "User mia@idp is deactivated."})


@pytest.mark.parametrize(
    ("who", "source", "text"),
    [
        ("seller", "isd:alpha", "Only staff and identity managers are allowed to do this."),
        ("buyer", "isd:beta", "Source 'isd:beta' is not in your managed ISDs."),
        ("staff", "isd:beta", None),
    ],
)
def test_who_may_speak_for_a_source(bridged, who, source, text):
    answer = _push(bridged, getattr(bridged, who), source=source)
    assert (answer.status_code, answer.json() if text else None) == (403 if text else 200, text)


def test_a_closed_bridge_answers_a_bare_text(bridged):
    bridged.world.settings.identity_bridge = False
    for answer in (_push(bridged), _remove(bridged), bridged.buyer.get(f"{_BRIDGE}allowed-fields/")):
        assert (answer.status_code, answer.json()) == (403, "Identity Bridge is disabled.")
    assert bridged.staff.get(f"{_BRIDGE}stats/").json()["enabled"] is False
    assert bridged.client("").post(_BRIDGE, json={}).status_code == 401


@pytest.mark.parametrize(
    ("policy", "others", "deactivated"),
    [
        ("all_isds_removed", (), True),
        ("all_isds_removed", ("isd:beta",), False),
        ("any_isd_removed", ("isd:beta",), True),
    ],
)
def test_a_removal_takes_back_what_the_source_said(bridged, policy, others, deactivated):
    bridged.world.settings.deactivation_policy = policy
    _push(bridged, first_name="Mia", affiliations=["a"])
    for source in others:
        _push(bridged, bridged.staff, source=source, organization="Beta")
    answer = _remove(bridged)
    user = bridged.world.user("mia@idp")
    assert answer.json() == {"uuid": user.uuid, "deactivated": deactivated}
    assert (user.first_name, user.active_isds, user.is_active) == ("", others, not deactivated)
    assert _attribute(bridged, "affiliations") == []
    if others:
        assert _attribute(bridged, "organization") == "Beta"


def test_a_removal_ends_even_people_that_were_never_pushed(bridged):
    bridged.world.add_user("local")
    assert _remove(bridged, "local").json()["deactivated"] is True
    assert bridged.world.user("local").deactivation_reason
    assert _remove(bridged, "local").json()["deactivated"] is False
    assert _remove(bridged, "nobody").status_code == 404


def test_staff_read_who_vouches_for_whom(bridged):
    _push(bridged, first_name="Mia")
    bridged.clock.advance(timedelta(days=8))
    _push(bridged, bridged.staff, source="isd:beta", last_name="M")
    stats = bridged.staff.get(f"{_BRIDGE}stats/").json()
    assert (stats["total_federated_users"], stats["identity_managers"][0]["managed_isds"]) == (1, ["isd:alpha"])
    alpha, beta = stats["users_per_isd"]
    assert (alpha["isd"], alpha["user_count"], alpha["stale_user_count"]) == ("isd:alpha", 1, 1)
    assert beta["oldest_sync"].startswith("2026-03-12")
    assert bridged.buyer.get(f"{_BRIDGE}stats/").status_code == 403


def test_the_status_of_a_person(bridged):
    _push(bridged, first_name="Mia")
    user = bridged.world.user("mia@idp")
    bridged.world.grant(user, "PROJECT.MEMBER", bridged.project)
    path = f"/users/{user.uuid}/identity_bridge_status/"
    bridged.clock.advance(timedelta(days=8))
    status = bridged.client(user.token).get(path).json()
    assert (status["stale_attributes"], status["is_federated"]) == (["first_name"], True)
    assert status["attribute_sources"]["first_name"]["is_stale"] is True
    assert bridged.staff.get(path).status_code == 200
    assert bridged.buyer.get(path).status_code == 403
    assert bridged.seller.get(path).status_code == 404


def test_people_come_from_eduteams(bridged):
    settings, path = bridged.world.settings, "/remote-eduteams/"
    assert bridged.buyer.post(path, json={"cuid": "c1"}).json() == "Remote eduTEAMS user sync is disabled."
    settings.eduteams, settings.eduteams_people = True, {"c1": {"first_name": "Mia", "organization": "Uni"}}
    assert bridged.seller.post(path, json={"cuid": "c1"}).status_code == 403
    answers = [bridged.buyer.post(path, json={"cuid": "c1"}).json() for _ in range(2)]
    user = bridged.world.user("c1")
    assert answers == [{"uuid": user.uuid}] * 2
    assert (user.first_name, user.registration_method) == ("Mia", "eduteams")
    answer = bridged.buyer.post(path, json={"cuid": "c2"})
    assert (answer.status_code, answer.json()) == (404, {"detail": "User c2 has not been found"})
    settings.eduteams_trouble = "Unable to get access token."
    assert bridged.buyer.post(path, json={"cuid": "c1"}).status_code == 400


def test_old_servers_have_no_bridge(old_market):
    assert old_market.staff.post(_BRIDGE, json={}).headers["Content-Type"].startswith("text/html")
    assert old_market.staff.post("/remote-eduteams/", json={}).json() == "Remote eduTEAMS user sync is disabled."
