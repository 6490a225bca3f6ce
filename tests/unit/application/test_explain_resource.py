"""The chain of one resource, by what was seen; what needs a whole pair of servers is played in the scenarios."""

import attrs
from tests.fakes.fields import FakeFields
from tests.strategies.builders import (
    a_b_resource,
    a_limits,
    a_offering_id,
    a_order_id,
    a_resource,
    a_resource_id,
    a_resource_pair,
    a_scene,
    an_order,
    b_limits,
    b_resource_id,
    linked,
)

from federation_core.application.explain_chain import NEXT_RUN, READ_FIRST, Mark
from federation_core.application.explain_resource import ResourceSeen, explain_resource, explain_stray, owner_of
from federation_core.application.orders import OrdersPlan
from federation_core.domain.fields.rules import LimitsWay
from federation_core.domain.fields.scene import Part
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import SharedUsage
from federation_core.domain.observed import Incomplete, Unreadable
from federation_core.domain.orders.decide import decide_all
from federation_core.domain.orders.orphans import OrphansSeen
from federation_core.domain.plan.actions.orders import TerminateOrphan
from federation_core.domain.plan.policy import Guarded
from federation_core.domain.plan.sync import SyncPlan


def observed(scene, f=None, **changes):
    """What was seen in a world where both sides are alike."""
    f = FakeFields() if f is None else f
    fields = f.use_case.observe([Part.RESOURCES])
    usual = ResourceSeen(scene, OrdersPlan(), fields, f.rules, f.use_case.plan(fields), SyncPlan("usage"))
    return attrs.evolve(usual, **changes)


def on_both_sides(resource=None, found=None):
    pair = a_resource_pair()
    a, b = pair[0] if resource is None else resource, pair[1] if found is None else found
    return a, a_scene(a_resources=[a], b_resources=[b])


def link_of(chain, name):
    return next(link for link in chain.links if link.name == name)


def test_what_is_alike_stands():
    resource, scene = on_both_sides()
    chain = explain_resource(resource, observed(scene))
    assert chain.mark is Mark.YES
    assert link_of(chain, "limits").seen == "A: node 3; B: gpu 15, tape 4; B's honour A's"


def test_limits_that_nobody_has_compared_are_not_called_honoured():
    resource, scene = on_both_sides()
    f = FakeFields(limits=LimitsWay.DISABLED)
    assert link_of(explain_resource(resource, observed(scene, f)), "limits").seen.endswith("do not have them compared")
    unasked = observed(scene, fields=None, unasked="reporting_backend")
    assert link_of(explain_resource(resource, unasked), "limits").seen == "A: node 3; B: gpu 15, tape 4"


def test_limits_that_are_not_compared_while_a_resource_is_not_at_work():
    resource, scene = on_both_sides(found=a_b_resource(state="Updating"))
    link = link_of(explain_resource(resource, observed(scene)), "limits")
    assert (link.mark, link.seen.endswith("; not compared in these states")) == (Mark.YES, True)


def test_limits_that_several_components_share_cannot_be_told():
    mapping = ComponentMapping.of({"x": {"gpu": 1}, "y": {"gpu": 2}}, shared=SharedUsage.SPLIT)
    a, b = a_resource_pair(limits=b_limits(gpu=9))
    a = attrs.evolve(a, limits=a_limits(x=1, y=1))
    scene = a_scene(a_resources=[a], b_resources=[b])
    f = FakeFields(a=[a], b=[b], mapping=mapping)
    link = link_of(explain_resource(a, observed(scene, f)), "limits")
    assert link.mark is Mark.NO
    assert "cannot be told" in link.seen


def test_nothing_without_limits():
    bare = linked(limits={})
    _, scene = on_both_sides(bare, a_b_resource(limits={}))
    assert link_of(explain_resource(bare, observed(scene)), "limits").seen.startswith("A: none; B: none")


def test_an_order_of_another_resource_is_not_its_own():
    resource, scene = on_both_sides()
    orders = [an_order(resource=a_resource_id(7), id=a_order_id(7))]
    plan = OrdersPlan(decide_all(orders, scene))
    chain = explain_resource(resource, observed(scene, orders=plan))
    assert "open order" not in [link.name for link in chain.links]


def test_an_open_order_that_waits_writes_nothing():
    resource, scene = on_both_sides(found=a_b_resource(state="Creating"))
    scene = attrs.evolve(scene, offering=Unreadable("B is down"))
    plan = OrdersPlan(decide_all([an_order(type="Update", state="pending-provider")], scene))
    chain = explain_resource(resource, observed(scene, orders=plan))
    assert str(a_order_id()) in link_of(chain, "open order").seen
    assert "next write" not in [link.name for link in chain.links]


def removal(number):
    return TerminateOrphan(b_resource_id(number), a_resource_id(), "A terminated it")


def test_a_twin_is_removed_by_the_next_run_or_once_it_is_released():
    resource, scene = on_both_sides()
    twin = removal(2)
    for guarded, remedy in (
        (Guarded(released=(twin,)), NEXT_RUN),
        (Guarded(held=(twin,), digest="0123456789ab"), "release it with run --once --approve-removals 0123456789ab"),
    ):
        plan = OrdersPlan(orphans=OrphansSeen(twins=(twin,)), guarded=guarded)
        link = link_of(explain_resource(resource, observed(scene, orders=plan)), "twin")
        assert (link.mark, link.remedy) == (Mark.NO, remedy)
        assert str(b_resource_id(2)) in link.seen


def test_what_serves_it_by_its_link_is_its_orphan_whatever_the_marks_say():
    resource, scene = on_both_sides()
    other = attrs.evolve(removal(1), resource=a_resource_id(5))
    plan = OrdersPlan(orphans=OrphansSeen(orphans=(other,)))
    assert link_of(explain_resource(resource, observed(scene, orders=plan)), "orphan").mark is Mark.NO


def test_an_orphan_of_another_resource_is_not_its_own():
    resource, scene = on_both_sides()
    other = attrs.evolve(removal(8), resource=a_resource_id(5))
    plan = OrdersPlan(orphans=OrphansSeen(orphans=(other,)))
    assert explain_resource(resource, observed(scene, orders=plan)).mark is Mark.YES


def test_usage_that_could_not_be_read_is_not_called_told():
    resource, scene = on_both_sides()
    chain = explain_resource(resource, observed(scene, usage=SyncPlan("usage", problems=("A is down",))))
    assert "usage" not in [link.name for link in chain.links]
    assert link_of(chain, "reading").seen == "A is down"


def test_marks_may_be_missing_on_b():
    resource, scene = on_both_sides(found=a_b_resource(for_resource=None, for_offering=None))
    assert link_of(explain_resource(resource, observed(scene)), "resource on B").seen.endswith("no marks of ours")


def test_unknown_where_bs_list_was_cut_short():
    scene = a_scene(a_resources=[linked()], b_resources=Incomplete((), "1 of 2"))
    link = link_of(explain_resource(linked(), observed(scene)), "resource on B")
    assert (link.mark, link.remedy) == (Mark.UNKNOWN, READ_FIRST)


class TestStray:
    def test_whose_marks_name_a_resource_that_a_does_not_list(self):
        found, scene = a_b_resource(), a_scene(a_resources=[])
        chain = explain_stray(found, observed(scene))
        assert (
            link_of(chain, "resource on A").seen == f"A does not list resource {a_resource_id()}, which its marks name"
        )
        assert chain.about == str(found.id)

    def test_is_unknown_where_as_list_was_cut_short(self):
        scene = a_scene(a_resources=Incomplete((), "1 of 2"))
        chain = explain_stray(a_b_resource(), observed(scene))
        link = link_of(chain, "resource on A")
        assert (link.mark, link.remedy) == (Mark.UNKNOWN, READ_FIRST)


class TestOwner:
    def test_is_who_is_linked_the_living_first(self):
        dead = linked(state="Terminated")
        living = linked(id=a_resource_id(2))
        scene = a_scene(a_resources=[dead, living], b_resources=[a_b_resource()])
        assert owner_of(a_b_resource(), scene) == living

    def test_is_who_its_marks_name_where_nobody_is_linked(self):
        scene = a_scene(b_resources=[a_b_resource()])
        assert owner_of(a_b_resource(), scene) == a_resource()

    def test_is_nobody_by_marks_of_another_offering(self):
        assert owner_of(a_b_resource(for_offering=a_offering_id(9)), a_scene()) is None
        assert owner_of(a_b_resource(for_resource=None), a_scene()) is None
