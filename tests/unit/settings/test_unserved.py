import pytest
from tests.unit.settings.documents import offering, read

from federation_runner.settings.ownership import BRIDGE, MODES, NAMES, OURS
from federation_runner.settings.unserved import BRIDGE_UNSERVED, SERVED, UNSERVED, undone


def test_a_mode_is_served_or_it_is_told_what_stays_undone():
    assert SERVED.keys() | UNSERVED.keys() == MODES.keys()
    assert SERVED.keys().isdisjoint(UNSERVED)
    assert "order_process" in SERVED


def test_nothing_is_undone_where_only_what_is_served_is_asked_for():
    assert undone(offering(*((f"o.{key}", OURS) for key in SERVED.values()))) == ""


@pytest.mark.parametrize("mode", UNSERVED)
def test_a_mode_that_is_not_served_is_told_by_its_key(mode):
    key = MODES[mode]
    assert undone(offering((f"o.{key}", OURS))) == f"{key}: {UNSERVED[mode]}"
    assert undone(offering((f"o.{key}", "slurm"))) == ""


@pytest.mark.skipif(not BRIDGE_UNSERVED, reason="the bridge is served")
def test_the_bridge_is_told_by_its_key():
    asked = offering(("o.username_management_backend", BRIDGE), ("s.identity_bridge_source", "isd:example"))
    assert undone(asked) == f"username_management_backend: {BRIDGE_UNSERVED}"


def test_all_that_an_offering_asks_for_is_told_in_one_line():
    (asked,) = read(*((f"o.{MODES[mode]}", OURS) for mode in UNSERVED)).offerings
    assert undone(asked) == "; ".join(f"{MODES[mode]}: {words}" for mode, words in UNSERVED.items())


def test_the_names_that_are_ours_are_those_of_the_modes_and_the_bridge():
    assert {key for key in NAMES if key.endswith("_backend")} == {*MODES.values(), "username_management_backend"}
