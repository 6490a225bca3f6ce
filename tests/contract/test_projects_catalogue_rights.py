"""What every `ConsumerProjects`, `Catalogue`, `Rights` and `PeerClock` promises."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from federation_adapters.sandbox import ComponentSpec
from federation_core.domain.errors import Forbidden, Invalid, NotFound, Refused
from federation_core.domain.ids import ACustomerId, AProjectId, BOfferingId, Side
from federation_core.domain.observed import Complete
from federation_core.domain.projects.backend_id import ProjectKey, parse_key
from federation_core.domain.records import AProject
from federation_core.domain.standing import blind_to
from federation_core.domain.units import BillingType

CUSTOMER = ACustomerId(UUID("a4a4a4a4-feda-4abc-8def-000000000001"))
PROJECT = AProjectId(UUID("a3a3a3a3-feda-4abc-8def-000000000001"))
KEY = ProjectKey(CUSTOMER, PROJECT)


def snow(**changes):
    return AProject(**{"id": PROJECT, "customer": CUSTOMER, "name": "Snow depth", "description": "Glaciers", **changes})


class TestProjects:
    def test_what_was_made_is_listed_with_its_key(self, either_market):
        made = either_market.projects.create(snow(), KEY)
        assert either_market.projects.list_all() == Complete((made,))
        assert (made.name, parse_key(made.backend_id), made.customer) == ("Snow depth", KEY, either_market.b_customer)

    def test_the_key_is_written_dashed_and_no_slug_is_sent(self, market):
        market.projects.create(snow(), KEY)
        (project,) = market.b.projects
        assert project.backend_id == f"{CUSTOMER}_{PROJECT}"
        assert project.description == "Glaciers"
        assert set(market.writes(Side.B)[-1].body) == {"name", "description", "customer", "backend_id"}

    @pytest.mark.parametrize(("name", "kept"), [("x" * 500, 500), ("x" * 501, 500), ("", 73)])
    def test_every_name_fits(self, market, name, kept):
        assert len(market.projects.create(snow(name=name), KEY).name) == kept

    def test_b_keeps_two_projects_of_one_key_apart(self, market):
        twins = [market.projects.create(snow(), KEY) for _ in range(2)]
        assert market.projects.list_all() == Complete(tuple(twins))

    def test_projects_of_other_customers_are_not_listed(self, market):
        market.b.add_project(market.b.add_customer("Strangers"), "theirs", backend_id=f"{CUSTOMER}_{PROJECT}")
        market.b_token = market.pair.b.staff.token
        assert market.projects.list_all() == Complete(())

    def test_a_project_without_a_key_is_listed_too(self, market):
        market.b.add_project(market.pair.b.customer, "by hand")
        assert [(found.name, found.backend_id) for found in market.projects.list_all().value] == [("by hand", "")]

    def test_somebody_without_rights_makes_none(self, market):
        market.b_token = market.b.add_user("stranger").token
        with pytest.raises((Forbidden, Invalid)):
            market.projects.create(snow(), KEY)
        assert market.b.projects == ()


class TestCatalogue:
    def test_the_offering_shows_state_components_and_plans(self, either_market):
        offering = either_market.catalogue.read()
        assert (offering.id, offering.name, offering.state) == (either_market.b_offering, "HPC on B", "Active")
        assert offering.components == {"gpu_hours": BillingType.LIMIT, "storage_gb_hours": BillingType.LIMIT}
        assert [(plan.name, plan.active) for plan in offering.plans] == [("Standard", True), ("Large", True)]

    @pytest.mark.parametrize("state", ["Paused", "Archived"])
    def test_a_state_is_the_servers_word(self, market, state):
        market.b.edit(market.pair.b.offering, state=state)
        market.b_token = market.pair.b.staff.token
        assert market.catalogue.read().state == state

    def test_a_plan_that_was_archived_is_not_active(self, market):
        market.pair.b.offering.plans[0].archived = True
        assert {plan.name: plan.active for plan in market.catalogue.read().plans}.get("Standard", False) is False

    @pytest.mark.parametrize(
        ("billing", "read"), [("usage", BillingType.USAGE), ("one", BillingType.ONE), ("later", BillingType.OTHER)]
    )
    def test_how_a_component_is_billed_is_read_and_a_new_way_takes_no_limits(self, market, billing, read):
        side = market.pair.b
        made = market.b.add_offering(side.provider, "Another", components=[ComponentSpec("fuel", billing)])
        port = type(market.catalogue)(market.peer(Side.B), BOfferingId(UUID(made.uuid)))
        assert port.read().components == {"fuel": read}

    def test_an_offering_that_is_not_there_is_not_found(self, market):
        port = type(market.catalogue)(market.peer(Side.B), BOfferingId(PROJECT))
        with pytest.raises(NotFound):
            port.read()


class TestRights:
    def test_an_owner_sees_its_customer(self, either_market):
        standing = either_market.rights.read()
        assert not blind_to(Complete(standing), either_market.b_customer)
        assert standing.user == UUID(either_market.pair.b.consumer_user.uuid)
        assert {(role.name, role.scope_type) for role in standing.roles} == {("CUSTOMER.OWNER", "customer")}

    def test_a_role_that_was_taken_away_is_gone(self, market):
        side = market.pair.b
        market.b.revoke(side.consumer_user, "CUSTOMER.OWNER", side.customer)
        assert "target_customer_uuid" in blind_to(Complete(market.rights.read()), market.b_customer)

    def test_a_role_on_another_customer_does_not_count(self, market):
        market.b_token = market.pair.b.provider_user.token
        assert "target_customer_uuid" in blind_to(Complete(market.rights.read()), market.b_customer)

    def test_staff_see_everything(self, market):
        market.b_token = market.pair.b.staff.token
        assert market.rights.read().is_staff
        assert not blind_to(Complete(market.rights.read()), market.b_customer)

    def test_a_wrong_token_is_refused(self, market):
        market.b_token = "f" * 40
        with pytest.raises(Refused) as caught:
            market.rights.read()
        assert caught.value.status == 401


class TestClock:
    def test_before_any_answer_it_is_our_own(self, market):
        _, clock = market.clock_of(Side.B)
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)

    def test_the_time_has_a_zone_and_never_runs_back(self, either_market):
        peer, clock = either_market.clock_of(Side.B)
        seen = [clock.now()]
        for _ in range(3):
            peer.http.call("user.me", "GET", "/api/users/me/")
            seen.append(clock.now())
        assert all(moment.tzinfo is not None for moment in seen)
        assert seen[1:] == sorted(seen[1:])
