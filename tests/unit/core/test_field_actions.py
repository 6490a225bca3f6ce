"""Every action about fields, as JSON values."""

import json
from datetime import date
from typing import Any, get_args
from uuid import UUID

import pytest
from tests.strategies.builders import a_limits, a_project_id, a_resource_id, b_project_id, b_resource_id, uuid_of

from federation_core.domain.ids import AAccountId
from federation_core.domain.plan.actions import describe
from federation_core.domain.plan.actions.fields import (
    ConfirmResource,
    FieldAction,
    FieldStage,
    MarkErred,
    MarkOk,
    ProjectField,
    RenameAccount,
    SetEffectiveId,
    SetEndDateOnA,
    SetEndDateOnB,
    SetLimits,
    SetOnMirror,
    SetProjectEndOnA,
    SetProjectEndOnB,
)

A, B, P, Q = a_resource_id(), b_resource_id(), a_project_id(), b_project_id()
ACCOUNT = AAccountId(uuid_of(0xA6, 1))
DAY = date(2028, 2, 29)
RESOURCE = {"resource": str(A)}
ENDS = {"end_date": "2028-02-29", "seen": None}

EVERY: list[tuple[FieldAction, dict[str, Any]]] = [
    (
        SetLimits(A, a_limits(node=4), a_limits(node="1/3")),
        {**RESOURCE, "limits": {"node": "4"}, "seen": {"node": "1/3"}},
    ),
    (SetEffectiveId(A, "x"), {**RESOURCE, "effective_id": "x"}),
    (SetEndDateOnA(A, B, DAY, None), {**RESOURCE, "b_resource": str(B), **ENDS}),
    (SetEndDateOnB(B, A, DAY, None), {**RESOURCE, "b_resource": str(B), **ENDS}),
    (MarkErred(A, "disk full"), {**RESOURCE, "message": "disk full"}),
    (MarkOk(A), RESOURCE),
    (ConfirmResource(A), RESOURCE),
    (
        SetOnMirror(Q, ProjectField.SUB_DOMAIN, UUID(int=5), "1.5"),
        {"b_project": str(Q), "field": "science_sub_domain", "value": str(UUID(int=5)), "code": "1.5"},
    ),
    (SetProjectEndOnA(P, Q, DAY, None), {"project": str(P), "b_project": str(Q), **ENDS}),
    (SetProjectEndOnB(Q, P, DAY, None), {"project": str(P), "b_project": str(Q), **ENDS}),
    (RenameAccount(ACCOUNT, "heidi"), {"account": str(ACCOUNT), "name": "heidi"}),
]


def test_the_table_has_every_action_about_fields():
    assert {type(action) for action, _ in EVERY} == set(get_args(FieldAction))


@pytest.mark.parametrize(("action", "fields"), EVERY, ids=[type(action).__name__ for action, _ in EVERY])
def test_an_action_is_described_in_json_values(action, fields):
    described = describe(action)
    assert described == {"action": type(action).__name__, **fields}
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert action.stage in FieldStage


def test_confirmations_come_last():
    assert ConfirmResource(A).stage is max(FieldStage)


def test_no_two_fields_of_one_thing_share_a_stage():
    about_resources = [SetLimits.stage, SetEffectiveId.stage, SetEndDateOnA.stage, MarkOk.stage, ConfirmResource.stage]
    assert len(set(about_resources)) == len(about_resources)
    assert {SetOnMirror(Q, field, None).stage.name for field in ProjectField} == {field.name for field in ProjectField}
    assert SetProjectEndOnB.stage is FieldStage.END_DATE


def test_a_persons_name_is_not_in_a_traceback():
    assert "heidi" not in repr(RenameAccount(ACCOUNT, "heidi"))
