"""What every `ProviderHealth` and `ConsumerHealth` promises."""

from uuid import UUID

import httpx
import pytest

from federation_adapters.http.access import Access, StaticToken
from federation_adapters.http.client import HttpClient
from federation_adapters.sandbox import ComponentSpec
from federation_adapters.waldur.health import WaldurConsumerHealth, WaldurProviderHealth
from federation_adapters.waldur.peer import Peer
from federation_core.domain.errors import NotFound
from federation_core.domain.health.seen import Feature, Option, Page, Terms
from federation_core.domain.ids import BOfferingId, Side
from federation_core.domain.observed import Complete, Incomplete
from federation_core.domain.units import BillingType

NOBODY = BOfferingId(UUID("deadbeef-feda-4abc-8def-000000000404"))


def provider(market):
    return WaldurProviderHealth(market.peer(Side.A), market.a_offering)


def consumer(market):
    return WaldurConsumerHealth(market.peer(Side.B), market.b_offering, market.b_customer)


def answering(*answers, offering=NOBODY):
    """B as a server that gives these answers, one after the other: status, and JSON or a page."""
    rest = list(answers)

    def handle(_request):
        status, content = rest.pop(0)
        if isinstance(content, str):
            return httpx.Response(status, text=content)
        return httpx.Response(status, json=content, headers={"X-Result-Count": str(len(content))})

    access = Access(Side.B, "http://b.example", StaticToken("secret"))
    http = HttpClient(access, transport=httpx.MockTransport(handle), sleep=lambda _seconds: None)
    return WaldurConsumerHealth(Peer(http), offering, offering)


class TestServer:
    def test_its_release_is_told(self, either_market):
        assert (provider(either_market).version(), consumer(either_market).version()) == ("8.1.2", "8.1.2")

    def test_an_older_one_tells_nothing(self, old_market):
        assert consumer(old_market).version() == ""

    def test_roles_come_with_their_permissions(self, market):
        roles = consumer(market).list_roles()
        assert isinstance(roles, Complete)
        assert "ORDER.CREATE" in roles.value["CUSTOMER.OWNER"]

    def test_roles_that_are_not_all_there_say_so(self, market):
        market.trouble(Side.B, kind="wrong_count", path="/roles/", times=None)
        assert isinstance(consumer(market).list_roles(), Incomplete)

    def test_pages_show_what_was_asked_for_and_what_came(self, market):
        market.used_on_a()
        largest, small = provider(market).pages()
        assert largest == Page(300, 1, 1, has_next=False)
        assert (small.asked, small.rows, small.has_next) == (2, 2, True)

    def test_roles_that_are_not_shown_are_no_page(self, market):
        market.trouble(Side.A, kind="status", status=403, path="/roles/")
        assert len(provider(market).pages()) == 1


class TestProvider:
    def test_the_offering_shows_all_that_is_checked(self, either_market):
        shown = provider(either_market).offering()
        assert (shown.name, shown.type, shown.state) == ("Federated HPC", "Marketplace.Slurm", "Active")
        assert shown.customer == UUID(either_market.pair.a.provider.uuid)
        assert shown.components == {"node_hours": BillingType.LIMIT}
        assert [plan.name for plan in shown.plans] == ["Standard"]

    def test_an_offering_that_is_not_ours_is_not_found(self, market):
        market.a_token = market.pair.a.orderer.token
        with pytest.raises(NotFound):
            provider(market).offering()

    def test_a_server_of_today_lacks_nothing(self, either_market):
        assert provider(either_market).lacks(Feature) == frozenset()

    def test_an_old_one_lacks_much(self, old_market):
        assert provider(old_market).lacks(Feature) == frozenset(Feature)

    def test_only_what_is_asked_for_is_looked_at(self, old_market):
        assert provider(old_market).lacks([Feature.STAMPS]) == {Feature.STAMPS}

    @pytest.mark.parametrize("kind", ["status", "html"])
    def test_any_other_answer_is_a_call_that_is_there(self, market, kind):
        market.trouble(Side.A, kind=kind, status=403, path="set_limits")
        assert provider(market).lacks([Feature.LIMITS]) == frozenset()


class TestConsumer:
    def test_the_offering_shows_what_it_demands(self, market):
        side = market.pair.b
        made = market.b.add_offering(
            side.provider,
            "Strict",
            type="Marketplace.Basic",
            components=[ComponentSpec("fuel", "usage")],
            options={
                "order": [],
                "options": {
                    "site": {"type": "string", "required": True},
                    "size": {"type": "integer", "required": True, "default": 1},
                    "odd": "text",
                },
            },
            plugin_options={"unique_resource_per_attribute": "site"},
        )
        port = WaldurConsumerHealth(market.peer(Side.B), BOfferingId(UUID(made.uuid)), market.b_customer)
        shown = port.offering()
        assert (shown.type, shown.offering.components) == ("Marketplace.Basic", {"fuel": BillingType.USAGE})
        assert shown.options == {
            "site": Option("string", required=True),
            "size": Option("integer"),
            "odd": Option("string"),
        }
        assert shown.conditions == {"unique_resource_per_attribute": "site"}

    def test_the_type_of_any_offering_is_read(self, market):
        assert consumer(market).type_of(market.b_offering) == "Marketplace.Slurm"
        with pytest.raises(NotFound):
            consumer(market).type_of(NOBODY)

    def test_marks_are_filtered_as_far_as_one_can_see(self, market, old_market):
        assert consumer(market).filters_marks()
        assert consumer(old_market).filters_marks()
        for one in (market, old_market):
            one.place()
        assert consumer(market).filters_marks()
        assert not consumer(old_market).filters_marks()


class TestTerms:
    def row(self, **changes):
        usual = {"uuid": NOBODY.hex, "offering_uuid": NOBODY.hex, "is_active": True, "has_user_consent": True}
        return {**usual, **changes}

    def test_a_server_without_terms_has_none(self, market):
        assert consumer(market).terms() == Terms(in_force=False)

    @pytest.mark.parametrize(
        ("changes", "terms"),
        [
            ({}, Terms(in_force=True, agreed=True)),
            ({"has_user_consent": False}, Terms(in_force=True)),
            ({"is_active": False, "has_user_consent": False}, Terms(in_force=False, agreed=True)),
            ({"offering_uuid": "0" * 32, "has_user_consent": False}, Terms(in_force=False, agreed=True)),
        ],
    )
    def test_those_in_force_count_with_our_consent(self, changes, terms):
        assert answering((200, [self.row(**changes)])).terms() == terms

    @pytest.mark.parametrize(
        ("text", "in_force"),
        [({}, False), ({"terms_of_service": "Be kind."}, True), ({"terms_of_service_link": "x"}, True)],
    )
    def test_an_older_server_has_them_in_the_offering(self, text, in_force):
        offering = {"uuid": NOBODY.hex, "state": "Active", "type": "Marketplace.Slurm", **text}
        assert answering((404, "<html>no such page</html>"), (200, offering)).terms() == Terms(in_force=in_force)
