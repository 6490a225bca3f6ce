"""Random histories, the same ones in every run; `make prove` plays more of them, and other seeds are a command away."""

import pytest
from tests.stateful.histories import play, run
from tests.stateful.likeness import Likeness
from tests.stateful.over_http import FederationsOverHttp
from tests.stateful.sabotage import SABOTAGES, SOURCES, caught

STEPS, SHARDS = 500, 4
STEPS_OVER_HTTP = 150
SEEDS_APART = 1000


@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_invariant_holds_through_random_histories(shard):
    played = play(STEPS, SEEDS_APART * shard)
    assert played.steps >= STEPS
    assert min(played.cycles, played.troubles, played.kills) > 0


def test_every_invariant_holds_over_http():
    assert play(STEPS_OVER_HTTP, 1, machine=FederationsOverHttp).steps >= STEPS_OVER_HTTP


@pytest.mark.parametrize("number", range(4))
def test_ports_in_memory_are_like_those_on_a_sandbox(number):
    run(Likeness, number)


def test_what_is_broken_on_purpose_is_noticed():
    (one,) = (one for one in SABOTAGES if one.name == "too-early")
    assert caught(one).startswith("AssertionError: I3")


@pytest.mark.parametrize("one", SABOTAGES, ids=lambda one: one.name)
def test_every_sabotage_still_has_its_place(one):
    assert (SOURCES / one.path).read_text(encoding="utf-8").count(one.sound) == 1
