from fractions import Fraction

import pytest
from tests.fakes.peers import WorkPool
from tests.strategies.builders import a_resource_id

from federation_adapters.local.journal import MemoryJournal
from federation_core.application.apply_writes import WriteApplier
from federation_core.application.outcome import Kind
from federation_core.domain.errors import Disposition, Invalid, TimedOut
from federation_core.domain.ids import Side
from federation_core.domain.months import Month
from federation_core.domain.plan.actions.usage import ReportShares, ReportUsage
from federation_core.domain.plan.sync import Hold, SyncPlan, Write
from federation_core.domain.units import AComponent

MARCH, NODE = Month(2025, 3), AComponent("node")


def totals(number):
    return ReportUsage(a_resource_id(number), MARCH, {NODE: Fraction(1)})


def shares(number):
    return ReportShares(a_resource_id(number), MARCH, NODE, {"anna": Fraction(1)})


def write(chain, action):
    return Write(chain, action, f"why {chain}")


class Applied:
    """Applies a plan, with errors for some actions."""

    def __init__(self, *writes, holds=(), errors=()):
        self.done = []
        self.stages: list[int] = []
        self.errors = dict(errors)
        self.journal = MemoryJournal()
        applier = WriteApplier(WorkPool(), self.journal, self.write)
        self.outcomes = applier.apply(SyncPlan("usage", writes, holds), self.stages.append)

    def write(self, action):
        error = self.errors.get(type(action), {}).get(action.resource)
        if error is not None:
            raise error
        self.done.append(action)


def test_stages_are_done_in_turn_for_all_chains():
    applied = Applied(write("r1", shares(1)), write("r1", totals(1)), write("r2", shares(2)), write("r2", totals(2)))
    assert applied.done == [totals(1), totals(2), shares(1), shares(2)]
    assert applied.stages == [1, 2]


@pytest.mark.parametrize(
    ("error", "kind"),
    [(TimedOut(Side.A, "x"), Kind.AGAIN_AFTER), (Invalid(Side.A, "x", "no"), Kind.PARKED)],
)
def test_a_failure_ends_its_chain_and_no_other(error, kind):
    applied = Applied(
        write("r1", totals(1)),
        write("r1", shares(1)),
        write("r2", totals(2)),
        write("r2", shares(2)),
        errors={ReportUsage: {a_resource_id(1): error}},
    )
    assert applied.done == [totals(2), shares(2)]
    told = {outcome.key: (outcome.kind, outcome.error) for outcome in applied.outcomes}
    assert told == {"r1": (kind, str(error)), "r2": (Kind.SETTLED, "")}
    assert [(entry.action, entry.error) for entry in applied.journal.entries()][:2] == [
        (totals(1), str(error)),
        (totals(2), ""),
    ]


def test_holds_that_wait_for_somebody_are_reported_and_others_are_not():
    applied = Applied(holds=(Hold("r1", Disposition.PARKED, "look"), Hold("r2", None, "just so")))
    (outcome,) = applied.outcomes
    assert (outcome.key, outcome.kind, outcome.reason, outcome.step) == ("r1", Kind.PARKED, "look", "usage")


def test_an_empty_plan_does_nothing():
    applied = Applied()
    assert (applied.outcomes, applied.stages, applied.done) == ((), [], [])
