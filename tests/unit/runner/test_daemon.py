import logging
import threading
from typing import Any

from federation_core.application.outcome import CycleReport
from federation_core.domain.errors import Unreachable
from federation_core.domain.ids import Side
from federation_runner import daemon as daemon_module
from federation_runner.daemon import SWEEP_SECONDS, Daemon


class Named:
    def __init__(self, name):
        self.name = name


class FakeFederation:
    """Stands for a container; the cycles themselves are played by `Cycles`."""

    def __init__(self, name):
        self._settings = Named(name)

    def settings(self):
        return self._settings


class Cycles:
    """Plays cycles on a clock of its own, and stops the loop after so many."""

    def __init__(self, stop, most, *, results=None, takes=1.0):
        self.seen = []
        self.now = 0.0
        self._stop, self._most, self._takes = stop, most, takes
        self._results = results or {}

    def __call__(self, federation, *, sweep):
        name = federation.settings().name
        self.seen.append((name, self.now, sweep))
        self.now += self._takes
        if len(self.seen) >= self._most:
            self._stop.set()
        result = self._results.get(name)
        if isinstance(result, Exception):
            raise result
        return CycleReport(problems=("trouble",) if result == "trouble" else ())


def play(monkeypatch, most, names=("one",), interval=300.0, **options):
    stop = threading.Event()
    cycles = Cycles(stop, most, **options)
    monkeypatch.setattr(daemon_module, "run_cycle", cycles)

    def wait(seconds):
        cycles.now += seconds

    monkeypatch.setattr(stop, "wait", wait)
    federations: list[Any] = [FakeFederation(name) for name in names]
    Daemon(federations, interval, stop, monotonic=lambda: cycles.now).run()
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
    assert 'failed offering=down reason="A order.list_open is unreachable: refused"' in caplog.text
    assert "crashed offering=buggy" in caplog.text
    assert "ZeroDivisionError: our fault" in caplog.text
