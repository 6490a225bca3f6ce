from hypothesis import given
from hypothesis import strategies as st

from federation_runner.schedule import LONGEST_BACK_OFF, Turn, after

moments = st.floats(0, 1e9)
intervals = st.floats(0.001, 1e5)


@given(moments, intervals, st.integers(0, 1000))
def test_a_cycle_without_trouble_comes_again_after_the_interval(now, interval, failures):
    assert after(Turn(now, min(failures, 60)), now, interval, trouble=False) == Turn(now + interval, 0)


@given(moments, intervals, st.integers(1, 60))
def test_trouble_doubles_the_wait_up_to_an_hour_or_the_interval(now, interval, cycles):
    turn, waits = Turn(now), []
    for _ in range(cycles):
        turn = after(turn, now, interval, trouble=True)
        waits.append(turn.due - now)
    most = max(interval, LONGEST_BACK_OFF)
    assert turn.failures == cycles
    assert waits == sorted(waits)
    assert abs(waits[0] - interval) < 1e-3
    assert all(wait <= most + 1e-3 for wait in waits)


def test_ten_thousand_troubled_cycles_overflow_nothing():
    turn = Turn(0.0, 10_000)
    assert after(turn, 0.0, 300.0, trouble=True).due == LONGEST_BACK_OFF
