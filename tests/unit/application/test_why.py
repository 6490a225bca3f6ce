"""What a key names, on fakes."""

import pytest
from tests.fakes.federation import FakeFederation
from tests.fakes.fields import FakeFields
from tests.fakes.members import FakeMembers, a_user_id, b_user_id
from tests.fakes.usage import FakeUsage
from tests.strategies.builders import (
    a_b_resource,
    a_order_id,
    a_resource_id,
    b_resource_id,
    linked,
    uuid_of,
)

from federation_core.application.explain_chain import Mark
from federation_core.application.fields_wiring import FieldSettings
from federation_core.application.why import Candidate, Found, Kind, Why, WhyCases, WhyPorts, WhySettings, flaw_of
from federation_core.domain.errors import TimedOut, Unauthorised
from federation_core.domain.ids import Side

NOBODY = str(uuid_of(0xDEAD, 1))


class World:
    """The fakes of all use cases, side by side."""

    def __init__(self, **settings):
        self.orders = FakeFederation(resources=[linked(state="Creating")], b_resources=[a_b_resource()], **settings)
        self.fields, self.usage, self.members = FakeFields(), FakeUsage(), FakeMembers()

    @property
    def why(self):
        o = self.orders
        ports = WhyPorts(o.a_orders, o.a_resources, o.b_resources, o.b_projects, self.members.b)
        fakes = self.orders.use_case, self.fields.use_case, self.usage.use_case, self.members.use_case
        return Why(
            ports, WhyCases(*fakes), WhySettings(o.settings, FieldSettings(self.fields.rules), self.members.settings)
        )


def ids(found):
    return [(one.kind, one.side, one.id) for one in found.candidates]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("a\x00b", "control characters"),
        ("a\ud800", "control characters"),
        ("a\u2029b", "control characters"),
        ("x" * 321, "more than 320 characters"),
        ("x" * 320, ""),
        ("Anna Ant", ""),
        ("Ångström", ""),
    ],
)
def test_a_name_that_nothing_can_have(key, words):
    assert words in flaw_of(key)
    assert bool(flaw_of(key)) is bool(words)


@pytest.mark.parametrize("spelling", [str(a_order_id()), a_order_id().hex])
def test_an_order_in_either_spelling(spelling):
    w = World()
    found = w.why.find(spelling)
    assert found == Found((Candidate(Kind.ORDER, Side.A, a_order_id(), "pending-provider"),))


def test_an_order_of_another_offering_is_not_ours_to_explain():
    w = World()
    w.orders.a_resources.resources.clear()
    assert w.why.find(str(a_order_id())) == Found()


def test_an_order_whose_resource_was_perhaps_not_listed_is_explained():
    w = World()
    w.orders.a_resources.resources.clear()
    w.orders.a_resources.flaw = "1 of 2"
    why = w.why
    (candidate,) = why.find(str(a_order_id())).candidates
    (chain,) = why.explain(candidate)
    assert chain.mark is Mark.UNKNOWN


def test_a_resource_of_either_side():
    why = World().why
    assert ids(why.find(str(a_resource_id()))) == [(Kind.RESOURCE, Side.A, a_resource_id())]
    assert ids(why.find(str(b_resource_id()))) == [(Kind.RESOURCE, Side.B, b_resource_id())]


def test_open_orders_that_were_not_read_leave_the_resource_to_be_explained():
    w = World()
    w.orders.a_orders.before["list_open"] = [TimedOut(Side.A, "order.list_open", "read timed out")]
    why = w.why
    (candidate,) = why.find("snow-1").candidates
    (chain,) = why.explain(candidate)
    assert chain.mark is Mark.UNKNOWN
    assert "resource on B" in [link.name for link in chain.links]


def test_what_could_not_be_read_is_told_where_nothing_was_found():
    w = World()
    refused = Unauthorised(Side.A, "order.read", "Invalid token.", 401)
    w.orders.a_orders.before["read"] = [refused]
    w.orders.b_resources.before["list_all"] = [TimedOut(Side.B, "resource.list", "read timed out")]
    w.members.a.flaw["list_grants"] = "1 of 2"
    found = w.why.find(NOBODY)
    assert found.candidates == ()
    assert [text for text in found.problems if "token" in text] == [str(refused)]
    assert len(found.problems) == 3


def test_problems_of_what_was_found_before_are_nothing_to_tell():
    w = World()
    w.orders.b_resources.flaw = "1 of 2"
    assert w.why.find(str(a_resource_id())).problems == ()


class TestPeople:
    def world(self):
        w = World()
        w.members.joins("anna")
        w.members.works("anna", "bert")
        return w

    @pytest.mark.parametrize("key", ["anna", "ANNA@example.org", str(a_user_id("anna")), str(b_user_id("anna"))])
    def test_of_a_are_known_by_any_name(self, key):
        assert ids(self.world().why.find(key)) == [(Kind.USER, Side.A, a_user_id("anna"))]

    @pytest.mark.parametrize("key", ["bert", "bert@example.org", str(b_user_id("bert"))])
    def test_of_b_count_where_a_shows_nobody(self, key):
        assert ids(self.world().why.find(key)) == [(Kind.USER, Side.B, b_user_id("bert"))]

    def test_with_an_account_in_as_offering_are_known_by_uuid(self):
        w = self.world()
        w.members.exposes("carl")
        assert ids(w.why.find(str(a_user_id("carl")))) == [(Kind.USER, Side.A, a_user_id("carl"))]

    def test_are_told_apart_by_side_alone(self):
        (candidate,) = self.world().why.find("anna").candidates
        assert candidate.about == "on A"

    def test_who_gave_their_roles_is_read_for_the_answer(self):
        w = World()
        w.members.joins("anna")
        w.members.works("anna")
        why = w.why
        (chain,) = why.explain(*why.find("anna").candidates)
        assert "given by us" in next(link.seen for link in chain.links if link.name == "role on B")
        assert w.members.b.calls.count("makers_of") == 1

    def test_whose_givers_cannot_be_read_are_explained_without(self):
        w = World()
        w.members.joins("anna")
        w.members.works("anna")
        w.members.b.before["makers_of"] = [TimedOut(Side.B, "member.makers_of", "read timed out")]
        why = w.why
        (chain,) = why.explain(*why.find("anna").candidates)
        assert "who gave it is not told" in next(link.seen for link in chain.links if link.name == "role on B")
        assert chain.mark is Mark.YES
