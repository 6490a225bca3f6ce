from datetime import timedelta

import pytest


def _path(market, action):
    return f"/projects/{market.project.uuid}/{action}/"


def _wish(user, role="PROJECT.MEMBER", **more):
    return {"user": user.uuid, "role": role, **more}


@pytest.fixture
def mate(market):
    return market.world.add_user("mate", full_name="Mia Mate")


def _roles(market, **params):
    rows = market.buyer.get(_path(market, "list_users"), params=params).json()
    return [(row["user_username"], row["role_name"]) for row in rows]


def test_roles_are_given_changed_and_taken(market, mate):
    buyer, later = market.buyer, "2027-01-01T00:00:00.000000Z"
    answer = buyer.post(_path(market, "add_user"), json=_wish(mate, expiration_time=later))
    assert (answer.status_code, answer.json()) == (201, {"expiration_time": later})
    answer = buyer.post(_path(market, "update_user"), json=_wish(mate, expiration_time=None))
    assert (answer.status_code, answer.json()) == (200, {"expiration_time": None})
    row = buyer.get(_path(market, "list_users")).json()[0]
    assert (row["user_uuid"], row["user_full_name"], row["expiration_time"]) == (mate.uuid, "Mia Mate", None)
    assert row["uuid"] != mate.uuid
    assert row["created_by_uuid"] == market.side.consumer_user.uuid
    answer = buyer.post(_path(market, "delete_user"), json=_wish(mate))
    assert (answer.status_code, answer.content) == (200, b"")
    assert _roles(market) == []


@pytest.mark.parametrize(("action", "status"), [("add_user", 201), ("update_user", 500), ("delete_user", 200)])
def test_roles_that_are_not_held_are_treated_unlike(market, mate, action, status):
    assert market.buyer.post(_path(market, action), json=_wish(mate)).status_code == status


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (None, None, 400),
        (None, "2027-01-01", 400),
        ("2027-01-01", "2027-01-01", 400),
        ("2027-01-01", "2026-06-01", 400),
        ("2027-01-01", "2028-01-01", 201),
        ("2027-01-01", None, 201),
    ],
)
def test_a_role_that_lasts_long_enough_is_not_given_again(market, mate, first, second, status):
    market.buyer.post(_path(market, "add_user"), json=_wish(mate, expiration_time=first))
    answer = market.buyer.post(_path(market, "add_user"), json=_wish(mate, expiration_time=second))
    assert answer.status_code == status
    if status == 400:
        assert answer.json() == {"non_field_errors": ["User has already the same role in this scope."]}
        return
    assert _roles(market) == [("mate", "PROJECT.MEMBER")] * 2
    for action in ("update_user", "delete_user"):
        assert market.buyer.post(_path(market, action), json=_wish(mate)).status_code == 500


def test_roles_are_named_or_numbered(market, mate):
    role = next(r for r in market.buyer.get("/roles/?page_size=50").json() if r["name"] == "PROJECT.ADMIN")
    assert market.buyer.post(_path(market, "add_user"), json=_wish(mate, role["uuid"])).status_code == 201
    assert [grant.user for grant in market.world.grants_on(market.project)] == [mate]
    assert _roles(market, role="PROJECT.ADMIN") == _roles(market, role=role["uuid"]) == [("mate", "PROJECT.ADMIN")]


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"role": "PROJECT.NONE"}, {"role": ["Role is not found."]}),
        ({"role": None}, {"role": ["This field may not be null."]}),
        ({"user": "0" * 32}, {"user": ["User is not found."]}),
        ({"user": "odd"}, {"user": ["Must be a valid UUID."]}),
        ({"role": "CUSTOMER.OWNER"}, {"non_field_errors": ["Role is not valid for this scope."]}),
        (
            {"expiration_time": "2026-03-04T09:59:59Z"},
            {"expiration_time": ["Expiration time should be greater than current time."]},
        ),
        (
            {"expiration_time": "soon"},
            {
                "expiration_time": [
                    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss]."
                ]
            },
        ),
    ],
)
def test_unfit_wishes_are_refused(market, mate, changes, answer):
    given = market.buyer.post(_path(market, "add_user"), json={**_wish(mate), **changes})
    assert (given.status_code, given.json()) == (400, answer)


def _sleeping_role(market, mate):
    role = next(role for role in market.sandbox.store.roles if role.name == "PROJECT.MANAGER")
    role.is_active = False
    return mate


def _own_role(market, _mate):
    return market.side.consumer_user


def _ended_project(market, mate):
    market.project.end_date = market.clock().date() - timedelta(days=1)
    return mate


def _blocked_customer(market, mate):
    market.side.customer.blocked = True
    return mate


def _deactivated(_market, mate):
    mate.is_active = False
    return mate


def _second_manager(market, mate):
    market.world.settings.single_project_manager = True
    market.world.grant(market.world.add_user("first"), "PROJECT.MANAGER", market.project)
    return mate


def _patterns(market, mate):
    market.project.user_email_patterns = (r".*@elsewhere\.org",)
    return mate


@pytest.mark.parametrize(
    ("situation", "text"),
    [
        (_sleeping_role, "Role is not active."),
        (_own_role, "User can not manage own role."),
        (_ended_project, "Cannot manage team members for terminated projects."),
        (_blocked_customer, "Customer is not available."),
        (_deactivated, "Only staff users can assign roles to deactivated users."),
        (_second_manager, "Project already has a manager."),
        (_patterns, "User does not meet the conditions of this project."),
    ],
)
def test_some_teams_stay_as_they_are(market, mate, situation, text):
    user = situation(market, mate)
    answer = market.buyer.post(_path(market, "add_user"), json=_wish(user, "PROJECT.MANAGER"))
    assert (answer.status_code, answer.json()) == (400, {"non_field_errors": [text]})


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        ({"user_email_patterns": (r".*@example\.org",)}, {}),
        ({"user_affiliations": ("staff@uni",), "user_email_patterns": ("x",)}, {"affiliations": ["staff@uni"]}),
        ({"user_identity_sources": ("idp",)}, {"identity_source": "idp"}),
    ],
)
def test_one_condition_met_is_enough(market, mate, changes, profile):
    mate.profile = profile
    market.world.edit(market.project, **changes)
    assert market.buyer.post(_path(market, "add_user"), json=_wish(mate)).status_code == 201


@pytest.mark.parametrize(
    ("role", "views", "manages"),
    [
        ("PROJECT.MANAGER", 200, 201),
        ("PROJECT.ADMIN", 200, 403),
        ("PROJECT.MEMBER", 200, 403),
        ("CUSTOMER.SUPPORT", 200, 403),
        ("CUSTOMER.OWNER", 200, 201),
        (None, 404, 404),
    ],
)
def test_who_sees_and_manages_a_team(market, mate, role, views, manages):
    user = market.world.add_user("someone")
    if role:
        scope = market.project if role.startswith("PROJECT") else market.side.customer
        market.world.grant(user, role, scope)
    client = market.client(user.token)
    assert client.get(_path(market, "list_users")).status_code == views
    assert client.post(_path(market, "add_user"), json=_wish(mate)).status_code == manages


def test_a_team_without_the_right_to_see_it(market):
    market.world.set_permissions("PROJECT.MEMBER", [])
    user = market.world.add_user("someone")
    market.world.grant(user, "PROJECT.MEMBER", market.project)
    assert market.client(user.token).get(_path(market, "list_users")).status_code == 403


def test_teams_are_listed_in_pages_and_narrowed(market):
    world = market.world
    for number in range(12):
        user = world.add_user(f"user-{number:02}", full_name=f"U {number:02}")
        world.grant(user, "PROJECT.MEMBER" if number % 2 else "PROJECT.ADMIN", market.project)
    answer = market.buyer.get(_path(market, "list_users"))
    assert (len(answer.json()), answer.headers["X-Result-Count"]) == (10, "12")
    assert len(_roles(market, role="PROJECT.ADMIN", page_size=50)) == 6
    assert len(_roles(market, role=["PROJECT.ADMIN", "PROJECT.MEMBER"], page_size=50)) == 12
    assert _roles(market, username="user-03") == _roles(market, user=world.user("user-03").uuid)
    assert _roles(market, search_string="USER-11") == [("user-11", "PROJECT.MEMBER")]
    assert _roles(market, o="-username", page_size=1) == [("user-11", "PROJECT.MEMBER")]
    rows = market.buyer.get(f"{_path(market, 'list_users')}?field=user_uuid&page_size=1").json()
    assert list(rows[0]) == ["user_uuid"]
    with pytest.raises(KeyError):
        world.user("nobody")


def test_roles_end_by_themselves(market, mate):
    market.world.grant(mate, "PROJECT.MEMBER", market.project, expiration_time=market.clock() + timedelta(hours=1))
    path = f"/customers/{market.side.customer.uuid}/users/"
    assert (len(_roles(market)), len(market.buyer.get(path).json())) == (1, 2)
    market.clock.advance(timedelta(hours=1))
    assert (len(_roles(market)), len(market.buyer.get(path).json())) == (0, 1)


@pytest.fixture
def peopled(market, mate):
    """Two projects with resources of the provider, one without; one person in two of them."""
    world, side = market.world, market.side
    ice, empty = world.add_project(side.customer, "Ice"), world.add_project(side.customer, "Empty")
    for project in (market.project, ice):
        world.add_resource(side.offering, project)
    world.grant(mate, "PROJECT.MEMBER", market.project, created_by=side.consumer_user)
    world.grant(mate, "PROJECT.ADMIN", ice)
    world.grant(world.add_user("loner"), "PROJECT.MEMBER", empty)
    return market


def _provider(market):
    return f"/marketplace-service-providers/{market.side.provider.service_provider_uuid}"


def test_a_provider_reads_all_grants_at_once(peopled, mate):
    path = f"{_provider(peopled)}/project_permissions/"
    rows = peopled.seller.get(path).json()
    seen = [(row["project_name"], row["user_username"], row["role_name"]) for row in rows]
    assert seen == [("Snow Depth", "mate", "PROJECT.MEMBER"), ("Ice", "mate", "PROJECT.ADMIN")]
    assert rows[0]["created_by"].endswith(f"/users/{peopled.side.consumer_user.uuid}/")
    assert peopled.buyer.get(path).status_code == 403
    peopled.world.revoke(mate, "PROJECT.ADMIN", peopled.world.projects[1])
    assert len(peopled.seller.get(path).json()) == 1


def test_a_provider_narrows_grants_to_a_project_or_a_person(peopled, mate):
    path = f"{_provider(peopled)}/project_permissions/"
    snow, ice = peopled.project, peopled.world.projects[1]
    other = peopled.world.add_user("other")
    peopled.world.grant(other, "PROJECT.MEMBER", ice)

    def seen(query):
        return [(row["project_name"], row["user_username"]) for row in peopled.seller.get(f"{path}?{query}").json()]

    assert seen(f"scope_uuid={snow.uuid}") == [("Snow Depth", "mate")]
    assert seen(f"user={mate.uuid}") == [("Snow Depth", "mate"), ("Ice", "mate")]
    assert seen(f"scope_uuid={ice.uuid}&user={other.uuid}") == [("Ice", "other")]
    assert seen(f"user={'0' * 32}") == []
    assert len(seen("project_uuid=x&role=x")) == 3
    assert peopled.seller.get(f"{path}?scope_uuid=x").status_code == 400


def test_old_servers_hear_no_filter_of_grants(old_market):
    old_market.world.add_resource(old_market.side.offering, old_market.project)
    old_market.world.grant(old_market.world.add_user("mate"), "PROJECT.MANAGER", old_market.project)
    rows = old_market.seller.get(f"{_provider(old_market)}/project_permissions/?user=x&scope_uuid=x").json()
    assert [row["user_username"] for row in rows] == ["mate"]


def test_old_servers_shorten_role_names(old_market):
    old_market.world.add_resource(old_market.side.offering, old_market.project)
    old_market.world.grant(old_market.world.add_user("mate"), "PROJECT.MANAGER", old_market.project)
    row = old_market.seller.get(f"{_provider(old_market)}/project_permissions/").json()[0]
    assert (row["role"], "role_name" in row) == ("manager", False)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("{provider}/projects/?field=name", ["Snow Depth", "Ice"]),
        ("{provider}/projects/?field=name&query=Ice", ["Snow Depth", "Ice"]),
        ("{provider}/projects/?field=name&backend_id=x", []),
        ("{provider}/customers/?field=name", ["Federation"]),
        ("{offering}/list_customer_projects/?field=name", ["Snow Depth", "Ice"]),
        ("{provider}/users/?field=username", ["mate"]),
        ("{provider}/users/?field=username&username=none", []),
        ("{offering}/list_customer_users/?field=username", ["mate"]),
    ],
)
def test_a_provider_sees_who_uses_it(peopled, path, names):
    offering = f"/marketplace-provider-offerings/{peopled.side.offering.uuid}"
    path = path.format(provider=_provider(peopled), offering=offering)
    assert [next(iter(row.values())) for row in peopled.seller.get(path).json()] == names
    assert peopled.buyer.get(path).status_code in {403, 404}


def test_a_provider_sees_isds_and_counts(peopled, mate):
    mate.active_isds = ("isd:a",)
    row = peopled.seller.get(f"{_provider(peopled)}/users/").json()[0]
    assert (row["active_isds"], row["projects_count"]) == (["isd:a"], 2)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["federation-on-b", "loner", "mate"]),
        ("username=mate", ["mate"]),
        ("project_role=PROJECT.ADMIN", ["mate"]),
        ("project_role=PROJECT.MEMBER&project_role=PROJECT.ADMIN", ["loner", "mate"]),
        ("organization_role=CUSTOMER.OWNER", ["federation-on-b"]),
        ("user_keyword=LON", ["loner"]),
    ],
)
def test_a_customer_reads_its_people_at_once(peopled, query, names):
    path = f"/customers/{peopled.side.customer.uuid}/users/"
    rows = peopled.buyer.get(f"{path}?{query}").json()
    assert sorted(row["username"] for row in rows) == names
    assert peopled.seller.get(path).status_code == 404


def test_a_customers_people_carry_their_projects(peopled, mate):
    rows = peopled.buyer.get(f"/customers/{peopled.side.customer.uuid}/users/").json()
    row = next(row for row in rows if row["uuid"] == mate.uuid)
    assert row["role_name"] is None
    assert [(one["name"], one["role_name"], one["expiration_time"]) for one in row["projects"]] == [
        ("Snow Depth", "PROJECT.MEMBER", None),
        ("Ice", "PROJECT.ADMIN", None),
    ]
    owner = next(row for row in rows if row["username"] == "federation-on-b")
    assert (owner["role_name"], owner["projects"]) == ("CUSTOMER.OWNER", [])
    assert "active_isds" not in row


def test_a_member_may_not_list_all_people(peopled, mate):
    client = peopled.client(mate.token)
    assert client.get(f"/customers/{peopled.side.customer.uuid}/users/").status_code == 403


def test_staff_read_all_grants_and_others_their_own(peopled, mate):
    def count(client, query=""):
        return len(client.get(f"/user-permissions/?page_size=50&{query}").json())

    staff = peopled.staff
    assert (count(staff), count(peopled.client(mate.token))) == (5, 2)
    assert count(staff, "scope_type=project") == 3
    assert count(staff, f"customer_uuid={peopled.side.customer.uuid}&scope_type=project") == 3
    assert count(staff, "role_name=PROJECT.ADMIN") == count(staff, "username=loner") == 1
    peopled.clock.advance(timedelta(hours=1))
    peopled.world.revoke(mate, "PROJECT.ADMIN", peopled.world.projects[1])
    assert (count(staff), count(staff, "show_inactive=true")) == (4, 5)
    params = {"show_inactive": "true", "modified": peopled.clock().isoformat()}
    rows = staff.get("/user-permissions/", params=params).json()
    assert [(row["role_name"], row["is_active"]) for row in rows] == [("PROJECT.ADMIN", False)]


def test_staff_end_and_revive_grants(peopled, mate):
    uuid = peopled.client(mate.token).get("/user-permissions/").json()[0]["uuid"]
    path = f"/user-permissions/{uuid}"
    assert peopled.client(mate.token).post(f"{path}/revoke/").status_code == 403
    assert peopled.buyer.post(f"{path}/revoke/").status_code == 404
    assert peopled.staff.post(f"{path}/revoke/", json={"reason": "left"}).status_code == 200
    assert peopled.staff.post(f"{path}/revoke/").status_code == 409
    row = peopled.staff.get(f"{path}/").json()
    assert (row["is_active"], row["revoke_reason"], row["revoked_by_username"]) == (False, "left", "staff-on-b")
    assert peopled.staff.post(f"{path}/restore/").status_code == 200
    assert peopled.staff.get(f"{path}/?field=is_active").json() == {"is_active": True}


@pytest.mark.parametrize(
    ("kind", "listed", "own"),
    [
        ("service", "project_service_accounts", "marketplace-project-service-accounts"),
        ("course", "course_accounts", "marketplace-course-accounts"),
    ],
)
def test_accounts_of_projects_are_listed(peopled, kind, listed, own):
    world = peopled.world
    account = world.add_project_account(peopled.project, "robot", kind=kind)
    world.add_project_account(world.projects[2], "unused", kind=kind, state="Closed")
    world.add_project_account(peopled.project, "other", kind="course" if kind == "service" else "service")
    rows = peopled.seller.get(f"{_provider(peopled)}/{listed}/?project_uuid={peopled.project.uuid}").json()
    assert [(row["username"], row["state"], row["project_uuid"]) for row in rows] == [
        ("robot", "OK", peopled.project.uuid)
    ]
    assert len(peopled.seller.get(f"{_provider(peopled)}/{listed}/").json()) == 1
    assert peopled.buyer.get(f"{_provider(peopled)}/{listed}/").status_code == 403
    assert len(peopled.buyer.get(f"/{own}/?state=Closed").json()) == 1
    assert peopled.buyer.get(f"/{own}/?state=odd").status_code == 400
    assert peopled.buyer.get(f"/{own}/{account.uuid}/").json()["username"] == "robot"
    assert peopled.seller.get(f"/{own}/{account.uuid}/").status_code == 404
