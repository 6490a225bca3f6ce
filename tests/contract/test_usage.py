"""What every `ProviderUsage` and `ConsumerUsage` promises."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest

from federation_core.domain.errors import Invalid, NotFound
from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.months import Month
from federation_core.domain.observed import Complete
from federation_core.domain.units import AComponent
from federation_core.domain.usage.dates import is_about_date, is_about_role

MARCH, FEBRUARY = Month(2026, 3), Month(2026, 2)
IN_FEBRUARY = datetime(2026, 2, 15, 12, tzinfo=UTC)
NODE = AComponent("node_hours")


def amounts(seen):
    assert isinstance(seen, Complete)
    return {(total.resource, total.component): total.amount for total in seen.value}


class TestProvider:
    def test_a_total_is_stored_for_its_month_and_read_back_exactly(self, either_market):
        made, resource = either_market.used_on_a()
        either_market.provider_usage.set_totals(resource, {NODE: Fraction("180.25")}, None)
        (total,) = either_market.provider_usage.totals(MARCH).value
        assert (total.resource, total.component, total.amount) == (resource, "node_hours", Fraction("180.25"))
        assert total.row == UUID(either_market.a.usages_of(made)[0].uuid)
        assert either_market.provider_usage.totals(FEBRUARY) == Complete(())

    def test_a_date_in_the_past_books_into_its_month(self, market):
        _, resource = market.used_on_a()
        market.provider_usage.set_totals(resource, {NODE: Fraction(7)}, IN_FEBRUARY)
        assert amounts(market.provider_usage.totals(FEBRUARY)) == {(resource, "node_hours"): 7}
        assert market.provider_usage.totals(MARCH) == Complete(())

    def test_a_date_in_the_future_is_refused_because_of_the_date(self, market):
        _, resource = market.used_on_a()
        with pytest.raises(Invalid) as caught:
            market.provider_usage.set_totals(resource, {NODE: Fraction(7)}, market.clock() + timedelta(hours=1))
        assert is_about_date(caught.value)
        assert not is_about_role(caught.value)

    def test_a_date_that_our_role_may_not_give_is_refused_because_of_the_role(self, market):
        side = market.pair.a
        market.a.revoke(side.provider_user, "CUSTOMER.OWNER", side.provider)
        market.a.grant(side.provider_user, "OFFERING.MANAGER", side.offering)
        _, resource = market.used_on_a()
        with pytest.raises(Invalid) as caught:
            market.provider_usage.set_totals(resource, {NODE: Fraction(7)}, market.clock())
        assert is_about_role(caught.value)
        market.provider_usage.set_totals(resource, {NODE: Fraction(7)}, None)
        assert amounts(market.provider_usage.totals(MARCH)) == {(resource, "node_hours"): 7}

    def test_an_old_server_ignores_the_date(self, old_market):
        _, resource = old_market.used_on_a()
        old_market.provider_usage.set_totals(resource, {NODE: Fraction(7)}, IN_FEBRUARY)
        assert amounts(old_market.provider_usage.totals(MARCH)) == {(resource, "node_hours"): 7}

    def test_a_refusal_that_is_not_about_the_date_says_so(self, market):
        made, resource = market.used_on_a()
        market.a.edit(made, state="Erred")
        with pytest.raises(Invalid) as caught:
            market.provider_usage.set_totals(resource, {NODE: Fraction(7)}, None)
        assert not is_about_date(caught.value)
        assert "not in valid state" in str(caught.value)

    def test_shares_are_stored_under_a_total_and_read_back(self, either_market):
        _, resource = either_market.used_on_a()
        usage = either_market.provider_usage
        usage.set_totals(resource, {NODE: Fraction(10)}, None)
        (total,) = usage.totals(MARCH).value
        usage.set_shares(total.row, {"anna": Fraction("2.50"), "bert": Fraction(3)})
        usage.set_shares(total.row, {"bert": Fraction(4)})
        found = {
            share.name: (share.total, share.resource, share.component, share.amount)
            for share in usage.shares(MARCH).value
        }
        assert found == {
            "anna": (total.row, resource, "node_hours", Fraction("2.50")),
            "bert": (total.row, resource, "node_hours", 4),
        }

    def test_one_resource_can_be_asked_for(self, market):
        _, first = market.used_on_a()
        _, second = market.used_on_a()
        usage = market.provider_usage
        for resource in (first, second):
            usage.set_totals(resource, {NODE: Fraction(1)}, None)
            usage.set_shares(next(t.row for t in usage.totals(MARCH, resource).value), {"anna": Fraction(1)})
        assert [total.resource for total in usage.totals(MARCH, second).value] == [second]
        assert [share.resource for share in usage.shares(MARCH, second).value] == [second]

    def test_a_resource_that_is_not_there_is_refused(self, market):
        with pytest.raises((Invalid, NotFound)):
            market.provider_usage.set_totals(AResourceId(UUID(int=404)), {NODE: Fraction(1)}, None)

    def test_many_rows_come_in_pages_and_are_all_there(self, market):
        _, resource = market.used_on_a()
        usage = market.provider_usage
        usage.set_totals(resource, {NODE: Fraction(1000)}, None)
        usage.set_shares(usage.totals(MARCH).value[0].row, {f"user{n}": Fraction(1) for n in range(650)})
        seen = usage.shares(MARCH)
        assert isinstance(seen, Complete)
        assert len({share.name for share in seen.value}) == 650


class TestConsumer:
    def metered(self, market, **changes):
        resource = market.living()
        row = market.b.resource(resource.hex)
        market.b.report_usage(row, {"gpu_hours": "500.00"}, users={"gpu_hours": {"anna": "20"}}, **changes)
        return row, BResourceId(resource)

    def test_what_b_metered_is_read_exactly(self, either_market):
        row, resource = self.metered(either_market)
        (total,) = either_market.consumer_usage.totals(MARCH).value
        assert (total.resource, total.component, total.amount) == (resource, "gpu_hours", 500)
        (share,) = either_market.consumer_usage.shares(MARCH).value
        assert (share.total, share.resource, share.name, share.amount) == (total.row, resource, "anna", 20)
        assert total.row == UUID(either_market.b.usages_of(row)[0].uuid)

    def test_another_month_is_another_list(self, market):
        self.metered(market, date=IN_FEBRUARY)
        assert market.consumer_usage.totals(MARCH) == Complete(())
        assert market.consumer_usage.shares(MARCH) == Complete(())
        assert len(market.consumer_usage.totals(FEBRUARY).value) == 1
        assert len(market.consumer_usage.shares(FEBRUARY).value) == 1

    def test_what_another_customer_used_is_not_ours(self, market):
        self.metered(market)
        other = market.b.add_customer("Somebody else")
        project = market.b.add_project(other, "Theirs")
        theirs = market.b.add_resource(market.pair.b.offering, project, state="OK")
        market.b.report_usage(theirs, {"gpu_hours": "9"}, users={"gpu_hours": {"eve": "9"}})
        assert [total.amount for total in market.consumer_usage.totals(MARCH).value] == [500]
        assert [share.name for share in market.consumer_usage.shares(MARCH).value] == ["anna"]

    def test_shares_name_the_total_they_belong_to_on_an_old_server_too(self, old_market):
        self.metered(old_market)
        (total,) = old_market.consumer_usage.totals(MARCH).value
        (share,) = old_market.consumer_usage.shares(MARCH).value
        assert share.total == total.row
