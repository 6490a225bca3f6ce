from itertools import product

import pytest

from federation_core.domain.errors import UnknownWord
from federation_core.domain.ids import Side
from federation_core.domain.orders.forwarding import FORWARDING, Step, diagram, table
from federation_core.domain.orders.states import (
    A_ORDER_PHASES,
    B_ORDER_PHASES,
    APhase,
    BPhase,
    BState,
    OrderType,
    a_phase,
    b_phase,
    b_state,
    order_type,
)

WORDS = {
    "pending-consumer", "pending-provider", "pending-project", "pending-start-date", "executing", "done", "erred",
    "canceled", "rejected",
}  # fmt: skip

EXPECTED = """
            ABSENT   UNKNOWN  AMBIGUOUS  OPEN     DONE     FAILED
FOREIGN     wait     wait     park       alarm    alarm    wait
OFFERED     approve  wait     park       approve  approve  approve
RUNNING     submit   wait     park       wait     finish   fail
DONE        settled  settled  settled    alarm    settled  alarm
ENDED       settled  settled  settled    alarm    alarm    settled
"""


def expected_cells():
    head, *lines = (line.split() for line in EXPECTED.strip().splitlines())
    return [
        (APhase[a], BPhase[b], Step[step.upper()]) for a, *steps in lines for b, step in zip(head, steps, strict=True)
    ]


@pytest.mark.parametrize(("a", "b", "step"), expected_cells(), ids=lambda member: member.name)
def test_each_pair_calls_for_its_step(a, b, step):
    assert FORWARDING[a, b] is step


def test_the_table_is_total():
    assert set(FORWARDING) == set(product(APhase, BPhase))
    assert len(expected_cells()) == len(FORWARDING)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        FORWARDING[APhase.DONE, BPhase.DONE] = Step.SUBMIT  # type: ignore[index]


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_of_an_order_folds_on_both_sides(word):
    assert isinstance(a_phase(word), APhase)
    assert isinstance(b_phase(word), BPhase)


def test_the_words_are_exactly_waldurs():
    assert A_ORDER_PHASES.keys() == B_ORDER_PHASES.keys() == WORDS
    assert set(A_ORDER_PHASES.values()) == set(APhase)
    assert set(B_ORDER_PHASES.values()) == {BPhase.OPEN, BPhase.DONE, BPhase.FAILED}


@pytest.mark.parametrize(
    ("word", "ours", "theirs"),
    [
        ("pending-consumer", APhase.FOREIGN, BPhase.OPEN),
        ("pending-project", APhase.FOREIGN, BPhase.OPEN),
        ("pending-start-date", APhase.FOREIGN, BPhase.OPEN),
        ("pending-provider", APhase.OFFERED, BPhase.OPEN),
        ("executing", APhase.RUNNING, BPhase.OPEN),
        ("done", APhase.DONE, BPhase.DONE),
        ("erred", APhase.ENDED, BPhase.FAILED),
        ("canceled", APhase.ENDED, BPhase.FAILED),
        ("rejected", APhase.ENDED, BPhase.FAILED),
    ],
)
def test_a_word_means_something_else_on_either_side(word, ours, theirs):
    assert (a_phase(word), b_phase(word)) == (ours, theirs)


@pytest.mark.parametrize("word", ["Creating", "OK", "Erred", "Updating", "Terminating", "Terminated"])
def test_every_word_of_a_resource_folds(word):
    assert b_state(word).value == word


def test_there_are_no_other_resource_states_and_order_types():
    assert len(BState) == 6
    assert {kind.value for kind in OrderType} == {"Create", "Update", "Terminate", "Restore"}


@pytest.mark.parametrize(
    ("fold", "side", "operation"),
    [
        (a_phase, Side.A, "order.state"),
        (b_phase, Side.B, "order.state"),
        (b_state, Side.B, "resource.state"),
        (order_type, Side.A, "order.type"),
    ],
)
@pytest.mark.parametrize("word", ["", "cancelled", "DONE", "ok", "create", "done ", "pending-quantum"])
def test_an_unknown_word_is_an_error_never_a_default(fold, side, operation, word):
    with pytest.raises(UnknownWord) as raised:
        fold(word)
    assert (raised.value.side, raised.value.operation, raised.value.detail) == (side, operation, repr(word))


ENDS = (Step.SETTLED,)
MOVES = {
    Step.APPROVE: lambda _a, b: (APhase.RUNNING, b),
    Step.SUBMIT: lambda a, _b: (a, BPhase.OPEN),
    Step.FINISH: lambda _a, b: (APhase.DONE, b),
    Step.FAIL: lambda _a, b: (APhase.ENDED, b),
}


def follow(pair, b_ends_as):
    """The pairs passed through when every step succeeds and B, once asked, ends its order."""
    path = [pair]
    while (step := FORWARDING[path[-1]]) not in ENDS:
        a, b = path[-1]
        if step is Step.WAIT:
            assert b is BPhase.OPEN
            path.append((a, b_ends_as))
        else:
            path.append(MOVES[step](a, b))
        assert len(path) < 10, path
    return path


@pytest.mark.parametrize(("ending", "end"), [(BPhase.DONE, APhase.DONE), (BPhase.FAILED, APhase.ENDED)])
def test_following_the_steps_of_a_new_order_reaches_b_s_end(ending, end):
    assert follow((APhase.OFFERED, BPhase.ABSENT), ending) == [
        (APhase.OFFERED, BPhase.ABSENT),
        (APhase.RUNNING, BPhase.ABSENT),
        (APhase.RUNNING, BPhase.OPEN),
        (APhase.RUNNING, ending),
        (end, ending),
    ]


@pytest.mark.parametrize("b", [BPhase.ABSENT, BPhase.OPEN, BPhase.DONE, BPhase.FAILED])
@pytest.mark.parametrize("a", [APhase.OFFERED, APhase.RUNNING])
def test_an_order_that_is_open_always_reaches_an_end(a, b):
    assert FORWARDING[follow((a, b), BPhase.DONE)[-1]] is Step.SETTLED


@pytest.mark.parametrize("pair", [pair for pair, step in FORWARDING.items() if step is Step.SETTLED], ids=str)
def test_a_settled_pair_is_over_on_a(pair):
    assert pair[0] in {APhase.DONE, APhase.ENDED}


@pytest.mark.parametrize("a", APhase, ids=lambda phase: phase.name)
def test_while_b_cannot_be_told_nothing_is_done(a):
    assert FORWARDING[a, BPhase.UNKNOWN] in {Step.WAIT, Step.SETTLED}
    assert FORWARDING[a, BPhase.AMBIGUOUS] in {Step.PARK, Step.SETTLED}


def test_the_diagram_has_one_arc_per_pair_that_calls_for_work():
    lines = diagram().splitlines()
    work = [pair for pair, step in FORWARDING.items() if step in MOVES]
    assert lines[0] == "stateDiagram-v2"
    assert len(lines) == 1 + len(work) + 2 == len(set(lines))
    assert "    Offered_Absent --> Running_Absent: approve" in lines
    assert "    Running_Absent --> Running_Open: submit" in lines
    assert "    Running_Open --> Running_Failed: B decides" in lines
    assert "    Running_Done --> Done_Done: finish" in lines
    assert "    Running_Failed --> Ended_Failed: fail" in lines


def test_the_printed_table_has_every_pair():
    head, rule, *lines = table().splitlines()
    assert head.count("|") == rule.count("|") == len(BPhase) + 2
    assert len(lines) == len(APhase)
    assert lines[1] == "| **OFFERED** | approve | wait | park | approve | approve | approve |"
