from datetime import UTC, datetime
from fractions import Fraction

import attrs
import pytest
from tests.fakes.metering import HOURS, FakeMetering
from tests.strategies.builders import NOW, a_resource, a_resource_id

from federation_core.application.claims import Claims
from federation_core.application.configure import account_meters, path_meters
from federation_core.application.load_history import HistoryWish, LoadHistory, Span
from federation_core.application.metered_usage import MeteredUsage, MeterSettings, read_meters
from federation_core.application.outcome import Kind
from federation_core.domain.errors import ConfigurationError, Unreachable
from federation_core.domain.ids import Side
from federation_core.domain.metering.meters import AccountMeter, AccountRules, PathRules
from federation_core.domain.months import Month
from federation_core.domain.usage.scene import Corrections

THIS = Month.of(NOW, UTC)
MIDDLE = THIS.middle
DOWN = Unreachable(Side.B, "compute.month", "no route")


def told(f, number=1, month=THIS):
    return f.on_a(month, number)


def test_what_is_shown_is_told_and_what_is_not_is_left_alone():
    f = FakeMetering()
    f.warehouse.show(THIS, "g1", {"anna": {"nodeHours": 7}}, nodeHours="8.5", cpuHours=1000)
    report = f.cycle()
    assert not report.problems
    assert told(f) == {"nodeHours": Fraction(17, 2), "cpuHours": 1000}
    assert not told(f, 2)
    assert f.shares_on_a(THIS) == {"anna": 7}


def test_a_second_cycle_writes_nothing_and_asks_once_for_each_month():
    f = FakeMetering()
    f.warehouse.show(THIS, "g1", {"anna": {"nodeHours": 7}}, nodeHours=8)
    f.cycle()
    f.warehouse.asked.clear()
    assert f.cycle().outcomes == ()
    assert sorted(month for month, _ in f.warehouse.asked) == [THIS.before(), THIS]


@pytest.mark.parametrize("zero_vanished", [False, True])
def test_a_warehouse_that_shows_nothing_at_all_zeroes_nothing(zero_vanished):
    f = FakeMetering()
    f.told_a(1, nodeHours=5)
    f.settings = attrs.evolve(f.settings, rules=attrs.evolve(f.settings.rules, zero_vanished=zero_vanished))
    report = f.cycle()
    assert told(f) == {"nodeHours": 5}
    assert any(f"no figure of {THIS} is shown for any of 2 resources" in note for note in report.notes)


def test_a_figure_that_vanished_beside_others_is_held_and_zeroed_on_an_operators_word_alone():
    f = FakeMetering()
    f.warehouse.show(THIS, "g2", nodeHours=1)
    f.told_a(1, nodeHours=5)
    plan = f.use_case.plan(f.use_case.observe())
    assert any("no figure for nodeHours any more" in hold.reason for hold in plan.holds)
    f.cycle()
    assert told(f) == {"nodeHours": 5}
    f.settings = attrs.evolve(f.settings, rules=attrs.evolve(f.settings.rules, zero_vanished=True))
    f.cycle()
    assert told(f) == {"nodeHours": 0}


@pytest.mark.parametrize("zero_vanished", [False, True])
def test_what_failed_keeps_nobody_else_from_being_told_and_is_no_zero(zero_vanished):
    f = FakeMetering(count=3)
    f.settings = attrs.evolve(f.settings, rules=attrs.evolve(f.settings.rules, zero_vanished=zero_vanished))
    f.warehouse.show(THIS, "g2", {"anna": {"nodeHours": 1}}, nodeHours=1)
    f.warehouse.broken = {AccountMeter("g1"): "down", AccountMeter("g3"): "down"}
    f.told_a(1, nodeHours=5)
    report = f.cycle()
    assert report.problems == (
        f"{THIS.before()} is not known of account g1 and 1 more: down",
        f"{THIS} is not known of account g1 and 1 more: down",
    )
    assert (told(f), told(f, 2)) == ({"nodeHours": 5}, {"nodeHours": 1})
    assert f.shares_on_a(THIS) == {"anna": 1}


def test_a_warehouse_that_is_down_is_one_problem_and_writes_nothing():
    f = FakeMetering()
    f.told_a(1, nodeHours=5)
    f.warehouse.down = DOWN
    report = f.cycle()
    assert len(report.problems) == 1
    assert report.is_trouble
    assert f.a_usage.writes == []


def test_two_resources_of_one_account_are_told_and_get_nothing():
    f = FakeMetering()
    f.known_by(2, "g1")
    f.warehouse.show(THIS, "g1", nodeHours=5)
    report = f.cycle()
    assert any("are all linked to account g1; their usage is not told" in note for note in report.notes)
    assert not told(f)
    assert not told(f, 2)


def test_a_resource_in_error_is_not_told_of_but_asked_for():
    f = FakeMetering(count=1)
    f.known_by(1, "g1", state="Erred")
    f.warehouse.show(THIS, "g1", nodeHours=5)
    assert f.cycle().outcomes == ()


def test_a_correction_downwards_follows_the_policy():
    for policy, left in ((Corrections.ACCEPT, 3), (Corrections.HOLD, 5)):
        f = FakeMetering(corrections=policy)
        f.told_a(1, nodeHours=5)
        f.warehouse.show(THIS, "g1", nodeHours=3)
        report = f.cycle()
        assert told(f) == {"nodeHours": left}
        assert (Kind.PARKED in {outcome.kind for outcome in report.outcomes}) is (policy is Corrections.HOLD)


def test_absent_is_zero_where_an_operator_says_so():
    f = FakeMetering(absent_means_zero=True)
    f.warehouse.show(THIS, "g1", nodeHours=3)
    f.cycle()
    assert told(f, 2) == {"nodeHours": 0, "cpuHours": 0}


def test_what_was_odd_is_a_note_with_its_month():
    f = FakeMetering()
    f.warehouse.remarks = ("1 row without an account",)
    f.warehouse.show(THIS, "g1", nodeHours=3)
    notes = f.cycle().notes
    assert f"{THIS}: 1 row without an account" in notes
    f.warehouse.remarks = ()
    assert f"{THIS}: 1 row without an account" not in f.cycle().notes


def test_nothing_is_asked_where_nothing_is_metered():
    f = FakeMetering(count=1)
    f.known_by(1, "")
    f.cycle()
    assert f.warehouse.asked == []


def test_a_path_of_two_resources_is_told_to_both_and_one_without_a_path_is_a_problem():
    metered = MeteredUsage(FakeMetering().warehouse, path_meters(components=["space"], paths={"m": "/m"}))
    resources = [
        a_resource(id=a_resource_id(n), name=f"n{n}", backend_id=b) for n, b in enumerate(("/m/", "m", "x"), 1)
    ]
    links = metered.links(resources)
    assert len(set(links.of.values())) == 2
    assert "2 resources have path /m, and each is told all of it" in links.remarks[0]
    assert "n3" in links.problems[0]
    assert "'x' is no path" in links.problems[0]


def test_the_time_zone_decides_the_month_that_is_asked_for():
    f = FakeMetering(now=datetime(2026, 3, 31, 22, 30, tzinfo=UTC), zone="Europe/Zurich")
    f.cycle()
    assert sorted(str(month) for month, _ in f.warehouse.asked) == ["2026-03", "2026-04"]


def wish(*accounts, **changes):
    start = THIS.before(2).first
    return HistoryWish(Span.of(start, THIS.last), frozenset(accounts), **changes)


def test_history_asks_once_for_each_month_and_names_accounts_as_a_does():
    f = FakeMetering(now=MIDDLE)
    for month in (THIS.before(2), THIS.before(), THIS):
        for account in ("g1", "g2"):
            f.warehouse.show(month, account, nodeHours=4)
    f.told_a(1, nodeHours=4)
    list(LoadHistory(f.ports, f.settings, f.learned, wish(" g1 ")).run())
    assert {meters for _, meters in f.warehouse.asked} == {frozenset({AccountMeter("g1")})}
    assert told(f, 1, THIS.before(2)) == {"nodeHours": 4}
    assert not told(f, 2)
    with pytest.raises(ConfigurationError, match="no resource of A is linked to g9"):
        list(LoadHistory(f.ports, f.settings, f.learned, wish("g9")).run())


def test_history_says_what_to_do_where_dates_cannot_be_tried():
    f = FakeMetering()
    f.warehouse.show(THIS.before(), "g1", nodeHours=4)
    reports = dict(LoadHistory(f.ports, f.settings, f.learned, wish()).run())
    assert "have one figure of the present month reported first" in reports[THIS.before()].problems[0]


def test_meters_are_read_for_whoever_tells_a_by_other_means():
    f = FakeMetering()
    f.warehouse.show(THIS, "g1", {"anna": {"nodeHours": 1}}, nodeHours=2)
    metered = MeteredUsage(f.warehouse, MeterSettings(AccountRules(), frozenset(HOURS.b_components)))
    resources = list(f.a_resources.resources.values())
    read = read_meters(metered, HOURS, THIS, resources, Claims())
    assert {r: dict(found.totals) for r, found in read.figures.items()} == {a_resource_id(1): {"nodeHours": 2}}
    assert read.problems == ()
    f.warehouse.broken = {AccountMeter("g2"): "down"}
    assert read_meters(metered, HOURS, THIS, resources, Claims()).problems == (
        f"{THIS} is not known of account g2: down",
    )


class TestClaims:
    """Two resources of one account, asked for one after the other, round after round."""

    def rounds(self, *accounts_by_round):
        """Who is told in each round, where each names the accounts of resources 1, 2 … or None for one that is gone."""
        f, claims = FakeMetering(), Claims()
        for account in ("g1", "g2"):
            f.warehouse.show(THIS, account, nodeHours=2)
        metered = MeteredUsage(f.warehouse, MeterSettings(AccountRules(), frozenset(HOURS.b_components)))
        for accounts in accounts_by_round:
            claims.begin()
            told = []
            for number, account in enumerate(accounts, 1):
                if account is not None:
                    resource = a_resource(id=a_resource_id(number), name=f"n{number}", state="OK", backend_id=account)
                    read = read_meters(metered, HOURS, THIS, [resource], claims)
                    assert bool(read.figures) is not any("are all linked to account g" in it for it in read.problems)
                    told += [number] * len(read.figures)
            yield told

    def test_neither_is_told_from_the_round_on_that_follows_the_one_in_which_they_are_seen(self):
        assert list(self.rounds(["g1", "g1"], ["g1", "g1"], ["g1", "g1"])) == [[1], [], []]

    def test_both_are_told_again_a_round_after_each_has_an_account_of_its_own(self):
        assert list(self.rounds(["g1", "g1"], ["g1", "g2"], ["g1", "g2"])) == [[1], [2], [1, 2]]

    def test_one_that_follows_another_with_the_same_account_is_told(self):
        assert list(self.rounds(["g1"], [None, "g1"], [None, "g1"])) == [[1], [2], [2]]

    def test_a_round_of_others_in_between_changes_nothing(self):
        assert list(self.rounds(["g1", "g1"], [None, "g2"], ["g1", "g1"])) == [[1], [2], []]

    def test_those_that_are_asked_for_at_once_are_told_of_at_once_and_not_told(self):
        f = FakeMetering()
        f.warehouse.show(THIS, "g1", nodeHours=2)
        metered = MeteredUsage(f.warehouse, MeterSettings(AccountRules(), frozenset(HOURS.b_components)))
        both = [a_resource(id=a_resource_id(n), name=f"n{n}", state="OK", backend_id="g1") for n in (1, 2)]
        read = read_meters(metered, HOURS, THIS, both, Claims())
        ids = f"{a_resource_id(1)}, {a_resource_id(2)}"
        assert read.problems == (f"resources {ids} of A are all linked to account g1; their usage is not told",)
        assert not read.figures


def test_settings_are_made_of_plain_values():
    assert account_meters(components=["a"], cluster="alps").rules == AccountRules("alps")
    assert path_meters(components=["a"]).rules == PathRules({})
