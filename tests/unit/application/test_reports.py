import json
from fractions import Fraction

import pytest
from tests.strategies.builders import a_order_id, b_order_id

from federation_core.application.explain_mapping import explain_limits, explain_usage, lines_of
from federation_core.application.outcome import CycleReport, Kind, Outcome, kind_of, observe, problems_of
from federation_core.domain.errors import Disposition, TimedOut, UnknownComponent
from federation_core.domain.ids import Side
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.plan.actions.orders import LinkOrder

LATE = TimedOut(Side.B, "order.read")


def outcome(kind=Kind.SETTLED, error=""):
    return Outcome(
        "key", "resource", "finish", kind, "B's order is done", (LinkOrder(a_order_id(), b_order_id()),), error
    )


def test_an_outcome_is_json():
    assert json.loads(json.dumps(outcome(Kind.AGAIN_AFTER, "late").as_json())) == {
        "key": "key",
        "resource": "resource",
        "step": "finish",
        "outcome": "again-after",
        "reason": "B's order is done",
        "done": [{"action": "LinkOrder", "order": str(a_order_id()), "b_order": str(b_order_id())}],
        "error": "late",
    }


@pytest.mark.parametrize(
    ("kind", "error", "trouble"),
    [
        (Kind.SETTLED, "", False),
        (Kind.AGAIN_AFTER, "", False),
        (Kind.AGAIN_AFTER, "late", True),
        (Kind.PARKED, "", True),
        (Kind.BROKEN, "", True),
    ],
)
def test_what_failed_or_needs_a_person_is_trouble(kind, error, trouble):
    assert outcome(kind, error).is_trouble is trouble
    assert CycleReport((outcome(), outcome(kind, error))).is_trouble is trouble


def test_a_report_counts_what_waits_and_notes_are_no_trouble():
    report = CycleReport((outcome(), outcome(Kind.AGAIN_AFTER), outcome(Kind.AGAIN_AFTER)), notes=("an orphan",))
    assert (report.waiting, report.is_trouble) == (2, False)
    assert CycleReport(problems=("unread",)).is_trouble


@pytest.mark.parametrize("disposition", Disposition)
def test_every_disposition_means_something_and_only_patience_comes_back_by_itself(disposition):
    assert (kind_of(disposition) is Kind.AGAIN_AFTER) is (disposition is Disposition.AGAIN_AFTER)
    assert kind_of(disposition) is not Kind.SETTLED


def test_problems_are_told_once_each():
    seen = (Unreadable("late"), Incomplete((), "cut"), Complete(()), Unreadable("late"))
    assert problems_of(*seen) == ("late", "cut")


def test_a_failed_reading_is_unreadable_and_a_bug_is_a_bug():
    def late():
        raise LATE

    assert observe(lambda: 5) == Complete(5)
    assert observe(late) == Unreadable(str(LATE))
    with pytest.raises(ZeroDivisionError):
        observe(lambda: 1 // 0)


MAPPING = ComponentMapping.of({"node": {"gpu": 5, "tape": "0.5"}, "hours": {}})


def test_every_arrow_of_a_mapping_is_a_line():
    assert [(line.a_component, line.b_component, line.factor, line.attribution) for line in lines_of(MAPPING)] == [
        ("hours", "hours", "1", "sum"),
        ("node", "gpu", "5", "sum"),
        ("node", "tape", "0.5", "sum"),
    ]


def test_limits_are_followed_to_b_and_back():
    shown = explain_limits(MAPPING, {"node": Fraction(3), "hours": Fraction(1, 2)})
    assert shown.given == {"hours": "0.5", "node": "3"}
    assert shown.exact == {"gpu": "15", "hours": "0.5", "tape": "1.5"}
    assert shown.ordered == {"gpu": "15", "hours": "1", "tape": "2"}
    assert list(shown.back) == ["hours", "node"]
    assert shown.back["hours"] == "1"


def test_limits_of_a_component_that_is_not_mapped_are_refused():
    with pytest.raises(UnknownComponent):
        explain_limits(MAPPING, {"fuel": Fraction(1)})


def test_usage_is_followed_to_a_and_what_is_left_out_is_named():
    one = ComponentMapping.of({"node": {"gpu": 5}})
    shown = explain_usage(one, {"gpu": Fraction(10), "fuel": Fraction(1)})
    assert (shown.given, shown.reported, shown.left_out) == ({"fuel": "1", "gpu": "10"}, {"node": "2"}, ("fuel",))


def test_a_report_is_json_values():
    report = CycleReport(problems=("p",), notes=("n",))
    assert report.as_json() == {"outcomes": [], "problems": ["p"], "notes": ["n"], "waiting": 0}
