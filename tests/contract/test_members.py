"""What every `ProviderMembers` and `ConsumerMembers` promises."""

from datetime import timedelta
from uuid import UUID

import pytest

from federation_adapters.waldur.members import WaldurConsumerMembers, WaldurProviderMembers
from federation_core.domain.errors import Forbidden, Invalid, Refused, ServerFault
from federation_core.domain.ids import AOfferingId, AProjectId, AResourceId, BProjectId, BUserId, Side
from federation_core.domain.membership.records import AGrant, BMember, Holding, Hosted, Made, RoleHeld
from federation_core.domain.membership.scene import Machines
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.people import APerson

MANAGER, MEMBER = "PROJECT.MANAGER", "PROJECT.MEMBER"


def uid(row):
    return UUID(row.uuid)


def a_port(market):
    return WaldurProviderMembers(market.peer(Side.A), market.a_offering)


def b_port(market):
    return WaldurConsumerMembers(market.peer(Side.B), market.b_customer)


@pytest.fixture
def hosting(market):
    """A's only project has a resource of the offering."""
    market.used_on_a()
    return market


@pytest.fixture
def room(market):
    """A project of our customer on B."""
    return market.b.add_project(market.pair.b.customer, "Snow")


class TestProvider:
    def test_is_a_customer_with_two_uuids(self, either_market):
        provider = a_port(either_market).provider()
        assert provider.customer == uid(either_market.pair.a.provider)
        assert provider.id != provider.customer

    def test_is_asked_for_once(self, market):
        port = a_port(market)
        assert port.provider() is port.provider()

    def test_of_an_offering_that_is_not_ours_is_not_found(self, market):
        with pytest.raises(Refused):
            WaldurProviderMembers(market.peer(Side.A), AOfferingId(UUID(int=404))).provider()


class TestGrantsOnA:
    def test_are_listed_with_person_role_and_end(self, hosting):
        world, project = hosting.a, hosting.pair.a.projects[0]
        anna = world.add_user("anna@idp", email="anna@example.org")
        until = hosting.clock() + timedelta(days=3)
        world.grant(anna, MANAGER, project, expiration_time=until)
        port = a_port(hosting)
        person = APerson(uid(anna), "anna@idp", "anna@example.org")
        expected = AGrant(AProjectId(uid(project)), person, MANAGER, until, project.name)
        assert port.list_grants(port.provider()) == Complete((expected,))

    def test_of_old_servers_have_their_full_names_too(self, old_market):
        old_market.used_on_a()
        for role in (MANAGER, MEMBER, "PROJECT.ADMIN"):
            old_market.a.grant(old_market.a.add_user(role.lower()), role, old_market.pair.a.projects[0])
        port = a_port(old_market)
        assert {grant.role for grant in port.list_grants(port.provider()).value} == {MANAGER, MEMBER, "PROJECT.ADMIN"}

    def test_are_listed_over_all_pages(self, hosting):
        for number in range(350):
            hosting.a.grant(hosting.a.add_user(f"p{number}"), MEMBER, hosting.pair.a.projects[0])
        port = a_port(hosting)
        found = port.list_grants(port.provider())
        assert isinstance(found, Complete)
        assert len({grant.person.id for grant in found.value}) == 350

    def test_need_our_role(self, hosting):
        port = a_port(hosting)
        provider = port.provider()
        side = hosting.pair.a
        hosting.a.revoke(side.provider_user, "CUSTOMER.OWNER", side.provider)
        with pytest.raises(Refused):
            port.list_grants(provider)

    def test_are_not_listed_for_projects_without_a_resource(self, market):
        market.a.grant(market.a.add_user("anna"), MEMBER, market.pair.a.projects[0])
        port = a_port(market)
        assert port.list_grants(port.provider()) == Complete(())


def test_holdings_show_their_project_link_and_restriction(hosting):
    resource = hosting.a.resources[0]
    hosting.a.edit(resource, restrict_member_access=True, backend_id="b-1")
    project = hosting.pair.a.projects[0]
    (holding,) = a_port(hosting).list_holdings().value
    assert holding == Holding(AResourceId(uid(resource)), AProjectId(uid(project)), "OK", "b-1", is_restricted=True)


class TestMachines:
    def test_of_a_are_known_by_name_and_user(self, hosting):
        project = hosting.pair.a.projects[0]
        course = hosting.a.add_user("course-1")
        hosting.a.add_project_account(project, "robot", kind="service")
        hosting.a.add_project_account(project, "course-1", kind="course", user=course)
        hosting.a.set_permissions(
            "CUSTOMER.OWNER",
            ["SERVICE_PROVIDER.LIST_SERVICE_ACCOUNTS", "SERVICE_PROVIDER.LIST_COURSE_ACCOUNTS"],
        )
        port = a_port(hosting)
        found = port.list_machines(port.provider())
        assert found == Complete(Machines(frozenset({"robot", "course-1"}), a_users=frozenset({uid(course)})))

    def test_of_b_are_known_by_name_and_user(self, market, room):
        course = market.b.add_user("course-1")
        market.b.add_project_account(room, "robot", kind="service")
        market.b.add_project_account(room, "course-1", kind="course", user=course)
        found = b_port(market).list_machines()
        assert found == Complete(Machines(frozenset({"robot", "course-1"}), b_users=frozenset({uid(course)})))

    def test_are_none_on_old_servers(self, old_market):
        port = a_port(old_market)
        assert port.list_machines(port.provider()) == Complete(Machines())
        assert b_port(old_market).list_machines() == Complete(Machines())


class TestMembersOnB:
    def test_are_listed_once_with_all_their_roles(self, market, room):
        anna = market.b.add_user("anna", email="anna@example.org")
        until = market.clock() + timedelta(days=3)
        market.b.grant(anna, MEMBER, room)
        market.b.grant(anna, MANAGER, room, expiration_time=until)
        found = {member.user: member for member in b_port(market).list_members(market.b_customer).value}
        project = BProjectId(uid(room))
        roles = (RoleHeld(project, MEMBER), RoleHeld(project, MANAGER, until))
        assert found[uid(anna)] == BMember(BUserId(uid(anna)), "anna", "anna@example.org", roles=roles)

    def test_who_work_for_the_customer_are_marked(self, either_market):
        (owner,) = b_port(either_market).list_members(either_market.b_customer).value
        assert (owner.works_for_customer, owner.roles) == (True, ())

    def test_are_listed_over_all_pages(self, market, room):
        for number in range(350):
            market.b.grant(market.b.add_user(f"p{number}"), MEMBER, room)
        found = b_port(market).list_members(market.b_customer)
        assert isinstance(found, Complete)
        assert len(found.value) == 351

    def test_cannot_be_listed_without_our_role(self, market):
        side = market.pair.b
        market.b.revoke(side.consumer_user, "CUSTOMER.OWNER", side.customer)
        with pytest.raises(Refused):
            b_port(market).list_members(market.b_customer)


def test_hosted_resources_are_those_of_the_customer_in_every_offering(market, room):
    other = market.b.add_offering(market.pair.b.provider, "Another")
    made = [market.b.add_resource(offering, room, state="OK") for offering in (market.pair.b.offering, other)]
    elsewhere = market.b.add_project(market.b.add_customer("Strangers"), "theirs")
    market.b.add_resource(market.pair.b.offering, elsewhere, state="OK")
    market.b_token = market.pair.b.staff.token
    found = b_port(market).list_hosted().value
    assert set(found) == {Hosted(uid(row), uid(room), uid(row.offering), "OK") for row in made}


class TestChanges:
    @pytest.fixture
    def anna(self, market):
        return market.b.add_user("anna")

    def test_a_role_that_was_given_is_ours(self, either_market):
        market = either_market
        room = market.b.add_project(market.pair.b.customer, "Snow")
        anna = market.b.add_user("anna")
        port, project, user = b_port(market), BProjectId(uid(room)), BUserId(uid(anna))
        until = market.clock() + timedelta(days=3)
        port.grant(project, user, MEMBER, until)
        assert port.makers_of(project) == Complete((Made(user, MEMBER, uid(market.pair.b.consumer_user)),))
        (role,) = next(m for m in port.list_members(market.b_customer).value if m.user == user).roles
        assert role == RoleHeld(project, MEMBER, until)

    def test_giving_it_again_changes_nothing(self, market, room, anna):
        port = b_port(market)
        for _ in range(2):
            port.grant(uid(room), uid(anna), MEMBER, None)
        assert len(market.b.grants_on(room)) == 1

    @pytest.mark.parametrize("days", [3, None])
    def test_an_end_is_changed_in_place(self, market, room, anna, days):
        port = b_port(market)
        port.grant(uid(room), uid(anna), MEMBER, market.clock() + timedelta(days=9))
        until = None if days is None else market.clock() + timedelta(days=days)
        port.change(uid(room), uid(anna), MEMBER, until)
        assert [grant.expiration_time for grant in market.b.grants_on(room)] == [until]

    def test_changing_what_is_not_held_is_the_server_s_fault(self, market, room, anna):
        with pytest.raises(ServerFault):
            b_port(market).change(uid(room), uid(anna), MEMBER, None)

    def test_a_role_is_taken_and_taking_it_again_is_fine(self, market, room, anna):
        port = b_port(market)
        port.grant(uid(room), uid(anna), MEMBER, None)
        for _ in range(2):
            port.revoke(uid(room), uid(anna), MEMBER)
        assert market.b.grants_on(room) == ()

    def test_an_account_that_is_not_there_is_named_as_such(self, market, room):
        with pytest.raises(Invalid) as caught:
            b_port(market).grant(uid(room), BUserId(UUID(int=404)), MEMBER, None)
        assert caught.value.fields == ("user",)

    def test_a_role_that_is_not_there_is_refused(self, market, room, anna):
        with pytest.raises(Invalid) as caught:
            b_port(market).grant(uid(room), uid(anna), "PROJECT.NOBODY", None)
        assert caught.value.fields == ("role",)

    def test_a_past_end_is_refused(self, market, room, anna):
        with pytest.raises(Invalid):
            b_port(market).grant(uid(room), uid(anna), MEMBER, market.clock() - timedelta(days=1))

    def test_who_may_not_gives_nothing(self, market, room, anna):
        market.b.set_permissions("CUSTOMER.OWNER", ["CUSTOMER.LIST_USERS"])
        with pytest.raises(Forbidden):
            b_port(market).grant(uid(room), uid(anna), MEMBER, None)

    def test_who_gave_a_role_is_nobody_where_that_is_not_told(self, market, room, anna):
        market.b.grant(anna, MEMBER, room)
        assert b_port(market).makers_of(uid(room)) == Complete((Made(uid(anna), MEMBER, None),))


def test_a_grant_that_is_listed_twice_hides_another(hosting):
    """Rows have no UUID there, so one that moved from page to page would pass for two."""
    port = a_port(hosting)
    provider = port.provider()
    anna = hosting.a.add_user("anna")
    for _ in range(2):
        hosting.a.grant(anna, MEMBER, hosting.pair.a.projects[0])
    found = port.list_grants(provider)
    assert isinstance(found, Incomplete)
    assert "changed while it was read" in found.reason
