"""`kill -9` after every HTTP exchange of the official agent with the plug-in.

Core makes one request after the other, so what was received and not yet committed differs in nothing from the exchange before it.
"""

import signal
import time

import pytest
from tests.scenario.harness import play
from tests.scenario.test_crashes import KINDS, ROUNDS, Killer, check, place, prepare
from tests.scenario.zygote import zygote

A_MOMENT = 0.02
FEWEST = {"create": 30, "update": 20, "terminate": 20}
"""Exchanges that an undisturbed order takes at least; fewer would mean that the test no longer sees them."""


def run_until_ended(p, order, killer, runner, config):
    """One cycle after another, each a process of its own, as a restarted service would run them."""
    for _ in range(ROUNDS):
        killer.pid = runner.start("order_process", str(config))
        assert runner.wait() in {0, -signal.SIGKILL}
        p.b_finishes()
        if p.order(order).state in {"done", "erred"}:
            return
        time.sleep(A_MOMENT)


def one_order(kind, runner, tmp_path, at=None):
    """Play one order with one kill; returns how many exchanges it took, and whether the kill happened."""
    with play() as p:
        config = tmp_path / "config.yaml"
        config.write_text(p.config)
        resource = prepare(p, kind)
        killer = Killer(p, at, "committed")
        order = place(p, kind, resource)
        run_until_ended(p, order, killer, runner, config)
        check(p, kind, order)
        return killer.count, killer.killed


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_every_exchange_leaves_one_resource_and_the_order_in_its_right_end(kind, half, tmp_path):
    with zygote("tests.plugin.core_process") as runner:
        total, _ = one_order(kind, runner, tmp_path)
        assert total >= FEWEST[kind]
        for at in range(half, total, 2):
            _, killed = one_order(kind, runner, tmp_path, at)
            assert killed, f"exchange {at} of {total} was never reached"
