import pytest


@pytest.fixture
def crowd(market):
    """Four people: two in the project, one deactivated member, one stranger."""
    world = market.world
    anna = world.add_user("anna", full_name="Anna Able", email="anna@uni.org", profile={"organization": "Uni"})
    bo = world.add_user("bo", full_name="Bo Box", active_isds=("isd:a",), registration_method="isd:a")
    gone = world.add_user("gone", is_active=False)
    world.add_user("stranger", profile={"civil_number": "77"})
    world.grant(anna, "PROJECT.MEMBER", market.project)
    world.grant(bo, "PROJECT.ADMIN", market.project)
    world.grant(gone, "PROJECT.MEMBER", market.project)
    return market


def _names(client, query=""):
    return [row["username"] for row in client.get(f"/users/?page_size=50&field=username&{query}").json()]


def test_people_see_living_colleagues_and_staff_see_all(crowd):
    assert _names(crowd.buyer) == ["anna", "bo", "federation-on-b"]
    assert len(_names(crowd.staff)) == 7
    assert crowd.buyer.get(f"/users/{crowd.world.user('gone').uuid}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("username=anna", ["anna"]),
        ("username=ann", []),
        ("username_list=anna,bo,none", ["anna", "bo"]),
        ("email=UNI.org", ["anna"]),
        ("full_name=box", ["bo"]),
        ("query=77", ["stranger"]),
        ("user_keyword=able", ["anna"]),
        ("civil_number=77", ["stranger"]),
        ("civil_number=7", []),
        ("organization=uni", ["anna"]),
        ("registration_method=isd:a", ["bo"]),
        ("is_active=false", ["gone"]),
        ("is_staff=true", ["staff-on-b"]),
        ("project_uuid={project}", ["anna", "bo", "gone"]),
        ("customer_uuid={customer}&o=-username", ["gone", "federation-on-b", "bo", "anna"]),
        ("project_roles=PROJECT.ADMIN", ["bo"]),
        ("organization_roles=CUSTOMER.OWNER", ["federation-on-b", "operator-on-b"]),
        ("job_title=x&is_support=false&is_active=false", ["gone"]),
    ],
)
def test_users_are_narrowed(crowd, query, names):
    query = query.format(project=crowd.project.uuid, customer=crowd.side.customer.uuid)
    assert _names(crowd.staff, query) == names


def test_some_keys_are_for_few(crowd):
    bo = crowd.world.user("bo")
    own, staff_only = {"active_isds", "managed_isds", "is_identity_manager"}, {"attribute_sources"}
    path = f"/users/{bo.uuid}/"
    seen = {who: set(client.get(path).json()) for who, client in (
        ("mate", crowd.buyer), ("self", crowd.client(bo.token)), ("staff", crowd.staff),
    )}  # fmt: skip
    assert not (own | staff_only) & seen["mate"]
    assert own <= seen["self"]
    assert not staff_only & seen["self"]
    assert own | staff_only <= seen["staff"]
    row = crowd.buyer.get(path).json()
    assert (row["registration_method"], row["affiliations"], row["civil_number"]) == ("isd:a", [], None)
