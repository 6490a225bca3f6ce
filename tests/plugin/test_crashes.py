"""`kill -9` after every write of the official agent with the plug-in, and before the first.

Core makes one request after the other. Between two writes there are only readings: to be killed after any of them is to be killed
after the write before, because what the process knew is lost, and what the world knows is the same.
"""

import signal
import time

import pytest
from tests.scenario.harness import play
from tests.scenario.test_crashes import KINDS, ROUNDS, WriteKiller, check, place, prepare
from tests.zygote import forking

A_MOMENT = 0.02
FEWEST = {"create": 12, "update": 8, "terminate": 8}
"""Writes that an undisturbed order takes at least; fewer would mean that the test no longer sees them."""


def run_until_ended(p, order, killer, runner, config):
    """One cycle after another, each a process of its own, as a restarted service would run them."""
    for _ in range(ROUNDS):
        killer.pid = runner.start("order_process", str(config))
        assert runner.wait() in {0, -signal.SIGKILL}
        p.b_finishes()
        if p.order(order).state in {"done", "erred"}:
            return
        time.sleep(A_MOMENT)


def one_order(kind, runner, tmp_path, at=None, phase="committed"):
    """Play one order with one kill; returns how many writes it took, and whether the kill happened."""
    with play() as p:
        config = tmp_path / "config.yaml"
        config.write_text(p.config)
        resource = prepare(p, kind)
        killer = WriteKiller(p, at, phase)
        order = place(p, kind, resource)
        run_until_ended(p, order, killer, runner, config)
        check(p, kind, order)
        return killer.count, killer.killed


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_after_every_write_leaves_one_resource_and_the_order_in_its_right_end(kind, tmp_path):
    runner = forking("tests.plugin.core_process")
    total, _ = one_order(kind, runner, tmp_path)
    assert total >= FEWEST[kind]
    _, killed = one_order(kind, runner, tmp_path, 0, "received")
    assert killed
    for at in range(total):
        _, killed = one_order(kind, runner, tmp_path, at)
        assert killed, f"write {at} of {total} was never reached"
