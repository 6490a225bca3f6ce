import pytest

from federation_core.domain.storage.freshness import Due, Freshness, Look, due

RULES = Freshness(life=30, interval=5)
NOTHING = Due()
SOON, WAITED = Due(Look.ALL), Due(Look.ALL, waits=True)
CHANGES = Due(Look.CHANGES)


def before(now, ago):
    return None if ago is None else now - ago


@pytest.mark.parametrize(
    ("read_all", "read", "found"),
    [
        (None, None, WAITED),
        (0, 0, NOTHING),
        (5, 5, NOTHING),
        (6, 6, CHANGES),
        (30, 5, NOTHING),
        (30, 6, CHANGES),
        (30, 30, CHANGES),
        (31, 5, SOON),
        (31, 30, SOON),
        (31, 31, WAITED),
        (60, 30, SOON),
        (60, 31, WAITED),
        (61, 0, WAITED),
        (1e9, 1e9, WAITED),
    ],
)
@pytest.mark.parametrize("now", [0, 1000])
def test_how_long_ago_it_was_read_says_what_is_due(read_all, read, found, now):
    assert due(now, before(now, read_all), before(now, read), RULES) == found


@pytest.mark.parametrize(
    ("read_all", "read", "failed", "found"),
    [
        (6, 6, 0, NOTHING),
        (6, 6, 5, NOTHING),
        (10, 10, 6, CHANGES),
        (31, 20, 5, NOTHING),
        (31, 20, 6, SOON),
        (31, 31, 0, WAITED),
        (61, 20, 0, WAITED),
        (None, None, 0, WAITED),
    ],
)
def test_what_failed_rests_for_the_interval_unless_somebody_has_to_wait(read_all, read, failed, found):
    assert due(1000, before(1000, read_all), before(1000, read), RULES, failed=1000 - failed) == found


def test_the_usual_rules():
    assert (Freshness().life, Freshness().interval) == (30, 5)


def test_with_an_interval_of_nothing_everybody_waits_for_what_has_changed():
    assert due(1000, 999, 1000, Freshness(life=30, interval=0)) == Due(Look.CHANGES, waits=True)
