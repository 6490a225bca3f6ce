"""What every `ProviderResources` and `ConsumerResources` promises."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from federation_core.domain.errors import NotFound, Unsupported
from federation_core.domain.ids import AOfferingId, AResourceId, BResourceId, Side, parse_uuid
from federation_core.domain.observed import Complete

B_RESOURCE = BResourceId(UUID("b2b2b2b2-feda-4abc-8def-000000000001"))
A_RESOURCE = AResourceId(UUID("a2a2a2a2-feda-4abc-8def-000000000001"))
NOBODY = UUID("deadbeef-feda-4abc-8def-000000000404")


class TestProvider:
    def test_a_resource_is_listed_as_it_is_read(self, either_market):
        order = either_market.order(name="climate", limits={"node_hours": 12})
        resource = either_market.resource_of(order)
        either_market.a.edit(either_market.on_a(order).resource, end_date=date(2028, 2, 29))
        port = either_market.provider_resources
        read = port.read(resource)
        assert (read.id, read.name, read.state, read.backend_id) == (resource, "climate", "Creating", "")
        assert (read.limits, read.end_date) == ({"node_hours": Fraction(12)}, date(2028, 2, 29))
        assert port.list_all() == Complete((read,))

    def test_terminated_resources_stay_listed(self, market):
        made = market.a.add_resource(market.pair.a.offering, market.pair.a.projects[0], state="Terminated")
        seen = market.provider_resources.list_all()
        assert [(found.id.hex, found.state) for found in seen.value] == [(made.uuid, "Terminated")]

    def test_a_link_is_written_dashed_and_read_back(self, either_market):
        order = either_market.order()
        resource = either_market.resource_of(order)
        either_market.provider_resources.link(resource, B_RESOURCE)
        assert either_market.on_a(order).resource.backend_id == "b2b2b2b2-feda-4abc-8def-000000000001"
        assert either_market.provider_resources.read(resource).backend_id == str(B_RESOURCE)

    @pytest.mark.parametrize("spelling", [B_RESOURCE.hex, str(B_RESOURCE), str(B_RESOURCE).upper()])
    def test_a_link_in_either_spelling_names_the_same_resource(self, market, spelling):
        made = market.a.add_resource(market.pair.a.offering, market.pair.a.projects[0], backend_id=spelling)
        read = market.provider_resources.read(AResourceId(UUID(made.uuid)))
        assert parse_uuid(read.backend_id) == B_RESOURCE

    def test_two_resources_may_share_one_backend_id_and_both_are_shown(self, market):
        for _ in range(2):
            market.a.add_resource(market.pair.a.offering, market.pair.a.projects[0], backend_id=str(B_RESOURCE))
        assert [found.backend_id for found in market.provider_resources.list_all().value] == [str(B_RESOURCE)] * 2

    def test_a_backend_id_of_the_greatest_length_is_read_whole(self, market):
        made = market.a.add_resource(market.pair.a.offering, market.pair.a.projects[0], backend_id="x" * 255)
        assert market.provider_resources.read(AResourceId(UUID(made.uuid))).backend_id == "x" * 255

    def test_a_stamp_sets_the_time_of_as_clock(self, market):
        resource = market.resource_of(market.order())
        market.clock.advance(timedelta(hours=3))
        market.provider_resources.stamp(resource)
        assert market.provider_resources.read(resource).last_sync == market.clock()

    def test_an_older_server_cannot_stamp_and_says_so(self, old_market):
        with pytest.raises(Unsupported):
            old_market.provider_resources.stamp(old_market.resource_of(old_market.order()))

    @pytest.mark.parametrize(
        "call", [lambda p: p.read(AResourceId(NOBODY)), lambda p: p.link(AResourceId(NOBODY), B_RESOURCE)]
    )
    def test_what_is_not_visible_is_not_found(self, market, call):
        with pytest.raises(NotFound):
            call(market.provider_resources)


class TestConsumer:
    def test_what_was_ordered_with_marks_is_found_by_them(self, either_market):
        placed = either_market.place(A_RESOURCE)
        seen = either_market.consumer_resources.list_marked(either_market.a_offering, either_market.clock().date())
        assert isinstance(seen, Complete)
        (found,) = seen.value
        assert (found.id, found.for_resource) == (placed.resource, A_RESOURCE)
        assert found.for_offering == either_market.a_offering

    def test_a_resource_is_listed_as_it_is_read(self, market):
        project = market.project()
        placed = market.place(A_RESOURCE, project=project.id)
        read = market.consumer_resources.read(placed.resource)
        assert (read.state, read.project, read.plan) == ("Creating", project.id, market.b_plans[0])
        assert (read.limits, read.backend_id, read.error_message) == ({"gpu_hours": 500}, "", "")
        assert read.created == market.clock()
        assert market.consumer_resources.list_all() == Complete((read,))
        assert market.consumer_resources.list_marked(market.a_offering, market.clock().date()) == Complete((read,))

    @pytest.mark.parametrize(
        "attributes", [{}, {"waldur_federation_offering": NOBODY.hex}, {"waldur_federation_offering": 5}]
    )
    def test_what_carries_other_marks_or_none_is_not_among_the_marked(self, market, attributes):
        market.place(attributes={"name": "x", **attributes})
        assert market.consumer_resources.list_marked(market.a_offering, market.clock().date()) == Complete(())
        assert len(market.consumer_resources.list_all().value) == 1

    def test_an_older_server_ignores_the_mark_and_is_not_believed(self, old_market):
        project = old_market.project().id
        placed = old_market.place(A_RESOURCE, project=project)
        old_market.place(project=project, attributes={"name": "somebody else's"})
        seen = old_market.consumer_resources.list_marked(old_market.a_offering, old_market.clock().date())
        assert isinstance(seen, Complete)
        assert [found.id for found in seen.value] == [placed.resource]

    def test_a_mark_is_understood_in_either_spelling(self, old_market):
        marks = {
            "waldur_federation_resource": str(A_RESOURCE),
            "waldur_federation_offering": str(old_market.a_offering),
        }
        old_market.place(attributes={"name": "x", **marks})
        seen = old_market.consumer_resources.list_marked(old_market.a_offering, old_market.clock().date())
        assert [found.for_resource for found in seen.value] == [A_RESOURCE]

    def test_marked_resources_are_listed_from_the_day_on(self, market):
        project = market.project().id
        market.place(A_RESOURCE, project=project)
        market.clock.advance(timedelta(days=2))
        younger = market.place(A_RESOURCE, project=project)
        seen = market.consumer_resources.list_marked(market.a_offering, market.clock().date())
        assert [found.id for found in seen.value] == [younger.resource]

    def test_resources_of_other_customers_and_offerings_are_not_listed(self, market):
        side = market.pair.b
        stranger = market.b.add_project(market.b.add_customer("Strangers"), "x")
        market.b.add_resource(side.offering, stranger)
        other = market.b.add_offering(side.provider, "Another", components=["gpu_hours"])
        market.b.add_resource(other, market.b.add_project(side.customer, "y"))
        market.b_token = side.staff.token
        assert market.consumer_resources.list_all() == Complete(())
        assert market.consumer_resources.list_marked(AOfferingId(NOBODY), market.clock().date()) == Complete(())

    def test_terminated_resources_stay_listed(self, market):
        resource = market.living()
        market.done(market.consumer_orders.terminate(resource, {}))
        assert [(found.id, found.state) for found in market.consumer_resources.list_all().value] == [
            (resource, "Terminated")
        ]

    def test_what_bs_provider_calls_it_is_shown(self, market):
        placed = market.place()
        market.done(placed, backend_id="alloc-7")
        assert market.consumer_resources.read(placed.resource).backend_id == "alloc-7"

    def test_what_is_not_visible_is_not_found(self, market):
        resource = market.living()
        market.b_token = market.b.add_user("stranger").token
        with pytest.raises(NotFound):
            market.consumer_resources.read(resource)


@pytest.mark.parametrize("side", [Side.A, Side.B])
def test_more_resources_than_two_pages_are_all_listed(market, side):
    seller = market.pair.a if side is Side.A else market.pair.b
    world = market.a if side is Side.A else market.b
    project = market.pair.a.projects[0] if side is Side.A else world.add_project(market.pair.b.customer, "p")
    for _ in range(601):
        world.add_resource(seller.offering, project)
    port = market.provider_resources if side is Side.A else market.consumer_resources
    seller.sandbox.requests.clear()
    seen = port.list_all()
    assert isinstance(seen, Complete)
    assert len({found.id for found in seen.value}) == 601
    assert seller.sandbox.requests.total == 3
