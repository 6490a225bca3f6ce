import logging
import signal
import threading
import time
from typing import Any

import attrs
import pytest
from dependency_injector import providers
from tests.strategies.builders import uuid_of

from federation_runner import daemon as daemon_module
from federation_runner.daemon import ENDING, Daemon, stopping
from federation_runner.settings.model import Intervals

INTERVALS = Intervals(300.0, 1800.0, 300.0, 3600.0)


class Reached:
    def __init__(self, base_url):
        self.base_url = base_url


@attrs.frozen
class Listens:
    enabled: bool = False


class FakeSettings:
    def __init__(self, name, b_url, customer, modes):
        self.name, self.target_customer = name, uuid_of(1, customer)
        self.modes = self.asked_modes = modes
        self.b = Reached(b_url)
        self.a_events = self.b_events = Listens()


class FakeFederation:
    """Stands for a container."""

    def __init__(self, name, b_url="https://b.example", customer=1, modes=frozenset({"order_process", "report"})):
        self._settings = FakeSettings(name, b_url, customer, modes)
        self.stop = providers.Singleton(threading.Event)

    def settings(self):
        return self._settings


class FakeLane:
    """Runs until it is woken after the stop, or as the class is told."""

    behaviour: Any = None
    made: list[Any] = []  # noqa: RUF012 - emptied for each test

    def __init__(self, work, _intervals, stop):
        self.work, self.stop, self.bell, self.beat, self.ready = work, stop, threading.Event(), time.monotonic(), True
        self.made.append(self)

    def run(self):
        if self.behaviour is not None:
            type(self).behaviour(self)
        else:
            self.bell.wait(10)

    def wake(self):
        self.bell.set()

    def is_ready(self):
        return self.ready

    def status(self):
        return {federation.settings().name: {} for federation, _ in self.work}


@pytest.fixture
def lanes(monkeypatch):
    monkeypatch.setattr(daemon_module, "Lane", FakeLane)
    monkeypatch.setattr(FakeLane, "behaviour", None)
    monkeypatch.setattr(FakeLane, "made", [])
    monkeypatch.setattr(daemon_module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(daemon_module, "GRACE_SECONDS", 0.2)
    return FakeLane.made


def make(*federations: Any, mode="all"):
    stop = threading.Event()
    return Daemon(federations, INTERVALS, stop, mode=mode), stop


def test_offerings_of_one_customer_on_b_share_a_thread(lanes):
    make(
        FakeFederation("one"),
        FakeFederation("other customer", customer=2),
        FakeFederation("same"),
        FakeFederation("other server", b_url="https://other.example"),
    )
    names = [[federation.settings().name for federation, _ in lane.work] for lane in lanes]
    assert names == [["one", "same"], ["other customer"], ["other server"]]


@pytest.mark.parametrize(
    ("mode", "modes"),
    [
        ("all", ("order_process", "report")),
        ("report", ("report",)),
        ("event_process", ("order_process",)),
    ],
)
def test_a_lane_runs_what_is_wanted_and_asked_for(lanes, mode, modes):
    make(FakeFederation("one"), mode=mode)
    assert [of for _, of in lanes[0].work] == [modes]


def test_it_runs_until_it_is_stopped(lanes, caplog):
    daemon, stop = make(FakeFederation("one"), FakeFederation("two", customer=2))
    threading.Timer(0.05, stop.set).start()
    with caplog.at_level(logging.INFO):
        daemon.run()
    assert all(lane.bell.is_set() for lane in lanes)
    assert caplog.messages[-1] == "stopped"


def test_a_cycle_under_way_gets_its_grace_and_then_makes_no_more_requests(lanes, monkeypatch):
    federation = FakeFederation("one")
    told = []

    def busy(_lane):
        while not federation.stop().is_set():
            time.sleep(0.005)
        told.append(time.monotonic())

    monkeypatch.setattr(FakeLane, "behaviour", busy)
    daemon, stop = make(federation)
    stop.set()
    begun = time.monotonic()
    daemon.run()
    assert told[0] - begun >= 0.2
    assert len(lanes) == 1


def test_a_thread_that_ends_by_itself_ends_the_process(lanes, monkeypatch):
    monkeypatch.setattr(FakeLane, "behaviour", lambda _lane: None)
    daemon, stop = make(FakeFederation("one"))
    with pytest.raises(RuntimeError, match="ended by itself"):
        daemon.run()
    assert stop.is_set()
    assert lanes


class TestStatus:
    def test_before_anything_runs_it_is_not_alive(self, lanes):
        daemon, _ = make(FakeFederation("one"))
        assert not daemon.status().is_alive
        assert lanes

    def test_while_all_threads_move_it_is(self, lanes):
        daemon, stop = make(FakeFederation("one"))
        thread = threading.Thread(target=daemon.run)
        thread.start()
        try:
            while not daemon.status().is_alive:
                time.sleep(0.005)
            assert daemon.status().is_ready
            assert daemon.status().offerings == {"one": {}}
            lanes[0].ready = False
            assert not daemon.status().is_ready
            lanes[0].beat -= daemon_module.STILL_SECONDS
            assert not daemon.status().is_alive
        finally:
            stop.set()
            thread.join()


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
