from datetime import UTC, datetime, timedelta
from fractions import Fraction

import attrs
import pytest
from tests.fakes.usage import CLOSED, FakeUsage
from tests.strategies.builders import a_resource, a_resource_id, b_resource_id, uuid_of

from federation_core.application.outcome import Kind
from federation_core.application.sync_usage import MANY
from federation_core.domain.errors import Invalid, ServerFault
from federation_core.domain.ids import Side
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.months import Month
from federation_core.domain.plan.actions.fields import SetEffectiveId
from federation_core.domain.plan.sync import SyncPlan, Write
from federation_core.domain.usage.scene import Corrections, Dates

LATE = ServerFault(Side.B, "usage.totals", "", 500)
MID_MARCH = datetime(2025, 3, 20, 9, tzinfo=UTC)
FEBRUARY, MARCH, APRIL = Month(2025, 2), Month(2025, 3), Month(2025, 4)


def metered(**settings):
    f = FakeUsage(**{"now": MID_MARCH, **settings})
    f.b_usage.meter(f.current, gpu=500, storage=800)
    return f


def test_usage_of_two_targets_becomes_one_figure_on_a():
    f = metered()
    (outcome,) = f.cycle().outcomes
    assert f.on_a(MARCH) == {"node": 180}
    assert (outcome.kind, outcome.key) == (Kind.SETTLED, f"{a_resource_id()} 2025-03")


def test_what_has_not_changed_is_not_sent_again():
    f = metered()
    f.cycle()
    f.a_usage.writes.clear()
    report = f.cycle()
    assert (f.a_usage.writes, report.outcomes, report.is_trouble) == ([], (), False)


def test_rows_of_several_plan_periods_are_summed():
    f = metered()
    f.b_usage.meter(MARCH, gpu=5)
    f.cycle()
    assert f.on_a(MARCH) == {"node": 181}


@pytest.mark.parametrize("what", ["totals", "resources"])
@pytest.mark.parametrize("side", "ab")
def test_what_was_not_read_is_not_written_and_told(side, what):
    f = metered()
    f.told_a(node=100)
    if what == "resources":
        getattr(f, f"{side}_resources").before["list_all"] = [LATE]
    else:
        getattr(f, f"{side}_usage").before["totals"] = [LATE, LATE]
    report = f.cycle()
    assert f.a_usage.writes == []
    assert report.problems == (str(LATE),)


@pytest.mark.parametrize("side", "ab")
def test_a_month_that_was_not_read_completely_is_left_alone(side):
    f = metered()
    f.told_a(node=100)
    getattr(f, f"{side}_usage").flaw["totals"] = "1 of 2"
    report = f.cycle()
    assert f.a_usage.writes == []
    assert report.problems == ("1 of 2",)


def test_shares_that_were_not_read_leave_the_totals_alone_and_are_told():
    f = metered()
    f.b_usage.share(MARCH, "anna", gpu=5)
    f.b_usage.flaw["shares"] = "1 of 2"
    report = f.cycle()
    assert f.on_a(MARCH) == {"node": 180}
    assert f.shares_on_a(MARCH) == {}
    assert report.problems == ("1 of 2",)


def test_no_row_at_all_writes_nothing_and_what_a_had_is_kept():
    f = FakeUsage(now=MID_MARCH)
    f.told_a(node=100)
    plan = f.use_case.plan(f.use_case.observe())
    (hold,) = plan.holds
    assert (hold.why, hold.reason) == (None, "B shows no figure for node any more")
    assert f.cycle().outcomes == ()
    assert f.on_a(MARCH) == {"node": 100}


@pytest.mark.parametrize(
    ("policy", "left", "kind"),
    [(Corrections.ACCEPT, 180, Kind.SETTLED), (Corrections.HOLD, 200, Kind.PARKED), (Corrections.OMIT, 200, None)],
)
def test_a_figure_that_is_lower_on_b_follows_the_policy(policy, left, kind):
    f = metered(corrections=policy)
    f.told_a(node=200)
    outcomes = f.cycle().outcomes
    assert f.on_a(MARCH) == {"node": left}
    assert [outcome.kind for outcome in outcomes] == ([] if kind is None else [kind])


def test_a_figure_that_is_read_as_zero_is_written():
    f = FakeUsage(now=MID_MARCH)
    f.b_usage.meter(MARCH, gpu=0)
    f.cycle()
    assert f.on_a(MARCH) == {"node": 0}


@pytest.mark.parametrize(
    ("state", "is_told"), [("OK", True), ("Updating", True), ("Terminating", True), ("Erred", False)]
)
def test_resources_are_told_of_in_the_states_that_take_usage(state, is_told):
    f = metered(state=state)
    f.cycle()
    assert bool(f.on_a(MARCH)) is is_told


def test_a_resource_on_b_that_two_claim_is_told_for_neither():
    f = metered()
    f.a_resources.resources[a_resource_id(2)] = a_resource(
        id=a_resource_id(2), state="OK", backend_id=str(b_resource_id())
    )
    report = f.cycle()
    assert f.a_usage.writes == []
    assert "all linked to resource" in report.notes[0]


def test_a_component_that_is_not_mapped_is_left_out_and_told():
    f = metered()
    f.b_usage.meter(MARCH, tape=3)
    report = f.cycle()
    assert f.on_a(MARCH) == {"node": 180}
    assert report.notes == ("B meters tape, which no component of A stands for; it is left out",)


def test_one_resource_that_a_refuses_does_not_stop_the_others():
    f = FakeUsage(now=MID_MARCH, count=3)
    for number in (1, 2, 3):
        f.b_usage.meter(MARCH, number, gpu=5)
    f.a_usage.before["set_totals"] = [Invalid(Side.A, "usage.set_totals", "Resource must have a plan")]
    kinds = [outcome.kind for outcome in f.cycle().outcomes]
    assert sorted(kind.value for kind in kinds) == ["parked", "settled", "settled"]


class TestShares:
    def test_stand_under_the_names_that_people_have_on_a(self):
        f = metered()
        f.b_usage.share(MARCH, "b-anna", gpu=250)
        f.b_usage.share(MARCH, "bert", gpu=50, storage=100)
        f.known("anna@idp", on_a="a-anna")
        f.known("ANNA@idp", on_b="b-anna")
        f.cycle()
        assert f.shares_on_a(MARCH) == {"a-anna": 50, "bert": 20}

    def test_of_a_total_that_a_does_not_have_are_not_told(self):
        f = FakeUsage(now=MID_MARCH, mapping=ComponentMapping.of({"node": {"gpu": 5}, "mem": {"ram": 1}}))
        f.b_usage.meter(MARCH, gpu=500)
        f.b_usage.share(MARCH, "anna", ram=5)
        (outcome,) = f.cycle().outcomes
        assert outcome.kind is Kind.SETTLED
        assert f.on_a(MARCH) == {"node": 100}
        assert f.shares_on_a(MARCH) == {}

    def test_are_not_told_under_somebody_elses_name(self):
        f = metered()
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.known("another@idp", on_a="anna")
        f.known("anna@idp", on_b="anna")
        report = f.cycle()
        assert f.shares_on_a(MARCH) == {}
        assert report.notes == ("1 user name of B belonging to somebody else on A: their shares are left out",)

    def test_are_not_sent_again_unchanged(self):
        f = metered()
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.cycle()
        f.a_usage.writes.clear()
        f.cycle()
        assert f.a_usage.writes == []

    def test_that_changed_are_sent_alone(self):
        f = metered()
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.b_usage.share(MARCH, "bert", gpu=5)
        f.cycle()
        f.a_usage.writes.clear()
        f.b_usage.share(MARCH, "bert", gpu=5)
        f.cycle()
        assert [amounts for _, _, amounts in f.a_usage.writes] == [{"bert": 2}]

    def test_count_beside_those_of_an_earlier_plan(self):
        f = metered()
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.cycle()
        f.told_a(node=1)
        f.a_usage.rows[-1] = (MARCH, attrs.evolve(f.a_usage.rows[-1][1], reported=MID_MARCH + timedelta(hours=1)))
        f.b_usage.share(MARCH, "anna", gpu=25)
        f.cycle()
        assert f.shares_on_a(MARCH) == {"anna": 55}

    def test_lower_ones_are_held_by_policy(self):
        f = metered(corrections=Corrections.HOLD)
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.cycle()
        f.b_usage.share_rows.clear()
        f.b_usage.share(MARCH, "anna", gpu=50)
        (outcome,) = f.cycle().outcomes
        assert outcome.kind is Kind.PARKED
        assert f.shares_on_a(MARCH) == {"anna": 50}

    def test_wait_where_the_total_does_not_show(self):
        f = metered()
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.a_usage.after["x"] = []
        f.a_usage.before["totals"] = [None, None, LATE]
        (outcome,) = f.cycle().outcomes
        assert outcome.kind is Kind.AGAIN_AFTER
        assert f.on_a(MARCH) == {"node": 180}
        assert "does not show yet" in outcome.error

    def test_of_another_months_total_are_left_out(self):
        f = metered()
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.b_usage.share_rows += [(m, attrs.evolve(share, total=uuid_of(0xBB, 2))) for m, share in f.b_usage.share_rows]
        f.cycle()
        assert f.shares_on_a(MARCH) == {"anna": 50}

    def test_of_a_total_that_a_does_not_have_are_left_out(self):
        f = FakeUsage(now=MID_MARCH)
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.cycle()
        assert f.a_usage.writes == []


class TestPastMonths:
    def test_are_told_once_a_proved_to_read_dates(self):
        f = metered()
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.cycle()
        assert f.on_a(FEBRUARY) == {"node": 1}
        assert f.on_a(MARCH) == {"node": 180}
        assert f.learned.dates is Dates.HONOURED

    def test_are_told_with_a_date_in_their_middle(self):
        f = metered()
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.cycle()
        assert f.a_usage.writes[-1][3] == datetime(2025, 2, 15, 12, tzinfo=UTC)

    def test_are_proven_with_a_figure_that_stands_already(self):
        f = FakeUsage(now=MID_MARCH)
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.told_a(node=7)
        f.cycle()
        assert f.a_usage.writes[0] == ("totals", a_resource_id(), {"node": 7}, MID_MARCH + timedelta(hours=1))
        assert f.on_a(FEBRUARY) == {"node": 1}
        assert f.on_a(MARCH) == {"node": 7}

    def test_are_proven_with_a_total_also_where_shares_of_it_changed(self):
        f = metered()
        f.told_a(node=180)
        f.b_usage.share(MARCH, "anna", gpu=250)
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.cycle()
        totals = [write[1:] for write in f.a_usage.writes if write[0] == "totals"]
        assert totals[0] == (a_resource_id(), {"node": 180}, MID_MARCH + timedelta(hours=1))
        assert f.on_a(FEBRUARY) == {"node": 1}

    def test_wait_where_nothing_can_prove_it(self):
        f = FakeUsage(now=MID_MARCH)
        f.b_usage.meter(FEBRUARY, gpu=5)
        report = f.cycle()
        assert f.a_usage.writes == []
        assert report.notes == ("1 report of past months not sent: the date of a report is not yet tried",)

    def test_wait_in_the_last_hour_of_a_month(self):
        f = FakeUsage(now=datetime(2025, 3, 31, 23, 30, tzinfo=UTC))
        f.told_a(node=7)
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.cycle()
        assert f.a_usage.writes == []

    @pytest.mark.parametrize(("habit", "dates"), [("ignores", Dates.IGNORED), ("forbids", Dates.REFUSED)])
    def test_are_never_written_into_another_month(self, habit, dates):
        f = metered(habit=habit)
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.cycle()
        report = f.cycle()
        assert f.on_a(FEBRUARY) == {}
        assert f.on_a(MARCH) == {"node": 180}
        assert f.learned.dates is dates
        assert report.notes == (f"usage of 2025-02 is not told: the date of a report is {dates.value}",)

    @pytest.mark.parametrize("failure", [LATE, Invalid(Side.A, "usage.set_totals", "Total amount exceeds limit")])
    def test_wait_where_the_proof_failed(self, failure):
        f = FakeUsage(now=MID_MARCH)
        f.told_a(node=7)
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.a_usage.before["set_totals"] = [failure]
        f.cycle()
        assert f.learned.dates is Dates.UNPROVEN
        assert f.on_a(FEBRUARY) == {}

    def test_that_are_closed_are_told_once_and_not_tried_again(self):
        f = metered()
        f.b_usage.meter(FEBRUARY, gpu=5)
        f.b_usage.share(FEBRUARY, "anna", gpu=5)
        f.a_usage.closed.add(FEBRUARY)
        failed = [outcome for outcome in f.cycle().outcomes if outcome.is_trouble]
        assert [outcome.error for outcome in failed] == [str(CLOSED)]
        f.a_usage.writes.clear()
        assert not f.cycle().is_trouble
        assert f.a_usage.writes == []

    def test_that_are_refused_for_another_reason_are_tried_again(self):
        f = metered()
        f.b_usage.meter(FEBRUARY, gpu=5)
        refusal = Invalid(Side.A, "usage.set_totals", "Resource must have a plan")
        f.a_usage.before["set_totals"] = [None, None, refusal]
        f.cycle()
        f.cycle()
        assert f.on_a(FEBRUARY) == {"node": 1}


class TestTheMonth:
    @pytest.mark.parametrize("zone", ["Europe/Tallinn", "UTC", "America/Los_Angeles"])
    def test_is_the_one_of_the_servers_zone(self, zone):
        f = FakeUsage(now=datetime(2025, 3, 31, 23, 30, tzinfo=UTC), zone=zone)
        month = APRIL if zone == "Europe/Tallinn" else MARCH
        f.b_usage.meter(month, gpu=5)
        f.cycle()
        assert f.on_a(month) == {"node": 1}

    @pytest.mark.parametrize("habit", ["ignores", "forbids"])
    @pytest.mark.parametrize("zone", ["Europe/Tallinn", "UTC", "America/Los_Angeles"])
    def test_that_ended_while_it_was_read_is_not_booked_into_the_new_one(self, zone, habit):
        f = FakeUsage(now=MID_MARCH, zone=zone, habit=habit)
        f.b_usage.meter(MARCH, gpu=5)
        seen = f.use_case.observe()
        f.clock.time = datetime(2025, 4, 1, 12, tzinfo=UTC)
        (outcome,) = f.use_case.apply(f.use_case.plan(seen), seen).outcomes
        assert f.a_usage.rows == []
        assert outcome.kind is Kind.AGAIN_AFTER

    def test_that_ended_while_it_was_read_is_booked_where_dates_are_read(self):
        f = FakeUsage(now=MID_MARCH)
        f.learned.dates = Dates.HONOURED
        f.b_usage.meter(MARCH, gpu=5)
        seen = f.use_case.observe()
        f.clock.time = datetime(2025, 4, 1, 12, tzinfo=UTC)
        f.use_case.apply(f.use_case.plan(seen), seen)
        assert f.on_a(MARCH) == {"node": 1}

    def test_is_told_without_a_date_where_our_role_may_not_give_one(self):
        f = metered(habit="forbids")
        f.cycle()
        assert f.on_a(MARCH) == {"node": 180}
        assert [write[3] for write in f.a_usage.writes] == [datetime(2025, 3, 15, 12, tzinfo=UTC), None]
        f.b_usage.meter(MARCH, gpu=5)
        f.cycle()
        assert [write[3] for write in f.a_usage.writes[2:]] == [None]

    def test_refused_for_another_reason_is_not_tried_without_a_date(self):
        f = metered()
        f.a_usage.before["set_totals"] = [Invalid(Side.A, "usage.set_totals", "Resource must have a plan")]
        (outcome,) = f.cycle().outcomes
        assert outcome.kind is Kind.PARKED
        assert len(f.a_usage.writes) == 1


def test_certain_months_can_be_asked_for():
    f = metered()
    f.b_usage.meter(FEBRUARY, gpu=5)
    f.use_case.run([MARCH])
    assert f.on_a(FEBRUARY) == {}
    assert f.on_a(MARCH) == {"node": 180}


def test_people_can_be_left_out():
    f = metered()
    f.settings = attrs.evolve(f.settings, rules=attrs.evolve(f.settings.rules, shares=False))
    f.b_usage.before["shares"] = [AssertionError("read in vain")]
    f.b_usage.share(MARCH, "anna", gpu=5)
    f.cycle()
    assert f.on_a(MARCH) == {"node": 180}


def test_amounts_are_rounded_half_up_to_two_decimals():
    f = FakeUsage(now=MID_MARCH, mapping=ComponentMapping.of({"node": {"gpu": 8}}))
    f.b_usage.meter(MARCH, gpu=Fraction("0.04"))
    f.cycle()
    assert f.on_a(MARCH) == {"node": Fraction("0.01")}


class TestLastReading:
    def test_tells_the_resources_that_are_about_to_be_closed_and_no_others(self):
        f = FakeUsage(now=MID_MARCH, count=2, state="Terminating")
        f.b_usage.meter(MARCH, 1, gpu=5)
        f.b_usage.meter(MARCH, 2, gpu=10)
        assert f.use_case.tell_last([a_resource_id(2)]) == {}
        assert f.on_a(MARCH, 1) == {}
        assert f.on_a(MARCH, 2) == {"node": 2}
        assert {resource for _, resource in f.b_usage.reads} == {b_resource_id(2)}

    def test_reads_whole_lists_for_many(self):
        f = FakeUsage(now=MID_MARCH, count=7, state="Terminating")
        f.b_usage.meter(MARCH, 6, gpu=10)
        f.b_usage.meter(MARCH, 7, gpu=10)
        assert f.use_case.tell_last([a_resource_id(n) for n in range(1, 7)]) == {}
        assert f.on_a(MARCH, 6) == {"node": 2}
        assert f.on_a(MARCH, 7) == {}
        assert {resource for _, resource in f.b_usage.reads} == {None}

    def test_names_the_reason_where_it_cannot_be_read(self):
        f = metered(state="Terminating")
        f.b_usage.before["totals"] = [LATE]
        assert f.use_case.tell_last([a_resource_id()]) == {a_resource_id(): str(LATE)}

    def test_names_the_reason_where_it_may_go_better_later(self):
        f = metered(state="Terminating")
        f.a_usage.before["set_totals"] = [LATE]
        assert f.use_case.tell_last([a_resource_id()]) == {a_resource_id(): str(LATE)}

    def test_keeps_nobody_waiting_for_what_a_refuses(self):
        f = metered(state="Terminating")
        f.a_usage.before["set_totals"] = [Invalid(Side.A, "usage.set_totals", "Resource must have a plan")]
        assert f.use_case.tell_last([a_resource_id()]) == {}

    def test_of_a_resource_that_is_not_linked_has_nothing_to_tell(self):
        f = metered(state="Terminating")
        f.a_resources.resources[a_resource_id()] = a_resource(state="Terminating")
        assert f.use_case.tell_last([a_resource_id()]) == {}


def test_shares_of_a_closed_month_are_held():
    f = metered()
    f.told_a(month=FEBRUARY, node=1)
    f.b_usage.meter(FEBRUARY, gpu=5)
    f.b_usage.share(FEBRUARY, "anna", gpu=5)
    f.learned.closed.add((a_resource_id(), FEBRUARY))
    f.cycle()
    assert f.on_a(FEBRUARY) == {"node": 1}
    assert f.shares_on_a(FEBRUARY) == {}


def test_an_action_about_something_else_is_a_bug():
    f = metered()
    f.learned.dates = Dates.HONOURED
    seen = f.use_case.observe()
    (outcome,) = f.use_case.apply(
        SyncPlan("usage", (Write("r", SetEffectiveId(a_resource_id(), "x"), ""),)), seen
    ).outcomes
    assert outcome.kind is Kind.BROKEN


@pytest.mark.parametrize("count", [MANY, MANY + 1])
def test_a_few_resources_are_read_one_by_one_and_many_in_one_list(count):
    f = FakeUsage(count=count, periods=1)
    asked = [a_resource_id(number) for number in range(1, count + 1)]
    f.use_case.observe(only=asked)
    one_by_one = [("totals", b_resource_id(number)) for number in range(1, count + 1)]
    assert [read for read in f.b_usage.reads if read[0] == "totals"] == (
        one_by_one if count == MANY else [("totals", None)]
    )
