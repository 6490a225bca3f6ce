"""Whatever one exchange does, orders reach their right ends with the official agent around the plug-in too."""

import pytest
from tests.plugin.harness import agent
from tests.plugin.life import life
from tests.scenario.test_faults import KINDS, check

from federation_adapters.sandbox import Fault

ON_B = ("503 after the commit", "403", "reply lost after the commit")
ON_A = ("reply lost after the commit",)


def lives(monkeypatch, tmp_path, side, kind, part):
    """One life for every exchange of *side* that is in *part*, with a fault of *kind* at it."""
    with agent(monkeypatch, tmp_path) as it:
        check(it.play, life(it))
        count = getattr(it.play.pair, side).sandbox.requests.total
    for number in range(part, count, 2):
        with agent(monkeypatch, tmp_path) as it:
            getattr(it.play.pair, side).sandbox.faults.add(Fault(**KINDS[kind], skip=number))
            check(it.play, life(it))


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("kind", ON_B)
def test_one_fault_of_b_at_every_exchange(monkeypatch, tmp_path, kind, part):
    lives(monkeypatch, tmp_path, "b", kind, part)


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("kind", ON_A)
def test_one_fault_of_a_at_every_exchange(monkeypatch, tmp_path, kind, part):
    lives(monkeypatch, tmp_path, "a", kind, part)
