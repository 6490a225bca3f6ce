from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.fakes.usage import FakeUsage
from tests.strategies.builders import a_b_resource, a_resource, a_resource_id, b_resource_id

from federation_core.application.load_history import HistoryWish, LoadHistory, Span
from federation_core.domain.errors import ConfigurationError, ServerFault
from federation_core.domain.ids import Side
from federation_core.domain.months import Month

MID_MARCH = datetime(2025, 3, 20, 9, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = Month(2025, 1), Month(2025, 2), Month(2025, 3)
YEAR_START = Span.of(date(2025, 1, 15), date(2025, 2, 1))
LATE = ServerFault(Side.B, "usage.totals", "", 500)


def world(**settings):
    f = FakeUsage(now=MID_MARCH, **settings)
    f.told_a(node=7)
    f.b_usage.meter(JANUARY, gpu=5)
    f.b_usage.meter(FEBRUARY, gpu=10)
    f.b_usage.meter(MARCH, gpu=500)
    return f


def history(f, **wish):
    return LoadHistory(f.ports, f.settings, f.learned, HistoryWish(wish.pop("span", YEAR_START), **wish))


def test_months_are_told_one_after_the_other_and_no_others():
    f = world()
    assert [month for month, _ in history(f).run()] == [JANUARY, FEBRUARY]
    assert f.on_a(JANUARY) == {"node": 1}
    assert f.on_a(FEBRUARY) == {"node": 2}
    assert f.on_a(MARCH) == {"node": 7}


def test_a_month_that_failed_is_reported_and_running_it_again_resumes():
    f = world()
    f.b_usage.before["totals"] = [LATE]
    told = dict(history(f).run())
    assert [report.is_trouble for report in told.values()] == [True, False]
    f.a_usage.writes.clear()
    assert not any(report.is_trouble for _, report in history(f).run())
    assert f.on_a(JANUARY) == {"node": 1}
    assert len(f.a_usage.writes) == 1


def test_a_dry_run_writes_nothing():
    f = world()
    plans = dict(history(f).plan())
    assert [len(plan.writes) for plan in plans.values()] == [1, 1]
    assert f.a_usage.writes == []


def test_figures_that_b_does_not_show_any_more_become_zero_only_where_that_is_asked_for():
    f = world()
    f.b_usage.rows.clear()
    f.told_a(month=JANUARY, node=3)
    list(history(f).run())
    assert f.on_a(JANUARY) == {"node": 3}
    list(history(f, zero_vanished=True).run())
    assert f.on_a(JANUARY) == {"node": 0}


def test_people_can_be_left_out():
    f = world()
    f.b_usage.share(JANUARY, "anna", gpu=5)
    list(history(f, shares=False).run())
    assert f.shares_on_a(JANUARY) == {}
    list(history(f).run())
    assert f.shares_on_a(JANUARY) == {"anna": 1}


@pytest.mark.parametrize("wanted", [False, True])
def test_terminated_resources_are_told_of_where_that_is_asked_for(wanted):
    f = world()
    f.a_resources.resources[a_resource_id(2)] = a_resource(
        id=a_resource_id(2), state="Terminated", backend_id=str(b_resource_id(2))
    )
    f.b_resources.resources[b_resource_id(2)] = a_b_resource(id=b_resource_id(2), state="Terminated")
    f.b_usage.meter(JANUARY, 2, gpu=5)
    list(history(f, with_terminated=wanted).run())
    assert f.on_a(JANUARY, 2) == ({"node": 1} if wanted else {})


def test_certain_resources_can_be_asked_for():
    f = world(count=2)
    f.b_usage.meter(JANUARY, 2, gpu=50)
    list(history(f, only=frozenset({str(b_resource_id(2))})).run())
    assert f.on_a(JANUARY, 1) == {}
    assert f.on_a(JANUARY, 2) == {"node": 10}


@pytest.mark.parametrize("call", ["run", "plan"])
def test_a_resource_that_is_not_linked_is_refused(call):
    f = world()
    with pytest.raises(ConfigurationError, match="no resource of A is linked to"):
        list(getattr(history(f, only=frozenset({str(UUID(int=4))})), call)())


class TestSpan:
    def test_covers_every_month_that_it_touches(self):
        assert Span.of(date(2024, 11, 30), date(2025, 2, 1)).months == (
            Month(2024, 11),
            Month(2024, 12),
            JANUARY,
            FEBRUARY,
        )

    def test_may_be_one_day(self):
        assert Span.of(date(2025, 1, 1), date(2025, 1, 1)).months == (JANUARY,)

    @pytest.mark.parametrize(
        ("start", "end", "words"),
        [
            (date(2025, 2, 1), date(2025, 1, 31), "lies before"),
            (date(2020, 1, 1), date(2025, 1, 2), "more than 5 years"),
            (date(2020, 2, 29), date(2025, 3, 2), "more than 5 years"),
        ],
    )
    def test_that_makes_no_sense_is_refused(self, start, end, words):
        with pytest.raises(ConfigurationError, match=words):
            Span.of(start, end)

    @pytest.mark.parametrize("start", [date(2020, 1, 1), date(2020, 2, 29)])
    def test_may_be_five_years(self, start):
        assert len(Span.of(start, date(2025, start.month, 1)).months) == 61


@pytest.mark.parametrize("habit", ["ignores", "forbids"])
def test_months_that_cannot_be_told_are_failures(habit):
    f = world(habit=habit)
    reports = [report for _, report in history(f).run()]
    assert all("is not told" in report.problems[0] for report in reports)
    assert f.on_a(JANUARY) == {}
