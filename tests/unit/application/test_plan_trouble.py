import pytest
from tests.fakes.federation import FakeFederation
from tests.strategies.builders import (
    a_b_resource,
    a_order_id,
    a_resource,
    a_resource_id,
    b_resource_id,
    linked,
    running,
)

from federation_core.application.orders import OrdersPlan
from federation_core.domain.errors import Disposition, TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.orders.decide import Decision
from federation_core.domain.orders.forwarding import Step
from federation_core.domain.plan.policy import OrphanPolicy


def plan_of(f):
    return f.use_case.plan(f.use_case.observe())


@pytest.mark.parametrize(
    ("holds", "trouble"),
    [
        (None, False),
        (Disposition.AGAIN_AFTER, False),
        (Disposition.PARKED, True),
        (Disposition.STOP, True),
        (Disposition.BROKEN, True),
    ],
)
def test_a_plan_is_trouble_where_an_order_needs_a_person(holds, trouble):
    fine = Decision(running(), Step.WAIT, "B decides")
    assert OrdersPlan((fine, Decision(running(), Step.WAIT, "so it is", holds=holds))).is_trouble is trouble


def test_a_plan_is_trouble_where_something_could_not_be_read():
    assert not plan_of(FakeFederation()).is_trouble
    f = FakeFederation()
    f.a_orders.before["list_open"] = [TimedOut(Side.A, "order.list_open")]
    assert plan_of(f).is_trouble


def test_a_plan_and_its_report_name_the_resources_of_orders_and_orphans():
    orphan = a_b_resource(id=b_resource_id(3), for_resource=a_resource_id(3))
    f = FakeFederation(
        resources=[a_resource(name="climate"), a_resource(id=a_resource_id(3), name="ice", state="Terminated")],
        b_resources=[orphan],
        orphan_policy=OrphanPolicy.TERMINATE,
    )
    plan = plan_of(f)
    assert plan.names == {str(a_order_id()): "climate", str(orphan.id): "ice"}
    report = f.use_case.apply(plan)
    assert report.names == plan.names
    assert {outcome.key for outcome in report.outcomes} == report.names.keys()
    assert report.digest == plan.guarded.digest != ""


def test_a_resource_that_a_does_not_list_has_no_name():
    assert plan_of(FakeFederation(resources=[linked(id=a_resource_id(9))])).names == {}
