"""What the ports promise where they are asked for one thing: no more than that, also of a server that ignores the question."""

from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest
from tests.contract.conftest import open_market

from federation_adapters.waldur.members import WaldurConsumerMembers, WaldurProviderMembers
from federation_core.domain.errors import NotFound, Refused
from federation_core.domain.ids import (
    AAccountId,
    AOfferingId,
    AProjectId,
    AResourceId,
    AUserId,
    BProjectId,
    BResourceId,
    BUserId,
    Side,
)
from federation_core.domain.membership.records import BMember, RoleHeld
from federation_core.domain.observed import Complete

A_RESOURCE = AResourceId(UUID("a2a2a2a2-feda-4abc-8def-000000000001"))
ANOTHER = AResourceId(UUID("a2a2a2a2-feda-4abc-8def-000000000002"))
B_RESOURCE = BResourceId(UUID("b2b2b2b2-feda-4abc-8def-000000000001"))
NOBODY = UUID("deadbeef-feda-4abc-8def-000000000404")
MANAGER, MEMBER = "PROJECT.MANAGER", "PROJECT.MEMBER"
KINDS: dict[str, dict[str, Any]] = {
    "mounted": {"b_plans": ("Standard", "Large")},
    "served": {"b_plans": ("Standard", "Large"), "served": True},
    "2024-10": {"profile": "2024-10"},
}


@pytest.fixture(params=KINDS)
def every_market(request):
    """A server of today, mounted and over HTTP, and one of October 2024."""
    with ExitStack() as stack:
        yield open_market(stack, **KINDS[request.param])


def uid(row):
    return UUID(row.uuid)


def ids(found):
    assert isinstance(found, Complete)
    return [row.id for row in found.value]


class TestOrders:
    def test_open_orders_of_one_resource(self, every_market):
        mine, _ = every_market.order(), every_market.order()
        resource = every_market.resource_of(mine)
        port = every_market.provider_orders
        assert ids(port.list_open(resource)) == [mine]
        assert port.list_open(AResourceId(NOBODY)) == Complete(())
        assert len(port.list_open().value) == 2

    def test_an_order_that_ended_is_not_open(self, every_market):
        order = every_market.order()
        port = every_market.provider_orders
        port.approve(order)
        port.finish(order)
        assert port.list_open(every_market.resource_of(order)) == Complete(())

    def test_all_orders_of_one_resource_of_b(self, every_market):
        project = every_market.project().id
        placed, _ = every_market.place(project=project), every_market.place(project=project)
        every_market.done(placed)
        port = every_market.consumer_orders
        update = port.change_limits(placed.resource, {"gpu_hours": 600})
        assert ids(port.list_of(placed.resource)) == [placed.order, update]
        assert port.list_of(placed.resource).value[0] == port.read(placed.order)
        assert port.list_of(BResourceId(NOBODY)) == Complete(())

    def test_not_those_of_another_customer(self, market):
        side = market.pair.b
        project = market.b.add_project(market.b.add_customer("Strangers"), "x")
        theirs = market.b.place_create(
            side.staff, side.offering, project, limits={"gpu_hours": 1}, plan=side.offering.plans[0]
        )
        market.b_token = side.staff.token
        assert market.consumer_orders.list_of(BResourceId(uid(theirs.resource))) == Complete(())


class TestResources:
    @pytest.mark.parametrize("spelling", [str(B_RESOURCE), B_RESOURCE.hex])
    def test_who_is_linked_to_one_of_b(self, every_market, spelling):
        _, mine = every_market.used_on_a(backend_id=spelling)
        every_market.used_on_a(backend_id=str(NOBODY))
        every_market.used_on_a()
        port = every_market.provider_resources
        assert port.list_linked(B_RESOURCE) == Complete((port.read(mine),))

    def test_several_may_be_in_either_spelling(self, every_market):
        linked = [
            every_market.used_on_a(backend_id=text)[1] for text in (str(B_RESOURCE), B_RESOURCE.hex, str(B_RESOURCE))
        ]
        assert sorted(ids(every_market.provider_resources.list_linked(B_RESOURCE))) == sorted(linked)

    def test_not_those_of_another_offering(self, market):
        other = market.a.add_offering(market.pair.a.provider, "Another")
        market.a.add_resource(other, market.pair.a.projects[0], backend_id=str(B_RESOURCE))
        assert market.provider_resources.list_linked(B_RESOURCE) == Complete(())

    def test_which_of_b_carry_the_marks_of_one(self, every_market):
        project = every_market.project().id
        placed = every_market.place(A_RESOURCE, project=project)
        every_market.place(ANOTHER, project=project)
        every_market.place(project=project, attributes={"name": "somebody else's"})
        port = every_market.consumer_resources
        assert port.list_for(every_market.a_offering, A_RESOURCE) == Complete((port.read(placed.resource),))
        assert port.list_for(AOfferingId(NOBODY), A_RESOURCE) == Complete(())
        assert port.list_for(every_market.a_offering, AResourceId(NOBODY)) == Complete(())

    def test_what_one_of_another_offering_carries_is_not_believed(self, market):
        side = market.pair.b
        marks = {"waldur_federation_resource": A_RESOURCE.hex, "waldur_federation_offering": market.a_offering.hex}
        other = market.b.add_offering(side.provider, "Another", components=["gpu_hours"])
        market.b.add_resource(other, market.b.add_project(side.customer, "y"), attributes=marks)
        assert market.consumer_resources.list_for(market.a_offering, A_RESOURCE) == Complete(())

    def test_one_of_another_offering_is_not_found(self, every_market):
        side = every_market.pair.b
        other = every_market.b.add_offering(side.provider, "Another", components=["gpu_hours"])
        made = every_market.b.add_resource(other, every_market.b.add_project(side.customer, "y"))
        with pytest.raises(NotFound, match="another offering"):
            every_market.consumer_resources.read(BResourceId(uid(made)))

    def test_one_of_another_customer_is_not_found(self, market):
        side = market.pair.b
        made = market.b.add_resource(side.offering, market.b.add_project(market.b.add_customer("Strangers"), "x"))
        market.b_token = side.staff.token
        with pytest.raises(NotFound, match="another customer"):
            market.consumer_resources.read(BResourceId(uid(made)))


@pytest.fixture
def team(every_market):
    """Two projects of A with resources; anna in both, bert in the first."""
    world, side = every_market.a, every_market.pair.a
    ice = world.add_project(side.consumer, "Ice")
    anna, bert = world.add_user("anna"), world.add_user("bert")
    for project in (side.projects[0], ice):
        every_market.used_on_a(project=project)
        world.grant(anna, MEMBER, project)
    world.grant(bert, MANAGER, side.projects[0])
    return every_market, AProjectId(uid(side.projects[0])), AProjectId(uid(ice)), anna


def a_members(market):
    return WaldurProviderMembers(market.peer(Side.A), market.a_offering)


def b_members(market):
    return WaldurConsumerMembers(market.peer(Side.B), market.b_customer)


class TestMembersOnA:
    def test_grants_of_one_project(self, team):
        market, snow, ice, _ = team
        port = a_members(market)
        found = port.list_grants(port.provider(), project=ice)
        assert isinstance(found, Complete)
        assert [(grant.project, grant.person.username) for grant in found.value] == [(ice, "anna")]
        assert {g.person.username for g in port.list_grants(port.provider(), project=snow).value} == {"anna", "bert"}

    def test_grants_of_one_person(self, team):
        market, snow, ice, anna = team
        port = a_members(market)
        found = port.list_grants(port.provider(), person=AUserId(uid(anna)))
        assert isinstance(found, Complete)
        assert {(grant.project, grant.person.username) for grant in found.value} == {(snow, "anna"), (ice, "anna")}
        alone = port.list_grants(port.provider(), project=ice, person=AUserId(uid(anna)))
        assert [grant.project for grant in alone.value] == [ice]

    def test_grants_of_nobody(self, team):
        port = a_members(team[0])
        assert port.list_grants(port.provider(), project=AProjectId(NOBODY)) == Complete(())
        assert port.list_grants(port.provider(), person=AUserId(NOBODY)) == Complete(())

    def test_a_server_of_today_is_asked_for_no_more(self, market):
        for number in range(350):
            market.a.grant(market.a.add_user(f"p{number}"), MEMBER, market.pair.a.projects[0])
        market.used_on_a()
        ice = market.a.add_project(market.pair.a.consumer, "Ice")
        market.used_on_a(project=ice)
        port = a_members(market)
        provider = port.provider()
        market.pair.a.sandbox.requests.clear()
        port.list_grants(provider, project=AProjectId(uid(ice)))
        assert market.pair.a.sandbox.requests.total == 1

    def test_resources_of_one_project(self, team):
        market, snow, _, _ = team
        port = a_members(market)
        (found,) = port.list_holdings(snow).value
        assert found == port.holding(found.id)
        assert found.project == snow
        assert port.list_holdings(AProjectId(NOBODY)) == Complete(())
        assert len(port.list_holdings().value) == 2

    def test_one_that_is_not_visible_is_not_found(self, every_market):
        with pytest.raises(NotFound):
            a_members(every_market).holding(AResourceId(NOBODY))


class TestMembersOnB:
    @pytest.fixture
    def rooms(self, every_market):
        """Two projects of our customer on B."""
        return [every_market.b.add_project(every_market.pair.b.customer, name) for name in ("Snow", "Ice")]

    def test_resources_in_one_project(self, every_market, rooms):
        made = [every_market.b.add_resource(every_market.pair.b.offering, room, state="OK") for room in rooms]
        port = b_members(every_market)
        assert port.list_hosted(BProjectId(uid(rooms[0]))) == Complete((port.hosted(BResourceId(uid(made[0]))),))
        assert port.list_hosted(BProjectId(NOBODY)) == Complete(())
        assert len(port.list_hosted().value) == 2

    def test_one_of_another_customer_is_not_found(self, every_market):
        side = every_market.pair.b
        room = every_market.b.add_project(every_market.b.add_customer("Strangers"), "x")
        made = every_market.b.add_resource(side.offering, room)
        every_market.b_token = side.staff.token
        with pytest.raises(NotFound, match="another customer"):
            b_members(every_market).hosted(BResourceId(uid(made)))
        assert b_members(every_market).list_hosted(BProjectId(uid(room))) == Complete(())

    def test_people_of_one_project_with_their_roles_there_alone(self, every_market, rooms):
        anna, bert = every_market.b.add_user("anna", email="anna@example.org"), every_market.b.add_user("bert")
        for role in (MEMBER, MANAGER):
            every_market.b.grant(anna, role, rooms[0])
        every_market.b.grant(anna, MEMBER, rooms[1])
        every_market.b.grant(bert, MEMBER, rooms[1])
        room = BProjectId(uid(rooms[0]))
        roles = (RoleHeld(room, MEMBER), RoleHeld(room, MANAGER))
        expected = BMember(BUserId(uid(anna)), "anna", "anna@example.org", roles=roles)
        assert b_members(every_market).list_staff(room) == Complete((expected,))

    def test_as_they_are_among_all_people(self, every_market, rooms):
        for number in range(12):
            every_market.b.grant(every_market.b.add_user(f"p{number}"), MEMBER, rooms[0])
        port, room = b_members(every_market), BProjectId(uid(rooms[0]))
        everybody = {m.user: m for m in port.list_members(every_market.b_customer).value if not m.works_for_customer}
        assert {member.user: member for member in port.list_staff(room).value} == everybody

    def test_people_of_a_project_that_is_not_visible_cannot_be_listed(self, every_market):
        room = every_market.b.add_project(every_market.b.add_customer("Strangers"), "x")
        with pytest.raises(Refused):
            b_members(every_market).list_staff(BProjectId(uid(room)))


class TestAccounts:
    def test_those_of_one_person_and_those_with_one_name_on_a(self, every_market):
        side = every_market.pair.a
        made = {name: every_market.a.add_user(f"{name}@isd") for name in ("heidi", "peter", "klara")}
        mine = every_market.a.add_offering_user(side.offering, made["heidi"], "old")
        namesake = every_market.a.add_offering_user(side.offering, made["peter"], "glac")
        every_market.a.add_offering_user(side.offering, made["klara"], "else")
        port = every_market.provider_accounts
        found = port.list_like("HEIDI@isd", "glac")
        assert sorted(ids(found)) == sorted([uid(mine), uid(namesake)])
        assert port.list_like("nobody", "none") == Complete(())

    def test_one_that_is_both_is_one(self, every_market):
        side = every_market.pair.a
        made = every_market.a.add_offering_user(side.offering, side.orderer, "glac")
        port = every_market.provider_accounts
        found = port.list_like(side.orderer.username, "glac")
        assert found == Complete((port.read(AAccountId(uid(made))),))

    def test_one_shows_whose_it_is(self, every_market):
        side = every_market.pair.a
        made = every_market.a.add_offering_user(side.offering, side.orderer)
        read = every_market.provider_accounts.read(AAccountId(uid(made)))
        assert (read.person, read.user) == (side.orderer.username, uid(side.orderer))

    def test_those_of_one_person_on_b(self, every_market):
        side = every_market.pair.b
        made = every_market.b.add_offering_user(side.offering, side.consumer_user, "heidi")
        every_market.b.add_offering_user(side.offering, side.staff, "root")
        every_market.b_token = side.staff.token
        port = every_market.consumer_accounts
        found = port.list_of(side.consumer_user.username.upper())
        assert found == Complete((port.read(uid(made)),))
        assert found.value[0].name == "heidi"
        assert port.list_of("nobody") == Complete(())

    @pytest.mark.parametrize("name", ["provider_accounts", "consumer_accounts"])
    def test_one_that_is_not_visible_is_not_found(self, every_market, name):
        with pytest.raises(NotFound):
            getattr(every_market, name).read(AAccountId(NOBODY))
