import logging

import pytest
from tests.strategies.builders import a_order_id

from federation_core.application.outcome import CycleReport, Kind, Outcome
from federation_core.domain.plan.actions.orders import ApproveOrder
from federation_runner import logs

ORDER, RESOURCE = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
SECRET = "not-a-real-token-0123456789"  # noqa: S105 - it says so itself


def an_outcome(kind=Kind.AGAIN_AFTER, **changes):
    return Outcome(
        **{"key": ORDER, "resource": RESOURCE, "step": "wait", "kind": kind, "reason": "B decides", **changes}
    )


@pytest.fixture
def written(capsys):
    """What reaches standard error while *tell* runs, logging set up as a command does."""

    def writing(tell, *arguments):
        root = logging.getLogger()
        before = root.handlers, root.level
        logs.configure("DEBUG", [SECRET, "short"])
        try:
            tell(*arguments)
        finally:
            root.handlers = before[0]
            root.setLevel(before[1])
        return capsys.readouterr().err

    return writing


def cycle(*outcomes, task="orders", problems=(), notes=(), **changes):
    report = CycleReport(outcomes, problems, notes)
    return logs.Cycle(
        **{
            "offering": "Federated HPC",
            "task": task,
            "report": report,
            "requests": {"a": 3, "b": 4},
            "took_ms": 12,
            **changes,
        }
    )


def events(told):
    return [line.split("federation.")[1].split()[1] for line in told.splitlines()]


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (an_outcome(), "INFO"),
        (an_outcome(done=(ApproveOrder(a_order_id()),)), "INFO"),
        (an_outcome(error="B order.create timed out"), "WARNING"),
        (an_outcome(Kind.PARKED), "WARNING"),
        (an_outcome(Kind.BROKEN), "ERROR"),
    ],
)
def test_the_level_says_how_bad_it_is(written, outcome, level):
    assert f" {level}" in written(logs.cycle_lines, cycle(outcome), logs.Told()).splitlines()[0]


def test_what_only_waits_is_told_again_where_the_reason_is_new(written):
    told = logs.Told()
    reasons = ("B decides", "B decides", "B works", "B works")
    cycles = [cycle(an_outcome(reason=reason)) for reason in reasons]
    levels = [written(logs.cycle_lines, each, told).split()[2] for each in cycles]
    assert levels == ["INFO", "DEBUG", "INFO", "DEBUG"]


def test_what_is_worth_knowing_is_told_once(written):
    told = logs.Told()
    levels = [written(logs.cycle_lines, cycle(notes=("an orphan",)), told).split()[2] for _ in range(2)]
    assert levels == ["WARNING", "DEBUG"]


def test_an_order_is_one_canonical_line(written):
    outcome = an_outcome(done=(ApproveOrder(a_order_id()),))
    line = written(logs.cycle_lines, cycle(outcome), logs.Told()).splitlines()[0]
    assert (
        f'federation.orders reconciled offering="Federated HPC" key={ORDER} resource={RESOURCE} step=wait '
        'outcome=again-after did=ApproveOrder reason="B decides" reconcile_id='
    ) in line


def test_a_value_with_line_breaks_and_quotes_stays_one_value(written):
    told = written(logs.cycle_lines, cycle(an_outcome(reason='two\nlines "quoted"')), logs.Told())
    assert """ reason="two lines 'quoted'" """ in told


def test_a_cycle_tells_outcomes_problems_notes_and_the_sum(written):
    told = written(
        logs.cycle_lines, cycle(an_outcome(), problems=("B is unreachable",), notes=("an orphan",)), logs.Told()
    )
    assert events(told) == ["reconciled", "unreadable", "noted", "cycle"]
    assert " task=orders outcomes=1 waiting=1 trouble=0 requests_a=3 requests_b=4 took_ms=12 " in told.splitlines()[-1]
    assert len({line.split("reconcile_id=")[1] for line in told.splitlines()}) == 1


def test_a_quiet_cycle_is_a_sign_of_life_only_where_everything_was_looked_through(written):
    assert " DEBUG " in written(logs.cycle_lines, cycle(), logs.Told())
    assert " INFO " in written(logs.cycle_lines, cycle(is_sweep=True), logs.Told())


def test_a_secret_that_slipped_into_a_line_is_cut_out(written):
    told = written(logging.getLogger("elsewhere").warning, "the token is %s, not short", SECRET)
    assert "the token is [secret], not short" in told


def test_a_secret_in_a_traceback_is_cut_out_too(written):
    def fail():
        try:
            int(SECRET)
        except ValueError:
            logging.getLogger("elsewhere").exception("failed")

    told = written(fail)
    assert "invalid literal for int() with base 10: '[secret]'" in told
    assert SECRET not in told


def test_the_http_librarys_chatter_is_held_back(written):
    assert written(logging.getLogger("httpx").info, "HTTP Request: GET https://b.example/?email=ada") == ""
