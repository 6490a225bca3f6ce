"""The chain of one order, by what was seen; what needs a whole pair of servers is played in the scenarios."""

import pytest
from tests.strategies.builders import (
    a_b_order,
    a_b_resource,
    a_limits,
    a_order_id,
    a_resource,
    a_scene,
    an_order,
    b_customer_id,
    b_order_id,
    b_project_id,
    linked,
    mirror,
    running,
)

from federation_core.application.explain_chain import LOOK_AGAIN, READ_FIRST, Mark
from federation_core.application.explain_order import OrderSeen, explain_order
from federation_core.domain.observed import Complete, Incomplete, Unreadable

DOWN = Unreadable("B is down")


def chain_of(order, projects=(), **scene):
    listed = projects if isinstance(projects, Unreadable) else Complete(tuple(projects))
    return explain_order(OrderSeen(order, a_scene(**scene), listed, b_customer_id()))


def link_of(chain, name):
    return next(link for link in chain.links if link.name == name)


def names(chain):
    return [link.name for link in chain.links]


def test_a_resource_that_a_does_not_list_yet():
    chain = chain_of(running(), a_resources=())
    link = link_of(chain, "resource on A")
    assert (link.mark, link.seen, link.remedy) == (Mark.NO, "A does not list the order's resource", LOOK_AGAIN)
    assert "project on B" not in names(chain)
    assert link_of(chain, "step").mark is Mark.UNKNOWN


def test_a_resource_that_a_may_list_on_a_page_that_was_not_read():
    chain = chain_of(running(), a_resources=Incomplete((), "1 of 2"))
    link = link_of(chain, "resource on A")
    assert (link.mark, link.seen, link.remedy) == (Mark.UNKNOWN, "1 of 2", READ_FIRST)


def test_a_resource_in_another_project_than_the_mirror():
    elsewhere = b_project_id(9)
    scene = {"a_resources": [linked()], "b_resources": [a_b_resource(project=elsewhere)], "b_orders": [a_b_order()]}
    adopted = link_of(chain_of(running(), [mirror()], **scene), "project on B")
    assert adopted.seen.endswith(f"; the resource is in project {elsewhere}")
    unneeded = link_of(chain_of(running(), **scene), "project on B")
    assert (unneeded.mark, unneeded.seen) == (
        Mark.YES,
        f"no project carries the key, and none is needed; the resource is in project {elsewhere}",
    )


def test_a_project_that_is_not_there_is_no_answer_while_the_resource_may_be():
    chain = chain_of(running(), b_resources=DOWN)
    assert link_of(chain, "project on B").mark is Mark.UNKNOWN
    assert chain.mark is Mark.UNKNOWN


def test_projects_that_could_not_be_listed():
    link = link_of(chain_of(running(), DOWN), "project on B")
    assert (link.mark, link.remedy) == (Mark.UNKNOWN, READ_FIRST)


def test_what_is_done_on_a_stands_whatever_b_says_by_now():
    order = running(type="Update", state="done", limits=a_limits(node=5))
    chain = chain_of(order, [mirror()], a_resources=[linked()], b_resources=[a_b_resource()])
    assert link_of(chain, "order on B").seen.endswith("A's order is done all the same")
    assert chain.mark is Mark.YES


def test_a_word_of_b_that_is_not_known_is_told_by_the_step():
    chain = chain_of(
        running(backend_id=str(b_order_id())),
        [mirror()],
        a_resources=[linked()],
        b_resources=[a_b_resource()],
        b_orders=[a_b_order(state="thinking")],
    )
    assert names(chain) == ["order on A", "resource on A", "project on A", "step", "next write"]
    assert "thinking" in chain.first_broken.seen
    assert "report it" in chain.first_broken.remedy


def test_a_create_that_may_still_be_under_way_is_looked_at_again():
    just_claimed = running(reviewed_at=a_scene().now)
    chain = chain_of(just_claimed, [mirror()])
    assert chain.first_broken.name == "resource on B"
    assert chain.first_broken.remedy == f"an earlier request to B may still be committing; {LOOK_AGAIN}"


@pytest.mark.parametrize("key", ["", "order_processing_backend"])
def test_an_offering_that_does_not_ask_us_is_told_first(key):
    order = an_order(id=a_order_id(3))
    chain = explain_order(OrderSeen(order, a_scene(a_resources=[a_resource()]), Complete(()), b_customer_id(), key))
    assert (chain.links[0].name == "mode") is bool(key)
    assert chain.about == str(order.id)
