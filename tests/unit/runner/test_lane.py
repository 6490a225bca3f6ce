import logging
import threading
from typing import Any

import pytest
from tests.strategies.builders import uuid_of

from federation_adapters.local.inbox import Inbox
from federation_core.application.outcome import CycleReport, Kind, Outcome
from federation_core.domain.errors import Unreachable
from federation_core.domain.hints import About, Hint
from federation_core.domain.ids import Side
from federation_runner import lane as lane_module
from federation_runner.lane import SWEEP_SECONDS, Lane
from federation_runner.settings.model import Intervals

HOUR, FIVE_MINUTES = 3600.0, 300.0
WAITING = CycleReport((Outcome("o", "r", "wait", Kind.AGAIN_AFTER, "B decides"),))


def a_hint(number=1):
    return Hint(Side.B, About.ORDER, uuid_of(1, number))


class Named:
    def __init__(self, name):
        self.name = name


class FakeFederation:
    """Stands for a container; the cycles themselves are played by `Play`."""

    def __init__(self, name, play):
        self._settings = Named(name)
        self._inbox = Inbox(monotonic=lambda: play.now)

    def settings(self):
        return self._settings

    def inbox(self):
        return self._inbox


class Play:
    """A lane on a clock of its own, that stops after so many cycles."""

    def __init__(
        self, monkeypatch, names=("one",), modes=("order_process",), *, most=3, takes=0.0, order_interval=300.0
    ):
        self.now = 0.0
        self.cycles: list[tuple[str, str, float, bool]] = []
        self.followed: list[tuple[str, tuple[Hint, ...]]] = []
        self.results: dict[str, Any] = {}
        self.given_back: dict[str, Any] = {}
        self.told: set[str] = set()
        self.at: dict[float, Any] = {}
        self._most, self._takes = most, takes
        self.stop = threading.Event()
        self.federations = {name: FakeFederation(name, self) for name in names}
        monkeypatch.setattr(lane_module, "run_cycle", self._cycle)
        monkeypatch.setattr(lane_module, "follow_hints", self._follow)
        monkeypatch.setattr(lane_module, "is_told", lambda _federation, mode: mode in self.told)
        monkeypatch.setattr(lane_module, "connections", lambda _federation: {})
        work: list[Any] = [(federation, modes) for federation in self.federations.values()]
        intervals = Intervals(order_interval, 1800.0, 600.0, HOUR)
        self.lane = Lane(work, intervals, self.stop, monotonic=lambda: self.now)
        monkeypatch.setattr(self.lane._bell, "wait", self._wait)  # noqa: SLF001 - time is the test's

    def run(self):
        self.lane.run()
        return self.cycles

    def inbox(self, name="one"):
        return self.federations[name].inbox()

    def _cycle(self, federation, mode, *, sweep):
        name = federation.settings().name
        self.cycles.append((name, mode, self.now, sweep))
        self.now += self._takes
        if len(self.cycles) >= self._most:
            self.stop.set()
        result = self.results.get(name, CycleReport())
        if isinstance(result, BaseException):
            raise result
        return {"orders": result}

    def _follow(self, federation, hints):
        name = federation.settings().name
        self.followed.append((name, hints))
        result = self.given_back.get(name, ())
        if isinstance(result, BaseException):
            raise result
        return result

    def _wait(self, seconds):
        events = sorted(moment for moment in self.at if moment <= self.now + seconds)
        if events:
            self.now = max(self.now, events[0])
            self.at.pop(events[0])()
        else:
            self.now += seconds


def starts(play, mode="order_process"):
    return [at for _, each, at, _ in play.cycles if each == mode]


def test_cycles_come_an_interval_after_the_end_of_the_last(monkeypatch):
    play = Play(monkeypatch, takes=1.0)
    play.run()
    assert starts(play) == [0.0, 301.0, 602.0]


def test_trouble_waits_longer_each_time(monkeypatch):
    play = Play(monkeypatch, most=4)
    play.results["one"] = CycleReport(problems=("trouble",))
    play.run()
    assert starts(play) == [0.0, 300.0, 900.0, 2100.0]


def test_a_sweep_comes_first_and_then_hourly(monkeypatch):
    play = Play(monkeypatch, most=15)
    assert [at for _, _, at, sweep in play.run() if sweep] == [0.0, SWEEP_SECONDS]


def test_one_offering_that_fails_or_crashes_does_not_stop_the_others(monkeypatch, caplog):
    play = Play(monkeypatch, ("down", "buggy", "fine"), most=6)
    play.results = {"down": Unreachable(Side.A, "order.list_open", "refused"), "buggy": ZeroDivisionError("our fault")}
    with caplog.at_level(logging.ERROR):
        seen = play.run()
    assert [name for name, _, at, _ in seen if at == 0.0] == ["down", "buggy", "fine"]
    assert [name for name, _, at, _ in seen if at == 300.0] == ["down", "buggy", "fine"]
    assert 'failed offering=down mode=order_process reason="A order.list_open is unreachable: refused"' in caplog.text
    assert "crashed offering=buggy mode=order_process" in caplog.text
    assert "ZeroDivisionError: our fault" in caplog.text


def test_every_mode_comes_in_its_own_interval(monkeypatch):
    play = Play(monkeypatch, modes=("order_process", "report"), most=10, order_interval=600.0)
    play.run()
    assert starts(play) == [0.0, 600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0]
    assert starts(play, "report") == [0.0, 1800.0, 3600.0]


class TestEvents:
    def test_a_hint_is_followed_at_once(self, monkeypatch):
        play = Play(monkeypatch, most=2)
        play.at[10.0] = lambda: play.inbox().take(a_hint())
        play.run()
        assert play.followed == [("one", (a_hint(),))]
        assert starts(play) == [0.0, 300.0]

    def test_a_hint_waits_for_one_cycle_at_most(self, monkeypatch):
        play = Play(monkeypatch, ("one", "two"), most=2)
        order = []
        play.inbox("two").take(a_hint())
        inner = play._cycle  # noqa: SLF001 - the play's own

        def cycle(federation, mode, *, sweep):
            order.append(federation.settings().name)
            play.inbox("two").take(a_hint(2))
            return inner(federation, mode, sweep=sweep)

        monkeypatch.setattr(lane_module, "run_cycle", cycle)
        play.run()
        assert [hints for _, hints in play.followed] == [(a_hint(),), (a_hint(2),)]
        assert order == ["one", "two"]

    def test_what_could_not_be_followed_comes_again_three_times_and_then_polling_comes_sooner(self, monkeypatch):
        play = Play(monkeypatch, most=2)
        play.told = {"order_process"}
        play.given_back["one"] = (a_hint(),)
        play.at[10.0] = lambda: play.inbox().take(a_hint())
        play.run()
        assert [hints for _, hints in play.followed] == [(a_hint(),)] * 4
        assert starts(play) == [0.0, pytest.approx(10.0 + 1 + 2 + 4 + FIVE_MINUTES)]

    def test_a_crash_gives_all_of_its_hints_back(self, monkeypatch, caplog):
        play = Play(monkeypatch, most=2)
        play.given_back["one"] = ZeroDivisionError("our fault")
        play.at[10.0] = lambda: play.inbox().take(a_hint())
        play.run()
        assert len(play.followed) == 4
        assert "crashed offering=one mode=event_process" in caplog.text

    def test_a_flood_does_not_keep_polling_out(self, monkeypatch):
        play = Play(monkeypatch, most=2)

        def follow(_federation, _hints):
            play.now += 1.0
            play.inbox().take(a_hint())
            return ()

        monkeypatch.setattr(lane_module, "follow_hints", follow)
        play.inbox().take(a_hint())
        play.run()
        first, second = starts(play)
        assert second - first <= FIVE_MINUTES + lane_module.MOST_ROUNDS

    def test_a_new_connection_has_everything_looked_through_once(self, monkeypatch):
        play = Play(monkeypatch, modes=("order_process", "report", "membership_sync"), most=5)
        play.told = {"order_process", "membership_sync"}
        play.at[10.0] = lambda: (play.inbox().catch_up(Side.A), play.inbox().catch_up(Side.B))
        play.run()
        assert [(mode, at) for _, mode, at, _ in play.cycles] == [
            ("order_process", 0.0),
            ("report", 0.0),
            ("membership_sync", 0.0),
            ("order_process", 10.0),
            ("membership_sync", 10.0),
        ]


class TestPollingBesideEvents:
    def test_comes_less_often_while_they_come_in(self, monkeypatch):
        play = Play(monkeypatch)
        play.told = {"order_process"}
        play.run()
        assert starts(play) == [0.0, HOUR, 2 * HOUR]

    def test_comes_as_often_as_ever_while_something_waits(self, monkeypatch):
        play = Play(monkeypatch)
        play.told = {"order_process"}
        play.results["one"] = WAITING
        play.run()
        assert starts(play) == [0.0, 300.0, 600.0]

    def test_comes_sooner_once_they_stop(self, monkeypatch):
        play = Play(monkeypatch, most=2)
        play.told = {"order_process"}

        def lose():
            play.told = set()

        play.at[1000.0] = lose
        play.run()
        assert starts(play) == [0.0, 1000.0]

    def test_trouble_backs_off_all_the_same(self, monkeypatch):
        play = Play(monkeypatch, most=4)
        play.results["one"] = CycleReport(problems=("trouble",))
        play.told = {"order_process"}
        play.run()
        assert starts(play) == [0.0, 300.0, 900.0, 2100.0]


def test_a_process_that_has_to_end_does_not_wait_for_the_cycle(monkeypatch):
    play = Play(monkeypatch)
    play.results["one"] = KeyboardInterrupt()
    assert play.run() == [("one", "order_process", 0.0, True)]


def test_hints_that_came_too_late_are_not_followed(monkeypatch):
    play = Play(monkeypatch)
    play.stop.set()
    play.inbox().take(a_hint())
    play.run()
    assert play.followed == []


def test_its_state_is_told(monkeypatch):
    play = Play(monkeypatch, most=1)
    assert not play.lane.is_ready()
    play.run()
    assert play.lane.is_ready()
    play.inbox().take(a_hint())
    told = play.lane.status()["one"]
    assert told["modes"] == {
        "order_process": {"ended_seconds_ago": FIVE_MINUTES, "due_in_seconds": 0.0, "troubled_cycles": 0}
    }
    assert told["hints"]["waiting"] == 1
