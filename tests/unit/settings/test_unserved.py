import pytest
from tests.unit.settings.documents import offering

from federation_runner.settings.ownership import MODES, NAMES, OURS
from federation_runner.settings.unserved import UNSERVED, undone

WHERE = {"stomp_enabled": "o.stomp_enabled", "target_stomp_enabled": "s.target_stomp_enabled"}


def test_nothing_is_undone_where_only_what_is_served_is_asked_for():
    assert undone(offering(*((f"o.{key}", OURS) for key in MODES.values()))) == ""


@pytest.mark.parametrize("key", UNSERVED)
def test_what_is_not_served_is_told_by_its_key(key):
    assert undone(offering((WHERE[key], True))) == f"{key}: {UNSERVED[key]}"


def test_all_that_an_offering_asks_for_is_told_in_one_line():
    asked = offering(*((place, True) for place in WHERE.values()))
    assert undone(asked) == "; ".join(f"{key}: {words}" for key, words in UNSERVED.items())


def test_the_names_that_are_ours_are_those_of_the_modes_and_the_bridge():
    assert {key for key in NAMES if key.endswith("_backend")} == {*MODES.values(), "username_management_backend"}
