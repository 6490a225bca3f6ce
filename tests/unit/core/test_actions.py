import json
from datetime import date
from fractions import Fraction
from typing import Any, get_args

import pytest
from tests.strategies.builders import (
    a_customer_id,
    a_order_id,
    a_project,
    a_project_id,
    a_resource_id,
    b_order_id,
    b_plan_id,
    b_resource_id,
    ordered,
)

from federation_core.domain.plan.actions import Action, describe
from federation_core.domain.plan.actions.orders import (
    ApproveOrder,
    FailOrder,
    FinishOrder,
    LinkOrder,
    LinkResource,
    OrderAction,
    Stage,
    StampRetry,
    SubmitCreate,
    SubmitLimits,
    SubmitPlanSwitch,
    SubmitRestore,
    SubmitTerminate,
    TerminateOrphan,
)
from federation_core.domain.projects.backend_id import ProjectKey

ORDER, RESOURCE, B_RESOURCE = str(a_order_id()), str(a_resource_id()), str(b_resource_id())

EVERY = [
    (ApproveOrder(a_order_id()), Stage.CLAIM, {"order": ORDER}),
    (StampRetry(a_order_id(), a_resource_id()), Stage.CLAIM, {"order": ORDER, "resource": RESOURCE}),
    (
        SubmitCreate(
            order=a_order_id(),
            resource=a_resource_id(),
            project=a_project(),
            key=ProjectKey(a_customer_id(), a_project_id()),
            limits=ordered(tape=1, gpu=15),
            attributes={"name": "", "options": [1, {"b": None, "a": True}], "end_date": date(2026, 2, 28), "x": 0.29},
        ),
        Stage.SUBMIT,
        {
            "order": ORDER,
            "resource": RESOURCE,
            "project": str(a_project_id()),
            "key": f"{a_customer_id()}_{a_project_id()}",
            "limits": {"gpu": 15, "tape": 1},
            "attributes": {"name": "", "options": [1, {"b": None, "a": True}], "end_date": "2026-02-28", "x": 0.29},
            "plan": None,
            "accept_terms": False,
        },
    ),
    (
        SubmitLimits(a_order_id(), b_resource_id(), ordered(gpu=15)),
        Stage.SUBMIT,
        {"order": ORDER, "b_resource": B_RESOURCE, "limits": {"gpu": 15}},
    ),
    (
        SubmitPlanSwitch(a_order_id(), b_resource_id(), b_plan_id()),
        Stage.SUBMIT,
        {"order": ORDER, "b_resource": B_RESOURCE, "plan": str(b_plan_id())},
    ),
    (SubmitTerminate(a_order_id(), b_resource_id()), Stage.SUBMIT, {"order": ORDER, "b_resource": B_RESOURCE}),
    (SubmitRestore(a_order_id(), b_resource_id()), Stage.SUBMIT, {"order": ORDER, "b_resource": B_RESOURCE}),
    (LinkOrder(a_order_id(), b_order_id()), Stage.LINK, {"order": ORDER, "b_order": str(b_order_id())}),
    (
        LinkResource(a_order_id(), a_resource_id(), b_resource_id()),
        Stage.LINK,
        {"order": ORDER, "resource": RESOURCE, "b_resource": B_RESOURCE},
    ),
    (FinishOrder(a_order_id()), Stage.END, {"order": ORDER}),
    (FailOrder(a_order_id(), "No stock."), Stage.END, {"order": ORDER, "message": "No stock."}),
    (
        TerminateOrphan(b_resource_id(), a_resource_id(), "gone"),
        Stage.SUBMIT,
        {"b_resource": B_RESOURCE, "resource": RESOURCE, "why": "gone"},
    ),
]
IDS = [type(action).__name__ for action, *_ in EVERY]


def test_the_table_has_every_action_about_orders():
    assert {type(action) for action, *_ in EVERY} == {*get_args(OrderAction), TerminateOrphan}


@pytest.mark.parametrize(("action", "stage", "fields"), EVERY, ids=IDS)
def test_an_action_is_described_in_json_values(action, stage, fields):
    described = describe(action)
    assert described == {"action": type(action).__name__, **fields}
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert action.stage is stage


@pytest.mark.parametrize(("action", "stage", "fields"), EVERY, ids=IDS)
def test_an_action_cannot_be_changed(action, stage, fields):
    with pytest.raises(AttributeError):
        action.order = None
    assert type(action) in get_args(Action)
    assert stage in Stage
    assert fields


def test_amounts_that_are_not_whole_are_described_as_text():
    odd: Any = {"gpu": Fraction(1, 3)}
    assert describe(SubmitLimits(a_order_id(), b_resource_id(), odd))["limits"] == {"gpu": "1/3"}


def test_the_stages_run_from_claim_to_end():
    assert [stage.name for stage in sorted(Stage)] == ["CLAIM", "SUBMIT", "LINK", "END"]
