"""Playing histories: as many steps as asked for, the same ones for the same seed."""

import logging
from contextlib import contextmanager

import attrs
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.stateful.machine import Federations, Tally

STEPS_OF_A_LIFE = 40
LIVES_AT_ONCE = 5
_HOW = settings(
    max_examples=LIVES_AT_ONCE,
    stateful_step_count=STEPS_OF_A_LIFE,
    deadline=None,
    database=None,
    derandomize=False,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
WITHOUT_SHRINKING = (Phase.generate,)
WITH_SHRINKING = (Phase.generate, Phase.shrink)


@attrs.frozen
class Played:
    """What was in the histories."""

    lives: int = 0
    steps: int = 0
    cycles: int = 0
    requests: int = 0
    troubles: int = 0
    kills: int = 0

    def __add__(self, other: "Played") -> "Played":
        return Played(*(mine + its for mine, its in zip(attrs.astuple(self), attrs.astuple(other), strict=True)))


def play(steps: int, first_seed: int, *, machine=Federations, shrinks: bool = True) -> Played:
    """Play at least *steps* steps, seed after seed.

    Raises:
        AssertionError: an invariant was broken; the history stands in the notes of the error.
    """
    tally = machine.tally = Tally()
    number = first_seed
    while tally.steps < steps:
        try:
            run(machine, number, shrinks=shrinks)
        except Exception as error:
            error.add_note(f"to be played again by tests.stateful.histories.run({machine.__name__}, {number})")
            raise
        number += 1
    return Played(**{name: getattr(tally, name) for name in attrs.fields_dict(Played)})


def run(machine, number: int, *, shrinks: bool = True) -> None:
    """Run a few lives of any machine, the same ones for the same *number*.

    Raises:
        AssertionError: what must hold did not; the steps stand in the notes of the error.
    """
    one = seed(number)(type(machine.__name__, (machine,), {}))
    with _quiet():
        run_state_machine_as_test(one, settings=settings(_HOW, phases=WITH_SHRINKING if shrinks else WITHOUT_SHRINKING))


@contextmanager
def _quiet():
    """No log lines: there are millions, and failures are told by the worlds."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
