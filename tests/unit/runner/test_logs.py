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


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (an_outcome(), "DEBUG"),
        (an_outcome(done=(ApproveOrder(a_order_id()),)), "INFO"),
        (an_outcome(error="B order.create timed out"), "WARNING"),
        (an_outcome(Kind.PARKED), "WARNING"),
        (an_outcome(Kind.BROKEN), "ERROR"),
    ],
)
def test_the_level_says_how_bad_it_is(written, outcome, level):
    assert f" {level}" in written(logs.order_line, "HPC", outcome, "0a1b2c3d")


def test_an_order_is_one_canonical_line(written):
    outcome = an_outcome(done=(ApproveOrder(a_order_id()),))
    (line,) = written(logs.order_line, "Federated HPC", outcome, "0a1b2c3d").splitlines()
    assert line.endswith(
        f'federation.order reconciled offering="Federated HPC" order={ORDER} resource={RESOURCE} step=wait '
        'outcome=again-after did=ApproveOrder reason="B decides" reconcile_id=0a1b2c3d'
    )


def test_a_value_with_line_breaks_and_quotes_stays_one_value(written):
    (line,) = written(logs.order_line, "HPC", an_outcome(reason='two\nlines "quoted"'), "0a1b2c3d").splitlines()
    assert """ reason="two lines 'quoted'" """ in line


def test_a_cycle_tells_orders_problems_notes_and_the_sum(written):
    report = CycleReport((an_outcome(),), ("B is unreachable",), ("an orphan",))
    lines = written(logs.cycle_lines, "HPC", report, {"a": 3, "b": 4}, 12).splitlines()
    assert [line.split("federation.")[1].split()[1] for line in lines] == ["reconciled", "unreadable", "noted", "cycle"]
    assert " orders=1 waiting=1 trouble=0 requests_a=3 requests_b=4 took_ms=12 " in lines[-1]
    assert len({line.split("reconcile_id=")[1] for line in lines}) == 1


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
