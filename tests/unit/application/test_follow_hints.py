"""From hints to keys, and from keys to the use cases."""

from uuid import UUID

import attrs
import pytest
from tests.fakes.federation import FakeFederation
from tests.fakes.fields import FakeFields
from tests.fakes.members import FakeMembers, a_user_id
from tests.strategies.builders import (
    a_b_account,
    a_b_order,
    a_b_resource,
    a_offering_id,
    a_order_id,
    a_project_id,
    a_resource,
    a_resource_id,
    a_resource_pair,
    an_account,
    an_order,
    b_order_id,
    b_resource_id,
    linked,
    running,
    uuid_of,
)

from federation_core.application import follow_hints as module
from federation_core.application.follow_hints import MOST_KEYS, FollowHints, HintCases, HintPorts, Work
from federation_core.domain.errors import Forbidden, NotFound, TimedOut
from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import Side

LATE = TimedOut(Side.B, "x.y")
A, B = Side.A, Side.B
A_ORDER, B_ORDER = Hint(A, About.ORDER, a_order_id()), Hint(B, About.ORDER, b_order_id())
A_RESOURCE, B_RESOURCE = Hint(A, About.RESOURCE, a_resource_id()), Hint(B, About.RESOURCE, b_resource_id())
A_PROJECT = Hint(A, About.PROJECT, a_project_id())
A_ACCOUNT = Hint(A, About.ACCOUNT, an_account().id)
B_ACCOUNT = Hint(B, About.ACCOUNT, UUID(int=0))


def test_what_has_to_be_looked_at_is_the_same_whatever_the_cause():
    assert attrs.evolve(A_ORDER, because="created", offering=UUID(int=1)) == A_ORDER


class World:
    """The use cases on fakes; those that are not asked for are left out."""

    def __init__(self, *asked, orders=None, b_state="executing"):
        on_a, on_b = a_resource_pair(backend_id="alloc-7")
        self.orders = FakeFederation(
            orders=[running(backend_id=str(b_order_id()))] if orders is None else orders,
            resources=[linked(state="Creating")],
            b_orders=[a_b_order(state=b_state)],
            b_resources=[a_b_resource(state="Creating")],
        )
        self.fields = FakeFields(
            a=[on_a],
            b=[on_b],
            a_accounts=[an_account(user=a_user_id("ada"))],
            b_accounts=[a_b_account()],
            usernames=True,
        )
        self.members = FakeMembers()
        self.members.account("ada", "eve")
        self.members.joins("ada")
        self.members.use_case.observe()
        self.cases = {
            "orders": self.orders.use_case,
            "fields": self.fields.use_case,
            "members": self.members.use_case,
            "names": self.fields.use_case,
        }
        ports = HintPorts(
            a_orders=self.orders.a_orders,
            a_accounts=self.fields.a_accounts,
            a_members=self.members.a,
            b_orders=self.orders.b_orders,
            b_resources=self.orders.b_resources,
            b_accounts=self.fields.b_accounts,
        )
        cases = HintCases(**{name: self.cases[name] for name in asked})
        self.use_case = FollowHints(ports, cases, a_offering_id(), self.orders.learned.index)

    @property
    def index(self):
        return self.orders.learned.index

    def order(self):
        return self.orders.a_orders.orders[a_order_id()]

    def follow(self, *hints):
        return self.use_case.follow(hints)


def works(followed):
    return [work for work, _ in followed.reports]


class TestOrders:
    @pytest.mark.parametrize("hint", [A_ORDER, B_ORDER])
    def test_what_either_side_tells_is_looked_at(self, hint):
        w = World("orders", b_state="done")
        followed = w.follow(hint)
        assert (works(followed), followed.again, followed.idle) == ([Work.ORDERS], (), 0)
        assert w.order().state == "done"

    def test_several_hints_on_one_resource_are_one_look(self):
        w = World("orders", b_state="done")
        assert works(w.follow(A_ORDER, B_ORDER)) == [Work.ORDERS]

    def test_an_order_of_b_that_was_linked_in_this_process_needs_no_look_up(self):
        w = World("orders")
        w.orders.cycle()
        w.orders.b_orders.orders[b_order_id()] = a_b_order(state="done")
        w.orders.b_orders.before["read"] = [AssertionError("read")]
        w.follow(B_ORDER)
        assert w.order().state == "done"

    def test_an_order_of_b_is_known_by_the_link_of_its_resource(self):
        w = World("orders", b_state="done")
        w.orders.cycle(sweep=False)
        w.index.settled.clear()
        w.index.b_orders.clear()
        w.orders.b_resources.before["read"] = [AssertionError("read")]
        assert works(w.follow(B_ORDER)) == [Work.ORDERS]

    @pytest.mark.parametrize(
        "resources", [[a_b_resource(for_offering=None)], []], ids=["unmarked", "of another customer"]
    )
    def test_an_order_of_b_that_is_none_of_ours_is_looked_up_once(self, resources):
        w = World("orders")
        w.orders.b_resources.resources = {resource.id: resource for resource in resources}
        assert w.follow(B_ORDER).idle == 1
        w.orders.b_orders.before["read"] = [AssertionError("read")]
        assert w.follow(B_ORDER).idle == 1

    def test_what_has_ended_is_not_looked_at_again(self):
        w = World("orders", b_state="done")
        w.follow(B_ORDER)
        w.orders.a_orders.before["list_open"] = [AssertionError("listed")]
        assert w.follow(A_ORDER, B_ORDER).idle == 2

    def test_an_echo_of_our_own_writes_costs_one_reading(self):
        w = World("orders", orders=[an_order()])
        w.orders.a_resources.resources[a_resource_id()] = a_resource()
        w.orders.b_resources.resources.clear()
        w.orders.b_orders.orders.clear()
        w.follow(A_ORDER)
        w.orders.a_resources.before["read"] = [AssertionError("read")]
        ((_, report),) = w.follow(A_ORDER).reports
        assert report.outcomes == ()

    def test_what_b_tells_too_is_no_echo(self):
        w = World("orders")
        w.orders.cycle()
        w.orders.b_orders.orders[b_order_id()] = a_b_order(state="done")
        w.follow(A_ORDER, B_ORDER)
        assert w.order().state == "done"

    @pytest.mark.parametrize("error", [LATE, NotFound(B, "order.read", "")])
    def test_what_cannot_be_found_out_comes_again(self, error):
        w = World("orders")
        w.orders.b_orders.before["read"] = [error]
        assert w.follow(B_ORDER).again == (B_ORDER,)

    def test_what_we_may_not_see_does_not(self):
        w = World("orders")
        w.orders.b_orders.before["read"] = [Forbidden(B, "order.read", "")]
        assert w.follow(B_ORDER) == module.Followed(idle=1)

    def test_what_could_not_be_read_or_written_comes_again(self):
        w = World("orders", b_state="done")
        w.orders.a_orders.before["finish"] = [LATE]
        assert w.follow(B_ORDER).again == (B_ORDER,)
        w.orders.a_orders.before["list_open"] = [LATE]
        assert w.follow(B_ORDER, A_ORDER).again == (B_ORDER, A_ORDER)

    def test_one_that_fails_stops_no_other(self):
        w = World("orders", "fields")
        w.orders.a_orders.before["list_open"] = [LATE]
        followed = w.follow(A_ORDER, A_RESOURCE)
        assert followed.again == (A_ORDER,)
        assert w.fields.on_a.effective_id == "alloc-7"

    def test_many_are_read_in_one_list(self):
        w = World("orders", b_state="done")
        w.orders.b_orders.before["read"] = [AssertionError("read")]
        hints = [Hint(B, About.ORDER, uuid_of(9, number)) for number in range(MOST_KEYS + 1)]
        w.orders.a_orders.before["list_open"] = [None, AssertionError("listed twice")]
        followed = w.follow(*hints)
        assert (works(followed), followed.idle) == ([Work.ORDERS], 0)
        assert w.order().state == "done"

    def test_many_that_have_ended_are_none(self):
        w = World("orders")
        hints = [Hint(B, About.ORDER, uuid_of(9, number)) for number in range(MOST_KEYS + 1)]
        w.index.settle(*(hint.id for hint in hints))
        assert w.follow(*hints) == module.Followed(idle=len(hints))

    @pytest.mark.parametrize("hint", [A_ORDER, B_ORDER])
    def test_where_orders_are_not_asked_for_nothing_is_read(self, hint):
        w = World("fields")
        w.orders.a_orders.before["read"] = w.orders.b_orders.before["read"] = [AssertionError("read")]
        assert w.follow(hint).idle == 1


class TestResources:
    @pytest.mark.parametrize("hint", [A_RESOURCE, B_RESOURCE])
    def test_what_either_side_tells_is_made_alike(self, hint):
        w = World("fields")
        assert works(w.follow(hint)) == [Work.RESOURCES]
        assert w.fields.on_a.effective_id == "alloc-7"

    def test_a_resource_of_b_that_is_none_of_ours_asks_for_nothing(self):
        w = World("fields")
        w.orders.b_resources.resources[b_resource_id()] = a_b_resource(for_offering=None)
        assert w.follow(B_RESOURCE).idle == 1
        w.orders.b_resources.resources.clear()
        assert w.follow(B_RESOURCE).idle == 1

    def test_who_may_use_it_is_looked_at_where_that_is_news(self):
        w = World("members")
        assert works(w.follow(A_RESOURCE)) == [Work.MEMBERS]
        assert w.members.roles("ada") == ["PROJECT.MEMBER"]
        assert w.follow(A_RESOURCE).idle == 1
        w.members.a.holdings[0] = attrs.evolve(w.members.a.holdings[0], is_restricted=True)
        assert works(w.follow(A_RESOURCE)) == [Work.MEMBERS]
        assert w.members.roles("ada") == []

    @pytest.mark.parametrize("call", ["grant", "list_hosted"])
    def test_it_stays_news_until_it_was_seen_to(self, call):
        w = World("members")
        w.members.b.before[call] = [LATE]
        assert w.follow(A_RESOURCE).again == (A_RESOURCE,)
        assert works(w.follow(A_RESOURCE)) == [Work.MEMBERS]
        assert w.members.roles("ada") == ["PROJECT.MEMBER"]

    def test_many_are_read_in_one_list(self):
        w = World("fields", "members")
        w.members.a.before["holding"] = w.orders.b_resources.before["read"] = [AssertionError("read")]
        half = MOST_KEYS // 2
        hints = [
            Hint(side, About.RESOURCE, uuid_of(9, n))
            for side, count in ((A, half), (B, half + 1))
            for n in range(count)
        ]
        assert works(w.follow(*hints)) == [Work.RESOURCES, Work.MEMBERS]
        assert w.fields.on_a.effective_id == "alloc-7"

    def test_where_they_are_not_asked_for_nothing_is_read(self):
        w = World("orders")
        w.orders.b_resources.before["read"] = [AssertionError("read")]
        assert w.follow(A_RESOURCE, B_RESOURCE).idle == 2


class TestPeople:
    def test_a_project_has_its_people_looked_at(self):
        w = World("members")
        assert works(w.follow(A_PROJECT)) == [Work.MEMBERS]
        assert w.members.roles("ada") == ["PROJECT.MEMBER"]

    def test_who_works_on_b_follows_from_a(self):
        w = World("members")
        assert w.follow(attrs.evolve(A_PROJECT, side=B)).idle == 1

    def test_where_people_are_not_asked_for_nothing_happens(self):
        w = World("orders")
        assert w.follow(A_PROJECT, A_ACCOUNT, B_ACCOUNT).idle == 3

    def test_an_account_of_a_gets_its_name_and_its_person_is_looked_at(self):
        w = World("members", "names")
        assert works(w.follow(A_ACCOUNT)) == [Work.MEMBERS, Work.ACCOUNTS]
        assert w.fields.a_accounts.accounts[an_account().id].name == "b-user-1"
        assert w.members.roles("ada") == ["PROJECT.MEMBER"]

    def test_an_account_of_nobody_that_is_shown_asks_for_nothing(self):
        w = World("members", "names")
        w.fields.a_accounts.accounts[an_account().id] = an_account(person="")
        assert w.follow(A_ACCOUNT).idle == 1

    @pytest.mark.parametrize("hints", [(A_ACCOUNT,), (B_ACCOUNT,)])
    def test_a_name_is_given_once_and_its_echo_costs_one_reading(self, hints):
        w = World("names")
        w.follow(*hints)
        assert w.fields.a_accounts.accounts[an_account().id].name == "b-user-1"
        w.fields.b_accounts.before["list_of"] = [AssertionError("listed")]
        assert w.follow(A_ACCOUNT).idle == 1

    def test_what_changes_after_the_echo_is_looked_at(self):
        w = World("members", "names")
        w.follow(A_ACCOUNT)
        assert w.follow(A_ACCOUNT).idle == 1
        w.members.leaves("ada")
        w.members.joins("eve")
        w.fields.a_accounts.accounts[an_account().id] = an_account(name="b-user-1", user=a_user_id("eve"))
        assert Work.MEMBERS in works(w.follow(A_ACCOUNT))
        assert w.members.roles("eve") == ["PROJECT.MEMBER"]

    @pytest.mark.parametrize(("side", "expected"), [(A, [Work.MEMBERS, Work.ACCOUNTS]), (B, [Work.ACCOUNTS])])
    def test_many_accounts_are_read_in_one_list(self, side, expected):
        w = World("members", "names")
        w.fields.a_accounts.before["read"] = w.fields.b_accounts.before["read"] = [AssertionError("read")]
        hints = [Hint(side, About.ACCOUNT, uuid_of(9, number)) for number in range(MOST_KEYS + 1)]
        assert works(w.follow(*hints)) == expected
        assert w.fields.a_accounts.accounts[an_account().id].name == "b-user-1"

    def test_projects_that_cannot_be_told_apart_are_looked_at_together_once(self):
        w = World("members", "names")
        w.members.share(2, b_project=1)
        w.members.share(3)
        w.members.use_case.observe()
        w.members.joins("eve", project=2)
        w.members.b.calls.clear()
        followed = w.follow(*(Hint(A, About.PROJECT, a_project_id(number)) for number in (1, 2, 3)))
        assert works(followed) == [Work.MEMBERS, Work.MEMBERS]
        assert w.members.b.calls.count("list_members") == 1
        assert w.members.roles("eve") == w.members.roles("ada") == ["PROJECT.MEMBER"]

    def test_what_cannot_be_looked_at_together_comes_again_with_all_its_hints(self):
        w = World("members")
        w.members.share(2, b_project=1)
        hints = [Hint(A, About.PROJECT, a_project_id(number)) for number in (1, 2)]
        w.members.use_case.observe()
        w.members.b.before["list_members"] = [LATE]
        assert w.follow(*hints).again == tuple(hints)

    def test_an_account_that_is_gone_is_given_back(self):
        w = World("names")
        w.fields.a_accounts.accounts.clear()
        assert w.follow(A_ACCOUNT).again == (A_ACCOUNT,)

    def test_an_account_of_b_whose_person_is_not_shown_asks_for_nothing(self):
        w = World("names")
        w.fields.b_accounts.accounts = [a_b_account(person="")]
        assert w.follow(B_ACCOUNT).idle == 1


class TestEverything:
    @pytest.mark.parametrize("side", [A, B])
    def test_of_an_offering_all_that_is_asked_for_is_looked_at(self, side):
        w = World("orders", "fields", "members", "names", b_state="done")
        followed = w.follow(Hint(side, About.OFFERING, uuid_of(1, 1)), A_ORDER, A_RESOURCE, A_PROJECT, B_ACCOUNT)
        assert works(followed) == [Work.ORDERS, Work.RESOURCES, Work.MEMBERS, Work.ACCOUNTS]
        assert w.order().state == "done"
        assert w.fields.on_a.effective_id == "alloc-7"
        assert w.members.roles("ada") == ["PROJECT.MEMBER"]
        assert w.fields.a_accounts.accounts[an_account().id].name == "b-user-1"

    def test_too_many_of_a_kind_are_looked_at_together(self):
        w = World("members")
        followed = w.follow(*(Hint(A, About.PROJECT, a_project_id(number)) for number in range(MOST_KEYS + 1)))
        assert works(followed) == [Work.MEMBERS]

    def test_people_are_not_named_in_what_is_printed(self):
        key = module._Key(Work.ACCOUNTS, "ada@isd")  # noqa: SLF001 - its repr may reach a traceback
        assert "ada" not in repr(key)
