"""What the ports promise about fields: limits, dates, ids and states of resources, profiles of projects, accounts of people."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from federation_core.domain.errors import Forbidden, Invalid, NotFound, Unsupported
from federation_core.domain.ids import AAccountId, AProjectId, AResourceId, BProjectId, Side
from federation_core.domain.observed import Complete
from federation_core.domain.plan.actions.fields import ProjectField
from federation_core.domain.records import ProjectProfile
from federation_core.domain.units import AComponent

NOBODY = UUID("deadbeef-feda-4abc-8def-000000000404")
DAY = date(2028, 2, 29)
NODE = AComponent("node_hours")


class TestProviderResources:
    def test_limits_are_replaced_whole(self, either_market):
        _, resource = either_market.used_on_a(limits={"node_hours": 100})
        port = either_market.provider_resources
        port.set_limits(resource, {NODE: Fraction(80)})
        assert port.read(resource).limits == {NODE: Fraction(80)}

    def test_limits_that_are_not_whole_are_numbers_too(self, market):
        _, resource = market.used_on_a(limits={"node_hours": 100})
        market.provider_resources.set_limits(resource, {NODE: Fraction(1, 2)})
        assert market.provider_resources.read(resource).limits == {NODE: Fraction(1, 2)}
        assert market.writes(Side.A)[-1].body == {"limits": {"node_hours": 0.5}}

    def test_a_component_that_a_does_not_know_is_refused(self, market):
        _, resource = market.used_on_a(limits={"node_hours": 100})
        with pytest.raises(Invalid):
            market.provider_resources.set_limits(resource, {AComponent("fuel"): Fraction(1)})

    def test_an_effective_id_is_stored_and_read_back(self, either_market):
        _, resource = either_market.used_on_a()
        port = either_market.provider_resources
        assert port.read(resource).effective_id == ""
        port.set_effective_id(resource, "GLAC_snow-depth")
        assert port.read(resource).effective_id == "GLAC_snow-depth"
        assert port.list_all().value[0].effective_id == "GLAC_snow-depth"

    def test_an_end_date_is_set_and_cleared_and_says_when(self, either_market):
        _, resource = either_market.used_on_a()
        port = either_market.provider_resources
        assert (port.read(resource).end_date, port.read(resource).end_dated_at) == (None, None)
        port.set_end_date(resource, DAY)
        assert (port.read(resource).end_date, port.read(resource).end_dated_at) == (DAY, either_market.clock())
        either_market.clock.advance(timedelta(hours=1))
        port.set_end_date(resource, None)
        assert (port.read(resource).end_date, port.read(resource).end_dated_at) == (None, either_market.clock())

    def test_a_state_goes_to_erred_and_back(self, either_market):
        made, resource = either_market.used_on_a()
        port = either_market.provider_resources
        port.mark_erred(resource, "disk full")
        assert (port.read(resource).state, made.error_message) == ("Erred", "disk full")
        port.mark_ok(resource)
        assert (port.read(resource).state, made.error_message) == ("OK", "")

    def test_flags_are_shown(self, market):
        made, resource = market.used_on_a()
        market.a.edit(made, paused=True)
        read = market.provider_resources.read(resource)
        assert (read.paused, read.downscaled) == (True, False)

    @pytest.mark.parametrize(
        "call",
        [
            lambda port: port.set_limits(AResourceId(NOBODY), {NODE: Fraction(1)}),
            lambda port: port.set_effective_id(AResourceId(NOBODY), "x"),
            lambda port: port.set_end_date(AResourceId(NOBODY), DAY),
            lambda port: port.mark_ok(AResourceId(NOBODY)),
            lambda port: port.mark_erred(AResourceId(NOBODY), "x"),
        ],
    )
    def test_what_is_not_visible_is_not_found(self, market, call):
        with pytest.raises(NotFound):
            call(market.provider_resources)

    @pytest.mark.parametrize(
        "call",
        [
            lambda port, resource: port.set_limits(resource, {NODE: Fraction(1)}),
            lambda port, resource: port.set_effective_id(resource, "x"),
            lambda port, resource: port.mark_ok(resource),
        ],
    )
    def test_an_older_server_does_not_know_these_calls_and_says_so(self, old_market, call):
        _, resource = old_market.used_on_a(limits={"node_hours": 100})
        with pytest.raises(Unsupported):
            call(old_market.provider_resources, resource)


class TestConsumerResources:
    def test_an_end_date_is_set_and_cleared_and_says_when(self, either_market):
        resource = either_market.living()
        port = either_market.consumer_resources
        port.set_end_date(resource, DAY)
        read = port.read(resource)
        assert (read.end_date, read.end_dated_at) == (DAY, either_market.clock())
        assert port.list_all().value[0] == read
        port.set_end_date(resource, None)
        assert port.read(resource).end_date is None

    def test_what_its_providers_call_it_is_shown(self, market):
        resource = market.living()
        made = market.b.resource(resource.hex)
        market.b.edit(made, backend_id="c07d", effective_id="GLAC_snow", paused=True)
        read = market.consumer_resources.read(resource)
        assert (read.backend_id, read.effective_id, read.paused) == ("c07d", "GLAC_snow", True)


class TestOpenOrders:
    def test_orders_that_wait_are_open_and_those_that_ended_are_not(self, either_market):
        placed = either_market.place()
        assert [order.id for order in either_market.consumer_orders.list_open().value] == [placed.order]
        either_market.done(placed)
        assert either_market.consumer_orders.list_open() == Complete(())

    def test_an_order_for_new_limits_is_open_too(self, market):
        resource = market.living()
        order = market.consumer_orders.change_limits(resource, {"gpu_hours": 600})
        (found,) = market.consumer_orders.list_open().value
        assert (found.id, found.resource) == (order, resource)

    def test_an_older_server_knows_the_states_asked_for(self, old_market):
        placed = old_market.place()
        assert [order.id for order in old_market.consumer_orders.list_open().value] == [placed.order]


class TestProviderProjects:
    def test_projects_with_resources_are_listed_with_their_profiles(self, either_market):
        project = either_market.pair.a.projects[0]
        either_market.used_on_a()
        either_market.a.edit(project, description="Glaciers", oecd_fos_2007_code="1.5", is_industry=True, end_date=DAY)
        (found,) = either_market.provider_projects.list_all().value
        assert (found.id.hex, found.customer.hex, found.name) == (project.uuid, project.customer.uuid, project.name)
        assert found.profile == ProjectProfile(
            description="Glaciers", end_date=DAY, end_dated_at=None, oecd_code="1.5", is_industry=True
        )

    def test_a_project_without_resources_is_not_listed(self, market):
        assert market.provider_projects.list_all() == Complete(())

    def test_who_the_provider_is_is_asked_once(self, market):
        market.used_on_a()
        port = market.provider_projects
        port.list_all()
        market.pair.a.sandbox.requests.clear()
        port.list_all()
        assert market.pair.a.sandbox.requests.total == 1

    def test_a_provider_that_is_none_is_not_found(self, market):
        market.a.edit(market.pair.a.offering.customer, service_provider_uuid="")
        with pytest.raises(NotFound, match="no service provider"):
            market.provider_projects.list_all()

    def test_an_end_date_is_set_by_who_may(self, market):
        project = market.pair.a.projects[0]
        with pytest.raises((Forbidden, NotFound)):
            market.provider_projects.set_end_date(AProjectId(UUID(project.uuid)), DAY)
        market.a_token = market.pair.a.staff.token
        market.provider_projects.set_end_date(AProjectId(UUID(project.uuid)), DAY)
        assert project.end_date == DAY


class TestConsumerProjects:
    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [
            (ProjectField.DESCRIPTION, "Ice", {"description": "Ice"}),
            (ProjectField.OECD_CODE, "1.5", {"oecd_code": "1.5"}),
            (ProjectField.IS_INDUSTRY, True, {"is_industry": True}),
            (ProjectField.END_DATE, DAY, {"end_date": DAY}),
        ],
    )
    def test_a_field_is_changed_and_shown_and_the_others_stay(self, either_market, field, value, shown):
        made = either_market.project()
        changed = either_market.projects.change(made.id, field, value)
        for name, expected in shown.items():
            assert getattr(changed.profile, name) == expected
        assert either_market.projects.list_all() == Complete((changed,))
        assert (changed.name, changed.backend_id) == (made.name, made.backend_id)

    def test_an_end_date_says_when_and_can_be_cleared(self, market):
        made = market.project()
        changed = market.projects.change(made.id, ProjectField.END_DATE, DAY)
        assert changed.profile.end_dated_at == market.clock()
        assert market.projects.change(made.id, ProjectField.END_DATE, None).profile.end_date is None

    def test_a_day_that_is_over_is_refused(self, market):
        with pytest.raises(Invalid):
            market.projects.change(market.project().id, ProjectField.END_DATE, date(2020, 1, 1))

    def test_a_description_comes_back_cleaned(self, market):
        changed = market.projects.change(
            market.project().id, ProjectField.DESCRIPTION, "<p>Snow & ice</p><script>evil()</script>"
        )
        assert changed.profile.description == "<p>Snow &amp; ice</p>"

    def test_a_sub_domain_is_found_by_code_and_set_by_uuid(self, either_market):
        made = either_market.b.add_sub_domain("1.5", "Geology")
        (found,) = (row for row in either_market.projects.sub_domains().value if row.code == "1.5")
        assert found.id.hex == made.uuid
        changed = either_market.projects.change(either_market.project().id, ProjectField.SUB_DOMAIN, found.id)
        assert changed.profile.sub_domain == "1.5"

    def test_what_is_not_visible_is_not_found(self, market):
        with pytest.raises(NotFound):
            market.projects.change(BProjectId(NOBODY), ProjectField.IS_INDUSTRY, value=True)


class TestAccounts:
    def test_accounts_are_listed_with_person_name_and_state(self, either_market):
        side = either_market.pair.a
        made = either_market.a.add_offering_user(side.offering, side.orderer)
        (found,) = either_market.provider_accounts.list_all().value
        assert (found.id.hex, found.person, found.name) == (made.uuid, side.orderer.username, "")
        assert (found.state, found.is_restricted) == (made.state, False)

    def test_a_name_makes_an_account_ok(self, either_market):
        side = either_market.pair.a
        made = either_market.a.add_offering_user(side.offering, side.orderer)
        port = either_market.provider_accounts
        port.rename(AAccountId(UUID(made.uuid)), "glac-heidi")
        (found,) = port.list_all().value
        assert (found.name, found.state) == ("glac-heidi", "OK")

    def test_what_is_not_visible_is_not_found(self, market):
        with pytest.raises(NotFound):
            market.provider_accounts.rename(AAccountId(NOBODY), "x")

    def test_bs_accounts_of_our_people_are_listed(self, either_market):
        side = either_market.pair.b
        either_market.b.add_offering_user(side.offering, side.consumer_user, "heidi")
        (found,) = either_market.consumer_accounts.list_all().value
        assert (found.person, found.name, found.state) == (side.consumer_user.username, "heidi", "OK")
