"""`kill -9` at every HTTP exchange of a create, an update and a terminate, before and after the server commits."""

import os
import signal
import threading
import time

import pytest

from tests.scenario.harness import play
from tests.scenario.test_faults import check
from tests.scenario.zygote import zygote

ROUNDS = 12
PAUSE = 0.2
SHARDS = 8


class Killer:
    """Counts the exchanges of both sides, and kills the running process at one of them."""

    def __init__(self, p, at=None, phase=""):
        self.count = 0
        self.pid = None
        self.killed = False
        self._at, self._phase = at, phase
        self._lock = threading.Lock()
        for side in (p.pair.a, p.pair.b):
            side.sandbox.observers.append(self)

    def __call__(self, _number, _method, _path, phase):
        with self._lock:
            number = self.count
            self.count += phase == "received"
            due = not self.killed and phase == self._phase and number - (phase == "committed") == self._at
            if due and self.pid is not None:
                os.kill(self.pid, signal.SIGKILL)
                self.killed = True


class Machine:
    """Runs one cycle after another, each as a process of its own, as a restarted service would."""

    def __init__(self, p, killer, runner, config):
        self._p, self._killer, self._runner = p, killer, runner
        self._config = str(config)

    def cycle(self):
        self._killer.pid = self._runner.start("run", "--once", "--config", self._config)
        status = self._runner.wait()
        assert (status == -signal.SIGKILL) if status < 0 else status in {0, 1}

    def until_ended(self, order):
        for _ in range(ROUNDS):
            self.cycle()
            self._p.b_finishes()
            if self._p.order(order).state in {"done", "erred"}:
                return
            time.sleep(PAUSE)

    def life(self):
        order = self._p.place(name="life")
        self.until_ended(order)
        update = self._p.place_update(self._p.resource(order), {"node_hours": 7})
        self.until_ended(update)
        end = self._p.place_terminate(self._p.resource(order))
        self.until_ended(end)
        return order, update, end


def one_life(runner, tmp_path, at=None, phase=""):
    """Play one life with one kill; returns how many exchanges it took, and whether the kill happened."""
    with play() as p:
        config = tmp_path / "config.yaml"
        config.write_text(p.config)
        killer = Killer(p, at, phase)
        check(p, Machine(p, killer, runner, config).life())
        return killer.count, killer.killed


@pytest.mark.parametrize("phase", ["received", "committed"])
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_kill_at_every_exchange_leaves_one_resource_and_every_order_in_its_right_end(phase, shard, tmp_path):
    with zygote() as runner:
        total, _ = one_life(runner, tmp_path)
        for at in range(shard, total, SHARDS):
            _, killed = one_life(runner, tmp_path, at, phase)
            assert killed, f"exchange {at} of {total} was never reached"
