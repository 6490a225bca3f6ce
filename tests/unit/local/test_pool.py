import threading
import time

import pytest

from federation_adapters.local import pool as pool_module
from federation_adapters.local.pool import ThreadPool
from federation_core.domain.errors import Conflict, TimedOut
from federation_core.domain.ids import Side


@pytest.fixture
def pool():
    made = ThreadPool(4)
    yield made
    made.close()


def returning(value, after=0.0):
    def call():
        time.sleep(after)
        return value

    return call


def raising(error):
    def call():
        raise error

    return call


def test_results_stand_in_the_order_of_the_calls_not_of_their_ends(pool):
    assert pool.run([returning(1, 0.03), returning(2, 0.01), returning(3)]) == [1, 2, 3]


def test_nothing_to_run_gives_nothing(pool):
    assert pool.run([]) == []


@pytest.mark.parametrize("others", [0, 2])
def test_an_error_of_ours_stands_as_itself(pool, others):
    error = TimedOut(Side.B, "order.read")
    results = pool.run([raising(error), *[returning(number) for number in range(others)]])
    assert results == [error, *range(others)]


def test_each_error_stands_at_its_own_place(pool):
    first, last = TimedOut(Side.A, "x.y"), Conflict(Side.B, "x.z")
    assert pool.run([raising(first), returning("well"), raising(last)]) == [first, "well", last]


@pytest.mark.parametrize("others", [0, 2])
def test_a_bug_is_raised(pool, others):
    with pytest.raises(ZeroDivisionError):
        pool.run([raising(ZeroDivisionError()), *[returning(number) for number in range(others)]])


def test_a_bug_is_raised_only_after_all_calls_have_ended(pool):
    ended = []

    def slow():
        time.sleep(0.05)
        ended.append(True)

    with pytest.raises(ZeroDivisionError):
        pool.run([raising(ZeroDivisionError()), slow])
    assert ended == [True]


def test_calls_run_side_by_side(pool):
    meeting = threading.Barrier(4, timeout=5)
    assert sorted(pool.run([meeting.wait] * 4)) == [0, 1, 2, 3]


def test_no_more_calls_run_at_once_than_the_pool_has_threads():
    lock, now, most = threading.Lock(), [0], [0]

    def call():
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.005)
        with lock:
            now[0] -= 1

    pool = ThreadPool(2)
    pool.run([call] * 8)
    pool.close()
    assert most[0] == 2


def test_a_single_call_runs_on_the_callers_own_thread(pool):
    assert pool.run([threading.current_thread]) == [threading.current_thread()]


def test_calls_that_have_not_begun_are_dropped_when_the_user_interrupts(monkeypatch):
    pool, go, begun = ThreadPool(1), threading.Event(), []

    def interrupted(_futures):
        raise KeyboardInterrupt

    def call():
        begun.append(True)
        go.wait(5)

    monkeypatch.setattr(pool_module, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pool.run([call] * 5)
    go.set()
    pool.close()
    assert len(begun) <= 1


def test_a_closed_pool_has_no_threads_left():
    before, pool = set(threading.enumerate()), ThreadPool(3)
    pool.run([returning(1, 0.01), returning(2, 0.01)])
    threads = set(threading.enumerate()) - before
    assert threads
    pool.close()
    assert not any(thread.is_alive() for thread in threads)
