"""What every `ProviderPeople` and `ConsumerPeople` promises."""

from uuid import UUID

import pytest

from federation_adapters.waldur.identity import WaldurConsumerPeople, WaldurProviderPeople
from federation_core.domain.errors import Forbidden, Invalid, NotFound, Refused, Unsupported
from federation_core.domain.identity.refusals import rejected_attributes
from federation_core.domain.ids import Side
from federation_core.domain.observed import Complete

SOURCE = "isd:a"


def uid(row):
    return UUID(row.uuid)


def a_port(market):
    return WaldurProviderPeople(market.peer(Side.A), market.a_offering)


def b_port(market):
    return WaldurConsumerPeople(market.peer(Side.B))


@pytest.fixture
def bridge(market):
    """B's bridge is open, and our token may speak for our source."""
    market.b.settings.identity_bridge = True
    market.b.edit(market.pair.b.consumer_user, is_identity_manager=True, managed_isds=(SOURCE,))
    return market


class TestDisclosures:
    def test_show_what_is_exposed_and_nothing_else(self, market):
        anna = market.a.add_user("anna", full_name="Anna Ant", email="anna@example.org", profile={"gender": "female"})
        market.a.add_offering_user(market.pair.a.offering, anna)
        (shown,) = a_port(market).list_disclosures().value
        assert shown.person == uid(anna)
        assert shown.profile == {"first_name": "Anna", "last_name": "Ant", "email": "anna@example.org"}

    def test_show_more_where_the_offering_exposes_more(self, market):
        offering = market.pair.a.offering
        market.a.edit(offering, exposed_attributes=frozenset({"gender", "affiliations"}))
        anna = market.a.add_user("anna", profile={"gender": "female", "affiliations": ["staff"]})
        market.a.add_offering_user(offering, anna)
        (shown,) = a_port(market).list_disclosures().value
        assert shown.profile == {"gender": "female", "affiliations": ["staff"]}

    def test_tell_consent_only_where_there_is_something_to_consent_to(self, market):
        offering, anna = market.pair.a.offering, market.a.add_user("anna")
        market.a.add_offering_user(offering, anna)
        port = a_port(market)
        market.a.edit(offering, terms_of_service="")
        assert [shown.has_consent for shown in port.list_disclosures().value] == [None]
        market.a.edit(offering, terms_of_service="Be kind.")
        assert [shown.has_consent for shown in port.list_disclosures().value] == [False]
        market.a.consent(anna, offering)
        assert [shown.has_consent for shown in port.list_disclosures().value] == [True]

    def test_tell_who_is_barred(self, market):
        account = market.a.add_offering_user(market.pair.a.offering, market.a.add_user("anna"))
        market.a.edit(account, is_restricted=True)
        assert [shown.is_restricted for shown in a_port(market).list_disclosures().value] == [True]


class TestLookUps:
    def test_find_exactly_the_names_asked_for(self, market):
        market.b_token = market.pair.b.staff.token
        users = {name: market.b.add_user(name) for name in ("anna", "annabel", "bert")}
        found = b_port(market).look_up(["anna", "bert", "nobody"])
        assert {account.id for account in found.value} == {uid(users["anna"]), uid(users["bert"])}

    def test_are_few_for_many_names(self, market):
        market.b_token = market.pair.b.staff.token
        names = [f"person-{number:03}" for number in range(250)]
        for name in names:
            market.b.add_user(name)
        port = b_port(market)
        found = port.look_up(names)
        assert isinstance(found, Complete)
        assert len(found.value) == 250
        assert port._peer.http.counts["read"] <= 3  # noqa: SLF001 - the count is what is promised

    def test_find_names_with_commas_and_odd_signs(self, market):
        market.b_token = market.pair.b.staff.token
        names = ["Ant, Anna", "a&b=c", "ü@idp", "x" * 128]
        users = {uid(market.b.add_user(name)) for name in names}
        assert {account.id for account in b_port(market).look_up(names).value} == users

    def test_show_customers_only_people_they_share_a_project_with(self, market):
        market.b.add_user("anna")
        assert b_port(market).look_up(["anna"]) == Complete(())

    def test_find_an_address_in_any_case_and_only_the_whole_of_it(self, market):
        market.b_token = market.pair.b.staff.token
        anna = market.b.add_user("anna", email="Anna@Example.org")
        market.b.add_user("joanna", email="joanna@example.org")
        assert [account.id for account in b_port(market).look_up_email("anna@example.ORG").value] == [uid(anna)]

    def test_show_sources_to_staff_only(self, market):
        room = market.b.add_project(market.pair.b.customer, "Snow")
        anna = market.b.add_user("anna", active_isds=(SOURCE,), registration_method=SOURCE)
        market.b.grant(anna, "PROJECT.MEMBER", room)
        (account,) = b_port(market).look_up(["anna"]).value
        assert (account.sources, account.registration_method) == (None, SOURCE)
        market.b_token = market.pair.b.staff.token
        (account,) = b_port(market).look_up(["anna"]).value
        assert account.sources == frozenset({SOURCE})


class TestTheBridge:
    def test_makes_an_account_and_refreshes_it(self, bridge):
        port = b_port(bridge)
        made = port.push("anna", SOURCE, {"first_name": "Anna", "affiliations": ["staff"], "gender": "female"})
        assert port.push("anna", SOURCE, {"first_name": "Hanna"}) == made
        user = bridge.b.user("anna")
        assert (uid(user), user.first_name, user.registration_method) == (made, "Hanna", SOURCE)
        assert user.profile["affiliations"] == ["staff"]

    def test_says_what_it_takes(self, bridge):
        assert {"first_name", "email", "gender"} <= b_port(bridge).allowed_attributes()

    def test_names_what_it_does_not_take(self, bridge):
        bridge.b.settings.bridge_attributes = frozenset({"first_name"})
        with pytest.raises(Invalid) as caught:
            b_port(bridge).push("anna", SOURCE, {"first_name": "Anna", "email": "anna@example.org"})
        assert rejected_attributes(caught.value, {"first_name": "", "email": ""}) == {"email"}

    @pytest.mark.parametrize(
        ("name", "value"),
        [("email", "no address"), ("birth_date", "yesterday"), ("gender", "2"), ("nationalities", "EE")],
    )
    def test_names_a_value_that_it_does_not_take(self, bridge, name, value):
        with pytest.raises(Invalid) as caught:
            b_port(bridge).push("anna", SOURCE, {"first_name": "Anna", name: value})
        assert rejected_attributes(caught.value, {"first_name": "", name: ""}) == {name}

    def test_takes_back_what_was_said(self, bridge):
        port = b_port(bridge)
        port.push("anna", SOURCE, {"first_name": "Anna"})
        port.withdraw("anna", SOURCE)
        user = bridge.b.user("anna")
        assert (user.is_active, user.active_isds, user.first_name) == (False, (), "")

    def test_that_is_closed_says_so(self, market):
        port = b_port(market)
        with pytest.raises(Forbidden, match="disabled"):
            port.allowed_attributes()
        with pytest.raises(Forbidden):
            port.push("anna", SOURCE, {})

    def test_is_not_known_to_old_servers(self, old_market):
        with pytest.raises(Unsupported):
            b_port(old_market).allowed_attributes()

    def test_needs_a_source_that_we_may_speak_for(self, bridge):
        with pytest.raises(Refused):
            b_port(bridge).push("anna", "isd:other", {})

    def test_never_repeats_a_name_in_an_error(self, bridge):
        bridge.b.add_user("anna-the-secret", is_active=False)
        port = b_port(bridge)
        with pytest.raises(Invalid) as caught:
            port.push("anna-the-secret", SOURCE, {})
        assert "anna-the-secret" not in f"{caught.value!r} {caught.value}"
        assert "the person is deactivated" in caught.value.detail


class TestTheCommunity:
    @pytest.fixture
    def community(self, bridge):
        bridge.b.settings.eduteams = True
        bridge.b.settings.eduteams_people = {"anna@edu": {"first_name": "Anna"}}
        return bridge

    def test_knows_people_by_their_id(self, community):
        user = b_port(community).fetch("anna@edu")
        assert user == uid(community.b.user("anna@edu"))

    def test_that_does_not_know_somebody_does_not_repeat_who(self, community):
        with pytest.raises(NotFound) as caught:
            b_port(community).fetch("nobody@edu")
        assert caught.value.operation == "person.fetch"
        assert "nobody@edu" not in str(caught.value)

    def test_that_cannot_be_asked_is_not_taken_for_nobody(self, community):
        community.b.settings.eduteams_trouble = "Unable to get access token."
        with pytest.raises(Invalid):
            b_port(community).fetch("anna@edu")

    def test_that_is_switched_off_says_so(self, bridge):
        with pytest.raises(Forbidden):
            b_port(bridge).fetch("anna@edu")
