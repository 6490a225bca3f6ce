"""What is decided about the fields of one resource, or of several that contradict each other."""

from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from tests.strategies.builders import (
    NOW,
    a_b_resource,
    a_limits,
    a_resource,
    a_resource_id,
    a_resource_pair,
    b_limits,
    b_resource_id,
    field_rules,
    linked,
)

from federation_core.domain.errors import Disposition
from federation_core.domain.fields.decide import at_stake, decide_fields, wants_sub_domains
from federation_core.domain.fields.rules import UNTOLD_ERROR, EndDates, LimitsWay
from federation_core.domain.fields.scene import FieldScene, Obstacle, ResourcesSeen
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import SharedUsage
from federation_core.domain.observed import Complete, Incomplete, Unreadable
from federation_core.domain.plan.actions.fields import (
    ConfirmResource,
    MarkErred,
    MarkOk,
    SetEffectiveId,
    SetEndDateOnA,
    SetEndDateOnB,
    SetLimits,
)

A, B = a_resource_id(), b_resource_id()
SOON, LATE, PAST = date(2025, 6, 30), date(2026, 6, 30), date(2025, 3, 30)
EARLIER, RECENTLY = NOW - timedelta(days=9), NOW - timedelta(days=1)
NONE_OPEN: dict[str, Any] = {"a_open": Complete(frozenset()), "b_open": Complete(frozenset())}


def scene_of(a=(), b=(), /, *, ahead=timedelta(0), **seen):
    """One pair, alike but for what is told; no order is open."""
    on_a, on_b = a_resource_pair()
    on_a, on_b = attrs.evolve(on_a, **dict(a)), attrs.evolve(on_b, **dict(b))
    wrapped = {"a": Complete((on_a,)), "b": Complete((on_b,)), **NONE_OPEN, **seen}
    return FieldScene(now=NOW, b_ahead=ahead, resources=ResourcesSeen(**wrapped))


def decided(a=(), b=(), *, rules=None, **seen):
    return decide_fields(scene_of(a, b, **seen), rules or field_rules())


def writes(*arguments, **options):
    return [write.action for write in decided(*arguments, **options).writes]


def holds(*arguments, **options):
    return [(hold.why, hold.reason) for hold in decided(*arguments, **options).holds]


def limits(**amounts):
    return {"limits": b_limits(**amounts)}


class TestLimits:
    @pytest.mark.parametrize("b", [limits(gpu=15), limits(gpu=15, tape=99), limits(gpu=17), limits(tape=1), limits()])
    def test_what_b_honours_is_left(self, b):
        assert writes(b=b) == []

    @pytest.mark.parametrize(("gpu", "node"), [(20, 4), (24, 4), (14, 2), (0, 0)])
    def test_what_b_does_not_honour_becomes_the_most_that_it_does(self, gpu, node):
        assert writes(b=limits(gpu=gpu)) == [SetLimits(A, a_limits(node=node), a_limits(node=3))]

    def test_the_others_stay_and_are_sent_along(self):
        rules = field_rules(mapping=ComponentMapping.of({"node": {"gpu": 5}, "mem": {"ram": "0.3"}}))
        a = {"limits": a_limits(node=3, mem=1, unmapped=7)}
        found = decided(a, limits(gpu=20, ram=1), rules=rules)
        assert [write.action.limits for write in found.writes] == [a_limits(node=4, mem=1, unmapped=7)]
        assert (found.writes[0].on_a, found.writes[0].on_b) == (
            "mem 1, node 3, unmapped 7",
            "mem 1, node 4, unmapped 7",
        )

    def test_the_scarcest_target_counts(self):
        rules = field_rules(mapping=ComponentMapping.of({"node": {"gpu": 5, "tape": 10}}))
        assert writes({"limits": a_limits(node=100)}, limits(gpu=500, tape=1000), rules=rules) == []
        (write,) = writes({"limits": a_limits(node=100)}, limits(gpu=500, tape=800), rules=rules)
        assert write.limits == a_limits(node=80)

    def test_what_the_official_agent_truncated_is_left(self):
        rules = field_rules(mapping=ComponentMapping.of({"node": {"gpu": "0.29"}}))
        assert writes({"limits": a_limits(node=100)}, limits(gpu=28), rules=rules) == []
        assert writes({"limits": a_limits(node=100)}, limits(gpu=29), rules=rules) == []
        assert len(writes({"limits": a_limits(node=100)}, limits(gpu=27), rules=rules)) == 1

    @pytest.mark.parametrize(("on_a", "on_b"), [("OK", "Updating"), ("Updating", "OK"), ("OK", "Creating")])
    def test_resources_under_change_are_left(self, on_a, on_b):
        assert writes({"state": on_a}, {"state": on_b, **limits(gpu=20)}) == []

    @pytest.mark.parametrize(
        ("orders", "reason"),
        [
            ({"a_open": Complete(frozenset({A}))}, "an order for it is open on A"),
            ({"b_open": Complete(frozenset({B}))}, "an order for it is open on B"),
            ({"a_open": Incomplete(frozenset({A}), "page 2")}, "an order for it is open on A"),
            ({"a_open": Incomplete(frozenset(), "page 2")}, "A's open orders could not be listed: page 2"),
            ({"b_open": Unreadable("timed out")}, "B's open orders could not be listed: timed out"),
        ],
    )
    def test_nothing_is_pulled_while_an_order_is_open_or_may_be(self, orders, reason):
        assert writes(b=limits(gpu=20), **orders) == []
        assert holds(b=limits(gpu=20), **orders) == [(Disposition.AGAIN_AFTER, reason)]

    def test_the_setting_turns_it_off(self):
        rules = field_rules(limits=LimitsWay.DISABLED)
        assert decided(b=limits(gpu=20), rules=rules) == decided(rules=rules)

    def test_shared_targets_cannot_be_told_and_are_noted(self):
        mapping = ComponentMapping.of({"x": {"gpu": 1}, "y": {"gpu": 2}}, shared=SharedUsage.SPLIT)
        a, rules = {"limits": a_limits(x=1, y=1)}, field_rules(mapping=mapping)
        assert decided(a, limits(gpu=3), rules=rules).notes == ()
        found = decided(a, limits(gpu=9), rules=rules)
        assert found.writes == ()
        assert f"B's limits of resource {A} changed" in found.notes[0]
        assert "those of x, y cannot be told" in found.notes[0]
        assert decided({**a, "state": "Erred"}, {"state": "Erred", **limits(gpu=9)}, rules=rules).notes == ()
        off = attrs.evolve(rules, limits=LimitsWay.DISABLED)
        assert decided(a, limits(gpu=9), rules=off).notes == ()

    def test_what_can_be_told_is_written_beside_what_cannot(self):
        mapping = ComponentMapping.of({"mem": {"ram": 1}, "x": {"gpu": 1}, "y": {"gpu": 2}}, shared=SharedUsage.SPLIT)
        a = {"limits": a_limits(mem=1, x=1, y=1)}
        found = decided(a, limits(ram=2, gpu=9), rules=field_rules(mapping=mapping))
        assert [write.action.limits for write in found.writes] == [a_limits(mem=2, x=1, y=1)]
        assert "those of x, y cannot be told" in found.notes[0]


def dates(day, changed=None):
    return {"end_date": day, "end_dated_at": changed}


class TestEndDates:
    @pytest.mark.parametrize("way", EndDates)
    def test_the_same_day_is_left(self, way):
        assert decided(dates(SOON, EARLIER), dates(SOON, RECENTLY), rules=field_rules(end_dates=way)).writes == ()

    @pytest.mark.parametrize(
        ("a", "b", "action"),
        [
            (dates(SOON, RECENTLY), dates(LATE, EARLIER), SetEndDateOnB(B, A, SOON, LATE)),
            (dates(SOON, EARLIER), dates(LATE, RECENTLY), SetEndDateOnA(A, B, LATE, SOON)),
            (dates(SOON, EARLIER), dates(LATE), SetEndDateOnB(B, A, SOON, LATE)),
            (dates(SOON), dates(LATE, EARLIER), SetEndDateOnA(A, B, LATE, SOON)),
            (dates(None, RECENTLY), dates(LATE, EARLIER), SetEndDateOnB(B, A, None, LATE)),
            (dates(None), dates(LATE, EARLIER), SetEndDateOnA(A, B, LATE, None)),
        ],
    )
    def test_the_later_change_wins(self, a, b, action):
        assert writes(a, b) == [action]

    @pytest.mark.parametrize("moment", [None, EARLIER])
    def test_what_cannot_be_told_apart_is_only_told(self, moment):
        (hold,) = decided(dates(SOON, moment), dates(LATE, moment)).holds
        assert (hold.why, hold.on_a, hold.on_b) == (None, "2025-06-30", "2026-06-30")

    def test_bs_clock_is_read_as_as(self):
        ahead = timedelta(hours=1)
        a, b = dates(SOON, RECENTLY), dates(LATE, RECENTLY + timedelta(minutes=30))
        assert writes(a, b, ahead=ahead) == [SetEndDateOnB(B, A, SOON, LATE)]
        assert writes(a, b) == [SetEndDateOnA(A, B, LATE, SOON)]

    def test_one_way_is_one_way(self):
        a, b = dates(SOON, EARLIER), dates(LATE, RECENTLY)
        assert writes(a, b, rules=field_rules(end_dates=EndDates.A_TO_B)) == [SetEndDateOnB(B, A, SOON, LATE)]
        assert writes(b, a, rules=field_rules(end_dates=EndDates.B_TO_A)) == [SetEndDateOnA(A, B, SOON, LATE)]
        assert writes(a, b, rules=field_rules(end_dates=EndDates.DISABLED)) == []

    def test_a_day_that_was_never_set_clears_nothing(self):
        rules = field_rules(end_dates=EndDates.A_TO_B)
        assert decided(dates(None), dates(LATE, EARLIER), rules=rules).writes == ()
        assert decided(dates(None), dates(LATE, EARLIER), rules=rules).holds == ()
        assert writes(dates(None, EARLIER), dates(LATE), rules=rules) == [SetEndDateOnB(B, A, None, LATE)]

    def test_a_day_that_is_over_is_not_carried(self):
        assert holds(dates(PAST, RECENTLY), dates(LATE, EARLIER)) == [
            (None, "the end date has passed; it is not carried over")
        ]
        assert writes(dates(PAST, RECENTLY), dates(LATE, EARLIER)) == []
        assert writes(dates(NOW.date(), RECENTLY), dates(LATE, EARLIER)) != []

    @pytest.mark.parametrize("state", ["OK", "Erred", "Updating"])
    def test_of_what_lives_is_carried_over(self, state):
        assert writes({"state": state, **dates(SOON, RECENTLY)}, {"state": state, **dates(LATE, EARLIER)}) != []

    @pytest.mark.parametrize("state", ["Creating", "Terminating"])
    def test_resources_that_come_or_go_are_left(self, state):
        assert writes({"state": state, **dates(SOON, RECENTLY)}) == []
        assert writes({"state": "OK", **dates(SOON, RECENTLY)}, {"state": state}) == []


class TestEffectiveId:
    @pytest.mark.parametrize(
        ("b", "wanted"),
        [
            ({"backend_id": "alloc-7"}, "alloc-7"),
            ({"backend_id": "alloc-7", "effective_id": "glac_snow"}, "glac_snow"),
            ({"effective_id": "glac_snow"}, "glac_snow"),
        ],
    )
    def test_it_is_what_the_last_provider_says(self, b, wanted):
        assert writes(b=b) == [SetEffectiveId(A, wanted)]
        assert writes({"effective_id": "old"}, b) == [SetEffectiveId(A, wanted)]
        assert writes({"effective_id": wanted}, b) == []

    def test_nothing_blanks_it(self):
        assert writes({"effective_id": "glac_snow"}) == []

    def test_a_server_that_does_not_show_it_is_not_told(self):
        assert writes({"effective_id": None}, {"backend_id": "alloc-7"}) == []

    def test_one_that_is_too_long_is_not_cut(self):
        assert writes(b={"backend_id": "x" * 255}) == [SetEffectiveId(A, "x" * 255)]
        (why, reason) = holds(b={"backend_id": "x" * 256})[0]
        assert (why, "256 characters" in reason) == (Disposition.PARKED, True)


class TestState:
    def test_what_failed_on_b_is_not_shown_ok_on_a(self):
        assert writes(b={"state": "Erred", "error_message": "disk full"}) == [MarkErred(A, "disk full")]

    def test_a_reason_that_is_not_there_or_is_withheld_is_a_fixed_sentence(self):
        assert writes(b={"state": "Erred"}) == [MarkErred(A, UNTOLD_ERROR)]
        b = {"state": "Erred", "error_message": "disk full"}
        assert writes(b=b, rules=field_rules(tell_reasons=False)) == [MarkErred(A, UNTOLD_ERROR)]

    def test_what_is_well_again_is_shown_ok(self):
        assert writes({"state": "Erred"}) == [MarkOk(A)]

    @pytest.mark.parametrize(
        ("on_a", "on_b"), [("Updating", "Erred"), ("OK", "Updating"), ("Erred", "Erred"), ("Erred", "Terminated")]
    )
    def test_other_pairs_are_left(self, on_a, on_b):
        assert decided({"state": on_a}, {"state": on_b}).writes == ()
        assert decided({"state": on_a}, {"state": on_b}).holds == ()

    def test_what_b_terminated_is_for_a_person(self):
        ((why, reason),) = holds(b={"state": "Terminated"})
        assert (why, "nobody on A ordered that" in reason) == (Disposition.PARKED, True)

    def test_an_open_order_settles_it(self):
        assert writes(b={"state": "Erred"}, b_open=Complete(frozenset({B}))) == []
        assert writes({"state": "Erred"}, a_open=Complete(frozenset({A}))) == []
        assert writes(b={"state": "Terminated"}, a_open=Unreadable("later")) == []

    def test_what_no_order_brought_to_life_stays_erred(self):
        ((why, reason),) = holds({"state": "Erred"}, stillborn=frozenset({A}))
        assert (why, "ended without success" in reason) == (Disposition.PARKED, True)

    def test_how_the_order_ended_must_be_known(self):
        ((why, reason),) = holds({"state": "Erred"}, unclear={A: "timed out"})
        assert (why, reason.endswith("could not be read: timed out")) == (Disposition.AGAIN_AFTER, True)


class TestPausing:
    @pytest.mark.parametrize(
        ("a", "b", "asked"),
        [
            ({"paused": True}, {}, "paused"),
            ({"paused": True, "downscaled": True}, {}, "paused and downscaled"),
            ({"paused": True, "downscaled": True}, {"paused": True}, "downscaled"),
        ],
    )
    def test_a_flag_is_told_and_not_tried(self, a, b, asked):
        ((why, reason),) = holds(a, b)
        assert (why, reason.startswith(f"it is {asked} on A;")) == (None, True)
        assert writes(a, b) == []

    @pytest.mark.parametrize(("a", "b"), [({}, {"paused": True}), ({"paused": True}, {"paused": True})])
    def test_what_b_has_paused_anyway_is_nothing(self, a, b):
        assert decided(a, b).holds == ()


class TestConfirmation:
    RULES = field_rules(confirm_after=timedelta(hours=1))

    def test_it_is_off_unless_asked_for(self):
        assert writes() == []

    @pytest.mark.parametrize("seen", [None, NOW - timedelta(hours=1)])
    def test_an_old_one_is_given_again(self, seen):
        (write,) = decided({"last_sync": seen}, rules=self.RULES).writes
        assert (write.action, write.on_a, write.on_b) == (ConfirmResource(A), "old", "recent")

    def test_a_recent_one_holds(self):
        assert writes({"last_sync": NOW - timedelta(minutes=59)}, rules=self.RULES) == []

    def test_only_what_is_well_on_both_sides_is_confirmed(self):
        assert ConfirmResource(A) not in writes(b={"state": "Erred"}, rules=self.RULES)


class TestPairs:
    def test_resources_that_are_not_linked_or_terminated_are_nobodys(self):
        others = (a_resource(id=a_resource_id(2)), linked(id=a_resource_id(3), state="Terminated"))
        scene = FieldScene(NOW, resources=ResourcesSeen(Complete(others), Complete((a_b_resource(),))))
        assert decide_fields(scene, field_rules()) == decide_fields(FieldScene(NOW), field_rules())

    def test_two_that_claim_one_are_both_parked(self):
        both = (linked(), linked(id=a_resource_id(2)))
        b = a_b_resource(backend_id="alloc-7")
        scene = FieldScene(NOW, resources=ResourcesSeen(Complete(both), Complete((b,))))
        found = decide_fields(scene, field_rules())
        assert found.writes == ()
        assert [(hold.chain, hold.why) for hold in found.holds] == [
            (str(a_resource_id(1)), Disposition.PARKED),
            (str(a_resource_id(2)), Disposition.PARKED),
        ]

    def test_what_b_does_not_show_is_for_a_person_once_b_showed_all(self):
        scene = FieldScene(NOW, resources=ResourcesSeen(Complete((linked(),)), Complete(())))
        (hold,) = decide_fields(scene, field_rules()).holds
        assert (hold.why, "does not show" in hold.reason) == (Disposition.PARKED, True)
        for b in (Incomplete((), "page 2"), Unreadable("timed out")):
            resources = ResourcesSeen(Complete((linked(),)), b)
            assert decide_fields(FieldScene(NOW, resources=resources), field_rules()).holds == ()
        gone = ResourcesSeen(Complete((linked(state="Terminating"),)), Complete(()))
        assert decide_fields(FieldScene(NOW, resources=gone), field_rules()).holds == ()

    @pytest.mark.parametrize("flaw", ["incomplete", "unreadable"])
    def test_where_a_did_not_show_all_nothing_is_written(self, flaw):
        on_a, on_b = a_resource_pair(backend_id="alloc-7")
        a = Incomplete((on_a,), "page 2") if flaw == "incomplete" else Unreadable("timed out")
        scene = FieldScene(NOW, resources=ResourcesSeen(a, Complete((on_b,))))
        assert decide_fields(scene, field_rules()).writes == ()

    def test_where_b_did_not_show_all_the_pairs_that_it_showed_count(self):
        on_a, on_b = a_resource_pair(backend_id="alloc-7")
        scene = FieldScene(NOW, resources=ResourcesSeen(Complete((on_a,)), Incomplete((on_b,), "page 2")))
        assert [write.action for write in decide_fields(scene, field_rules()).writes] == [SetEffectiveId(A, "alloc-7")]


class TestWhatIsNotTriedAgain:
    def test_a_write_that_was_refused_is_held_with_the_reason(self):
        scene = scene_of((), {"backend_id": "alloc-7"})
        (write,) = decide_fields(scene, field_rules()).writes
        text = '{"action": "SetEffectiveId", "effective_id": "alloc-7", "resource": "' + str(A) + '"}'
        refused = {text: Obstacle(Disposition.PARKED, "not permitted")}
        found = decide_fields(attrs.evolve(scene, refused=refused), field_rules())
        assert found.writes == ()
        (hold,) = found.holds
        assert (hold.chain, hold.why) == (write.chain, Disposition.PARKED)
        assert hold.reason == "effective id on A follows B, but: not permitted"

    def test_a_call_that_the_server_does_not_know_is_left_out_and_told_once(self):
        pairs = [(linked(id=a_resource_id(n), backend_id=str(b_resource_id(n)), effective_id="")) for n in (1, 2)]
        on_b = tuple(a_b_resource(id=b_resource_id(n), backend_id=f"alloc-{n}") for n in (1, 2))
        resources = ResourcesSeen(Complete(tuple(pairs)), Complete(on_b))
        scene = FieldScene(NOW, resources=resources, unknown={"SetEffectiveId": "an older server"})
        found = decide_fields(scene, field_rules())
        assert (found.writes, found.holds) == ((), ())
        assert found.notes == ("SetEffectiveId is left out 2 times: an older server",)


def test_orders_matter_only_where_something_differs_that_they_settle():
    blank = FieldScene(NOW)
    assert at_stake(blank, field_rules()) == ()
    assert not wants_sub_domains(blank, field_rules())
    assert at_stake(scene_of((), {"backend_id": "alloc-7"}), field_rules()) == ()
    unasked = ResourcesSeen(Complete((a_resource_pair()[0],)), Complete((a_b_resource(state="Erred"),)))
    (pair,) = at_stake(FieldScene(NOW, resources=unasked), field_rules())
    assert pair.a.id == A
