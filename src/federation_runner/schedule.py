"""When an offering's next cycle is due; pure arithmetic on seconds."""

import attrs

LONGEST_BACK_OFF = 3600.0
MOST_DOUBLINGS = 40


@attrs.frozen
class Turn:
    """The state of one offering's schedule: when its next cycle is due, and how many cycles in a row had trouble."""

    due: float
    failures: int = 0


def soon(turn: Turn, at: float) -> Turn:
    """The turn, due at *at* if it was due later."""
    return attrs.evolve(turn, due=min(turn.due, at))


def after(turn: Turn, now: float, interval: float, *, trouble: bool) -> Turn:
    """The turn that follows a cycle that ended at *now*.

    A cycle without trouble comes again after the interval. With every troubled cycle in a row the wait doubles, up to an hour
    or the interval, whichever is longer.
    """
    if not trouble:
        return Turn(now + interval)
    wait = min(interval * 2 ** min(turn.failures, MOST_DOUBLINGS), max(interval, LONGEST_BACK_OFF))
    return Turn(now + wait, turn.failures + 1)
