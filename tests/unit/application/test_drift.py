from tests.strategies.builders import a_resource_id

from federation_core.application.drift import Difference, differences
from federation_core.domain.errors import Disposition
from federation_core.domain.months import Month
from federation_core.domain.plan.actions.usage import ReportUsage
from federation_core.domain.plan.sync import Hold, SyncPlan, Write

ACTION = ReportUsage(a_resource_id(), Month(2025, 3), {})


def test_what_would_be_written_and_what_is_held_differ():
    plan = SyncPlan(
        "usage",
        (Write("r1", ACTION, "", "node 1", "gpu 10"), Write("r1", ACTION, "")),
        (Hold("r2", None, "", "node 1", "nothing"), Hold("r3", Disposition.PARKED, "")),
    )
    assert differences(plan) == (
        Difference("usage", "r1", "node 1", "gpu 10"),
        Difference("usage", "r2", "node 1", "nothing"),
    )


def test_a_plan_is_trouble_where_it_needs_somebody():
    assert SyncPlan("usage", problems=("x",)).is_trouble
    assert SyncPlan("usage", holds=(Hold("r", Disposition.PARKED, ""),)).is_trouble
    assert not SyncPlan("usage", holds=(Hold("r", Disposition.AGAIN_AFTER, ""), Hold("r", None, ""))).is_trouble
