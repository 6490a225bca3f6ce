"""What cycles cost in requests: pages and changes, never resources times calls; and what following one hint costs."""

from contextlib import contextmanager
from uuid import UUID

import pytest
from tests.bench.orders import completing, many, submitting, terminating, waiting
from tests.scenario.harness import play

from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import Side

ORDERS = 200
FEW, MANY = 5, 700


def test_two_hundred_orders_stay_within_their_budgets():
    with many(ORDERS, served=False) as p:
        assert submitting(p, ORDERS).requests <= 5.5 * ORDERS + 30
        assert waiting(p, ORDERS).requests <= 10
        completed, erred = completing(p, ORDERS)
        assert erred == ORDERS // 10
        assert completed.requests <= (ORDERS - erred) + 2 * erred + 10
        _, ended, count = terminating(p)
        assert ended.requests <= 3 * count + 10


@pytest.mark.parametrize("orders", [10, 100])
def test_waiting_costs_the_same_for_few_and_many(orders):
    with many(orders, served=False) as p:
        submitting(p, orders)
        cost = waiting(p, orders)
        assert (cost.requests_a, cost.requests_b) == (2, 4)


def test_a_quiet_offering_costs_one_request_without_a_sweep():
    with play(served=False) as p:
        p.living()
        before = p.pair.a.sandbox.requests.total, p.pair.b.sandbox.requests.total
        p.cycle(sweep=False)
        after = p.pair.a.sandbox.requests.total, p.pair.b.sandbox.requests.total
        assert (after[0] - before[0], after[1] - before[1]) == (1, 0)


def test_planning_writes_nothing():
    with play(served=False) as p:
        p.place()
        before = p.writes()
        plan = p.plan()
        assert not plan.is_empty
        assert p.writes() == before


def spent(p):
    return p.pair.a.sandbox.requests.total + p.pair.b.sandbox.requests.total


def followed(p, side, about, uuid):
    """What following one hint did, and how many requests it took."""
    before = spent(p)
    found = p.federation.follow_hints().follow([Hint(side, about, UUID(uuid))])
    assert found.again == ()
    return found, spent(p) - before


@contextmanager
def furnished(resources):
    """As many projects with a resource each, mirrored on B, and somebody with a role in each; all was looked at once."""
    with play(served=False, extra={"user_resolve_method": "user_field"}, document=_with_names) as p:
        a, b = p.pair.a, p.pair.b
        p.b.edit(b.consumer_user, is_staff=True)
        anna, there = p.a.add_user("anna"), p.b.add_user("anna")
        for number in range(resources):
            project = p.a.add_project(a.consumer, f"Project {number}")
            key = f"{UUID(a.consumer.uuid)}_{UUID(project.uuid)}"
            room = p.b.add_project(b.customer, project.name, backend_id=key)
            hosted = p.b.add_resource(b.offering, room)
            p.a.add_resource(a.offering, project, backend_id=str(UUID(hosted.uuid)))
            p.a.grant(anna, "PROJECT.MEMBER", project)
            p.b.grant(there, "PROJECT.MEMBER", room, created_by=b.consumer_user)
        p.federation.sync_members().run()
        p.federation.sync_fields().run()
        p.cycle()
        yield p


def _with_names(content):
    content["offerings"][0]["username_reconciliation_enabled"] = True


def newest(p):
    """The youngest resource of A."""
    return p.a.resources[-1]


def staff(p):
    """Who works in the youngest project of B."""
    return sorted(grant.user.username for grant in p.b.grants_on(p.b.projects[-1]))


def ordering(p):
    """An order that B has finished, and that A does not know of yet."""
    order = p.place(name="new")
    p.cycle(sweep=False)
    p.b_finishes()
    found, cost = followed(p, Side.B, About.ORDER, p.b.orders[-1].uuid)
    assert p.order(order).state == "done"
    assert [len(report.outcomes) for _, report in found.reports] == [1]
    return cost


def ordering_after_a_restart(p):
    """The same, where this process has never heard of B's order, and looks for it by the marks."""
    order = p.place(name="new")
    p.cycle(sweep=False)
    p.b_finishes()
    p.federation.learned().index.b_orders.clear()
    p.federation.learned().index.resources.clear()
    _, cost = followed(p, Side.B, About.ORDER, p.b.orders[-1].uuid)
    assert p.order(order).state == "done"
    return cost - 2  # B's order and its resource


def ending(p):
    """A resource that B has terminated; its last usage is told first."""
    order = p.place_terminate(newest(p))
    p.cycle(sweep=False)
    p.b_finishes()
    _, cost = followed(p, Side.B, About.ORDER, p.b.orders[-1].uuid)
    assert p.order(order).state == "done"
    return cost


def joining(p):
    """Somebody gets a role on A."""
    project = newest(p).project
    p.a.grant(p.a.add_user("bert"), "PROJECT.MEMBER", project)
    p.b.add_user("bert")
    _, cost = followed(p, Side.A, About.PROJECT, project.uuid)
    assert staff(p) == ["anna", "bert"]
    return cost


def leaving(p):
    """Somebody loses a role on A."""
    project = newest(p).project
    p.a.revoke(next(user for user in p.a.users if user.username == "anna"), "PROJECT.MEMBER", project)
    p.a.grant(p.a.add_user("bert"), "PROJECT.MEMBER", project)
    _, cost = followed(p, Side.A, About.PROJECT, project.uuid)
    assert staff(p) == []
    return cost


def naming(p):
    """B's provider gave somebody an account."""
    a, b = p.pair.a, p.pair.b
    mine = p.a.add_offering_user(a.offering, next(user for user in p.a.users if user.username == "anna"))
    made = p.b.add_offering_user(b.offering, next(user for user in p.b.users if user.username == "anna"), "glac-anna")
    _, cost = followed(p, Side.B, About.ACCOUNT, made.uuid)
    assert mine.username == "glac-anna"
    return cost


def likening(p):
    """B's provider gave a resource another id."""
    on_a = newest(p)
    on_b = p.b.resource(on_a.backend_id.replace("-", ""))
    p.b.edit(on_b, backend_id="alloc-7")
    _, cost = followed(p, Side.B, About.RESOURCE, on_b.uuid)
    assert on_a.effective_id == "alloc-7"
    return cost


@pytest.mark.parametrize(
    ("change", "most"),
    [
        (ordering, 9),
        (ordering_after_a_restart, 9),
        (joining, 12),
        (leaving, 15),
        (naming, 5),
        (likening, 5),
    ],
)
def test_following_a_hint_costs_the_same_among_few_and_among_many(change, most):
    costs = []
    for count in (FEW, MANY):
        with furnished(count) as p:
            costs.append(change(p))
    assert costs[0] == costs[1] <= most


def test_a_termination_costs_the_pages_of_its_last_usage_too():
    costs = []
    for count in (FEW, MANY):
        with furnished(count) as p:
            costs.append(ending(p))
    assert costs[0] <= 19
    assert costs[1] - costs[0] == 4  # three pages of resources on either side where there was one
