import logging
import signal
import threading
from typing import Any

import pytest

from federation_core.application.outcome import CycleReport
from federation_core.domain.errors import Unreachable
from federation_core.domain.ids import Side
from federation_runner import daemon as daemon_module
from federation_runner.daemon import ENDING, SWEEP_SECONDS, Daemon, stopping
from federation_runner.settings.model import Intervals


class Named:
    def __init__(self, name, modes):
        self.name = name
        self.modes = modes


class FakeFederation:
    """Stands for a container; the cycles themselves are played by `Cycles`."""

    def __init__(self, name, modes=frozenset({"order_process"})):
        self._settings = Named(name, modes)

    def settings(self):
        return self._settings


class Cycles:
    """Plays cycles on a clock of its own, and stops the loop after so many."""

    def __init__(self, stop, most, *, results=None, takes=1.0):
        self.seen = []
        self.modes = []
        self.now = 0.0
        self._stop, self._most, self._takes = stop, most, takes
        self._results = results or {}

    def __call__(self, federation, mode, *, sweep):
        name = federation.settings().name
        self.seen.append((name, self.now, sweep))
        self.modes.append((mode, self.now))
        self.now += self._takes
        if len(self.seen) >= self._most:
            self._stop.set()
        result = self._results.get(name)
        if isinstance(result, Exception):
            raise result
        return {"orders": CycleReport(problems=("trouble",) if result == "trouble" else ())}


def play(monkeypatch, most, names=("one",), interval=300.0, **options):
    stop = threading.Event()
    cycles = Cycles(stop, most, **options)
    monkeypatch.setattr(daemon_module, "run_cycle", cycles)

    def wait(seconds):
        cycles.now += seconds

    monkeypatch.setattr(stop, "wait", wait)
    federations: list[Any] = [FakeFederation(name) for name in names]
    Daemon(federations, Intervals(interval, 1800.0, interval, 3600.0), stop, monotonic=lambda: cycles.now).run()
    return cycles.seen


def test_cycles_come_an_interval_after_the_end_of_the_last(monkeypatch):
    assert [at for _, at, _ in play(monkeypatch, 3)] == [0.0, 301.0, 602.0]


def test_trouble_waits_longer_each_time(monkeypatch):
    starts = [at for _, at, _ in play(monkeypatch, 4, results={"one": "trouble"}, takes=0.0)]
    assert starts == [0.0, 300.0, 900.0, 2100.0]


def test_a_sweep_comes_first_and_then_hourly(monkeypatch):
    seen = play(monkeypatch, 15, takes=0.0)
    assert [at for _, at, sweep in seen if sweep] == [0.0, SWEEP_SECONDS]


def test_one_offering_that_fails_or_crashes_does_not_stop_the_others(monkeypatch, caplog):
    results = {"down": Unreachable(Side.A, "order.list_open", "refused"), "buggy": ZeroDivisionError("our fault")}
    with caplog.at_level(logging.ERROR):
        seen = play(monkeypatch, 6, names=("down", "buggy", "fine"), results=results, takes=0.0)
    assert [name for name, at, _ in seen if at == 0.0] == ["down", "buggy", "fine"]
    assert [name for name, at, _ in seen if at == 300.0] == ["down", "buggy", "fine"]
    assert 'failed offering=down mode=order_process reason="A order.list_open is unreachable: refused"' in caplog.text
    assert "crashed offering=buggy mode=order_process" in caplog.text
    assert "ZeroDivisionError: our fault" in caplog.text


def test_every_mode_comes_in_its_own_interval(monkeypatch):
    stop = threading.Event()
    cycles = Cycles(stop, 10, takes=0.0)
    monkeypatch.setattr(daemon_module, "run_cycle", cycles)
    monkeypatch.setattr(stop, "wait", lambda seconds: setattr(cycles, "now", cycles.now + seconds))
    federations: list[Any] = [FakeFederation("one", frozenset({"order_process", "report"}))]
    Daemon(federations, Intervals(600.0, 1800.0, 600.0, 3600.0), stop, monotonic=lambda: cycles.now).run()
    assert [at for mode, at in cycles.modes if mode == "order_process"] == [
        0.0,
        600.0,
        1200.0,
        1800.0,
        2400.0,
        3000.0,
        3600.0,
    ]
    assert [at for mode, at in cycles.modes if mode == "report"] == [0.0, 1800.0, 3600.0]


def test_one_mode_can_be_run_alone(monkeypatch):
    stop = threading.Event()
    cycles = Cycles(stop, 2, takes=0.0)
    monkeypatch.setattr(daemon_module, "run_cycle", cycles)
    monkeypatch.setattr(stop, "wait", lambda seconds: setattr(cycles, "now", cycles.now + seconds))
    federations: list[Any] = [FakeFederation("one", frozenset({"order_process", "report"}))]
    intervals = Intervals(600.0, 1800.0, 600.0, 3600.0)
    Daemon(federations, intervals, stop, monotonic=lambda: cycles.now, mode="report").run()
    assert {mode for mode, _ in cycles.modes} == {"report"}


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_asks_to_end_and_only_an_interrupt_is_one(number):
    event, before = threading.Event(), signal.getsignal(number)
    with stopping(event) as signals:
        signal.raise_signal(number)
        assert (event.is_set(), signals.by_interrupt) == (True, number == signal.SIGINT)
    assert signal.getsignal(number) is before


def test_a_second_interrupt_interrupts_at_once():
    def interrupted_twice():
        with stopping(threading.Event()):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice()


def test_a_hang_up_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping(threading.Event()):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
