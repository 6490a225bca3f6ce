"""Laws of whole scenes: nothing is blanked by what was not read, and both sides come to show the same and stay so."""

from datetime import date, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.fakes.fields import FakeFields
from tests.strategies import builders, scenes
from tests.strategies.fields import a_resources, b_resources, days, moments

from federation_core.application.configure import Part
from federation_core.domain.errors import TimedOut
from federation_core.domain.fields.decide import decide_fields
from federation_core.domain.fields.rules import EndDates, LimitsWay
from federation_core.domain.fields.scene import AccountsSeen, FieldScene, ProjectsSeen, ResourcesSeen
from federation_core.domain.ids import Side
from federation_core.domain.observed import Complete
from federation_core.domain.plan.actions.fields import (
    ConfirmResource,
    MarkErred,
    MarkOk,
    RenameAccount,
    SetEffectiveId,
    SetEndDateOnA,
    SetEndDateOnB,
    SetLimits,
    SetOnMirror,
    SetProjectEndOnA,
    SetProjectEndOnB,
)
from federation_core.domain.plan.sync import Hold, Write
from federation_core.domain.records import ProjectProfile, SubDomain

words = st.sampled_from([None, "", "1.1", "1.5"])
profiles = st.builds(
    ProjectProfile,
    description=st.sampled_from([None, "", "Glaciers", "<p>Glaciers</p>", "Snow & ice"]),
    end_date=days,
    end_dated_at=moments,
    oecd_code=words,
    is_industry=st.sampled_from([None, True, False]),
    sub_domain=words,
)


def a_projects(_number=1):
    return profiles.map(lambda profile: builders.a_project(profile=profile))


def b_projects(number=1):
    return profiles.map(
        lambda profile: attrs.evolve(builders.mirror(), id=builders.b_project_id(number), profile=profile)
    )


def a_accounts(number=1):
    return st.builds(
        builders.an_account,
        st.just(number),
        name=st.sampled_from(["", "b-user-1", "b-user-2"]),
        state=st.sampled_from(["OK", "Requested", "Pending account linking", "Deleted", "Sleeping"]),
    )


def b_accounts(number=1):
    return st.builds(
        builders.a_b_account,
        st.just(number),
        name=st.sampled_from(["", "b-user-1", "b-user-2"]),
        state=st.sampled_from(["OK", "Creating"]),
    )


def listing(rows, most=2):
    return scenes.observed(scenes.some_of(rows, most))


def open_ones(ids):
    return scenes.observed(st.frozensets(ids, max_size=1))


every_scene = st.builds(
    FieldScene,
    now=st.just(builders.NOW),
    b_ahead=st.sampled_from([timedelta(0), timedelta(hours=2), -timedelta(hours=2)]),
    resources=st.none()
    | st.builds(
        ResourcesSeen,
        a=listing(a_resources),
        b=listing(b_resources),
        a_open=open_ones(scenes.a_resource_ids),
        b_open=open_ones(scenes.b_resource_ids),
        stillborn=st.frozensets(scenes.a_resource_ids, max_size=1),
        unclear=st.dictionaries(scenes.a_resource_ids, st.just("timed out"), max_size=1),
    ),
    projects=st.none()
    | st.builds(
        ProjectsSeen,
        a=listing(a_projects, 1),
        b=listing(b_projects),
        sub_domains=scenes.observed(st.just((SubDomain(builders.uuid_of(0xB7, 1), "1.5"),))),
    ),
    accounts=st.none() | st.builds(AccountsSeen, a=listing(a_accounts), b=listing(b_accounts)),
)
every_rules = st.builds(
    builders.field_rules,
    end_dates=st.sampled_from(EndDates),
    limits=st.sampled_from(LimitsWay),
    usernames=st.booleans(),
    confirm_after=st.sampled_from([None, timedelta(hours=1)]),
    tell_reasons=st.booleans(),
)


def rows_of(observation):
    return () if observation is None or not hasattr(observation, "value") else observation.value


def of_resources(scene):
    """Each side's resources that were shown, by UUID."""
    seen = scene.resources
    sides = (rows_of(seen.a), rows_of(seen.b)) if seen else ((), ())
    return [{row.id: row for row in side} for side in sides]


def day_was_shown(day, row, now):
    """Whether a side really shows that day, and showed that somebody removed it where it shows none."""
    return day == row.end_date and (day >= now.date() if day is not None else row.end_dated_at is not None)


@given(every_scene, every_rules)
def test_no_field_of_a_resource_gets_a_value_that_no_side_showed(scene, rules):
    on_a, on_b = of_resources(scene)
    for write in decide_fields(scene, rules).writes:
        match write.action:
            case SetEffectiveId(_, value):
                assert value
                assert any(value in (row.effective_id, row.backend_id) for row in on_b.values())
            case SetEndDateOnA(_, source, value, _):
                assert day_was_shown(value, on_b[source], scene.now)
            case SetEndDateOnB(_, source, value, _):
                assert day_was_shown(value, on_a[source], scene.now)
            case SetLimits(resource, limits, seen):
                assert seen == on_a[resource].limits != limits
                assert limits.keys() == seen.keys()
            case _:
                continue


@given(every_scene, every_rules)
def test_a_state_is_only_moved_to_what_b_shows(scene, rules):
    on_a, _ = of_resources(scene)
    for write in decide_fields(scene, rules).writes:
        match write.action:
            case MarkErred(resource, message):
                assert message
                assert on_a[resource].state == "OK"
            case MarkOk(resource):
                assert on_a[resource].state == "Erred"
            case ConfirmResource(resource):
                assert on_a[resource].state == "OK"
            case _:
                continue


@given(every_scene, every_rules)
def test_no_field_of_a_project_or_account_is_blanked(scene, rules):
    sides = (rows_of(scene.projects.a), rows_of(scene.projects.b)) if scene.projects else ((), ())
    of_a, of_b = ([row.profile for row in side] for side in sides)
    for write in decide_fields(scene, rules).writes:
        match write.action:
            case SetProjectEndOnB(_, _, value):
                assert any(day_was_shown(value, profile, scene.now) for profile in of_a)
            case SetOnMirror(_, _, value):
                assert value not in (None, "")
            case SetProjectEndOnA(_, _, value):
                assert any(day_was_shown(value, profile, scene.now) for profile in of_b)
            case RenameAccount(_, name):
                assert name
            case _:
                continue


@given(every_scene, every_rules)
def test_resources_of_a_that_were_not_all_read_are_not_written_and_nobody_shares_one_of_b(scene, rules):
    found = decide_fields(scene, rules)
    about_resources = (SetLimits, SetEffectiveId, SetEndDateOnA, SetEndDateOnB, MarkErred, MarkOk, ConfirmResource)
    written = [write.action for write in found.writes if isinstance(write.action, about_resources)]
    if written:
        assert scene.resources is not None
        assert isinstance(scene.resources.a, Complete)
    targets = [action.b_resource for action in written if isinstance(action, SetEndDateOnB)]
    assert len(targets) == len(set(targets))


@given(every_scene, every_rules)
def test_each_field_is_decided_once_and_always_alike(scene, rules):
    found = decide_fields(scene, rules)
    chains = [write.chain for write in found.writes] + [hold.chain for hold in found.holds]
    assert len(chains) == len(set(chains))
    assert decide_fields(scene, rules) == found
    assert all(isinstance(write, Write) for write in found.writes)
    assert all(isinstance(hold, Hold) for hold in found.holds)


class EndDatesConverge(RuleBasedStateMachine):
    """Users on A, B's provider, clocks that differ, calls that fail: the date set last wins, and then nothing is written."""

    def __init__(self):
        super().__init__()
        self.fake = FakeFields()
        self.fake.b_clock.moved = timedelta(minutes=7)
        self.last: date | None = None
        self.is_set = False

    def _set(self, side: str, day: date | None):
        self.fake.later(minutes=1)
        shown = self.fake.on_a if side == "A" else self.fake.on_b
        port = self.fake.a_resources if side == "A" else self.fake.b_resources
        if day == shown.end_date:
            return
        for script in (port.before, port.after):
            script.pop("set_end_date", None)
        port.set_end_date(shown.id, day)
        self.last, self.is_set = day, True

    @rule(side=st.sampled_from("AB"), day=st.sampled_from([None, date(2027, 1, 1), date(2027, 2, 1)]))
    def somebody_sets_it(self, side, day):
        self._set(side, day)

    @rule(
        port=st.sampled_from(["a_resources", "b_resources"]), call=st.sampled_from(["list_all", "read", "set_end_date"])
    )
    def a_call_fails(self, port, call):
        getattr(self.fake, port).before[call] = [TimedOut(Side.A, call)]

    @rule(port=st.sampled_from(["a_resources", "b_resources"]))
    def an_answer_is_lost(self, port):
        getattr(self.fake, port).after["set_end_date"] = [TimedOut(Side.A, "set_end_date")]

    @rule()
    def a_cycle(self):
        self.fake.later(minutes=1)
        self.fake.cycle([Part.RESOURCES])

    @rule()
    def a_restart(self):
        self.fake.restart()

    @invariant()
    def no_day_is_made_up(self):
        shown = {self.fake.on_a.end_date, self.fake.on_b.end_date}
        assert shown <= {None, date(2027, 1, 1), date(2027, 2, 1)}

    def teardown(self):
        for port in (self.fake.a_resources, self.fake.b_resources):
            port.before.clear()
            port.after.clear()
        for _ in range(2):
            self.fake.later(minutes=1)
            self.fake.cycle([Part.RESOURCES])
        if self.is_set:
            assert self.fake.on_a.end_date == self.fake.on_b.end_date == self.last
        assert self.fake.plan([Part.RESOURCES]).is_empty


TestEndDatesConverge = EndDatesConverge.TestCase
