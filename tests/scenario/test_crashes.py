"""`kill -9` before every HTTP exchange of a create, an update and a terminate, and after every write.

To be killed after a reading is to be killed before the next exchange: the world is the same, and what the process knew is lost.
"""

import os
import signal
import threading
import time
from functools import partial

import pytest
from tests.command import COMMAND
from tests.scenario.harness import play
from tests.zygote import forking

ROUNDS = 12
PAUSE = 0.2
KINDS = ("create", "update", "terminate")
FEWEST = {
    "received": {"create": 20, "update": 14, "terminate": 14},
    "committed": {"create": 5, "update": 3, "terminate": 3},
}
"""Exchanges, and writes, that an undisturbed order takes at least; fewer would mean that the test no longer sees them."""


class Killer:
    """Counts the exchanges of both sides in the order they arrive, and kills the running process at one of them."""

    def __init__(self, p, at=None, phase=""):
        self.pid = None
        self.killed = False
        self._at, self._phase = at, phase
        self._lock = threading.Lock()
        self._arrived: dict[tuple[str, int], int] = {}
        for name, side in (("a", p.pair.a), ("b", p.pair.b)):
            side.sandbox.observers.append(partial(self._seen, name))

    @property
    def count(self):
        return len(self._arrived)

    def _seen(self, side, number, _method, _path, phase):
        """Exchanges run side by side, so a commit is known by the exchange it ends, not by what came last."""
        with self._lock:
            place = self._arrived.setdefault((side, number), len(self._arrived))
            if phase == self._phase and place == self._at and not self.killed and self.pid is not None:
                os.kill(self.pid, signal.SIGKILL)
                self.killed = True


class WriteKiller(Killer):
    """Counts the writes of both sides alone, and kills at one of them."""

    def _seen(self, side, number, method, path, phase):
        if method not in {"GET", "HEAD"}:
            super()._seen(side, number, method, path, phase)


KILLERS = {"received": Killer, "committed": WriteKiller}


def prepare(p, kind):
    """Bring the world to where an order of *kind* can be placed; what was done for it is not counted."""
    return None if kind == "create" else p.living()[0]


def place(p, kind, resource):
    if kind == "create":
        return p.place(name="life")
    return p.place_update(resource, {"node_hours": 7}) if kind == "update" else p.place_terminate(resource)


def run_until_ended(p, order, killer, runner, config):
    """Run one cycle after another, each as a process of its own, as a restarted service would."""
    for _ in range(ROUNDS):
        killer.pid = runner.start("run", "--once", "--mode", "order_process", "--config", str(config))
        status = runner.wait()
        assert (status == -signal.SIGKILL) if status < 0 else status in {0, 1}
        p.b_finishes()
        if p.order(order).state in {"done", "erred"}:
            return
        time.sleep(PAUSE)


def check(p, kind, order):
    """One resource on B, A linked to it, the order in its right end."""
    (made,) = p.b.resources
    resource = p.resource(order)
    assert p.order(order).state == "done"
    assert resource.backend_id.replace("-", "") == made.uuid
    assert resource.state == made.state == ("Terminated" if kind == "terminate" else "OK")
    assert made.limits == {
        "gpu_hours": 35 if kind == "update" else 500,
        "storage_gb_hours": 70 if kind == "update" else 1000,
    }
    assert [o.type for o in p.b.orders].count("Create") == 1
    assert sum(bool(project.backend_id) for project in p.b.projects) == 1


def one_order(kind, runner, tmp_path, phase, at=None):
    """Play one order with one kill; returns how many exchanges or writes it took, and whether the kill happened."""
    with play() as p:
        config = tmp_path / "config.yaml"
        config.write_text(p.config)
        resource = prepare(p, kind)
        killer = KILLERS[phase](p, at, phase)
        order = place(p, kind, resource)
        run_until_ended(p, order, killer, runner, config)
        check(p, kind, order)
        return killer.count, killer.killed


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("phase", KILLERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_every_exchange_leaves_one_resource_and_the_order_in_its_right_end(kind, phase, half, tmp_path):
    runner = forking(COMMAND)
    total, _ = one_order(kind, runner, tmp_path, phase)
    assert total >= FEWEST[phase][kind]
    for at in range(half, total, 2):
        _, killed = one_order(kind, runner, tmp_path, phase, at)
        assert killed, f"exchange {at} of {total} was never reached"
