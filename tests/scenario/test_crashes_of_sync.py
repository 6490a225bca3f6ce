"""`kill -9` at every write of a cycle that tells usage and carries people over, before and after the server commits."""

import signal

import pytest
from tests.command import COMMAND
from tests.scenario.harness import play
from tests.scenario.test_crashes import WriteKiller
from tests.zygote import forking

MEMBER, MANAGER = "PROJECT.MEMBER", "PROJECT.MANAGER"
FEWEST = 5
"""Writes that the undisturbed cycle makes at least."""


def furnish(p):
    """A resource with usage to tell, somebody who joins, somebody who leaves, and somebody whose role changes."""
    a, b = p.living()
    p.b.report_usage(b, {"gpu_hours": 500, "storage_gb_hours": 800}, users={"gpu_hours": {"anna": 50}})
    project, mirror = a.project, b.project
    p.b.edit(p.pair.b.consumer_user, is_staff=True)
    for name in ("anna", "bert", "carl"):
        on_a, on_b = p.a.add_user(name), p.b.add_user(name)
        if name != "bert":
            p.a.grant(on_a, MANAGER if name == "carl" else MEMBER, project)
        if name != "anna":
            p.b.grant(on_b, MEMBER, mirror, created_by=p.pair.b.consumer_user)
    return a, mirror


def one_cycle(runner, tmp_path, at=None, phase=""):
    """Play one cycle with one kill and the cycles after it; returns how many writes it took, and whether the kill happened."""
    with play(extra={"user_resolve_method": "user_field", "user_match_field": "username"}) as p:
        config = tmp_path / "config.yaml"
        config.write_text(p.config)
        a, mirror = furnish(p)
        killer = WriteKiller(p, at, phase)
        for _ in range(3 if at is not None else 1):
            killer.pid = runner.start("run", "--once", "--config", str(config))
            status = runner.wait()
            assert (status == -signal.SIGKILL) if status < 0 else status == 0
        assert {row.component.type: str(row.usage) for row in p.a.usages_of(a)} == {"node_hours": "180.00"}
        assert [(row.username, str(row.usage)) for row in p.a.user_usages_of(a)] == [("anna", "10.00")]
        assert sorted((g.user.username, g.role.name) for g in p.b.grants_on(mirror)) == [
            ("anna", MEMBER),
            ("carl", MANAGER),
        ]
        return killer.count, killer.killed


@pytest.mark.parametrize("phase", ["received", "committed"])
def test_a_kill_at_every_write_leaves_both_sides_equal_after_the_next_cycles(phase, tmp_path):
    runner = forking(COMMAND)
    total, _ = one_cycle(runner, tmp_path)
    assert total >= FEWEST
    for at in range(total):
        _, killed = one_cycle(runner, tmp_path, at, phase)
        assert killed, f"write {at} of {total} was never reached"
