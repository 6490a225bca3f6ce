import json
from fractions import Fraction

from tests.strategies.builders import a_resource_id

from federation_core.domain.errors import Disposition
from federation_core.domain.months import Month
from federation_core.domain.plan.actions.usage import ReportUsage
from federation_core.domain.plan.sync import Hold, SyncPlan, Write
from federation_core.domain.units import AComponent

WRITE = Write("r", ReportUsage(a_resource_id(), Month(2025, 3), {AComponent("node"): Fraction(181, 100)}), "metered")


def test_a_plan_without_writes_is_empty():
    assert SyncPlan("usage", holds=(Hold("r", None, "x"),)).is_empty
    assert not SyncPlan("usage", (WRITE,)).is_empty


def test_a_plan_is_json():
    plan = SyncPlan(
        "usage", (WRITE,), (Hold("s", None, "x"), Hold("t", Disposition.PARKED, "y")), problems=("p",), notes=("n",)
    )
    assert json.loads(json.dumps(plan.as_json())) == {
        "actions": [
            {
                "action": "ReportUsage",
                "resource": str(a_resource_id()),
                "month": "2025-03",
                "amounts": {"node": "1.81"},
                "chain": "r",
                "reason": "metered",
            }
        ],
        "held": [{"chain": "s", "outcome": "told", "reason": "x"}, {"chain": "t", "outcome": "parked", "reason": "y"}],
        "held_removals": [],
        "digest": "",
        "problems": ["p"],
        "notes": ["n"],
    }
